/* SPDX-License-Identifier: MIT */
/* Configs as rows of numbers. What kernels depend on is mostly products (threads of a block, bytes
 * of a tile) and ratios (work for each thread): with sums and differences of logarithms a tree
 * splits on them at once. */
#include "tuner/search/features.h"

#include <math.h>

/* Grows with the value; exact powers of two stay apart by one. A text stands for its place. */
static float number_of(const struct hone_domain *domain, size_t parameter, size_t index)
{
    double value = domain->value(domain->context, parameter, index);
    if (isnan(value)) return (float)index;
    if (value > 0) return (float)log2(value);
    return (float)(-1 - log2(1 - value));
}

/* How often two divides the value: what fills warps, banks and lines evenly. */
static float zeros_of(const struct hone_domain *domain, size_t parameter, size_t index)
{
    double value = domain->value(domain->context, parameter, index);
    int n = 0;
    for (; n < 16 && value != 0 && fmod(value, 2) == 0; n++) value /= 2;
    return (float)n;
}

static bool is_wide(const struct hone_search *search, size_t parameter)
{
    const struct hone_domain *domain = search->domain;
    if (isnan(domain->value(domain->context, parameter, 0))) return false;
    for (size_t i = 0; i < search->n_trials; i++)
        if (search->trials[i].config.index[parameter] > 1) return true;
    return false;
}

void features_init(struct features *features, const struct hone_search *search)
{
    *features = (struct features){.domain = search->domain};
    for (size_t p = 0; p < search->domain->n_parameters; p++)
        if (is_wide(search, p)) features->wide[features->n_wide++] = (uint8_t)p;
    features->n = search->domain->n_parameters + (search->domain->prior != NULL) +
                  features->n_wide * features->n_wide;
}

enum hone_status features_of(const struct features *features, const struct hone_config *config,
                             float *out_row, struct hone_error *err)
{
    const struct hone_domain *domain = features->domain;
    size_t n = domain->n_parameters;
    for (size_t p = 0; p < n; p++) out_row[p] = number_of(domain, p, config->index[p]);
    for (size_t a = 0; a < features->n_wide; a++)
        for (size_t b = 0; b < a; b++) {
            float x = out_row[features->wide[a]], y = out_row[features->wide[b]];
            out_row[n++] = x + y;
            out_row[n++] = x - y;
        }
    for (size_t a = 0; a < features->n_wide; a++)
        out_row[n++] = zeros_of(domain, features->wide[a], config->index[features->wide[a]]);
    if (!domain->prior) return HONE_OK;
    double time;
    HONE_TRY(domain->prior(domain->context, config, &time, err));
    out_row[n] = (float)log2(time > 0 ? time : 1);
    return HONE_OK;
}
