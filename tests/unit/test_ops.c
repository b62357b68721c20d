/* SPDX-License-Identifier: MIT */
/* The table of ops: what callers rely on by name and by position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/ops/ops.h"

/* Generated kernels load their arguments by these positions. */
static void argument_lists_are_the_contract(void **state)
{
    (void)state;
    static const char *const wanted[][2] = {
        {"gemm", "n k: x w y rows n k"},
        {"gemm_add", "n k: x w r y rows n k"},
        {"gemm_silu_mul", "n k: x w0 w1 y rows n k"},
        {"gemm_qkv", "n k n1: x w0 w1 w2 y0 y1 y2 rows n n1 k"},
        {"gemm_split", "n k n_parts: x w y rows n k n_parts"},
        {"gemm_combine", "n n_parts: p y rows n n_parts"},
        {"gemm_combine_add", "n n_parts: p r y rows n n_parts"},
        {"rmsnorm", "k eps: x g y rows k eps"},
        {"quantize", "k: x y rows k"},
        {"silu_mul", "k: g u y rows k"},
        {"add", "k: x r y rows k"},
        {"embed", "n k: tokens w y rows n k"},
        {"rope_append",
         "n_heads n_kv_heads head_dim rope_dim page_tokens n_positions: q k v table kcache vcache "
         "positions token_seq page_table page_stride rows n_heads n_kv_heads head_dim rope_dim "
         "page_tokens"},
        {"attention",
         "n_heads n_kv_heads head_dim page_tokens scale: q kcache vcache y positions token_seq "
         "page_table page_stride rows n_heads n_kv_heads head_dim page_tokens scale"},
        {"attention_split",
         "n_heads n_kv_heads head_dim page_tokens part_heads scale: q kcache vcache o lse "
         "positions "
         "token_seq page_table page_stride rows n_heads n_kv_heads head_dim page_tokens part_heads "
         "scale"},
        {"attention_combine",
         "n_heads n_kv_heads head_dim part_heads: o lse y rows n_heads n_kv_heads head_dim "
         "part_heads"},
        {"gather_rows", "k: x y out_rows rows k"},
        {"dequantize", "n k: w y n k"},
    };
    size_t count;
    const struct hone_op *const *ops = hone_op_table(&count);
    assert_int_equal(count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < count; i++) {
        char text[512];
        size_t at = 0;
        const struct hone_op *op = ops[i];
        assert_string_equal(op->name, wanted[i][0]);
        assert_ptr_equal(hone_op_find(op->name), op);
        for (uint32_t j = 0; j < op->n_dims; j++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s ", op->dims[j]);
        for (uint32_t j = 0; j < op->n_attrs; j++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s ", op->attrs[j]);
        text[at - 1] = ':';
        for (uint32_t j = 0; j < op->n_args; j++)
            at += (size_t)snprintf(text + at, sizeof text - at, " %s", op->args[j].name);
        assert_string_equal(text, wanted[i][1]);
    }
    assert_null(hone_op_find("gem"));
}

/* An argument's name says what it points at; a slip of an index would go unnoticed by the names. */
static void arguments_point_at_their_namesakes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum hone_batch_field field;
    } fields[] = {
        {"tokens", HONE_BATCH_TOKENS},           {"positions", HONE_BATCH_POSITIONS},
        {"token_seq", HONE_BATCH_TOKEN_SEQ},     {"page_table", HONE_BATCH_PAGE_TABLE},
        {"page_stride", HONE_BATCH_PAGE_STRIDE}, {"out_rows", HONE_BATCH_OUT_ROWS},
    };
    size_t count;
    const struct hone_op *const *ops = hone_op_table(&count);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < ops[i]->n_args; j++) {
            const struct hone_arg *arg = &ops[i]->args[j];
            const char *target = "rows";
            if (arg->kind == HONE_ARG_OPERAND) target = ops[i]->operands[arg->index].name;
            if (arg->kind == HONE_ARG_DIM) target = ops[i]->dims[arg->index];
            if (arg->kind == HONE_ARG_ATTR) target = ops[i]->attrs[arg->index];
            for (size_t f = 0; arg->kind == HONE_ARG_BATCH && f < 6; f++)
                if (fields[f].field == (enum hone_batch_field)arg->index) target = fields[f].name;
            assert_string_equal(arg->name, target);
        }
    }
}

static struct hone_problem gemm_problem(void)
{
    struct hone_problem p = {.op = hone_op_find("gemm"),
                             .dims = {2048, 5632},
                             .types = {HONE_TYPE_F32, HONE_TYPE_Q4_0, HONE_TYPE_F32},
                             .acts = HONE_TYPE_Q8A,
                             .m_min = 1,
                             .m_max = 1,
                             .m = 1};
    return p;
}

