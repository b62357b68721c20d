/* SPDX-License-Identifier: MIT */
/* A device takes as many bytes of a step's arguments as the image says: they must be there. */
#include "runtime/package/images.h"

#include <string.h>

#include "runtime/device/gpu_image.h"

bool hone_target_has_images(const struct hone_target *target)
{
    static const char *const families[] = {"cuda", "hip"};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(target->family, families[i]) == 0) return true;
    return false;
}

static const char *name_of(const struct hone_plan *plan, uint32_t name_offset)
{
    return plan->names + name_offset;
}

static enum hone_status check_kernels(const char *file, const struct hone_plan *plan,
                                      const uint8_t *code, uint64_t n_bytes, struct hone_error *err)
{
    for (uint32_t i = 0; i < plan->header->n_kernels; i++) {
        const struct hone_plan_kernel *k = &plan->kernels[i];
        struct hone_gpu_image image;
        if (k->code_offset != k->blob_offset)
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: plan: kernel %u has its entry inside its image", file, i);
        /* Images begin at multiples of 4096, where devices look for them: none is inside another.
         */
        enum hone_status status = hone_gpu_image_read(
            code + k->blob_offset, (size_t)(n_bytes - k->blob_offset), &image, err);
        if (status != HONE_OK) return hone_fail_in(err, status, "%s: kernel %u", file, i);
        if (image.n_bytes != k->code_bytes)
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: plan: kernel %u has %llu bytes, its image %llu", file, i,
                             (unsigned long long)k->code_bytes, (unsigned long long)image.n_bytes);
    }
    return HONE_OK;
}

static enum hone_status check_steps(const char *file, const struct hone_plan *plan,
                                    const uint8_t *code, struct hone_error *err)
{
    for (uint32_t i = 0; i < plan->header->n_steps; i++) {
        const struct hone_plan_step *step = &plan->steps[i];
        struct hone_gpu_image image;
        memcpy(&image, code + plan->kernels[step->kernel].blob_offset, sizeof image);
        if (step->args_bytes < image.args_bytes)
            return hone_fail(
                err, HONE_ERR_FORMAT,
                "%s: plan: step %u '%.64s' has %u bytes of arguments, its kernel takes "
                "%u",
                file, i, name_of(plan, step->name_offset), step->args_bytes, image.args_bytes);
    }
    return HONE_OK;
}

enum hone_status hone_plan_check_images(const char *file, const struct hone_plan *plan,
                                        const uint8_t *code, uint64_t n_bytes,
                                        struct hone_error *err)
{
    HONE_TRY(check_kernels(file, plan, code, n_bytes, err));
    return check_steps(file, plan, code, err);
}
