/* SPDX-License-Identifier: MIT */
/* The least time that work can take here: operations, bytes and launches against what probe kernels
 * reach. */
#ifndef HONE_TUNER_CEILINGS_H
#define HONE_TUNER_CEILINGS_H

#include "codegen/ops/ops.h"
#include "tuner/probe.h"

enum ceilings_level { LEVEL_L1, LEVEL_L2, LEVEL_L3, LEVEL_MEMORY, LEVELS };
enum ceilings_arithmetic { ARITHMETIC_F32, ARITHMETIC_BF16, ARITHMETIC_INT8, ARITHMETICS };

struct ceilings {
    double operations[ARITHMETICS]; /* per second */
    double read[LEVELS];            /* bytes per second */
    double launch_seconds;
    uint64_t holds[LEVELS]; /* bytes of all threads' caches; of memory: all there is */
    uint32_t n_threads;
};

/* With `n_threads` threads, which are one or all that were probed; ARGUMENT for another number. */
enum hone_status ceilings_take(const struct probe_report *report,
                               const struct hone_machine_facts *facts, uint32_t n_threads,
                               struct ceilings *out_ceilings, struct hone_error *err);

struct work {
    double operations;
    enum ceilings_arithmetic arithmetic;
    double resident_bytes;   /* weights and KV: read from where the model lies */
    double activation_bytes; /* read and written: just made by the step before */
};

/* Of `m` rows, the KV of `n_seqs` sequences of problem->context positions. */
void work_of(const struct hone_problem *problem, uint32_t m, uint32_t n_seqs,
             struct work *out_work);

/* Each alone against its ceiling. */
struct time_parts {
    double operations, bytes, launch; /* seconds */
    const char *arithmetic, *level;   /* static text: "int8 dot", "read memory" */
};
void ceilings_parts(const struct ceilings *ceilings, const struct work *work, double resident_set,
                    struct time_parts *out_parts);

struct least_time {
    double seconds;
    const char *bound; /* "int8 dot", "read memory", "launch": static text */
};

/* `resident_set`: bytes that pass by until the same ones are read again. */
void ceilings_floor(const struct ceilings *ceilings, const struct work *work, double resident_set,
                    struct least_time *out_least);

#endif
