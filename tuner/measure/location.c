/* SPDX-License-Identifier: MIT */
/* Least trimmed squares in one dimension, and its standard error by the bootstrap. */
#include "tuner/measure/location.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tuner/measure/stats.h"

enum { RESAMPLES = 80 };
/* Standard deviation of a normal sample over that of its densest half. */
static const double HALF_TO_WHOLE = 2.65;
/* Values this many standard deviations from the densest half's mean still count. */
static const double NEAR = 2.5;
/* Values (logarithms of times) nearer than this are not told apart by any clock. */
static const double LEAST_SPREAD = 2e-4;
/* Two samples say nothing of their spread. */
static const double UNKNOWN_ERROR = 1;

/* The start of the run of `half` neighbours with the least sum of squares about their mean. */
static size_t densest(const double *sorted, size_t n, size_t half, double *out_mean,
                      double *out_variance)
{
    double sum = 0, squares = 0, least = INFINITY;
    size_t found = 0;
    const double origin = sorted[0];
    for (size_t i = 0; i < n; i++) {
        double in = sorted[i] - origin;
        sum += in;
        squares += in * in;
        if (i >= half) {
            double out = sorted[i - half] - origin;
            sum -= out;
            squares -= out * out;
        }
        double spread = squares - sum * sum / (double)half;
        if (i + 1 < half || spread >= least) continue;
        least = spread;
        found = i + 1 - half;
        *out_mean = origin + sum / (double)half;
    }
    *out_variance = least > 0 ? least / (double)half : 0;
    return found;
}

double location_of_sorted(const double *sorted, size_t n)
{
    if (n == 0) return 0;
    if (n < 3) return sorted[0]; /* disturbances add: the least is the best guess */
    double mean = sorted[0], variance = 0, sum = 0;
    size_t count = 0;
    densest(sorted, n, n / 2 + 1, &mean, &variance);
    double reach = NEAR * HALF_TO_WHOLE * sqrt(variance);
    if (reach < LEAST_SPREAD) reach = LEAST_SPREAD;
    for (size_t i = 0; i < n; i++) {
        if (fabs(sorted[i] - mean) > reach) continue;
        sum += sorted[i] - mean;
        count++;
    }
    return mean + sum / (double)count;
}

static void sort(double *values, size_t n)
{
    for (size_t gap = n / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (size_t i = gap; i < n; i++) {
            double value = values[i];
            size_t at = i;
            for (; at >= gap && values[at - gap] > value; at -= gap) values[at] = values[at - gap];
            values[at] = value;
        }
}

static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Resampling ranks of the sorted values: counting them keeps each resample sorted. */
static double resampled(const double *sorted, size_t n, uint64_t *random)
{
    uint16_t counts[HONE_MAX_SAMPLES] = {0};
    double drawn[HONE_MAX_SAMPLES];
    size_t at = 0;
    for (size_t i = 0; i < n; i++) counts[(uint64_t)next(random) * n >> 31]++;
    for (size_t i = 0; i < n; i++)
        for (uint16_t c = 0; c < counts[i]; c++) drawn[at++] = sorted[i];
    return location_of_sorted(drawn, n);
}

void location_of(const double *values, size_t n, struct location *out_location)
{
    double sorted[HONE_MAX_SAMPLES], sum = 0, squares = 0;
    uint64_t random = n;
    if (n > HONE_MAX_SAMPLES) n = HONE_MAX_SAMPLES;
    memcpy(sorted, values, n * sizeof *sorted);
    sort(sorted, n);
    *out_location = (struct location){location_of_sorted(sorted, n), UNKNOWN_ERROR};
    if (n < 3) return;
    for (int i = 0; i < RESAMPLES; i++) {
        double off = resampled(sorted, n, &random) - out_location->value;
        sum += off;
        squares += off * off;
    }
    double variance = (squares - sum * sum / RESAMPLES) / (RESAMPLES - 1);
    /* Few samples know too little of their own spread, and a little must always remain. */
    variance *= n > 4 ? (double)n / (double)(n - 3) : 4;
    double least = LEAST_SPREAD / sqrt((double)n);
    out_location->error = variance > least * least ? sqrt(variance) : least;
}
