/* SPDX-License-Identifier: MIT */
/* What is known before the first trial: cost formulas, pools without the hopeless, winners of
 * neighbours, expected gains. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/kernel.h"
#include "tuner/problem_text.h"
#include "tuner/search/pool.h"
#include "tuner/session/starts.h"

static const char head[] =
    "{\"space\": \"s\", \"op\": \"gemm\", \"family\": \"cpu\", \"template\": \"t\","
    " \"entry\": \"k\", \"applies\": \"1\", \"problem\": [], \"let\": {\"twice\": \"2 * A\"},"
    " \"parameters\": {\"A\": [1, 2, 3, 4, 5, 6, 7, 8], \"B\": [1, 2, 4, 8]},"
    " \"constraints\": [\"A * B <= 32\"], \"default\": {\"A\": \"2\", \"B\": \"1\"},";
static const char tail[] =
    " \"formats\": {\"x\": \"'f32'\"}, \"grid\": {\"rule\": \"const\", \"p0\": \"1\", \"p1\": "
    "\"1\"}, \"scratch\": \"0\", \"rank\": \"A\", \"numerics\": \"'n'\"}";
static const char cost[] = "\"cost\": {\"area\": \"twice * B\", \"cycles\": \"1.5 * area + n\"},";

static enum hone_status parse(const char *middle, struct hone_space **out_space,
                              struct hone_error *err)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s%s", head, middle, tail);
    return hone_space_parse(text, strlen(text), "s.json", out_space, err);
}

static struct hone_space *space_of(const char *middle)
{
    struct hone_space *space = NULL;
    struct hone_error err = {0};
    if (parse(middle, &space, &err) != HONE_OK) fail_msg("%s", err.text);
    return space;
}

static void fill(struct hone_env *env)
{
    hone_env_init(env, NULL);
    assert_int_equal(hone_env_set_int(env, "n", 10, NULL), HONE_OK);
}

static void a_cost_is_its_last_step(void **state)
{
    (void)state;
    struct hone_space *space = space_of(cost);
    struct hone_config config;
    struct hone_env env;
    double value = 0;
    fill(&env);
    assert_int_equal(hone_config_parse(space, "A=3 B=4", &config, NULL), HONE_OK);
    assert_int_equal(hone_space_cost(space, &env, &config, &value, NULL), HONE_OK);
    assert_true(value == 1.5 * 24 + 10);
    assert_int_equal(hone_env_set_int(&env, "A", 1, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(&env, "B", 1, NULL), HONE_OK);
    assert_int_equal(hone_space_cost(space, &env, NULL, &value, NULL), HONE_OK);
    assert_true(value == 1.5 * 2 + 10);
    hone_env_release(&env);
    hone_space_free(space);
}

static void bad_costs_are_told(void **state)
{
    static const struct {
        const char *middle, *wanted;
    } at_load[] = {{"\"cost\": {\"A\": \"1\"},", "'A' is a parameter"},
                   {"\"cost\": {\"twice\": \"1\"},", "'twice' is a let"},
                   {"\"cost\": [\"1\"],", "cost"},
                   {"\"cost\": {\"x\": \"1 +\"},", "s.json"}},
      at_use[] = {{"\"cost\": {\"x\": \"1 - A\"},", "not above 0"},
                  {"\"cost\": {\"x\": \"'a'\"},", "must be a number"},
                  {"\"cost\": {\"y\": \"x\", \"x\": \"1\"},", "'x' is not defined"}};
    struct hone_error err = {0};
    struct hone_space *space = NULL;
    struct hone_config config = {0};
    struct hone_env env;
    double value;
    (void)state;
    fill(&env);
    for (size_t i = 0; i < sizeof at_load / sizeof *at_load; i++) {
        assert_int_not_equal(parse(at_load[i].middle, &space, &err), HONE_OK);
        if (!strstr(err.text, at_load[i].wanted)) fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < sizeof at_use / sizeof *at_use; i++) {
        space = space_of(at_use[i].middle);
        assert_int_not_equal(hone_space_cost(space, &env, &config, &value, &err), HONE_OK);
        if (!strstr(err.text, at_use[i].wanted)) fail_msg("%s", err.text);
        hone_space_free(space);
    }
    space = space_of("");
    assert_int_equal(hone_space_cost(space, &env, &config, &value, &err), HONE_ERR_ARGUMENT);
    hone_space_free(space);
    hone_env_release(&env);
}

/* The default costs 16: what costs more than 40 is hopeless. */
static void a_pool_is_in_order_without_the_hopeless(void **state)
{
    (void)state;
    struct hone_space *space = space_of(cost);
    struct hone_pool *pool;
    struct hone_config drawn[8];
    struct hone_env env;
    uint64_t count;
    fill(&env);
    assert_int_equal(hone_pool_make(space, &env, &pool, NULL), HONE_OK);
    assert_int_equal(hone_space_count(space, &env, &count, NULL), HONE_OK);
    assert_int_equal(pool->n_all, count);
    assert_int_equal(pool->n, 16); /* A * B up to 10 */
    assert_true(pool->cost_limit == 40);
    for (size_t i = 0; i < pool->n; i++) {
        double value;
        assert_int_equal(hone_space_cost(space, &env, &pool->configs[i], &value, NULL), HONE_OK);
        assert_true(value == pool->costs[i] && value <= 40);
        assert_true(i == 0 || pool->costs[i - 1] <= value);
    }
    assert_int_equal(hone_pool_sample(pool, 5, 8, drawn), 8);
    for (size_t i = 0; i < 8; i++) {
        size_t at = 0;
        while (memcmp(&pool->configs[at], &drawn[i], sizeof drawn[i]) != 0) at++;
        assert_in_range(at, i * pool->n / 8, (i + 1) * pool->n / 8 - 1);
    }
    hone_pool_free(pool);
    hone_env_release(&env);
    hone_space_free(space);
}

