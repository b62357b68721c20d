/* SPDX-License-Identifier: MIT */
/* Memory of the mock device: what is live where. A device address is no host address: the bytes
 * are elsewhere, so a host that follows a device pointer faults as it would on a real machine. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/emulators/ptx/cuda_mock.h"

enum { ALIGNMENT = 512, GAP = 1 << 20 };          /* between allocations: overruns hit nothing */
static const size_t POISONED = (size_t)256 << 20; /* larger ones are set in part only */

/* Index of the first allocation that begins above the address. */
static size_t above(const struct mock_context *context, uint64_t address)
{
    size_t low = 0, high = context->n_memory;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (context->memory[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct mock_memory *mock_memory_of(const struct mock_context *context, uint64_t address)
{
    const size_t at = above(context, address);
    if (at == 0) return NULL;
    const struct mock_memory *m = &context->memory[at - 1];
    return address - m->address < m->n_bytes ? m : NULL;
}

unsigned char *mock_at(struct mock_context *context, uint64_t address, size_t n_bytes)
{
    const struct mock_memory *m = mock_memory_of(context, address);
    if (m == NULL || n_bytes > m->n_bytes - (address - m->address)) return NULL;
    return m->host + (address - m->address);
}

unsigned char *mock_at_or_report(struct mock_context *context, uint64_t address, size_t n_bytes,
                                 const char *what)
{
    unsigned char *at = mock_at(context, address, n_bytes);
    if (at != NULL) return at;
    const struct mock_memory *m = mock_memory_of(context, address);
    if (m == NULL)
        mock_report("%s 0x%llx is in no live allocation", what, (unsigned long long)address);
    else
        mock_report("%s: %zu bytes from byte %llu of allocation %u, which has %zu", what, n_bytes,
                    (unsigned long long)(address - m->address), m->id, m->n_bytes);
    return NULL;
}

bool mock_is_pinned(const struct mock_context *context, const void *memory, size_t n_bytes)
{
    const struct mock_memory *m = mock_memory_of(context, (uint64_t)(uintptr_t)memory);
    return m != NULL && m->kind != MOCK_DEVICE &&
           n_bytes <= m->n_bytes - ((uint64_t)(uintptr_t)memory - m->address);
}

void mock_memory_add(struct mock_context *context, struct mock_memory memory)
{
    if (context->n_memory == context->memory_room) {
        const size_t room = context->memory_room > 0 ? 2 * context->memory_room : 64;
        struct mock_memory *grown = mock_calloc(room, sizeof *grown);
        if (context->n_memory > 0)
            memcpy(grown, context->memory, context->n_memory * sizeof *grown);
        free(context->memory);
        context->memory = grown;
        context->memory_room = room;
    }
    const size_t at = above(context, memory.address);
    memmove(&context->memory[at + 1], &context->memory[at],
            (context->n_memory - at) * sizeof *context->memory);
    memory.id = ++context->n_memory_ids;
    context->memory[at] = memory;
    context->n_memory++;
    free(context->ranges);
    context->ranges = NULL;
}

bool mock_memory_remove(struct mock_context *context, uint64_t address, struct mock_memory *out)
{
    const size_t at = above(context, address);
    if (at == 0 || context->memory[at - 1].address != address) return false;
    *out = context->memory[at - 1];
    memmove(&context->memory[at - 1], &context->memory[at],
            (context->n_memory - at) * sizeof *context->memory);
    context->n_memory--;
    free(context->ranges);
    context->ranges = NULL;
    return true;
}

const struct ptx_range *mock_ranges(struct mock_context *context, size_t *out_n)
{
    if (context->ranges == NULL) {
        context->ranges = mock_calloc(context->n_memory, sizeof *context->ranges);
        context->n_ranges = 0;
        for (size_t i = 0; i < context->n_memory; i++) {
            const struct mock_memory *m = &context->memory[i];
            if (m->kind == MOCK_VARIABLE) continue;
            context->ranges[context->n_ranges++] =
                (struct ptx_range){.address = m->address, .n_bytes = m->n_bytes, .host = m->host};
        }
    }
    *out_n = context->n_ranges;
    return context->ranges;
}

void mock_memory_clear(struct mock_context *context)
{
    for (size_t i = 0; i < context->n_memory; i++)
        if (context->memory[i].kind == MOCK_DEVICE || context->memory[i].kind == MOCK_PINNED)
            free(context->memory[i].host);
    free(context->memory);
    free(context->ranges);
    context->memory = NULL;
    context->ranges = NULL;
    context->n_memory = context->memory_room = context->used_bytes = 0;
}

/* 0xff everywhere: not a number in every float type, so that reading before writing shows. */
static unsigned char *new_bytes(size_t n_bytes)
{
    void *memory = NULL;
    if (posix_memalign(&memory, ALIGNMENT, n_bytes) != 0) return NULL;
    memset(memory, 0xff, n_bytes < POISONED ? n_bytes : POISONED);
    return memory;
}

static size_t rounded(size_t n_bytes)
{
    return (n_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Addresses are used again only when the arena has been gone through once. */
static uint64_t new_address(struct mock_context *context, size_t n_bytes)
{
    const size_t step = rounded(n_bytes) + GAP;
    for (int round = 0; round < 2; round++) {
        while (context->arena_next + step <= context->arena_bytes) {
            const uint64_t address = (uint64_t)(uintptr_t)context->arena + context->arena_next;
            const size_t at = above(context, address + step);
            const struct mock_memory *m = at > 0 ? &context->memory[at - 1] : NULL;
            if (m == NULL || m->address + m->n_bytes <= address) {
                context->arena_next += step;
                return address;
            }
            context->arena_next = (size_t)(m->address - (uint64_t)(uintptr_t)context->arena) +
                                  rounded(m->n_bytes) + GAP;
        }
        context->arena_next = 0;
    }
    return 0;
}

static int allocate(struct mock_context *context, size_t n_bytes, uint64_t *out)
{
    if (out == NULL || n_bytes == 0) return CU_INVALID_VALUE;
    if (n_bytes > mock.memory_bytes || rounded(n_bytes) > mock.memory_bytes - context->used_bytes)
        return CU_OUT_OF_MEMORY;
    const uint64_t address = new_address(context, n_bytes);
    unsigned char *host = address != 0 ? new_bytes(n_bytes) : NULL;
    if (host == NULL) return CU_OUT_OF_MEMORY;
    context->used_bytes += rounded(n_bytes);
    mock_memory_add(context, (struct mock_memory){address, n_bytes, host, MOCK_DEVICE, 0});
    *out = address;
    return CU_SUCCESS;
}

static int release(struct mock_context *context, uint64_t address, int kind)
{
    if (address == 0) return CU_SUCCESS;
    const struct mock_memory *m = mock_memory_of(context, address);
    if (m == NULL || m->address != address || (int)m->kind != kind) {
        mock_report("0x%llx is not the begin of such a live allocation",
                    (unsigned long long)address);
        return CU_INVALID_VALUE;
    }
    const int rc = mock_run_all(context); /* as the real one: what is under way ends first */
    struct mock_memory gone;
    mock_memory_remove(context, address, &gone);
    if (kind == MOCK_DEVICE) context->used_bytes -= rounded(gone.n_bytes);
    if (kind != MOCK_REGISTERED) free(gone.host);
    return rc;
}

static int allocate_host(struct mock_context *context, size_t n_bytes, void **out)
{
    if (out == NULL || n_bytes == 0) return CU_INVALID_VALUE;
    unsigned char *host = new_bytes(n_bytes);
    if (host == NULL) return CU_OUT_OF_MEMORY;
    mock_memory_add(context,
                    (struct mock_memory){(uint64_t)(uintptr_t)host, n_bytes, host, MOCK_PINNED, 0});
    *out = host;
    return CU_SUCCESS;
}

int cuMemGetInfo_v2(size_t *out_free, size_t *out_total)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (out_free == NULL || out_total == NULL)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) {
        *out_free = (size_t)mock.memory_bytes - mock_current()->used_bytes;
        *out_total = (size_t)mock.memory_bytes;
    }
    return mock_leave(rc);
}

int cuMemAlloc_v2(uint64_t *out, size_t n_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = allocate(mock_current(), n_bytes, out);
    return mock_leave(rc);
}

int cuMemFree_v2(uint64_t address)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = release(mock_current(), address, MOCK_DEVICE);
    return mock_leave(rc);
}

int cuMemAllocHost_v2(void **out, size_t n_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = allocate_host(mock_current(), n_bytes, out);
    return mock_leave(rc);
}

int cuMemHostAlloc(void **out, size_t n_bytes, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS && (flags & ~7u) != 0) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = allocate_host(mock_current(), n_bytes, out);
    return mock_leave(rc);
}

int cuMemFreeHost(void *memory)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = release(mock_current(), (uint64_t)(uintptr_t)memory, MOCK_PINNED);
    return mock_leave(rc);
}

