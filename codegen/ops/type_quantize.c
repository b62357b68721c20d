/* SPDX-License-Identifier: MIT */
/* f32 rows to the blocks of a type. The scale is chosen from the largest value, stored as f16 (f32
 * for a whole row), and the integers are then rounded against the scale as stored. */
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

static void quantize_q8_0(enum hone_type type, const float *values, uint8_t *out_block)
{
    (void)type;
    float inverse;
    int8_t q[32];
    uint16_t d = store_scale(fabsf(extreme(values, 32)) / 127, &inverse);
    for (int i = 0; i < 32; i++) q[i] = (int8_t)round_clamped(values[i], inverse, -127, 127);
    type_pack_q8_0(d, q, out_block);
}

/* The range is symmetric but for one more value below: the sign of d is chosen so that the largest
 * value takes that one. */
static void quantize_signed(enum hone_type type, const float *values, uint8_t *out_block)
{
    int bound = nibble_blocks[type].has_fifth ? 16 : 8;
    float inverse;
    uint8_t q[32], head[2];
    store_u16(head, store_scale(extreme(values, 32) / (float)-bound, &inverse));
    for (int i = 0; i < 32; i++)
        q[i] = (uint8_t)(round_clamped(values[i], inverse, -bound, bound - 1) + bound);
    type_pack_nibbles(type, head, q, out_block);
}

/* Smallest and largest; what is not finite does not count. */
static void range_of(const float *values, float *out_low, float *out_high)
{
    bool any = false;
    *out_low = *out_high = 0;
    for (int i = 0; i < 32; i++) {
        if (!isfinite(values[i])) continue;
        *out_low = any ? fminf(*out_low, values[i]) : values[i];
        *out_high = any ? fmaxf(*out_high, values[i]) : values[i];
        any = true;
    }
}

static void quantize_with_min(enum hone_type type, const float *values, uint8_t *out_block)
{
    int steps = nibble_blocks[type].has_fifth ? 31 : 15;
    float low, high, inverse, unused;
    uint8_t q[32], head[4];
    range_of(values, &low, &high);
    uint16_t m = store_scale(low, &unused);
    store_u16(head, store_scale((high - low) / (float)steps, &inverse));
    store_u16(head + 2, m);
    for (int i = 0; i < 32; i++)
        q[i] = (uint8_t)round_clamped(values[i] - hone_f16_to_f32(m), inverse, 0, steps);
    type_pack_nibbles(type, head, q, out_block);
}

/* The nearest of 16 values to each; returns the sum of squared errors. */
static double nearest_of(const int8_t table[16], float scale, const float *values,
                         uint8_t out_q[32])
{
    double errors = 0;
    for (int i = 0; i < 32; i++) {
        float best = INFINITY, value = isfinite(values[i]) ? values[i] : 0;
        out_q[i] = 0;
        for (uint8_t q = 0; q < 16; q++) {
            float error = fabsf(value - scale * (float)table[q]);
            if (!(error < best)) continue;
            best = error;
            out_q[i] = q;
        }
        errors += (double)best * (double)best;
    }
    return errors;
}

/* The largest value becomes the table's largest, with either sign: whichever fits the rest better.
 */
static void quantize_iq4_nl(enum hone_type type, const float *values, uint8_t *out_block)
{
    static const float ends[2] = {-127, 113};
    double least = INFINITY;
    for (int i = 0; i < 2; i++) {
        float unused;
        uint8_t q[32], head[2];
        uint16_t d = store_scale(extreme(values, 32) / ends[i], &unused);
        double errors = nearest_of(type_iq4_nl_values, hone_f16_to_f32(d), values, q);
        store_u16(head, d);
        if (errors < least || i == 0) type_pack_nibbles(type, head, q, out_block);
        least = fmin(least, errors);
    }
}

/* The largest value lies in the last binade of the 4-bit float, where it may be cut to 6 from less
 * than 8; or in the one before, with a coarser step for all. */
