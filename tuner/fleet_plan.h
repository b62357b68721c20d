/* SPDX-License-Identifier: MIT */
/* A plan for many machines: which models are tuned for which kinds of device, in how many parts. */
#ifndef HONE_TUNER_FLEET_PLAN_H
#define HONE_TUNER_FLEET_PLAN_H

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { FLEET_MOST_DEVICES = 64, FLEET_MOST_MODELS = 64, FLEET_MOST_SHARDS = 9999 };

/* Texts are "" where the plan does not say. */
struct fleet_device {
    const char *name;
    uint32_t shards, max_running, threads; /* 0: not said */
    const char *partition, *gres, *constraint, *time, *budget, *target, *runner;
};

struct fleet_plan {
    const char *name, *output, *budget, *time, *merge_partition;
    const char *models[FLEET_MOST_MODELS];
    const char *options[64]; /* of every tune */
    size_t n_models, n_options;
    struct fleet_device devices[FLEET_MOST_DEVICES];
    size_t n_devices;
};

/* Relative paths count from the plan's folder. NOT_FOUND, IO; FORMAT with the place. */
enum hone_status fleet_plan_read(const char *path, struct hone_arena *arena,
                                 struct fleet_plan *out_plan, struct hone_error *err);

#endif
