/* SPDX-License-Identifier: MIT */
/* A search space as the domain of a search. */
#include <math.h>

#include "tuner/search/pool.h"
#include "tuner/search/strategy.h"

static enum hone_status count(void *context, uint64_t *out_count, struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    if (!of->pool) return hone_space_count(of->space, of->env, out_count, err);
    *out_count = of->pool->n_all;
    return HONE_OK;
}

/* Hopeless ones too: a search that goes on to the end comes to them last. */
static enum hone_status list(void *context, size_t limit, struct hone_config *out_configs,
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

static enum hone_status sample(void *context, uint64_t seed, size_t limit,
                               struct hone_config *out_configs, size_t *out_n,
                               struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    if (!of->pool)
        return hone_space_sample(of->space, of->env, seed, limit, out_configs, out_n, err);
    *out_n = hone_pool_sample(of->pool, seed, limit, out_configs);
    return HONE_OK;
}

static enum hone_status prior(void *context, const struct hone_config *config, double *out_time,
                              struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    return hone_space_cost(of->space, of->env, config, out_time, err);
}

static enum hone_status neighbours(void *context, const struct hone_config *config, size_t limit,
                                   struct hone_config *out_configs, size_t *out_n,
                                   struct hone_error *err)
{
    const struct hone_space_domain *of = context;
    size_t n, n_kept = 0;
    HONE_TRY(hone_space_neighbours(of->space, of->env, config, limit, out_configs, &n, err));
    for (size_t i = 0; i < n; i++) {
        double cost = 0;
        bool is_limited = of->pool && of->pool->cost_limit > 0;
        if (is_limited) HONE_TRY(prior(context, &out_configs[i], &cost, err));
        if (!is_limited || cost <= of->pool->cost_limit) out_configs[n_kept++] = out_configs[i];
    }
    *out_n = n_kept;
    return HONE_OK;
}

static double value(void *context, size_t parameter, size_t index)
{
    const struct hone_space_domain *of = context;
    const struct hone_value *v = &of->space->parameters[parameter].values[index];
    if (v->kind == HONE_VALUE_TEXT) return NAN;
    return v->kind == HONE_VALUE_INT ? (double)v->i : v->f;
}

void hone_space_domain(struct hone_space_domain *of, struct hone_domain *out_domain)
{
    *out_domain = (struct hone_domain){.context = of,
                                       .count = count,
                                       .list = list,
                                       .sample = sample,
                                       .neighbours = neighbours,
                                       .n_parameters = of->space->n_parameters,
                                       .value = value,
                                       .prior = of->space->n_cost ? prior : NULL};
}
