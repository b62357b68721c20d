/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: what an op's reference sees of a case. */
#ifndef HONE_OPS_REFERENCE_H
#define HONE_OPS_REFERENCE_H

#include "codegen/ops/ops.h"

/* Part of a row of an output. `scales` is the size each value is judged against (ops.h). */
struct hone_span {
    uint32_t row, col, n_cols;
    double *values, *scales;
};

const struct hone_problem *case_problem(const struct hone_case *c);
const struct hone_format *case_format(const struct hone_case *c, uint32_t operand);
uint32_t case_rows(const struct hone_case *c, uint32_t operand);
uint32_t case_cols(const struct hone_case *c, uint32_t operand);
/* Values of the batch block. */
const uint32_t *case_batch(const struct hone_case *c, enum hone_batch_field field);

/* A stored input row, exactly; in-out operands as they were before the run. `scratch` has room for
 * the row. */
void case_row(const struct hone_case *c, uint32_t operand, uint32_t row, double *out_values);
/* As f32 from a weight or f32 activation: exact for every type but q8a and q8r. */
void case_row_f32(const struct hone_case *c, uint32_t operand, uint32_t row, float *out_values);

/* `head_dim` values of one head at one position of a sequence. */
void case_key(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position,
              uint32_t head, double *out_values);
void case_value(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position,
                uint32_t head, double *out_values);

/* Counts that ops share. */
double problem_operand_bytes(const struct hone_problem *problem, uint32_t operand, uint32_t m);
double problem_kv_bytes(const struct hone_problem *problem, uint32_t operand, uint32_t positions);
double problem_bytes(const struct hone_problem *problem, uint32_t m);

static inline uint32_t problem_dim(const struct hone_problem *problem, const char *name)
{
    int dim = hone_op_dim(problem->op, name);
    return dim < 0 ? 0 : problem->dims[dim];
}

#endif
