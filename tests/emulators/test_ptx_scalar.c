/* SPDX-License-Identifier: MIT */
/* Scalar instructions of the PTX interpreter, each on many inputs against C. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx_kit.h"

enum { THREADS = 256, BLOCKS = 2, N = THREADS * BLOCKS };

#define S32(v) ((int32_t)(uint32_t)(v))
#define U32(v) ((uint32_t)(v))
#define S16(v) ((int16_t)(uint16_t)(v))
#define U16(v) ((uint16_t)(v))
#define S64(v) ((int64_t)(v))

static float f32(uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}
static uint64_t bits32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return isnan(value) ? 0x7fffffff : bits;
}
static double f64(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
static uint64_t bits64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return isnan(value) ? 0x7fffffffffffffff : bits;
}
static float flush(float x)
{
    return fpclassify(x) == FP_SUBNORMAL ? copysignf(0, x) : x;
}
#define half    kit_float
#define F16(v)  half((v)&0xffff, 5, 10)
#define BF16(v) half((v)&0xffff, 8, 7)
/* The nearest of all finite numbers of a 16-bit format, ties to even: by search. */
static uint64_t nearest(double x, int exponent_bits, int mantissa)
{
    const uint32_t infinity = ((1u << exponent_bits) - 1) << mantissa;
    const uint64_t sign = signbit(x) ? 0x8000 : 0;
    uint32_t low = 0, high = infinity;
    if (isnan(x)) return 0x7fff;
    x = fabs(x);
    while (high - low > 1) { /* low <= x < high, the infinity standing for the next number */
        const uint32_t middle = (low + high) / 2;
        if (half(middle, exponent_bits, mantissa) <= x)
            low = middle;
        else
            high = middle;
    }
    const double below = half(low, exponent_bits, mantissa);
    const double unit = below - half(low - 1, exponent_bits, mantissa);
    const double above = high == infinity ? below + unit : half(high, exponent_bits, mantissa);
    if (isinf(x)) return sign | infinity;
    const double up = above - x, down = x - below;
    return sign | (up < down || (up == down && low & 1) ? high : low);
}
#define H(x) nearest(x, 5, 10)
#define B(x) nearest(x, 8, 7)

static uint32_t prmt(uint64_t a, uint64_t b, uint64_t c)
{
    unsigned char bytes[8], out[4];
    const uint32_t words[2] = {(uint32_t)a, (uint32_t)b};
    uint32_t result;
    memcpy(bytes, words, 8);
    for (int i = 0; i < 4; i++) {
        const int s = (int)(c >> 4 * i) & 15;
        out[i] = s & 8 ? (bytes[s & 7] & 128 ? 255 : 0) : bytes[s & 7];
    }
    memcpy(&result, out, 4);
    return result;
}
static uint32_t lop3(uint32_t a, uint32_t b, uint32_t c, int table)
{
    uint32_t out = 0;
    for (int i = 0; i < 32; i++)
        out |= (uint32_t)(table >> ((a >> i & 1) * 4 + (b >> i & 1) * 2 + (c >> i & 1)) & 1) << i;
    return out;
}
static uint64_t field(uint64_t v, uint32_t at, uint32_t n, int bits, int is_signed)
{
    uint64_t out = 0;
    at &= 255;
    n &= 255;
    if (n == 0) return 0;
    const int last = (int)(at + n - 1) < bits - 1 ? (int)(at + n - 1) : bits - 1;
    const uint64_t sign = is_signed ? v >> last & 1 : 0;
    for (int i = 0; i < bits; i++) {
        const uint64_t bit = i < (int)n && (int)at + i < bits ? v >> (at + (uint32_t)i) & 1 : sign;
        out |= bit << i;
    }
    return out;
}
static int32_t dot(uint64_t a, uint64_t b, int sa, int sb)
{
    int32_t sum = 0;
    for (int i = 0; i < 4; i++) {
        const int x = (int)(a >> 8 * i & 255), y = (int)(b >> 8 * i & 255);
        sum += (sa && x > 127 ? x - 256 : x) * (sb && y > 127 ? y - 256 : y);
    }
    return sum;
}
static uint64_t clamp(double x, double low, double high)
{
    x = rint(x);
    if (isnan(x)) return 0;
    return x <= low    ? (uint64_t)(int64_t)low
           : x >= high ? (uint64_t)(int64_t)high
                       : (uint64_t)(int64_t)x;
}
static int clz64(uint64_t v)
{
    int n = 0;
    while (n < 64 && !(v >> (63 - n) & 1)) n++;
    return n;
}
static int popc(uint64_t v)
{
    int n = 0;
    for (; v; v >>= 1) n += (int)(v & 1);
    return n;
}
static uint64_t brev(uint64_t v, int bits)
{
    uint64_t out = 0;
    for (int i = 0; i < bits; i++) out |= (v >> i & 1) << (bits - 1 - i);
    return out;
}

