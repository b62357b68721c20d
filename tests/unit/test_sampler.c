/* SPDX-License-Identifier: MIT */
/* Sampling: ties, cuts, frequencies against a plain sort, and odd logits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/hone.h"

enum { MAX_VOCAB = 3000 };

static void *work;

static int make_work(void **state)
{
    (void)state;
    work = malloc(hone_sample_work_bytes(MAX_VOCAB));
    return work ? 0 : -1;
}

static int free_work(void **state)
{
    (void)state;
    free(work);
    return 0;
}

static void cold_takes_the_first_of_the_largest(void **state)
{
    (void)state;
    const float logits[] = {-5, 2, 7, 7, 6.5f, 7};
    struct hone_sampler sampler = {.temperature = 0, .top_p = 1, .state = 9};
    assert_int_equal(hone_sample(&sampler, logits, 6, work), 2);
    assert_int_equal(sampler.state, 9); /* nothing is drawn */
    sampler.temperature = -1;
    assert_int_equal(hone_sample(&sampler, logits, 6, work), 2);
    sampler.temperature = NAN;
    assert_int_equal(hone_sample(&sampler, logits, 6, work), 2);
    sampler = (struct hone_sampler){.temperature = 5, .top_k = 1, .top_p = 1};
    for (int i = 0; i < 20; i++) assert_int_equal(hone_sample(&sampler, logits, 6, work), 2);
    sampler = (struct hone_sampler){.temperature = 5, .top_p = 0};
    for (int i = 0; i < 20; i++) assert_int_equal(hone_sample(&sampler, logits, 6, work), 2);
}

/* ---- frequencies ---- */

struct reference {
    double probability;
    uint32_t id;
};

static int by_probability(const void *a, const void *b)
{
    const struct reference *x = a, *y = b;
    if (x->probability != y->probability) return x->probability < y->probability ? 1 : -1;
    return x->id < y->id ? -1 : 1;
}

/* Softmax with the C library's exp, a full sort, cuts by their definition. */
static void find_reference(const struct hone_sampler *sampler, const float *logits, uint32_t n,
                           double *out_probabilities)
{
    static struct reference sorted[MAX_VOCAB];
    double sum = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        double weight = exp((double)logits[i] / (double)sampler->temperature);
        sorted[i] = (struct reference){weight, i};
        out_probabilities[i] = 0;
    }
    qsort(sorted, n, sizeof *sorted, by_probability);
    uint32_t n_kept = sampler->top_k && sampler->top_k < n ? sampler->top_k : n;
    for (uint32_t i = 0; i < n_kept; i++) sum += sorted[i].probability;
    for (uint32_t i = 0; i < n_kept; i++) {
        if (i > 0 && sampler->top_p < 1 && kept >= (double)sampler->top_p * sum) n_kept = i;
        if (i < n_kept) kept += sorted[i].probability;
    }
    for (uint32_t i = 0; i < n_kept; i++)
        out_probabilities[sorted[i].id] = sorted[i].probability / kept;
}

static void expect_frequencies(struct hone_sampler sampler, const float *logits, uint32_t n)
{
    enum { N_DRAWS = 40000 };
    static double expected[MAX_VOCAB];
    static uint32_t counts[MAX_VOCAB];
    find_reference(&sampler, logits, n, expected);
    memset(counts, 0, sizeof counts);
    for (int i = 0; i < N_DRAWS; i++) {
        int32_t id = hone_sample(&sampler, logits, n, work);
        assert_in_range(id, 0, n - 1);
        counts[id]++;
    }
    for (uint32_t i = 0; i < n; i++) {
        double mean = N_DRAWS * expected[i];
        if (expected[i] == 0) assert_int_equal(counts[i], 0);
        /* Five standard deviations: one in a million for a fair sampler; the seed is fixed. */
        assert_true(fabs(counts[i] - mean) <= 5 * sqrt(mean) + 3);
    }
}

