/* SPDX-License-Identifier: MIT */
/* Cases accept right kernels of every op, family and edge size; samples, seeds, copies and bad
 * specifications. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/case_kit.h"

static void right_kernels_pass(void **state)
{
    (void)state;
    for (int i = 0; i < n_kit_rows; i++) {
        for (int family = 0; family < HONE_FAMILIES; family++) {
            struct hone_case_spec spec = kit_spec(&kit_rows[i], (enum hone_family)family);
            struct hone_case *c = kit_case(&spec);
            struct hone_case_result result;
            struct hone_error err;
            for (int again = 0; again < 2; again++) {
                naive_run(c, &spec, RIGHT);
                if (hone_case_check(c, 0, &result, &err) != HONE_OK)
                    fail_msg("row %d, family %s: %s", i, hone_family_name(spec.family), err.text);
                hone_case_poison(c);
            }
            assert_true(result.n_compared > 0 && result.nmse < 1e-3 && result.worst[0]);
            hone_case_destroy(c);
        }
    }
}

static void no_rows_is_a_case(void **state)
{
    (void)state;
    for (int i = 0; i < n_kit_rows; i++) {
        struct hone_case_spec spec = kit_spec(&kit_rows[i], HONE_FAMILY_NORMAL);
        spec.m = 0;
        struct hone_case *c = kit_case(&spec);
        naive_run(c, &spec, RIGHT);
        assert_int_equal(hone_case_check(c, 0, NULL, NULL), HONE_OK);
        hone_case_destroy(c);
    }
}

/* What a forked child computed, the parent judges. */
static void a_child_may_run_the_kernel(void **state)
{
    (void)state;
    struct hone_case_spec spec = kit_spec(&kit_rows[1], HONE_FAMILY_NORMAL);
    struct hone_case *c = kit_case(&spec);
    int status;
    assert_int_equal(hone_case_check(c, 0, NULL, NULL), HONE_ERR_WRONG);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        naive_run(c, &spec, RIGHT);
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    assert_int_equal(hone_case_check(c, 0, NULL, NULL), HONE_OK);
    hone_case_destroy(c);
}

static float *output_of(const struct hone_case *c, const struct hone_case_spec *spec)
{
    const struct hone_op *op = spec->call.problem.op;
    for (uint32_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, "y") == 0)
            return (float *)(uintptr_t)((const uint64_t *)hone_case_args(c, 0))[i];
    return NULL;
}

/* With samples, one wrong element that is not among them still moves the sum of its row. */
static void samples_and_projection(void **state)
{
    (void)state;
    static const struct row large[] = {
        {.op = "gemm", .dims = {300, 64}, .formats = "q8a q4_0/r16 f32", .m = 7},
        {.op = "gemm_add", .dims = {300, 64}, .formats = "f32 q8_0/r8 f32 f32", .m = 7},
    };
    for (int i = 0; i < 2; i++) {
        struct hone_case_spec spec = kit_spec(&large[i], HONE_FAMILY_NORMAL);
        struct hone_case *c = kit_case(&spec);
        struct hone_case_result result;
        struct hone_error err;
        naive_run(c, &spec, RIGHT);
        assert_int_equal(hone_case_check(c, 20, &result, &err), HONE_OK);
        assert_int_equal(result.n_compared, 20);
        float *y = output_of(c, &spec);
        int by_projection = 0;
        for (int at = 100; at < 2100; at += 97) {
            float kept = y[at];
            y[at] = kept + 0.05f;
            assert_int_equal(hone_case_check(c, 20, &result, &err), HONE_ERR_WRONG);
            by_projection += strstr(err.text, "sums over the columns of y") != NULL;
            y[at] = kept;
        }
        assert_true(by_projection >= 15);
        assert_int_equal(hone_case_check(c, 0, &result, &err), HONE_OK);
        assert_int_equal(result.n_compared, 2100);
        hone_case_destroy(c);
    }
}

/* An output that is not sampled must still be written. */
static void samples_do_not_hide_holes(void **state)
{
    (void)state;
    static const struct row large = {
        .op = "gemm_silu_mul", .dims = {300, 64}, .m = 7, .formats = "q8a q4_0/r16 q4_0/r16 f32"};
    struct hone_case_spec spec = kit_spec(&large, HONE_FAMILY_NORMAL);
    struct hone_case *c = kit_case(&spec);
    struct hone_error err;
    naive_run(c, &spec, RIGHT);
    assert_int_equal(hone_case_check(c, 20, NULL, &err), HONE_OK);
    uint32_t poison = 0x7fa57fa5;
    memcpy(output_of(c, &spec) + 1001, &poison, 4);
    assert_int_equal(hone_case_check(c, 20, NULL, &err), HONE_ERR_WRONG);
    assert_non_null(strstr(err.text, "y[3][101] is never written"));
    hone_case_destroy(c);
}

