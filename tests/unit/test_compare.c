/* SPDX-License-Identifier: MIT */
/* Order of rounds, levels of the machine, intervals, giving up and lies, on a simulated device
 * whose true times are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/race_kit.h"
#include "tuner/measure/compare.h"

static void two_crowds_are_uncertain(void **state)
{
    (void)state;
    double values[24];
    struct location one, two;
    for (int i = 0; i < 24; i++) values[i] = 0.001 * (i % 8);
    location_of(values, 24, &one);
    assert_true(fabs(one.value - 0.0035) < 0.002 && one.error < 0.002);
    for (int i = 0; i < 11; i++) values[i] += 0.4;
    location_of(values, 24, &two);
    assert_true(two.error > 0.003 && two.error > 2 * one.error);
    for (int i = 11; i < 13; i++) values[i] += 0.2;
    location_of(values, 24, &two);
    assert_true(two.error > 0.1);
}

/* Who ran, in order. */
struct listed {
    uint32_t order[4096], n;
};

struct listed_kernel {
    struct noisy_kernel kernel;
    struct hone_contender inner;
    struct listed *list;
    uint32_t id;
};

static enum hone_status run_listed(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct listed_kernel *k = context;
    if (k->list->n < 4096) k->list->order[k->list->n++] = k->id;
    return k->inner.run(k->inner.context, n_calls, err);
}

static void everyone_is_everywhere_and_follows_everyone(void **state)
{
    (void)state;
    enum { N = 6, ROUNDS = 24 };
    struct noisy_device device;
    struct noisy_noise none = {0};
    static struct listed list;
    struct listed_kernel k[N];
    struct hone_contender contenders[N];
    struct hone_measurement *m = calloc(N, sizeof *m);
    noisy_device_start(&device, &none, 1);
    list.n = 0;
    for (uint32_t i = 0; i < N; i++) {
        k[i] = (struct listed_kernel){
            .kernel = {.device = &device, .ns = 5e6}, .list = &list, .id = i};
        k[i].inner = noisy_contender(&k[i].kernel);
        contenders[i] = (struct hone_contender){.run = run_listed, .context = &k[i]};
    }
    struct hone_clock clock = noisy_clock(&device);
    struct hone_measure_plan plan = {
        .n_rounds_min = ROUNDS, .n_rounds_max = ROUNDS, .limit_ns = UINT64_C(1) << 40};
    assert_int_equal(hone_measure(&clock, contenders, N, &plan, m, NULL), HONE_OK);
    free(m);
    assert_int_equal(list.n, N + N * ROUNDS); /* one call to calibrate, as they are long */
    uint32_t at[N][N] = {{0}}, after[N][N] = {{0}};
    for (uint32_t r = 0; r < ROUNDS; r++)
        for (uint32_t p = 0; p < N; p++) {
            uint32_t who = list.order[N + r * N + p];
            at[who][p]++;
            if (p > 0) after[who][list.order[N + r * N + p - 1]]++;
        }
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < N; j++) {
            assert_int_equal(at[i][j], ROUNDS / N);
            if (i != j) assert_int_equal(after[i][j], ROUNDS / N);
        }
}

/* The machine is half as fast at one visit as at the other: what a candidate takes beside its
 * reference says the same. */
