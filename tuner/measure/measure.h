/* SPDX-License-Identifier: MIT */
/* The only timing loop of the project.
 *
 * A sample is a batch of calls long enough that clock and start-up costs vanish in it; its length
 * is found per contender. Several contenders are timed in rounds, one sample each, forwards and
 * backwards in turn (ABBA) from a start that moves on, so that each meets the same machine. A race
 * drops a contender as soon as its interval loses. Clock and contenders are callbacks: what is
 * proven on a simulated device is the code that times a real one. */
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
    uint32_t group; /* a race is run within each group */
    uint32_t stays; /* to the end of the race: what the winner's gain is told against */
};

/* Zero means the default. */
struct hone_measure_plan {
    uint64_t sample_ns;     /* least length of a sample, 200 us */
    uint32_t n_calls_max;   /* in one sample, 4096 */
    uint32_t n_rounds_min;  /* 5 */
    uint32_t n_rounds_max;  /* 31, at most HONE_MAX_SAMPLES */
    uint64_t limit_ns;      /* no new round after this long, 100 ms; one round is always taken */
    double precision;       /* enough when every interval's half width is below this part of its
                               median, 0.5 % */
    double give_up_ns;      /* the last contender of one or two is hopeless when two samples are
                               above this, one is above twice this, or five in a row say that it is
                               above four fifths of this; 0: never */
    double reference_ns;    /* contender 0 of two is a fixed reference that took this long: what
                               it takes today divides out of the other before it is given up */
    double sigmas;          /* a race: who is slower than the best of its group by this many
                               standard errors is dropped; 0: no race */
    uint32_t n_samples_max; /* of all contenders of a race together, calibration included; 0: no
                               limit */
    double floor_ns;        /* WRONG when a call takes less: it cannot have done its work */
};

struct hone_measurement {
    uint32_t n_calls;                 /* per sample */
    uint32_t n_samples;               /* = rounds: sample i of every contender is from round i */
    double samples[HONE_MAX_SAMPLES]; /* ns per call */
    double at[HONE_MAX_SAMPLES];      /* middle of the sample, ns since the measurement began */
    struct hone_stats stats;
};

/* All contenders get the same number of rounds, but those that a race has dropped. Fewer than
 * n_rounds_min were taken when that many would have cost more than three times the limit. */
enum hone_status hone_measure(const struct hone_clock *clock,
                              const struct hone_contender *contenders, uint32_t n_contenders,
                              const struct hone_measure_plan *plan,
                              struct hone_measurement *out_measurements, struct hone_error *err);

#endif
