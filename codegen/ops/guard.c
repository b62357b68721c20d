/* SPDX-License-Identifier: MIT */
/* Buffers that a kernel cannot leave unnoticed: unmapped pages, and canaries where the alignment of
 * the start leaves mapped bytes. */
#include "codegen/ops/guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A multiple of any page: strays further out than the next page are seen too. */
enum { CANARY = 0xC5, ALIGNMENT = 64, GUARD_BYTES = 256 << 10 };

bool guarded_alloc(struct guarded *buffer, uint64_t n_bytes)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    *buffer = (struct guarded){0};
    if (n_bytes > SIZE_MAX / 2) return false;
    uint64_t inner = (n_bytes + ALIGNMENT + page - 1) / page * page;
    size_t total = inner + 2 * GUARD_BYTES;
    uint8_t *map = mmap(NULL, total, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return false;
    uint8_t *end = map + GUARD_BYTES + inner;
    uint8_t *data = end - (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *buffer = (struct guarded){map, data, total, n_bytes};
    memset(map + GUARD_BYTES, CANARY, (size_t)(data - map) - GUARD_BYTES);
    memset(data + n_bytes, CANARY, (size_t)(end - data) - n_bytes);
    if (mprotect(map, GUARD_BYTES, PROT_NONE) || mprotect(end, GUARD_BYTES, PROT_NONE)) {
        guarded_free(buffer);
        return false;
    }
    return true;
}

void guarded_free(struct guarded *buffer)
{
    if (buffer->map) munmap(buffer->map, buffer->map_bytes);
    *buffer = (struct guarded){0};
}

bool guarded_intact(const struct guarded *buffer, int64_t *out_offset)
{
    int64_t before = buffer->data - buffer->map - GUARD_BYTES;
    int64_t size = (int64_t)buffer->map_bytes - 2 * GUARD_BYTES - before;
    for (int64_t i = (int64_t)buffer->n_bytes; i < size; i++) {
        *out_offset = i;
        if (buffer->data[i] != CANARY) return false;
    }
    for (int64_t i = -1; i >= -before; i--) {
        *out_offset = i;
        if (buffer->data[i] != CANARY) return false;
    }
    return true;
}

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;
    return hash ^ hash >> 29;
}

/* Four chains, so that the multiplications overlap: weights of many megabytes are hashed. */
uint64_t guarded_hash(const uint8_t *data, uint64_t n_bytes)
{
    uint64_t chain[4] = {1, 2, 3, 4}, words[4], at = 0;
    for (; at + sizeof words <= n_bytes; at += sizeof words) {
        memcpy(words, data + at, sizeof words);
        for (int i = 0; i < 4; i++) chain[i] = mixed(chain[i], words[i]);
    }
    for (; at < n_bytes; at++) chain[0] = mixed(chain[0], data[at]);
    for (int i = 1; i < 4; i++) chain[0] = mixed(chain[0], chain[i]);
    return mixed(chain[0], n_bytes);
}
