/* SPDX-License-Identifier: MIT */
/* What the files of the CUDA device share. */
#ifndef HONE_DEVICE_CUDA_INTERNAL_H
#define HONE_DEVICE_CUDA_INTERNAL_H

#include <stdbool.h>

#include "runtime/device/cuda_api.h"
#include "runtime/device/device.h"

/* The device that HONE_CUDA_DEVICE chooses, looked at and not used yet. */
struct hone_cuda_found {
    struct hone_cuda_api api;
    int index, handle; /* its number for people, and the driver's */
    uint32_t major, minor;
    char name[64];
};

/* Opens the driver and finds the device; HONE_ERR_TARGET with the reason when there is none. Give
 * back with hone_late_close(&found->api.library). */
enum hone_status hone_cuda_find(struct hone_cuda_found *out_found, struct hone_error *err);
/* The target text's architecture of the device found. */
enum hone_status hone_cuda_target(const struct hone_cuda_found *found,
                                  struct hone_target *out_target, struct hone_error *err);
enum hone_status hone_cuda_facts(struct hone_device_facts *out_facts, struct hone_error *err);

/* Pinned memory on the way between host and device: two halves, so that one is filled while the
 * other is copied. Bytes [0, used) of half `now` are in use by copies not known to be done. */
enum { HONE_CUDA_HALF_BYTES = 4 << 20 };
struct hone_cuda_staging {
    uint8_t *memory; /* 2 * HONE_CUDA_HALF_BYTES */
    size_t used;
    unsigned now;
    bool is_busy[2]; /* `done` was recorded and not yet waited for */
    struct cuda_event *done[2];
};

/* Host memory that the device itself can read and write. */
enum { HONE_CUDA_PINNED = 8 };
struct hone_cuda_pinned {
    const uint8_t *memory;
    size_t n_bytes;
};

struct hone_cuda_graph; /* cuda_graph.c */

struct hone_device {
    struct hone_cuda_found found;
    struct hone_target target;
    uint32_t block_shared_bytes; /* the most that a block may have */
    struct cuda_context *context;
    struct cuda_stream *stream;
    struct cuda_event *begin, *end; /* of a run */
    double busy_ns;                 /* sum over the runs */
    struct hone_cuda_staging staging;
    struct hone_cuda_pinned pinned[HONE_CUDA_PINNED];
    struct hone_cuda_graph *graphs; /* the one used last comes first */
    size_t n_graphs;
    struct cuda_event **marks; /* [n_marks] between launches that are profiled */
    size_t n_marks;
    int lost; /* the result that lost the context; 0: it is well */
};

struct hone_cuda_kernel {
    uint64_t offset; /* of its image in the code */
    struct cuda_module *module;
    struct cuda_function *function;
    uint32_t block_threads, shared_bytes, cluster_blocks, args_bytes;
};

struct hone_module {
    size_t n_kernels;
    struct hone_cuda_kernel kernels[]; /* offsets ascend */
};

/* The kernel whose image lies at `entry`, NULL when there is none. */
const struct hone_cuda_kernel *hone_cuda_kernel_at(const struct hone_module *module,
                                                   uint64_t entry);

/* Every call of the vtable is between these two: the context is this thread's in between. enter
 * fails, and must not be left, when the device is lost; what only gives back goes in by the other
 * door, as far as the driver still does it. */
enum hone_status hone_cuda_enter(struct hone_device *device, struct hone_error *err);
bool hone_cuda_enter_to_free(struct hone_device *device);
void hone_cuda_leave(struct hone_device *device);

/* A driver's result as a status; `call` names the function. The second also notes a lost device. */
enum hone_status hone_cuda_refused(const struct hone_cuda_api *api, int result, const char *call,
                                   struct hone_error *err);
enum hone_status hone_cuda_failed(struct hone_device *device, int result, const char *call,
                                  struct hone_error *err);

#define CUDA_TRY(device, function, arguments, err)                                                 \
    do {                                                                                           \
        int cuda_try_result_ = (device)->found.api.function arguments;                             \
        if (cuda_try_result_ != 0)                                                                 \
            return hone_cuda_failed(device, cuda_try_result_, #function, err);                     \
    } while (0)

/* Waits for all that was asked of the device. */
enum hone_status hone_cuda_wait(struct hone_device *device, struct hone_error *err);

/* cuda_memory.c: of the vtable, and the staging memory. */
enum hone_status hone_cuda_staging_open(struct hone_device *device, struct hone_error *err);
void hone_cuda_staging_close(struct hone_device *device);
enum hone_status hone_cuda_alloc(struct hone_device *device, size_t n_bytes, void **out_memory,
                                 struct hone_error *err);
void hone_cuda_free(struct hone_device *device, void *memory, size_t n_bytes);
enum hone_status hone_cuda_upload(struct hone_device *device, void *to, const void *from,
                                  size_t n_bytes, struct hone_error *err);
enum hone_status hone_cuda_download(struct hone_device *device, void *to, const void *from,
                                    size_t n_bytes, struct hone_error *err);
enum hone_status hone_cuda_alloc_host(struct hone_device *device, size_t n_bytes, void **out_memory,
                                      struct hone_error *err);
void hone_cuda_free_host(struct hone_device *device, void *memory, size_t n_bytes);

/* cuda_module.c: of the vtable. */
enum hone_status hone_cuda_load(struct hone_device *device, const void *code, size_t n_bytes,
                                int fd, uint64_t file_offset, struct hone_module **out_module,
                                struct hone_error *err);
void hone_cuda_unload(struct hone_device *device, struct hone_module *module);

/* cuda_graph.c: of the vtable; forgetting graphs, those of one module or (NULL) all. */
enum hone_status hone_cuda_run(struct hone_device *device, const struct hone_launch *launches,
                               size_t n_launches, uint64_t *out_ns, struct hone_error *err);
enum hone_status hone_cuda_prepare(struct hone_device *device, const struct hone_launch *launches,
                                   size_t n_launches, struct hone_error *err);
void hone_cuda_forget(struct hone_device *device, const struct hone_module *module);

#endif
