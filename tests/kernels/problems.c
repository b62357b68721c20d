/* SPDX-License-Identifier: MIT */
/* The list of problems that kernels are checked on, and its little language. */
#include "tests/kernels/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first line of an op that a space applies to gets the full number of points. Sizes are such
 * that every value of every parameter is allowed somewhere; what is computed is smaller. */
static const char *const lines[] = {
    "gemm n=4112 k=512 x=q8a w=q4_0|q8_0|q6_k m=512|1|8",
    "gemm n=4112 k=512 x=q8a w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=512|1",
    "gemm n=4112 k=512 x=f32 w=f32|f16|bf16|q4_0|q8_0|q6_k m=512|1|8",
    "gemm n=4112 k=512 x=f32 w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=512|1",
    "gemm n=4112 k=512 x=bf16 w=bf16 m=512|1|8",
    "gemm n=4112 k=2560 x=q8r w=i8 m=512|1|8",
    "gemm n=100 k=300 x=f32|bf16 w=f32|bf16 m=32",
    "gemm_add n=4112 k=512 x=q8a w=q4_0|q8_0|q6_k m=512|1|8",
    "gemm_add n=4112 k=512 x=q8a w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=512|1",
    "gemm_add n=4112 k=512 x=f32 w=f32|f16|bf16|q4_0|q8_0|q6_k m=512|1|8",
    "gemm_add n=4112 k=512 x=f32 w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=512|1",
    "gemm_add n=4112 k=512 x=bf16 w=bf16 m=512|1|8",
    "gemm_add n=4112 k=2560 x=q8r w=i8 m=512|1|8",
    "gemm_silu_mul n=4112 k=512 x=q8a w0=q4_0|q8_0|q6_k w1=q4_0|q8_0|q6_k m=512|1|8",
    "gemm_silu_mul n=4112 k=512 x=q8a w0=q4_1|q5_0|q5_1 w1=q4_1|q5_0|q5_1 m=512|1",
    "gemm_silu_mul n=4112 k=512 x=q8a w0=q4_k|q5_k w1=q4_k|q5_k m=512|1",
    "gemm_silu_mul n=4112 k=512 x=q8a w0=iq4_nl|mxfp4 w1=iq4_nl|mxfp4 m=512|1",
    "gemm_silu_mul n=4112 k=512 x=f32 w0=f32|f16|q4_0 w1=f32|f16|q4_0 m=512|1|8",
    "gemm_silu_mul n=4112 k=512 x=f32 w0=bf16|q8_0|q6_k w1=bf16|q8_0|q6_k m=512|1|8",
    "gemm_silu_mul n=4112 k=512 x=f32 w0=q4_1|q5_0|q5_1 w1=q4_1|q5_0|q5_1 m=512|1",
    "gemm_silu_mul n=4112 k=512 x=f32 w0=q4_k|q5_k w1=q4_k|q5_k m=512|1",
    "gemm_silu_mul n=4112 k=512 x=f32 w0=iq4_nl|mxfp4 w1=iq4_nl|mxfp4 m=512|1",
    "gemm_silu_mul n=4112 k=512 x=bf16 w0=bf16 w1=bf16 m=512|1|8",
    "gemm_silu_mul n=4112 k=2560 x=q8r w0=i8 w1=i8 m=512|1|8",
    "gemm n=100 k=320 x=bf16 w=q4_0|q8_0 m=40|5",
    "gemm_add n=72 k=608 x=bf16 w=q4_0|q8_0 m=1",
    "gemm_silu_mul n=72 k=288 x=bf16 w0=q4_0 w1=q4_0 y=bf16 m=9",
    "gemm_qkv n=136 k=256 n1=72 x=bf16 w0=q8_0 w1=q8_0 w2=q8_0 m=17",
    "gemm_split n=72 k=704 n_parts=2 x=bf16 w=bf16|q8_0 m=37",
    "gemm_qkv n=4112 k=512 n1=1041 x=q8a w0=q4_0 w1=q4_0 w2=q4_0 m=512|1|8",
    "gemm_qkv n=4112 k=512 n1=1041 x=q8a w0=q8_0 w1=q8_0 w2=q8_0 m=512|1|8",
    "gemm_qkv n=4112 k=512 n1=1041 x=q8a w0=q6_k w1=q6_k w2=q6_k m=512|1",
    "gemm_qkv n=4112 k=512 n1=15 x=q8a w0=q5_k w1=q5_k w2=q5_k m=512|1",
    "gemm_qkv n=4112 k=512 n1=1041 w0=f32 w1=f32 w2=f32 m=512|1|8",
    "gemm_qkv n=4112 k=512 n1=1041 w0=f16 w1=f16 w2=f16 m=512|1",
    "gemm_qkv n=4112 k=512 n1=15 w0=q4_0 w1=q4_0 w2=q4_0 m=512|1",
    "gemm_qkv n=4112 k=512 n1=1041 x=bf16 w0=bf16 w1=bf16 w2=bf16 m=512|1|8",
    "gemm_split n=517 k=1100 n_parts=4 x=f32 w=f32|f16|bf16 m=8|1|33",
    "gemm_split n=517 k=1088 n_parts=4 x=f32 w=q4_0|q8_0|q5_1|mxfp4 m=8|1",
    "gemm_split n=517 k=2304 n_parts=4 x=f32 w=q4_k|q6_k m=8|1",
    "gemm_split n=517 k=1100 n_parts=4 x=bf16 w=bf16 m=8|1|33",
    "gemm_split n=517 k=1088 n_parts=4 x=q8a w=q4_0|q8_0|q5_1|q5_0|q4_1|iq4_nl|mxfp4 m=8|1",
    "gemm_split n=517 k=2304 n_parts=4 x=q8a w=q6_k|q4_k|q5_k m=8|1|33",
    "gemm_split n=523 k=301 n_parts=2 x=f32|bf16 w=f32|bf16 m=1",
    "gemm_split n=260 k=3872 n_parts=8 x=f32|q8a w=q4_0 m=3|1",
    "gemm_combine n=517 n_parts=4 m=8|1|33",
    "gemm_combine n=1031 n_parts=2 m=1",
    "gemm_combine n=259 n_parts=8 m=3",
    "gemm_combine_add n=517 n_parts=4 m=8|1|33",
    "gemm_combine_add n=259 n_parts=8 m=3",
    "rmsnorm k=512|96|100 eps=1e-5 y=f32|q8a|bf16 m=512|1|8",
    "quantize k=512|96|100 y=q8a|q8r|bf16 m=512|1|8",
    "silu_mul k=512|96|100 y=f32|q8a|bf16 m=512|1|8",
    "add k=512|100 m=512|1|8",
    "embed n=300 k=512 w=f32|f16|bf16|q4_0|q8_0|q6_k m=512|1|8",
    "embed n=300 k=512 w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=512|1",
    "gather_rows k=512|100 m=8|1 rows_are_out=1",
    "rope_append n_heads=8 n_kv_heads=2 head_dim=64 rope_dim=64 page_tokens=64 n_positions=600 "
    "kcache=f16 vcache=f16 m=512|1|8",
    "rope_append n_heads=8 n_kv_heads=2 head_dim=64 rope_dim=64 page_tokens=64 n_positions=600 "
    "kcache=f32 vcache=f32 m=512|1|8",
    "rope_append n_heads=8 n_kv_heads=2 head_dim=64 rope_dim=64 page_tokens=64 n_positions=600 "
    "kcache=bf16 vcache=bf16 m=512|1|8",
    "rope_append n_heads=7 n_kv_heads=1 head_dim=80 rope_dim=40 page_tokens=32 n_positions=600 "
    "kcache=f16 vcache=f16 m=8",
    "rope_append n_heads=6 n_kv_heads=2 head_dim=24 rope_dim=12 page_tokens=16 n_positions=600 "
    "kcache=bf16 vcache=bf16 m=8",
    "rope_append n_heads=8 n_kv_heads=2 head_dim=64 rope_dim=64 page_tokens=64 n_positions=600 "
    "kcache=q8_0 vcache=q8_0 m=512|1|8",
    "rope_append n_heads=7 n_kv_heads=1 head_dim=96 rope_dim=40 page_tokens=32 n_positions=600 "
    "kcache=q8_0 vcache=q8_0 m=8",
    "rope_append n_heads=3 n_kv_heads=3 head_dim=32 rope_dim=12 page_tokens=16 n_positions=600 "
    "kcache=q8_0 vcache=q8_0 m=8",
    "attention n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=128 scale=0.125 "
    "kcache=f16 vcache=f16 y=f32|q8a|bf16 context=600 m=512|1|8",
    "attention n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=128 scale=0.125 "
    "kcache=f32 vcache=f32 y=f32|q8a|bf16 context=600 m=512|1|8",
    "attention n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=128 scale=0.125 "
    "kcache=bf16 vcache=bf16 y=f32|q8a|bf16 context=600 m=512|1|8",
    "attention n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=128 scale=0.125 "
    "kcache=q8_0 vcache=q8_0 y=f32|q8a|bf16 context=600 m=512|1|8",
    "attention n_heads=5 n_kv_heads=1 head_dim=96 page_tokens=48 scale=0.1 "
    "kcache=q8_0 vcache=q8_0 context=100 m=64|1",
    "attention n_heads=16 n_kv_heads=1 head_dim=64 page_tokens=64 scale=0.125 "
    "kcache=bf16 vcache=bf16 context=200 m=8|1",
    "attention n_heads=7 n_kv_heads=1 head_dim=80 page_tokens=32 scale=0.1 "
    "kcache=f16 vcache=f16 context=100 m=64|1",
    "attention n_heads=3 n_kv_heads=3 head_dim=96 page_tokens=16 scale=0.1 "
    "kcache=bf16 vcache=bf16 context=100 m=64|1",
    "attention_split n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=64 part_heads=32 scale=0.125 "
    "kcache=f16 vcache=f16 context=600 m=3|1",
    "attention_split n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=128 part_heads=32 scale=0.125 "
    "kcache=f32 vcache=f32 context=600 m=3|1",
    "attention_split n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=32 part_heads=32 scale=0.125 "
    "kcache=bf16 vcache=bf16 context=600 m=3|1",
    "attention_split n_heads=8 n_kv_heads=2 head_dim=64 page_tokens=64 part_heads=32 scale=0.125 "
    "kcache=q8_0 vcache=q8_0 context=600 m=3|1",
    "attention_split n_heads=7 n_kv_heads=1 head_dim=80 page_tokens=16 part_heads=28 scale=0.1 "
    "kcache=f16 vcache=f16 context=100 m=7|2",
    "attention_split n_heads=3 n_kv_heads=1 head_dim=96 page_tokens=16 part_heads=48 scale=0.1 "
    "kcache=q8_0 vcache=q8_0 context=300 m=1",
    /* Scores so far below 0 that a part's weights vanish without a bound of its own. */
    "attention_split n_heads=7 n_kv_heads=1 head_dim=80 page_tokens=16 part_heads=28 scale=16 "
    "kcache=f32 vcache=f32 context=100 m=7|2",
    "attention_combine n_heads=8 n_kv_heads=2 head_dim=64 part_heads=32 y=f32|q8a|bf16 m=3|1",
    "attention_combine n_heads=7 n_kv_heads=1 head_dim=80 part_heads=28 y=f32|bf16 m=7|2",
    "attention_combine n_heads=3 n_kv_heads=1 head_dim=96 part_heads=48 y=f32|q8a m=1",
    "dequantize n=300 k=512 w=f32|f16|bf16|q4_0|q8_0|q6_k m=1",
    "dequantize n=300 k=512 w=q4_1|q5_0|q5_1|q4_k|q5_k|iq4_nl|mxfp4 m=1",
};