/* name, statement (a, b, c are %rd10.. %r10.. %h10..; the result %rd20, %r20, %h20 or %p1), bytes
 * of the result (0: a predicate), what it is. Dividing by zero is a fault: | 1. */
#define ROWS(X)                                                                                    \
    X(add_s32, "add.s32 %r20, %r10, %r11;", 4, a + b)                                              \
    X(add_u64, "add.s64 %rd20, %rd10, %rd11;", 8, a + b)                                           \
    X(add_u16, "add.u16 %h20, %h10, %h11;", 2, a + b)                                              \
    X(add_imm, "add.s32 %r20, %r10, -7;", 4, a - 7)                                                \
    X(add_sat, "add.sat.s32 %r20, %r10, %r11;", 4,                                                 \
      clamp((double)S32(a) + S32(b), INT32_MIN, INT32_MAX))                                        \
    X(sub_s32, "sub.s32 %r20, %r10, %r11;", 4, a - b)                                              \
    X(sub_s64, "sub.s64 %rd20, %rd10, %rd11;", 8, a - b)                                           \
    X(mul_lo, "mul.lo.s32 %r20, %r10, %r11;", 4, a *b)                                             \
    X(mul_lo16, "mul.lo.s16 %h20, %h10, %h11;", 2, a *b)                                           \
    X(mul_lo64, "mul.lo.s64 %rd20, %rd10, %rd11;", 8, a *b)                                        \
    X(mul_hi_u, "mul.hi.u32 %r20, %r10, %r11;", 4, (uint64_t)U32(a) * U32(b) >> 32)                \
    X(mul_hi_s, "mul.hi.s32 %r20, %r10, %r11;", 4, (uint64_t)((int64_t)S32(a) * S32(b)) >> 32)     \
    X(mul_hi64, "mul.hi.u64 %rd20, %rd10, %rd11;", 8, (unsigned __int128)a *b >> 64)               \
    X(mul_hi16, "mul.hi.s16 %h20, %h10, %h11;", 2, (uint64_t)(S16(a) * S16(b)) >> 16)              \
    X(wide_s, "mul.wide.s32 %rd20, %r10, %r11;", 8, (int64_t)S32(a) * S32(b))                      \
    X(wide_u, "mul.wide.u32 %rd20, %r10, %r11;", 8, (uint64_t)U32(a) * U32(b))                     \
    X(wide_s16, "mul.wide.s16 %r20, %h10, %h11;", 4, S16(a) * S16(b))                              \
    X(mad_lo, "mad.lo.s32 %r20, %r10, %r11, %r12;", 4, a *b + c)                                   \
    X(mad_hi, "mad.hi.u32 %r20, %r10, %r11, %r12;", 4, ((uint64_t)U32(a) * U32(b) >> 32) + c)      \
    X(mad_wide, "mad.wide.s32 %rd20, %r10, %r11, %rd12;", 8,                                       \
      (uint64_t)((int64_t)S32(a) * S32(b)) + c)                                                    \
    X(mad_wide_u, "mad.wide.u32 %rd20, %r10, %r11, %rd12;", 8, (uint64_t)U32(a) * U32(b) + c)      \
    X(div_s, "or.b32 %r13, %r11, 1; div.s32 %r20, %r10, %r13;", 4,                                 \
      S32(b | 1) == -1 ? 0 - U32(a) : U32(S32(a) / S32(b | 1)))                                    \
    X(div_u, "or.b32 %r13, %r11, 1; div.u32 %r20, %r10, %r13;", 4, U32(a) / U32(b | 1))            \
    X(rem_s, "or.b32 %r13, %r11, 1; rem.s32 %r20, %r10, %r13;", 4,                                 \
      S32(b | 1) == -1 ? 0 : U32(S32(a) % S32(b | 1)))                                             \
    X(rem_u64, "or.b64 %rd13, %rd11, 1; rem.u64 %rd20, %rd10, %rd13;", 8, a % (b | 1))             \
    X(div_u16, "or.b16 %h13, %h11, 1; div.u16 %h20, %h10, %h13;", 2, U16(a) / U16(b | 1))          \
    X(min_s, "min.s32 %r20, %r10, %r11;", 4, S32(a) < S32(b) ? a : b)                              \
    X(max_u64, "max.u64 %rd20, %rd10, %rd11;", 8, a > b ? a : b)                                   \
    X(min_s16, "min.s16 %h20, %h10, %h11;", 2, S16(a) < S16(b) ? a : b)                            \
    X(abs_s32, "abs.s32 %r20, %r10;", 4, S32(a) < 0 ? 0 - a : a)                                   \
    X(neg_s64, "neg.s64 %rd20, %rd10;", 8, 0 - a)                                                  \
    X(sad, "sad.u32 %r20, %r10, %r11, %r12;", 4,                                                   \
      (U32(a) < U32(b) ? U32(b) - U32(a) : U32(a) - U32(b)) + U32(c))                              \
    X(carry, "add.cc.u32 %r20, %r10, %r11; addc.u32 %r20, %r12, 0;", 4,                            \
      U32(c) + (U32(U32(a) + U32(b)) < U32(a)))                                                    \
    X(borrow, "sub.cc.u32 %r20, %r10, %r11; subc.u32 %r20, %r12, 0;", 4,                           \
      U32(c) - (U32(a) < U32(b)))                                                                  \
    X(mad_cc, "mad.lo.cc.u32 %r20, %r10, %r11, %r12; madc.hi.u32 %r20, %r10, %r11, 0;", 4,         \
      ((uint64_t)U32(a) * U32(b) + U32(c)) >> 32)                                                  \
    X(dp4a_ss, "dp4a.s32.s32 %r20, %r10, %r11, %r12;", 4, U32(dot(a, b, 1, 1)) + U32(c))           \
    X(dp4a_su, "dp4a.s32.u32 %r20, %r10, %r11, %r12;", 4, U32(dot(a, b, 1, 0)) + U32(c))           \
    X(dp4a_uu, "dp4a.u32.u32 %r20, %r10, %r11, %r12;", 4, U32(dot(a, b, 0, 0)) + U32(c))           \
    X(dp2a_hi, "dp2a.hi.s32.u32 %r20, %r10, %r11, %r12;", 4,                                       \
      U32(S16(a) * (int)(b >> 16 & 255)) + U32(S16(a >> 16) * (int)(b >> 24 & 255)) + U32(c))      \
    X(and32, "and.b32 %r20, %r10, %r11;", 4, a &b)                                                 \
    X(or64, "or.b64 %rd20, %rd10, %rd11;", 8, a | b)                                               \
    X(xor16, "xor.b16 %h20, %h10, %h11;", 2, a ^ b)                                                \
    X(not32, "not.b32 %r20, %r10;", 4, ~a)                                                         \
    X(cnot, "cnot.b32 %r20, %r10;", 4, U32(a) == 0)                                                \
    X(shl32, "and.b32 %r13, %r11, 63; shl.b32 %r20, %r10, %r13;", 4,                               \
      (b & 63) > 31 ? 0 : U32(a) << (b & 63))                                                      \
    X(shr_u32, "and.b32 %r13, %r11, 63; shr.u32 %r20, %r10, %r13;", 4,                             \
      (b & 63) > 31 ? 0 : U32(a) >> (b & 63))                                                      \
    X(shr_s32, "and.b32 %r13, %r11, 63; shr.s32 %r20, %r10, %r13;", 4,                             \
      S32(a) >> ((b & 63) > 31 ? 31 : (b & 63)))                                                   \
    X(shl64, "and.b32 %r13, %r11, 127; shl.b64 %rd20, %rd10, %r13;", 8,                            \
      (b & 127) > 63 ? 0 : a << (b & 127))                                                         \
    X(shr_s16, "and.b32 %r13, %r11, 31; shr.s16 %h20, %h10, %r13;", 2,                             \
      S16(a) >> ((b & 31) > 15 ? 15 : (b & 31)))                                                   \
    X(shf_l, "shf.l.wrap.b32 %r20, %r10, %r11, %r12;", 4, ((b << 32 | U32(a)) << (c & 31)) >> 32)  \
    X(shf_r, "shf.r.wrap.b32 %r20, %r10, %r11, %r12;", 4, (b << 32 | U32(a)) >> (c & 31))          \
    X(shf_rc, "shf.r.clamp.b32 %r20, %r10, %r11, %r12;", 4,                                        \
      (b << 32 | U32(a)) >> (U32(c) > 32 ? 32 : U32(c)))                                           \
    X(lop3_xor, "lop3.b32 %r20, %r10, %r11, %r12, 0x96;", 4, a ^ b ^ c)                            \
    X(lop3_d8, "lop3.b32 %r20, %r10, %r11, %r12, 0xd8;", 4, lop3(U32(a), U32(b), U32(c), 0xd8))    \
    X(lop3_6a, "lop3.b32 %r20, %r10, %r11, %r12, 0x6a;", 4, lop3(U32(a), U32(b), U32(c), 0x6a))    \
    X(prmt, "prmt.b32 %r20, %r10, %r11, %r12;", 4, prmt(a, b, c))                                  \
    X(prmt_5410, "prmt.b32 %r20, %r10, %r11, 0x5410U;", 4, U16(a) | (b & 0xffff) << 16)            \
    X(bfe_u, "bfe.u32 %r20, %r10, %r11, %r12;", 4, field(U32(a), U32(b), U32(c), 32, 0))           \
    X(bfe_s, "and.b32 %r13, %r11, 63; and.b32 %r14, %r12, 63; bfe.s32 %r20, %r10, %r13, %r14;", 4, \
      field(U32(a), b & 63, c & 63, 32, 1))                                                        \
    X(bfe_s64,                                                                                     \
      "and.b32 %r13, %r11, 127; and.b32 %r14, %r12, 127; bfe.s64 %rd20, %rd10, %r13, %r14;", 8,    \
      field(a, b & 127, c & 127, 64, 1))                                                           \
    X(bfi, "bfi.b32 %r20, %r10, %r11, 5, 9;", 4, (U32(b) & ~(511u << 5)) | (U32(a) & 511) << 5)    \
    X(popc32, "popc.b32 %r20, %r10;", 4, popc(U32(a)))                                             \
    X(popc64, "popc.b64 %r20, %rd10;", 4, popc(a))                                                 \
    X(clz32, "clz.b32 %r20, %r10;", 4, clz64(U32(a)) - 32)                                         \
    X(clz64_, "clz.b64 %r20, %rd10;", 4, clz64(a))                                                 \
    X(brev32, "brev.b32 %r20, %r10;", 4, brev(U32(a), 32))                                         \
    X(brev64, "brev.b64 %rd20, %rd10;", 8, brev(a, 64))                                            \
    X(bfind_u, "bfind.u32 %r20, %r10;", 4, U32(a) ? 63 - clz64(U32(a)) : -1)                       \
    X(bfind_s, "bfind.s64 %r20, %rd10;", 4, 63 - clz64(S64(a) < 0 ? ~a : a))                       \
    X(bmsk, "bmsk.clamp.b32 %r20, 7, %r11;", 4,                                                    \
      ((U32(b) > 31 ? 0xffffffffu : (1u << (U32(b) & 31)) - 1) << 7))                              \
    X(setp_lt, "setp.lt.s32 %p1, %r10, %r11;", 0, S32(a) < S32(b))                                 \
    X(setp_hi, "setp.hi.u32 %p1, %r10, %r11;", 0, U32(a) > U32(b))                                 \
    X(setp_ne64, "setp.ne.s64 %p1, %rd10, %rd11;", 0, a != b)                                      \
    X(setp_ge16, "setp.ge.s16 %p1, %h10, %h11;", 0, S16(a) >= S16(b))                              \
    X(setp_and, "setp.gt.u32 %p2, %r11, %r12; setp.lt.and.u32 %p1, %r10, %r11, !%p2;", 0,          \
      U32(a) < U32(b) && !(U32(b) > U32(c)))                                                       \
    X(setp_both, "setp.le.u32 %p2|%p1, %r10, %r11;", 0, !(U32(a) <= U32(b)))                       \
    X(setp_f, "setp.lt.f32 %p1, %r10, %r11;", 0, f32(a) < f32(b))                                  \
    X(setp_neu, "setp.neu.f32 %p1, %r10, %r11;", 0, !(f32(a) == f32(b)))                           \
    X(setp_nan, "setp.nan.f32 %p1, %r10, %r10;", 0, isnan(f32(a)))                                 \
    X(setp_gtu, "setp.gtu.f64 %p1, %rd10, %rd11;", 0, !(f64(a) <= f64(b)))                         \
    X(setp_h, "setp.le.f16 %p1, %h10, %h11;", 0, F16(a) <= F16(b))                                 \
    X(set_u32, "set.ge.u32.s32 %r20, %r10, %r11;", 4, S32(a) >= S32(b) ? -1 : 0)                   \
    X(set_f32, "set.ne.f32.f32 %r20, %r10, %r11;", 4,                                              \
      f32(a) < f32(b) || f32(a) > f32(b) ? 0x3f800000 : 0)                                         \
    X(selp, "setp.lt.s32 %p1, %r10, 0; selp.b64 %rd20, %rd11, %rd12, %p1;", 8, S32(a) < 0 ? b : c) \
    X(slct, "slct.b32.s32 %r20, %r10, %r11, %r12;", 4, S32(c) >= 0 ? a : b)                        \
    X(preds,                                                                                       \
      "setp.lt.s32 %p2, %r10, 0; setp.lt.s32 %p3, %r11, 0; xor.pred %p1, %p2, %p3; "               \
      "not.pred %p1, %p1;",                                                                        \
      0, (S32(a) < 0) == (S32(b) < 0))                                                             \
    X(guard, "mov.u32 %r20, %r10; setp.lt.s32 %p2, %r11, 0; @!%p2 mov.u32 %r20, %r12;", 4,         \
      S32(b) < 0 ? a : c)                                                                          \
    X(pack, "mov.b32 %r20, {%h10, %h11};", 4, U16(a) | (b & 0xffff) << 16)                         \
    X(unpack, "mov.b64 {%r13, %r20}, %rd10;", 4, a >> 32)                                          \
    X(pack4, "mov.b64 %rd20, {%h10, %h11, %h12, %h10};", 8,                                        \
      U16(a) | (b & 0xffff) << 16 | (c & 0xffff) << 32 | a << 48)

