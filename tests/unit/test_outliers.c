/* SPDX-License-Identifier: MIT */
/* Devices out of line with their like are named, ordinary differences are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache/outliers.h"
#include "content_kit.h"

/* `factors` of one class; kernels are shared by all. */
static struct hone_device_unit *judge(const double *factors, size_t n_units, size_t n_kernels,
                                      struct hone_arena *arena)
{
    struct hone_content *contents = hone_arena_array(arena, n_units, sizeof *contents);
    const char **names = hone_arena_array(arena, n_units, sizeof *names);
    for (size_t u = 0; u < n_units; u++) {
        names[u] = "file";
        contents[u].trials = hone_arena_array(arena, n_kernels + 1, sizeof *contents[u].trials);
        for (size_t k = 0; k < n_kernels; k++) {
            struct hone_store_trial *trial = &contents[u].trials[contents[u].n_trials++];
            double wobble = 1 + 0.01 * (double)((u * 7 + k * 3) % 5);
            *trial = kit_trial(hone_arena_printf(arena, "MR=%zu", k), "model=x",
                               (double)(100 << k) * factors[u] * wobble);
            trial->stack = hone_arena_printf(arena, "kernel=6; host=node%zu; hone=1", u);
        }
    }
    struct hone_device_unit *units;
    size_t n;
    assert_int_equal(hone_outliers_find(contents, names, n_units, arena, &units, &n, NULL),
                     HONE_OK);
    assert_int_equal(n, n_units);
    return units;
}

static void outlier_devices_are_named(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    static const double one_slow[] = {1, 1.02, 0.98, 1.25, 1.01, 0.99};
    struct hone_device_unit *units = judge(one_slow, 6, 9, &arena);
    for (size_t u = 0; u < 6; u++) {
        char name[16];
        snprintf(name, sizeof name, "node%zu", u);
        assert_string_equal(units[u].unit, name);
        assert_int_equal(units[u].outlier, u == 3);
        assert_int_equal(units[u].n_shared, 9);
        assert_false(units[u].undecided);
    }
    assert_true(units[3].ratio > 1.18 && units[3].ratio < 1.32);
    assert_true(units[3].bound >= HONE_OUTLIER_FLOOR - 1e-9 && units[3].bound < 0.2);

    static const double fast[] = {1, 1.01, 0.80, 1, 1};
    units = judge(fast, 5, 5, &arena);
    assert_true(units[2].outlier && !units[0].outlier && !units[4].outlier);

    /* identical chips differ by 8 % on average: nobody is named */
    static const double ordinary[] = {1, 1.08, 0.93, 1.05, 0.97, 1.02};
    units = judge(ordinary, 6, 9, &arena);
    for (size_t u = 0; u < 6; u++) assert_false(units[u].outlier);

    static const double two[] = {1, 1.3}, like[] = {1, 1.06};
    units = judge(two, 2, 9, &arena);
    assert_true(units[0].undecided && units[1].undecided && !units[1].outlier);
    units = judge(like, 2, 9, &arena);
    assert_false(units[0].undecided || units[1].undecided);
    /* too little in common to judge by */
    units = judge(one_slow, 6, HONE_OUTLIER_SHARED - 1, &arena);
    for (size_t u = 0; u < 6; u++) assert_false(units[u].outlier || units[u].undecided);
    hone_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outlier_devices_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