static void quantize_mxfp4(enum hone_type type, const float *values, uint8_t *out_block)
{
    int exponent;
    frexpf(extreme(values, 32), &exponent);
    double least = INFINITY;
    for (int i = 0; i < 2; i++) {
        int biased = extreme(values, 32) == 0 ? 0 : exponent + 124 + i;
        uint8_t q[32], head = (uint8_t)(biased < 0 ? 0 : biased > 250 ? 250 : biased);
        double errors = nearest_of(type_mxfp4_values, type_mxfp4_scale(head), values, q);
        if (errors < least || i == 0) type_pack_nibbles(type, &head, q, out_block);
        least = fmin(least, errors);
    }
}

/* A block's range is taken to hold 0, so that its min is a size to subtract. */
static void quantize_k(enum hone_type type, const float *values, uint8_t *out_block)
{
    struct k_block k;
    float scales[8], mins[8], inverse_d, inverse_dmin;
    int steps = type == HONE_TYPE_Q5_K ? 31 : 15;
    for (int s = 0; s < 8; s++) {
        float low, high;
        range_of(values + 32 * s, &low, &high);
        low = fminf(low, 0);
        scales[s] = (fmaxf(high, 0) - low) / (float)steps;
        mins[s] = -low;
    }
    k.d = store_scale(extreme(scales, 8) / 63, &inverse_d);
    k.dmin = store_scale(extreme(mins, 8) / 63, &inverse_dmin);
    for (int s = 0; s < 8; s++) {
        k.scales[s] = (uint8_t)round_clamped(scales[s], inverse_d, 0, 63);
        k.mins[s] = (uint8_t)round_clamped(mins[s], inverse_dmin, 0, 63);
        float step = hone_f16_to_f32(k.d) * (float)k.scales[s];
        float min = hone_f16_to_f32(k.dmin) * (float)k.mins[s];
        float inverse = step == 0 ? 0 : 1 / step;
        for (int i = 32 * s; i < 32 * s + 32; i++)
            k.q[i] = (uint8_t)round_clamped(values[i] + min, inverse, 0, steps);
    }
    type_pack_k(type, &k, out_block);
}

static void quantize_q6_k(enum hone_type type, const float *values, uint8_t *out_block)
{
    (void)type;
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

/* One scale for all of the row, symmetric. */
static void quantize_i8(const float *values, uint64_t cols, uint8_t *out)
{
    float amax = 0;
    for (uint64_t k = 0; k < cols; k++)
        if (isfinite(values[k])) amax = fmaxf(amax, fabsf(values[k]));
    float d = amax / 127, inverse = amax == 0 ? 0 : 127 / amax;
    if (!isfinite(inverse)) inverse = d = 0;
    for (uint64_t k = 0; k < cols; k++)
        out[k] = (uint8_t)round_clamped(values[k], inverse, -127, 127);
    memcpy(out + cols, &d, sizeof d);
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
        [HONE_TYPE_I8] = quantize_i8,
    };
    static void (*const blocks[HONE_TYPES])(enum hone_type, const float *, uint8_t *) = {
        [HONE_TYPE_Q8_0] = quantize_q8_0,     [HONE_TYPE_Q4_0] = quantize_signed,
        [HONE_TYPE_Q4_1] = quantize_with_min, [HONE_TYPE_Q5_0] = quantize_signed,
        [HONE_TYPE_Q5_1] = quantize_with_min, [HONE_TYPE_Q4_K] = quantize_k,
        [HONE_TYPE_Q5_K] = quantize_k,        [HONE_TYPE_Q6_K] = quantize_q6_k,
        [HONE_TYPE_IQ4_NL] = quantize_iq4_nl, [HONE_TYPE_MXFP4] = quantize_mxfp4,
    };
    const struct hone_type_info *info = hone_type_info(type);
    uint8_t *block = out;
    if (plain[type]) plain[type](values, cols, block);
    if (!blocks[type]) return;
    for (uint64_t k = 0; k + info->block_values <= cols; k += info->block_values) {
        blocks[type](type, values + k, block);
        block += info->block_bytes;
    }
}
