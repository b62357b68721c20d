/* SPDX-License-Identifier: MIT */
/* f32 rows to the blocks of a type. The scale is chosen from the largest value, stored as f16, and
 * the integers are then rounded against the scale as stored. */
#include <math.h>
#include <string.h>

#include "codegen/ops/type.h"

/* Of the largest magnitude, with its sign; values that are not finite count as 0. */
static float extreme(const float *values, int n)
{
    float best = 0;
    for (int i = 0; i < n; i++)
        if (isfinite(values[i]) && fabsf(values[i]) > fabsf(best)) best = values[i];
    return best;
}

static int round_clamped(float value, float inverse, int low, int high)
{
    float scaled = value * inverse;
    if (!(scaled > (float)low)) return isnan(scaled) ? 0 : low;
    if (scaled > (float)high) return high;
    return (int)lrintf(scaled);
}

static uint16_t store_scale(float scale, float *out_inverse)
{
    uint16_t half = hone_f32_to_f16(fminf(fmaxf(scale, -65504), 65504));
    float stored = hone_f16_to_f32(half);
    *out_inverse = stored == 0 ? 0 : 1 / stored;
    return half;
}

static void quantize_q8_0(const float *values, uint8_t *out_block)
{
    float inverse;
    int8_t q[32];
    uint16_t d = store_scale(fabsf(extreme(values, 32)) / 127, &inverse);
    for (int i = 0; i < 32; i++) q[i] = (int8_t)round_clamped(values[i], inverse, -127, 127);
    type_pack_q8_0(d, q, out_block);
}

/* The range is -8..7: the sign of d is chosen so that the largest value becomes -8. */
static void quantize_q4_0(const float *values, uint8_t *out_block)
{
    float inverse;
    uint8_t q[32];
    uint16_t d = store_scale(extreme(values, 32) / -8, &inverse);
    for (int i = 0; i < 32; i++) q[i] = (uint8_t)(round_clamped(values[i], inverse, -8, 7) + 8);
    type_pack_q4_0(d, q, out_block);
}

static void quantize_q6_k(const float *values, uint8_t *out_block)
{
    float wanted[16], inverse;
    int8_t scales[16];
    uint8_t q[256];
    for (int s = 0; s < 16; s++) wanted[s] = extreme(values + 16 * s, 16) / -32;
    uint16_t d = store_scale(fabsf(extreme(wanted, 16)) / 127, &inverse);
    for (int s = 0; s < 16; s++) {
        scales[s] = (int8_t)round_clamped(wanted[s], inverse, -127, 127);
        float step = hone_f16_to_f32(d) * (float)scales[s];
        float inverse_step = step == 0 ? 0 : 1 / step;
        for (int i = 16 * s; i < 16 * s + 16; i++)
            q[i] = (uint8_t)(round_clamped(values[i], inverse_step, -32, 31) + 32);
    }
    type_pack_q6_k(d, scales, q, out_block);
}

static void quantize_f32(const float *values, uint64_t cols, uint8_t *out)
{
    if (cols) memcpy(out, values, cols * sizeof *values);
}

static void quantize_f16(const float *values, uint64_t cols, uint8_t *out)
{
    for (uint64_t k = 0; k < cols; k++) store_u16(out + 2 * k, hone_f32_to_f16(values[k]));
}

static void quantize_bf16(const float *values, uint64_t cols, uint8_t *out)
{
    for (uint64_t k = 0; k < cols; k++) store_u16(out + 2 * k, hone_f32_to_bf16(values[k]));
}

void hone_type_quantize_row(enum hone_type type, const float *values, uint64_t cols, void *out)
{
    static void (*const plain[HONE_TYPES])(const float *, uint64_t, uint8_t *) = {
        [HONE_TYPE_F32] = quantize_f32,
        [HONE_TYPE_F16] = quantize_f16,
        [HONE_TYPE_BF16] = quantize_bf16,
    };
    static void (*const blocks[HONE_TYPES])(const float *, uint8_t *) = {
        [HONE_TYPE_Q8_0] = quantize_q8_0,
        [HONE_TYPE_Q4_0] = quantize_q4_0,
        [HONE_TYPE_Q6_K] = quantize_q6_k,
    };
    const struct hone_type_info *info = hone_type_info(type);
    uint8_t *block = out;
    if (plain[type]) plain[type](values, cols, block);
    if (!blocks[type]) return;
    for (uint64_t k = 0; k + info->block_values <= cols; k += info->block_values) {
        blocks[type](values + k, block);
        block += info->block_bytes;
    }
}
