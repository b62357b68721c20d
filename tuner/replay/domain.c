/* SPDX-License-Identifier: MIT */
/* A recorded space as the domain of a search. */
#include <math.h>

#include "tuner/replay/replay.h"

static enum hone_status count(void *context, uint64_t *out_count, struct hone_error *err)
{
    (void)err;
    *out_count = ((const struct hone_record *)context)->n_points;
    return HONE_OK;
}

static enum hone_status list(void *context, size_t limit, struct hone_config *out_configs,
                             size_t *out_n, struct hone_error *err)
{
    const struct hone_record *record = context;
    (void)err;
    *out_n = limit < record->n_points ? limit : record->n_points;
    for (size_t i = 0; i < *out_n; i++) out_configs[i] = record->points[i].config;
    return HONE_OK;
}

/* One drawn from each of `limit` equal stretches. */
static enum hone_status sample(void *context, uint64_t seed, size_t limit,
                               struct hone_config *out_configs, size_t *out_n,
                               struct hone_error *err)
{
    const struct hone_record *record = context;
    size_t n = record->n_points;
    if (record->pool) {
        *out_n = hone_pool_sample(record->pool, seed, limit, out_configs);
        return HONE_OK;
    }
    if (limit >= n) return list(context, limit, out_configs, out_n, err);
    for (size_t i = 0; i < limit; i++) {
        size_t begin = i * n / limit, end = (i + 1) * n / limit;
        out_configs[i] = record->points[begin + search_random(seed, i) % (end - begin)].config;
    }
    *out_n = limit;
    return HONE_OK;
}

static bool is_hopeless(const struct hone_record *record, const struct hone_record_point *point)
{
    return record->pool && record->costs[point - record->points] > record->pool->cost_limit;
}

static enum hone_status neighbours(void *context, const struct hone_config *config, size_t limit,
                                   struct hone_config *out_configs, size_t *out_n,
                                   struct hone_error *err)
{
    const struct hone_record *record = context;
    (void)err;
    *out_n = 0;
    for (size_t p = 0; p < record->n_parameters; p++)
        for (size_t v = 0; v < record->parameters[p].n_values && *out_n < limit; v++) {
            struct hone_config near = *config;
            near.index[p] = (uint8_t)v;
            const struct hone_record_point *point = hone_record_find(record, &near);
            if (v != config->index[p] && point && !is_hopeless(record, point))
                out_configs[(*out_n)++] = near;
        }
    return HONE_OK;
}

static double value(void *context, size_t parameter, size_t index)
{
    const struct hone_value *v =
        &((const struct hone_record *)context)->parameters[parameter].values[index];
    if (v->kind == HONE_VALUE_TEXT) return NAN;
    return v->kind == HONE_VALUE_INT ? (double)v->i : v->f;
}

static enum hone_status prior(void *context, const struct hone_config *config, double *out_time,
                              struct hone_error *err)
{
    const struct hone_record *record = context;
    const struct hone_record_point *point = hone_record_find(record, config);
    if (!point) return hone_fail(err, HONE_ERR_NOT_FOUND, "replay: a config that is not recorded");
    *out_time = record->costs[point - record->points];
    return HONE_OK;
}

void hone_record_domain(const struct hone_record *record, struct hone_domain *out_domain)
{
    *out_domain = (struct hone_domain){.context = (void *)(uintptr_t)record,
                                       .count = count,
                                       .list = list,
                                       .sample = sample,
                                       .neighbours = neighbours,
                                       .n_parameters = record->n_parameters,
                                       .value = value,
                                       .prior = record->costs ? prior : NULL};
}
