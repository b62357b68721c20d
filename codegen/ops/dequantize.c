/* SPDX-License-Identifier: MIT */
/* dequantize: weights in any format to f32 rows; and the copying that embed and gather_rows share.
 */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/copy.h"
#include "codegen/ops/op_list.h"

enum hone_status copy_reference(const struct hone_case *c, uint32_t from, const uint32_t *source,
                                struct hone_span *spans, uint32_t n_spans)
{
    double *row = malloc((size_t)case_cols(c, from) * sizeof *row);
    if (!row) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, from, source ? source[spans[i].row] : spans[i].row, row);
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            spans[i].values[j] = row[spans[i].col + j];
            spans[i].scales[j] = fabs(spans[i].values[j]);
        }
    }
    free(row);
    return HONE_OK;
}

struct hone_tolerance copy_tolerance(const struct hone_call *call, uint32_t operand, bool integers)
{
    (void)integers;
    return (struct hone_tolerance){.exact = call->formats[operand]->type != HONE_TYPE_Q8A,
                                   .nmse = 1e-12};
}

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return copy_reference(c, 0, NULL, spans, n_spans);
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    (void)m;
    return (double)problem->dims[0] * problem->dims[1];
}

/* clang-format off */
const struct hone_op op_dequantize = {
    .name = "dequantize",
    .n_dims = 2,
    .dims = {"n", "k"},
    .n_operands = 2,
    .operands = {
        {"w", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"y", HONE_ROLE_OUT, 0, 1, 0},
    },
    .n_args = 4,
    .args = {
        {"w", HONE_ARG_OPERAND, 0},
        {"y", HONE_ARG_OPERAND, 1},
        {"n", HONE_ARG_DIM, 0},
        {"k", HONE_ARG_DIM, 1},
    },
    .reference = reference,
    .tolerance = copy_tolerance,
    .operations = operations,
    .bytes = problem_bytes,
};
