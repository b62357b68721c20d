/* SPDX-License-Identifier: MIT */
/* Verification of a store: winners and runner-ups proven and timed again under the present stack,
 * and what an upgrade of that stack changed. */
#ifndef HONE_TUNER_VERIFY_STORE_H
#define HONE_TUNER_VERIFY_STORE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct verify_store_options {
    const char *problem;         /* only problems with this in their key; NULL: all */
    const char *const *runner;   /* command */
    const char *data_dir, *hone; /* templates; the compile worker's program */
    uint32_t n_threads;          /* 0: as many as the winners were timed with */
    uint32_t n_top;              /* of a problem: winners and the best of the others */
    double tolerance;            /* a change within this part is none */
    bool json, fix;
    double fix_seconds; /* for the problems to be tuned again, together */
    const volatile sig_atomic_t *stop;
    /* Before each problem, with how many are done and how many there are, and once when all are;
     * may be NULL. */
    void (*progress)(void *context, size_t n_done, size_t n_all);
    void *progress_context;
};

/* WRONG when a winner is not right any more (with `fix`: and could not be replaced). */
enum hone_status verify_store(const char *path, const struct verify_store_options *options,
                              struct hone_error *err);

#endif
