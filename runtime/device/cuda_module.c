/* SPDX-License-Identifier: MIT */
/* Code for a GPU: the images of a section, each a module of the driver's with one kernel. */
#include <stdlib.h>
#include <string.h>

#include "runtime/device/cuda_internal.h"
#include "runtime/device/gpu_image.h"

const struct hone_cuda_kernel *hone_cuda_kernel_at(const struct hone_module *module, uint64_t entry)
{
    size_t low = 0, high = module->n_kernels;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (module->kernels[middle].offset < entry)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < module->n_kernels && module->kernels[low].offset == entry;
    return is_there ? &module->kernels[low] : NULL;
}

static enum hone_status count_images(const void *code, size_t n_bytes, size_t *out_count,
                                     struct hone_error *err)
{
    struct hone_gpu_image image;
    bool found = true;
    *out_count = 0;
    for (uint64_t at = 0; found; at += image.n_bytes) {
        HONE_TRY(hone_gpu_image_next(code, n_bytes, &at, &image, &found, err));
        *out_count += found;
    }
    if (*out_count > 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_FORMAT, "cuda: %zu bytes of code hold no kernel's image",
                     n_bytes);
}

static enum hone_status check_arch(const struct hone_device *device,
                                   const struct hone_gpu_image *image, struct hone_error *err)
{
    struct hone_target needed = {.family = "cuda"};
    memcpy(needed.arch, image->arch, sizeof needed.arch);
    if (hone_target_runs(&device->target, &needed)) return HONE_OK;
    return hone_fail(err, HONE_ERR_TARGET, "cuda: a kernel is for %s, device %d (%s) is %s",
                     image->arch, device->found.index, device->found.name, device->target.arch);
}

/* More shared memory than 48 KiB, and clusters of more than 8 blocks, must be asked for. */
static enum hone_status opt_in(struct hone_device *device, const struct hone_gpu_image *image,
                               const struct hone_cuda_kernel *kernel, struct hone_error *err)
{
    int most_threads = 0;
    CUDA_TRY(device, cuFuncGetAttribute,
             (&most_threads, CUDA_FUNCTION_BLOCK_THREADS, kernel->function), err);
    if ((uint32_t)most_threads < image->block_threads)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "cuda: %s: blocks of %u threads, device %d (%s) runs it with at most %d",
                         image->entry, image->block_threads, device->found.index,
                         device->found.name, most_threads);
    if (image->shared_bytes > device->block_shared_bytes)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "cuda: %s: blocks of %u bytes of shared memory, device %d (%s) has %u",
                         image->entry, image->shared_bytes, device->found.index, device->found.name,
                         device->block_shared_bytes);
    if (image->shared_bytes > 0)
        CUDA_TRY(device, cuFuncSetAttribute,
                 (kernel->function, CUDA_FUNCTION_SHARED_BYTES, (int)image->shared_bytes), err);
    if (image->cluster_blocks > 8)
        CUDA_TRY(device, cuFuncSetAttribute, (kernel->function, CUDA_FUNCTION_LARGE_CLUSTERS, 1),
                 err);
    return HONE_OK;
}

static enum hone_status load_image(struct hone_device *device, const uint8_t *code,
                                   const struct hone_gpu_image *image,
                                   struct hone_cuda_kernel *kernel, struct hone_error *err)
{
    kernel->block_threads = image->block_threads;
    kernel->shared_bytes = image->shared_bytes;
    kernel->cluster_blocks = image->cluster_blocks;
    kernel->args_bytes = image->args_bytes;
    HONE_TRY(check_arch(device, image, err));
    CUDA_TRY(device, cuModuleLoadData,
             (&kernel->module, code + kernel->offset + image->code_offset), err);
    CUDA_TRY(device, cuModuleGetFunction, (&kernel->function, kernel->module, image->entry), err);
    return opt_in(device, image, kernel, err);
}

static enum hone_status load_all(struct hone_device *device, const void *code, size_t n_bytes,
                                 struct hone_module *module, struct hone_error *err)
{
    struct hone_gpu_image image;
    bool found = true;
    for (uint64_t at = 0; found; at += image.n_bytes) {
        HONE_TRY(hone_gpu_image_next(code, n_bytes, &at, &image, &found, err));
        if (!found) break;
        struct hone_cuda_kernel *kernel = &module->kernels[module->n_kernels++];
        kernel->offset = at;
        enum hone_status status = load_image(device, code, &image, kernel, err);
        if (status != HONE_OK)
            return hone_fail_in(err, status, "code at %llu", (unsigned long long)at);
    }
    return HONE_OK;
}

static void unload_inside(struct hone_device *device, struct hone_module *module)
{
    hone_cuda_wait(device, NULL);
    hone_cuda_forget(device, module);
    for (size_t i = 0; i < module->n_kernels; i++)
        if (module->kernels[i].module) device->found.api.cuModuleUnload(module->kernels[i].module);
}

void hone_cuda_unload(struct hone_device *device, struct hone_module *module)
{
    if (!module) return;
    if (hone_cuda_enter_to_free(device)) {
        unload_inside(device, module);
        hone_cuda_leave(device);
    }
    free(module);
}

enum hone_status hone_cuda_load(struct hone_device *device, const void *code, size_t n_bytes,
                                int fd, uint64_t file_offset, struct hone_module **out_module,
                                struct hone_error *err)
{
    (void)fd, (void)file_offset;
    *out_module = NULL;
    size_t count;
    HONE_TRY(count_images(code, n_bytes, &count, err));
    struct hone_module *module = calloc(1, sizeof *module + count * sizeof *module->kernels);
    if (!module) return hone_fail(err, HONE_ERR_NO_MEMORY, "cuda: no memory for a module");
    enum hone_status status = hone_cuda_enter(device, err);
    if (status == HONE_OK) {
        status = load_all(device, code, n_bytes, module, err);
        hone_cuda_leave(device);
    }
    if (status != HONE_OK) {
        hone_cuda_unload(device, module);
        return status;
    }
    *out_module = module;
    return HONE_OK;
}
