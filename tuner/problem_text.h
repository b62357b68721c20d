/* SPDX-License-Identifier: MIT */
/* Problems from text: the keys that stores and proofs hold, and what people write after --set. */
#ifndef HONE_TUNER_PROBLEM_TEXT_H
#define HONE_TUNER_PROBLEM_TEXT_H

#include "codegen/ops/ops.h"

/* A problem of `op`: one row, f32 everywhere, dims zero. */
void problem_init(struct hone_problem *problem, const struct hone_op *op);

/* One name=value: a dimension, an attribute (a number, or its bits as 0x...), `w` or `w_type` for
 * an operand's type, `types` for all of them, acts, context, rows_are_out, and m: "8", or "5-8@8".
 * ARGUMENT names what is wrong. */
enum hone_status problem_set(struct hone_problem *problem, const char *name, const char *value,
                             struct hone_error *err);

/* "gemm n=2048 k=2048 types=f32,q4_0,f32 acts=f32 m=1-1@1": exactly what hone_problem_key writes,
 * else FORMAT. */
enum hone_status problem_parse(const char *key, struct hone_problem *out_problem,
                               struct hone_error *err);

/* "x=f32 w=q4_0/r16 y=f32": a format for every operand, of the problem's types; else FORMAT.
 */
enum hone_status problem_formats_parse(const char *tuple, struct hone_call *call,
                                       struct hone_error *err);

#endif
