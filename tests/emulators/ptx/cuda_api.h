/* SPDX-License-Identifier: MIT */
/* The part of the CUDA driver's binary interface that the mock driver implements, declared anew:
 * the numbers and layouts are those of the real library, the declarations are our own. */
#ifndef HONE_TESTS_EMULATORS_CUDA_API_H
#define HONE_TESTS_EMULATORS_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

#define MOCK_API __attribute__((visibility("default")))

/* Results, as returned by every call; names and texts of all of them are in cuda_error.c. */
enum {
    CU_SUCCESS = 0,
    CU_INVALID_VALUE = 1,
    CU_OUT_OF_MEMORY = 2,
    CU_NOT_INITIALIZED = 3,
    CU_NO_DEVICE = 100,
    CU_INVALID_DEVICE = 101,
    CU_INVALID_IMAGE = 200,
    CU_INVALID_CONTEXT = 201,
    CU_NO_BINARY_FOR_GPU = 209,
    CU_ECC_UNCORRECTABLE = 214,
    CU_INVALID_PTX = 218,
    CU_FILE_NOT_FOUND = 301,
    CU_INVALID_HANDLE = 400,
    CU_NOT_FOUND = 500,
    CU_NOT_READY = 600,
    CU_ILLEGAL_ADDRESS = 700,
    CU_LAUNCH_OUT_OF_RESOURCES = 701,
    CU_LAUNCH_TIMEOUT = 702,
    CU_PRIMARY_CONTEXT_ACTIVE = 708,
    CU_CONTEXT_IS_DESTROYED = 709,
    CU_HOST_ALREADY_REGISTERED = 712,
    CU_HOST_NOT_REGISTERED = 713,
    CU_ILLEGAL_INSTRUCTION = 715,
    CU_MISALIGNED_ADDRESS = 716,
    CU_LAUNCH_FAILED = 719,
    CU_COOPERATIVE_TOO_LARGE = 720,
    CU_NOT_SUPPORTED = 801,
    CU_CAPTURE_UNSUPPORTED = 900,
    CU_CAPTURE_INVALIDATED = 901,
    CU_CAPTURE_MERGE = 902,
    CU_CAPTURE_UNMATCHED = 903,
    CU_CAPTURE_UNJOINED = 904,
    CU_CAPTURE_ISOLATION = 905,
    CU_CAPTURE_IMPLICIT = 906,
    CU_CAPTURED_EVENT = 907,
    CU_CAPTURE_WRONG_THREAD = 908,
    CU_INVALID_CLUSTER_SIZE = 912,
    CU_UNKNOWN = 999
};

enum { CU_STREAM_NON_BLOCKING = 1, CU_EVENT_DISABLE_TIMING = 2 };
enum { CU_CAPTURE_GLOBAL = 0, CU_CAPTURE_THREAD = 1, CU_CAPTURE_RELAXED = 2 };
enum {
    CU_NODE_KERNEL = 0,
    CU_NODE_MEMCPY = 1,
    CU_NODE_MEMSET = 2,
    CU_NODE_HOST = 3,
    CU_NODE_EMPTY = 5
};
enum { CU_PARAM_END = 0, CU_PARAM_POINTER = 1, CU_PARAM_SIZE = 2 };
enum { CU_ATTRIBUTE_COOPERATIVE = 2, CU_ATTRIBUTE_CLUSTER = 4 };

/* The handles' structs are the mock's own. */
struct mock_context;
struct mock_stream;
struct mock_event;
struct mock_module;
struct mock_function;
struct mock_graph;
struct mock_node;
struct mock_exec;

struct cu_launch_attribute {
    int id;
    uint32_t pad;
    union {
        char bytes[64];
        uint32_t cluster[3];
        int number;
    } value;
};

struct cu_launch_config {
    uint32_t grid[3], block[3], shared_bytes;
    struct mock_stream *stream;
    struct cu_launch_attribute *attributes;
    uint32_t n_attributes;
};

struct cu_kernel_node_params { /* the first version ends after `extra`: nobody reads further */
    struct mock_function *function;
    uint32_t grid[3], block[3], shared_bytes;
    void **params;
    void **extra;
    void *kernel; /* a library's kernel: not here */
    struct mock_context *context;
};

struct cu_memset_node_params {
    uint64_t to;
    size_t pitch;
    uint32_t value, element_bytes;
    size_t width, height;
};

/* cuda_state.c, cuda_error.c, cuda_entry.c */
MOCK_API int cuInit(unsigned flags);
MOCK_API int cuDriverGetVersion(int *out_version);
MOCK_API int cuGetErrorName(int error, const char **out);
MOCK_API int cuGetErrorString(int error, const char **out);
MOCK_API int cuGetProcAddress_v2(const char *symbol, void **out, int version, uint64_t flags,
                                 int *out_found);