static void drift_between_visits_divides_out(void **state)
{
    (void)state;
    struct hone_measurement *m = calloc(2, sizeof *m);
    const struct hone_measurement *of[2] = {&m[0], &m[1]};
    double said[2], raw[2];
    for (int visit = 0; visit < 2; visit++) {
        struct noisy_noise noise = noisy_harsh(3 + (uint64_t)visit, 120e6);
        struct noisy_device device;
        noise.burst_ns = 40e6;
        noisy_device_start(&device, &noise, 9 + (uint64_t)visit);
        double slow = visit ? 2 : 1;
        struct noisy_kernel k[2] = {{.device = &device, .ns = 1e6 * slow},
                                    {.device = &device, .ns = 0.8e6 * slow}};
        struct hone_contender contenders[2] = {noisy_contender(&k[0]), noisy_contender(&k[1])};
        struct hone_clock clock = noisy_clock(&device);
        struct hone_measure_plan plan = {
            .n_rounds_min = 15, .n_rounds_max = 15, .reference_ns = 1e6, .limit_ns = 1 << 30};
        struct hone_comparison c;
        struct hone_stats ratio;
        assert_int_equal(hone_measure(&clock, contenders, 2, &plan, m, NULL), HONE_OK);
        assert_int_equal(hone_compare(of, 2, &c, NULL), HONE_OK);
        hone_compare_ratio(&c, 1, 0, 2, &ratio);
        assert_true(ratio.low <= ratio.median && ratio.median <= ratio.high);
        said[visit] = ratio.median;
        raw[visit] = m[1].stats.median;
    }
    free(m);
    assert_true(raw[1] > 1.5 * raw[0]);
    for (int visit = 0; visit < 2; visit++) assert_true(fabs(said[visit] - 0.8) < 0.016);
}

/* A neighbour is there for a third of the time: what is said is the time without it, and how often
 * it was there. */
static void the_machine_is_described(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    const double times[3] = {1e6, 1.002e6, 0.999e6};
    const struct hone_measurement *of[3] = {&s.m[0], &s.m[1], &s.m[2]};
    struct hone_comparison c;
    struct hone_stats ns;
    for (int busy = 0; busy < 2; busy++) {
        struct noisy_noise noise = {.jitter = 0.005};
        if (busy) noise.burst = 0.5, noise.duty = 0.33, noise.burst_ns = 1e7;
        stage(&s, times, 3, &noise, 5);
        play(&s);
        assert_int_equal(hone_compare(of, 3, &c, NULL), HONE_OK);
        hone_compare_time(&c, 0, 2, &ns);
        assert_true(fabs(ns.median / 1e6 - 1) < 0.02 && ns.low < ns.median && ns.median < ns.high);
        assert_true(busy ? c.slow > 0.15 && c.slow < 0.5 : c.slow == 0);
        assert_true(busy ? c.drift > 1.3 && c.drift < 1.7 : c.drift < 1.05);
        assert_true(c.error > 0 && c.error < (busy ? 0.1 : 0.01));
    }
    scene_close(&s);
}

/* Who was dropped early need not be known well, and of few samples nobody can tell. */
static void the_error_is_of_those_who_stayed(void **state)
{
    (void)state;
    static const struct {
        uint32_t n_samples;   /* of the two who stay */
        double spread, early; /* of one of them; of a third, which has half as many samples */
        double least, most;
    } cases[] = {{10, 0.001, 0.6, 0, 0.04}, {10, 0.6, 0.001, 0.06, 1}, {4, 0.6, 0.6, 0, 0}};
    struct hone_measurement *m = calloc(3, sizeof *m);
    const struct hone_measurement *of[3] = {&m[0], &m[1], &m[2]};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_comparison c;
        for (uint32_t k = 0; k < 3; k++) {
            double spread = k == 0 ? 0.001 : k == 1 ? cases[i].spread : cases[i].early;
            m[k].n_samples = k < 2 ? cases[i].n_samples : cases[i].n_samples / 2;
            for (uint32_t r = 0; r < m[k].n_samples; r++) {
                m[k].samples[r] = 1e6 * (1 + spread * (r * 7 % 5) / 4);
                m[k].at[r] = 3e6 * r + 1e6 * k;
            }
        }
        assert_int_equal(hone_compare(of, 3, &c, NULL), HONE_OK);
        if (c.error < cases[i].least || c.error > cases[i].most)
            fail_msg("case %zu: %.4f", i, c.error);
    }
    free(m);
}

/* A candidate beside its reference on a machine twice as slow as before is not given up for that;
 * one that is truly slow is. */
