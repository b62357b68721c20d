/* SPDX-License-Identifier: MIT */
/* A case in the memory of a device that the host cannot reach: made here, taken there for a run,
 * brought back to be judged.
 *
 * There are no unmapped pages there. Instead every buffer lies between red zones, bytes of one
 * value that are looked at after each run; and it starts at an odd multiple of 64, which is all
 * that a kernel may count on, unless it is there to be timed. */
#ifndef HONE_RUNNER_FAR_H
#define HONE_RUNNER_FAR_H

#include "codegen/ops/case.h"
#include "runtime/device/device.h"

struct far_place {
    const struct hone_device_vtable *vtable;
    struct hone_device *device;
    uint64_t red_bytes; /* on each side; 0 where the device itself tells stray accesses */
};

struct far_case;
/* `c` must outlive it. Inputs are taken over now, in `n_copies` copies of what rotates. */
enum hone_status far_case_create(const struct far_place *place, struct hone_case *c,
                                 uint32_t n_copies, struct far_case **out_far,
                                 struct hone_error *err);
void far_case_destroy(struct far_case *far); /* NULL is fine */

/* Argument block of copy `copy`, in host memory, 64-byte aligned. */
const void *far_case_args(const struct far_case *far, uint32_t copy);
/* hone_case_poison, there too. */
enum hone_status far_case_poison(struct far_case *far, struct hone_error *err);
/* Brings outputs back, with `all` inputs as well, and looks at the red zones of what copy `copy`
 * uses. WRONG names the buffer. */
enum hone_status far_case_fetch(struct far_case *far, uint32_t copy, bool all,
                                struct hone_error *err);

struct far_request {
    const struct hone_launch *launch; /* as deployed, but its arguments */
    uint32_t n_samples, n_copies;
    double run_seconds;    /* a run that takes longer ends the process */
    double repeat_seconds; /* for runs that are only repeats */
};
/* Run on poisoned outputs and judged, then again, and at small sizes often: each run must write the
 * same bits as the first, whichever copy it reads. */
enum hone_status far_case_verify(struct far_case *far, const struct far_request *request,
                                 struct hone_case_result *out_result, struct hone_error *err);

#endif
