/* SPDX-License-Identifier: MIT */
/* Little-endian fields of code and data, as relocations of several machines change them. */
#ifndef HONE_COMPILE_BLOB_BITS_H
#define HONE_COMPILE_BLOB_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "codegen/compile/blob_machine.h"

/* Symbol + addend - place. */
static inline int64_t blob_distance(const struct blob_fixup *fixup)
{
    return (int64_t)(fixup->symbol + (uint64_t)fixup->addend - fixup->place);
}

static inline bool blob_fits(int64_t value, int n_bits)
{
    int64_t limit = INT64_C(1) << (n_bits - 1);
    return value >= -limit && value < limit;
}

static inline uint64_t blob_get(const uint8_t *bytes, int n_bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < n_bytes; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static inline void blob_put(uint8_t *bytes, int n_bytes, uint64_t value)
{
    for (int i = 0; i < n_bytes; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

static inline void blob_put_u32(uint8_t *bytes, uint32_t value)
{
    blob_put(bytes, 4, value);
}

static inline void blob_put_u64(uint8_t *bytes, uint64_t value)
{
    blob_put(bytes, 8, value);
}

/* Replaces the bits of `mask` in an instruction of four bytes. */
static inline void blob_set_bits(uint8_t *bytes, uint32_t mask, uint32_t value)
{
    blob_put_u32(bytes, ((uint32_t)blob_get(bytes, 4) & ~mask) | (value & mask));
}

#endif
