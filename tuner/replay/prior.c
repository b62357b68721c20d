/* SPDX-License-Identifier: MIT */
/* The cost formula of a recorded space, evaluated for every point of the record. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/replay/record.h"

/* A parameter that the space did not have yet has its first value: what it adds is left out. */
static enum hone_status cost_of(const struct hone_record *record, const struct hone_space *space,
                                const struct hone_config *config, double *out_cost,
                                struct hone_error *err)
{
    struct hone_env env;
    enum hone_status status = HONE_OK;
    hone_env_init(&env, &record->facts);
    for (size_t p = 0; status == HONE_OK && p < record->n_parameters; p++) {
        const struct hone_record_parameter *parameter = &record->parameters[p];
        status = hone_env_set(&env, parameter->name, &parameter->values[config->index[p]], err);
    }
    for (size_t p = 0; status == HONE_OK && p < space->n_parameters; p++) {
        const struct hone_space_parameter *parameter = &space->parameters[p];
        struct hone_value known;
        if (!hone_env_get(&env, parameter->name, &known))
            status = hone_env_set(&env, parameter->name, &parameter->values[0], err);
    }
    if (status == HONE_OK) status = hone_space_cost(space, &env, NULL, out_cost, err);
    hone_env_release(&env);
    return status;
}

/* As a session has it, with the least expected cost in the place of the default's. */
static enum hone_status make_pool(struct hone_record *record, const double *costs,
                                  struct hone_error *err)
{
    size_t n = record->n_points;
    struct hone_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return hone_fail(err, HONE_ERR_NO_MEMORY, "replay: no memory");
    record->pool = pool;
    *pool = (struct hone_pool){.configs = calloc(n, sizeof *pool->configs),
                               .costs = calloc(n, sizeof *pool->costs),
                               .n = n,
                               .n_all = n,
                               .cost_limit = costs[0]};
    if (!pool->configs || !pool->costs)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "replay: no memory");
    for (size_t i = 0; i < n; i++) {
        pool->configs[i] = record->points[i].config;
        pool->costs[i] = costs[i];
        if (costs[i] < pool->cost_limit) pool->cost_limit = costs[i];
    }
    pool->cost_limit *= HONE_HOPELESS_COST;
    return hone_pool_cut(pool, err);
}

enum hone_status hone_record_take_prior(struct hone_record *record, const char *folder,
                                        struct hone_error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    char path[PATH_MAX];
    struct hone_space *space;
    if (record->op[0] == '\0' || record->costs) return HONE_OK;
    if (record->space[strspn(record->space, letters)] != '\0')
        return hone_fail(err, HONE_ERR_FORMAT, "'%.60s' is not the name of a space", record->space);
    if (snprintf(path, sizeof path, "%s/%s.json", folder, record->space) >= (int)sizeof path)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: path too long", folder);
    HONE_TRY(hone_space_load(path, &space, err));
    double *costs = hone_arena_array(&record->arena, record->n_points, sizeof *costs);
    enum hone_status status = HONE_OK;
    if (!costs) status = hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    for (size_t i = 0; status == HONE_OK && i < record->n_points; i++)
        status = cost_of(record, space, &record->points[i].config, &costs[i], err);
    if (status == HONE_OK) status = make_pool(record, costs, err);
    if (status == HONE_OK) record->costs = costs;
    hone_space_free(space);
    return status;
}