static void giving_up_minds_the_reference(void **state)
{
    (void)state;
    static const struct {
        double slow, ns;
        uint32_t n_samples;
    } cases[] = {{1, 0.9e6, 9}, {2, 0.9e6, 9}, {2, 1.1e6, 9},  {0.5, 1.3e6, 5},
                 {2, 1.3e6, 5}, {2, 1.7e6, 2}, {0.5, 3.5e6, 1}};
    struct hone_measurement *m = calloc(2, sizeof *m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct noisy_device device;
        struct noisy_noise none = {0};
        noisy_device_start(&device, &none, 1);
        struct noisy_kernel k[2] = {{.device = &device, .ns = 1e6 * cases[i].slow},
                                    {.device = &device, .ns = cases[i].ns * cases[i].slow}};
        struct hone_contender contenders[2] = {noisy_contender(&k[0]), noisy_contender(&k[1])};
        struct hone_clock clock = noisy_clock(&device);
        struct hone_measure_plan plan = {.n_rounds_min = 9,
                                         .n_rounds_max = 9,
                                         .reference_ns = 1e6,
                                         .give_up_ns = 1.5e6,
                                         .limit_ns = 1 << 30};
        assert_int_equal(hone_measure(&clock, contenders, 2, &plan, m, NULL), HONE_OK);
        assert_int_equal(m[1].n_samples, cases[i].n_samples);
        assert_int_equal(m[0].n_samples, m[1].n_samples);
    }
    free(m);
}

static void a_lie_is_an_error(void **state)
{
    (void)state;
    struct hone_measurement *m = calloc(2, sizeof *m);
    for (uint32_t from = 1; from < 20; from++) {
        struct noisy_device device;
        struct noisy_noise noise = noisy_harsh(from, 10e6);
        struct hone_error err = {0};
        noisy_device_start(&device, &noise, from);
        struct noisy_kernel k[2] = {{.device = &device, .ns = 1e6},
                                    {.device = &device, .ns = 1e6, .lies_from = from}};
        struct hone_contender contenders[2] = {noisy_contender(&k[0]), noisy_contender(&k[1])};
        struct hone_clock clock = noisy_clock(&device);
        struct hone_measure_plan plan = {
            .n_rounds_min = 30, .n_rounds_max = 30, .limit_ns = 1 << 30, .floor_ns = 1000};
        assert_int_equal(hone_measure(&clock, contenders, 2, &plan, m, &err), HONE_ERR_WRONG);
        assert_non_null(strstr(err.text, "faster than possible"));
        plan.floor_ns = 0;
        k[1].lies_from = 0;
        assert_int_equal(hone_measure(&clock, contenders, 2, &plan, m, &err), HONE_OK);
    }
    free(m);
}

static void an_interval_holds_the_truth(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    uint32_t held = 0, n = 0;
    for (uint32_t seed = 0; seed < 300; seed++) {
        const double times[4] = {1e6, 0.97e6, 1.02e6, 1e6};
        struct noisy_noise noise = noisy_harsh(seed, 120e6);
        noise.burst_ns = 40e6;
        stage(&s, times, 4, &noise, seed);
        play(&s);
        for (uint32_t i = 1; i < 4; i++, n++) {
            const struct hone_stats *r = &s.finalists[i].ratio;
            double truth = times[i] / times[0];
            held += r->low <= truth && truth <= r->high;
            assert_true(r->high > r->low);
        }
    }
    printf("intervals that hold the truth: %.1f %%\n", 100.0 * held / n);
    scene_close(&s);
    assert_true(held >= 0.95 * n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_is_everywhere_and_follows_everyone),
        cmocka_unit_test(drift_between_visits_divides_out),
        cmocka_unit_test(the_machine_is_described),
        cmocka_unit_test(the_error_is_of_those_who_stayed),
        cmocka_unit_test(giving_up_minds_the_reference),
        cmocka_unit_test(a_lie_is_an_error),
        cmocka_unit_test(an_interval_holds_the_truth),
        cmocka_unit_test(two_crowds_are_uncertain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
