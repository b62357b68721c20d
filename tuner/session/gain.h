/* SPDX-License-Identifier: MIT */
/* What more trials are expected to bring. */
#ifndef HONE_TUNE_GAIN_H
#define HONE_TUNE_GAIN_H

#include <stdint.h>

/* Logarithm of the factor by which the next trial is expected to make a problem faster: an average
 * over its trials in which old ones fade, begun with what problems have to gain before any. */
struct gain {
    double next;
};

void gain_begin(struct gain *gain);
/* A trial took a problem from `before` ns to `after`; equal when it brought nothing. */
void gain_learn(struct gain *gain, double before, double after);
/* The same logarithm for `n_trials` more. */
double gain_of(const struct gain *gain, double n_trials);

#endif
