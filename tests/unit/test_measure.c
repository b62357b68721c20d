/* SPDX-License-Identifier: MIT */
/* Statistics against known values, and the timing loop on a clock that only moves when told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/measure/compare.h"
#include "tuner/measure/measure.h"

static void statistics_of_known_samples(void **state)
{
    (void)state;
    struct hone_stats s;
    const double odd[] = {5, 1, 4, 2, 100};
    hone_stats_of(odd, 5, &s);
    assert_true(s.median == 4 && s.min == 1 && s.max == 100 && s.n == 5);
    assert_true(s.mad == 2);                  /* distances 1 3 0 2 96 */
    assert_true(s.low == 1 && s.high == 100); /* no interval from five */
    const double even[] = {4, 1, 3, 2};
    hone_stats_of(even, 4, &s);
    assert_true(s.median == 2.5 && s.mad == 1);
    hone_stats_of(even, 0, &s);
    assert_true(s.median == 0 && s.n == 0);
}

/* The tables of the sign test: for n samples, the interval runs from the k-th smallest to the k-th
 * largest. */
static void interval_has_the_ranks_of_the_sign_test(void **state)
{
    (void)state;
    static const struct {
        size_t n, k;
    } table[] = {{6, 1}, {8, 1}, {9, 2}, {10, 2}, {15, 4}, {20, 6}, {30, 10}, {50, 18}, {100, 40}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double samples[HONE_MAX_SAMPLES];
        size_t n = table[i].n;
        for (size_t j = 0; j < n; j++) samples[j] = (double)(n - j);
        struct hone_stats s;
        hone_stats_of(samples, n, &s);
        assert_true(s.low == (double)table[i].k);
        assert_true(s.high == (double)(n + 1 - table[i].k));
    }
}

static void interval_covers_the_median(void **state)
{
    (void)state;
    unsigned seed = 1;
    int covered = 0;
    for (int run = 0; run < 2000; run++) {
        double samples[15];
        for (int i = 0; i < 15; i++) {
            seed = seed * 1664525u + 1013904223u;
            double u = (double)(seed >> 8) / (1 << 24);
            samples[i] = -log(1 - u); /* heavy on one side; its median is log 2 */
        }
        struct hone_stats s;
        hone_stats_of(samples, 15, &s);
        covered += s.low <= log(2) && log(2) <= s.high;
    }
    assert_in_range(covered, 1900, 1980); /* 96.5 % by the binomial */
}

/* A clock that moves only while something runs. */
struct world {
    double ns;
    double speed; /* grows with time: drift */
    double drift; /* per ns */
    uint64_t n_calls;
};

static uint64_t world_now(void *context)
{
    return (uint64_t)((struct world *)context)->ns;
}

struct kernel {
    struct world *world;
    double ns, overhead_ns;
    int fail_after, n_runs;
    uint32_t last_batch;
};

static enum hone_status run(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct kernel *kernel = context;
    struct world *world = kernel->world;
    if (kernel->fail_after && ++kernel->n_runs >= kernel->fail_after)
        return hone_fail(err, HONE_ERR_CRASHED, "gone");
    double ns = kernel->overhead_ns + n_calls * kernel->ns;
    world->ns += ns * (1 + world->drift * world->ns);
    world->n_calls += n_calls;
    kernel->last_batch = n_calls;
    return HONE_OK;
}

static void overhead_vanishes_in_a_batch(void **state)
{
    (void)state;
    static const double times[] = {100, 1000, 17000, 1e6, 3e7};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct world world = {.ns = 12345};
        struct kernel kernel = {.world = &world, .ns = times[i], .overhead_ns = 1500};
        struct hone_clock clock = {world_now, &world};
        struct hone_contender contender = {.run = run, .context = &kernel};
        struct hone_measurement m;
        struct hone_measure_plan plan = {0};
        assert_int_equal(hone_measure(&clock, &contender, 1, &plan, &m, NULL), HONE_OK);
        assert_true(m.n_samples >= 1);
        assert_true(m.n_calls * times[i] >= 190000); /* a sample is long enough ... */
        if (times[i] < 1e6) assert_true(m.n_calls * times[i] < 3 * 200000); /* ... and not more */
        assert_true(fabs(m.stats.median / times[i] - 1) < 0.01);
    }
}

static void batches_have_a_limit(void **state)
{
    (void)state;
    struct world world = {0};
    struct kernel kernel = {.world = &world, .ns = 0};
    struct hone_clock clock = {world_now, &world};
    struct hone_contender contender = {.run = run, .context = &kernel};
    struct hone_measurement m;
    struct hone_measure_plan plan = {.n_calls_max = 100};
    assert_int_equal(hone_measure(&clock, &contender, 1, &plan, &m, NULL), HONE_OK);
    assert_int_equal(m.n_calls, 100);
}

