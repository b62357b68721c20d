/* SPDX-License-Identifier: MIT */
/* Statistics that heavy tails and drift do not fool: medians and intervals from order statistics.
 */
#ifndef HONE_MEASURE_STATS_H
#define HONE_MEASURE_STATS_H

#include <stddef.h>

enum { HONE_MAX_SAMPLES = 512 };

struct hone_stats {
    double median, mad; /* mad: median distance from the median */
    double low, high;   /* 95 % interval of the median; the whole range below six samples */
    double min, max;
    size_t n;
};

/* At most HONE_MAX_SAMPLES are looked at; all zero when there are none. */
void hone_stats_of(const double *samples, size_t n_samples, struct hone_stats *out_stats);

/* Of a to b, taken in pairs of rounds: two neighbouring rounds visit the contenders in opposite
 * orders, so that what drifts during them divides out. */
void hone_stats_ratio(const double *a, const double *b, size_t n_rounds,
                      struct hone_stats *out_ratio);

#endif
