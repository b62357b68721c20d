/* SPDX-License-Identifier: MIT */
/* Scratch between unmapped pages. */
#include "tuner/runner/fence.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CANARY = 0xC5, ALIGNMENT = 64, FILL_BYTES = 64 << 10, GUARD_BYTES = 16 << 20 };

bool fence_alloc(struct fence *fence, uint64_t n_bytes)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    *fence = (struct fence){0};
    if (n_bytes > SIZE_MAX / 2) return false;
    uint64_t inner = (n_bytes + ALIGNMENT + page - 1) / page * page;
    size_t total = inner + 2 * GUARD_BYTES;
    uint8_t *map = mmap(NULL, total, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return false;
    uint8_t *end = map + GUARD_BYTES + inner;
    uint8_t *data = end - (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *fence = (struct fence){map, data, total, n_bytes};
    memset(map + GUARD_BYTES, CANARY, (size_t)(data - map) - GUARD_BYTES);
    memset(data + n_bytes, CANARY, (size_t)(end - data) - n_bytes);
    if (mprotect(map, GUARD_BYTES, PROT_NONE) == 0 && mprotect(end, GUARD_BYTES, PROT_NONE) == 0)
        return true;
    fence_free(fence);
    return false;
}

void fence_free(struct fence *fence)
{
    if (fence->map) munmap(fence->map, fence->map_bytes);
    *fence = (struct fence){0};
}

static bool all_canary(const uint8_t *from, const uint8_t *to)
{
    while (from < to && *from == CANARY) from++;
    return from == to;
}

bool fence_intact(const struct fence *fence)
{
    return all_canary(fence->map + GUARD_BYTES, fence->data) &&
           all_canary(fence->data + fence->n_bytes, fence->map + fence->map_bytes - GUARD_BYTES);
}

void fence_fill(struct fence *fence, uint8_t pattern)
{
    uint64_t n = fence->n_bytes;
    if (n > 2 * FILL_BYTES) {
        memset(fence->data + n - FILL_BYTES, pattern, FILL_BYTES);
        n = FILL_BYTES;
    }
    memset(fence->data, pattern, n);
}
