/* SPDX-License-Identifier: MIT */
/* File blocks of 32 values: q8_0, and the types whose values are nibbles, some with a fifth bit. */
#include <string.h>

#include "codegen/ops/type.h"

const struct nibble_block nibble_blocks[HONE_TYPES] = {
    [HONE_TYPE_Q4_0] = {2, false}, [HONE_TYPE_Q4_1] = {4, false},   [HONE_TYPE_Q5_0] = {2, true},
    [HONE_TYPE_Q5_1] = {4, true},  [HONE_TYPE_IQ4_NL] = {2, false}, [HONE_TYPE_MXFP4] = {1, false},
};

const int8_t type_iq4_nl_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                       1,    13,   25,  38,  53,  69,  89,  113};
/* Twice a 4-bit float with two bits of exponent and one of fraction. */
const int8_t type_mxfp4_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

float type_mxfp4_scale(uint8_t exponent)
{
    uint32_t bits = exponent < 2 ? 0x00200000u << exponent : (uint32_t)(exponent - 1) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

/* The scales of other types are f16. */
bool hone_type_fits_int8(enum hone_type type, const void *blocks, uint64_t n_blocks)
{
    const uint8_t *exponent = blocks;
    for (; type == HONE_TYPE_MXFP4 && n_blocks > 0; n_blocks--, exponent += MXFP4_BYTES)
        if (*exponent > MXFP4_MAX_INT8_EXPONENT) return false;
    return true;
}

void type_pack_nibbles(enum hone_type type, const uint8_t *head, const uint8_t q[32],
                       uint8_t *out_block)
{
    const struct nibble_block *kind = &nibble_blocks[type];
    memcpy(out_block, head, kind->head_bytes);
    out_block += kind->head_bytes;
    if (kind->has_fifth) {
        uint32_t fifth = 0;
        for (int i = 0; i < 32; i++) fifth |= (uint32_t)(q[i] >> 4) << i;
        store_u32(out_block, fifth);
        out_block += 4;
    }
    for (int i = 0; i < 16; i++) out_block[i] = (uint8_t)((q[i] & 15) | q[i + 16] << 4);
}

static void unpack_nibbles(const struct nibble_block *kind, const uint8_t *block, uint8_t out_q[32])
{
    const uint8_t *nibbles = block + kind->head_bytes + (kind->has_fifth ? 4 : 0);
    for (int i = 0; i < 16; i++) {
        out_q[i] = nibbles[i] & 15;
        out_q[i + 16] = nibbles[i] >> 4;
    }
    if (!kind->has_fifth) return;
    uint32_t fifth = load_u32(block + kind->head_bytes);
    for (int i = 0; i < 32; i++) out_q[i] = (uint8_t)(out_q[i] | (fifth >> i & 1) << 4);
}

/* What a stored integer stands for, before the scale. */
static void integers_of(enum hone_type type, int out_values[32])
{
    const int8_t *table = type == HONE_TYPE_IQ4_NL  ? type_iq4_nl_values
                          : type == HONE_TYPE_MXFP4 ? type_mxfp4_values
                                                    : NULL;
    int offset = type == HONE_TYPE_Q4_0 ? 8 : type == HONE_TYPE_Q5_0 ? 16 : 0;
    for (int i = 0; i < 32; i++) out_values[i] = table ? table[i % 16] : i - offset;
}

/* d * q is exact in f32, so adding m rounds once, fused or not. */
void decode_nibbles(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    const struct nibble_block *kind = &nibble_blocks[type];
    uint64_t bytes = hone_type_info(type)->block_bytes;
    int values[32];
    integers_of(type, values);
    for (; n_blocks > 0; n_blocks--, blocks += bytes, out += 32) {
        uint8_t q[32];
        unpack_nibbles(kind, blocks, q);
        float d =
            kind->head_bytes == 1 ? type_mxfp4_scale(blocks[0]) : hone_f16_to_f32(load_u16(blocks));
        for (int i = 0; i < 32; i++) out[i] = d * (float)values[q[i]];
        if (kind->head_bytes < 4) continue;
        float m = hone_f16_to_f32(load_u16(blocks + 2));
        for (int i = 0; i < 32; i++) out[i] += m;
    }
}

void decode_q8_0(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    for (; n_blocks > 0; n_blocks--, blocks += Q8_0_BYTES, out += 32) {
        float d = hone_f16_to_f32(load_u16(blocks));
        for (int i = 0; i < 32; i++) out[i] = d * (float)(int8_t)blocks[2 + i];
    }
}

void type_pack_q8_0(uint16_t d, const int8_t q[32], uint8_t *out_block)
{
    store_u16(out_block, d);
    memcpy(out_block + 2, q, 32);
}
