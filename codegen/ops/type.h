/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: what a type's file blocks mean, apart from any layout. */
#ifndef HONE_OPS_TYPE_H
#define HONE_OPS_TYPE_H

#include "codegen/ops/format.h"

enum { Q4_0_BYTES = 18, Q8_0_BYTES = 34, Q6_K_BYTES = 210, TYPE_MAX_VALUES = 256 };

/* Blocks as in a file to f32. */
void type_decode(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out_values);

/* A block from its stored integers: offset values (0..15, 0..63), or signed ones for q8_0. */
void type_pack_q4_0(uint16_t d, const uint8_t q[32], uint8_t *out_block);
void type_pack_q8_0(uint16_t d, const int8_t q[32], uint8_t *out_block);
void type_pack_q6_k(uint16_t d, const int8_t scales[16], const uint8_t q[256], uint8_t *out_block);
void type_unpack_q6_k(const uint8_t *block, uint8_t out_q[256]);

/* int8 activation rows (type_q8a.c). */
void q8a_encode(const float *values, uint64_t cols, uint8_t *out_row);
void q8a_decode(const uint8_t *row, uint64_t cols, double *out_values);
/* Where the parts of a row begin, in bytes. */
struct q8a_parts {
    uint64_t d, nsum, nsum16;
};
struct q8a_parts q8a_parts(uint64_t cols);

static inline uint16_t load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline void store_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

#endif
