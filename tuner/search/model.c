/* SPDX-License-Identifier: MIT */
/* Model-guided search: a forest learns the logarithm of the time from the trials so far and the
 * config that promises most is tried next (README.md). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/search/best.h"
#include "tuner/search/features.h"
#include "tuner/search/forest.h"
#include "tuner/search/seen.h"

enum {
    FIRST = 16,         /* trials before anything is learned */
    STARTS = 4,         /* best trials whose neighbours are looked at */
    CLIMBS = 3,         /* further steps, each from the most promising config so far */
    DRAWN = 192,        /* configs drawn from anywhere */
    PRIOR_DRAWN = 1024, /* configs that a prior orders */
    MOST_POOL = DRAWN + (STARTS + CLIMBS) * HONE_SPACE_MAX_NEIGHBOURS,
};

static const double ALIKE = 0.001; /* expected times that are so near mean the same */

struct model {
    const struct hone_search *search;
    struct hone_arena arena;
    struct features features;
    struct forest forest;
    double best; /* log2 of the least time */
    struct seen seen;
    struct hone_config *near;
    float *row;
    /* the most promising so far */
    struct hone_config config;
    double promise;
    bool found;
};

static enum hone_status no_memory(struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
}

/* Times above the ceiling count as the ceiling: what tells slow from slower is of no use, and takes
 * splits from what tells good from better. Failures count as slow as that: worth staying away from,
 * yet no cliff that hides what is beside it. */
static double target_of(const struct hone_search_trial *trial, double worst)
{
    double y = trial->valid ? log2(trial->ns) : worst;
    return y < worst ? y : worst;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the valid trials into y; the time above which it does not matter how slow a config is. */
static double ceiling_of(const struct hone_search *search, double *y)
{
    size_t n = 0;
    for (size_t i = 0; i < search->n_trials; i++)
        if (search->trials[i].valid) y[n++] = log2(search->trials[i].ns);
    qsort(y, n, sizeof *y, by_number);
    return y[(n - 1) / 2];
}

static enum hone_status learn(struct model *model, struct hone_error *err)
{
    const struct hone_search *search = model->search;
    size_t n = search->n_trials;
    features_init(&model->features, search);
    size_t width = model->features.n;
    float *x = hone_arena_array(&model->arena, n * width, sizeof *x);
    double *y = hone_arena_array(&model->arena, n, sizeof *y);
    model->row = hone_arena_array(&model->arena, width, sizeof *model->row);
    if (!x || !y || !model->row) return no_memory(err);
    double worst = ceiling_of(search, y);
    model->best = y[0];
    for (size_t i = 0; i < n; i++) {
        y[i] = target_of(&search->trials[i], worst);
        HONE_TRY(features_of(&model->features, &search->trials[i].config, x + i * width, err));
    }
    return forest_fit(&model->forest, x, y, n, width, search_random(search->seed, n), &model->arena,
                      err);
}

/* Expected improvement over the best, in log2 of the time. */
static double improvement(double best, double mean, double deviation)
{
    double gap = best - mean;
    if (deviation < 1e-9) return gap > 0 ? gap : gap * 1e-3;
    double z = gap / deviation;
    double density = exp(-0.5 * z * z) * 0.3989422804014327;
    return gap * 0.5 * erfc(-z * 0.7071067811865476) + deviation * density;
}

static enum hone_status consider(struct model *model, const struct hone_config *configs, size_t n,
                                 struct hone_error *err)
{
    for (size_t i = 0; i < n; i++) {
        double mean, deviation;
        if (!seen_add(&model->seen, &configs[i])) continue;
        HONE_TRY(features_of(&model->features, &configs[i], model->row, err));
        forest_predict(&model->forest, model->row, &mean, &deviation);
        double promise = improvement(model->best, mean, deviation);
        if (model->found && promise <= model->promise) continue;
        model->found = true;
        model->promise = promise;
        model->config = configs[i];
    }
    return HONE_OK;
}

static enum hone_status consider_near(struct model *model, const struct hone_config *config,
                                      struct hone_error *err)
{
    const struct hone_domain *domain = model->search->domain;
    struct hone_config from = *config;
    size_t n;
    HONE_TRY(domain->neighbours(domain->context, &from, HONE_SPACE_MAX_NEIGHBOURS, model->near, &n,
                                err));
    return consider(model, model->near, n, err);
}

static enum hone_status look(struct model *model, struct hone_error *err)
{
    const struct hone_search *search = model->search;
    const struct hone_search_trial *best[STARTS];
    size_t n_best = best_trials(search, STARTS, best), n;
    HONE_TRY(seen_init(&model->seen, search->n_trials + MOST_POOL, &model->arena, err));
    model->near = hone_arena_array(&model->arena, HONE_SPACE_MAX_NEIGHBOURS, sizeof *model->near);
    struct hone_config *drawn = hone_arena_array(&model->arena, DRAWN, sizeof *drawn);
    if (!model->near || !drawn) return no_memory(err);
    for (size_t i = 0; i < search->n_trials; i++) seen_add(&model->seen, &search->trials[i].config);
    uint64_t seed = search_random(~search->seed, search->n_trials);
    HONE_TRY(search->domain->sample(search->domain->context, seed, DRAWN, drawn, &n, err));
    HONE_TRY(consider(model, drawn, n, err));
    for (size_t i = 0; i < n_best; i++) HONE_TRY(consider_near(model, &best[i]->config, err));
    for (int i = 0; i < CLIMBS && model->found; i++) {
        double before = model->promise;
        HONE_TRY(consider_near(model, &model->config, err));
        if (model->promise == before) break;
    }
    return HONE_OK;
}

/* Configs that differ in nothing that the prior knows of: one of them tells about all. */
static bool is_alike(double time, const double *tried, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fabs(time - tried[i]) <= ALIKE * tried[i]) return true;
    return false;
}

