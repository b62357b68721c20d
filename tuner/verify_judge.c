/* SPDX-License-Identifier: MIT */
/* Then and now: what counts as a change. */
#include <stdlib.h>
#include <string.h>

#include "tuner/verify_report.h"

/* A runner-up must be clear of the winner by this to have overtaken it. */
static const double CLEAR = 0.01;

static double or_median(double bound, double median)
{
    return bound > 0 ? bound : median;
}

void verify_judge(struct verify_entry *entry, double tolerance)
{
    const struct hone_store_trial *was = entry->found.stored;
    const struct hone_stats *now = &entry->found.stats;
    entry->was_ns = was->median_ns;
    entry->verdict = VERIFY_SAME;
    if (!entry->found.valid) {
        entry->verdict = strcmp(entry->found.reason, "gone") == 0 ? VERIFY_GONE : VERIFY_REFUSED;
        return;
    }
    if (entry->elsewhere || !(was->median_ns > 0) || !(now->median > 0)) return;
    entry->ratio = now->median / was->median_ns;
    entry->ratio_low = now->low / or_median(was->high_ns, was->median_ns);
    entry->ratio_high = now->high / or_median(was->low_ns, was->median_ns);
    if (entry->ratio_low > 1 + tolerance) entry->verdict = VERIFY_REGRESSED;
    if (entry->ratio_high < 1 / (1 + tolerance)) entry->verdict = VERIFY_FASTER;
}

static bool overtakes(const struct verify_entry *other, const struct verify_entry *winner)
{
    return !other->is_winner && !winner->elsewhere && other->found.valid && winner->found.valid &&
           strcmp(other->found.stored->variant.formats, winner->found.stored->variant.formats) ==
               0 &&
           other->found.stats.high < (1 - CLEAR) * winner->found.stats.low;
}

void verify_judge_problem(struct verify_problem *problem)
{
    for (uint32_t w = 0; w < problem->n_entries; w++) {
        const struct verify_entry *winner = &problem->entries[w];
        if (!winner->is_winner) continue;
        problem->needs_fix |= winner->verdict >= VERIFY_REGRESSED;
        for (uint32_t i = 0; i < problem->n_entries; i++)
            if (overtakes(&problem->entries[i], winner) &&
                (!problem->overtaken_by || problem->entries[i].found.stats.median <
                                               problem->overtaken_by->found.stats.median))
                problem->overtaken_by = &problem->entries[i];
    }
    problem->needs_fix |= problem->overtaken_by != NULL;
}

static int order_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void verify_sum_up(struct verify_result *result)
{
    size_t n = 0, n_all = 1;
    for (size_t p = 0; p < result->n_problems; p++) n_all += result->problems[p].n_entries;
    double *ratios = calloc(n_all, sizeof *ratios);
    for (size_t p = 0; p < result->n_problems; p++) {
        const struct verify_problem *problem = &result->problems[p];
        result->n_to_fix += problem->needs_fix;
        for (uint32_t i = 0; i < problem->n_entries; i++) {
            const struct verify_entry *entry = &problem->entries[i];
            if (entry->is_winner) result->n_verdicts[entry->verdict]++;
            result->n_winners += entry->is_winner;
            result->n_elsewhere += entry->is_winner && entry->elsewhere;
            if (ratios && entry->ratio > 0) ratios[n++] = entry->ratio;
        }
    }
    if (n) {
        qsort(ratios, n, sizeof *ratios, order_doubles);
        result->middle = n % 2 ? ratios[n / 2] : (ratios[n / 2 - 1] + ratios[n / 2]) / 2;
    }
    free(ratios);
}

const char *verify_verdict_name(enum verify_verdict verdict)
{
    static const char *const names[VERIFY_VERDICTS] = {"same", "faster", "regressed", "refused",
                                                       "gone"};
    return verdict < VERIFY_VERDICTS ? names[verdict] : "?";
}