static void keys_tell_problems_apart(void **state)
{
    (void)state;
    char keys[16][HONE_PROBLEM_KEY_BYTES], again[HONE_PROBLEM_KEY_BYTES];
    struct hone_problem p = gemm_problem(), q[14];
    for (int i = 0; i < 14; i++) q[i] = p;
    q[1].op = hone_op_find("gemm_add");
    q[2].dims[0]++;
    q[3].dims[1]++;
    q[4].types[1] = HONE_TYPE_Q8_0;
    q[5].types[0] = HONE_TYPE_Q8A;
    q[6].acts = HONE_TYPE_F32;
    q[7].m_min = 2;
    q[8].m_max = 4;
    q[9].m = 3;
    q[10].context = 512;
    q[11].rows_are_out = true;
    q[12].op = q[13].op = hone_op_find("rmsnorm");
    q[12].attrs[0] = 1e-5f;
    q[13].attrs[0] = 1.0000001e-5f;
    for (int i = 0; i < 14; i++) {
        hone_problem_key(&q[i], keys[i]);
        assert_null(strchr(keys[i], '\n'));
        for (int j = 0; j < i; j++) assert_string_not_equal(keys[i], keys[j]);
    }
    hone_problem_key(&p, again);
    assert_string_equal(again, keys[0]);
}

/* The longest key that an op can have still ends inside its buffer, with nothing cut off. */
static void long_keys_fit(void **state)
{
    (void)state;
    size_t count;
    const struct hone_op *const *ops = hone_op_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct hone_problem p = {.op = ops[i], .rows_are_out = true};
        for (int d = 0; d < HONE_MAX_DIMS; d++) p.dims[d] = UINT32_MAX;
        for (int o = 0; o < HONE_MAX_OPERANDS; o++) p.types[o] = HONE_TYPE_Q4_0;
        p.acts = HONE_TYPE_BF16;
        p.m_min = p.m_max = p.m = p.context = UINT32_MAX;
        char key[HONE_PROBLEM_KEY_BYTES];
        hone_problem_key(&p, key);
        assert_string_equal(key + strlen(key) - 9, " rows=out");
    }
}

static void counts_of_a_gemm(void **state)
{
    (void)state;
    struct hone_problem p = gemm_problem();
    assert_true(p.op->operations(&p, 3) == 2.0 * 3 * 2048 * 5632);
    assert_true(p.op->bytes(&p, 3) == 2048.0 * 5632 / 32 * 18 + 3.0 * 4 * (2048 + 5632));
    p.op = hone_op_find("embed");
    p.types[0] = HONE_TYPE_Q4_0;
    p.types[1] = HONE_TYPE_F32;
    assert_true(p.op->bytes(&p, 2) == 2 * 5632.0 / 32 * 18 + 2.0 * 5632 * 4);
    struct hone_problem a = {.op = hone_op_find("attention"),
                             .dims = {32, 4, 64, 64},
                             .types = {HONE_TYPE_F32, HONE_TYPE_F16, HONE_TYPE_F16, HONE_TYPE_F32},
                             .context = 1000};
    assert_true(a.op->operations(&a, 1) == 4.0 * 1000 * 32 * 64);
    assert_true(a.op->bytes(&a, 1) == 2 * 1000.0 * 4 * 64 * 2 + 2 * 32 * 64 * 4.0);
}

static void every_op_answers_all_questions(void **state)
{
    (void)state;
    size_t count;
    const struct hone_op *const *ops = hone_op_table(&count);
    for (size_t i = 0; i < count; i++) {
        struct hone_problem p = {.op = ops[i], .context = 64};
        for (uint32_t d = 0; d < ops[i]->n_dims; d++) p.dims[d] = 32;
        for (uint32_t o = 0; o < ops[i]->n_operands; o++) p.types[o] = HONE_TYPE_F32;
        assert_true(ops[i]->operations(&p, 2) > 0);
        assert_true(ops[i]->bytes(&p, 2) > 0);
        assert_non_null(ops[i]->reference);
        assert_non_null(ops[i]->tolerance);
        assert_true(hone_op_operand(ops[i], "nothing") == -1 && hone_op_dim(ops[i], "x") == -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argument_lists_are_the_contract),
        cmocka_unit_test(arguments_point_at_their_namesakes),
        cmocka_unit_test(keys_tell_problems_apart),
        cmocka_unit_test(long_keys_fit),
        cmocka_unit_test(counts_of_a_gemm),
        cmocka_unit_test(every_op_answers_all_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