/* Before anything is learned: the untried config that the prior expects to be fastest; every other
 * time of those unlike all that were tried, while there are any. */
static enum hone_status ask_prior(struct model *model, struct hone_error *err)
{
    const struct hone_search *search = model->search;
    const struct hone_domain *domain = search->domain;
    struct hone_config *drawn = hone_arena_array(&model->arena, PRIOR_DRAWN, sizeof *drawn);
    double *tried = hone_arena_array(&model->arena, search->n_trials + 1, sizeof *tried);
    bool is_new = false;
    size_t n;
    if (!drawn || !tried) return no_memory(err);
    for (size_t i = 0; i < search->n_trials; i++)
        HONE_TRY(domain->prior(domain->context, &search->trials[i].config, &tried[i], err));
    HONE_TRY(domain->sample(domain->context, search->seed, PRIOR_DRAWN, drawn, &n, err));
    for (size_t i = 0; i < n; i++) {
        double time;
        if (search_tried(search, &drawn[i])) continue;
        HONE_TRY(domain->prior(domain->context, &drawn[i], &time, err));
        bool unlike = search->n_trials % 2 == 1 || !is_alike(time, tried, search->n_trials);
        if (is_new > unlike || (is_new == unlike && model->found && time >= model->promise))
            continue;
        is_new = unlike;
        model->found = true;
        model->promise = time;
        model->config = drawn[i];
    }
    return HONE_OK;
}

static enum hone_status propose(const struct hone_search *search, struct hone_config *out_config,
                                bool *out_more, struct hone_error *err)
{
    const struct hone_search_trial *best;
    struct model model = {.search = search};
    *out_more = false;
    enum hone_status status = HONE_OK;
    if (search->n_trials >= FIRST && best_trials(search, 1, &best)) {
        status = learn(&model, err);
        if (status == HONE_OK) status = look(&model, err);
    } else if (search->domain->prior) {
        status = ask_prior(&model, err);
    }
    hone_arena_release(&model.arena);
    if (status != HONE_OK) return status;
    if (!model.found) return hone_strategy_random.propose(search, out_config, out_more, err);
    *out_config = model.config;
    *out_more = true;
    return HONE_OK;
}

const struct hone_strategy hone_strategy_model = {
    "model", "what a forest of regression trees, learned from the trials so far, promises most of",
    propose};
