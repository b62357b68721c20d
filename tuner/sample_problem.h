/* SPDX-License-Identifier: MIT */
/* A problem for a search space from as little as people care to say. */
#ifndef HONE_TUNER_SAMPLE_PROBLEM_H
#define HONE_TUNER_SAMPLE_PROBLEM_H

#include "codegen/kernel.h"

/* `assignments` is "n=2048,k=2048,m=1,w_type=q4_0", by commas or blanks, or NULL; see problem_set.
 * What it leaves out: sizes of a small model, types that the space serves (q4_0 before others),
 * activations as wide as it takes, one row. ARGUMENT when the space serves no such problem. */
enum hone_status sample_problem(const struct hone_kernels *kernels, const struct hone_space *space,
                                const char *assignments, struct hone_problem *out_problem,
                                struct hone_error *err);

#endif
