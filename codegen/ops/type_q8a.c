/* SPDX-License-Identifier: MIT */
/* int8 activation rows: i8 q[k] | f32 d[k/32] | i32 nsum[k/32] | i32 nsum16[k/16]; or, with one
 * scale for all of the row, i8 q[k] | f32 d | i32 nsum. */
#include <math.h>
#include <string.h>

#include "codegen/ops/type.h"

struct q8_parts q8_parts(enum hone_type type, uint64_t cols)
{
    uint64_t per_block = cols / 32 * 4;
    if (type == HONE_TYPE_Q8R) return (struct q8_parts){cols ? cols : 1, cols, cols + 4, cols + 8};
    return (struct q8_parts){32, cols, cols + per_block, cols + 2 * per_block};
}

/* To nearest even, for magnitudes below 2^22: the addition leaves no bits after the point. */
static float rounded(float value)
{
    const float shift = 0x1.8p23f;
    return (value + shift) - shift;
}

static void encode_block(const float *values, uint64_t n, int8_t *q, float *out_d)
{
    float amax = 0;
    for (uint64_t i = 0; i < n; i++) {
        float size = fabsf(values[i]);
        amax = size > amax ? size : amax;
    }
    *out_d = amax / 127;
    float inverse = amax == 0 ? 0 : 127 / amax;
    /* A denormal amax has no finite inverse; such a block counts as zeros. */
    if (!isfinite(inverse) || !isfinite(amax)) inverse = *out_d = 0;
    for (uint64_t i = 0; i < n; i++) {
        float scaled = rounded(values[i] * inverse);
        scaled = scaled > -127 ? scaled : -127;
        q[i] = (int8_t)(scaled < 127 ? scaled : 127);
    }
}

void q8_encode(enum hone_type type, const float *values, uint64_t cols, uint8_t *out_row)
{
    struct q8_parts parts = q8_parts(type, cols);
    int8_t *q = (int8_t *)out_row;
    for (uint64_t b = 0; b < cols / parts.block; b++) {
        float d;
        int32_t nsum16[2] = {0, 0};
        encode_block(values + parts.block * b, parts.block, q + parts.block * b, &d);
        for (uint64_t i = 0; i < parts.block; i++) nsum16[i / 16 & 1] -= q[parts.block * b + i];
        int32_t nsum = nsum16[0] + nsum16[1];
        memcpy(out_row + parts.d + 4 * b, &d, 4);
        memcpy(out_row + parts.nsum + 4 * b, &nsum, 4);
        if (type == HONE_TYPE_Q8A) memcpy(out_row + parts.nsum16 + 8 * b, nsum16, 8);
    }
}

void q8_decode(enum hone_type type, const uint8_t *row, uint64_t cols, double *out_values)
{
    struct q8_parts parts = q8_parts(type, cols);
    for (uint64_t b = 0; b < cols / parts.block; b++) {
        double d = (double)load_f32(row + parts.d + 4 * b);
        for (uint64_t i = parts.block * b; i < parts.block * (b + 1); i++)
            out_values[i] = d * (double)(int8_t)row[i];
    }
}