enum { LINE_BYTES = 512 };

static enum hone_status set_value(struct hone_problem *problem, const char *name, const char *text,
                                  struct hone_error *err)
{
    const struct hone_op *op = problem->op;
    uint32_t number = (uint32_t)strtoul(text, NULL, 10);
    int dim = hone_op_dim(op, name), operand = hone_op_operand(op, name);
    for (uint32_t i = 0; i < op->n_attrs; i++)
        if (strcmp(op->attrs[i], name) == 0) {
            problem->attrs[i] = strtof(text, NULL);
            return HONE_OK;
        }
    if (dim >= 0) {
        problem->dims[dim] = number;
    } else if (strcmp(name, "m") == 0) {
        problem->m = problem->m_max = number;
        problem->m_min = number / 2 + 1;
    } else if (strcmp(name, "context") == 0) {
        problem->context = number;
    } else if (strcmp(name, "rows_are_out") == 0) {
        problem->rows_are_out = number;
    } else if (operand >= 0 && hone_type_by_name(text) != HONE_TYPE_NONE) {
        problem->types[operand] = hone_type_by_name(text);
        enum hone_role role = op->operands[operand].role;
        bool is_activation = role == HONE_ROLE_IN || role == HONE_ROLE_OUT;
        if (is_activation && problem->types[operand] != HONE_TYPE_F32)
            problem->acts = problem->types[operand];
    } else {
        return hone_fail(err, HONE_ERR_ARGUMENT, "problem: '%s=%s' means nothing to %s", name, text,
                         op->name);
    }
    return HONE_OK;
}

