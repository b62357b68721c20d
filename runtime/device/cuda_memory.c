/* SPDX-License-Identifier: MIT */
/* Memory of a GPU, and copies to and from it: everything in the order of the handle's stream. */
#include <string.h>

#include "runtime/device/cuda_internal.h"
#include "runtime/device/memory.h"

enum {
    STEP = 256,              /* copies begin at multiples of it in the staging memory */
    SMALL_BYTES = 64 << 10,  /* a download that is not worth cutting into pieces */
    PINNED_BYTES = 64 << 20, /* more than this of one buffer is not taken from the system */
};

static uint64_t address_of(const void *memory)
{
    return (uintptr_t)memory;
}

/* ---- device memory ---- */

static enum hone_status no_memory(struct hone_device *device, size_t n_bytes,
                                  struct hone_error *err)
{
    const struct hone_cuda_found *found = &device->found;
    size_t n_free = 0, total = 0;
    found->api.cuMemGetInfo_v2(&n_free, &total);
    return hone_fail(err, HONE_ERR_NO_MEMORY,
                     "cuda: device %d (%s): no memory for %zu bytes: %zu of %zu are free",
                     found->index, found->name, n_bytes, n_free, total);
}

static enum hone_status alloc_inside(struct hone_device *device, size_t n_bytes, void **out_memory,
                                     struct hone_error *err)
{
    size_t wanted = n_bytes ? n_bytes : 1;
    uint64_t address = 0;
    int result = device->found.api.cuMemAlloc_v2(&address, wanted);
    if (result == CUDA_ERROR_OUT_OF_MEMORY) return no_memory(device, n_bytes, err);
    if (result != 0) return hone_cuda_failed(device, result, "cuMemAlloc_v2", err);
    result = device->found.api.cuMemsetD8Async(address, 0, wanted, device->stream);
    if (result != 0) {
        device->found.api.cuMemFree_v2(address);
        return hone_cuda_failed(device, result, "cuMemsetD8Async", err);
    }
    *out_memory = (void *)(uintptr_t)address;
    return HONE_OK;
}

enum hone_status hone_cuda_alloc(struct hone_device *device, size_t n_bytes, void **out_memory,
                                 struct hone_error *err)
{
    *out_memory = NULL;
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status = alloc_inside(device, n_bytes, out_memory, err);
    hone_cuda_leave(device);
    return status;
}

/* What was asked of the memory is done first. */
void hone_cuda_free(struct hone_device *device, void *memory, size_t n_bytes)
{
    (void)n_bytes;
    if (!memory || !hone_cuda_enter_to_free(device)) return;
    hone_cuda_wait(device, NULL);
    device->found.api.cuMemFree_v2(address_of(memory));
    hone_cuda_leave(device);
}

/* ---- pinned host memory ---- */

static struct hone_cuda_pinned *find_pinned(struct hone_device *device, const void *memory,
                                            size_t n_bytes)
{
    uintptr_t at = (uintptr_t)memory;
    for (int i = 0; i < HONE_CUDA_PINNED; i++) {
        struct hone_cuda_pinned *pinned = &device->pinned[i];
        uintptr_t first = (uintptr_t)pinned->memory;
        if (pinned->memory && at >= first && at - first <= pinned->n_bytes &&
            n_bytes <= pinned->n_bytes - (at - first))
            return pinned;
    }
    return NULL;
}

/* False where the system does not give that much. */
static bool pin(struct hone_device *device, size_t n_bytes, void **out_memory)
{
    struct hone_cuda_pinned *free_row = NULL;
    for (int i = 0; i < HONE_CUDA_PINNED && !free_row; i++)
        if (!device->pinned[i].memory) free_row = &device->pinned[i];
    if (!free_row || n_bytes == 0 || n_bytes > PINNED_BYTES) return false;
    if (device->found.api.cuMemHostAlloc(out_memory, n_bytes, CUDA_HOST_PORTABLE) != 0)
        return false;
    memset(*out_memory, 0, n_bytes);
    *free_row = (struct hone_cuda_pinned){*out_memory, n_bytes};
    return true;
}

