/* SPDX-License-Identifier: MIT */
/* rmsnorm: y = x / sqrt(mean(x^2) + eps) * g, row by row. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    uint32_t k = case_cols(c, 0);
    double eps = (double)case_problem(c)->attrs[0];
    double *x = malloc(2 * (size_t)k * sizeof *x), *gain = x + k;
    if (!x) return HONE_ERR_NO_MEMORY;
    case_row(c, 1, 0, gain);
    for (uint32_t i = 0; i < n_spans; i++) {
        double squares = 0;
        case_row(c, 0, spans[i].row, x);
        for (uint32_t j = 0; j < k; j++) squares += x[j] * x[j];
        double factor = 1 / sqrt(squares / k + eps);
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            uint32_t col = spans[i].col + j;
            spans[i].values[j] = x[col] * factor * gain[col];
            spans[i].scales[j] = fabs(spans[i].values[j]);
        }
    }
    free(x);
    return HONE_OK;
}

/* The f32 sum of squares has no cancellation: its relative error grows with sqrt(k). */
static struct hone_tolerance tolerance(const struct hone_call *call, uint32_t operand,
                                       bool integers)
{
    (void)operand, (void)integers;
    double k = call->problem.dims[0];
    return (struct hone_tolerance){.nmse = 1e-12 * fmax(1, k / 4096),
                                   .relative = (8 + sqrt(k) / 4) * 0x1p-24};
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return 4.0 * m * problem->dims[0];
}

/* clang-format off */
const struct hone_op op_rmsnorm = {
    .name = "rmsnorm",
    .n_dims = 1,
    .dims = {"k"},
    .n_attrs = 1,
    .attrs = {"eps"},
    .n_operands = 3,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"g", HONE_ROLE_WEIGHT, HONE_ROWS_ONE, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 6,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"g", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"k", HONE_ARG_DIM, 0},
        {"eps", HONE_ARG_ATTR, 0},
    },
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = problem_bytes,
};
