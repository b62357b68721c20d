/* SPDX-License-Identifier: MIT */
/* Cases refuse each way of being wrong with a message that says which. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/case_kit.h"

static const struct wrong {
    enum sabotage sabotage;
    const char *op, *formats, *message; /* NULL: it dies */
} wrongs[] = {
    {UNWRITTEN, "gemm", "f32 f32/r16 f32", "y[2][16] is never written"},
    {UNWRITTEN, "silu_mul", "f32 f32 f32", "y[3][100] is never written"},
    {UNWRITTEN, "quantize", "f32 bf16", "y[3][160] is never written"},
    {UNWRITTEN, "quantize", "f32 q8a", "nsum is wrong or never"},
    {UNWRITTEN, "dequantize", "q8_0/r8 f32", "y[8][63] is never written"},
    {UNWRITTEN, "rope_append", "f32 f32 f32 f32 f32/kv f32/kv", "q[4]"},
    {ONE_PAST, "gemm", "f32 f32/r16 f32", "padding after y (byte 0)"},
    {ONE_PAST, "rope_append", "f32 f32 f32 f32 f16/kv f16/kv", "padding after q"},
    {ONE_PAST, "gemm_add", "f32 f32/r16 f32 f32", "padding after y"},
    {BEHIND_PADDING, "gemm", "f32 f32/r16 f32", "wrote behind the padding of y"},
    {BEFORE, "gemm", "f32 f32/r16 f32", "wrote 1 bytes before y"},
    {INPUT_CHANGED, "gemm", "q8a q4_0/r16 f32", "changed its input w"},
    {INPUT_CHANGED, "add", "f32 f32 f32", "changed its input x"},
    {INPUT_CHANGED, "gather_rows", "f32 f32", "changed its input x"},
    {INPUT_CHANGED, "attention", "f32 f32/kv f32/kv f32", "changed its input kcache"},
    {INPUT_CHANGED, "rope_append", "f32 f32 f32 f32 f32/kv f32/kv", "changed its input k"},
    {TILE_SHIFTED, "gemm", "f32 f32/r16 f32", "y["},
    {OTHER_ROWS, "gemm", "f32 f32/r16 f32", "y[2][0] is never written"},
    {OTHER_ROWS, "gemm", "f32 f32/r8 f32", NULL},
    {LAST_K, "gemm", "f32 f32/r16 f32", "y["},
    {LAST_K, "gemm", "bf16 bf16/r16p2 f32", "y["},
    {BF16_SUM, "gemm", "f32 f32/r16 f32", "y["},
    {BF16_SUM, "gemm", "bf16 bf16/r16p2 f32", "y["},
    {RESIDUAL, "gemm_add", "q8a q4_0/r8 f32 f32", "y["},
    {RESIDUAL, "gemm_add", "f32 f32/r16 f32 f32", "y["},
    {RESIDUAL, "add", "f32 f32 f32", "y["},
    {GATE_SWAPPED, "gemm_silu_mul", "q8a q8_0/r16 q8_0/r16 f32", "y["},
    {GATE_SWAPPED, "gemm_qkv", "q8a q8_0/r16 q8_0/r16 q8_0/r16 f32 f32 f32", "y1["},
    {GATE_SWAPPED, "gemm_silu_mul", "q8a q4_0/r16 q4_0/r16 q8a", "y["},
    {GATE_SWAPPED, "silu_mul", "f32 f32 q8a", "y["},
    {UNWRITTEN, "gemm_split", "f32 f32/r16 f32", "y[2][56] is never written"},
    {OTHER_PARTS, "gemm_split", "f32 f32/r16 f32", "y["},
    {LAST_K, "gemm_split", "bf16 bf16/r16p2 f32", "y["},
    {INPUT_CHANGED, "gemm_split", "q8a q4_0/r8 f32", "changed its input w"},
    {EMPTY_PARTS, "gemm_combine", "f32 f32", "y["},
    {RESIDUAL, "gemm_combine_add", "f32 f32 f32", "y["},
    {INPUT_CHANGED, "gemm_combine_add", "f32 f32 f32", "changed its input p"},
    {NO_EPS, "rmsnorm", "f32 f32 f32", "rmsnorm: "},
    {NO_EPS, "rmsnorm", "f32 f32 bf16", "y["},
    {TRUNCATED, "rmsnorm", "f32 f32 bf16", "y["},
    {TRUNCATED, "quantize", "f32 bf16", "y["},
    {NSUM_SIGN, "quantize", "f32 q8a", "nsum is wrong"},
    {NSUM_SIGN, "quantize", "f32 q8r", "nsum is wrong"},
    {UNWRITTEN, "quantize", "f32 q8r", "nsum is wrong or never"},
    {TILE_SHIFTED, "gemm", "q8r i8/r16 f32", "y["},
    {NSUM16_MISSING, "rmsnorm", "f32 f32 q8a", "nsum16 is wrong"},
    {TOKEN_PLUS_ONE, "embed", "q4_0/r16 f32", "y["},
    {HEAD_MAPPING, "attention", "f32 f32/kv f32/kv f32", "y["},
    {HEAD_MAPPING, "attention", "f32 bf16/kv bf16/kv q8a", "y["},
    {CAUSAL_SHORT, "attention", "f32 f32/kv f32/kv f32", "y["},
    {CAUSAL_LONG, "attention", "f32 f32/kv f32/kv f32", "y["},
    {CAUSAL_LONG, "attention", "f32 f16/kv f16/kv f32", "nan, expected"},
    {MASK_BY_ADDING, "attention", "f32 f16/kv f16/kv f32", "nan, expected"},
    {FIRST_POSITION, "attention", "f32 f16/kv f16/kv f32", "y["},
    {FIRST_SEQUENCE, "attention", "f32 f32/kv f32/kv f32", "y["},
    {OTHER_PARTS, "attention_split", "f32 f32/kv f32/kv f32 f32", "o["},
    {EMPTY_PARTS, "attention_split", "f32 f32/kv f32/kv f32 f32", "nan, expected 0"},
    {NO_LOGARITHM, "attention_split", "f32 f16/kv f16/kv f32 f32", "lse["},
    {FIRST_SEQUENCE, "attention_split", "f32 f32/kv f32/kv f32 f32", "o["},
    {INPUT_CHANGED, "attention_split", "f32 f32/kv f32/kv f32 f32", "changed its input kcache"},
    {NO_LOGARITHM, "attention_combine", "f32 f32 f32", "y["},
    {INPUT_CHANGED, "attention_combine", "f32 f32 q8a", "changed its input lse"},
    {UNWRITTEN, "attention_combine", "f32 f32 bf16", "y[2][71] is never written"},
    {FIRST_POSITION, "rope_append", "f32 f32 f32 f32 bf16/kv bf16/kv", "q["},
    {FIRST_SEQUENCE, "rope_append", "f32 f32 f32 f32 f16/kv f16/kv",
     "positions of kcache that are not"},
    {HALF_SPLIT, "rope_append", "f32 f32 f32 f32 f32/kv f32/kv", "q["},
    {OTHER_POSITIONS, "rope_append", "f32 f32 f32 f32 f32/kv f32/kv",
     "positions of kcache that are not"},
    {TRUNCATED, "rope_append", "f32 f32 f32 f32 bf16/kv bf16/kv", "cache["},
};

