/* SPDX-License-Identifier: MIT */
/* Enumeration, samples, corners and neighbours of search spaces against brute force on random
 * spaces, and spaces too large to walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/space/space.h"

enum { MAX_CONFIGS = 8192 };

static void fill(struct hone_env *env)
{
    hone_env_init(env, NULL);
    assert_int_equal(hone_env_set_int(env, "vl", 16, NULL), HONE_OK);
}

static struct hone_space *parse(const char *text)
{
    struct hone_space *space;
    struct hone_error err;
    if (hone_space_parse(text, strlen(text), "g.json", &space, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return space;
}

/* All valid configs by counting through every combination. */
static size_t brute_force(const struct hone_space *space, const struct hone_env *env,
                          struct hone_config *out)
{
    struct hone_config config = {{0}};
    size_t n = 0, at = 0;
    do {
        const char *broken;
        assert_int_equal(hone_space_valid(space, env, &config, &broken, NULL), HONE_OK);
        assert_true(n < MAX_CONFIGS);
        if (!broken) out[n++] = config;
        for (at = space->n_parameters; at > 0; at--) {
            if (++config.index[at - 1] < space->parameters[at - 1].n_values) break;
            config.index[at - 1] = 0;
        }
    } while (at);
    return n;
}

static size_t find(const struct hone_config *config, const struct hone_config *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!memcmp(config, &all[i], sizeof *config)) return i;
    return n;
}

static void check_walk(const struct hone_space *space, const struct hone_env *env,
                       const struct hone_config *all, size_t n)
{
    struct hone_space_walk walk;
    struct hone_config config;
    bool more;
    uint64_t count;
    assert_int_equal(hone_space_walk_init(&walk, space, env, NULL), HONE_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hone_space_walk_next(&walk, &config, &more, NULL), HONE_OK);
        assert_true(more);
        assert_memory_equal(&config, &all[i], sizeof config);
    }
    for (int again = 0; again < 2; again++) { /* the end stays the end */
        assert_int_equal(hone_space_walk_next(&walk, &config, &more, NULL), HONE_OK);
        assert_false(more);
    }
    hone_space_walk_end(&walk);
    assert_int_equal(hone_space_count(space, env, &count, NULL), HONE_OK);
    assert_int_equal(count, n);
}

/* One config of each of k equal stretches, so: in order, distinct, even. */
static void check_sample(const struct hone_space *space, const struct hone_env *env,
                         const struct hone_config *all, size_t n, uint64_t seed)
{
    static struct hone_config sample[MAX_CONFIGS], again[MAX_CONFIGS];
    const size_t limits[] = {0, 1, 2, 7, 25, n ? n - 1 : 0, n, n + 5};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        size_t k, k_again, wanted = limits[i] < n ? limits[i] : n;
        assert_int_equal(hone_space_sample(space, env, seed, limits[i], sample, &k, NULL), HONE_OK);
        assert_int_equal(k, wanted);
        for (size_t j = 0; j < k; j++) {
            size_t at = find(&sample[j], all, n);
            assert_true(at >= j * n / k && at < (j + 1) * n / k);
        }
        assert_int_equal(hone_space_sample(space, env, seed, limits[i], again, &k_again, NULL),
                         HONE_OK);
        assert_memory_equal(sample, again, k * sizeof *sample);
    }
}

static void check_corners(const struct hone_space *space, const struct hone_env *env,
                          const struct hone_config *all, size_t n)
{
    struct hone_config corners[HONE_SPACE_MAX_CORNERS];
    size_t k;
    assert_int_equal(hone_space_corners(space, env, corners, &k, NULL), HONE_OK);
    for (size_t i = 0; i < k; i++) {
        assert_true(find(&corners[i], all, n) < n);
        assert_int_equal(find(&corners[i], corners, i), i); /* distinct */
    }
    assert_true(!n == !k);
    if (n) assert_true(find(&all[0], corners, k) < k && find(&all[n - 1], corners, k) < k);
    for (size_t p = 0; p < space->n_parameters; p++) { /* both ends are there if anywhere valid */
        size_t n_values = space->parameters[p].n_values, low = 0, high = 0;
        const struct hone_value *values = space->parameters[p].values;
        for (size_t v = 0; v < n_values; v++) {
            if (values[v].i < values[low].i) low = v;
            if (values[v].i > values[high].i) high = v;
        }
        const size_t ends[2] = {low, high};
        for (int e = 0; e < 2; e++) {
            bool anywhere = false, there = false;
            for (size_t i = 0; i < n; i++) anywhere |= all[i].index[p] == ends[e];
            for (size_t i = 0; i < k; i++) there |= corners[i].index[p] == ends[e];
            assert_int_equal(anywhere, there);
        }
    }
}

