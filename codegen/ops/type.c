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
    [HONE_TYPE_I32] = {"i32", 1, 4},
    [HONE_TYPE_Q8A] = {"q8a", 32, 48},
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
        [HONE_TYPE_MXFP4] = decode_nibbles,
    };
    if (decoders[type]) decoders[type](type, blocks, n_blocks, out_values);
}
