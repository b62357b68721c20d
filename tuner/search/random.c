/* SPDX-License-Identifier: MIT */
/* Random search: configs drawn evenly from the space. */
#include "tuner/search/strategy.h"

enum { DRAWS = 16 };

static enum hone_status propose(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err)
{
    struct hone_config drawn[DRAWS];
    const struct hone_domain *domain = search->domain;
    size_t n_drawn;
    uint64_t seed = search_random(search->seed, search->n_trials);
    HONE_TRY(domain->sample(domain->context, seed, DRAWS, drawn, &n_drawn, err));
    uint64_t start = search_random(seed, 0);
    for (size_t i = 0; i < n_drawn; i++) {
        const struct hone_config *config = &drawn[(start + i) % n_drawn];
        if (search_tried(search, config)) continue;
        *out_config = *config;
        *out_more = true;
        return HONE_OK;
    }
    /* All draws were known: little is left, take what comes first. */
    return hone_strategy_exhaustive.propose(search, out_config, out_more, err);
}

const struct hone_strategy hone_strategy_random = {"random", "configs drawn evenly from the space",
                                                   propose};
