/* SPDX-License-Identifier: MIT */
/* The table of types and the meaning of their blocks as files hold them. */
#include "codegen/ops/type.h"

#include <string.h>

static const struct hone_type_info infos[HONE_TYPES] = {
    [HONE_TYPE_NONE] = {"none", 1,   0         },
    [HONE_TYPE_F32] = {"f32",  1,   4         },
    [HONE_TYPE_F16] = {"f16",  1,   2         },
    [HONE_TYPE_BF16] = {"bf16", 1,   2         },
    [HONE_TYPE_Q8_0] = {"q8_0", 32,  Q8_0_BYTES},
    [HONE_TYPE_Q4_0] = {"q4_0", 32,  Q4_0_BYTES},
    [HONE_TYPE_Q6_K] = {"q6_k", 256, Q6_K_BYTES},
    [HONE_TYPE_I32] = {"i32",  1,   4         },
    [HONE_TYPE_Q8A] = {"q8a",  32,  48        },
};

const struct hone_type_info *hone_type_info(enum hone_type type)
{
    return &infos[(unsigned)type < HONE_TYPES ? type : HONE_TYPE_NONE];
}

enum hone_type hone_type_by_name(const char *name)
{
    for (int t = HONE_TYPE_NONE + 1; t < HONE_TYPES; t++)
        if (strcmp(infos[t].name, name) == 0) return (enum hone_type)t;
    return HONE_TYPE_NONE;
}

static void decode_f32(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    if (n_blocks) memcpy(out, blocks, n_blocks * sizeof *out);
}

static void decode_f16(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    for (uint64_t i = 0; i < n_blocks; i++) out[i] = hone_f16_to_f32(load_u16(blocks + 2 * i));
}

static void decode_bf16(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    for (uint64_t i = 0; i < n_blocks; i++) out[i] = hone_bf16_to_f32(load_u16(blocks + 2 * i));
}

static void decode_q8_0(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    for (; n_blocks > 0; n_blocks--, blocks += Q8_0_BYTES, out += 32) {
        float d = hone_f16_to_f32(load_u16(blocks));
        for (int i = 0; i < 32; i++) out[i] = d * (float)(int8_t)blocks[2 + i];
    }
}

static void decode_q4_0(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    for (; n_blocks > 0; n_blocks--, blocks += Q4_0_BYTES, out += 32) {
        float d = hone_f16_to_f32(load_u16(blocks));
        for (int i = 0; i < 16; i++) {
            out[i] = d * (float)((blocks[2 + i] & 15) - 8);
            out[i + 16] = d * (float)((blocks[2 + i] >> 4) - 8);
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

static void decode_q6_k(const uint8_t *blocks, uint64_t n_blocks, float *out)
{
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

void type_pack_q4_0(uint16_t d, const uint8_t q[32], uint8_t *out_block)
{
    store_u16(out_block, d);
    for (int i = 0; i < 16; i++) out_block[2 + i] = (uint8_t)(q[i] | q[i + 16] << 4);
}

void type_pack_q8_0(uint16_t d, const int8_t q[32], uint8_t *out_block)
{
    store_u16(out_block, d);
    memcpy(out_block + 2, q, 32);
}

void type_decode(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out_values)
{
    static void (*const decoders[HONE_TYPES])(const uint8_t *, uint64_t, float *) = {
        [HONE_TYPE_F32] = decode_f32,   [HONE_TYPE_F16] = decode_f16,
        [HONE_TYPE_BF16] = decode_bf16, [HONE_TYPE_Q8_0] = decode_q8_0,
        [HONE_TYPE_Q4_0] = decode_q4_0, [HONE_TYPE_Q6_K] = decode_q6_k,
    };
    if (decoders[type]) decoders[type](blocks, n_blocks, out_values);
}
