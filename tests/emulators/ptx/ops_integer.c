/* SPDX-License-Identifier: MIT */
/* Integer arithmetic. */
#include "tests/emulators/ptx/ptx_lanes.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

#define OF_TYPE(t, T, U, W)                                                                        \
    PTX_BINARY(add_##t, T, T, T, (U)x + (U)y)                                                      \
    PTX_BINARY(sub_##t, T, T, T, (U)x - (U)y)                                                      \
    PTX_BINARY(mul_lo_##t, T, T, T, (U)((U)x * (uint64_t)(U)y))                                    \
    PTX_BINARY(mul_hi_##t, T, T, T, (W)((W)x * (W)y) >> (8 * sizeof(T)))                           \
    PTX_TERNARY(mad_lo_##t, T, T, T, T, (U)((U)x * (uint64_t)(U)y + (U)z))                         \
    PTX_TERNARY(mad_hi_##t, T, T, T, T, (U)((U)((W)((W)x * (W)y) >> (8 * sizeof(T))) + (U)z))      \
    PTX_BINARY(min_##t, T, T, T, x < y ? x : y)                                                    \
    PTX_BINARY(max_##t, T, T, T, x > y ? x : y)                                                    \
    PTX_TERNARY(sad_##t, T, T, T, T, (U)((x < y ? (U)y - (U)x : (U)x - (U)y) + (U)z))

OF_TYPE(u16, uint16_t, uint32_t, uint64_t)
OF_TYPE(s16, int16_t, uint32_t, int64_t)
OF_TYPE(u32, uint32_t, uint32_t, uint64_t)
OF_TYPE(s32, int32_t, uint32_t, int64_t)
OF_TYPE(u64, uint64_t, uint64_t, u128)
OF_TYPE(s64, int64_t, uint64_t, i128)

/* Signed: the quotient of the lowest by -1 wraps. */
#define DIVISION(t, T, U, by_minus_one)                                                            \
    PTX_HANDLER(div_##t)                                                                           \
    {                                                                                              \
        T *d = PTX_LANES_OF(T, i->d);                                                              \
        const T *a = PTX_LANES_OF(T, i->a), *b = PTX_LANES_OF(T, i->b);                            \
        for (int l = 0; l < PTX_LANES; l++) {                                                      \
            if (!(mask >> l & 1)) continue;                                                        \
            if (b[l] == 0) return ptx_fault(w, l, PTX_FAULT_INSTRUCTION, "a division by zero");    \
            d[l] = by_minus_one ? (T)(0 - (U)a[l]) : (T)(a[l] / b[l]);                             \
        }                                                                                          \
        return PTX_NEXT;                                                                           \
    }                                                                                              \
    PTX_HANDLER(rem_##t)                                                                           \
    {                                                                                              \
        T *d = PTX_LANES_OF(T, i->d);                                                              \
        const T *a = PTX_LANES_OF(T, i->a), *b = PTX_LANES_OF(T, i->b);                            \
        for (int l = 0; l < PTX_LANES; l++) {                                                      \
            if (!(mask >> l & 1)) continue;                                                        \
            if (b[l] == 0) return ptx_fault(w, l, PTX_FAULT_INSTRUCTION, "a division by zero");    \
            d[l] = by_minus_one ? (T)0 : (T)(a[l] % b[l]);                                         \
        }                                                                                          \
        return PTX_NEXT;                                                                           \
    }
DIVISION(u16, uint16_t, uint32_t, 0)
DIVISION(s16, int16_t, uint32_t, b[l] == -1)
DIVISION(u32, uint32_t, uint32_t, 0)
DIVISION(s32, int32_t, uint32_t, b[l] == -1)
DIVISION(u64, uint64_t, uint64_t, 0)
DIVISION(s64, int64_t, uint64_t, b[l] == -1)

PTX_BINARY(mul_wide_u16, uint32_t, uint16_t, uint16_t, (uint32_t)x *y)
PTX_BINARY(mul_wide_s16, int32_t, int16_t, int16_t, (int32_t)x *y)
PTX_BINARY(mul_wide_u32, uint64_t, uint32_t, uint32_t, (uint64_t)x *y)
PTX_BINARY(mul_wide_s32, int64_t, int32_t, int32_t, (int64_t)x *y)
PTX_TERNARY(mad_wide_u16, uint32_t, uint16_t, uint16_t, uint32_t, (uint32_t)x *y + z)
PTX_TERNARY(mad_wide_s16, uint32_t, int16_t, int16_t, uint32_t, (uint32_t)((int32_t)x *y) + z)
PTX_TERNARY(mad_wide_u32, uint64_t, uint32_t, uint32_t, uint64_t, (uint64_t)x *y + z)
PTX_TERNARY(mad_wide_s32, uint64_t, int32_t, int32_t, uint64_t, (uint64_t)((int64_t)x *y) + z)

static inline int32_t saturate(int64_t v)
{
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}
PTX_BINARY(add_sat, int32_t, int32_t, int32_t, saturate((int64_t)x + y))
PTX_BINARY(sub_sat, int32_t, int32_t, int32_t, saturate((int64_t)x - y))
PTX_BINARY(min_relu, int32_t, int32_t, int32_t, (x < y ? x : y) > 0 ? (x < y ? x : y) : 0)
PTX_BINARY(max_relu, int32_t, int32_t, int32_t, (x > y ? x : y) > 0 ? (x > y ? x : y) : 0)
PTX_UNARY(abs_16, int16_t, int16_t, x < 0 ? -x : x)
PTX_UNARY(abs_32, uint32_t, int32_t, x < 0 ? 0 - (uint32_t)x : (uint32_t)x)
PTX_UNARY(abs_64, uint64_t, int64_t, x < 0 ? 0 - (uint64_t)x : (uint64_t)x)
PTX_UNARY(neg_16, uint16_t, uint16_t, 0 - x)
PTX_UNARY(neg_32, uint32_t, uint32_t, 0 - x)
PTX_UNARY(neg_64, uint64_t, uint64_t, 0 - x)

static inline int32_t low24(int32_t v)
{
    return (int32_t)((uint32_t)v << 8) >> 8;
}
PTX_BINARY(mul24_s32, uint32_t, int32_t, int32_t,
           (uint32_t)(uint64_t)((int64_t)low24(x) * low24(y)))
PTX_BINARY(mul24_u32, uint32_t, uint32_t, uint32_t, (x & 0xffffff) * (y & 0xffffff))

/* Two 16-bit lanes in a word. */
#define PAIR(f, T)                                                                                 \
    ((uint32_t)(uint16_t)(f((T)x, (T)y)) | (uint32_t)(uint16_t)(f((T)(x >> 16), (T)(y >> 16)))     \
                                               << 16)
#define ADD2(p, q) ((p) + (q))
#define SUB2(p, q) ((p) - (q))
#define MIN2(p, q) ((p) < (q) ? (p) : (q))
#define MAX2(p, q) ((p) > (q) ? (p) : (q))
PTX_BINARY(add_x2, uint32_t, uint32_t, uint32_t, PAIR(ADD2, uint16_t))
PTX_BINARY(sub_x2, uint32_t, uint32_t, uint32_t, PAIR(SUB2, uint16_t))
PTX_BINARY(min_u16x2, uint32_t, uint32_t, uint32_t, PAIR(MIN2, uint16_t))
PTX_BINARY(max_u16x2, uint32_t, uint32_t, uint32_t, PAIR(MAX2, uint16_t))
PTX_BINARY(min_s16x2, uint32_t, uint32_t, uint32_t, PAIR(MIN2, int16_t))
PTX_BINARY(max_s16x2, uint32_t, uint32_t, uint32_t, PAIR(MAX2, int16_t))

#define BYTE(T, v, k) ((int32_t)(T)((v) >> 8 * (k)))
#define HALF(T, v, k) ((int32_t)(T)((v) >> 16 * (k)))
#define DP4(A, B)                                                                                  \
    z + (uint32_t)(BYTE(A, x, 0) * BYTE(B, y, 0) + BYTE(A, x, 1) * BYTE(B, y, 1) +                 \
                   BYTE(A, x, 2) * BYTE(B, y, 2) + BYTE(A, x, 3) * BYTE(B, y, 3))
#define DP2(A16, A, B, k)                                                                          \
    z + (uint32_t)(HALF(A16, x, 0) * BYTE(B, y, k)) +                                              \
        (uint32_t)(HALF(A16, x, 1) * BYTE(B, y, k + 1))
PTX_TERNARY_32(dp4a_uu, DP4(uint8_t, uint8_t))
PTX_TERNARY_32(dp4a_us, DP4(uint8_t, int8_t))
PTX_TERNARY_32(dp4a_su, DP4(int8_t, uint8_t))
PTX_TERNARY_32(dp4a_ss, DP4(int8_t, int8_t))
#define DP2_BOTH(n, A16, B)                                                                        \
    PTX_TERNARY_32(dp2a_lo_##n, DP2(A16, 0, B, 0)) PTX_TERNARY_32(dp2a_hi_##n, DP2(A16, 0, B, 2))
DP2_BOTH(uu, uint16_t, uint8_t)
DP2_BOTH(us, uint16_t, int8_t)
DP2_BOTH(su, int16_t, uint8_t)
DP2_BOTH(ss, int16_t, int8_t)

/* ---- carries: add.cc, addc(.cc), sub.cc, subc(.cc), mad.lo/hi(.cc), madc ---- */

enum { CARRY_IN = 1, CARRY_OUT = 2, CARRY_SUB = 4, CARRY_MAD = 8, CARRY_HI = 16 };

PTX_HANDLER(carried)
{
    const bool wide = ptx_type_bytes((enum ptx_type)i->type) == 8;
    const uint64_t ones = wide ? UINT64_MAX : PTX_FULL;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        uint64_t x = wide ? ptx_r64(w, i->a)[l] : ptx_r32(w, i->a)[l];
        uint64_t y = wide ? ptx_r64(w, i->b)[l] : ptx_r32(w, i->b)[l];
        const uint32_t in = i->op & CARRY_IN ? w->carry >> l & 1 : 0;
        if (i->op & CARRY_MAD) {
            u128 product = (u128)x * y;
            if (ptx_type_name((enum ptx_type)i->type)[0] == 's')
                product = wide ? (u128)((i128)(int64_t)x * (int64_t)y)
                               : (u128)((i128)(int32_t)x * (int32_t)y);
            x = (uint64_t)(i->op & CARRY_HI ? product >> (wide ? 64 : 32) : product) & ones;
            y = wide ? ptx_r64(w, i->c)[l] : ptx_r32(w, i->c)[l];
        }
        u128 sum;
        uint32_t out;
        if (i->op & CARRY_SUB) {
            sum = (u128)x - y - in;
            out = (u128)x < (u128)y + in;
        } else {
            sum = (u128)x + y + in;
            out = sum > ones;
        }
        if (wide)
            ptx_r64(w, i->d)[l] = (uint64_t)sum;
        else
            ptx_r32(w, i->d)[l] = (uint32_t)sum;
        if (i->op & CARRY_OUT) w->carry = (w->carry & ~(1u << l)) | out << l;
    }
    return PTX_NEXT;
}

static bool decode_carried(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const HALVES[] = {"lo", "hi", NULL};
    const bool mad = s->name[0] == 'm';
    const size_t n_name = strlen(s->name);
    int32_t dest, src[3] = {0};
    uint8_t op = 0;
    if (s->name[n_name - 1] == 'c' && n_name == 4) op |= CARRY_IN;
    if (ptx_mod(s, "cc")) op |= CARRY_OUT;
    if (!op) return false; /* a plain one */
    if (s->name[0] == 's') op |= CARRY_SUB;
    if (mad) op |= CARRY_MAD | (ptx_mod_of(s, HALVES) == 1 ? CARRY_HI : 0);
    const enum ptx_type type = ptx_mod_type(s);
    if (ptx_type_bytes(type) < 4) return ptx_refuse(d, s, "a carry of this type");
    if (!ptx_arity(d, s, mad ? 4 : 3, mad ? 4 : 3) || !ptx_dest(d, s, 0, type, &dest)) return false;
    for (uint32_t k = 1; k < s->n_operands; k++)
        if (!ptx_source(d, s, k, type, &src[k - 1])) return false;
    struct ptx_inst *i = ptx_emit(d, s, carried);
    if (!i) return false;
    i->d = dest;
    i->a = src[0];
    i->b = src[1];
    i->c = src[2];
    i->type = (uint8_t)type;
    i->op = op;
    return ptx_done(d, s);
}

/* ---- tables ---- */

#define T1(T)                                                                                      \
    PTX_##T,                                                                                       \
    {                                                                                              \
        PTX_##T                                                                                    \
    }
#define T2(T)                                                                                      \
    PTX_##T,                                                                                       \
    {                                                                                              \
        PTX_##T, PTX_##T                                                                           \
    }
#define T3(T)                                                                                      \
    PTX_##T,                                                                                       \
    {                                                                                              \
        PTX_##T, PTX_##T, PTX_##T                                                                  \
    }
#define ROWS(t, T)                                                                                 \
    {"add." #t, add_##t, T2(T), 0}, {"sub." #t, sub_##t, T2(T), 0},                                \
        {"mul.lo." #t, mul_lo_##t, T2(T), 0}, {"mul.hi." #t, mul_hi_##t, T2(T), 0},                \
        {"mad.lo." #t, mad_lo_##t, T3(T), 0}, {"mad.hi." #t, mad_hi_##t, T3(T), 0},                \
        {"min." #t, min_##t, T2(T), 0}, {"max." #t, max_##t, T2(T), 0},                            \
        {"sad." #t, sad_##t, T3(T), 0}, {"div." #t, div_##t, T2(T), 0},                            \
    {                                                                                              \
        "rem." #t, rem_##t, T2(T), 0                                                               \
    }
#define WIDE(t, T, D)                                                                              \
    {"mul.wide." #t, mul_wide_##t, PTX_##D, {PTX_##T, PTX_##T}, 0},                                \
    {                                                                                              \
        "mad.wide." #t, mad_wide_##t, PTX_##D, {PTX_##T, PTX_##T, PTX_##D}, 0                      \
    }
#define DP(kind, fn)                                                                               \
    {kind ".u32.u32", fn##_uu, T3(B32), 0}, {kind ".u32.s32", fn##_us, T3(B32), 0},                \
        {kind ".s32.u32", fn##_su, T3(B32), 0},                                                    \
    {                                                                                              \
        kind ".s32.s32", fn##_ss, T3(B32), 0                                                       \
    }

static const struct ptx_row ROWS_OF_INTEGERS[] = {
    ROWS(u16, U16),
    ROWS(s16, S16),
    ROWS(u32, U32),
    ROWS(s32, S32),
    ROWS(u64, U64),
    ROWS(s64, S64),
    WIDE(u16, U16, U32),
    WIDE(s16, S16, S32),
    WIDE(u32, U32, U64),
    WIDE(s32, S32, S64),
    {"add.sat.s32", add_sat, T2(S32), 0},
    {"sub.sat.s32", sub_sat, T2(S32), 0},
    {"min.relu.s32", min_relu, T2(S32), 0},
    {"max.relu.s32", max_relu, T2(S32), 0},
    {"abs.s16", abs_16, T1(S16), 0},
    {"abs.s32", abs_32, T1(S32), 0},
    {"abs.s64", abs_64, T1(S64), 0},
    {"neg.s16", neg_16, T1(S16), 0},
    {"neg.s32", neg_32, T1(S32), 0},
    {"neg.s64", neg_64, T1(S64), 0},
    {"mul24.lo.s32", mul24_s32, T2(S32), 0},
    {"mul24.lo.u32", mul24_u32, T2(U32), 0},
    {"add.u16x2", add_x2, T2(U16X2), 0},
    {"add.s16x2", add_x2, T2(S16X2), 0},
    {"sub.u16x2", sub_x2, T2(U16X2), 0},
    {"sub.s16x2", sub_x2, T2(S16X2), 0},
    {"min.u16x2", min_u16x2, T2(U16X2), 0},
    {"max.u16x2", max_u16x2, T2(U16X2), 0},
    {"min.s16x2", min_s16x2, T2(S16X2), 0},
    {"max.s16x2", max_s16x2, T2(S16X2), 0},
    DP("dp4a", dp4a),
    DP("dp2a.lo", dp2a_lo),
    DP("dp2a.hi", dp2a_hi),
    {0},
};

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_decode_row(d, s, ROWS_OF_INTEGERS);
}

const struct ptx_op ptx_ops_integer[] = {
    {"add", decode},          {"sub", decode},          {"mul", decode},
    {"mad", decode},          {"min", decode},          {"max", decode},
    {"sad", decode},          {"div", decode},          {"rem", decode},
    {"abs", decode},          {"neg", decode},          {"mul24", decode},
    {"dp4a", decode},         {"dp2a", decode},         {"add", decode_carried},
    {"sub", decode_carried},  {"mad", decode_carried},  {"addc", decode_carried},
    {"subc", decode_carried}, {"madc", decode_carried}, {0},
};