static uint64_t content(const struct hone_case *c, uint32_t copy, uint32_t slot, size_t bytes)
{
    const uint8_t *data =
        (const uint8_t *)(uintptr_t)((const uint64_t *)hone_case_args(c, copy))[slot];
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ data[i]) * 1099511628211;
    return hash;
}

static void seeds_and_copies(void **state)
{
    (void)state;
    struct hone_case_spec spec = kit_spec(kit_find("gemm", "q8a q4_0/r16 f32"), HONE_FAMILY_NORMAL);
    spec.n_copies = 3;
    struct hone_case *a = kit_case(&spec), *b = kit_case(&spec);
    spec.seed++;
    struct hone_case *other = kit_case(&spec);
    size_t x_bytes = 3 * 144, w_bytes = 48 * 54;
    assert_true(content(a, 0, 0, x_bytes) == content(b, 0, 0, x_bytes));
    assert_true(content(a, 0, 1, w_bytes) == content(b, 0, 1, w_bytes));
    assert_true(content(a, 0, 0, x_bytes) != content(other, 0, 0, x_bytes));
    assert_true(content(a, 0, 1, w_bytes) != content(other, 0, 1, w_bytes));
    const uint64_t *first = hone_case_args(a, 0);
    for (uint32_t copy = 1; copy < 3; copy++) {
        const uint64_t *slots = hone_case_args(a, copy);
        assert_true(slots[1] != first[1] && slots[0] == first[0] && slots[2] == first[2]);
        assert_true(content(a, copy, 1, w_bytes) == content(a, 0, 1, w_bytes));
    }
    assert_ptr_equal(hone_case_args(a, 3), first);
    hone_case_destroy(a);
    hone_case_destroy(b);
    hone_case_destroy(other);
}

/* KV rotates where most of it is older than the step, and nothing that is appended to. */
static void kv_copies(void **state)
{
    (void)state;
    struct hone_case_spec spec =
        kit_spec(kit_find("attention", "f32 f16/kv f16/kv f32"), HONE_FAMILY_NORMAL);
    const uint64_t page_bytes = 4 * 32 * 24 * 2;
    for (uint32_t before = 0; before < 64; before += 37) {
        spec.n_copies = 3;
        spec.kv_before = before;
        struct hone_case *c = kit_case(&spec);
        const uint64_t *first = hone_case_args(c, 0), *second = hone_case_args(c, 1);
        bool old = before >= spec.m;
        for (uint32_t slot = 0; slot < 4; slot++)
            assert_int_equal(second[slot] != first[slot], old && (slot == 1 || slot == 2));
        assert_true(content(c, 1, 1, page_bytes) == content(c, 0, 1, page_bytes));
        uint64_t pages = 4 * 2 * (uint64_t)old;
        assert_int_equal(hone_case_rotating_bytes(&spec), 2 * pages * page_bytes);
        hone_case_destroy(c);
    }
    spec = kit_spec(kit_find("rope_append", "f32 f32 f32 f32 f16/kv f16/kv"), HONE_FAMILY_NORMAL);
    spec.n_copies = 2;
    struct hone_case *c = kit_case(&spec);
    const uint64_t *first = hone_case_args(c, 0), *second = hone_case_args(c, 1);
    for (uint32_t slot = 0; slot < 6; slot++)
        assert_int_equal(second[slot] != first[slot], slot == 3);
    hone_case_destroy(c);
}

/* The same values whatever the layout: winners of different formats are judged on equal terms. */
static void layouts_do_not_change_values(void **state)
{
    (void)state;
    static const char *const formats[] = {"q6_k", "q6_k/r8", "q6_k/r16"};
    float values[3][512];
    for (int i = 0; i < 3; i++) {
        struct row row = {.op = "dequantize", .dims = {19, 512}, .m = 1};
        char text[32];
        snprintf(text, sizeof text, "%s f32", formats[i]);
        row.formats = text;
        struct hone_case_spec spec = kit_spec(&row, HONE_FAMILY_NORMAL);
        spec.seed = 4;
        struct hone_case *c = kit_case(&spec);
        const uint64_t *slots = hone_case_args(c, 0);
        hone_format_decode_row(spec.call.formats[0], (const void *)(uintptr_t)slots[0], 19, 512, 17,
                               values[i]);
        hone_case_destroy(c);
    }
    assert_memory_equal(values[0], values[1], sizeof values[0]);
    assert_memory_equal(values[0], values[2], sizeof values[0]);
}

