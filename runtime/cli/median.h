/* SPDX-License-Identifier: MIT */
/* A median with an interval that holds whatever the samples' distribution is. */
#ifndef HONE_CLI_MEDIAN_H
#define HONE_CLI_MEDIAN_H

#include <stddef.h>

struct median {
    double value;
    double low, high; /* 95 % interval of the median; the whole range below nine samples */
};

/* Sorts the samples; all zero when there are none. */
void median_of(double *samples, size_t n_samples, struct median *out_median);

#endif
