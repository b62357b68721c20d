/* SPDX-License-Identifier: MIT */
/* The only timing loop of the project.
 *
 * A sample is a batch of calls long enough that clock and start-up costs vanish in it; its length
 * is found per contender. Several contenders are timed in rounds, one sample each, forwards and
 * backwards in turn (ABBA), so that their ratios are free of drift. */
#ifndef HONE_MEASURE_H
#define HONE_MEASURE_H

#include <stdint.h>

#include "runtime/base/status.h"
#include "tuner/measure/stats.h"

struct hone_clock {
    uint64_t (*now_ns)(void *context);
    void *context;
};
/* CLOCK_MONOTONIC_RAW: not slewed while we measure. */
extern const struct hone_clock hone_clock_raw;

/* What is timed: runs `n_calls` calls one after the other and returns when they are done. */
struct hone_contender {
    enum hone_status (*run)(void *context, uint32_t n_calls, struct hone_error *err);
    void *context;
};

/* Zero means the default. */
struct hone_measure_plan {
    uint64_t sample_ns;    /* least length of a sample, 200 us */
    uint32_t n_calls_max;  /* in one sample, 4096 */
    uint32_t n_rounds_min; /* 5 */
    uint32_t n_rounds_max; /* 31, at most HONE_MAX_SAMPLES */
    uint64_t limit_ns;     /* no new round after this long, 100 ms; one round is always taken */
    double precision;      /* enough when every interval's half width is below this part of its
                              median, 0.5 % */
    double give_up_ns;     /* a lone contender is hopeless when two samples are above this, or one
                              above twice this; 0: never */
};

struct hone_measurement {
    uint32_t n_calls;                 /* per sample */
    uint32_t n_samples;               /* = rounds: sample i of every contender is from round i */
    double samples[HONE_MAX_SAMPLES]; /* ns per call */
    struct hone_stats stats;
};

/* All contenders get the same number of rounds. Fewer than n_rounds_min were taken when that many
 * would have cost more than three times the limit. */
enum hone_status hone_measure(const struct hone_clock *clock,
                              const struct hone_contender *contenders, uint32_t n_contenders,
                              const struct hone_measure_plan *plan,
                              struct hone_measurement *out_measurements, struct hone_error *err);

#endif
