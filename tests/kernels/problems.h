/* SPDX-License-Identifier: MIT */
/* Problems as text, "gemm n=512 k=256 x=q8a w=q4_0 m=8", and the list that the tests run. */
#ifndef HONE_TEST_KERNELS_PROBLEMS_H
#define HONE_TEST_KERNELS_PROBLEMS_H

#include "codegen/ops/ops.h"

struct problem_list {
    struct hone_problem *items;
    size_t n_items, capacity;
};

/* Adds what a line stands for: an op, then name=value for dimensions, attributes, types of
 * operands (f32 where not said), m, context and rows_are_out. "w=q4_0|q8_0" is one problem for
 * each. The range of rows is m/2+1..m. */
enum hone_status problems_add(struct problem_list *list, const char *line, struct hone_error *err);

/* All problems of the tests. */
enum hone_status problems_all(struct problem_list *list, struct hone_error *err);
void problems_free(struct problem_list *list);

/* "gemm n=512 k=256 x=q8a w=q4_0 y=f32 m=8" */
void problem_print(const struct hone_problem *problem, size_t n_bytes, char *out_text);

#endif
