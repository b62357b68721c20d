/* SPDX-License-Identifier: MIT */
/* rope_append: rotates q in place, and k on its way into the KV pages; copies v there. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

enum { N_HEADS, N_KV_HEADS, HEAD_DIM, ROPE_DIM, PAGE_TOKENS, N_POSITIONS };
enum { Q, K, V, TABLE, KCACHE, VCACHE };

static enum hone_status valid(const struct hone_problem *problem, struct hone_error *err)
{
    const uint32_t *dims = problem->dims;
    if (dims[ROPE_DIM] % 2 || dims[ROPE_DIM] > dims[HEAD_DIM])
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "rope_append: rope_dim %u is not an even part of head_dim %u",
                         dims[ROPE_DIM], dims[HEAD_DIM]);
    if (problem->types[KCACHE] == HONE_TYPE_Q8_0 && dims[HEAD_DIM] % 32)
        return hone_fail(err, HONE_ERR_ARGUMENT, "rope_append: KV of q8_0 in heads of %u values",
                         dims[HEAD_DIM]);
    return HONE_OK;
}

/* The table's row holds cos, sin of each pair of dims; dims beyond it pass. */
static void rotated(const double *x, const double *table, uint32_t rope_dim, uint32_t d,
                    double *out_value, double *out_scale)
{
    *out_value = x[d];
    *out_scale = 0;
    if (d >= rope_dim) return;
    double cosine = table[d & ~1U], sine = table[d | 1], even = x[d & ~1U], odd = x[d | 1];
    *out_value = d & 1 ? even * sine + odd * cosine : even * cosine - odd * sine;
    *out_scale = hypot(even, odd) * hypot(cosine, sine);
}

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    const uint32_t *dims = case_problem(c)->dims;
    uint32_t from = operand == Q ? Q : operand == KCACHE ? K : V;
    uint32_t rope_dim = operand == VCACHE ? 0 : dims[ROPE_DIM];
    size_t cols = case_cols(c, from);
    double *x = malloc((cols + dims[ROPE_DIM]) * sizeof *x), *table = x + cols;
    if (!x) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, from, spans[i].row, x);
        case_row(c, TABLE, case_batch(c, HONE_BATCH_POSITIONS)[spans[i].row], table);
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            uint32_t d = (spans[i].col + j) % dims[HEAD_DIM];
            rotated(x + (spans[i].col + j - d), table, rope_dim, d, &spans[i].values[j],
                    &spans[i].scales[j]);
        }
    }
    free(x);
    return HONE_OK;
}

static struct hone_tolerance tolerance(const struct hone_call *call, uint32_t operand,
                                       bool integers)
{
    (void)integers;
    return (struct hone_tolerance){.exact = operand == VCACHE &&
                                            call->formats[VCACHE]->type != HONE_TYPE_Q8_0,
                                   .nmse = 1e-12,
                                   .scaled = 4 * 0x1p-24,
                                   .relative = 0};
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return 3.0 * m * problem->dims[ROPE_DIM] * (problem->dims[N_HEADS] + problem->dims[N_KV_HEADS]);
}

static double bytes(const struct hone_problem *problem, uint32_t m)
{
    return 2 * problem_operand_bytes(problem, Q, m) + problem_operand_bytes(problem, K, m) +
           problem_operand_bytes(problem, V, m) + 4.0 * m * problem->dims[ROPE_DIM] +
           problem_kv_bytes(problem, KCACHE, m) + problem_kv_bytes(problem, VCACHE, m);
}

/* clang-format off */
const struct hone_op op_rope_append = {
    .name = "rope_append",
    .n_dims = 6,
    .dims = {"n_heads", "n_kv_heads", "head_dim", "rope_dim", "page_tokens", "n_positions"},
    .n_operands = 6,
    .operands = {
        {"q", HONE_ROLE_INOUT, HONE_ROWS_STEP, N_HEADS, 1 + HEAD_DIM},
        {"k", HONE_ROLE_IN, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"v", HONE_ROLE_IN, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"table", HONE_ROLE_WEIGHT, N_POSITIONS, ROPE_DIM, 0},
        {"kcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"vcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
    },
    .n_args = 16,
    .args = {
        {"q", HONE_ARG_OPERAND, Q},
        {"k", HONE_ARG_OPERAND, K},
        {"v", HONE_ARG_OPERAND, V},
        {"table", HONE_ARG_OPERAND, TABLE},
        {"kcache", HONE_ARG_OPERAND, KCACHE},
        {"vcache", HONE_ARG_OPERAND, VCACHE},
        {"positions", HONE_ARG_BATCH, HONE_BATCH_POSITIONS},
        {"token_seq", HONE_ARG_BATCH, HONE_BATCH_TOKEN_SEQ},
        {"page_table", HONE_ARG_BATCH, HONE_BATCH_PAGE_TABLE},
        {"page_stride", HONE_ARG_BATCH, HONE_BATCH_PAGE_STRIDE},
        {"rows", HONE_ARG_ROWS, 0},
        {"n_heads", HONE_ARG_DIM, N_HEADS},
        {"n_kv_heads", HONE_ARG_DIM, N_KV_HEADS},
        {"head_dim", HONE_ARG_DIM, HEAD_DIM},
        {"rope_dim", HONE_ARG_DIM, ROPE_DIM},
        {"page_tokens", HONE_ARG_DIM, PAGE_TOKENS},
    },
    .appends_kv = true,
    .valid = valid,
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = bytes,
};