static void refused(const struct wrong *wrong, enum hone_family family)
{
    struct hone_case_spec spec = kit_spec(kit_find(wrong->op, wrong->formats), family);
    struct hone_case *c = kit_case(&spec);
    struct hone_error err = {0};
    int died = kit_child_signal(c, &spec, wrong->sabotage, NULL);
    assert_int_equal(died, wrong->message ? 0 : SIGSEGV);
    enum hone_status status = hone_case_check(c, 0, NULL, &err);
    if (status != HONE_ERR_WRONG && wrong->message)
        fail_msg("%s %s: sabotage %d passed", wrong->op, wrong->formats, wrong->sabotage);
    if (wrong->message && !strstr(err.text, wrong->message))
        fail_msg("%s %s: sabotage %d gave '%s', not '%s'", wrong->op, wrong->formats,
                 wrong->sabotage, err.text, wrong->message);
    hone_case_destroy(c);
}

static void wrong_kernels_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++)
        refused(&wrongs[i], HONE_FAMILY_NORMAL);
}

/* Buffers end at an unmapped page, less than 64 bytes after the padding, and begin after one. */
static void leaving_a_buffer_dies(void **state)
{
    (void)state;
    for (int i = 0; i < n_kit_rows; i += 7) {
        struct hone_case_spec spec = kit_spec(&kit_rows[i], HONE_FAMILY_UNIFORM);
        const struct hone_op *op = spec.call.problem.op;
        struct hone_case *c = kit_case(&spec);
        const uint64_t *slots = hone_case_args(c, 0);
        assert_int_equal((uintptr_t)slots % 64, 0);
        for (uint32_t a = 0; a < op->n_args; a++) {
            if (op->args[a].kind != HONE_ARG_OPERAND) continue;
            uint32_t o = op->args[a].index;
            uint64_t bytes;
            assert_int_equal(slots[a] % 64, 0);
            if (op->operands[o].role == HONE_ROLE_KV) continue;
            assert_int_equal(hone_format_bytes(spec.call.formats[o],
                                               hone_operand_rows(&spec.call.problem, o, spec.m,
                                                                 hone_case_n_tokens(c)),
                                               hone_operand_cols(&spec.call.problem, o), &bytes,
                                               NULL),
                             HONE_OK);
            const uint8_t *data = (const uint8_t *)(uintptr_t)slots[a];
            assert_int_equal(kit_child_signal(c, &spec, RIGHT, data + bytes - 1), 0);
            assert_int_equal(kit_child_signal(c, &spec, RIGHT, data + (bytes + 63) / 64 * 64),
                             SIGSEGV);
        }
        assert_int_equal(kit_child_signal(c, &spec, FAR_PAST, NULL), SIGSEGV);
        hone_case_destroy(c);
    }
}

