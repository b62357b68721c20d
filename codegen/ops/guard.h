/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: buffers between guard pages, and hashes of their contents. */
#ifndef HONE_OPS_GUARD_H
#define HONE_OPS_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `data` starts at a multiple of 64 and ends less than 64 bytes before an unmapped page. Shared
 * with forked children. */
struct guarded {
    uint8_t *map, *data;
    size_t map_bytes;
    uint64_t n_bytes;
};

bool guarded_alloc(struct guarded *buffer, uint64_t n_bytes);
void guarded_free(struct guarded *buffer);
/* The mapped bytes around `data` are as they were. Else *out_offset is that of the first change,
 * from the start of `data`. */
bool guarded_intact(const struct guarded *buffer, int64_t *out_offset);

uint64_t guarded_hash(const uint8_t *data, uint64_t n_bytes);

#endif
