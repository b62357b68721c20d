/* SPDX-License-Identifier: MIT */
/* Conversions between f32 and the 16-bit types, by bits, as the hardware rounds them. */
#include <string.h>

#include "codegen/ops/format.h"

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float hone_f16_to_f32(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t rest = half & 0x7fff;
    if (rest > 0x7c00) return float_of(sign | 0x7fc00000 | rest << 13);
    if (rest == 0x7c00) return float_of(sign | 0x7f800000);
    /* The exponent bias differs by 112; the product also normalises denormal halves. */
    return float_of(sign | bits_of(float_of(rest << 13) * 0x1p112f));
}

uint16_t hone_f32_to_f16(float value)
{
    uint32_t bits = bits_of(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x47800000) return (uint16_t)(sign | 0x7c00);
    if (rest < 0x38800000) {
        /* Denormal half: adding 0.5 shifts the value to where f32 has steps of 2^-24. */
        return (uint16_t)(sign | (bits_of(float_of(rest) + 0.5f) - 0x3f000000));
    }
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest - 0x38000000 + 0xfff + odd) >> 13);
}

float hone_bf16_to_f32(uint16_t bits)
{
    return float_of((uint32_t)bits << 16);
}

uint16_t hone_f32_to_bf16(float value)
{
    uint32_t bits = bits_of(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
