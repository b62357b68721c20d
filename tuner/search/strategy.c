/* SPDX-License-Identifier: MIT */
/* The table of strategies, and what they share. */
#include "tuner/search/strategy.h"

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
