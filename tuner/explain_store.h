/* SPDX-License-Identifier: MIT */
/* Winners of a store against the ceilings; with the model, by their share of its time. */
#ifndef HONE_TUNER_EXPLAIN_STORE_H
#define HONE_TUNER_EXPLAIN_STORE_H

#include "codegen/graph/workload.h"
#include "codegen/kernel.h"
#include "tuner/explain.h"

struct explain_store_options {
    const char *path, *model; /* model NULL: all winners, the slowest first */
    struct hone_kernels *kernels;
    struct hone_workload_options workload;
};

/* Threads that a device's trials, or the winners, were timed with. NOT_FOUND: there are none.
 * UNSUPPORTED: on another machine, whose ceilings nobody knows here. */
enum hone_status explain_device_threads(const char *path, const char *device, uint32_t *out_threads,
                                        struct hone_error *err);
enum hone_status explain_store_threads(const char *path, uint32_t *out_threads,
                                       struct hone_error *err);

enum hone_status explain_store(const struct explain_store_options *options,
                               struct explain_report *report, struct hone_error *err);

/* Bytes that pass by in a trial until the same weights are read again: they are in no cache. */
#define EXPLAIN_COLD 1e15
/* What a trial of the problem computes and touches. */
void explain_store_work(const struct hone_problem *problem, struct work *out_work);

#endif