static void *output_of(const struct hone_case *c, const struct hone_case_spec *spec)
{
    const struct hone_op *op = spec->call.problem.op;
    for (uint32_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, "y") == 0)
            return (void *)(uintptr_t)((const uint64_t *)hone_case_args(c, 0))[i];
    return NULL;
}

/* Small errors, just beyond what f32 sums explain: everywhere, or in one place. */
static void limits_are_tight(void **state)
{
    (void)state;
    struct hone_error err;
    const struct row *row = kit_find("gemm", "f32 f32/r16 f32");
    for (int family = HONE_FAMILY_NORMAL; family <= HONE_FAMILY_INTEGERS; family += 3) {
        struct hone_case_spec spec = kit_spec(row, (enum hone_family)family);
        struct hone_case *c = kit_case(&spec);
        float *y = output_of(c, &spec);
        naive_run(c, &spec, RIGHT);
        y[5] = nextafterf(y[5], 1e9f);
        bool integers = family == HONE_FAMILY_INTEGERS;
        assert_int_equal(hone_case_check(c, 0, NULL, &err), integers ? HONE_ERR_WRONG : HONE_OK);
        assert_true(!integers || strstr(err.text, "y[0][5]"));
        naive_run(c, &spec, RIGHT);
        for (int i = 0; i < 3 * 17; i++) y[i] *= 1 + 3.5e-6f;
        assert_int_equal(hone_case_check(c, 0, NULL, &err), HONE_ERR_WRONG);
        if (!integers && !strstr(err.text, "nmse of y")) fail_msg("%s", err.text);
        y[5] = NAN;
        assert_int_equal(hone_case_check(c, 0, NULL, &err), HONE_ERR_WRONG);
        assert_true(integers || strstr(err.text, "y[0][5]: got nan"));
        hone_case_destroy(c);
    }
}

/* int8 outputs: a scale off by 3e-6, a value off by one step with sums that agree, -128. */
static void int8_limits_are_tight(void **state)
{
    (void)state;
    enum { COLS = 160, D = COLS, NSUM = COLS + COLS / 8, NSUM16 = COLS + COLS / 4 };
    struct hone_case_spec spec = kit_spec(kit_find("quantize", "f32 q8a"), HONE_FAMILY_NORMAL);
    struct hone_case *c = kit_case(&spec);
    uint8_t *y = output_of(c, &spec);
    struct hone_error err;
    for (int way = 0; way < 4; way++) {
        naive_run(c, &spec, RIGHT);
        float *d = (float *)(void *)(y + D);
        int32_t *nsum = (int32_t *)(void *)(y + NSUM), *nsum16 = (int32_t *)(void *)(y + NSUM16);
        int8_t *q = (int8_t *)y, old = q[37], step = q[37] > 0 ? -1 : 1;
        if (way == 0) d[1] *= 1 + 3e-6f;
        if (way == 1) q[37] = (int8_t)(old + step);
        if (way == 2) q[37] = -128;
        if (way == 3) d[1] *= 1 + 3e-7f;
        nsum[1] += old - q[37];
        nsum16[2] += old - q[37];
        assert_int_equal(hone_case_check(c, 0, NULL, &err), way == 3 ? HONE_OK : HONE_ERR_WRONG);
        assert_true(way == 3 || strstr(err.text, way ? "y[0][37]" : "y[0][32]"));
        hone_case_poison(c);
    }
    hone_case_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_kernels_are_refused),
        cmocka_unit_test(leaving_a_buffer_dies),
        cmocka_unit_test(limits_are_tight),
        cmocka_unit_test(int8_limits_are_tight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
