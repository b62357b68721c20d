/* SPDX-License-Identifier: MIT */
/* quantize: f32 activations to q8a, q8r or bf16. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

/* A block of int8 whose largest value has no finite inverse counts as zeros. */
static void drop_tiny_blocks(double *row, uint32_t cols, uint32_t block)
{
    for (uint32_t at = 0; at + block <= cols; at += block) {
        double amax = 0;
        for (uint32_t i = at; i < at + block; i++) amax = fmax(amax, fabs(row[i]));
        if (isfinite(127 / (float)amax)) continue;
        for (uint32_t i = at; i < at + block; i++) row[i] = 0;
    }
}

/* The unrounded values: the rounding of the output's format is part of every comparison. */
static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    enum hone_type type = case_format(c, operand)->type;
    double *row = malloc((size_t)case_cols(c, 0) * sizeof *row);
    if (!row) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, 0, spans[i].row, row);
        if (type == HONE_TYPE_Q8A) drop_tiny_blocks(row, case_cols(c, 0), 32);
        if (type == HONE_TYPE_Q8R) drop_tiny_blocks(row, case_cols(c, 0), case_cols(c, 0));
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            spans[i].values[j] = row[spans[i].col + j];
            spans[i].scales[j] = fabs(spans[i].values[j]);
        }
    }
    free(row);
    return HONE_OK;
}

/* bf16 bit for bit; int8 up to values that lie at the middle of two steps. */
static struct hone_tolerance tolerance(const struct hone_call *call, uint32_t operand,
                                       bool integers)
{
    (void)integers;
    return (struct hone_tolerance){.exact = call->formats[operand]->type == HONE_TYPE_BF16,
                                   .nmse = 1e-12};
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return 4.0 * m * problem->dims[0];
}

/* clang-format off */
const struct hone_op op_quantize = {
    .name = "quantize",
    .n_dims = 1,
    .dims = {"k"},
    .n_operands = 2,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 4,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"y", HONE_ARG_OPERAND, 1},
        {"rows", HONE_ARG_ROWS, 0},
        {"k", HONE_ARG_DIM, 0},
    },
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = problem_bytes,
};