/* cuda_device.c, cuda_context.c */
MOCK_API int cuDeviceGet(int *out_device, int ordinal);
MOCK_API int cuDeviceGetCount(int *out_count);
MOCK_API int cuDeviceGetName(char *name, int n_bytes, int device);
MOCK_API int cuDeviceGetUuid_v2(void *out_uuid, int device);
MOCK_API int cuDeviceGetPCIBusId(char *text, int n_bytes, int device);
MOCK_API int cuDeviceTotalMem_v2(size_t *out_bytes, int device);
MOCK_API int cuDeviceGetAttribute(int *out_value, int attribute, int device);
MOCK_API int cuDevicePrimaryCtxRetain(struct mock_context **out, int device);
MOCK_API int cuDevicePrimaryCtxRelease_v2(int device);
MOCK_API int cuDevicePrimaryCtxReset_v2(int device);
MOCK_API int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags);
MOCK_API int cuDevicePrimaryCtxGetState(int device, unsigned *out_flags, int *out_active);
MOCK_API int cuCtxSetCurrent(struct mock_context *context);
MOCK_API int cuCtxGetCurrent(struct mock_context **out);
MOCK_API int cuCtxPushCurrent_v2(struct mock_context *context);
MOCK_API int cuCtxPopCurrent_v2(struct mock_context **out);
MOCK_API int cuCtxGetDevice(int *out_device);
MOCK_API int cuCtxGetStreamPriorityRange(int *out_least, int *out_greatest);
MOCK_API int cuCtxSynchronize(void);

/* cuda_memory.c, cuda_copy.c */
MOCK_API int cuMemGetInfo_v2(size_t *out_free, size_t *out_total);
MOCK_API int cuMemAlloc_v2(uint64_t *out, size_t n_bytes);
MOCK_API int cuMemFree_v2(uint64_t address);
MOCK_API int cuMemAllocHost_v2(void **out, size_t n_bytes);
MOCK_API int cuMemHostAlloc(void **out, size_t n_bytes, unsigned flags);
MOCK_API int cuMemFreeHost(void *memory);
MOCK_API int cuMemHostRegister_v2(void *memory, size_t n_bytes, unsigned flags);
MOCK_API int cuMemHostUnregister(void *memory);
MOCK_API int cuMemHostGetDevicePointer_v2(uint64_t *out, void *memory, unsigned flags);
MOCK_API int cuMemGetAddressRange_v2(uint64_t *out_base, size_t *out_bytes, uint64_t address);
MOCK_API int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t n_bytes);
MOCK_API int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t n_bytes);
MOCK_API int cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t n_bytes);
MOCK_API int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t n_bytes,
                                  struct mock_stream *stream);
MOCK_API int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t n_bytes,
                                  struct mock_stream *stream);
MOCK_API int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t n_bytes,
                                  struct mock_stream *stream);
MOCK_API int cuMemsetD8_v2(uint64_t to, unsigned char value, size_t n);
MOCK_API int cuMemsetD16_v2(uint64_t to, unsigned short value, size_t n);
MOCK_API int cuMemsetD32_v2(uint64_t to, unsigned value, size_t n);
MOCK_API int cuMemsetD8Async(uint64_t to, unsigned char value, size_t n,
                             struct mock_stream *stream);
MOCK_API int cuMemsetD16Async(uint64_t to, unsigned short value, size_t n,
                              struct mock_stream *stream);
MOCK_API int cuMemsetD32Async(uint64_t to, unsigned value, size_t n, struct mock_stream *stream);

/* cuda_stream.c, cuda_event.c, cuda_capture.c */
MOCK_API int cuStreamCreate(struct mock_stream **out, unsigned flags);
MOCK_API int cuStreamCreateWithPriority(struct mock_stream **out, unsigned flags, int priority);
MOCK_API int cuStreamDestroy_v2(struct mock_stream *stream);
MOCK_API int cuStreamSynchronize(struct mock_stream *stream);
MOCK_API int cuStreamQuery(struct mock_stream *stream);
MOCK_API int cuStreamWaitEvent(struct mock_stream *stream, struct mock_event *event,
                               unsigned flags);
MOCK_API int cuLaunchHostFunc(struct mock_stream *stream, void (*call)(void *), void *data);
MOCK_API int cuStreamBeginCapture_v2(struct mock_stream *stream, int mode);
MOCK_API int cuStreamEndCapture(struct mock_stream *stream, struct mock_graph **out);
MOCK_API int cuStreamIsCapturing(struct mock_stream *stream, int *out_status);
MOCK_API int cuThreadExchangeStreamCaptureMode(int *mode);
MOCK_API int cuEventCreate(struct mock_event **out, unsigned flags);
MOCK_API int cuEventDestroy_v2(struct mock_event *event);
MOCK_API int cuEventRecord(struct mock_event *event, struct mock_stream *stream);
MOCK_API int cuEventSynchronize(struct mock_event *event);
MOCK_API int cuEventQuery(struct mock_event *event);
MOCK_API int cuEventElapsedTime(float *out_ms, struct mock_event *begin, struct mock_event *end);
MOCK_API int cuEventElapsedTime_v2(float *out_ms, struct mock_event *begin, struct mock_event *end);

