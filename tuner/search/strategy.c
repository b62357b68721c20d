/* SPDX-License-Identifier: MIT */
/* The table of strategies, and what they share. */
#include "tuner/search/strategy.h"

#include <math.h>
#include <string.h>

static const struct hone_strategy *const strategies[] = {
    &hone_strategy_model, &hone_strategy_climb, &hone_strategy_evolve, &hone_strategy_random,
    &hone_strategy_exhaustive};

const struct hone_strategy *const *hone_strategy_table(size_t *out_count)
{
    *out_count = sizeof strategies / sizeof *strategies;
    return strategies;
}

const struct hone_strategy *hone_strategy_find(const char *name)
{
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++)
        if (strcmp(strategies[i]->name, name) == 0) return strategies[i];
    return NULL;
}

bool search_tried(const struct hone_search *search, const struct hone_config *config)
{
    for (size_t i = 0; i < search->n_trials; i++)
        if (memcmp(&search->trials[i].config, config, sizeof *config) == 0) return true;
    return false;
}

uint64_t search_random(uint64_t seed, uint64_t position)
{
    uint64_t z = seed + (position + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static enum hone_status space_count(void *context, uint64_t *out_count, struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    return hone_space_count(of->space, of->env, out_count, err);
}

static enum hone_status space_list(void *context, size_t limit, struct hone_config *out_configs,
                                   size_t *out_n, struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    struct hone_space_walk walk;
    bool more = true;
    *out_n = 0;
    HONE_TRY(hone_space_walk_init(&walk, of->space, of->env, err));
    enum hone_status status = HONE_OK;
    while (status == HONE_OK && *out_n < limit) {
        status = hone_space_walk_next(&walk, &out_configs[*out_n], &more, err);
        if (status != HONE_OK || !more) break;
        ++*out_n;
    }
    hone_space_walk_end(&walk);
    return status;
}

static enum hone_status space_sample(void *context, uint64_t seed, size_t limit,
                                     struct hone_config *out_configs, size_t *out_n,
                                     struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    return hone_space_sample(of->space, of->env, seed, limit, out_configs, out_n, err);
}

static enum hone_status space_neighbours(void *context, const struct hone_config *config,
                                         size_t limit, struct hone_config *out_configs,
                                         size_t *out_n, struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    return hone_space_neighbours(of->space, of->env, config, limit, out_configs, out_n, err);
}

static double space_value(void *context, size_t parameter, size_t index)
{
    const struct hone_space_domain *of = context;
    const struct hone_value *value = &of->space->parameters[parameter].values[index];
    if (value->kind == HONE_VALUE_TEXT) return NAN;
    return value->kind == HONE_VALUE_INT ? (double)value->i : value->f;
}

void hone_space_domain(struct hone_space_domain *of, struct hone_domain *out_domain)
{
    *out_domain = (struct hone_domain){.context = of,
                                       .count = space_count,
                                       .list = space_list,
                                       .sample = space_sample,
                                       .neighbours = space_neighbours,
                                       .n_parameters = of->space->n_parameters,
                                       .value = space_value};
}
