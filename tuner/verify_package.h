/* SPDX-License-Identifier: MIT */
/* A package proven again: its hashes, its plan against the ops, its kernels' own bytes on the calls
 * of its proofs and on those of its steps. */
#ifndef HONE_TUNER_VERIFY_PACKAGE_H
#define HONE_TUNER_VERIFY_PACKAGE_H

#include "runtime/base/status.h"
#include "tuner/runner/runner.h"

struct verify_options {
    const char *const *runner_command;
    uint32_t n_threads;
    bool only_hashes;
    double tolerance; /* a change of time within this part is none */
    /* Before each kernel, with how many are done and how many there are, and once when all are; may
     * be NULL. */
    void (*progress)(void *context, size_t n_done, size_t n_all);
    void *progress_context;
};

/* Prints a line for each kernel. REFUSED (a hash), WRONG (numbers, or a kernel that crashed, hung
 * or wrote where it must not), FORMAT (plan or proofs), TARGET (not for this machine). */
enum hone_status verify_package(const char *path, const struct verify_options *options,
                                struct hone_error *err);

#endif
