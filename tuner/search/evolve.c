/* SPDX-License-Identifier: MIT */
/* Evolution: the best trials are parents; a child takes each parameter from one of two of them, or
 * is one of them with a parameter or two changed. */
#include <stdlib.h>
#include <string.h>

#include "tuner/search/best.h"
#include "tuner/search/strategy.h"

enum { FIRST_RANDOM = 16, PARENTS = 12, RANDOM_EVERY = 8, ATTEMPTS = 8 };

/* One of the parents, the better ones more often. */
static const struct hone_config *parent_of(const struct hone_search_trial *const *parents, size_t n,
                                           uint64_t random)
{
    size_t a = random % n, b = (random >> 32) % n;
    return &parents[a < b ? a : b]->config;
}

static size_t differences(const struct hone_config *a, const struct hone_config *b)
{
    size_t n = 0;
    for (size_t p = 0; p < HONE_SPACE_MAX_PARAMETERS; p++) n += a->index[p] != b->index[p];
    return n;
}

/* A child must be a valid config, and a domain names valid ones only: from the first parent it
 * walks through its neighbours towards the second, taking each difference with one chance in two.
 */
static enum hone_status cross(const struct hone_search *search, const struct hone_config *other,
                              struct hone_config *child, struct hone_config *near, uint64_t random,
                              struct hone_error *err)
{
    const struct hone_domain *domain = search->domain;
    size_t n_steps = differences(child, other) / 2;
    for (size_t step = 0; step < n_steps; step++) {
        size_t n, n_fit = 0, distance = differences(child, other);
        HONE_TRY(
            domain->neighbours(domain->context, child, HONE_SPACE_MAX_NEIGHBOURS, near, &n, err));
        for (size_t i = 0; i < n; i++)
            if (differences(&near[i], other) < distance) near[n_fit++] = near[i];
        if (n_fit == 0) break;
        *child = near[search_random(random, step) % n_fit];
    }
    return HONE_OK;
}

static enum hone_status mutate(const struct hone_search *search, struct hone_config *child,
                               struct hone_config *near, uint64_t random, struct hone_error *err)
{
    const struct hone_domain *domain = search->domain;
    for (size_t step = 0; step < 1 + random % 2; step++) {
        size_t n;
        HONE_TRY(
            domain->neighbours(domain->context, child, HONE_SPACE_MAX_NEIGHBOURS, near, &n, err));
        if (n == 0) break;
        *child = near[search_random(random, 100 + step) % n];
    }
    return HONE_OK;
}

static enum hone_status breed(const struct hone_search *search,
                              const struct hone_search_trial *const *parents, size_t n_parents,
                              struct hone_config *near, struct hone_config *out_config,
                              bool *out_more, struct hone_error *err)
{
    uint64_t seed = search_random(search->seed, search->n_trials);
    for (uint64_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t random = search_random(seed, attempt);
        struct hone_config child = *parent_of(parents, n_parents, search_random(random, 1));
        const struct hone_config *other = parent_of(parents, n_parents, search_random(random, 2));
        HONE_TRY(cross(search, other, &child, near, search_random(random, 3), err));
        if (search_tried(search, &child) || search_random(random, 4) % 2)
            HONE_TRY(mutate(search, &child, near, search_random(random, 5), err));
        if (search_tried(search, &child)) continue;
        *out_config = child;
        *out_more = true;
        return HONE_OK;
    }
    return HONE_OK;
}

static enum hone_status propose(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err)
{
    const struct hone_search_trial *parents[PARENTS];
    size_t n_parents = best_trials(search, PARENTS, parents);
    enum hone_status status = HONE_OK;
    *out_more = false;
    if (n_parents && search->n_trials >= FIRST_RANDOM &&
        search->n_trials % RANDOM_EVERY != RANDOM_EVERY - 1) {
        struct hone_config *near = calloc(HONE_SPACE_MAX_NEIGHBOURS, sizeof *near);
        if (!near) return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
        status = breed(search, parents, n_parents, near, out_config, out_more, err);
        free(near);
    }
    if (status != HONE_OK || *out_more) return status;
    return hone_strategy_random.propose(search, out_config, out_more, err);
}

const struct hone_strategy hone_strategy_evolve = {
    "evolve", "children of the best configs so far, crossed and changed", propose};
