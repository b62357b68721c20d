/* SPDX-License-Identifier: MIT */
/* What must be checked before a variant is trusted: edge sizes, where every output is compared, and
 * the tuned size, where samples and a projection are. */
#ifndef HONE_TUNE_EDGES_H
#define HONE_TUNE_EDGES_H

#include "codegen/kernel.h"
#include "tuner/runner/runner.h"

enum { EDGES_MAX = 40, EDGES_SAMPLES = 1024 };

struct edge {
    struct hone_runner_call call; /* kernel number 0 */
    uint32_t n_samples;           /* 0: all */
};

enum edges_depth {
    EDGES_SEARCH, /* about ten small calls and the tuned size */
    EDGES_FINAL,  /* every family, other seeds, the tuned size three times */
};

/* Cases are the same for all variants of equal formats, so that a runner can keep them. */
enum hone_status edges_make(const struct hone_kernels *kernels, const struct hone_variant *variant,
                            const struct hone_case_spec *tuned, enum edges_depth depth,
                            struct edge out_edges[EDGES_MAX], uint32_t *out_n_edges,
                            struct hone_error *err);

/* The call of a variant on a case of its own problem. */
struct hone_runner_call edges_call(const struct hone_variant *variant,
                                   const struct hone_case_spec *spec);

/* Rows, sequences and KV positions a problem is timed at: up to 64 rows are decode, one row of each
 * sequence; more are one prompt. */
void edges_tuned_spec(const struct hone_problem *problem, struct hone_case_spec *out_spec);

#endif
