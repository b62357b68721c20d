/* SPDX-License-Identifier: MIT */
/* Configs of a space with what they are expected to cost, hopeless ones left out. */
#include "tuner/search/pool.h"

#include <stdlib.h>
#include <string.h>

#include "tuner/search/strategy.h"

struct expected {
    struct hone_config config;
    double cost;
};

static int by_cost(const void *a, const void *b)
{
    const struct expected *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    return memcmp(&x->config, &y->config, sizeof x->config);
}

static enum hone_status no_memory(struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
}

/* A default that is not valid here is the session's error, not the pool's: no limit then. */
static enum hone_status find_limit(struct hone_pool *pool, const struct hone_space *space,
                                   const struct hone_env *env, struct hone_error *err)
{
    struct hone_config preset;
    double cost;
    if (hone_space_default(space, env, &preset, NULL) != HONE_OK) return HONE_OK;
    HONE_TRY(hone_space_cost(space, env, &preset, &cost, err));
    pool->cost_limit = HONE_HOPELESS_COST * cost;
    return HONE_OK;
}

enum hone_status hone_pool_cut(struct hone_pool *pool, struct hone_error *err)
{
    struct expected *all = calloc(pool->n + 1, sizeof *all);
    size_t n = 0;
    if (!all) return no_memory(err);
    for (size_t i = 0; i < pool->n; i++)
        if (pool->cost_limit == 0 || pool->costs[i] <= pool->cost_limit)
            all[n++] = (struct expected){pool->configs[i], pool->costs[i]};
    qsort(all, n, sizeof *all, by_cost);
    for (size_t i = 0; i < n; i++) {
        pool->configs[i] = all[i].config;
        pool->costs[i] = all[i].cost;
    }
    pool->n = n;
    free(all);
    return HONE_OK;
}

static enum hone_status evaluate(struct hone_pool *pool, const struct hone_space *space,
                                 const struct hone_env *env, struct hone_error *err)
{
    HONE_TRY(find_limit(pool, space, env, err));
    pool->costs = calloc(pool->n + 1, sizeof *pool->costs);
    if (!pool->costs) return no_memory(err);
    for (size_t i = 0; i < pool->n; i++)
        HONE_TRY(hone_space_cost(space, env, &pool->configs[i], &pool->costs[i], err));
    return hone_pool_cut(pool, err);
}

enum hone_status hone_pool_make(const struct hone_space *space, const struct hone_env *env,
                                struct hone_pool **out_pool, struct hone_error *err)
{
    struct hone_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return no_memory(err);
    enum hone_status status = hone_space_count(space, env, &pool->n_all, err);
    size_t limit = pool->n_all < HONE_POOL_MAX ? (size_t)pool->n_all : HONE_POOL_MAX;
    if (status == HONE_OK) {
        pool->configs = calloc(limit + 1, sizeof *pool->configs);
        status = pool->configs
                     ? hone_space_sample(space, env, 0, limit, pool->configs, &pool->n, err)
                     : no_memory(err);
    }
    if (status == HONE_OK && space->n_cost) status = evaluate(pool, space, env, err);
    if (status != HONE_OK) {
        hone_pool_free(pool);
        return status;
    }
    *out_pool = pool;
    return HONE_OK;
}

void hone_pool_free(struct hone_pool *pool)
{
    if (!pool) return;
    free(pool->configs);
    free(pool->costs);
    free(pool);
}

size_t hone_pool_sample(const struct hone_pool *pool, uint64_t seed, size_t limit,
                        struct hone_config *out_configs)
{
    size_t n = pool->n < limit ? pool->n : limit;
    for (size_t i = 0; i < n; i++) {
        size_t begin = i * pool->n / n, end = (i + 1) * pool->n / n;
        out_configs[i] = pool->configs[begin + search_random(seed, i) % (end - begin)];
    }
    return n;
}
