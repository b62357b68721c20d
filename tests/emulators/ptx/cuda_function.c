/* SPDX-License-Identifier: MIT */
/* Attributes of kernels, and how many of their blocks a multiprocessor holds. */
#include "tests/emulators/ptx/cuda_mock.h"

enum {
    MAX_THREADS = 0,
    STATIC_SHARED = 1,
    CONST_BYTES = 2,
    LOCAL_BYTES = 3,
    REGISTERS = 4,
    PTX_VERSION = 5,
    BINARY_VERSION = 6,
    CACHE_MODE = 7,
    MAX_DYNAMIC_SHARED = 8,
    CARVEOUT = 9,
    CLUSTER_MUST_BE_SET = 10,
    NON_PORTABLE_CLUSTER = 14
};

static int max_threads(const struct mock_function *f)
{
    if (f->info.max_threads > 0) return (int)f->info.max_threads;
    int most = 1024;
    if (f->n_registers > 0)
        while (most > 32 && most * f->n_registers > mock_attribute(12)) most -= 32;
    return most;
}

static int get(int *out, int attribute, const struct mock_function *f)
{
    switch (attribute) {
    case MAX_THREADS: *out = max_threads(f); break;
    case STATIC_SHARED: *out = (int)f->info.n_static_shared; break;
    case LOCAL_BYTES: *out = (int)f->info.n_local; break;
    case REGISTERS: *out = f->n_registers; break;
    case PTX_VERSION:
    case BINARY_VERSION: *out = mock.cc; break;
    case MAX_DYNAMIC_SHARED: *out = f->max_dynamic_shared; break;
    case NON_PORTABLE_CLUSTER: *out = f->non_portable_cluster; break;
    case CARVEOUT: *out = -1; break;
    case CONST_BYTES:
    case CACHE_MODE:
    case CLUSTER_MUST_BE_SET: *out = 0; break;
    default:
        mock_report("function attribute %d is not one the mock has", attribute);
        return CU_INVALID_VALUE;
    }
    return CU_SUCCESS;
}

static int set(struct mock_function *f, int attribute, int value)
{
    const int most = mock_attribute(97) - (int)f->info.n_static_shared;
    switch (attribute) {
    case MAX_DYNAMIC_SHARED:
        if (value < 0 || value > most) {
            mock_report("%s: %d bytes of dynamic shared memory, the device has %d for it",
                        f->info.name, value, most);
            return CU_INVALID_VALUE;
        }
        f->max_dynamic_shared = value;
        return CU_SUCCESS;
    case CARVEOUT: return value >= -1 && value <= 100 ? CU_SUCCESS : CU_INVALID_VALUE;
    case NON_PORTABLE_CLUSTER: f->non_portable_cluster = value != 0; return CU_SUCCESS;
    default: break;
    }
    mock_report("function attribute %d cannot be set", attribute);
    return CU_INVALID_VALUE;
}

int cuFuncGetAttribute(int *out_value, int attribute, struct mock_function *function)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && !mock_alive(function, MOCK_FUNCTION)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && out_value == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = get(out_value, attribute, function);
    return mock_leave(rc);
}

int cuFuncSetAttribute(struct mock_function *function, int attribute, int value)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && !mock_alive(function, MOCK_FUNCTION)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) rc = set(function, attribute, value);
    return mock_leave(rc);
}

int cuFuncGetParamInfo(struct mock_function *function, size_t index, size_t *out_offset,
                       size_t *out_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && !mock_alive(function, MOCK_FUNCTION)) rc = CU_INVALID_HANDLE;
    size_t offset = 0, n_bytes = 0;
    if (rc == CU_SUCCESS && !ptx_kernel_param(function->kernel, index, &offset, &n_bytes))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && out_offset != NULL) *out_offset = offset;
    if (rc == CU_SUCCESS && out_bytes != NULL) *out_bytes = n_bytes;
    return mock_leave(rc);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Registers are given to warps in units of 256, shared memory to blocks in units of 128 bytes. */
int mock_function_blocks(const struct mock_function *f, int n_threads, size_t shared_bytes)
{
    if (n_threads < 1 || n_threads > max_threads(f)) return 0;
    const int warps = (n_threads + 31) / 32;
    int blocks = least(mock_attribute(106), mock_attribute(39) / (32 * warps));
    if (f->n_registers > 0) {
        const int per_warp = (f->n_registers * 32 + 255) / 256 * 256;
        blocks = least(blocks, mock_attribute(82) / per_warp / warps);
    }
    const size_t reserved = (size_t)mock_attribute(111), all = (size_t)mock_attribute(81);
    const size_t each = (f->info.n_static_shared + shared_bytes + reserved + 127) / 128 * 128;
    if (each > 0) blocks = least(blocks, (int)(all / each));
    return blocks;
}

static int occupancy(int *out, const struct mock_function *function, int n_threads,
                     size_t shared_bytes)
{
    if (!mock_alive(function, MOCK_FUNCTION)) return CU_INVALID_HANDLE;
    if (out == NULL || n_threads < 1) return CU_INVALID_VALUE;
    *out = mock_function_blocks(function, n_threads, shared_bytes);
    return CU_SUCCESS;
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *out, struct mock_function *function,
                                                int n_threads, size_t shared_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = occupancy(out, function, n_threads, shared_bytes);
    return mock_leave(rc);
}

int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *out, struct mock_function *function,
                                                         int n_threads, size_t shared_bytes,
                                                         unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && flags > 1) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = occupancy(out, function, n_threads, shared_bytes);
    return mock_leave(rc);
}

int cuOccupancyMaxActiveClusters(int *out, struct mock_function *function,
                                 const struct cu_launch_config *config)
{
    int rc = mock_enter(__func__, MOCK_CURRENT), blocks = 0;
    if (rc == CU_SUCCESS && config == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS)
        rc = occupancy(&blocks, function,
                       (int)(config->block[0] * config->block[1] * config->block[2]),
                       config->shared_bytes);
    if (rc == CU_SUCCESS) {
        uint32_t size = 1;
        for (uint32_t i = 0; i < config->n_attributes; i++) {
            const struct cu_launch_attribute *a = &config->attributes[i];
            if (a->id == CU_ATTRIBUTE_CLUSTER)
                size = a->value.cluster[0] * a->value.cluster[1] * a->value.cluster[2];
        }
        *out = size > 0 ? blocks * mock.n_sms / (int)size : 0;
    }
    return mock_leave(rc);
}