static void families_are_what_they_say(void **state)
{
    (void)state;
    struct row row = {.op = "quantize", .dims = {4096}, .formats = "f32 q8a", .m = 8};
    for (int family = 0; family < HONE_FAMILIES; family++) {
        struct hone_case_spec spec = kit_spec(&row, (enum hone_family)family);
        struct hone_case *c = kit_case(&spec);
        const float *x = (const float *)(uintptr_t)((const uint64_t *)hone_case_args(c, 0))[0];
        double largest = 0, zeros = 0, squares = 0, sum = 0;
        for (int i = 0; i < 8 * 4096; i++) {
            largest = fmax(largest, fabs((double)x[i]));
            zeros += x[i] == 0;
            squares += (double)x[i] * (double)x[i];
            sum += (double)x[i];
            if (family == HONE_FAMILY_INTEGERS) assert_true(x[i] == rintf(x[i]));
        }
        squares /= 8 * 4096;
        zeros /= 8 * 4096;
        assert_true(fabs(sum / (8 * 4096)) < 0.03 * sqrt(squares));
        if (family == HONE_FAMILY_UNIFORM) assert_true(largest <= 1 && largest > 0.99);
        if (family == HONE_FAMILY_NORMAL) assert_true(fabs(squares - 1) < 0.05 && largest > 3);
        if (family == HONE_FAMILY_OUTLIERS) assert_true(largest > 150 && squares < 30);
        if (family == HONE_FAMILY_SPARSE) assert_true(zeros > 0.5 && zeros < 0.65);
        if (family == HONE_FAMILY_INTEGERS) assert_true(largest == 4);
        hone_case_destroy(c);
    }
}

static void bad_specs_are_errors(void **state)
{
    (void)state;
    static const struct {
        struct row row;
        const char *message;
    } cases[] = {
        {{.op = "gemm", .dims = {0, 4}, .formats = "f32 f32 f32", .m = 1}, "n is 0"},
        {{.op = "gemm", .dims = {4, 33}, .formats = "f32 q4_0/r16 f32", .m = 1}, "multiples of 32"},
        {{.op = "gemm", .dims = {4, 32}, .formats = "f32 f32/kv f32", .m = 1},
         "cannot have format f32/kv"},
        {{.op = "gemm", .dims = {4, 32}, .formats = "f32/r8 f32 f32", .m = 1}, "operand x"},
        {{.op = "attention", .dims = {3, 2, 8, 16}, .formats = "f32 f32/kv f32/kv f32", .m = 1},
         "share"},
        {{.op = "attention", .dims = {2, 2, 8, 17}, .formats = "f32 f32/kv f32/kv f32", .m = 1},
         "multiple of 16"},
        {{.op = "rope_append",
          .dims = {2, 2, 8, 10, 16, 64},
          .formats = "f32 f32 f32 f32 f32/kv f32/kv",
          .m = 1},
         "rope_dim 10"},
        {{.op = "rope_append",
          .dims = {2, 2, 8, 8, 16, 4},
          .formats = "f32 f32 f32 f32 f32/kv f32/kv",
          .m = 5},
         "position 4 of a table of 4"},
        {{.op = "gather_rows", .dims = {4}, .formats = "f32 f32", .m = 1}, "n_out"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_case_spec spec = kit_spec(&cases[i].row, HONE_FAMILY_NORMAL);
        struct hone_case *c;
        struct hone_error err = {0};
        assert_int_equal(hone_case_create(&spec, &c, &err), HONE_ERR_ARGUMENT);
        assert_null(c);
        if (!strstr(err.text, cases[i].message)) fail_msg("%s", err.text);
    }
    struct hone_case_spec spec = kit_spec(&kit_rows[1], HONE_FAMILY_NORMAL);
    struct hone_case *c;
    spec.call.problem.types[1] = HONE_TYPE_F16;
    assert_int_equal(hone_case_create(&spec, &c, NULL), HONE_ERR_ARGUMENT);
    spec = kit_spec(&kit_rows[1], HONE_FAMILY_NORMAL);
    spec.call.formats[2] = NULL;
    assert_int_equal(hone_case_create(&spec, &c, NULL), HONE_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_kernels_pass),
        cmocka_unit_test(kv_copies),
        cmocka_unit_test(no_rows_is_a_case),
        cmocka_unit_test(a_child_may_run_the_kernel),
        cmocka_unit_test(samples_and_projection),
        cmocka_unit_test(samples_do_not_hide_holes),
        cmocka_unit_test(seeds_and_copies),
        cmocka_unit_test(layouts_do_not_change_values),
        cmocka_unit_test(families_are_what_they_say),
        cmocka_unit_test(bad_specs_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
