/* SPDX-License-Identifier: MIT */
/* Strategies on a small space, and the choice of winners under noise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/search/prune.h"
#include "tuner/search/select.h"
#include "tuner/search/strategy.h"

static const char space_text[] =
    "{\"space\": \"s\", \"op\": \"gemm\", \"family\": \"cpu\", \"template\": \"t\","
    " \"entry\": \"k\", \"applies\": \"1\", \"problem\": [],"
    " \"parameters\": {\"A\": [1, 2, 3, 4, 5, 6, 7, 8], \"B\": [1, 2, 4, 8, 16], \"C\": [0, 1, 2],"
    "  \"D\": [0, 1, 2, 3]},"
    " \"constraints\": [\"A * B <= 64\", \"C < 2 || A > 2\"],"
    " \"default\": {\"A\": \"1\", \"B\": \"1\", \"C\": \"0\", \"D\": \"0\"},"
    " \"formats\": {\"x\": \"'f32'\"}, \"grid\": {\"rule\": \"const\", \"p0\": \"1\", \"p1\": "
    "\"1\"},"
    " \"scratch\": \"0\", \"rank\": \"A\", \"numerics\": \"'n'\"}";

struct fixture {
    struct hone_space *space;
    struct hone_env env;
    struct hone_space_domain of;
    struct hone_domain domain;
    struct hone_search_trial trials[1024];
    size_t n;
    uint64_t count;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hone_error err = {0};
    if (hone_space_parse(space_text, strlen(space_text), "s.json", &f->space, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_env_init(&f->env, NULL);
    f->of = (struct hone_space_domain){f->space, &f->env, NULL};
    hone_space_domain(&f->of, &f->domain);
    assert_int_equal(f->domain.count(f->domain.context, &f->count, NULL), HONE_OK);
    assert_in_range(f->count, 200, 1000);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hone_space_free(f->space);
    hone_env_release(&f->env);
    free(f);
    return 0;
}

/* One hill whose top is far from the default, and configs that fail. */
static double time_of(const struct hone_config *c)
{
    return 100 + 8 * abs(c->index[0] - 5) + 12 * abs(c->index[1] - 2) + 20 * abs(c->index[2] - 2) +
           3 * abs(c->index[3] - 1);
}

static bool ask(struct fixture *f, const struct hone_strategy *strategy, uint64_t seed,
                struct hone_config *out_config)
{
    struct hone_search search = {&f->domain, seed, f->trials, f->n};
    struct hone_error err = {0};
    bool more = false;
    if (strategy->propose(&search, out_config, &more, &err) != HONE_OK) fail_msg("%s", err.text);
    return more;
}

static void answer(struct fixture *f, const struct hone_config *config)
{
    for (size_t i = 0; i < f->n; i++)
        assert_memory_not_equal(&f->trials[i].config, config, sizeof *config);
    const char *broken = NULL;
    assert_int_equal(hone_space_valid(f->space, &f->env, config, &broken, NULL), HONE_OK);
    assert_null(broken);
    bool valid = config->index[3] != 3; /* a quarter of the space fails */
    f->trials[f->n++] = (struct hone_search_trial){*config, valid, valid ? time_of(config) : 0};
}

static void start(struct fixture *f)
{
    struct hone_config preset;
    assert_int_equal(hone_space_default(f->space, &f->env, &preset, NULL), HONE_OK);
    f->n = 0;
    answer(f, &preset);
}

static double best(const struct fixture *f)
{
    double found = INFINITY;
    for (size_t i = 0; i < f->n; i++)
        if (f->trials[i].valid && f->trials[i].ns < found) found = f->trials[i].ns;
    return found;
}

static void every_strategy_tries_each_config_once(void **state)
{
    struct fixture *f = *state;
    size_t n_strategies;
    const struct hone_strategy *const *table = hone_strategy_table(&n_strategies);
    assert_true(n_strategies >= 3);
    for (size_t s = 0; s < n_strategies; s++) {
        struct hone_config config;
        assert_ptr_equal(hone_strategy_find(table[s]->name), table[s]);
        start(f);
        while (ask(f, table[s], 7, &config)) {
            assert_true(f->n < f->count);
            answer(f, &config);
        }
        assert_int_equal(f->n, f->count);
    }
    assert_null(hone_strategy_find("none"));
}

