/* SPDX-License-Identifier: MIT */
/* 16-bit and 8-bit floats as integers: to f32 and back, rounded to nearest even. */
#ifndef HONE_TESTS_EMULATORS_PTX_FLOAT_H
#define HONE_TESTS_EMULATORS_PTX_FLOAT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline float ptx_f32_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t ptx_bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ptx_bf16_f32(uint16_t bits)
{
    return ptx_f32_of((uint32_t)bits << 16);
}

/* Without a branch, so that loops over it vectorise: the exponent is moved by a product. */
static inline float ptx_f16_f32(uint16_t bits)
{
    const uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
    const float magnitude = ptx_f32_of((uint32_t)(bits & 0x7fff) << 13) * 0x1p112f;
    const uint32_t special = (bits & 0x7c00) == 0x7c00 ? 0x7f800000 : 0;
    return ptx_f32_of(ptx_bits_of(magnitude) | special | sign);
}

/* A finite double to a float format of `mantissa` bits and least exponent `lowest` (of its smallest
 * normal number), to nearest even or, with `toward_zero`, cut off: the magnitude, unbounded above.
 * Exact powers of two only are involved, so nothing is rounded twice. */
static inline double ptx_round_to(double value, int mantissa, int lowest, bool toward_zero)
{
    int exponent;
    if (value == 0 || !isfinite(value)) return value;
    frexp(value, &exponent); /* value = m * 2^exponent, 0.5 <= m < 1 */
    const int least = exponent - 1 < lowest ? lowest : exponent - 1;
    const double unit = ldexp(1.0, least - mantissa);
    const double scaled = value / unit;
    return (toward_zero ? trunc(scaled) : nearbyint(scaled)) * unit;
}

/* Bits of a value that ptx_round_to made for the format. */
static inline uint32_t ptx_pack_float(double value, int mantissa, int lowest)
{
    int exponent;
    const uint32_t sign = signbit(value) ? 1 : 0;
    const double magnitude = fabs(value);
    uint32_t bits = 0;
    if (magnitude != 0) {
        frexp(magnitude, &exponent);
        if (exponent - 1 < lowest)
            bits = (uint32_t)ldexp(magnitude, mantissa - lowest);
        else
            bits = (uint32_t)(exponent - lowest) << mantissa |
                   ((uint32_t)ldexp(magnitude, mantissa - exponent + 1) & ((1u << mantissa) - 1));
    }
    return sign << 31 | bits; /* the sign in bit 31, for the caller to move */
}

static inline uint16_t ptx_f32_f16(float value)
{
    const uint32_t bits = ptx_bits_of(value);
    const uint32_t sign = bits >> 16 & 0x8000;
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return 0x7fff;
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and above */
    if (magnitude < 0x38800000) { /* subnormal: let the adder round */
        const float sum = ptx_f32_of(magnitude) + 0.5f;
        return (uint16_t)(sign | (ptx_bits_of(sum) - 0x3f000000));
    }
    magnitude += 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | ((magnitude - 0x38000000) >> 13));
}

static inline uint16_t ptx_f32_bf16(float value)
{
    const uint32_t bits = ptx_bits_of(value);
    const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : (uint16_t)rounded;
}

/* e4m3 (no infinities, 0x7f is NaN) and e5m2 to f32. */
static inline float ptx_e4m3_f32(uint8_t bits)
{
    const uint32_t magnitude = bits & 0x7f;
    const float value = magnitude == 0x7f ? NAN : ptx_f32_of(magnitude << 20) * 0x1p120f;
    return bits & 0x80 ? -value : value;
}

static inline float ptx_e5m2_f32(uint8_t bits)
{
    return ptx_f16_f32((uint16_t)(bits << 8));
}

/* Saturating to the largest finite value, NaN stays NaN (0x7f). */
static inline uint8_t ptx_f32_e4m3(float value)
{
    if (isnan(value)) return 0x7f;
    double rounded = ptx_round_to((double)value, 3, -6, false);
    if (rounded > 448) rounded = 448;
    if (rounded < -448) rounded = -448;
    const uint32_t packed = ptx_pack_float(rounded, 3, -6);
    return (uint8_t)(packed >> 31 << 7 | (packed & 0x7f));
}

static inline uint8_t ptx_f32_e5m2(float value)
{
    if (isnan(value)) return 0x7f;
    double rounded = ptx_round_to((double)value, 2, -14, false);
    if (rounded > 57344) rounded = 57344;
    if (rounded < -57344) rounded = -57344;
    const uint32_t packed = ptx_pack_float(rounded, 2, -14);
    return (uint8_t)(packed >> 31 << 7 | (packed & 0x7f));
}

static inline float ptx_flush(float value)
{
    return (ptx_bits_of(value) & 0x7f800000) ? value : ptx_f32_of(ptx_bits_of(value) & 0x80000000);
}

/* f32 minimum and maximum as PTX says: a NaN loses, -0 is below +0. */
static inline float ptx_fmin(float x, float y)
{
    const float both_zero = ptx_f32_of(ptx_bits_of(x) | ptx_bits_of(y));
    const float less = x == 0 && y == 0 ? both_zero : x < y ? x : y;
    return x != x ? y : y != y ? x : less;
}
static inline float ptx_fmax(float x, float y)
{
    const float both_zero = ptx_f32_of(ptx_bits_of(x) & ptx_bits_of(y));
    const float more = x == 0 && y == 0 ? both_zero : x > y ? x : y;
    return x != x ? y : y != y ? x : more;
}

#endif
