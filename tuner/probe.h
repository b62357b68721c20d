/* SPDX-License-Identifier: MIT */
/* Ceilings of a device: what probe kernels reach when nothing stands in their way. */
#ifndef HONE_TUNER_PROBE_H
#define HONE_TUNER_PROBE_H

#include "codegen/kernel.h"
#include "tuner/runner/runner.h"

enum probe_unit { PROBE_OPERATIONS, PROBE_BYTES }; /* per second */

struct probe_ceiling {
    const char *name; /* "f32 fma", "int8 dot", "bf16 dot", "read, L1", ... */
    enum probe_unit unit;
    uint32_t n_threads;
    double per_second, low, high; /* median and its interval */
};

enum { PROBE_MAX_CEILINGS = 16 };

/* All ceilings with the runner's threads. */
enum hone_status probe_measure(struct hone_kernels *kernels, struct hone_runner *runner,
                               struct probe_ceiling out_ceilings[PROBE_MAX_CEILINGS],
                               uint32_t *out_n_ceilings, struct hone_error *err);

#endif