/* A search that is cut off anywhere and goes on from its trials proposes the same. */
static void a_proposal_follows_from_the_trials(void **state)
{
    struct fixture *f = *state;
    size_t n_strategies;
    const struct hone_strategy *const *table = hone_strategy_table(&n_strategies);
    for (size_t s = 0; s < n_strategies; s++) {
        struct hone_config first, again;
        start(f);
        for (int i = 0; i < 40; i++) {
            assert_true(ask(f, table[s], 3, &first));
            assert_true(ask(f, table[s], 3, &again));
            assert_memory_equal(&first, &again, sizeof first);
            answer(f, &first);
        }
    }
}

static double after(struct fixture *f, const struct hone_strategy *strategy, uint64_t seed,
                    size_t n_trials)
{
    struct hone_config config;
    start(f);
    while (f->n < n_trials && ask(f, strategy, seed, &config)) answer(f, &config);
    return best(f);
}

static void climbing_beats_chance(void **state)
{
    struct fixture *f = *state;
    double climbed = 0, drawn = 0;
    int reached = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        double found = after(f, &hone_strategy_climb, seed, 40);
        climbed += found;
        reached += found <= 103;
        drawn += after(f, &hone_strategy_random, seed, 40);
    }
    assert_true(climbed < drawn);
    assert_true(reached >= 40);
}

static void other_seeds_search_elsewhere(void **state)
{
    struct fixture *f = *state;
    struct hone_config a, b;
    int different = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        start(f);
        ask(f, &hone_strategy_random, seed, &a);
        ask(f, &hone_strategy_random, seed + 100, &b);
        different += memcmp(&a, &b, sizeof a) != 0;
    }
    assert_true(different >= 8);
}

/* ---- winners ---- */

static uint64_t noise_state;

static double noise(void)
{
    noise_state++;
    return (double)(search_random(99, noise_state) >> 11) / (double)(UINT64_C(1) << 53) - 0.5;
}

/* Rounds of contenders whose common drift is 20 % and whose own noise is +-`spread`. */
static void simulate(const double *times, uint32_t n, uint32_t n_rounds, double spread,
                     struct hone_measurement *out)
{
    for (uint32_t r = 0; r < n_rounds; r++)
        for (uint32_t i = 0; i < n; i++) {
            double drift = 1 + 0.2 * r / n_rounds;
            double tail = noise() > 0.49 ? 5 : 1; /* one in a hundred is far off */
            out[i].samples[r] = times[i] * drift * (1 + 2 * spread * noise()) * tail;
            out[i].n_samples = n_rounds;
        }
    for (uint32_t i = 0; i < n; i++) hone_stats_of(out[i].samples, n_rounds, &out[i].stats);
}

static void make_finalists(struct hone_finalist *f, struct hone_measurement *m, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        f[i] = (struct hone_finalist){
            .is_default = i == 0, .valid = true, .rank = 10 + i, .id = i, .measurement = &m[i]};
}

static void a_clear_challenger_wins(void **state)
{
    (void)state;
    static struct hone_measurement m[3];
    struct hone_finalist f[3];
    const double times[] = {100, 80, 95};
    int wins = 0;
    for (int run = 0; run < 100; run++) {
        simulate(times, 3, 30, 0.02, m);
        make_finalists(f, m, 3);
        wins += hone_select(f, 3, 0, HONE_SELECT_MARGIN) == 1;
    }
    assert_true(wins >= 98);
}

static void the_default_is_not_beaten_by_noise(void **state)
{
    (void)state;
    static struct hone_measurement m[6];
    struct hone_finalist f[6];
    const double times[] = {100, 100, 100, 100.5, 99.8, 101};
    int kept = 0;
    for (int run = 0; run < 300; run++) {
        simulate(times, 6, 30, 0.03, m);
        make_finalists(f, m, 6);
        kept += hone_select(f, 6, 0, HONE_SELECT_MARGIN) == 0;
    }
    assert_true(kept >= 285);
}

