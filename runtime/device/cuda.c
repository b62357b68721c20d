/* SPDX-License-Identifier: MIT */
/* NVIDIA GPUs as devices: the vtable, opening and closing.
 *
 * A handle is a stream of the device's primary context, so memory and code are the process's and
 * a program that uses CUDA itself shares them. The context is made current for the time of a call
 * and the caller's is put back. */
#include <stdlib.h>
#include <string.h>

#include "runtime/device/cuda_internal.h"

static enum hone_status detect(struct hone_target *out_target, struct hone_error *err)
{
    struct hone_cuda_found found;
    *out_target = (struct hone_target){0};
    HONE_TRY(hone_cuda_find(&found, err));
    enum hone_status status = hone_cuda_target(&found, out_target, err);
    hone_late_close(&found.api.library);
    return status;
}

enum hone_status hone_cuda_wait(struct hone_device *device, struct hone_error *err)
{
    CUDA_TRY(device, cuStreamSynchronize, (device->stream), err);
    device->staging.used = 0;
    device->staging.is_busy[0] = device->staging.is_busy[1] = false;
    return HONE_OK;
}

static void close_inside(struct hone_device *device)
{
    const struct hone_cuda_api *api = &device->found.api;
    if (device->stream) api->cuStreamSynchronize(device->stream);
    hone_cuda_forget(device, NULL);
    hone_cuda_staging_close(device);
    for (size_t i = 0; i < device->n_marks; i++) api->cuEventDestroy_v2(device->marks[i]);
    if (device->begin) api->cuEventDestroy_v2(device->begin);
    if (device->end) api->cuEventDestroy_v2(device->end);
    if (device->stream) api->cuStreamDestroy_v2(device->stream);
}

/* A lost device is closed like any other: the driver refuses, and nobody asks it. */
static void device_close(struct hone_device *device)
{
    if (!device) return;
    const struct hone_cuda_api *api = &device->found.api;
    if (device->context) {
        api->cuCtxPushCurrent_v2(device->context);
        close_inside(device);
        hone_cuda_leave(device);
        api->cuDevicePrimaryCtxRelease_v2(device->found.handle);
    }
    hone_late_close(&device->found.api.library);
    free(device->marks);
    free(device);
}

static enum hone_status open_inside(struct hone_device *device, struct hone_error *err)
{
    int most = 0;
    CUDA_TRY(device, cuDeviceGetAttribute, (&most, CUDA_BLOCK_SHARED_BYTES, device->found.handle),
             err);
    device->block_shared_bytes = (uint32_t)most;
    CUDA_TRY(device, cuStreamCreate, (&device->stream, CUDA_STREAM_NON_BLOCKING), err);
    CUDA_TRY(device, cuEventCreate, (&device->begin, 0), err);
    CUDA_TRY(device, cuEventCreate, (&device->end, 0), err);
    return hone_cuda_staging_open(device, err);
}

static enum hone_status open_found(struct hone_device *device, struct hone_error *err)
{
    HONE_TRY(hone_cuda_find(&device->found, err));
    HONE_TRY(hone_cuda_target(&device->found, &device->target, err));
    CUDA_TRY(device, cuDevicePrimaryCtxRetain, (&device->context, device->found.handle), err);
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status = open_inside(device, err);
    hone_cuda_leave(device);
    return status;
}

/* Threads, scratch and huge pages are a CPU's matters. */
static enum hone_status device_open(const struct hone_device_options *options,
                                    struct hone_device **out_device, struct hone_error *err)
{
    *out_device = NULL;
    if (options && options->struct_size == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cuda: options without struct_size");
    struct hone_device *device = calloc(1, sizeof *device);
    if (!device) return hone_fail(err, HONE_ERR_NO_MEMORY, "cuda: no memory for a device");
    enum hone_status status = open_found(device, err);
    if (status != HONE_OK) {
        device_close(device);
        return status;
    }
    *out_device = device;
    return HONE_OK;
}

static uint32_t n_workers(const struct hone_device *device)
{
    (void)device;
    return 1;
}

static uint32_t n_workers_default(void)
{
    return 1;
}

static uint64_t clock_ns(const struct hone_device *device)
{
    return (uint64_t)device->busy_ns;
}

const struct hone_device_vtable hone_device_cuda = {
    .name = "cuda",
    .upload_gap_bytes = 32 << 10, /* what a bus carries while one more copy is asked for */
    .detect = detect,
    .open = device_open,
    .close = device_close,
    .load = hone_cuda_load,
    .unload = hone_cuda_unload,
    .alloc = hone_cuda_alloc,
    .free = hone_cuda_free,
    .upload = hone_cuda_upload,
    .download = hone_cuda_download,
    .run = hone_cuda_run,
    .n_workers = n_workers,
    .n_workers_default = n_workers_default,
    .clock_ns = clock_ns,
    .prepare = hone_cuda_prepare,
    .alloc_host = hone_cuda_alloc_host,
    .free_host = hone_cuda_free_host,
    .facts = hone_cuda_facts,
};