int cuMemHostRegister_v2(void *memory, size_t n_bytes, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    const uint64_t address = (uint64_t)(uintptr_t)memory;
    if (rc == CU_SUCCESS && (memory == NULL || n_bytes == 0 || (flags & ~15u) != 0))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && (mock_memory_of(mock_current(), address) != NULL ||
                             mock_memory_of(mock_current(), address + n_bytes - 1) != NULL))
        rc = CU_HOST_ALREADY_REGISTERED;
    if (rc == CU_SUCCESS)
        mock_memory_add(mock_current(),
                        (struct mock_memory){address, n_bytes, memory, MOCK_REGISTERED, 0});
    return mock_leave(rc);
}

int cuMemHostUnregister(void *memory)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS)
        rc = release(mock_current(), (uint64_t)(uintptr_t)memory, MOCK_REGISTERED);
    return mock_leave(rc == CU_INVALID_VALUE ? CU_HOST_NOT_REGISTERED : rc);
}

int cuMemHostGetDevicePointer_v2(uint64_t *out, void *memory, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS &&
        (out == NULL || flags != 0 || !mock_is_pinned(mock_current(), memory, 1)))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) *out = (uint64_t)(uintptr_t)memory;
    return mock_leave(rc);
}

int cuMemGetAddressRange_v2(uint64_t *out_base, size_t *out_bytes, uint64_t address)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    const struct mock_memory *m = rc == CU_SUCCESS ? mock_memory_of(mock_current(), address) : NULL;
    if (rc == CU_SUCCESS && m == NULL) rc = CU_NOT_FOUND;
    if (rc == CU_SUCCESS && out_base != NULL) *out_base = m->address;
    if (rc == CU_SUCCESS && out_bytes != NULL) *out_bytes = m->n_bytes;
    return mock_leave(rc);
}