static void check_neighbours(const struct hone_space *space, const struct hone_env *env,
                             const struct hone_config *all, size_t n)
{
    static struct hone_config near[HONE_SPACE_MAX_NEIGHBOURS];
    for (size_t i = 0; i < n; i += n / 5 + 1) {
        size_t k, wanted = 0;
        assert_int_equal(
            hone_space_neighbours(space, env, &all[i], HONE_SPACE_MAX_NEIGHBOURS, near, &k, NULL),
            HONE_OK);
        for (size_t j = 0; j < n; j++) {
            int n_changed = 0;
            for (size_t p = 0; p < space->n_parameters; p++)
                n_changed += all[j].index[p] != all[i].index[p];
            if (n_changed != 1) continue;
            wanted++;
            assert_true(find(&all[j], near, k) < k);
        }
        assert_int_equal(k, wanted);
        if (!k) continue;
        assert_int_equal(hone_space_neighbours(space, env, &all[i], k - 1, near, &k, NULL),
                         HONE_OK);
        assert_int_equal(k, wanted - 1);
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* A space of up to five parameters with constraints between random pairs of them. */
static void random_space(uint32_t *random, char *out)
{
    int n_parameters = (int)(next_random(random) % 6), n_constraints = 0;
    char parameters[512] = "", presets[512] = "", rules[1024] = "";
    for (int p = 0; p < n_parameters; p++) {
        int n_values = 1 + (int)(next_random(random) % 5), first = (int)(next_random(random) % 7);
        sprintf(parameters + strlen(parameters), "%s\"P%d\": [", p ? ", " : "", p);
        for (int v = 0; v < n_values; v++) /* not in order, distinct modulo 11 */
            sprintf(parameters + strlen(parameters), "%s%d", v ? ", " : "", (first + v * 4) % 11);
        strcat(parameters, "]");
        sprintf(presets + strlen(presets), "%s\"P%d\": \"%d\"", p ? ", " : "", p, first);
    }
    n_constraints = n_parameters ? (int)(next_random(random) % 4) : 0;
    for (int c = 0; c < n_constraints; c++) {
        int a = (int)(next_random(random) % (unsigned)n_parameters);
        int b = (int)(next_random(random) % (unsigned)n_parameters);
        sprintf(rules + strlen(rules), "%s\"(P%d * 3 + P%d * 5) %% 7 != %d\"", c ? ", " : "", a, b,
                (int)(next_random(random) % 7));
    }
    if (next_random(random) % 8 == 0)
        sprintf(rules + strlen(rules), "%s\"vl == %d\"", n_constraints ? ", " : "",
                next_random(random) % 2 ? 16 : 8);
    sprintf(out,
            "{\"space\": \"s\", \"op\": \"o\", \"family\": \"cpu\", \"template\": \"t\", "
            "\"entry\": \"k\", \"applies\": \"1\", \"problem\": [], \"parameters\": {%s}, "
            "\"constraints\": [%s], \"default\": {%s}, \"formats\": {}, \"grid\": {\"rule\": "
            "\"const\", \"p0\": \"1\", \"p1\": \"1\"}, \"scratch\": \"0\", \"rank\": \"0\", "
            "\"numerics\": \"'x'\"}",
            parameters, rules, presets);
}

static void enumeration_against_brute_force(void **state)
{
    (void)state;
    static struct hone_config all[MAX_CONFIGS];
    uint32_t random = 20240611;
    int n_empty = 0, n_full = 0;
    print_message("seed %u\n", random);
    for (int i = 0; i < 60; i++) {
        char text[4096];
        struct hone_env env;
        random_space(&random, text);
        struct hone_space *space = parse(text);
        fill(&env);
        size_t n = brute_force(space, &env, all), product = 1;
        for (size_t p = 0; p < space->n_parameters; p++) product *= space->parameters[p].n_values;
        n_empty += !n;
        n_full += n == product;
        check_walk(space, &env, all, n);
        check_sample(space, &env, all, n, (uint64_t)i);
        check_corners(space, &env, all, n);
        check_neighbours(space, &env, all, n);
        hone_env_release(&env);
        hone_space_free(space);
    }
    assert_true(n_empty > 0 && n_full > 0 && n_empty + n_full < 60);
}

static void samples_follow_the_seed(void **state)
{
    (void)state;
    struct hone_space *space = parse(
        "{\"space\": \"s\", \"op\": \"o\", \"family\": \"cpu\", \"template\": \"t\", "
        "\"entry\": \"k\", \"applies\": \"1\", \"problem\": [], \"parameters\": "
        "{\"A\": [1, 2, 3, 4, 5, 6, 7], \"B\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, \"constraints\": [], "
        "\"default\": {\"A\": \"1\", \"B\": \"1\"}, \"formats\": {}, \"grid\": {\"rule\": "
        "\"const\", \"p0\": \"1\", \"p1\": \"1\"}, \"scratch\": \"0\", \"rank\": \"0\", "
        "\"numerics\": \"'x'\"}");
    struct hone_env env;
    struct hone_config a[10], b[10];
    size_t n;
    fill(&env);
    assert_int_equal(hone_space_sample(space, &env, 1, 10, a, &n, NULL), HONE_OK);
    assert_int_equal(hone_space_sample(space, &env, 2, 10, b, &n, NULL), HONE_OK);
    assert_memory_not_equal(a, b, sizeof a);
    hone_env_release(&env);
    hone_space_free(space);
}

/* 64^16 combinations: a constraint on the first ones prunes, one on the last ends in a limit. */
static void huge_spaces(void **state)
{
    (void)state;
    static const char *const rules[] = {"P0 == 3 && P1 == 63", "P15 < 0"};
    static char text[65536];
    for (int r = 0; r < 2; r++) {
        strcpy(text, "{\"space\": \"s\", \"op\": \"o\", \"family\": \"cpu\", \"template\": \"t\", "
                     "\"entry\": \"k\", \"applies\": \"1\", \"problem\": [], \"parameters\": {");
        for (int p = 0; p < 16; p++) {
            sprintf(text + strlen(text), "%s\"P%d\": [0", p ? ", " : "", p);
            for (int v = 1; v < 64; v++) sprintf(text + strlen(text), ", %d", v);
            strcat(text, "]");
        }
        sprintf(text + strlen(text), "}, \"constraints\": [\"%s\"], \"default\": {", rules[r]);
        for (int p = 0; p < 16; p++)
            sprintf(text + strlen(text), "%s\"P%d\": \"%d\"", p ? ", " : "", p, p ? 63 : 3);
        strcat(text, "}, \"formats\": {}, \"grid\": {\"rule\": \"const\", \"p0\": \"1\", \"p1\": "
                     "\"1\"}, \"scratch\": \"0\", \"rank\": \"0\", \"numerics\": \"'x'\"}");
        struct hone_space *space = parse(text);
        struct hone_env env;
        struct hone_space_walk walk;
        struct hone_config config;
        struct hone_error err;
        bool more = false;
        uint64_t count;
        hone_env_init(&env, NULL);
        assert_int_equal(hone_space_walk_init(&walk, space, &env, &err), HONE_OK);
        enum hone_status status = hone_space_walk_next(&walk, &config, &more, &err);
        hone_space_walk_end(&walk);
        assert_int_equal(status, r ? HONE_ERR_LIMIT : HONE_OK);
        assert_int_equal(more, !r);
        if (!r) {
            char printed[HONE_CONFIG_TEXT_BYTES];
            assert_int_equal(config.index[0], 3);
            assert_int_equal(config.index[1], 63);
            assert_int_equal(hone_space_default(space, &env, &config, &err), HONE_OK);
            assert_int_equal(hone_config_print(space, &config, printed), HONE_OK);
        }
        assert_int_equal(hone_space_count(space, &env, &count, &err), HONE_ERR_LIMIT);
        hone_env_release(&env);
        hone_space_free(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumeration_against_brute_force),
        cmocka_unit_test(samples_follow_the_seed),
        cmocka_unit_test(huge_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