static void draws_follow_the_distribution(void **state)
{
    (void)state;
    static float logits[100];
    for (int i = 0; i < 100; i++) logits[i] = (float)((i * 37) % 100) / 12 - 3;
    logits[50] = logits[51]; /* a tie at the cut must take the lower id */
    static const struct hone_sampler samplers[] = {
        {1,    0,  1,     11},
        {0.5f, 0,  1,     12},
        {3,    0,  1,     13},
        {1,    7,  1,     14},
        {1,    99, 1,     15},
        {1,    0,  0.9f,  16},
        {2,    20, 0.75f, 17},
        {1,    0,  1e-6f, 18},
    };
    for (size_t s = 0; s < sizeof samplers / sizeof *samplers; s++)
        expect_frequencies(samplers[s], logits, 100);
    const float ties[] = {1, 3, 3, 3, 0};
    expect_frequencies((struct hone_sampler){1, 2, 1, 21}, ties, 5);
    expect_frequencies((struct hone_sampler){1, 0, 0.5f, 22}, ties, 5);
}

static void seeds_decide(void **state)
{
    (void)state;
    static float logits[MAX_VOCAB];
    int32_t first[50], n_same = 0;
    for (int i = 0; i < MAX_VOCAB; i++) logits[i] = (float)(i % 17) / 4;
    for (int round = 0; round < 3; round++) {
        struct hone_sampler sampler = {1, 40, 0.95f, round == 2 ? 6 : 5};
        for (int i = 0; i < 50; i++) {
            int32_t id = hone_sample(&sampler, logits, MAX_VOCAB, work);
            if (round == 0) first[i] = id;
            if (round == 1) assert_int_equal(id, first[i]);
            n_same += round == 2 && id == first[i];
        }
    }
    assert_in_range(n_same, 0, 20);
}

/* Pinned: a change of the generator, of exp or of the order of sums would change users' texts. */
static void draws_are_pinned(void **state)
{
    (void)state;
    static const int32_t expected[3][8] = {
        {55, 24, 59, 44, 44, 35, 4,  55},
        {33, 44, 33, 44, 15, 22, 44, 44},
        {11, 35, 13, 11, 22, 13, 22, 26}
    };
    float logits[64];
    for (int i = 0; i < 64; i++) logits[i] = (float)((i * 29) % 64) / 8;
    static const struct hone_sampler samplers[] = {
        {0.8f, 40, 0.95f, 1},
        {1,    0,  1,     2},
        {1,    0,  0.9f,  3}
    };
    for (int s = 0; s < 3; s++) {
        struct hone_sampler sampler = samplers[s];
        for (int i = 0; i < 8; i++)
            assert_int_equal(hone_sample(&sampler, logits, 64, work), expected[s][i]);
    }
}

static void odd_logits_do_no_harm(void **state)
{
    (void)state;
    static const struct hone_sampler samplers[] = {
        {0, 0, 1,    1},
        {1, 0, 1,    1},
        {1, 3, 1,    1},
        {1, 0, 0.5f, 1},
        {1, 3, 0.5f, 1}
    };
    const float not_numbers[] = {NAN, NAN, NAN}, minus[] = {-INFINITY, -INFINITY};
    const float mixed[] = {NAN, -INFINITY, 4, NAN, 3, -3e38f};
    const float infinite[] = {1, INFINITY, NAN, 2}, one[] = {-7};
    for (size_t s = 0; s < sizeof samplers / sizeof *samplers; s++)
        for (int i = 0; i < 200; i++) {
            struct hone_sampler sampler = samplers[s];
            sampler.state += (uint64_t)i;
            assert_in_range(hone_sample(&sampler, not_numbers, 3, work), 0, 2);
            assert_in_range(hone_sample(&sampler, minus, 2, work), 0, 1);
            int32_t id = hone_sample(&sampler, mixed, 6, work);
            assert_true(id == 2 || id == 4);
            assert_int_equal(hone_sample(&sampler, infinite, 4, work), 1);
            assert_int_equal(hone_sample(&sampler, one, 1, work), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cold_takes_the_first_of_the_largest),
        cmocka_unit_test(draws_follow_the_distribution),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(draws_are_pinned),
        cmocka_unit_test(odd_logits_do_no_harm),
    };
    return cmocka_run_group_tests(tests, make_work, free_work);
}
