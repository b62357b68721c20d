/* SPDX-License-Identifier: MIT */
/* Choosing winners from a final. */
#include "tuner/search/select.h"

#include "tuner/measure/compare.h"

enum { FIRST_ROUNDS = 8, SAMPLES_EACH = 17, SAMPLE_NS = 500000 };

void hone_select_plan(uint32_t n_finalists, double seconds, struct hone_measure_plan *out_plan)
{
    *out_plan = (struct hone_measure_plan){.sample_ns = SAMPLE_NS,
                                           .n_rounds_min = FIRST_ROUNDS,
                                           .n_rounds_max = HONE_MAX_SAMPLES,
                                           .n_samples_max = SAMPLES_EACH * n_finalists,
                                           .sigmas = HONE_RACE_SIGMAS,
                                           .precision = HONE_SELECT_MARGIN,
                                           .limit_ns = (uint64_t)(seconds * 1e9)};
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

static bool compare(const struct hone_finalist *finalists, uint32_t n,
                    struct hone_comparison *out_comparison)
{
    const struct hone_measurement *of[HONE_MAX_COMPARED] = {0};
    if (n > HONE_MAX_COMPARED) return false;
    for (uint32_t i = 0; i < n; i++) of[i] = finalists[i].measurement;
    return hone_compare(of, n, out_comparison, NULL) == HONE_OK;
}

uint32_t hone_select(struct hone_finalist *finalists, uint32_t n_finalists, uint32_t tuple,
                     double margin)
{
    struct hone_comparison comparison;
    uint32_t reference = 0, best = n_finalists;
    for (uint32_t i = n_finalists; i-- > 0;)
        if (finalists[i].is_default) reference = i;
    if (!compare(finalists, n_finalists, &comparison)) return n_finalists;
    for (uint32_t i = 0; i < n_finalists; i++)
        hone_compare_ratio(&comparison, i, reference, HONE_SELECT_SIGMAS, &finalists[i].ratio);
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
        hone_compare_ratio(&comparison, i, best, HONE_RACE_SIGMAS, &ratio);
        bool tied = ratio.low <= 1 && ratio.median <= 1 + HONE_SELECT_TIE;
        if (tied && cheaper(&finalists[i], &finalists[winner])) winner = i;
    }
    return winner;
}
