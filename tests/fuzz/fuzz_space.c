/* SPDX-License-Identifier: MIT */
/* Fuzzes the search-space loader and what is computed from a space: every config that comes out is
 * valid and survives the way over its text; every error is one line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/space/space.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

enum { LARGEST_WALK = 3000, N_SAMPLED = 7 };

static void fill(struct hone_env *env)
{
    static const char *const numbers[] = {"vl", "vregs", "m_max", "n", "k", "l1_bytes"};
    hone_env_init(env, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        hone_env_set_int(env, numbers[i], 8 << i, NULL);
    hone_env_set_text(env, "w_type", "q4_0", NULL);
    hone_env_set_text(env, "acts", "int8", NULL);
    hone_env_set_text(env, "isa", "avx512", NULL);
}

static void check(enum hone_status status, const struct hone_error *err)
{
    if (status != HONE_OK && (!*err->text || strchr(err->text, '\n'))) abort();
}

static void check_config(const struct hone_space *space, const struct hone_env *env,
                         const struct hone_config *config)
{
    char text[HONE_CONFIG_TEXT_BYTES];
    struct hone_config back;
    struct hone_error err = {0};
    const char *broken;
    if (hone_space_valid(space, env, config, &broken, &err) != HONE_OK || broken) abort();
    if (hone_config_print(space, config, text) != HONE_OK) abort();
    if (hone_config_parse(space, text, &back, &err) != HONE_OK) abort();
    if (memcmp(config, &back, sizeof back)) abort();
    struct hone_launch_record record;
    check(hone_space_launch(space, env, config, &record, &err), &err);
}

static bool is_small(const struct hone_space *space)
{
    size_t product = 1;
    for (size_t i = 0; i < space->n_parameters; i++) {
        product *= space->parameters[i].n_values;
        if (product > LARGEST_WALK) return false;
    }
    return true;
}

static void exercise(const struct hone_space *space, const struct hone_env *env)
{
    static struct hone_config corners[HONE_SPACE_MAX_CORNERS];
    struct hone_config config, sample[N_SAMPLED];
    struct hone_error err = {0};
    bool applies;
    size_t n = 0;
    check(hone_space_applies(space, env, &applies, &err), &err);
    enum hone_status status = hone_space_default(space, env, &config, &err);
    check(status, &err);
    if (status == HONE_OK) check_config(space, env, &config);
    if (!is_small(space)) return;
    status = hone_space_sample(space, env, 1, N_SAMPLED, sample, &n, &err);
    check(status, &err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) check_config(space, env, &sample[i]);
    status = hone_space_corners(space, env, corners, &n, &err);
    check(status, &err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) check_config(space, env, &corners[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct hone_space *space;
    struct hone_error err = {0};
    enum hone_status status =
        hone_space_parse((const char *)data, n_bytes, "space.json", &space, &err);
    check(status, &err);
    if (status != HONE_OK) return 0;
    struct hone_env env;
    fill(&env);
    exercise(space, &env);
    hone_env_release(&env);
    hone_space_free(space);
    return 0;
}
