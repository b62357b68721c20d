/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: what a type's file blocks mean, apart from any layout. */
#ifndef HONE_OPS_TYPE_H
#define HONE_OPS_TYPE_H

#include <string.h>

#include "codegen/ops/format.h"

enum {
    Q4_0_BYTES = 18,
    Q4_1_BYTES = 20,
    Q5_0_BYTES = 22,
    Q5_1_BYTES = 24,
    Q8_0_BYTES = 34,
    IQ4_NL_BYTES = 18,
    MXFP4_BYTES = 17,
    Q4_K_BYTES = 144,
    Q5_K_BYTES = 176,
    Q6_K_BYTES = 210,
    TYPE_MAX_VALUES = 256,
    MXFP4_MAX_INT8_EXPONENT = 231
};

/* Bytes behind the blocks of a row: its scale and, of activations, its sum; 0 for most types. */
uint32_t type_row_tail(enum hone_type type);
/* Columns of a row whose products' sum fits 32 bits; 0: any number. */
uint32_t type_max_cols(enum hone_type type);

/* Blocks as in a file to f32; of a type with a scale per row without that scale. */
void type_decode(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out_values);

/* Blocks of 32 values in nibbles: a head of scales, 4 bytes of fifth bits (bit i is value i's)
 * where there are such, 16 bytes with value i in the low and value i + 16 in the high nibble of
 * byte i. */
struct nibble_block {
    uint8_t head_bytes; /* 2: f16 d; 4: f16 d, f16 m; 1: exponent; 0: another kind of type */
    bool has_fifth;
};
extern const struct nibble_block nibble_blocks[HONE_TYPES];
void type_pack_nibbles(enum hone_type type, const uint8_t *head, const uint8_t q[32],
                       uint8_t *out_block);
/* What a nibble means in iq4_nl and mxfp4. */
extern const int8_t type_iq4_nl_values[16], type_mxfp4_values[16];
/* 2^(exponent - 128), which times the doubled values of mxfp4 are its values. */
float type_mxfp4_scale(uint8_t exponent);

void type_pack_q8_0(uint16_t d, const int8_t q[32], uint8_t *out_block);

/* q4_k and q5_k: x = d * scale * q - dmin * min, by 32 values; scales and mins have 6 bits. */
struct k_block {
    uint16_t d, dmin;
    uint8_t scales[8], mins[8];
    uint8_t q[256];
};
void type_pack_k(enum hone_type type, const struct k_block *from, uint8_t *out_block);
void type_unpack_k(enum hone_type type, const uint8_t *block, struct k_block *out);

/* From offset values, 0..63. */
void type_pack_q6_k(uint16_t d, const int8_t scales[16], const uint8_t q[256], uint8_t *out_block);
void type_unpack_q6_k(const uint8_t *block, uint8_t out_q[256]);

void decode_nibbles(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out);
void decode_q8_0(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out);
void decode_k(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out);
void decode_q6_k(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out);

/* int8 activation rows, q8a and q8r (type_q8a.c). */
static inline bool type_is_q8(enum hone_type type)
{
    return type == HONE_TYPE_Q8A || type == HONE_TYPE_Q8R;
}

void q8_encode(enum hone_type type, const float *values, uint64_t cols, uint8_t *out_row);
void q8_decode(enum hone_type type, const uint8_t *row, uint64_t cols, double *out_values);
/* Values that share a scale, and where the parts of a row begin, in bytes; q8r has no nsum16. */
struct q8_parts {
    uint64_t block, d, nsum, nsum16;
};
struct q8_parts q8_parts(enum hone_type type, uint64_t cols);

static inline uint16_t load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline void store_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline uint32_t load_u32(const uint8_t *at)
{
    return load_u16(at) | (uint32_t)load_u16(at + 2) << 16;
}

static inline float load_f32(const uint8_t *at)
{
    uint32_t bits = load_u32(at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void store_u32(uint8_t *at, uint32_t value)
{
    store_u16(at, (uint16_t)value);
    store_u16(at + 2, (uint16_t)(value >> 16));
}

#endif