/* Floats; NaN results are compared as NaN. */
#define FLOAT_ROWS(X)                                                                              \
    X(fadd, "add.f32 %r20, %r10, %r11;", 4, bits32(f32(a) + f32(b)))                               \
    X(fsub, "sub.rn.f32 %r20, %r10, %r11;", 4, bits32(f32(a) - f32(b)))                            \
    X(fmul, "mul.f32 %r20, %r10, %r11;", 4, bits32(f32(a) * f32(b)))                               \
    X(fmul_ftz, "mul.ftz.f32 %r20, %r10, %r11;", 4, bits32(flush(flush(f32(a)) * flush(f32(b)))))  \
    X(fadd_sat, "add.sat.f32 %r20, %r10, %r11;", 4,                                                \
      isnan(f32(a) + f32(b)) ? 0 : bits32(fminf(fmaxf(f32(a) + f32(b), 0), 1) + 0.0f))             \
    X(ffma, "fma.rn.f32 %r20, %r10, %r11, %r12;", 4, bits32(fmaf(f32(a), f32(b), f32(c))))         \
    X(dfma, "fma.rn.f64 %rd20, %rd10, %rd11, %rd12;", 8, bits64(fma(f64(a), f64(b), f64(c))))      \
    X(dadd, "add.f64 %rd20, %rd10, %rd11;", 8, bits64(f64(a) + f64(b)))                            \
    X(fdiv, "div.rn.f32 %r20, %r10, %r11;", 4, bits32(f32(a) / f32(b)))                            \
    X(ddiv, "div.rn.f64 %rd20, %rd10, %rd11;", 8, bits64(f64(a) / f64(b)))                         \
    X(frcp, "rcp.rn.f32 %r20, %r10;", 4, bits32(1.0f / f32(a)))                                    \
    X(fsqrt, "sqrt.rn.f32 %r20, %r10;", 4, bits32(sqrtf(f32(a))))                                  \
    X(fabs_, "abs.f32 %r20, %r10;", 4, bits32(fabsf(f32(a))))                                      \
    X(fneg, "neg.f32 %r20, %r10;", 4, bits32(-f32(a)))                                             \
    X(fmin_, "min.f32 %r20, %r10, %r11;", 4,                                                       \
      bits32(isnan(f32(a))                                              ? f32(b)                   \
             : isnan(f32(b))                                            ? f32(a)                   \
             : f32(a) < f32(b) || (f32(a) == f32(b) && signbit(f32(a))) ? f32(a)                   \
                                                                        : f32(b)))                 \
    X(fmax_nan, "max.NaN.f32 %r20, %r10, %r11;", 4,                                                \
      bits32(isnan(f32(a)) || isnan(f32(b))                             ? NAN                      \
             : f32(a) > f32(b) || (f32(a) == f32(b) && signbit(f32(b))) ? f32(a)                   \
                                                                        : f32(b)))                 \
    X(fcopysign, "copysign.f32 %r20, %r10, %r11;", 4, (a & 0x80000000) | (b & 0x7fffffff))         \
    X(ftestp, "testp.subnormal.f32 %p1, %r10;", 0, fpclassify(f32(a)) == FP_SUBNORMAL)             \
    X(add_rz, "add.rz.f64 %rd20, %rd10, 0d3CA0000000000000; mov.b64 %rd20, %rd10;", 8,             \
      bits64(f64(a)))                                                                              \
    X(cvt_f32_s32, "cvt.rn.f32.s32 %r20, %r10;", 4, bits32((float)S32(a)))                         \
    X(cvt_f32_u64, "cvt.rn.f32.u64 %r20, %rd10;", 4, bits32((float)a))                             \
    X(cvt_f64_s64, "cvt.rn.f64.s64 %rd20, %rd10;", 8, bits64((double)S64(a)))                      \
    X(cvt_f64_f32, "cvt.f64.f32 %rd20, %r10;", 8, bits64((double)f32(a)))                          \
    X(cvt_f32_f64, "cvt.rn.f32.f64 %r20, %rd10;", 4, bits32((float)f64(a)))                        \
    X(cvt_rni, "cvt.rni.s32.f32 %r20, %r10;", 4, clamp((double)f32(a), INT32_MIN, INT32_MAX))      \
    X(cvt_rzi, "cvt.rzi.s32.f32 %r20, %r10;", 4,                                                   \
      clamp(trunc((double)f32(a)), INT32_MIN, INT32_MAX))                                          \
    X(cvt_rzi_u, "cvt.rzi.u32.f32 %r20, %r10;", 4, clamp(trunc((double)f32(a)), 0, UINT32_MAX))    \
    X(cvt_rmi_s8, "cvt.rmi.s8.f32 %h20, %r10;", 2, clamp(floor((double)f32(a)), -128, 127))        \
    X(cvt_floor, "cvt.rmi.f32.f32 %r20, %r10;", 4, bits32(floorf(f32(a))))                         \
    X(cvt_f32_f16, "cvt.f32.f16 %r20, %h10;", 4, bits32((float)F16(a)))                            \
    X(cvt_f32_bf16, "cvt.f32.bf16 %r20, %h10;", 4, bits32((float)BF16(a)))                         \
    X(cvt_f16, "cvt.rn.f16.f32 %h20, %r10;", 2, H((double)f32(a)))                                 \
    X(cvt_bf16, "cvt.rn.bf16.f32 %h20, %r10;", 2, B((double)f32(a)))                               \
    X(cvt_f16_relu, "cvt.rn.relu.f16.f32 %h20, %r10;", 2, f32(a) < 0 ? 0 : H((double)f32(a)))      \
    X(cvt_f16_s32, "cvt.rn.f16.s32 %h20, %r10;", 2, H((double)S32(a)))                             \
    X(cvt_f16x2, "cvt.rn.f16x2.f32 %r20, %r10, %r11;", 4,                                          \
      H((double)f32(a)) << 16 | H((double)f32(b)))                                                 \
    X(cvt_bf16x2, "cvt.rn.bf16x2.f32 %r20, %r10, %r11;", 4,                                        \
      B((double)f32(a)) << 16 | B((double)f32(b)))                                                 \
    X(cvt_tf32, "cvt.rna.tf32.f32 %r20, %r10;", 4,                                                 \
      isnan(f32(a))   ? 0x7fffffff                                                                 \
      : isinf(f32(a)) ? U32(a)                                                                     \
                      : (U32(a) + 0x1000) & 0xffffe000)                                            \
    X(cvt_s8, "cvt.s32.s8 %r20, %r10;", 4, (int8_t)U32(a))                                         \
    X(cvt_u16, "cvt.u32.u16 %r20, %h10;", 4, U16(a))                                               \
    X(cvt_s64, "cvt.s64.s32 %rd20, %r10;", 8, S32(a))                                              \
    X(cvt_low, "cvt.u32.u64 %r20, %rd10;", 4, a)                                                   \
    X(cvt_sat, "cvt.sat.s8.s32 %r20, %r10;", 4,                                                    \
      S32(a) > 127    ? 127                                                                        \
      : S32(a) < -128 ? -128                                                                       \
                      : S32(a))                                                                    \
    X(cvt_sat_u, "cvt.sat.u8.s32 %r20, %r10;", 4, S32(a) > 255 ? 255 : S32(a) < 0 ? 0 : S32(a))    \
    X(cvt_pack, "cvt.pack.sat.s8.s32.b32 %r20, %r10, %r11, %r12;", 4,                              \
      (clamp(S32(b), -128, 127) & 255) | (clamp(S32(a), -128, 127) & 255) << 8 | c << 16)          \
    X(hadd, "add.f16 %h20, %h10, %h11;", 2, H(F16(a) + F16(b)))                                    \
    X(hmul, "mul.bf16 %h20, %h10, %h11;", 2, B(BF16(a) * BF16(b)))                                 \
    X(hfma, "fma.rn.f16 %h20, %h10, %h11, %h12;", 2,                                               \
      H((double)((long double)F16(a) * F16(b) + F16(c))))                                          \
    X(hadd2, "add.f16x2 %r20, %r10, %r11;", 4,                                                     \
      H(F16(a) + F16(b)) | H(F16(a >> 16) + F16(b >> 16)) << 16)                                   \
    X(hmul2, "mul.rn.bf16x2 %r20, %r10, %r11;", 4,                                                 \
      B(BF16(a) * BF16(b)) | B(BF16(a >> 16) * BF16(b >> 16)) << 16)

