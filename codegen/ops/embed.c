/* SPDX-License-Identifier: MIT */
/* embed: the table rows of this step's token ids, as f32. */
#include "codegen/ops/copy.h"
#include "codegen/ops/op_list.h"

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return copy_reference(c, 0, case_batch(c, HONE_BATCH_TOKENS), spans, n_spans);
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return (double)m * problem->dims[1];
}

/* Of the table, only the rows of the tokens move. */
static double bytes(const struct hone_problem *problem, uint32_t m)
{
    double table = problem_operand_bytes(problem, 0, m) / problem->dims[0];
    return m * table + problem_operand_bytes(problem, 1, m);
}

/* clang-format off */
const struct hone_op op_embed = {
    .name = "embed",
    .n_dims = 2,
    .dims = {"n", "k"},
    .n_operands = 2,
    .operands = {
        {"w", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 1, 0},
    },
    .n_args = 6,
    .args = {
        {"tokens", HONE_ARG_BATCH, HONE_BATCH_TOKENS},
        {"w", HONE_ARG_OPERAND, 0},
        {"y", HONE_ARG_OPERAND, 1},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, 0},
        {"k", HONE_ARG_DIM, 1},
    },
    .reference = reference,
    .tolerance = copy_tolerance,
    .operations = operations,
    .bytes = bytes,
};
