/* SPDX-License-Identifier: MIT */
/* Choices out of a space: an even sample, the corners, the neighbours of a config. */
#include <string.h>

#include "codegen/space/rules.h"

/* One step of SplitMix64: equal seeds give equal samples on every machine. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The number, in the order of the walk, of the config drawn from stretch i of n. */
static uint64_t draw(uint64_t count, size_t i, size_t n, uint64_t *random)
{
    uint64_t first = i * count / n, last = (i + 1) * count / n;
    return first + next_random(random) % (last - first);
}

static enum hone_status pick(const struct hone_space *space, const struct hone_env *env,
                             uint64_t count, uint64_t seed, size_t n, struct hone_config *configs,
                             struct hone_error *err)
{
    struct hone_space_walk walk;
    struct hone_config config;
    bool more = true;
    size_t taken = 0;
    uint64_t wanted = draw(count, 0, n, &seed);
    enum hone_status status = hone_space_walk_init(&walk, space, env, err);
    for (uint64_t i = 0; status == HONE_OK && more && taken < n; i++) {
        status = hone_space_walk_next(&walk, &config, &more, err);
        if (status != HONE_OK || !more || i != wanted) continue;
        configs[taken++] = config;
        if (taken < n) wanted = draw(count, taken, n, &seed);
    }
    hone_space_walk_end(&walk);
    return status;
}

enum hone_status hone_space_sample(const struct hone_space *space, const struct hone_env *env,
                                   uint64_t seed, size_t limit, struct hone_config *out_configs,
                                   size_t *out_n_configs, struct hone_error *err)
{
    uint64_t count;
    *out_n_configs = 0;
    HONE_TRY(hone_space_count(space, env, &count, err));
    size_t n = count < limit ? (size_t)count : limit;
    if (n) HONE_TRY(pick(space, env, count, seed, n, out_configs, err));
    *out_n_configs = n;
    return HONE_OK;
}

static void add_distinct(const struct hone_config *config, struct hone_config *configs, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (!memcmp(&configs[i], config, sizeof *config)) return;
    configs[(*n)++] = *config;
}

static enum hone_status first_and_last(const struct hone_space *space, const struct hone_env *env,
                                       struct hone_config *configs, size_t *n,
                                       struct hone_error *err)
{
    struct hone_space_walk walk;
    struct hone_config config, last;
    bool more = true;
    uint64_t count = 0;
    enum hone_status status = hone_space_walk_init(&walk, space, env, err);
    while (status == HONE_OK && more) {
        status = hone_space_walk_next(&walk, &config, &more, err);
        if (status != HONE_OK || !more) continue;
        if (!count++) add_distinct(&config, configs, n);
        last = config;
    }
    hone_space_walk_end(&walk);
    if (status == HONE_OK && count) add_distinct(&last, configs, n);
    return status;
}

/* A valid config with parameter p at that value: the base if it stays valid, else the first. */
static enum hone_status with_value(const struct hone_space *space, const struct hone_env *env,
                                   const struct hone_config *base, size_t p, uint8_t index,
                                   struct hone_config *configs, size_t *n, struct hone_error *err)
{
    struct hone_config config = *base;
    const char *broken;
    config.index[p] = index;
    HONE_TRY(hone_space_valid(space, env, &config, &broken, err));
    if (!broken) {
        add_distinct(&config, configs, n);
        return HONE_OK;
    }
    struct hone_space_walk walk;
    bool more = false;
    enum hone_status status = hone_space_walk_init(&walk, space, env, err);
    walk.fixed = (int)p;
    walk.config.index[p] = index;
    if (status == HONE_OK) status = hone_space_walk_next(&walk, &config, &more, err);
    if (status == HONE_OK && more) add_distinct(&config, configs, n);
    hone_space_walk_end(&walk);
    return status;
}

/* Indices of the smallest and the largest value; of texts, the first and the last. */
static void extremes(const struct hone_space_parameter *p, uint8_t out_ends[2])
{
    out_ends[0] = 0;
    out_ends[1] = (uint8_t)(p->n_values - 1);
    if (p->values[0].kind != HONE_VALUE_INT) return;
    for (size_t i = 0; i < p->n_values; i++) {
        if (p->values[i].i < p->values[out_ends[0]].i) out_ends[0] = (uint8_t)i;
        if (p->values[i].i > p->values[out_ends[1]].i) out_ends[1] = (uint8_t)i;
    }
}

enum hone_status hone_space_corners(const struct hone_space *space, const struct hone_env *env,
                                    struct hone_config out_configs[HONE_SPACE_MAX_CORNERS],
                                    size_t *out_n_configs, struct hone_error *err)
{
    *out_n_configs = 0;
    HONE_TRY(first_and_last(space, env, out_configs, out_n_configs, err));
    if (!*out_n_configs) return HONE_OK;
    struct hone_config base = out_configs[0];
    struct hone_error unused; /* a space without a default here still has corners */
    if (hone_space_default(space, env, &base, &unused) == HONE_ERR_NO_MEMORY)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s", unused.text);
    for (size_t p = 0; p < space->n_parameters; p++) {
        uint8_t ends[2];
        extremes(&space->parameters[p], ends);
        for (int i = 0; i < 2; i++)
            HONE_TRY(with_value(space, env, &base, p, ends[i], out_configs, out_n_configs, err));
    }
    return HONE_OK;
}

enum hone_status hone_space_neighbours(const struct hone_space *space, const struct hone_env *env,
                                       const struct hone_config *config, size_t limit,
                                       struct hone_config *out_configs, size_t *out_n_configs,
                                       struct hone_error *err)
{
    *out_n_configs = 0;
    for (size_t p = 0; p < space->n_parameters; p++)
        for (size_t i = 0; i < space->parameters[p].n_values; i++) {
            struct hone_config moved = *config;
            const char *broken;
            if (i == config->index[p] || *out_n_configs == limit) continue;
            moved.index[p] = (uint8_t)i;
            HONE_TRY(hone_space_valid(space, env, &moved, &broken, err));
            if (!broken) out_configs[(*out_n_configs)++] = moved;
        }
    return HONE_OK;
}
