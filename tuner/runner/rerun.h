/* SPDX-License-Identifier: MIT */
/* A CPU kernel run on one case in as many ways as its contract allows: other orders and splits of
 * its blocks, other bytes in its scratch, called again, and often. */
#ifndef HONE_RUNNER_RERUN_H
#define HONE_RUNNER_RERUN_H

#include "runtime/device/device.h"
#include "tuner/runner/fence.h"
#include "tuner/runner/runner.h"

enum { RERUN_STUB_BYTES = 4096 };

struct rerun {
    struct rerun_slot *slots; /* scratch of each worker */
    uint32_t n_slots;
    uint64_t scratch_bytes, random;
    int statm_fd; /* how much memory this process has mapped; -1 where that is not told */
};
enum hone_status rerun_open(struct rerun *rerun, uint32_t n_workers, struct hone_error *err);
void rerun_close(struct rerun *rerun);

/* A kernel that can be run in other ways is loaded with so many bytes before it. 0: it cannot. */
uint32_t rerun_stub(uint8_t out_stub[RERUN_STUB_BYTES]);

struct rerun_request {
    const struct hone_device_vtable *vtable;
    struct hone_device *device;
    struct hone_case *c;
    struct hone_launch launch; /* as it is deployed; `entry` counts from the stub */
    uint64_t scratch_bytes;    /* exactly what it may use */
    uint32_t n_samples, n_copies;
    double run_seconds;    /* a run that takes longer ends the process */
    double repeat_seconds; /* for the runs that are only repeats */
};
/* Judges each run; WRONG with the first defect. */
enum hone_status rerun_verify(struct rerun *rerun, const struct rerun_request *request,
                              struct hone_case_result *out_result, struct hone_error *err);

#endif
