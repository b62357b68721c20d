/* SPDX-License-Identifier: MIT */
/* int8 activation rows: i8 q[k] | f32 d[k/32] | i32 nsum[k/32] | i32 nsum16[k/16]. */
#include <math.h>
#include <string.h>

#include "codegen/ops/type.h"

struct q8a_parts q8a_parts(uint64_t cols)
{
    uint64_t per_block = cols / 32 * 4;
    return (struct q8a_parts){cols, cols + per_block, cols + 2 * per_block};
}

/* To nearest even, for magnitudes below 2^22: the addition leaves no bits after the point. */
static float rounded(float value)
{
    const float shift = 0x1.8p23f;
    return (value + shift) - shift;
}

static void encode_block(const float *values, int8_t *q, float *out_d)
{
    float amax = 0;
    for (int i = 0; i < 32; i++) {
        float size = fabsf(values[i]);
        amax = size > amax ? size : amax;
    }
    *out_d = amax / 127;
    float inverse = amax == 0 ? 0 : 127 / amax;
    /* A denormal amax has no finite inverse; such a block counts as zeros. */
    if (!isfinite(inverse) || !isfinite(amax)) inverse = *out_d = 0;
    for (int i = 0; i < 32; i++) {
        float scaled = rounded(values[i] * inverse);
        scaled = scaled > -127 ? scaled : -127;
        q[i] = (int8_t)(scaled < 127 ? scaled : 127);
    }
}

void q8a_encode(const float *values, uint64_t cols, uint8_t *out_row)
{
    struct q8a_parts parts = q8a_parts(cols);
    int8_t *q = (int8_t *)out_row;
    for (uint64_t b = 0; b < cols / 32; b++) {
        float d;
        int32_t nsum16[2] = {0, 0};
        encode_block(values + 32 * b, q + 32 * b, &d);
        for (int i = 0; i < 32; i++) nsum16[i / 16] -= q[32 * b + i];
        int32_t nsum = nsum16[0] + nsum16[1];
        memcpy(out_row + parts.d + 4 * b, &d, 4);
        memcpy(out_row + parts.nsum + 4 * b, &nsum, 4);
        memcpy(out_row + parts.nsum16 + 8 * b, nsum16, 8);
    }
}

void q8a_decode(const uint8_t *row, uint64_t cols, double *out_values)
{
    struct q8a_parts parts = q8a_parts(cols);
    for (uint64_t b = 0; b < cols / 32; b++) {
        float d;
        memcpy(&d, row + parts.d + 4 * b, 4);
        for (uint64_t i = 32 * b; i < 32 * b + 32; i++)
            out_values[i] = (double)d * (double)(int8_t)row[i];
    }
}
