/* SPDX-License-Identifier: MIT */
/* Medians, their spread and their intervals. */
#include "tuner/measure/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double middle(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

/* How many of n samples lie below the interval: the largest k with
 * P(Binomial(n, 1/2) < k) <= 2.5 %. No assumption on the distribution of the samples. */
static size_t below(size_t n)
{
    double term = ldexp(1, -(int)n), sum = 0;
    size_t k = 0;
    while (k < n && sum + term <= 0.025) {
        sum += term;
        k++;
        term *= (double)(n - k + 1) / (double)k;
    }
    return k;
}

void hone_stats_of(const double *samples, size_t n_samples, struct hone_stats *out_stats)
{
    double sorted[HONE_MAX_SAMPLES];
    size_t n = n_samples < HONE_MAX_SAMPLES ? n_samples : HONE_MAX_SAMPLES;
    memset(out_stats, 0, sizeof *out_stats);
    if (n == 0) return;
    memcpy(sorted, samples, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    size_t k = below(n);
    out_stats->n = n;
    out_stats->median = middle(sorted, n);
    out_stats->min = sorted[0];
    out_stats->max = sorted[n - 1];
    out_stats->low = sorted[k ? k - 1 : 0];
    out_stats->high = sorted[k ? n - k : n - 1];
    for (size_t i = 0; i < n; i++) sorted[i] = fabs(sorted[i] - out_stats->median);
    qsort(sorted, n, sizeof *sorted, compare);
    out_stats->mad = middle(sorted, n);
}

void hone_stats_ratio(const double *a, const double *b, size_t n_rounds,
                      struct hone_stats *out_ratio)
{
    double ratios[HONE_MAX_SAMPLES];
    size_t n = 0;
    if (n_rounds > HONE_MAX_SAMPLES) n_rounds = HONE_MAX_SAMPLES;
    if (n_rounds == 1) ratios[n++] = a[0] / b[0];
    for (size_t i = 0; i + 1 < n_rounds; i += 2)
        ratios[n++] = (a[i] + a[i + 1]) / (b[i] + b[i + 1]);
    hone_stats_of(ratios, n, out_ratio);
}