#define FUNCTION(name, statement, bytes, expression)                                               \
    static uint64_t ref_##name(uint64_t a, uint64_t b, uint64_t c)                                 \
    {                                                                                              \
        (void)a;                                                                                   \
        (void)b;                                                                                   \
        (void)c;                                                                                   \
        return (uint64_t)(expression);                                                             \
    }
ROWS(FUNCTION)
FLOAT_ROWS(FUNCTION)

struct row {
    const char *statement;
    uint32_t bytes;
    uint64_t (*reference)(uint64_t, uint64_t, uint64_t);
    bool is_float;
};
#define ROW(name, statement, bytes, expression)       {statement, bytes, ref_##name, false},
#define FLOAT_ROW(name, statement, bytes, expression) {statement, bytes, ref_##name, true},
static const struct row TABLE[] = {ROWS(ROW) FLOAT_ROWS(FLOAT_ROW)};

/* Random bits, small numbers, and numbers that floats find special. */
static uint64_t input(bool is_float)
{
    static const uint32_t special[] = {0,          1,          0x80000000, 0x7f800000, 0xff800000,
                                       0x7fc00000, 0x3f800000, 0xbf800000, 0x00000001, 0x807fffff,
                                       0x7f7fffff, 0x33000000, 0x477fefff, 0x477ff000, 0x38800000,
                                       0x80007c00, 0x7bff0001, 0x03ff0400, 0x7fffffff, 0xffffffff};
    const uint64_t r = kit_random();
    switch (r >> 32 & 3) {
    case 0: return r << 40 >> 44 ^ (r & 1 ? UINT64_MAX : 0);
    case 1:
        return special[r % (sizeof special / sizeof *special)] |
               (uint64_t)special[(r >> 8) % (sizeof special / sizeof *special)] << 32;
    case 2:
        if (is_float) return bits32(kit_random_float() * 300) | kit_random() << 32;
        return kit_random();
    default: return kit_random();
    }
}

