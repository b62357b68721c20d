/* SPDX-License-Identifier: MIT */
/* Forwards as a Chrome trace (JSON), which Perfetto opens: a process for each forward, in it a row
 * of steps and a row for each thread, a slice for each part that a thread had of a step. */
#ifndef HONE_TUNER_TRACE_H
#define HONE_TUNER_TRACE_H

#include <jansson.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct trace { /* begins as zero */
    json_t *events;
    uint32_t n_forwards, n_workers; /* of the last one */
    uint64_t origin_ns;             /* where its time begins */
};

/* What follows belongs to this forward, which took from begin to end. */
enum hone_status trace_forward(struct trace *trace, const char *title, uint64_t begin_ns,
                               uint64_t end_ns, uint32_t n_workers, struct hone_error *err);

struct trace_step {
    const char *name, *kernel, *config, *problem;
    double operations, bytes;
    const uint64_t *spans; /* [worker][begin, end]; both 0: no part */
};
enum hone_status trace_step(struct trace *trace, const struct trace_step *step,
                            struct hone_error *err);

/* The file is complete, or as it was before. */
enum hone_status trace_write(const struct trace *trace, const char *path, struct hone_error *err);
void trace_release(struct trace *trace);

#endif