/* A search meets what is hopeless only when nothing else is left. */
static void the_hopeless_come_last(void **state)
{
    (void)state;
    struct hone_space *space = space_of(cost);
    struct hone_search_trial trials[64];
    struct hone_pool *pool;
    struct hone_env env;
    struct hone_domain domain;
    bool more = true;
    size_t n = 0;
    fill(&env);
    assert_int_equal(hone_pool_make(space, &env, &pool, NULL), HONE_OK);
    struct hone_space_domain of = {space, &env, pool};
    hone_space_domain(&of, &domain);
    for (; n < 64; n++) {
        struct hone_search search = {&domain, 3, trials, n};
        struct hone_config config;
        double value;
        assert_int_equal(hone_strategy_model.propose(&search, &config, &more, NULL), HONE_OK);
        struct hone_config near[HONE_SPACE_MAX_NEIGHBOURS];
        size_t n_near;
        if (!more) break;
        assert_int_equal(domain.neighbours(domain.context, &config, HONE_SPACE_MAX_NEIGHBOURS, near,
                                           &n_near, NULL),
                         HONE_OK);
        for (size_t i = 0; i < n_near; i++) {
            assert_int_equal(hone_space_cost(space, &env, &near[i], &value, NULL), HONE_OK);
            assert_true(value <= pool->cost_limit);
        }
        assert_false(search_tried(&search, &config));
        assert_int_equal(hone_space_cost(space, &env, &config, &value, NULL), HONE_OK);
        if (n < pool->n) assert_true(value <= pool->cost_limit);
        trials[n] = (struct hone_search_trial){config, true, value};
    }
    assert_int_equal(n, pool->n_all);
    assert_true(trials[0].ns <= pool->costs[1]); /* the prior orders the first ones */
    hone_pool_free(pool);
    hone_env_release(&env);
    hone_space_free(space);
}

static double default_cost(struct hone_kernels *kernels, const char *name, const char *key)
{
    struct hone_problem problem;
    struct hone_error err = {0};
    struct hone_env env;
    struct hone_config config;
    double value = 0;
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), name);
    assert_non_null(space);
    if (problem_parse(key, &problem, &err) != HONE_OK) fail_msg("%s", err.text);
    hone_env_init(&env, NULL);
    if (hone_kernels_env(kernels, &problem, &env, &err) != HONE_OK ||
        hone_space_default(space, &env, &config, &err) != HONE_OK ||
        hone_space_cost(space, &env, &config, &value, &err) != HONE_OK)
        fail_msg("%s: %s", name, err.text);
    hone_env_release(&env);
    return value;
}

/* Four groups of columns for 64 CPUs: as long as parts are fewer than CPUs they cost a gemm less;
 * putting them together costs more the more there are. */
static void parts_of_a_gemm_cost_less_on_many_cpus(void **state)
{
    static const struct {
        const char *suffix, *types;
    } rows[] = {{"f32", "f32,f16,f32 acts=f32"},
                {"bf16", "bf16,bf16,f32 acts=bf16"},
                {"i8", "q8a,q4_0,f32 acts=q8a"}};
    struct hone_kernels *kernels;
    struct hone_target target;
    struct hone_error err = {0};
    const char *source = getenv("HONE_SOURCE");
    (void)state;
    assert_int_equal(hone_target_parse("cpu:x86_64:avx2+fma+f16c+avx512", &target, NULL), HONE_OK);
    struct hone_machine_facts facts = {
        .n_cpus = 64, .l1_bytes = 48 << 10, .l2_bytes = 2 << 20, .l3_bytes = 32 << 20};
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source ? source : ".",
                                           .target = &target,
                                           .facts = &facts};
    if (hone_kernels_open(&options, &kernels, &err) != HONE_OK) fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char space[64], key[HONE_PROBLEM_KEY_BYTES];
        snprintf(space, sizeof space, "gemm_%s", rows[i].suffix);
        snprintf(key, sizeof key, "gemm n=64 k=8192 types=%s m=1-1@1", rows[i].types);
        double before = default_cost(kernels, space, key);
        snprintf(space, sizeof space, "gemm_%s_split", rows[i].suffix);
        for (int n_parts = 4; n_parts <= 16; n_parts *= 2) {
            snprintf(key, sizeof key, "gemm_split n=64 k=8192 n_parts=%d types=%s m=1-1@1", n_parts,
                     rows[i].types);
            double value = default_cost(kernels, space, key);
            if (!(value < before)) fail_msg("%s: %g, before %g", key, value, before);
            before = value;
        }
    }
    double two = default_cost(kernels, "gemm_combine",
                              "gemm_combine n=64 n_parts=2 types=f32,f32 acts=f32 m=17-64@32");
    double many = default_cost(kernels, "gemm_combine_add",
                               "gemm_combine_add n=64 n_parts=16 types=f32,f32,f32 acts=f32 "
                               "m=17-64@32");
    assert_true(many > two);
    hone_kernels_close(kernels);
}

