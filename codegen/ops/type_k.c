/* SPDX-License-Identifier: MIT */
/* File blocks of 256 values: q4_k, q5_k and q6_k. */
#include <string.h>

#include "codegen/ops/type.h"

/* File order of q4_k and q5_k: f16 d, f16 dmin, 12 bytes of scales and mins, the fifth bits of q5_k
 * (32 bytes), 128 bytes of nibbles. Byte l of the 32 of run r holds values 64r + l and 64r + 32 +
 * l, and their fifth bits are bits 2r and 2r + 1 of byte l. */
enum { K_SCALES = 4, K_VALUES = 16, K_FIFTH_BYTES = 32 };

/* The first four of the 6-bit numbers have a byte of their own, whose upper two bits go to the last
 * four. */
static void unpack_scales(const uint8_t *s, uint8_t scales[8], uint8_t mins[8])
{
    for (int j = 0; j < 4; j++) {
        scales[j] = s[j] & 63;
        mins[j] = s[j + 4] & 63;
        scales[j + 4] = (uint8_t)((s[j + 8] & 15) | (s[j] >> 6) << 4);
        mins[j + 4] = (uint8_t)(s[j + 8] >> 4 | (s[j + 4] >> 6) << 4);
    }
}

static void pack_scales(const uint8_t scales[8], const uint8_t mins[8], uint8_t *s)
{
    for (int j = 0; j < 4; j++) {
        s[j] = (uint8_t)(scales[j] | (scales[j + 4] >> 4) << 6);
        s[j + 4] = (uint8_t)(mins[j] | (mins[j + 4] >> 4) << 6);
        s[j + 8] = (uint8_t)((scales[j + 4] & 15) | (mins[j + 4] & 15) << 4);
    }
}

void type_pack_k(enum hone_type type, const struct k_block *from, uint8_t *out_block)
{
    uint8_t *fifth = out_block + K_VALUES, *nibbles = fifth;
    store_u16(out_block, from->d);
    store_u16(out_block + 2, from->dmin);
    pack_scales(from->scales, from->mins, out_block + K_SCALES);
    if (type == HONE_TYPE_Q5_K) {
        nibbles += K_FIFTH_BYTES;
        for (int l = 0; l < 32; l++) {
            unsigned bits = 0;
            for (int s = 0; s < 8; s++) bits |= (unsigned)(from->q[32 * s + l] >> 4) << s;
            fifth[l] = (uint8_t)bits;
        }
    }
    for (int i = 0; i < 128; i++) {
        const uint8_t *v = from->q + i / 32 * 64 + i % 32;
        nibbles[i] = (uint8_t)((v[0] & 15) | v[32] << 4);
    }
}

void type_unpack_k(enum hone_type type, const uint8_t *block, struct k_block *out)
{
    const uint8_t *fifth = block + K_VALUES, *nibbles = fifth;
    out->d = load_u16(block);
    out->dmin = load_u16(block + 2);
    unpack_scales(block + K_SCALES, out->scales, out->mins);
    if (type == HONE_TYPE_Q5_K) nibbles += K_FIFTH_BYTES;
    for (int i = 0; i < 128; i++) {
        uint8_t *v = out->q + i / 32 * 64 + i % 32;
        v[0] = nibbles[i] & 15;
        v[32] = nibbles[i] >> 4;
    }
    for (int i = 0; type == HONE_TYPE_Q5_K && i < 256; i++)
        out->q[i] = (uint8_t)(out->q[i] | (fifth[i % 32] >> (i / 32) & 1) << 4);
}

/* d * scale * q and dmin * min are exact in f32; their difference rounds once. */
void decode_k(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    struct k_block block;
    for (; n_blocks > 0; n_blocks--, out += 256) {
        type_unpack_k(type, blocks, &block);
        blocks += hone_type_info(type)->block_bytes;
        float d = hone_f16_to_f32(block.d), dmin = hone_f16_to_f32(block.dmin);
        for (int s = 0; s < 8; s++) {
            float scale = d * (float)block.scales[s], min = dmin * (float)block.mins[s];
            for (int i = 32 * s; i < 32 * s + 32; i++) {
                float product = scale * (float)block.q[i];
                out[i] = product - min;
            }
        }
    }
}

/* File order of q6_k: 128 low nibbles bytes, 64 bytes of upper bits, 16 scales, d. In each half of
 * 128 values, byte l of 32 holds the parts of values l, l+32, l+64, l+96. */
enum { Q6_QH = 128, Q6_SCALES = 192, Q6_D = 208 };

void type_unpack_q6_k(const uint8_t *block, uint8_t out_q[256])
{
    for (int half = 0; half < 2; half++) {
        const uint8_t *ql = block + 64 * half, *qh = block + Q6_QH + 32 * half;
        uint8_t *q = out_q + 128 * half;
        for (int l = 0; l < 32; l++) {
            q[l] = (uint8_t)((ql[l] & 15) | (qh[l] & 3) << 4);
            q[l + 32] = (uint8_t)((ql[l + 32] & 15) | (qh[l] >> 2 & 3) << 4);
            q[l + 64] = (uint8_t)(ql[l] >> 4 | (qh[l] >> 4 & 3) << 4);
            q[l + 96] = (uint8_t)(ql[l + 32] >> 4 | (qh[l] >> 6) << 4);
        }
    }
}

void type_pack_q6_k(uint16_t d, const int8_t scales[16], const uint8_t q[256], uint8_t *out_block)
{
    for (int half = 0; half < 2; half++) {
        uint8_t *ql = out_block + 64 * half, *qh = out_block + Q6_QH + 32 * half;
        const uint8_t *v = q + 128 * half;
        for (int l = 0; l < 32; l++) {
            ql[l] = (uint8_t)((v[l] & 15) | v[l + 64] << 4);
            ql[l + 32] = (uint8_t)((v[l + 32] & 15) | v[l + 96] << 4);
            qh[l] = (uint8_t)(v[l] >> 4 | (v[l + 32] >> 4) << 2 | (v[l + 64] >> 4) << 4 |
                              (v[l + 96] >> 4) << 6);
        }
    }
    memcpy(out_block + Q6_SCALES, scales, 16);
    store_u16(out_block + Q6_D, d);
}

void decode_q6_k(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    uint8_t q[256];
    for (; n_blocks > 0; n_blocks--, blocks += Q6_K_BYTES, out += 256) {
        float d = hone_f16_to_f32(load_u16(blocks + Q6_D));
        type_unpack_q6_k(blocks, q);
        for (int s = 0; s < 16; s++) {
            float scale = d * (float)(int8_t)blocks[Q6_SCALES + s];
            for (int i = 16 * s; i < 16 * s + 16; i++) out[i] = scale * (float)(q[i] - 32);
        }
    }
}
