/* SPDX-License-Identifier: MIT */
/* Order statistics. The tuner's own are not this program's to link. */
#include "runtime/cli/median.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The largest k with P(fewer than k of n samples lie below the median) <= 2.5 %. */
static size_t find_rank(size_t n)
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

void median_of(double *samples, size_t n_samples, struct median *out_median)
{
    size_t n = n_samples;
    *out_median = (struct median){0};
    if (n == 0) return;
    qsort(samples, n, sizeof *samples, compare);
    size_t k = find_rank(n);
    out_median->value = n % 2 ? samples[n / 2] : 0.5 * (samples[n / 2 - 1] + samples[n / 2]);
    out_median->low = samples[k ? k - 1 : 0];
    out_median->high = samples[k ? n - k : n - 1];
}
