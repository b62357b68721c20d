/* SPDX-License-Identifier: MIT */
/* A simulated device behind the clock and the contenders of tuner/measure: kernels with known
 * times on a machine that drifts, ramps its clock, has a busy neighbour, and hiccups. */
#ifndef HONE_TESTS_NOISY_DEVICE_H
#define HONE_TESTS_NOISY_DEVICE_H

#include <stdint.h>

#include "tuner/measure/measure.h"

struct noisy_noise {
    double jitter;                /* standard deviation of a call's own time, a part of it */
    double drift, drift_ns;       /* +- this part, in waves of this length */
    double burst, duty, burst_ns; /* a neighbour: calls take 1 + burst for duty of about ns */
    double tail, tail_part;       /* a call takes `tail` times as long in this part of all */
    double ramp, ramp_ns;         /* 1 + ramp at the start, gone after about ns */
};

struct noisy_device {
    struct noisy_noise noise;
    uint64_t random;
    double now, phase;
    double edge; /* when the neighbour comes or goes */
    int busy;
    uint64_t n_calls;
};

struct noisy_kernel {
    struct noisy_device *device;
    double ns;          /* true time */
    uint32_t lies_from; /* from the n-th run on it returns at once; 0: honest */
    uint32_t n_runs;
    const double *samples; /* of a recording: its noise instead of jitter and tails */
    uint32_t n_samples;
};

void noisy_device_start(struct noisy_device *device, const struct noisy_noise *noise,
                        uint64_t seed);
double noisy_random(struct noisy_device *device); /* in [0, 1) */
double noisy_normal(struct noisy_device *device);
struct hone_clock noisy_clock(struct noisy_device *device);
struct hone_contender noisy_contender(struct noisy_kernel *kernel);

/* What issue and users ask for: drift +-20 %, 30 % duty of +50 %, 1 % x10, a clock ramp; lengths
 * differ by seed, those of a run that takes about `run_ns`. */
struct noisy_noise noisy_harsh(uint64_t seed, double run_ns);

#endif
