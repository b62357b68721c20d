/* SPDX-License-Identifier: MIT */
/* The table of ops, look-ups in it, shapes and keys of problems. */
#include <stdio.h>
#include <string.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

static const struct hone_op *const table[] = {
    &op_gemm,
    &op_gemm_add,
    &op_gemm_silu_mul,
    &op_gemm_qkv,
    &op_gemm_split,
    &op_gemm_combine,
    &op_gemm_combine_add,
    &op_rmsnorm,
    &op_quantize,
    &op_silu_mul,
    &op_add,
    &op_embed,
    &op_rope_append,
    &op_attention,
    &op_attention_split,
    &op_attention_combine,
    &op_gather_rows,
    &op_dequantize,
};

const struct hone_op *const *hone_op_table(size_t *out_count)
{
    *out_count = sizeof table / sizeof *table;
    return table;
}

const struct hone_op *hone_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i]->name, name) == 0) return table[i];
    return NULL;
}

int hone_op_operand(const struct hone_op *op, const char *name)
{
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (strcmp(op->operands[i].name, name) == 0) return (int)i;
    return -1;
}

int hone_op_dim(const struct hone_op *op, const char *name)
{
    for (uint32_t i = 0; i < op->n_dims; i++)
        if (strcmp(op->dims[i], name) == 0) return (int)i;
    return -1;
}

uint64_t hone_operand_rows(const struct hone_problem *problem, uint32_t operand, uint32_t m,
                           uint32_t n_tokens)
{
    int8_t rows = problem->op->operands[operand].rows_dim;
    if (rows >= 0) return problem->dims[rows];
    return rows == HONE_ROWS_ONE ? 1 : rows == HONE_ROWS_TOKENS ? n_tokens : m;
}

uint64_t hone_operand_cols(const struct hone_problem *problem, uint32_t operand)
{
    const struct hone_operand *o = &problem->op->operands[operand];
    uint64_t cols = problem->dims[o->cols_dim];
    return o->cols_times ? cols * problem->dims[o->cols_times - 1] : cols;
}

/* Attributes by their bits: equal text means equal floats. */
void hone_problem_key(const struct hone_problem *problem, char out_key[HONE_PROBLEM_KEY_BYTES])
{
    const struct hone_op *op = problem->op;
    size_t at = 0;
#define PUT(...)                                                                                   \
    do {                                                                                           \
        int put_ = snprintf(out_key + at, HONE_PROBLEM_KEY_BYTES - at, __VA_ARGS__);               \
        at += put_ < 0 ? 0 : (size_t)put_;                                                         \
        if (at >= HONE_PROBLEM_KEY_BYTES) at = HONE_PROBLEM_KEY_BYTES - 1;                         \
    } while (0)
    PUT("%s", op->name);
    for (uint32_t i = 0; i < op->n_dims; i++) PUT(" %s=%u", op->dims[i], problem->dims[i]);
    for (uint32_t i = 0; i < op->n_attrs; i++) {
        uint32_t bits;
        memcpy(&bits, &problem->attrs[i], sizeof bits);
        PUT(" %s=0x%08x", op->attrs[i], bits);
    }
    for (uint32_t i = 0; i < op->n_operands; i++)
        PUT("%s%s", i ? "," : " types=", hone_type_info(problem->types[i])->name);
    PUT(" acts=%s m=%u-%u@%u", hone_type_info(problem->acts)->name, problem->m_min, problem->m_max,
        problem->m);
    if (problem->context) PUT(" context=%u", problem->context);
    if (problem->rows_are_out) PUT(" rows=out");
#undef PUT
}

double problem_operand_bytes(const struct hone_problem *problem, uint32_t operand, uint32_t m)
{
    enum hone_type type = problem->types[operand];
    return (double)hone_operand_rows(problem, operand, m, m) *
           (double)hone_type_row_bytes(type ? type : HONE_TYPE_F32,
                                       hone_operand_cols(problem, operand));
}

double problem_kv_bytes(const struct hone_problem *problem, uint32_t operand, uint32_t positions)
{
    const struct hone_type_info *info = hone_type_info(problem->types[operand]);
    return (double)positions * (double)hone_operand_cols(problem, operand) * info->block_bytes /
           info->block_values;
}

double problem_bytes(const struct hone_problem *problem, uint32_t m)
{
    double sum = 0;
    for (uint32_t i = 0; i < problem->op->n_operands; i++)
        if (problem->op->operands[i].role != HONE_ROLE_KV)
            sum += problem_operand_bytes(problem, i, m);
    return sum;
}
