/* SPDX-License-Identifier: MIT */
/* Search strategies: which configs of a space to try next.
 *
 * A strategy is one function of (domain, seed, trials so far) and keeps nothing between calls: a
 * search that was killed and resumes with its trials read back proposes what it would have
 * proposed. A new strategy is one file and one row in strategy.c. */
#ifndef HONE_SEARCH_STRATEGY_H
#define HONE_SEARCH_STRATEGY_H

#include "codegen/space/space.h"

/* What a strategy may ask of a space. All configs given are valid. */
struct hone_domain {
    void *context;
    enum hone_status (*count)(void *context, uint64_t *out_count, struct hone_error *err);
    /* The first `limit` in order. */
    enum hone_status (*list)(void *context, size_t limit, struct hone_config *out_configs,
                             size_t *out_n, struct hone_error *err);
    /* Distinct, spread over the space by `seed`; all of them when there are no more. */
    enum hone_status (*sample)(void *context, uint64_t seed, size_t limit,
                               struct hone_config *out_configs, size_t *out_n,
                               struct hone_error *err);
    /* Those that differ in one parameter. */
    enum hone_status (*neighbours)(void *context, const struct hone_config *config, size_t limit,
                                   struct hone_config *out_configs, size_t *out_n,
                                   struct hone_error *err);
    size_t n_parameters;
    /* Value `index` of a parameter as a number; NAN for a text. */
    double (*value)(void *context, size_t parameter, size_t index);
    /* The time a config will take, to a common factor, from what is known before any trial. NULL
     * when nothing is known. */
    enum hone_status (*prior)(void *context, const struct hone_config *config, double *out_time,
                              struct hone_error *err);
};

/* The domain of a search space under a problem's environment; all must outlive it. Its prior is
 * the space's cost formula. */
struct hone_pool;
struct hone_space_domain {
    const struct hone_space *space;
    const struct hone_env *env;
    const struct hone_pool *pool; /* of both (pool.h); NULL: the space is walked each time */
};
void hone_space_domain(struct hone_space_domain *of, struct hone_domain *out_domain);

struct hone_search_trial {
    struct hone_config config;
    bool valid; /* proven right and timed */
    double ns;
};

struct hone_search {
    const struct hone_domain *domain;
    uint64_t seed;
    const struct hone_search_trial *trials; /* in the order they were made */
    size_t n_trials;
};

struct hone_strategy {
    const char *name, *about;
    /* One config that has not been tried; *out_more is false when there is none left. */
    enum hone_status (*propose)(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err);
};

/* "model", "climb", "evolve", "random", "exhaustive"; NULL when unknown. */
const struct hone_strategy *hone_strategy_find(const char *name);
const struct hone_strategy *const *hone_strategy_table(size_t *out_count);

/* ---- for strategies ---- */

extern const struct hone_strategy hone_strategy_model, hone_strategy_climb, hone_strategy_evolve,
    hone_strategy_random, hone_strategy_exhaustive;

bool search_tried(const struct hone_search *search, const struct hone_config *config);
/* SplitMix64: a stream of numbers from (seed, position). */
uint64_t search_random(uint64_t seed, uint64_t position);

#endif
