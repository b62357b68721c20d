/* SPDX-License-Identifier: MIT */
/* The code of a plan for GPUs: every kernel is an image, and every step has the bytes it takes. */
#ifndef HONE_PACKAGE_IMAGES_H
#define HONE_PACKAGE_IMAGES_H

#include <stdbool.h>

#include "runtime/base/target.h"
#include "runtime/package/plan.h"

/* Kernels for this target are images (runtime/device/gpu_image.h). */
bool hone_target_has_images(const struct hone_target *target);

/* `plan` has been read against a CODE section of n_bytes. */
enum hone_status hone_plan_check_images(const char *file, const struct hone_plan *plan,
                                        const uint8_t *code, uint64_t n_bytes,
                                        struct hone_error *err);

#endif
