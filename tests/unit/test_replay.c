/* SPDX-License-Identifier: MIT */
/* Strategies on recorded spaces: no config twice, the same search from the same seed, and on the
 * spaces that others measured the bars that the model strategy must reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tuner/replay/replay.h"
#include "tuner/search/prune.h"

/* Settings were chosen on seeds 0 to 30. */
enum { MOST = 256, SEEDS = 15, FIRST_SEED = 1000 };

static char folder[4096], own_folder[4096];

/* Seven by six configs, of which those with A = 3 failed; the best is A = 6, B = 5. */
static struct hone_record *small(void)
{
    char text[4096];
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    size_t at = (size_t)sprintf(text, "{\"hone_record\": 1, \"space\": \"s\", \"op\": \"\","
                                      " \"problem\": \"\", \"facts\": {}, \"parameters\":"
                                      " {\"A\": [1, 2, 3, 4, 5, 6, 7], \"B\": [1, 2, 3, 4, 5, 6]},"
                                      " \"points\": [");
    for (int a = 0; a < 7; a++)
        for (int b = 0; b < 6; b++) {
            int slow = 10 * abs(a - 5) + 7 * abs(b - 4);
            at += (size_t)sprintf(text + at, "%s[[%d, %d], ", a + b ? ", " : "", a, b);
            at += (size_t)(a == 2 ? sprintf(text + at, "\"crash\"]")
                                  : sprintf(text + at, "%d]", 100 + slow));
        }
    sprintf(text + at, "]}");
    if (hone_record_parse(text, strlen(text), "small", &record, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return record;
}

static void a_space_is_searched_to_its_end_once(void **state)
{
    (void)state;
    struct hone_record *record = small();
    size_t n_strategies;
    const struct hone_strategy *const *table = hone_strategy_table(&n_strategies);
    for (size_t s = 0; s < n_strategies; s++) {
        static struct hone_search_trial trials[64];
        struct hone_domain domain;
        bool more = true;
        size_t n = 0;
        hone_record_domain(record, &domain);
        while (n <= record->n_points) {
            struct hone_search search = {&domain, 5, trials, n};
            struct hone_config config;
            assert_int_equal(table[s]->propose(&search, &config, &more, NULL), HONE_OK);
            if (!more) break;
            assert_false(search_tried(&search, &config));
            const struct hone_record_point *point = hone_record_find(record, &config);
            assert_non_null(point);
            trials[n++] = (struct hone_search_trial){config, point->ns > 0, point->ns};
        }
        assert_int_equal(n, record->n_points);
    }
    hone_record_free(record);
}

static void a_seed_gives_one_search(void **state)
{
    (void)state;
    struct hone_record *record = small();
    size_t n_strategies, n_other = 0;
    const struct hone_strategy *const *table = hone_strategy_table(&n_strategies);
    for (size_t s = 0; s < n_strategies; s++) {
        double first[40], again[40], other[40];
        assert_int_equal(hone_replay_run(record, table[s], 1, 40, first, NULL), HONE_OK);
        assert_int_equal(hone_replay_run(record, table[s], 1, 40, again, NULL), HONE_OK);
        assert_int_equal(hone_replay_run(record, table[s], 2, 40, other, NULL), HONE_OK);
        assert_memory_equal(first, again, sizeof first);
        n_other += memcmp(first, other, sizeof first) != 0;
        for (size_t t = 1; t < 40; t++) assert_true(first[t] >= first[t - 1]);
        assert_true(first[39] <= 1);
    }
    assert_true(n_other >= n_strategies - 1); /* exhaustive knows no chance */
    hone_record_free(record);
}

/* What a prior is told of the small space; the wrong one says the opposite. */
static enum hone_status prior(void *context, const struct hone_config *config, double *out_time,
                              struct hone_error *err)
{
    (void)context;
    (void)err;
    *out_time = 10 * abs(config->index[0] - 5) + 7 * abs(config->index[1] - 4) + 1;
    return HONE_OK;
}

static enum hone_status wrong_prior(void *context, const struct hone_config *config,
                                    double *out_time, struct hone_error *err)
{
    prior(context, config, out_time, err);
    *out_time = 1 / *out_time;
    return HONE_OK;
}

/* Trials until the best config was tried. */
static size_t trials_to_best(const struct hone_record *record, const struct hone_domain *domain)
{
    static struct hone_search_trial trials[64];
    for (size_t n = 0; n < record->n_points; n++) {
        struct hone_search search = {domain, 3, trials, n};
        struct hone_config config;
        bool more = true;
        assert_int_equal(hone_strategy_model.propose(&search, &config, &more, NULL), HONE_OK);
        assert_true(more && !search_tried(&search, &config));
        const struct hone_record_point *point = hone_record_find(record, &config);
        trials[n] = (struct hone_search_trial){config, point->ns > 0, point->ns};
        if (point->ns == record->best_ns) return n + 1;
    }
    fail();
    return 0;
}

static void a_prior_orders_the_first_trials(void **state)
{
    (void)state;
    struct hone_record *record = small();
    struct hone_domain domain;
    hone_record_domain(record, &domain);
    domain.prior = prior;
    assert_int_equal(trials_to_best(record, &domain), 1);
    domain.prior = wrong_prior; /* what is learned corrects it */
    assert_in_range(trials_to_best(record, &domain), 17, 36);
    hone_record_free(record);
}

/* Figures against searches whose outcome is known: exhaustive goes in order. */
static void figures_are_what_they_say(void **state)
{
    (void)state;
    struct hone_record *record = small();
    struct hone_replay_figures figures[3];
    const uint32_t counts[] = {1, 6, 42};
    double regret, curve[42], sum = 0;
    struct hone_error err = {0};
    if (hone_replay(record, &hone_strategy_exhaustive, counts, 3, 0, 4, figures, &regret, &err) !=
        HONE_OK)
        fail_msg("%s", err.text);
    assert_true(figures[0].median == 100.0 / (100 + 50 + 28)); /* A = 1, B = 1 */
    assert_true(figures[1].median == 100.0 / (100 + 50));
    assert_true(figures[1].tenth == figures[1].median);
    assert_true(figures[2].median == 1);
    assert_int_equal(hone_replay_run(record, &hone_strategy_exhaustive, 0, 42, curve, NULL), 0);
    for (size_t t = 0; t < 42; t++) sum += 1 - curve[t];
    assert_true(regret > sum / 42 - 1e-12 && regret < sum / 42 + 1e-12);
    hone_record_free(record);
}

/* ---- our own spaces, with the prior ---- */

static struct hone_record *own(const char *name)
{
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    char path[sizeof own_folder + 64], spaces[sizeof own_folder + 32];
    snprintf(path, sizeof path, "%s/tests/bench/replay/%s", own_folder, name);
    snprintf(spaces, sizeof spaces, "%s/search-spaces", own_folder);
    if (hone_record_read(path, &record, &err) != HONE_OK ||
        hone_record_take_prior(record, spaces, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_true(record->n_points >= 500);
    assert_non_null(record->costs);
    return record;
}

/* On seeds that nothing was chosen on. */
static void own_bars(void **state)
{
    static const uint32_t counts[] = {16, 32, 64};
    static const double bar[] = {0.95, 0.90, 0.99};
    struct hone_replay_figures model[3], chance[3];
    double regret, regret_chance;
    struct hone_error err = {0};
#ifdef __SANITIZE_ADDRESS__
    printf("SKIPPED: figures are the plain build's business\n");
    skip();
#endif
    struct hone_record *record = own(*state);
    if (hone_replay(record, &hone_strategy_model, counts, 3, FIRST_SEED, 15, model, &regret,
                    &err) != HONE_OK ||
        hone_replay(record, &hone_strategy_random, counts, 3, FIRST_SEED, 15, chance,
                    &regret_chance, &err) != HONE_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < 3; i++)
        printf("%-34s %3u trials: %5.1f %% (bar %.0f, nine of ten %.1f, random %.1f)\n",
               (const char *)*state, counts[i], 100 * model[i].median, 100 * bar[i],
               100 * model[i].tenth, 100 * chance[i].median);
    printf("%-34s regret %.4f (random %.4f)\n", (const char *)*state, regret, regret_chance);
    for (size_t i = 0; i < 3; i++) assert_true(model[i].median >= bar[i]);
    assert_true(regret < regret_chance);
    hone_record_free(record);
}

static int by_time(const void *a, const void *b)
{
    const struct hone_record_point *x = *(const struct hone_record_point *const *)a;
    const struct hone_record_point *y = *(const struct hone_record_point *const *)b;
    return (x->ns > y->ns) - (x->ns < y->ns);
}

/* What is left out before a run, by cost or by its code, is never one of the best five. */
static void pruning_keeps_the_best(void **state)
{
    static const char *const names[] = {"gemm_f32.json.gz", "gemm_i8_prefill.json.gz",
                                        "gemm_i8_decode.json.gz", "attention.json.gz"};
    const struct hone_static_facts preset = {0};
    size_t n_by_cost = 0, n_by_code = 0;
    (void)state;
    for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
        struct hone_record *record = own(names[s]);
        const struct hone_record_point **sorted = calloc(record->n_points, sizeof(void *));
        double best_cost = 0, best_code = 0;
        assert_non_null(sorted);
        for (size_t i = 0; i < record->n_points; i++) sorted[i] = &record->points[i];
        qsort(sorted, record->n_points, sizeof *sorted, by_time);
        for (size_t i = 0; i < record->n_points; i++) {
            bool costly = record->costs[sorted[i] - record->points] > record->pool->cost_limit;
            bool spills = hone_spills_too_much(&sorted[i]->facts, &preset);
            assert_true(sorted[i]->facts.code_bytes > 0);
            if (i < 5) assert_false(costly || spills);
            if (costly && best_cost == 0) best_cost = sorted[i]->ns / record->best_ns;
            if (spills && best_code == 0) best_code = sorted[i]->ns / record->best_ns;
            n_by_cost += costly;
            n_by_code += spills;
        }
        printf("%-24s best left out: %.2f by cost, %.2f by spills (0: none) of %zu\n", names[s],
               best_cost, best_code, record->n_points);
        assert_true(best_cost == 0 || best_cost > 1.2);
        assert_true(best_code == 0 || best_code > 1.2);
        free(sorted);
        hone_record_free(record);
    }
    printf("left out: %zu by cost, %zu by spills\n", n_by_cost, n_by_code);
    assert_true(n_by_cost > 100 && n_by_code > 10);
}

/* ---- spaces that others measured ---- */

static void bars(void **state)
{
    static const uint32_t counts[] = {64, 128, 256};
    static const double bar[] = {0.85, 0.95, 0.98};
    struct hone_replay_figures model[3], chance[3];
    double regret, regret_chance;
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    char path[sizeof folder + 64];
    snprintf(path, sizeof path, "%s/%s", folder, (const char *)*state);
#ifdef __SANITIZE_ADDRESS__
    printf("SKIPPED: figures are the plain build's business\n");
    skip();
#endif
    if (access(path, R_OK) != 0) {
        printf("SKIPPED: no %s (set HONE_SHARED)\n", path);
        skip();
    }
    if (hone_record_read(path, &record, &err) != HONE_OK) fail_msg("%s", err.text);
    if (hone_replay(record, &hone_strategy_model, counts, 3, FIRST_SEED, SEEDS, model, &regret,
                    &err) != HONE_OK ||
        hone_replay(record, &hone_strategy_random, counts, 3, FIRST_SEED, 20, chance,
                    &regret_chance, &err) != HONE_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < 3; i++)
        printf("%-34s %3u trials: %5.1f %% (bar %.0f, random %.1f)\n", (const char *)*state,
               counts[i], 100 * model[i].median, 100 * bar[i], 100 * chance[i].median);
    printf("%-34s regret %.4f (random %.4f)\n", (const char *)*state, regret, regret_chance);
    for (size_t i = 0; i < 3; i++) assert_true(model[i].median >= bar[i]);
    assert_true(regret < regret_chance);
    hone_record_free(record);
}

int main(void)
{
    const char *shared = getenv("HONE_SHARED"), *source = getenv("HONE_SOURCE");
    if (shared)
        snprintf(folder, sizeof folder, "%s/data/spaces", shared);
    else
        snprintf(folder, sizeof folder, "%s/../shared/data/spaces", source ? source : ".");
    snprintf(own_folder, sizeof own_folder, "%s", source ? source : ".");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_is_searched_to_its_end_once),
        cmocka_unit_test(a_seed_gives_one_search),
        cmocka_unit_test(a_prior_orders_the_first_trials),
        cmocka_unit_test(figures_are_what_they_say),
        cmocka_unit_test(pruning_keeps_the_best),
        cmocka_unit_test_prestate(own_bars, "gemm_f32.json.gz"),
        cmocka_unit_test_prestate(own_bars, "gemm_i8_prefill.json.gz"),
        cmocka_unit_test_prestate(own_bars, "gemm_i8_decode.json.gz"),
        cmocka_unit_test_prestate(own_bars, "attention.json.gz"),
        cmocka_unit_test_prestate(bars, "convolution-A100.T4.json.gz"),
        cmocka_unit_test_prestate(bars, "convolution-MI250X.T4.json.gz"),
        cmocka_unit_test_prestate(bars, "dedispersion-A4000.T4.json.gz"),
        cmocka_unit_test_prestate(bars, "gemm-RTX3090.kerneltuner.json.gz"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
