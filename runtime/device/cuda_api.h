/* SPDX-License-Identifier: MIT */
/* The functions of the CUDA driver that we call, declared here so that no toolkit is needed to
 * build, and opened late so that no driver is needed to start.
 *
 * Names with _v2 are the driver's own for the functions that programs call without it. All return a
 * CUresult, 0 for success. */
#ifndef HONE_DEVICE_CUDA_API_H
#define HONE_DEVICE_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/late.h"

/* The oldest driver that has all of them (CUDA 11.6, driver 510). */
enum { HONE_CUDA_OLDEST = 11060 };

enum hone_cuda_attribute { /* CUdevice_attribute */
                           CUDA_CLOCK_KHZ = 13,
                           CUDA_N_SMS = 16,
                           CUDA_MEMORY_CLOCK_KHZ = 36,
                           CUDA_MEMORY_BUS_BITS = 37,
                           CUDA_L2_BYTES = 38,
                           CUDA_SM_THREADS = 39,
                           CUDA_CC_MAJOR = 75,
                           CUDA_CC_MINOR = 76,
                           CUDA_SM_SHARED_BYTES = 81,
                           CUDA_SM_REGISTERS = 82,
                           CUDA_BLOCK_SHARED_BYTES = 97, /* the most a block may opt in to */
                           CUDA_SM_BLOCKS = 106,
};

enum hone_cuda_function_attribute { /* CUfunction_attribute */
                                    CUDA_FUNCTION_BLOCK_THREADS = 0,
                                    CUDA_FUNCTION_SHARED_BYTES =
                                        8, /* dynamic, the most a launch may ask for */
                                    CUDA_FUNCTION_LARGE_CLUSTERS = 14,
};

enum { CUDA_STREAM_NON_BLOCKING = 1, CUDA_EVENT_NO_TIMING = 2, CUDA_HOST_PORTABLE = 1 };

enum { /* CUresult, those that are more than an error to us */
       CUDA_ERROR_OUT_OF_MEMORY = 2,
       CUDA_ERROR_NO_DEVICE = 100,
};

struct cuda_context;
struct cuda_event;
struct cuda_function;
struct cuda_graph;
struct cuda_graph_exec;
struct cuda_graph_node;
struct cuda_module;
struct cuda_stream;

struct cuda_kernel_node { /* CUDA_KERNEL_NODE_PARAMS, first version */
    struct cuda_function *function;
    unsigned grid[3], block[3], shared_bytes;
    void **parameters, **extra;
};

/* clang-format off */
#define HONE_CUDA_FUNCTIONS(X)                                                                     \
    X(cuInit, (unsigned flags))                                                                    \
    X(cuDriverGetVersion, (int *))                                                                 \
    X(cuGetErrorName, (int result, const char **))                                                 \
    X(cuDeviceGetCount, (int *))                                                                   \
    X(cuDeviceGet, (int *out_device, int index))                                                   \
    X(cuDeviceGetName, (char *, int n_bytes, int device))                                          \
    X(cuDeviceGetUuid_v2, (uint8_t *out_bytes16, int device))                                      \
    X(cuDeviceTotalMem_v2, (size_t *, int device))                                                 \
    X(cuDeviceGetAttribute, (int *, int attribute, int device))                                    \
    X(cuDevicePrimaryCtxRetain, (struct cuda_context **, int device))                              \
    X(cuDevicePrimaryCtxRelease_v2, (int device))                                                  \
    X(cuCtxPushCurrent_v2, (struct cuda_context *))                                                \
    X(cuCtxPopCurrent_v2, (struct cuda_context **))                                                \
    X(cuMemGetInfo_v2, (size_t *out_free, size_t *out_total))                                      \
    X(cuMemAlloc_v2, (uint64_t *, size_t))                                                         \
    X(cuMemFree_v2, (uint64_t))                                                                    \
    X(cuMemHostAlloc, (void **, size_t, unsigned flags))                                           \
    X(cuMemFreeHost, (void *))                                                                     \
    X(cuMemcpyHtoDAsync_v2, (uint64_t to, const void *from, size_t, struct cuda_stream *))         \
    X(cuMemcpyDtoHAsync_v2, (void *to, uint64_t from, size_t, struct cuda_stream *))               \
    X(cuMemsetD8Async, (uint64_t to, unsigned char, size_t, struct cuda_stream *))                 \
    X(cuStreamCreate, (struct cuda_stream **, unsigned flags))                                     \
    X(cuStreamDestroy_v2, (struct cuda_stream *))                                                  \
    X(cuStreamSynchronize, (struct cuda_stream *))                                                 \
    X(cuEventCreate, (struct cuda_event **, unsigned flags))                                       \
    X(cuEventDestroy_v2, (struct cuda_event *))                                                    \
    X(cuEventRecord, (struct cuda_event *, struct cuda_stream *))                                  \
    X(cuEventSynchronize, (struct cuda_event *))                                                   \
    X(cuEventElapsedTime, (float *out_ms, struct cuda_event *from, struct cuda_event *to))         \
    X(cuModuleLoadData, (struct cuda_module **, const void *image))                                \
    X(cuModuleUnload, (struct cuda_module *))                                                      \
    X(cuModuleGetFunction, (struct cuda_function **, struct cuda_module *, const char *name))      \
    X(cuFuncGetAttribute, (int *, int attribute, struct cuda_function *))                          \
    X(cuFuncSetAttribute, (struct cuda_function *, int attribute, int value))                      \
    X(cuLaunchKernel, (struct cuda_function *, unsigned grid_x, unsigned grid_y, unsigned grid_z,  \
                       unsigned block_x, unsigned block_y, unsigned block_z,                       \
                       unsigned shared_bytes, struct cuda_stream *, void **parameters,             \
                       void **extra))                                                              \
    X(cuGraphCreate, (struct cuda_graph **, unsigned flags))                                       \
    X(cuGraphDestroy, (struct cuda_graph *))                                                       \
    X(cuGraphAddKernelNode, (struct cuda_graph_node **, struct cuda_graph *,                       \
                             struct cuda_graph_node *const *after, size_t n_after,                 \
                             const struct cuda_kernel_node *))                                     \
    X(cuGraphInstantiateWithFlags, (struct cuda_graph_exec **, struct cuda_graph *,                \
                                    unsigned long long flags))                                     \
    X(cuGraphExecDestroy, (struct cuda_graph_exec *))                                              \
    X(cuGraphExecKernelNodeSetParams, (struct cuda_graph_exec *, struct cuda_graph_node *,         \
                                       const struct cuda_kernel_node *))                           \
    X(cuGraphNodeSetEnabled, (struct cuda_graph_exec *, struct cuda_graph_node *,                  \
                              unsigned is_enabled))                                                \
    X(cuGraphUpload, (struct cuda_graph_exec *, struct cuda_stream *))                             \
    X(cuGraphLaunch, (struct cuda_graph_exec *, struct cuda_stream *))
/* clang-format on */

struct hone_cuda_api {
    struct hone_late_library library;
    int version; /* of CUDA, as the driver says: 13000 */
#define HONE_CUDA_MEMBER(name, arguments) int(*name) arguments;
    HONE_CUDA_FUNCTIONS(HONE_CUDA_MEMBER)
#undef HONE_CUDA_MEMBER
};

#endif