enum hone_status hone_cuda_alloc_host(struct hone_device *device, size_t n_bytes, void **out_memory,
                                      struct hone_error *err)
{
    *out_memory = NULL;
    HONE_TRY(hone_cuda_enter(device, err));
    bool is_pinned = pin(device, n_bytes, out_memory);
    hone_cuda_leave(device);
    return is_pinned ? HONE_OK : hone_memory_map(n_bytes, 0, out_memory, err);
}

void hone_cuda_free_host(struct hone_device *device, void *memory, size_t n_bytes)
{
    if (!memory) return;
    struct hone_cuda_pinned *pinned = n_bytes ? find_pinned(device, memory, n_bytes) : NULL;
    if (!pinned) {
        hone_memory_unmap(memory, n_bytes);
        return;
    }
    *pinned = (struct hone_cuda_pinned){0};
    if (!hone_cuda_enter_to_free(device)) return;
    hone_cuda_wait(device, NULL);
    device->found.api.cuMemFreeHost(memory);
    hone_cuda_leave(device);
}

/* ---- staging memory ---- */

enum hone_status hone_cuda_staging_open(struct hone_device *device, struct hone_error *err)
{
    struct hone_cuda_staging *staging = &device->staging;
    void *memory = NULL;
    CUDA_TRY(device, cuMemHostAlloc, (&memory, 2 * HONE_CUDA_HALF_BYTES, CUDA_HOST_PORTABLE), err);
    staging->memory = memory;
    for (int i = 0; i < 2; i++)
        CUDA_TRY(device, cuEventCreate, (&staging->done[i], CUDA_EVENT_NO_TIMING), err);
    return HONE_OK;
}

void hone_cuda_staging_close(struct hone_device *device)
{
    struct hone_cuda_staging *staging = &device->staging;
    for (int i = 0; i < 2; i++)
        if (staging->done[i]) device->found.api.cuEventDestroy_v2(staging->done[i]);
    if (staging->memory) device->found.api.cuMemFreeHost(staging->memory);
    *staging = (struct hone_cuda_staging){0};
}

/* Turns to the other half once its copies are done; those of this one go on. */
static enum hone_status turn(struct hone_device *device, struct hone_error *err)
{
    struct hone_cuda_staging *staging = &device->staging;
    CUDA_TRY(device, cuEventRecord, (staging->done[staging->now], device->stream), err);
    staging->is_busy[staging->now] = true;
    staging->now ^= 1;
    if (staging->is_busy[staging->now])
        CUDA_TRY(device, cuEventSynchronize, (staging->done[staging->now]), err);
    staging->is_busy[staging->now] = false;
    staging->used = 0;
    return HONE_OK;
}

static enum hone_status upload_staged(struct hone_device *device, uint64_t to, const uint8_t *from,
                                      size_t n_bytes, struct hone_error *err)
{
    struct hone_cuda_staging *staging = &device->staging;
    while (n_bytes > 0) {
        if (staging->used == HONE_CUDA_HALF_BYTES) HONE_TRY(turn(device, err));
        size_t room = HONE_CUDA_HALF_BYTES - staging->used;
        size_t take = n_bytes < room ? n_bytes : room;
        uint8_t *at = staging->memory + staging->now * (size_t)HONE_CUDA_HALF_BYTES + staging->used;
        memcpy(at, from, take);
        CUDA_TRY(device, cuMemcpyHtoDAsync_v2, (to, at, take, device->stream), err);
        staging->used += (take + STEP - 1) / STEP * STEP;
        to += take, from += take, n_bytes -= take;
    }
    return HONE_OK;
}

