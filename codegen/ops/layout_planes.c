/* SPDX-License-Identifier: MIT */
/* Planes: a row's values, their upper bits and their scales apart, each aligned for wide loads. */
#include <string.h>

#include "codegen/ops/layout.h"
#include "codegen/ops/type.h"

/* Of 32 columns: bytes of values, and where the planes of upper bits and of scales begin. A row of
 * n such units is values | upper bits | scales, each plane n times its unit's bytes:
 *
 *   q8_0                 i8 q[32]     -         f16 d
 *   q4_0 iq4_nl          nibbles[16]  -         f16 d
 *   mxfp4                nibbles[16]  -         u8 e
 *   q4_1                 nibbles[16]  -         f16 d, f16 m
 *   q5_0 q5_1            nibbles[16]  fifth[4]  as q4_0, q4_1
 *   q4_k q5_k            nibbles[16]  fifth[4]  16 bytes for 8 units: f16 d, dmin; sm[8]; mm[4]
 *   q6_k                 nibbles[16]  upper[8]  i8 scales[2] per unit; after all, f16 d per 8
 *
 * Nibbles: byte i has values i (low) and i + 16. Bit p of byte j of `fifth` is the fifth bit of
 * value 4p + j; bits 2p and 2p + 1 of byte j of upper's half h are the upper bits of value 16h + 4p
 * + j. sm and mm as in the shared blocks (README.md). */
static const struct planes {
    uint8_t upper, scales, scale_bytes;
} planes[HONE_TYPES] = {
    [HONE_TYPE_Q8_0] = {32, 32, 2},  [HONE_TYPE_Q4_0] = {16, 16, 2},
    [HONE_TYPE_Q4_1] = {16, 16, 4},  [HONE_TYPE_Q5_0] = {16, 20, 2},
    [HONE_TYPE_Q5_1] = {16, 20, 4},  [HONE_TYPE_IQ4_NL] = {16, 16, 2},
    [HONE_TYPE_MXFP4] = {16, 16, 1}, [HONE_TYPE_Q4_K] = {16, 16, 2},
    [HONE_TYPE_Q5_K] = {16, 20, 2},  [HONE_TYPE_Q6_K] = {16, 24, 2},
};

enum { Q6_K_D_PLANE = 26, Q6_K_SCALES = 192, Q6_K_D = 208 };

static void put_nibbles(const uint8_t q[32], uint8_t *to)
{
    for (uint32_t i = 0; i < 16; i++) to[i] = (uint8_t)((q[i] & 15) | (q[i + 16] & 15) << 4);
}

static void get_nibbles(const uint8_t *from, uint8_t out_q[32])
{
    for (uint32_t i = 0; i < 16; i++) {
        out_q[i] = from[i] & 15;
        out_q[i + 16] = from[i] >> 4;
    }
}

static uint32_t fifth_of(const uint8_t q[32])
{
    uint32_t fifth = 0;
    for (uint32_t i = 0; i < 32; i++) fifth |= (uint32_t)(q[i] >> 4 & 1) << i;
    return layout_fifth_by_bytes(fifth);
}

static void put_k(enum hone_type type, const uint8_t *block, uint8_t *values, uint8_t *upper,
                  uint8_t *scales)
{
    struct k_block k;
    type_unpack_k(type, block, &k);
    store_u16(scales, k.d);
    store_u16(scales + 2, k.dmin);
    for (uint32_t s = 0; s < 8; s++) {
        scales[4 + s] = (uint8_t)(k.scales[s] | (k.mins[s] >> 4) << 6);
        put_nibbles(k.q + 32 * s, values + 16 * s);
        if (type == HONE_TYPE_Q5_K) store_u32(upper + 4 * s, fifth_of(k.q + 32 * s));
    }
    for (uint32_t s = 0; s < 4; s++)
        scales[12 + s] = (uint8_t)((k.mins[s] & 15) | k.mins[s + 4] << 4);
}

static void get_k(enum hone_type type, const uint8_t *values, const uint8_t *upper,
                  const uint8_t *scales, uint8_t *out_block)
{
    struct k_block k = {.d = load_u16(scales), .dmin = load_u16(scales + 2)};
    for (uint32_t s = 0; s < 8; s++) {
        uint8_t *q = k.q + 32 * s;
        k.scales[s] = scales[4 + s] & 63;
        k.mins[s] =
            (uint8_t)((scales[12 + s % 4] >> (s < 4 ? 0 : 4) & 15) | (scales[4 + s] >> 6) << 4);
        get_nibbles(values + 16 * s, q);
        if (type != HONE_TYPE_Q5_K) continue;
        uint32_t fifth = layout_fifth_by_values(load_u32(upper + 4 * s));
        for (uint32_t i = 0; i < 32; i++) q[i] = (uint8_t)(q[i] | (fifth >> i & 1) << 4);
    }
    type_pack_k(type, &k, out_block);
}

