/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: numbers from a seed, the same on every machine. */
#ifndef HONE_OPS_RANDOM_H
#define HONE_OPS_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* A Weyl sequence, mixed. */
static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* In [0, limit); limit > 0. */
static inline uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)((random_next(random) >> 32) * limit >> 32);
}

#endif
