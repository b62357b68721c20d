/* SPDX-License-Identifier: MIT */
/* Rooflines: which ceiling binds, and how long that takes at least. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/ceilings.h"
#include "tuner/problem_text.h"

static const struct hone_machine_facts facts = {
    .n_cpus = 4, .l1_bytes = 32 << 10, .l2_bytes = 1 << 20, .l3_bytes = 16 << 20};

/* One thread: 100 Gflop/s, bf16 60, int8 400; 400, 200, 40 and 10 GB/s; all: four times that. */
static void fill(struct probe_report *report)
{
    static const struct {
        const char *name;
        double value;
    } items[] = {{"fma_f32", 100}, {"dot_bf16", 60}, {"dot_int8", 400},   {"read_l1", 400},
                 {"read_l2", 200}, {"read_l3", 40},  {"read_memory", 10}, {"dispatch", 0.5}};
    *report = (struct probe_report){.n_items = 8, .n_threads = 4};
    for (int i = 0; i < 8; i++) {
        double all = i == 7 ? 1 : 4;
        report->items[i] =
            (struct probe_ceiling){.name = items[i].name,
                                   .one = {.measured = true, .value = items[i].value},
                                   .all = {.measured = true, .value = all * items[i].value}};
    }
}

static void take(uint32_t n_threads, struct ceilings *out)
{
    struct probe_report report;
    struct hone_error err;
    fill(&report);
    if (ceilings_take(&report, &facts, n_threads, out, &err) != HONE_OK) fail_msg("%s", err.text);
}

static void near(double value, double expected)
{
    if (value < 0.999999 * expected || value > 1.000001 * expected)
        fail_msg("%g, expected %g", value, expected);
}

static void threads_choose_the_rates(void **state)
{
    (void)state;
    struct ceilings one, all;
    struct probe_report report;
    struct hone_error err;
    take(1, &one);
    take(4, &all);
    near(one.operations[ARITHMETIC_INT8], 400e9);
    near(all.operations[ARITHMETIC_INT8], 1600e9);
    near(all.read[LEVEL_MEMORY], 40e9);
    near(all.launch_seconds, 0.5e-6);
    assert_int_equal(one.holds[LEVEL_L2], 1 << 20);
    assert_int_equal(all.holds[LEVEL_L2], 4 << 20);
    assert_int_equal(all.holds[LEVEL_L3], 16 << 20);
    fill(&report);
    assert_int_equal(ceilings_take(&report, &facts, 2, &one, &err), HONE_ERR_ARGUMENT);
    report.n_items = 2;
    assert_int_equal(ceilings_take(&report, &facts, 4, &one, &err), HONE_ERR_NOT_FOUND);
    /* A level that was not measured holds nothing. */
    fill(&report);
    report.items[5].one.value = 0;
    assert_int_equal(ceilings_take(&report, &facts, 1, &one, &err), HONE_OK);
    assert_int_equal(one.holds[LEVEL_L3], 0);
}

static void the_slowest_binds(void **state)
{
    (void)state;
    struct ceilings c;
    take(1, &c);
    static const struct {
        struct work work;
        double resident_set;
        const char *bound;
        double seconds;
    } cases[] = {
        {{4e9, ARITHMETIC_INT8, 1e6, 1e3}, 1e9, "int8 dot", 0.01},
        {{1e9, ARITHMETIC_F32, 1e6, 1e3}, 1e9, "f32 fma", 0.01},
        {{1e9, ARITHMETIC_BF16, 1e6, 1e3}, 1e9, "f32 fma", 0.01}, /* faster than its dot */
        {{1e6, ARITHMETIC_INT8, 1e9, 0}, 1e9, "read memory", 0.1},
        {{1e6, ARITHMETIC_INT8, 4e6, 0}, 8e6, "read L3", 1e-4},
        {{1e3, ARITHMETIC_INT8, 2e5, 0}, 5e5, "read L2", 1e-6},
        {{1e3, ARITHMETIC_INT8, 2e4, 4e5}, 2e4, "read L2", 2.05e-6}, /* the activations */
        {{0, ARITHMETIC_F32, 4e6, 4e6}, 1e9, "read memory", 0.0005},
        {{1e3, ARITHMETIC_F32, 1e3, 1e3}, 1e4, "launch", 0.5e-6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct least_time least;
        ceilings_floor(&c, &cases[i].work, cases[i].resident_set, &least);
        assert_string_equal(least.bound, cases[i].bound);
        near(least.seconds, cases[i].seconds);
    }
}

static void work(const char *key, uint32_t m, uint32_t n_seqs, struct work *out)
{
    struct hone_problem problem;
    struct hone_error err;
    if (problem_parse(key, &problem, &err) != HONE_OK) fail_msg("%s", err.text);
    work_of(&problem, m, n_seqs, out);
}

static void work_is_what_must_move(void **state)
{
    (void)state;
    struct work w;
    work("gemm n=2048 k=1024 types=q8a,q4_0,f32 acts=q8a m=1-1@1", 3, 3, &w);
    assert_int_equal(w.arithmetic, ARITHMETIC_INT8);
    near(w.operations, 2.0 * 3 * 2048 * 1024);
    assert_true(w.resident_bytes >= 2048.0 * 1024 / 32 * 18 &&
                w.resident_bytes < 2048.0 * 1024 / 32 * 18 * 1.01);
    assert_true(w.activation_bytes > 3 * (1024 + 4.0 * 2048));
    work("gemm n=64 k=32 types=bf16,bf16,f32 acts=bf16 m=1-1@1", 1, 1, &w);
    assert_int_equal(w.arithmetic, ARITHMETIC_BF16);
    /* Int8 written, f32 computed. */
    work("rmsnorm k=256 eps=0x3727c5ac types=f32,f32,q8a acts=q8a m=1-1@1", 1, 1, &w);
    assert_int_equal(w.arithmetic, ARITHMETIC_F32);
    work("add k=1024 types=f32,f32,f32 acts=f32 m=1-1@1", 2, 2, &w);
    near(w.activation_bytes, 3 * 2 * 4096.0);
    near(w.resident_bytes + 1, 1);
    /* Of the table only the rows that are looked up. */
    work("embed n=32000 k=512 types=f32,f32 acts=f32 m=1-1@1", 2, 2, &w);
    near(w.resident_bytes, 2 * 2048.0);
}

static void each_sequence_has_its_kv(void **state)
{
    (void)state;
    struct work one, many, prompt;
    static const char key[] = "attention n_heads=8 n_kv_heads=2 head_dim=64 "
                              "page_tokens=64 scale=0x3e000000 types=f32,f16,f16,f32 acts=f32 "
                              "m=1-64@8 context=1024";
    work(key, 1, 1, &one);
    work(key, 8, 8, &many);
    work(key, 8, 1, &prompt);
    near(one.operations, 4.0 * 8 * 64 * 1024);
    assert_true(one.resident_bytes >= 2 * 1024 * 2 * 64 * 2.0);
    near(many.resident_bytes, 8 * one.resident_bytes);
    near(many.operations, 8 * one.operations);
    near(prompt.resident_bytes, one.resident_bytes);
    assert_true(prompt.operations < many.operations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_choose_the_rates),
        cmocka_unit_test(the_slowest_binds),
        cmocka_unit_test(work_is_what_must_move),
        cmocka_unit_test(each_sequence_has_its_kv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
