/* SPDX-License-Identifier: MIT */
/* Where most samples lie, and how well that is known: for samples of which nearly half may be far
 * off on one side, as times are beside a busy neighbour. */
#ifndef HONE_MEASURE_LOCATION_H
#define HONE_MEASURE_LOCATION_H

#include <stddef.h>

struct location {
    double value;
    double error; /* standard error, from resampling; larger than most values when n < 3 */
};

/* Least trimmed squares: the mean of the densest half, then of all that lie near it. `sorted` has
 * at most HONE_MAX_SAMPLES entries. 0 when there are none. */
double location_of_sorted(const double *sorted, size_t n);

/* Of at most HONE_MAX_SAMPLES values in any order; the same input gives the same output. */
void location_of(const double *values, size_t n, struct location *out_location);

#endif
