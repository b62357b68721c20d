/* SPDX-License-Identifier: MIT */
/* Choosing winners from a final. */
#include "tuner/search/select.h"

static void ratio_of(const struct hone_finalist *a, const struct hone_finalist *b,
                     struct hone_stats *out_ratio)
{
    uint32_t n = a->measurement->n_samples;
    if (b->measurement->n_samples < n) n = b->measurement->n_samples;
    hone_stats_ratio(a->measurement->samples, b->measurement->samples, n, out_ratio);
}

static bool cheaper(const struct hone_finalist *a, const struct hone_finalist *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->id < b->id;
}

/* May `f` win against the default of its own tuple, if it has one? */
static bool may_win(const struct hone_finalist *f, const struct hone_finalist *reference,
                    double margin)
{
    if (!f->valid) return false;
    if (f->is_default || !reference->is_default || !reference->valid) return true;
    if (reference->tuple != f->tuple) return true;
    return f->ratio.high < 1 - margin;
}

uint32_t hone_select(struct hone_finalist *finalists, uint32_t n_finalists, uint32_t tuple,
                     double margin)
{
    uint32_t reference = 0, best = n_finalists;
    for (uint32_t i = n_finalists; i-- > 0;)
        if (finalists[i].is_default) reference = i;
    for (uint32_t i = 0; i < n_finalists; i++)
        ratio_of(&finalists[i], &finalists[reference], &finalists[i].ratio);
    for (uint32_t i = 0; i < n_finalists; i++) {
        if (finalists[i].tuple != tuple || !may_win(&finalists[i], &finalists[reference], margin))
            continue;
        if (best == n_finalists || finalists[i].ratio.median < finalists[best].ratio.median)
            best = i;
    }
    if (best == n_finalists) return best;
    uint32_t winner = best;
    for (uint32_t i = 0; i < n_finalists; i++) {
        struct hone_stats ratio;
        if (finalists[i].tuple != tuple || !may_win(&finalists[i], &finalists[reference], margin))
            continue;
        ratio_of(&finalists[i], &finalists[best], &ratio);
        bool tied = ratio.low <= 1 + margin && ratio.median <= 1 + 2 * margin;
        if (tied && cheaper(&finalists[i], &finalists[winner])) winner = i;
    }
    return winner;
}
