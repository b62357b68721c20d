/* SPDX-License-Identifier: MIT */
/* Launches: sizes and arguments are checked and taken when asked for. */
#include <stdlib.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

enum { PORTABLE_CLUSTER = 8, MAX_CLUSTER = 16 };

static int check_sizes(const struct mock_function *f, const uint32_t grid[3],
                       const uint32_t block[3])
{
    uint64_t n_threads = 1;
    for (int i = 0; i < 3; i++) {
        if (grid[i] == 0 || grid[i] > (uint32_t)mock_attribute(5 + i) || block[i] == 0 ||
            block[i] > (uint32_t)mock_attribute(2 + i)) {
            mock_report("%s: grid %u or block %u in dimension %d", f->info.name, grid[i], block[i],
                        i);
            return CU_INVALID_VALUE;
        }
        n_threads *= block[i];
    }
    const uint32_t most = f->info.max_threads > 0 ? f->info.max_threads : 1024;
    if (n_threads > most || (f->info.threads_required && n_threads != most)) {
        mock_report("%s: %llu threads in a block, the kernel was compiled for %u", f->info.name,
                    (unsigned long long)n_threads, most);
        return CU_INVALID_VALUE;
    }
    if (f->n_registers > 0 &&
        (n_threads + 31) / 32 * 32 * (uint64_t)f->n_registers > (uint64_t)mock_attribute(12)) {
        mock_report("%s: %llu threads of %d registers", f->info.name, (unsigned long long)n_threads,
                    f->n_registers);
        return CU_LAUNCH_OUT_OF_RESOURCES;
    }
    return CU_SUCCESS;
}

static int check_cluster(const struct mock_function *f, const uint32_t grid[3],
                         const uint32_t cluster[3])
{
    uint64_t n = 1;
    for (int i = 0; i < 3; i++) {
        if (cluster[i] == 0 || grid[i] % cluster[i] != 0) {
            mock_report("%s: a grid of %u in clusters of %u (dimension %d)", f->info.name, grid[i],
                        cluster[i], i);
            return CU_INVALID_CLUSTER_SIZE;
        }
        n *= cluster[i];
    }
    const uint64_t most = f->non_portable_cluster ? MAX_CLUSTER : PORTABLE_CLUSTER;
    if (n == 1 || (n <= most && mock_attribute(120) == 1)) return CU_SUCCESS;
    mock_report("%s: clusters of %llu blocks", f->info.name, (unsigned long long)n);
    return CU_INVALID_CLUSTER_SIZE;
}

static int check_shared(const struct mock_function *f, uint32_t shared_bytes)
{
    if (shared_bytes <= (uint32_t)f->max_dynamic_shared) return CU_SUCCESS;
    mock_report("%s: %u bytes of dynamic shared memory, opted into %d", f->info.name, shared_bytes,
                f->max_dynamic_shared);
    return CU_INVALID_VALUE;
}

/* The arguments as one block, where `extra` gives them so; NULL when it does not. */
static int packed_arguments(const struct mock_function *f, void **extra, const void **out)
{
    const void *block = NULL;
    const size_t *n_bytes = NULL;
    for (size_t i = 0; extra != NULL && (uintptr_t)extra[i] != CU_PARAM_END && i < 8; i += 2) {
        if ((uintptr_t)extra[i] == CU_PARAM_POINTER) block = extra[i + 1];
        if ((uintptr_t)extra[i] == CU_PARAM_SIZE) n_bytes = extra[i + 1];
    }
    *out = block;
    if (block == NULL) return CU_SUCCESS;
    if (n_bytes != NULL && *n_bytes == f->info.n_param_bytes) return CU_SUCCESS;
    mock_report("%s: %zu bytes of arguments, its parameters are %zu", f->info.name,
                n_bytes != NULL ? *n_bytes : 0, f->info.n_param_bytes);
    return CU_INVALID_VALUE;
}

static int take_arguments(struct mock_launch *l, void **params, void **extra)
{
    const struct mock_function *f = l->function;
    const void *block = NULL;
    const int rc = packed_arguments(f, extra, &block);
    if (rc != CU_SUCCESS) return rc;
    if (params != NULL && block != NULL) {
        mock_report("%s: arguments given twice", f->info.name);
        return CU_INVALID_VALUE;
    }
    if (block != NULL) memcpy(l->params, block, f->info.n_param_bytes);
    for (size_t i = 0; i < f->info.n_params; i++) {
        size_t offset = 0, n_bytes = 0;
        ptx_kernel_param(f->kernel, i, &offset, &n_bytes);
        l->pointers[i] = l->params + offset;
        if (block != NULL) continue;
        if (params == NULL || params[i] == NULL) {
            mock_report("%s: no argument %zu of %zu", f->info.name, i, f->info.n_params);
            return CU_INVALID_VALUE;
        }
        memcpy(l->pointers[i], params[i], n_bytes);
    }
    return CU_SUCCESS;
}