static enum hone_status upload_pinned(struct hone_device *device, uint64_t to, const void *from,
                                      size_t n_bytes, struct hone_error *err)
{
    CUDA_TRY(device, cuMemcpyHtoDAsync_v2, (to, from, n_bytes, device->stream), err);
    return HONE_OK;
}

enum hone_status hone_cuda_upload(struct hone_device *device, void *to, const void *from,
                                  size_t n_bytes, struct hone_error *err)
{
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status = HONE_OK;
    if (n_bytes > 0)
        status = find_pinned(device, from, n_bytes)
                     ? upload_pinned(device, address_of(to), from, n_bytes, err)
                     : upload_staged(device, address_of(to), from, n_bytes, err);
    hone_cuda_leave(device);
    return status;
}

/* ---- downloads ---- */

struct piece {
    uint8_t *to;
    uint64_t from;
    size_t n_bytes;
    unsigned half;
};

/* Uploads may still be reading the half: the stream's order keeps this copy behind them. */
static enum hone_status begin_piece(struct hone_device *device, const struct piece *piece,
                                    struct hone_error *err)
{
    struct hone_cuda_staging *staging = &device->staging;
    CUDA_TRY(device, cuMemcpyDtoHAsync_v2,
             (staging->memory + piece->half * (size_t)HONE_CUDA_HALF_BYTES, piece->from,
              piece->n_bytes, device->stream),
             err);
    CUDA_TRY(device, cuEventRecord, (staging->done[piece->half], device->stream), err);
    return HONE_OK;
}

static enum hone_status end_piece(struct hone_device *device, const struct piece *piece,
                                  struct hone_error *err)
{
    const struct hone_cuda_staging *staging = &device->staging;
    CUDA_TRY(device, cuEventSynchronize, (staging->done[piece->half]), err);
    memcpy(piece->to, staging->memory + piece->half * (size_t)HONE_CUDA_HALF_BYTES, piece->n_bytes);
    return HONE_OK;
}

/* Quarters, so that most of the copying on the host hides behind the bus. */
static size_t piece_bytes(size_t n_bytes)
{
    size_t quarter = (n_bytes / 4 + STEP - 1) / STEP * STEP;
    if (quarter < SMALL_BYTES) return SMALL_BYTES;
    return quarter < HONE_CUDA_HALF_BYTES ? quarter : HONE_CUDA_HALF_BYTES;
}

static enum hone_status download_staged(struct hone_device *device, uint8_t *to, uint64_t from,
                                        size_t n_bytes, struct hone_error *err)
{
    size_t most = piece_bytes(n_bytes), at = 0;
    struct piece before = {0};
    for (unsigned half = 0; at < n_bytes; half ^= 1) {
        size_t take = n_bytes - at < most ? n_bytes - at : most;
        struct piece piece = {to + at, from + at, take, half};
        HONE_TRY(begin_piece(device, &piece, err));
        if (before.n_bytes) HONE_TRY(end_piece(device, &before, err));
        before = piece;
        at += take;
    }
    HONE_TRY(end_piece(device, &before, err));
    return hone_cuda_wait(device, err);
}

static enum hone_status download_pinned(struct hone_device *device, void *to, uint64_t from,
                                        size_t n_bytes, struct hone_error *err)
{
    CUDA_TRY(device, cuMemcpyDtoHAsync_v2, (to, from, n_bytes, device->stream), err);
    return hone_cuda_wait(device, err);
}

/* Of no bytes as well: then it only waits. */
enum hone_status hone_cuda_download(struct hone_device *device, void *to, const void *from,
                                    size_t n_bytes, struct hone_error *err)
{
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status;
    if (n_bytes == 0)
        status = hone_cuda_wait(device, err);
    else if (find_pinned(device, to, n_bytes))
        status = download_pinned(device, to, address_of(from), n_bytes, err);
    else
        status = download_staged(device, to, address_of(from), n_bytes, err);
    hone_cuda_leave(device);
    return status;
}
