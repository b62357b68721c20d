/* SPDX-License-Identifier: MIT */
/* Scratch memory of exactly the size a launch record says, between unmapped pages; one area for
 * each worker. */
#ifndef HONE_RUNNER_FENCE_H
#define HONE_RUNNER_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `data` is a multiple of 64; less than 64 mapped bytes follow its end. */
struct fence {
    uint8_t *map, *data;
    size_t map_bytes;
    uint64_t n_bytes;
};

bool fence_alloc(struct fence *fence, uint64_t n_bytes);
void fence_free(struct fence *fence);
/* The mapped bytes around `data` are as they were made. */
bool fence_intact(const struct fence *fence);
/* All of a small area, both ends of a large one. */
void fence_fill(struct fence *fence, uint8_t pattern);

#endif
