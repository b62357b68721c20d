/* SPDX-License-Identifier: MIT */
/* Who goes on, and when it is enough. */
#ifndef HONE_MEASURE_RACE_H
#define HONE_MEASURE_RACE_H

#include <stdbool.h>

#include "tuner/measure/measure.h"

enum { RACE_MAX = 32 };

struct race {
    const struct hone_contender *contenders;
    const struct hone_measure_plan *plan; /* complete */
    struct hone_measurement *measurements;
    uint32_t n, n_samples; /* taken so far, calibration too */
    bool out[RACE_MAX];    /* dropped */
    bool promising;        /* a gain that is worth a claim is not sure yet */
};

/* After `n_rounds` rounds that took `spent_ns`: drops losers; true when no further round is needed
 * or possible. */
bool race_over(struct race *race, uint32_t n_rounds, uint64_t spent_ns);

#endif