static void a_slower_variant_never_wins(void **state)
{
    (void)state;
    static struct hone_measurement m[4];
    struct hone_finalist f[4];
    const double times[] = {100, 103, 104, 110};
    for (int run = 0; run < 300; run++) {
        simulate(times, 4, 30, 0.05, m);
        make_finalists(f, m, 4);
        assert_int_equal(hone_select(f, 4, 0, HONE_SELECT_MARGIN), 0);
    }
}

static void ties_go_to_fewer_resources_then_lower_id(void **state)
{
    (void)state;
    static struct hone_measurement m[4];
    struct hone_finalist f[4];
    const double times[] = {100, 80, 80, 80};
    int by_rank = 0, by_id = 0;
    for (int run = 0; run < 50; run++) {
        simulate(times, 4, 30, 0.004, m);
        make_finalists(f, m, 4);
        f[1].rank = f[3].rank = 9;
        f[2].rank = 3;
        by_rank += hone_select(f, 4, 0, HONE_SELECT_MARGIN) == 2;
        f[2].rank = 9;
        f[1].id = 70, f[2].id = 60, f[3].id = 50;
        by_id += hone_select(f, 4, 0, HONE_SELECT_MARGIN) == 3;
    }
    assert_true(by_rank == 50);
    assert_true(by_id == 50);
}

static void tuples_have_winners_of_their_own(void **state)
{
    (void)state;
    static struct hone_measurement m[4];
    struct hone_finalist f[4];
    const double times[] = {100, 80, 120, 150};
    simulate(times, 4, 30, 0.005, m);
    make_finalists(f, m, 4);
    f[2].tuple = f[3].tuple = 2;
    assert_int_equal(hone_select(f, 4, 0, HONE_SELECT_MARGIN), 1);
    assert_int_equal(hone_select(f, 4, 2, HONE_SELECT_MARGIN), 2);
    assert_true(fabs(f[2].ratio.median - 1.2) < 0.02); /* to the default, of another tuple */
    f[2].valid = false;
    assert_int_equal(hone_select(f, 4, 2, HONE_SELECT_MARGIN), 3);
    f[3].valid = false;
    assert_int_equal(hone_select(f, 4, 2, HONE_SELECT_MARGIN), 4);
    assert_int_equal(hone_select(f, 4, 9, HONE_SELECT_MARGIN), 4);
}

static void an_invalid_default_does_not_win(void **state)
{
    (void)state;
    static struct hone_measurement m[2];
    struct hone_finalist f[2];
    const double times[] = {100, 110};
    simulate(times, 2, 30, 0.005, m);
    make_finalists(f, m, 2);
    f[0].valid = false;
    assert_int_equal(hone_select(f, 2, 0, HONE_SELECT_MARGIN), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* One instruction in fifty: of a GPU each takes 16 bytes. Twice as often as the default. */
static void spills_are_counted_by_instructions(void **state)
{
    (void)state;
    const struct hone_static_facts none = {.code_bytes = 16000};
    struct hone_static_facts preset = none, facts = {.code_bytes = 16000, .n_vector_spills = 21};
    assert_false(hone_spills_too_much(&facts, &none)); /* a CPU's: 300 bytes for each are fine */
    facts.n_registers = 64;
    assert_true(hone_spills_too_much(&facts, &none));
    facts.n_vector_spills = 20;
    assert_false(hone_spills_too_much(&facts, &none));
    facts.n_vector_spills = 40;
    preset.n_vector_spills = 21;
    assert_false(hone_spills_too_much(&facts, &preset));
    facts.n_vector_spills = 42;
    assert_true(hone_spills_too_much(&facts, &preset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_strategy_tries_each_config_once),
        TEST(a_proposal_follows_from_the_trials),
        TEST(climbing_beats_chance),
        TEST(other_seeds_search_elsewhere),
        cmocka_unit_test(spills_are_counted_by_instructions),
        cmocka_unit_test(a_clear_challenger_wins),
        cmocka_unit_test(the_default_is_not_beaten_by_noise),
        cmocka_unit_test(a_slower_variant_never_wins),
        cmocka_unit_test(ties_go_to_fewer_resources_then_lower_id),
        cmocka_unit_test(tuples_have_winners_of_their_own),
        cmocka_unit_test(an_invalid_default_does_not_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
