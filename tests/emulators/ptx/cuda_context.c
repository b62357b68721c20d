/* SPDX-License-Identifier: MIT */
/* The primary context and each thread's stack of current contexts. */
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/emulators/ptx/cuda_mock.h"

enum { STACK = 16 };
static _Thread_local struct mock_context *stack[STACK];
static _Thread_local int depth; /* index of the current one */

struct mock_context *mock_current(void)
{
    return stack[depth];
}

/* Addresses only: a host that reads or writes device memory faults. */
static void reserve_arena(struct mock_context *context)
{
    for (size_t n = (size_t)1 << 40; n >= (size_t)1 << 34; n >>= 1) {
        void *arena = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arena == MAP_FAILED) continue;
        context->arena = arena;
        context->arena_bytes = n;
        return;
    }
}

static struct mock_context *context_new(void)
{
    struct mock_context *context = mock_object_new(MOCK_CONTEXT, sizeof *context);
    reserve_arena(context);
    context->legacy = mock_stream_new(context, 0);
    return context;
}

/* Everything in it dies with it. */
static void context_kill(struct mock_context *context)
{
    for (size_t i = 0; i < mock.object_room; i++) {
        struct mock_object *object = mock.objects[i];
        if (object == NULL || !object->live) continue;
        if (object->kind == MOCK_MODULE) mock_module_kill((struct mock_module *)(void *)object);
        if (object->kind == MOCK_STREAM) mock_stream_kill((struct mock_stream *)(void *)object);
        if (object->kind == MOCK_EVENT) mock_object_kill(object);
    }
    mock_memory_clear(context);
    if (context->arena != NULL) munmap(context->arena, context->arena_bytes);
    context->arena = NULL;
    mock_object_kill(context);
}

static int check(int device)
{
    if (device == 0) return CU_SUCCESS;
    mock_report("there is no device %d", device);
    return CU_INVALID_DEVICE;
}

int cuDevicePrimaryCtxRetain(struct mock_context **out, int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = out != NULL ? check(device) : CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && mock.sticky != 0) rc = mock.sticky; /* only a new process recovers */
    if (rc == CU_SUCCESS) {
        if (mock.primary == NULL) mock.primary = context_new();
        mock.n_retained++;
        *out = mock.primary;
    }
    return mock_leave(rc);
}

int cuDevicePrimaryCtxRelease_v2(int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(device);
    if (rc == CU_SUCCESS && mock.n_retained == 0) {
        mock_report("the primary context is not retained");
        rc = CU_INVALID_CONTEXT;
    }
    if (rc == CU_SUCCESS && --mock.n_retained == 0) {
        context_kill(mock.primary);
        mock.primary = NULL;
    }
    return mock_leave(rc);
}

int cuDevicePrimaryCtxReset_v2(int device)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = check(device);
    if (rc == CU_SUCCESS && mock.primary != NULL) {
        context_kill(mock.primary);
        mock.primary = NULL;
        mock.n_retained = 0;
    }
    return mock_leave(rc);
}

int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS) rc = (flags & ~0xffu) == 0 ? check(device) : CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) mock.context_flags = flags;
    return mock_leave(rc);
}

int cuDevicePrimaryCtxGetState(int device, unsigned *out_flags, int *out_active)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS)
        rc = out_flags != NULL && out_active != NULL ? check(device) : CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) {
        *out_flags = mock.context_flags;
        *out_active = mock.primary != NULL;
    }
    return mock_leave(rc);
}

int cuCtxSetCurrent(struct mock_context *context)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && context != NULL && !mock_alive(context, MOCK_CONTEXT))
        rc = CU_INVALID_CONTEXT;
    if (rc == CU_SUCCESS) stack[depth] = context;
    return mock_leave(rc);
}

int cuCtxGetCurrent(struct mock_context **out)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && out == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) *out = stack[depth];
    return mock_leave(rc);
}

int cuCtxPushCurrent_v2(struct mock_context *context)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && (!mock_alive(context, MOCK_CONTEXT) || depth + 1 == STACK))
        rc = CU_INVALID_CONTEXT;
    if (rc == CU_SUCCESS) stack[++depth] = context;
    return mock_leave(rc);
}

int cuCtxPopCurrent_v2(struct mock_context **out)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && stack[depth] == NULL) {
        mock_report("no context is current");
        rc = CU_INVALID_CONTEXT;
    }
    if (rc == CU_SUCCESS) {
        if (out != NULL) *out = stack[depth];
        stack[depth] = NULL;
        if (depth > 0) depth--;
    }
    return mock_leave(rc);
}

int cuCtxGetDevice(int *out_device)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_SURVIVES);
    if (rc == CU_SUCCESS && out_device == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) *out_device = 0;
    return mock_leave(rc);
}

int cuCtxGetStreamPriorityRange(int *out_least, int *out_greatest)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && out_least != NULL) *out_least = 0;
    if (rc == CU_SUCCESS && out_greatest != NULL) *out_greatest = -5;
    return mock_leave(rc);
}

int cuCtxSynchronize(void)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = mock_run_all(mock_current());
    return mock_leave(rc);
}