static void a_slow_kernel_costs_few_calls(void **state)
{
    (void)state;
    struct world world = {0};
    struct kernel kernel = {.world = &world, .ns = 1e9};
    struct hone_clock clock = {world_now, &world};
    struct hone_contender contender = {.run = run, .context = &kernel};
    struct hone_measurement m;
    struct hone_measure_plan plan = {.limit_ns = 100000000};
    assert_int_equal(hone_measure(&clock, &contender, 1, &plan, &m, NULL), HONE_OK);
    assert_int_equal(m.n_calls, 1);
    assert_int_equal(m.n_samples, 1);
    assert_true(world.n_calls <= 2);
}

static void a_hopeless_kernel_is_left_early(void **state)
{
    (void)state;
    static const struct {
        double ns;
        uint32_t n_samples;
    } cases[] = {{1e6, 9}, {1.1e6, 9}, {1.3e6, 5}, {1.6e6, 2}, {3.1e6, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world = {0};
        struct kernel kernel = {.world = &world, .ns = cases[i].ns};
        struct hone_clock clock = {world_now, &world};
        struct hone_contender contender = {.run = run, .context = &kernel};
        struct hone_measurement m;
        struct hone_measure_plan plan = {
            .n_rounds_min = 9, .n_rounds_max = 9, .limit_ns = 1 << 30, .give_up_ns = 1.5e6};
        assert_int_equal(hone_measure(&clock, &contender, 1, &plan, &m, NULL), HONE_OK);
        assert_int_equal(m.n_samples, cases[i].n_samples);
    }
}

/* With about 30 % of drift over the run, absolute times are off, ratios are not. */
static void drift_divides_out_of_ratios(void **state)
{
    (void)state;
    struct world world = {.drift = 0.3 / 2e7};
    struct kernel kernels[3] = {{.world = &world, .ns = 50000},
                                {.world = &world, .ns = 51000},
                                {.world = &world, .ns = 49000}};
    struct hone_contender contenders[3];
    for (int i = 0; i < 3; i++)
        contenders[i] = (struct hone_contender){.run = run, .context = &kernels[i]};
    struct hone_clock clock = {world_now, &world};
    struct hone_measurement m[3];
    struct hone_measure_plan plan = {.n_rounds_min = 30, .n_rounds_max = 30, .limit_ns = 1 << 30};
    assert_int_equal(hone_measure(&clock, contenders, 3, &plan, m, NULL), HONE_OK);
    assert_int_equal(m[0].n_samples, 30);
    assert_true(m[0].samples[29] > 1.1 * m[0].samples[0]);
    struct hone_stats ratio;
    hone_stats_ratio(m[1].samples, m[0].samples, 30, &ratio);
    assert_true(fabs(ratio.median - 1.02) < 0.001 && ratio.low > 1.01 && ratio.high < 1.03);
    hone_stats_ratio(m[2].samples, m[0].samples, 30, &ratio);
    assert_true(fabs(ratio.median - 0.98) < 0.001);
}

/* A coarse clock, or a remote device, may give all contenders of a round one moment. */
static void equal_moments_still_compare(void **state)
{
    (void)state;
    static struct hone_measurement m[3];
    const struct hone_measurement *of[3] = {&m[0], &m[1], &m[2]};
    struct hone_comparison comparison;
    for (int i = 0; i < 3; i++) {
        m[i].n_samples = 9;
        for (int s = 0; s < 9; s++) {
            m[i].samples[s] = 100 * (i + 1);
            m[i].at[s] = 1e6 * s;
        }
    }
    assert_int_equal(hone_compare(of, 3, &comparison, NULL), HONE_OK);
    for (uint32_t i = 0; i < 3; i++) {
        struct hone_stats ns;
        hone_compare_time(&comparison, i, 2, &ns);
        assert_true(fabs(ns.median / (100 * (i + 1)) - 1) < 1e-3);
    }
}

static void a_failure_comes_back(void **state)
{
    (void)state;
    for (int when = 1; when < 8; when++) {
        struct world world = {0};
        struct kernel kernel = {.world = &world, .ns = 1000, .fail_after = when};
        struct hone_clock clock = {world_now, &world};
        struct hone_contender contender = {.run = run, .context = &kernel};
        struct hone_measurement m;
        struct hone_measure_plan plan = {0};
        struct hone_error err;
        assert_int_equal(hone_measure(&clock, &contender, 1, &plan, &m, &err), HONE_ERR_CRASHED);
        assert_string_equal(err.text, "gone");
    }
}

static void the_real_clock_moves(void **state)
{
    (void)state;
    uint64_t a = hone_clock_raw.now_ns(NULL), b = a;
    for (int i = 0; i < 10000000 && b == a; i++) b = hone_clock_raw.now_ns(NULL);
    assert_true(b > a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_of_known_samples),
        cmocka_unit_test(interval_has_the_ranks_of_the_sign_test),
        cmocka_unit_test(interval_covers_the_median),
        cmocka_unit_test(overhead_vanishes_in_a_batch),
        cmocka_unit_test(batches_have_a_limit),
        cmocka_unit_test(a_slow_kernel_costs_few_calls),
        cmocka_unit_test(a_hopeless_kernel_is_left_early),
        cmocka_unit_test(drift_divides_out_of_ratios),
        cmocka_unit_test(equal_moments_still_compare),
        cmocka_unit_test(a_failure_comes_back),
        cmocka_unit_test(the_real_clock_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
