/* SPDX-License-Identifier: MIT */
/* The configs of a search space that are worth a trial, made once: those whose cost formula does
 * not say that they are hopeless, in the order of what it expects. Walking a space of a hundred
 * thousand configs for every proposal would take longer than the trials. */
#ifndef HONE_SEARCH_POOL_H
#define HONE_SEARCH_POOL_H

#include "codegen/space/space.h"

/* A config that is expected to take more than this many times what the default is expected to take
 * is not tried while another is left. On the recorded spaces (tests/bench/replay) the best config
 * so left out takes 1.8 times the best of all. */
#define HONE_HOPELESS_COST 2.5

enum { HONE_POOL_MAX = 1 << 14 }; /* of a larger space an even sample: a quarter of a second */

struct hone_pool {
    struct hone_config *configs; /* by cost; in the order of the space where it has no formula */
    double *costs;               /* NULL where it has none */
    size_t n;
    uint64_t n_all;    /* valid configs of the space */
    double cost_limit; /* 0: there is none */
};

/* LIMIT, NO_MEMORY, TEMPLATE (a formula fails). */
enum hone_status hone_pool_make(const struct hone_space *space, const struct hone_env *env,
                                struct hone_pool **out_pool, struct hone_error *err);
/* Puts the configs in order of their costs and forgets those beyond the limit. */
enum hone_status hone_pool_cut(struct hone_pool *pool, struct hone_error *err);
void hone_pool_free(struct hone_pool *pool); /* NULL is fine */

/* One from each of `limit` equal stretches, drawn by `seed`; all when there are no more. */
size_t hone_pool_sample(const struct hone_pool *pool, uint64_t seed, size_t limit,
                        struct hone_config *out_configs);

#endif