static enum hone_status keep(struct problem_list *list, const struct hone_problem *problem,
                             struct hone_error *err)
{
    if (list->n_items == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        void *items = reallocarray(list->items, capacity, sizeof *list->items);
        if (!items) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for problems");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n_items++] = *problem;
    return HONE_OK;
}

/* The rest of a line, for each combination of its alternatives; the last name varies slowest. */
static enum hone_status expand(struct problem_list *list, const struct hone_problem *so_far,
                               const char *rest, struct hone_error *err)
{
    rest += strspn(rest, " ");
    if (!*rest) return keep(list, so_far, err);
    char name[64], text[64];
    const char *end = rest + strcspn(rest, " "), *equals = memchr(rest, '=', (size_t)(end - rest));
    if (!equals || equals - rest >= (long)sizeof name)
        return hone_fail(err, HONE_ERR_ARGUMENT, "problem: name=value expected at '%.40s'", rest);
    snprintf(name, sizeof name, "%.*s", (int)(equals - rest), rest);
    for (const char *at = equals; at < end;) {
        size_t length = strcspn(++at, "| ");
        snprintf(text, sizeof text, "%.*s", (int)length, at);
        struct hone_problem problem = *so_far;
        HONE_TRY(set_value(&problem, name, text, err));
        HONE_TRY(expand(list, &problem, end, err));
        at += length;
    }
    return HONE_OK;
}

enum hone_status problems_add(struct problem_list *list, const char *line, struct hone_error *err)
{
    char name[64];
    size_t length = strcspn(line, " ");
    snprintf(name, sizeof name, "%.*s", (int)length, line);
    struct hone_problem problem = {.op = hone_op_find(name), .acts = HONE_TYPE_F32, .m = 1};
    if (!problem.op) return hone_fail(err, HONE_ERR_ARGUMENT, "problem: no op '%s'", name);
    problem.m_min = problem.m_max = 1;
    for (uint32_t i = 0; i < problem.op->n_operands; i++) problem.types[i] = HONE_TYPE_F32;
    return expand(list, &problem, line + length, err);
}

enum hone_status problems_all(struct problem_list *list, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        HONE_TRY(problems_add(list, lines[i], err));
    return HONE_OK;
}

void problems_free(struct problem_list *list)
{
    free(list->items);
    *list = (struct problem_list){0};
}

void problem_print(const struct hone_problem *problem, size_t n_bytes, char *out_text)
{
    const struct hone_op *op = problem->op;
    char text[LINE_BYTES];
    int used = snprintf(text, sizeof text, "%s", op->name);
    for (uint32_t i = 0; i < op->n_dims; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s=%u", op->dims[i],
                         problem->dims[i]);
    for (uint32_t i = 0; i < op->n_attrs; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s=%g", op->attrs[i],
                         (double)problem->attrs[i]);
    for (uint32_t i = 0; i < op->n_operands; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s=%s", op->operands[i].name,
                         hone_type_info(problem->types[i])->name);
    if (problem->context)
        used += snprintf(text + used, sizeof text - (size_t)used, " context=%u", problem->context);
    if (problem->rows_are_out)
        used += snprintf(text + used, sizeof text - (size_t)used, " rows_are_out=1");
    snprintf(text + used, sizeof text - (size_t)used, " m=%u", problem->m);
    snprintf(out_text, n_bytes, "%s", text);
}