static void gains_fade_and_are_learned(void **state)
{
    struct gain lucky, idle, still;
    (void)state;
    gain_begin(&lucky);
    gain_begin(&idle);
    gain_begin(&still);
    double first = gain_of(&idle, 1), all = gain_of(&idle, 1e9);
    assert_true(first > 0 && all > 5 * first && all < 0.5);
    assert_true(gain_of(&idle, 0) == 0);
    for (int i = 0; i < 10; i++) {
        gain_learn(&lucky, 100, 80);
        gain_learn(&idle, 100, i % 2 ? 100 : 120); /* slower is no loss */
        gain_learn(&still, 100, 100);
    }
    assert_true(gain_of(&idle, 1) < 0.4 * first);
    assert_true(gain_of(&idle, 1) == gain_of(&still, 1));
    assert_true(gain_of(&lucky, 1) > 0.5 * log(100.0 / 80));
}

static void set_problem(struct problem_state *state, struct hone_tune_item *item,
                        struct hone_space *space, uint32_t n, uint32_t m)
{
    item->problem.op = hone_op_find("gemm");
    assert_non_null(item->problem.op);
    item->problem.m = m;
    for (uint32_t d = 0; d < item->problem.op->n_dims; d++) item->problem.dims[d] = 64;
    item->problem.dims[0] = n;
    state->item = item;
    state->spaces[0].space = space;
    state->n_spaces = 1;
}

static void a_search_begins_at_its_nearest_neighbour(void **state)
{
    (void)state;
    struct hone_space *space = space_of(cost);
    static struct problem_state problems[4];
    static struct hone_tune_item items[4];
    static const uint32_t sizes[][2] = {{128, 1}, {1024, 1}, {256, 1}, {128, 512}};
    static const char *const best[] = {NULL, "A=8 B=1", "A=3 B=8", "A=4 B=4"};
    struct tried tried[4] = {0}, more[2] = {0};
    struct session session = {.problems = problems, .n_problems = 4};
    struct hone_config config, wanted;
    struct hone_env env;
    fill(&env);
    for (int i = 0; i < 4; i++) {
        set_problem(&problems[i], &items[i], space, sizes[i][0], sizes[i][1]);
        if (!best[i]) continue;
        tried[i].valid = true;
        tried[i].ns = 5;
        assert_int_equal(hone_config_parse(space, best[i], &tried[i].config, NULL), HONE_OK);
        problems[i].spaces[0].trials = &tried[i];
        problems[i].spaces[0].n_trials = 1;
    }
    struct problem_state *own = &problems[0];
    assert_true(starts_next(&session, own, &own->spaces[0], &env, &config));
    assert_memory_equal(&config, &tried[2].config, sizeof config); /* n=256 is nearest */
    more[0].config = config;
    own->spaces[0].trials = more;
    own->spaces[0].n_trials = 1;
    assert_true(starts_next(&session, own, &own->spaces[0], &env, &config));
    assert_memory_equal(&config, &tried[1].config, sizeof config); /* rows are further away */
    tried[1].is_default = true; /* a default is where the search begins anyway */
    assert_true(starts_next(&session, own, &own->spaces[0], &env, &wanted));
    assert_memory_equal(&wanted, &tried[3].config, sizeof config);
    tried[3].valid = false;
    assert_false(starts_next(&session, own, &own->spaces[0], &env, &config));
    struct hone_problem other = items[0].problem;
    other.types[0] = HONE_TYPE_Q8A;
    assert_true(starts_distance(&other, &items[0].problem) >
                starts_distance(&items[1].problem, &items[0].problem));
    hone_env_release(&env);
    hone_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cost_is_its_last_step),
        cmocka_unit_test(bad_costs_are_told),
        cmocka_unit_test(a_pool_is_in_order_without_the_hopeless),
        cmocka_unit_test(the_hopeless_come_last),
        cmocka_unit_test(parts_of_a_gemm_cost_less_on_many_cpus),
        cmocka_unit_test(gains_fade_and_are_learned),
        cmocka_unit_test(a_search_begins_at_its_nearest_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
