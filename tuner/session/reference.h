/* SPDX-License-Identifier: MIT */
/* The reference of a problem: a kernel that is timed beside every trial, so that what the machine
 * does divides out. */
#ifndef HONE_TUNE_REFERENCE_H
#define HONE_TUNE_REFERENCE_H

#include "codegen/kernel.h"
#include "tuner/runner/runner.h"

struct session;
struct problem_state;

enum { REFERENCE_KERNEL = HONE_RUNNER_MAX_KERNELS - 1 };

/* What is loaded in the runner. */
struct reference {
    const struct problem_state *problem; /* NULL: nothing */
    uint64_t id;                         /* of its trial */
    double ns;                           /* as that trial had it */
    uint32_t generation;                 /* of the runner */
    bool held;                           /* `variant` is to be released */
    struct hone_variant variant;
    struct hone_case_spec spec;
};

/* Loads the reference of `problem` unless it is there: its first valid default, then whatever was
 * the first to take less than half of the last reference's time. The same trials give the same
 * reference. *out_call is its call; *out_ns is 0 when there is none, or it cannot be loaded. */
enum hone_status reference_load(struct session *session, const struct problem_state *problem,
                                struct hone_runner_call *out_call, double *out_ns,
                                struct hone_error *err);
void reference_release(struct reference *reference);

#endif
