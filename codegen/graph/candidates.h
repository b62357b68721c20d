/* SPDX-License-Identifier: MIT */
/* The kernels that could serve each problem, made once per problem. Private to codegen/graph. */
#ifndef HONE_GRAPH_CANDIDATES_H
#define HONE_GRAPH_CANDIDATES_H

#include "codegen/graph/choose.h"

enum { HONE_MAX_CANDIDATES = 24 };

struct hone_candidates {
    char key[HONE_PROBLEM_KEY_BYTES];
    struct hone_candidate items[HONE_MAX_CANDIDATES];
    uint32_t n_items;
};

struct hone_candidate_cache {
    struct hone_kernels *kernels;
    struct hone_winners winners;
    struct hone_candidates **slots; /* hash table */
    size_t n_slots, n_used;
};

enum hone_status hone_candidate_cache_open(struct hone_kernels *kernels,
                                           const struct hone_winners *winners,
                                           struct hone_candidate_cache **out_cache,
                                           struct hone_error *err);
void hone_candidate_cache_close(struct hone_candidate_cache *cache);

/* Winners first, those of the nearest problem where it has none itself, then for each tuple of
 * formats that has none the default config, changed in at most one parameter. None is not an error
 * here. */
enum hone_status hone_candidates_of(struct hone_candidate_cache *cache,
                                    const struct hone_problem *problem,
                                    const struct hone_candidates **out_candidates,
                                    struct hone_error *err);

#endif