static bool same(const struct row *row, uint64_t got, uint64_t wanted)
{
    if (got == wanted) return true;
    if (!row->is_float) return false;
    if (row->bytes == 4 && !strstr(row->statement, "x2"))
        return isnan(f32(got)) && isnan(f32(wanted));
    return row->bytes == 8 && isnan(f64(got)) && isnan(f64(wanted));
}

static void check_row(const struct row *row)
{
    static uint64_t in[N][3], out[N];
    char body[1024];
    const char *store = row->bytes == 8   ? "st.global.u64 [%rd7], %rd20;"
                        : row->bytes == 4 ? "st.global.u32 [%rd7], %r20;"
                        : row->bytes == 2 ? "st.global.u16 [%rd7], %h20;"
                                          : "selp.u32 %r20, 1, 0, %p1; st.global.u32 [%rd7], %r20;";
    struct kit k;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < 3; j++) in[i][j] = input(row->is_float);
    memset(out, 0, sizeof out);
    snprintf(body, sizeof body,
             "mov.u32 %%r2, %%ctaid.x; mov.u32 %%r3, %%ntid.x; mad.lo.u32 %%r4, %%r2, %%r3, %%r1;\n"
             "mul.wide.u32 %%rd6, %%r4, 24; add.s64 %%rd6, %%rd6, %%rd2;\n"
             "mul.wide.u32 %%rd7, %%r4, 8; add.s64 %%rd7, %%rd7, %%rd1;\n"
             "ld.global.u64 %%rd10, [%%rd6]; ld.global.u64 %%rd11, [%%rd6+8];\n"
             "ld.global.nc.u64 %%rd12, [%%rd6+16];\n"
             "cvt.u32.u64 %%r10, %%rd10; cvt.u32.u64 %%r11, %%rd11; cvt.u32.u64 %%r12, %%rd12;\n"
             "cvt.u16.u64 %%h10, %%rd10; cvt.u16.u64 %%h11, %%rd11; cvt.u16.u64 %%h12, %%rd12;\n"
             "%s\n%s",
             row->statement, store);
    kit_body(&k, body);
    kit_buffer(&k, out, sizeof out);
    kit_buffer(&k, in, sizeof in);
    kit_run(&k, BLOCKS, THREADS);
    kit_close(&k);
    const uint64_t mask = row->bytes == 8 ? UINT64_MAX : row->bytes == 2 ? 0xffff : 0xffffffff;
    for (int i = 0; i < N; i++) {
        const uint64_t wanted = row->reference(in[i][0], in[i][1], in[i][2]) & mask;
        if (!same(row, out[i] & mask, wanted))
            fail_msg("%s\n  a %016llx b %016llx c %016llx gave %llx, wanted %llx", row->statement,
                     (unsigned long long)in[i][0], (unsigned long long)in[i][1],
                     (unsigned long long)in[i][2], (unsigned long long)(out[i] & mask),
                     (unsigned long long)wanted);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) check_row(&TABLE[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