/* cuda_module.c, cuda_function.c, cuda_launch.c */
MOCK_API int cuModuleLoadData(struct mock_module **out, const void *image);
MOCK_API int cuModuleLoadDataEx(struct mock_module **out, const void *image, unsigned n_options,
                                int *options, void **values);
MOCK_API int cuModuleUnload(struct mock_module *module);
MOCK_API int cuModuleGetFunction(struct mock_function **out, struct mock_module *module,
                                 const char *name);
MOCK_API int cuModuleGetGlobal_v2(uint64_t *out, size_t *out_bytes, struct mock_module *module,
                                  const char *name);
MOCK_API int cuFuncGetAttribute(int *out_value, int attribute, struct mock_function *function);
MOCK_API int cuFuncSetAttribute(struct mock_function *function, int attribute, int value);
MOCK_API int cuFuncGetParamInfo(struct mock_function *function, size_t index, size_t *out_offset,
                                size_t *out_bytes);
MOCK_API int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *out, struct mock_function *function,
                                                         int n_threads, size_t shared_bytes);
MOCK_API int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *out, struct mock_function *function, int n_threads, size_t shared_bytes, unsigned flags);
MOCK_API int cuOccupancyMaxActiveClusters(int *out, struct mock_function *function,
                                          const struct cu_launch_config *config);
MOCK_API int cuLaunchKernel(struct mock_function *function, unsigned grid_x, unsigned grid_y,
                            unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                            unsigned shared_bytes, struct mock_stream *stream, void **params,
                            void **extra);
MOCK_API int cuLaunchKernelEx(const struct cu_launch_config *config, struct mock_function *function,
                              void **params, void **extra);

/* cuda_graph.c, cuda_exec.c */
MOCK_API int cuGraphCreate(struct mock_graph **out, unsigned flags);
MOCK_API int cuGraphDestroy(struct mock_graph *graph);
MOCK_API int cuGraphAddKernelNode_v2(struct mock_node **out, struct mock_graph *graph,
                                     struct mock_node *const *needs, size_t n_needs,
                                     const struct cu_kernel_node_params *params);
MOCK_API int cuGraphAddKernelNode(struct mock_node **out, struct mock_graph *graph,
                                  struct mock_node *const *needs, size_t n_needs,
                                  const struct cu_kernel_node_params *params);
MOCK_API int cuGraphAddMemsetNode(struct mock_node **out, struct mock_graph *graph,
                                  struct mock_node *const *needs, size_t n_needs,
                                  const struct cu_memset_node_params *params,
                                  struct mock_context *context);
MOCK_API int cuGraphAddEmptyNode(struct mock_node **out, struct mock_graph *graph,
                                 struct mock_node *const *needs, size_t n_needs);
MOCK_API int cuGraphGetNodes(struct mock_graph *graph, struct mock_node **nodes, size_t *n);
MOCK_API int cuGraphNodeGetType(struct mock_node *node, int *out_type);
MOCK_API int cuGraphKernelNodeGetParams_v2(struct mock_node *node,
                                           struct cu_kernel_node_params *out);
MOCK_API int cuGraphKernelNodeSetParams_v2(struct mock_node *node,
                                           const struct cu_kernel_node_params *params);
MOCK_API int cuGraphInstantiate(struct mock_exec **out, struct mock_graph *graph,
                                struct mock_node **out_node, char *log, size_t n_log_bytes);
MOCK_API int cuGraphInstantiate_v2(struct mock_exec **out, struct mock_graph *graph,
                                   struct mock_node **out_node, char *log, size_t n_log_bytes);
MOCK_API int cuGraphInstantiateWithFlags(struct mock_exec **out, struct mock_graph *graph,
                                         unsigned long long flags);
MOCK_API int cuGraphUpload(struct mock_exec *exec, struct mock_stream *stream);
MOCK_API int cuGraphLaunch(struct mock_exec *exec, struct mock_stream *stream);
MOCK_API int cuGraphExecDestroy(struct mock_exec *exec);
MOCK_API int cuGraphExecKernelNodeSetParams(struct mock_exec *exec, struct mock_node *node,
                                            const struct cu_kernel_node_params *params);
MOCK_API int cuGraphNodeSetEnabled(struct mock_exec *exec, struct mock_node *node,
                                   unsigned is_enabled);
MOCK_API int cuGraphExecKernelNodeSetParams_v2(struct mock_exec *exec, struct mock_node *node,
                                               const struct cu_kernel_node_params *params);

/* cuda_tensor_map.c */
MOCK_API int cuTensorMapEncodeTiled(void *out, int type, uint32_t rank, void *address,
                                    const uint64_t *dims, const uint64_t *strides,
                                    const uint32_t *box, const uint32_t *steps, int interleave,
                                    int swizzle, int promotion, int fill);

#endif
