/* SPDX-License-Identifier: MIT */
/* An open package together with the device it runs on. */
#ifndef HONE_PLAN_MODEL_H
#define HONE_PLAN_MODEL_H

#include "runtime/device/device.h"
#include "runtime/package/package.h"
#include "runtime/plan/weights.h"

struct hone_model {
    struct hone_package package;
    struct hone_weights_memory weights;
    const struct hone_device_vtable *device;
    char target[HONE_TARGET_TEXT_BYTES]; /* of the plan that was chosen */
};

/* Picks the plan to run and its device. `family`: NULL for the environment's or the best. */
enum hone_status hone_model_choose(struct hone_model *model, const char *family,
                                   struct hone_error *err);

#endif
