/* SPDX-License-Identifier: MIT */
/* What this machine can do at most: rates of kernels that do nothing else, run like any other
 * kernel, in a runner. */
#ifndef HONE_TUNER_PROBE_H
#define HONE_TUNER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "codegen/kernel.h"

enum { PROBE_MAX_CEILINGS = 12 };

/* Times and rates are medians; spread is the standard deviation that the median distance from the
 * median stands for, as part of the median. */
struct probe_rate {
    bool measured;
    double value, spread;
};

struct probe_ceiling {
    const char *name;           /* "fma_f32", "read_l2", "dispatch": static text */
    const char *unit;           /* "GFLOP/s", "GOP/s", "GB/s", "us" */
    const char *how;            /* for people: what was run */
    uint64_t n_bytes;           /* read by one thread in a pass; 0 where memory is not the point */
    struct probe_rate one, all; /* of one thread, of all threads */
};

struct probe_options {
    struct hone_kernels *kernels;
    const char *const *runner_command;
    uint32_t n_threads; /* 0 = one per CPU */
};

struct probe_report {
    struct probe_ceiling items[PROBE_MAX_CEILINGS];
    uint32_t n_items, n_threads;
    double worst_spread;
};

/* About two seconds. NOT_FOUND without a compiler. */
enum hone_status probe_ceilings(const struct probe_options *options,
                                struct probe_report *out_report, struct hone_error *err);

#endif