int mock_launch_make(struct mock_function *function, const uint32_t grid[3],
                     const uint32_t block[3], const uint32_t cluster[3], uint32_t shared_bytes,
                     void **params, void **extra, struct mock_launch **out)
{
    if (!mock_alive(function, MOCK_FUNCTION)) return CU_INVALID_HANDLE;
    int rc = check_sizes(function, grid, block);
    if (rc == CU_SUCCESS) rc = check_cluster(function, grid, cluster);
    if (rc == CU_SUCCESS) rc = check_shared(function, shared_bytes);
    if (rc != CU_SUCCESS) return rc;
    const size_t n_bytes = function->info.n_param_bytes;
    struct mock_launch *l = mock_calloc(1, sizeof *l + n_bytes);
    l->refs = 1;
    l->function = function;
    memcpy(l->grid, grid, sizeof l->grid);
    memcpy(l->block, block, sizeof l->block);
    memcpy(l->cluster, cluster, sizeof l->cluster);
    l->shared_bytes = shared_bytes;
    l->n_param_bytes = n_bytes;
    l->pointers = mock_calloc(function->info.n_params, sizeof *l->pointers);
    rc = take_arguments(l, params, extra);
    if (rc == CU_SUCCESS)
        *out = l;
    else
        mock_launch_drop(l);
    return rc;
}

static int launch(struct mock_stream *handle, struct mock_launch *l)
{
    struct mock_stream *stream = mock_stream_of(handle);
    const struct mock_work work = {.type = MOCK_KERNEL, .launch = l};
    if (stream != NULL) return mock_stream_add(stream, work);
    mock_launch_drop(l);
    return CU_INVALID_HANDLE;
}

int cuLaunchKernel(struct mock_function *function, unsigned grid_x, unsigned grid_y,
                   unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                   unsigned shared_bytes, struct mock_stream *stream, void **params, void **extra)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    const uint32_t grid[3] = {grid_x, grid_y, grid_z}, block[3] = {block_x, block_y, block_z};
    const uint32_t cluster[3] = {1, 1, 1};
    struct mock_launch *l = NULL;
    if (rc == CU_SUCCESS)
        rc = mock_launch_make(function, grid, block, cluster, shared_bytes, params, extra, &l);
    if (rc == CU_SUCCESS) rc = launch(stream, l);
    return mock_leave(rc);
}

/* The cluster, and that nothing is asked for which the mock would not do. */
static int read_attributes(const struct cu_launch_config *config, uint32_t cluster[3])
{
    static const int ignored[] = {0, 1, 3, 5, 6, 8, 9, 10, 14}; /* of speed only */
    for (uint32_t i = 0; i < config->n_attributes; i++) {
        const struct cu_launch_attribute *a = &config->attributes[i];
        bool known = a->id == CU_ATTRIBUTE_CLUSTER ||
                     (a->id == CU_ATTRIBUTE_COOPERATIVE && a->value.number == 0);
        for (size_t k = 0; k < sizeof ignored / sizeof ignored[0]; k++)
            known = known || a->id == ignored[k];
        if (!known) {
            mock_report("launch attribute %d is not one the mock has", a->id);
            return CU_NOT_SUPPORTED;
        }
        if (a->id == CU_ATTRIBUTE_CLUSTER) memcpy(cluster, a->value.cluster, 3 * sizeof cluster[0]);
    }
    return CU_SUCCESS;
}

int cuLaunchKernelEx(const struct cu_launch_config *config, struct mock_function *function,
                     void **params, void **extra)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    uint32_t cluster[3] = {1, 1, 1};
    struct mock_launch *l = NULL;
    if (rc == CU_SUCCESS && (config == NULL || (config->n_attributes > 0 && !config->attributes)))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = read_attributes(config, cluster);
    if (rc == CU_SUCCESS)
        rc = mock_launch_make(function, config->grid, config->block, cluster, config->shared_bytes,
                              params, extra, &l);
    if (rc == CU_SUCCESS) rc = launch(config->stream, l);
    return mock_leave(rc);
}
