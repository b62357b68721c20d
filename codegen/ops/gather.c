/* SPDX-License-Identifier: MIT */
/* gather_rows: the rows whose logits are wanted. */
#include "codegen/ops/copy.h"
#include "codegen/ops/op_list.h"

static enum hone_status valid(const struct hone_problem *problem, struct hone_error *err)
{
    if (!problem->rows_are_out)
        return hone_fail(err, HONE_ERR_ARGUMENT, "gather_rows: its rows are n_out, not n_tokens");
    return HONE_OK;
}

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return copy_reference(c, 0, case_batch(c, HONE_BATCH_OUT_ROWS), spans, n_spans);
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return (double)m * problem->dims[0];
}

static double bytes(const struct hone_problem *problem, uint32_t m)
{
    return 2 * problem_operand_bytes(problem, 1, m);
}

/* clang-format off */
const struct hone_op op_gather_rows = {
    .name = "gather_rows",
    .n_dims = 1,
    .dims = {"k"},
    .n_operands = 2,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_TOKENS, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 5,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"y", HONE_ARG_OPERAND, 1},
        {"out_rows", HONE_ARG_BATCH, HONE_BATCH_OUT_ROWS},
        {"rows", HONE_ARG_ROWS, 0},
        {"k", HONE_ARG_DIM, 0},
    },
    .valid = valid,
    .reference = reference,
    .tolerance = copy_tolerance,
    .operations = operations,
    .bytes = bytes,
};
