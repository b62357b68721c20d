/* SPDX-License-Identifier: MIT */
/* Climbing: steps from the best config so far, one parameter at a time, mostly to the next value;
 * now and then a random config, so that a hill that is not the highest is left. Made for budgets of
 * a few dozen trials from a default that is already good. */
#include <stdlib.h>
#include <string.h>

#include "tuner/search/strategy.h"

enum { RANDOM_EVERY = 5, BASES = 3 };

static int steps_between(const struct hone_config *a, const struct hone_config *b)
{
    int sum = 0;
    for (int i = 0; i < HONE_SPACE_MAX_PARAMETERS; i++) sum += abs(a->index[i] - b->index[i]);
    return sum;
}

/* The rank-th best valid trial; NULL when there are not so many. */
static const struct hone_search_trial *ranked(const struct hone_search *search, int rank)
{
    const struct hone_search_trial *last = NULL;
    for (int r = 0; r <= rank; r++) {
        const struct hone_search_trial *best = NULL;
        for (size_t i = 0; i < search->n_trials; i++) {
            const struct hone_search_trial *trial = &search->trials[i];
            bool later = !last || trial->ns > last->ns || (trial->ns == last->ns && trial > last);
            if (trial->valid && later && (!best || trial->ns < best->ns)) best = trial;
        }
        if (!best) return NULL;
        last = best;
    }
    return last;
}

/* How often a change of each parameter has made a trial better than the best before it: those that
 * mattered are stepped along first. */
static void credits(const struct hone_search *search, int out_credit[HONE_SPACE_MAX_PARAMETERS])
{
    const struct hone_search_trial *best = NULL;
    memset(out_credit, 0, HONE_SPACE_MAX_PARAMETERS * sizeof *out_credit);
    for (size_t i = 0; i < search->n_trials; i++) {
        const struct hone_search_trial *trial = &search->trials[i];
        if (!trial->valid) continue;
        if (best && trial->ns < 0.98 * best->ns)
            for (int p = 0; p < HONE_SPACE_MAX_PARAMETERS; p++)
                out_credit[p] += trial->config.index[p] != best->config.index[p];
        if (!best || trial->ns < best->ns) best = trial;
    }
}

static int changed_parameter(const struct hone_config *a, const struct hone_config *b)
{
    for (int p = 0; p < HONE_SPACE_MAX_PARAMETERS; p++)
        if (a->index[p] != b->index[p]) return p;
    return 0;
}

/* Smaller is tried first: near steps, then credited parameters, then chance. */
static double order_of(const struct hone_search *search, const struct hone_config *base,
                       const struct hone_config *config, const int *credit, size_t position)
{
    int distance = steps_between(base, config);
    int p = changed_parameter(base, config);
    double chance = (double)(search_random(search->seed ^ search->n_trials, position) >> 11) /
                    (double)(UINT64_C(1) << 53);
    return (distance > 1 ? 2.0 : 0.0) - 0.5 * (credit[p] < 3 ? credit[p] : 3) + 1.5 * chance;
}

static enum hone_status step_from(const struct hone_search *search, const struct hone_config *base,
                                  struct hone_config *configs, struct hone_config *out_config,
                                  bool *out_found, struct hone_error *err)
{
    const struct hone_domain *domain = search->domain;
    int credit[HONE_SPACE_MAX_PARAMETERS];
    size_t n = 0;
    double least = 0;
    *out_found = false;
    credits(search, credit);
    HONE_TRY(
        domain->neighbours(domain->context, base, HONE_SPACE_MAX_NEIGHBOURS, configs, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (search_tried(search, &configs[i])) continue;
        double order = order_of(search, base, &configs[i], credit, i);
        if (*out_found && order >= least) continue;
        least = order;
        *out_config = configs[i];
        *out_found = true;
    }
    return HONE_OK;
}

static enum hone_status propose(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err)
{
    enum hone_status status = HONE_OK;
    *out_more = false;
    if (search->n_trials % RANDOM_EVERY != RANDOM_EVERY - 1) {
        struct hone_config *configs = calloc(HONE_SPACE_MAX_NEIGHBOURS, sizeof *configs);
        if (!configs) return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
        for (int base = 0; status == HONE_OK && !*out_more && base < BASES; base++) {
            const struct hone_search_trial *trial = ranked(search, base);
            if (!trial) break;
            status = step_from(search, &trial->config, configs, out_config, out_more, err);
        }
        free(configs);
    }
    if (status != HONE_OK || *out_more) return status;
    return hone_strategy_random.propose(search, out_config, out_more, err);
}

const struct hone_strategy hone_strategy_climb = {
    "climb", "steps from the best config so far, with random ones between", propose};
