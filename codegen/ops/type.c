/* SPDX-License-Identifier: MIT */
/* The table of types, and plain values to f32. */
#include "codegen/ops/type.h"

#include <string.h>

static const struct hone_type_info infos[HONE_TYPES] = {
    [HONE_TYPE_NONE] = {"none", 1, 0},
    [HONE_TYPE_F32] = {"f32", 1, 4},
    [HONE_TYPE_F16] = {"f16", 1, 2},
    [HONE_TYPE_BF16] = {"bf16", 1, 2},
    [HONE_TYPE_Q8_0] = {"q8_0", 32, Q8_0_BYTES},
    [HONE_TYPE_Q4_0] = {"q4_0", 32, Q4_0_BYTES},
    [HONE_TYPE_Q6_K] = {"q6_k", 256, Q6_K_BYTES},
    [HONE_TYPE_Q4_1] = {"q4_1", 32, Q4_1_BYTES},
    [HONE_TYPE_Q5_0] = {"q5_0", 32, Q5_0_BYTES},
    [HONE_TYPE_Q5_1] = {"q5_1", 32, Q5_1_BYTES},
    [HONE_TYPE_Q4_K] = {"q4_k", 256, Q4_K_BYTES},
    [HONE_TYPE_Q5_K] = {"q5_k", 256, Q5_K_BYTES},
    [HONE_TYPE_IQ4_NL] = {"iq4_nl", 32, IQ4_NL_BYTES},
    [HONE_TYPE_MXFP4] = {"mxfp4", 32, MXFP4_BYTES},
    [HONE_TYPE_I8] = {"i8", 32, 32},
    [HONE_TYPE_I32] = {"i32", 1, 4},
    [HONE_TYPE_Q8A] = {"q8a", 32, 48},
    [HONE_TYPE_Q8R] = {"q8r", 32, 32},
};

/* 128 * 127 * 2^17 is the last power of two below 2^31. */
static const struct {
    uint32_t bytes, max_cols;
} row_tails[HONE_TYPES] = {
    [HONE_TYPE_I8] = {4, 1 << 17},
    [HONE_TYPE_Q8R] = {8, 1 << 17},
};

uint32_t type_row_tail(enum hone_type type)
{
    return row_tails[type].bytes;
}

uint32_t type_max_cols(enum hone_type type)
{
    return row_tails[type].max_cols;
}

uint64_t hone_type_row_bytes(enum hone_type type, uint64_t cols)
{
    const struct hone_type_info *info = hone_type_info(type);
    return cols / info->block_values * info->block_bytes + type_row_tail(type);
}

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

static void decode_f32(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    if (n_blocks) memcpy(out, blocks, n_blocks * sizeof *out);
}

static void decode_f16(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    for (uint64_t i = 0; i < n_blocks; i++) out[i] = hone_f16_to_f32(load_u16(blocks + 2 * i));
}

static void decode_bf16(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    for (uint64_t i = 0; i < n_blocks; i++) out[i] = hone_bf16_to_f32(load_u16(blocks + 2 * i));
}

static void decode_i8(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out)
{
    (void)type;
    for (uint64_t i = 0; i < 32 * n_blocks; i++) out[i] = (float)(int8_t)blocks[i];
}

void type_decode(enum hone_type type, const uint8_t *blocks, uint64_t n_blocks, float *out_values)
{
    static void (*const decoders[HONE_TYPES])(enum hone_type, const uint8_t *, uint64_t,
                                              float *) = {
        [HONE_TYPE_F32] = decode_f32,       [HONE_TYPE_F16] = decode_f16,
        [HONE_TYPE_BF16] = decode_bf16,     [HONE_TYPE_Q8_0] = decode_q8_0,
        [HONE_TYPE_Q4_0] = decode_nibbles,  [HONE_TYPE_Q4_1] = decode_nibbles,
        [HONE_TYPE_Q5_0] = decode_nibbles,  [HONE_TYPE_Q5_1] = decode_nibbles,
        [HONE_TYPE_Q4_K] = decode_k,        [HONE_TYPE_Q5_K] = decode_k,
        [HONE_TYPE_Q6_K] = decode_q6_k,     [HONE_TYPE_IQ4_NL] = decode_nibbles,
        [HONE_TYPE_MXFP4] = decode_nibbles, [HONE_TYPE_I8] = decode_i8,
    };
    if (decoders[type]) decoders[type](type, blocks, n_blocks, out_values);
}