static void put_q6_k(const uint8_t *block, uint8_t *values, uint8_t *upper, uint8_t *scales)
{
    uint8_t q[256];
    type_unpack_q6_k(block, q);
    memcpy(scales, block + Q6_K_SCALES, 16);
    for (uint32_t s = 0; s < 8; s++) {
        const uint8_t *v = q + 32 * s;
        put_nibbles(v, values + 16 * s);
        for (uint32_t i = 0; i < 8; i++) {
            uint32_t bits = 0, first = i / 4 * 16 + i % 4;
            for (uint32_t p = 0; p < 4; p++) bits |= (uint32_t)(v[first + 4 * p] >> 4) << 2 * p;
            upper[8 * s + i] = (uint8_t)bits;
        }
    }
}

static void get_q6_k(const uint8_t *values, const uint8_t *upper, const uint8_t *scales, uint16_t d,
                     uint8_t *out_block)
{
    uint8_t q[256];
    int8_t kept[16];
    memcpy(kept, scales, sizeof kept);
    for (uint32_t s = 0; s < 8; s++) {
        uint8_t *v = q + 32 * s;
        get_nibbles(values + 16 * s, v);
        for (uint32_t i = 0; i < 32; i++) {
            uint32_t bits = upper[8 * s + i / 16 * 4 + i % 4] >> 2 * (i % 16 / 4) & 3;
            v[i] = (uint8_t)(v[i] | bits << 4);
        }
    }
    type_pack_q6_k(d, kept, q, out_block);
}

void layout_planes_put(enum hone_type type, const uint8_t *block, uint64_t cols, uint64_t number,
                       uint8_t *row)
{
    const struct planes *p = &planes[type];
    const struct nibble_block *kind = &nibble_blocks[type];
    uint64_t n = cols / 32, units = hone_type_info(type)->block_values / 32;
    uint64_t unit = number * units, value_bytes = p->upper;
    uint64_t upper_bytes = (uint64_t)(p->scales - p->upper);
    uint8_t *values = row + unit * value_bytes, *upper = row + n * p->upper + unit * upper_bytes;
    uint8_t *scales = row + n * p->scales + unit * p->scale_bytes;
    if (type == HONE_TYPE_Q8_0) {
        memcpy(scales, block, 2);
        memcpy(values, block + 2, 32);
    } else if (type == HONE_TYPE_Q6_K) {
        put_q6_k(block, values, upper, scales);
        memcpy(row + n * Q6_K_D_PLANE + number * 2, block + Q6_K_D, 2);
    } else if (units > 1) {
        put_k(type, block, values, upper, scales);
    } else {
        memcpy(scales, block, kind->head_bytes);
        block += kind->head_bytes;
        if (kind->has_fifth) store_u32(upper, layout_fifth_by_bytes(load_u32(block)));
        memcpy(values, block + (kind->has_fifth ? 4 : 0), 16);
    }
}

void layout_planes_get(enum hone_type type, const uint8_t *row, uint64_t cols, uint64_t number,
                       uint8_t *out_block)
{
    const struct planes *p = &planes[type];
    const struct nibble_block *kind = &nibble_blocks[type];
    uint64_t n = cols / 32, units = hone_type_info(type)->block_values / 32;
    uint64_t unit = number * units, value_bytes = p->upper;
    uint64_t upper_bytes = (uint64_t)(p->scales - p->upper);
    const uint8_t *values = row + unit * value_bytes;
    const uint8_t *upper = row + n * p->upper + unit * upper_bytes;
    const uint8_t *scales = row + n * p->scales + unit * p->scale_bytes;
    if (type == HONE_TYPE_Q8_0) {
        memcpy(out_block, scales, 2);
        memcpy(out_block + 2, values, 32);
    } else if (type == HONE_TYPE_Q6_K) {
        get_q6_k(values, upper, scales, load_u16(row + n * Q6_K_D_PLANE + number * 2), out_block);
    } else if (units > 1) {
        get_k(type, values, upper, scales, out_block);
    } else {
        memcpy(out_block, scales, kind->head_bytes);
        out_block += kind->head_bytes;
        if (kind->has_fifth) {
            store_u32(out_block, layout_fifth_by_values(load_u32(upper)));
            out_block += 4;
        }
        memcpy(out_block, values, 16);
    }
}
