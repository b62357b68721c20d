/* SPDX-License-Identifier: MIT */
/* Expected gains: each trial counts nine tenths of what the one after it counts. */
#include "tuner/session/gain.h"

#include <math.h>

/* All trials that are still to come were to bring a third before the first one. */
static const double FADE = 0.9, FIRST = 0.03;

void gain_begin(struct gain *gain)
{
    gain->next = FIRST;
}

void gain_learn(struct gain *gain, double before, double after)
{
    double better = before > 0 && after > 0 && after < before ? log(before / after) : 0;
    gain->next = FADE * gain->next + (1 - FADE) * better;
}

double gain_of(const struct gain *gain, double n_trials)
{
    return n_trials > 0 ? gain->next * (1 - pow(FADE, n_trials)) / (1 - FADE) : 0;
}
