/* SPDX-License-Identifier: MIT */
/* cvt: between integers, floats of 8 to 64 bits, and packed pairs. */
#include <fenv.h>
#include <math.h>

#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum { FTZ = 1, SAT = 2, FINITE = 4, RELU = 8 };  /* struct ptx_inst.flags */
enum { RN, RZ, RM, RP, RNI, RZI, RMI, RPI, RNA }; /* .op */
static const char *const ROUNDINGS[] = {"rn",  "rz",  "rm",  "rp",  "rni",
                                        "rzi", "rmi", "rpi", "rna", NULL};

/* ---- what programs are full of ---- */

PTX_UNARY(u64_u32, uint64_t, uint32_t, x)
PTX_UNARY(s64_s32, int64_t, int32_t, x)
PTX_UNARY(b32_b64, uint32_t, uint64_t, x)
PTX_UNARY(u32_u16, uint32_t, uint16_t, x)
PTX_UNARY(s32_s16, int32_t, int16_t, x)
PTX_UNARY(b16_b32, uint16_t, uint32_t, x)
PTX_UNARY(f32_s32, float, int32_t, (float)x)
PTX_UNARY(f32_u32, float, uint32_t, (float)x)
PTX_UNARY(f32_f16, float, uint16_t, ptx_f16_f32(x))
PTX_UNARY(f32_bf16, float, uint16_t, ptx_bf16_f32(x))
PTX_UNARY(f16_f32, uint16_t, float, ptx_f32_f16(x))
PTX_UNARY(bf16_f32, uint16_t, float, ptx_f32_bf16(x))
PTX_BINARY(bf16x2_f32, uint32_t, float, float, (uint32_t)ptx_f32_bf16(x) << 16 | ptx_f32_bf16(y))
PTX_BINARY(f16x2_f32, uint32_t, float, float, (uint32_t)ptx_f32_f16(x) << 16 | ptx_f32_f16(y))

static const struct {
    uint8_t d, a;
    int8_t rounding; /* -1: none */
    ptx_run run;
} FAST[] = {
    {PTX_U64, PTX_U32, -1, u64_u32}, {PTX_S64, PTX_S32, -1, s64_s32},
    {PTX_U32, PTX_U64, -1, b32_b64}, {PTX_U32, PTX_U16, -1, u32_u16},
    {PTX_S32, PTX_S16, -1, s32_s16}, {PTX_U16, PTX_U32, -1, b16_b32},
    {PTX_F32, PTX_S32, RN, f32_s32}, {PTX_F32, PTX_U32, RN, f32_u32},
    {PTX_F32, PTX_F16, -1, f32_f16}, {PTX_F32, PTX_BF16, -1, f32_bf16},
    {PTX_F16, PTX_F32, RN, f16_f32}, {PTX_BF16, PTX_F32, RN, bf16_f32},
};

/* ---- one value, any types ---- */

struct value {
    bool is_float;
    double f; /* every float format's values are in it exactly */
    __int128 i;
};

static bool is_float_type(enum ptx_type t)
{
    return t == PTX_F16 || t == PTX_BF16 || t == PTX_F32 || t == PTX_F64 || t == PTX_TF32;
}

static uint32_t bits_of_integer(enum ptx_type t)
{
    return 8 * ptx_type_bytes(t);
}

static bool is_signed(enum ptx_type t)
{
    return t == PTX_S8 || t == PTX_S16 || t == PTX_S32 || t == PTX_S64;
}

static uint64_t read_raw(const struct ptx_warp *w, int32_t slot, uint32_t bytes, int lane)
{
    if (bytes == 8) return ptx_r64(w, slot)[lane];
    return bytes == 4 ? ptx_r32(w, slot)[lane] : ptx_r16(w, slot)[lane];
}

static struct value unpack(enum ptx_type t, uint64_t raw)
{
    struct value v = {.is_float = is_float_type(t)};
    if (t == PTX_F64)
        memcpy(&v.f, &raw, sizeof v.f);
    else if (t == PTX_F32)
        v.f = (double)ptx_f32_of((uint32_t)raw);
    else if (t == PTX_F16)
        v.f = (double)ptx_f16_f32((uint16_t)raw);
    else if (t == PTX_BF16)
        v.f = (double)ptx_bf16_f32((uint16_t)raw);
    else if (is_signed(t))
        v.i = (int64_t)(raw << (64 - bits_of_integer(t))) >> (64 - bits_of_integer(t));
    else
        v.i = raw & (bits_of_integer(t) == 64 ? UINT64_MAX : (1ull << bits_of_integer(t)) - 1);
    return v;
}

static double round_integral(double x, int rounding)
{
    switch (rounding) {
    case RNI:
    case RN: return nearbyint(x);
    case RZI:
    case RZ: return trunc(x);
    case RMI:
    case RM: return floor(x);
    default: return ceil(x);
    }
}

/* Floats to integers saturate always; NaN is 0. */
static uint64_t to_integer(enum ptx_type t, double x, int rounding)
{
    const uint32_t bits = bits_of_integer(t);
    const double high = ldexp(1.0, (int)bits - (is_signed(t) ? 1 : 0));
    const double low = is_signed(t) ? -high : 0;
    if (isnan(x)) return 0;
    x = round_integral(x, rounding);
    if (x >= high)
        return is_signed(t) ? (1ull << (bits - 1)) - 1
                            : (bits == 64 ? UINT64_MAX : (1ull << bits) - 1);
    if (x <= low) return is_signed(t) ? 0 - (1ull << (bits - 1)) : 0;
    return is_signed(t) ? (uint64_t)(int64_t)x : (uint64_t)x;
}

static uint64_t clamp_integer(enum ptx_type t, __int128 x)
{
    const uint32_t bits = bits_of_integer(t);
    const __int128 high = ((__int128)1 << (bits - (is_signed(t) ? 1 : 0))) - 1;
    const __int128 low = is_signed(t) ? -high - 1 : 0;
    return (uint64_t)(x > high ? high : x < low ? low : x);
}

static const int MODES[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

/* To f32 or f64 in the mode asked for, rounded once: volatile keeps it where it is. */
static uint64_t to_f32(const struct value *v, int rounding)
{
    volatile float out;
    volatile double f = v->f;
    fesetround(MODES[rounding]);
    if (v->is_float)
        out = (float)f;
    else if (v->i < 0)
        out = (float)(int64_t)v->i;
    else
        out = (float)(uint64_t)v->i;
    fesetround(FE_TONEAREST);
    return ptx_bits_of(out);
}

static uint64_t to_f64(const struct value *v, int rounding)
{
    volatile double out = v->f;
    uint64_t bits;
    fesetround(MODES[rounding]);
    if (!v->is_float) out = v->i < 0 ? (double)(int64_t)v->i : (double)(uint64_t)v->i;
    fesetround(FE_TONEAREST);
    const double done = out;
    memcpy(&bits, &done, sizeof bits);
    return bits;
}

/* f16, bf16, tf32, in the modes they have: rn, rz, and rna (ties away) for tf32. */
static uint64_t to_small(enum ptx_type t, const struct value *v, int rounding, uint8_t flags)
{
    const bool bf = t == PTX_BF16, tf = t == PTX_TF32;
    const int mantissa = bf ? 7 : 10, lowest = t == PTX_F16 ? -14 : -126;
    const double largest = bf ? 0x1.fep127 : tf ? 0x1.ffcp127 : 65504;
    const double x = v->is_float ? v->f : (double)(int64_t)v->i;
    if (isnan(x)) return tf ? 0x7fffffff : 0x7fff;
    double rounded = ptx_round_to(x, mantissa, lowest, rounding == RZ);
    if (rounding == RNA) { /* the cut-off value, or the next one from half way on */
        const double cut = ptx_round_to(x, mantissa, lowest, true);
        const double unit = fabs(x) < ldexp(1.0, lowest) ? ldexp(1.0, lowest - mantissa)
                                                         : ldexp(1.0, ilogb(x) - mantissa);
        rounded = fabs(x - cut) * 2 >= unit ? cut + copysign(unit, x) : cut;
    }
    if (isinf(x)) rounded = x;
    if (fabs(rounded) > largest)
        rounded =
            copysign(flags & FINITE || (rounding == RZ && !isinf(x)) ? largest : INFINITY, rounded);
    if (tf) return ptx_bits_of((float)rounded);
    if (isinf(rounded)) return (uint64_t)(signbit(rounded) ? 0x8000 : 0) | (bf ? 0x7f80 : 0x7c00);
    const uint32_t packed = ptx_pack_float(rounded, mantissa, lowest);
    return packed >> 31 << 15 | (packed & 0x7fff);
}

static uint64_t convert(const struct ptx_inst *i, uint64_t raw)
{
    const enum ptx_type from = (enum ptx_type)i->type, to = (enum ptx_type)i->type2;
    struct value v = unpack(from, raw);
    if (i->flags & FTZ && from == PTX_F32) v.f = (double)ptx_flush((float)v.f);
    if (!is_float_type(to)) {
        if (v.is_float) return to_integer(to, v.f, i->op);
        return i->flags & SAT ? clamp_integer(to, v.i) : (uint64_t)v.i;
    }
    if (v.is_float && i->op >= RNI && i->op <= RPI) v.f = copysign(round_integral(v.f, i->op), v.f);
    if (i->flags & SAT) v.f = isnan(v.f) || v.f < 0 ? 0 : v.f > 1 ? 1 : v.f;
    if (i->flags & RELU && v.f < 0) v.f = 0;
    const int rounding = i->op >= RNI && i->op <= RPI ? RN : i->op;
    if (to == PTX_F64) return to_f64(&v, rounding);
    if (to != PTX_F32) return to_small(to, &v, rounding, i->flags);
    const uint64_t out = to_f32(&v, rounding);
    return i->flags & FTZ ? ptx_bits_of(ptx_flush(ptx_f32_of((uint32_t)out))) : out;
}

/* i->vec, i->e: bytes of the registers of source and destination, which can be wider. */
PTX_HANDLER(run_any)
{
    const enum ptx_type to = (enum ptx_type)i->type2;
    const bool widen = !is_float_type(to) && is_signed(to) && bits_of_integer(to) < 64;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        uint64_t out = convert(i, read_raw(w, i->a, i->vec, l));
        if (!is_float_type(to) && bits_of_integer(to) < 64) {
            const uint32_t up = 64 - bits_of_integer(to);
            out = widen ? (uint64_t)((int64_t)(out << up) >> up) : out << up >> up;
        }
        if (i->e == 8)
            ptx_r64(w, i->d)[l] = out;
        else if (i->e == 4)
            ptx_r32(w, i->d)[l] = (uint32_t)out;
        else
            ptx_r16(w, i->d)[l] = (uint16_t)out;
    }
    return PTX_NEXT;
}

/* ---- pairs ---- */

static uint16_t to_half(enum ptx_type t, float x, int rounding, uint8_t flags)
{
    if (flags & RELU && x < 0) x = 0;
    const struct value v = {.is_float = true, .f = (double)x};
    return (uint16_t)to_small(t, &v, rounding, flags);
}

static uint8_t to_byte(enum ptx_type t, float x, uint8_t flags)
{
    if (flags & RELU && x < 0) x = 0;
    return t == PTX_E4M3X2 ? ptx_f32_e4m3(x) : ptx_f32_e5m2(x);
}

/* Two f32, or a pair of f16, to a pair: the first goes to the upper half. */
PTX_HANDLER(run_pair)
{
    const enum ptx_type to = (enum ptx_type)i->type2;
    for (int l = 0; l < PTX_LANES; l++) {
        float high, low;
        if (!(mask >> l & 1)) continue;
        if (i->type == PTX_F32) {
            high = ptx_rf32(w, i->a)[l];
            low = ptx_rf32(w, i->b)[l];
        } else {
            const uint32_t both = ptx_r32(w, i->a)[l];
            const bool bf = i->type == PTX_BF16X2;
            high = bf ? ptx_bf16_f32((uint16_t)(both >> 16)) : ptx_f16_f32((uint16_t)(both >> 16));
            low = bf ? ptx_bf16_f32((uint16_t)both) : ptx_f16_f32((uint16_t)both);
        }
        if (to == PTX_F16X2 || to == PTX_BF16X2) {
            const enum ptx_type half = to == PTX_F16X2 ? PTX_F16 : PTX_BF16;
            ptx_r32(w, i->d)[l] = (uint32_t)to_half(half, high, i->op, i->flags) << 16 |
                                  to_half(half, low, i->op, i->flags);
        } else {
            ptx_r16(w, i->d)[l] =
                (uint16_t)(to_byte(to, high, i->flags) << 8 | to_byte(to, low, i->flags));
        }
    }
    return PTX_NEXT;
}

/* A pair of 8-bit floats to a pair of f16, which holds them exactly. */
PTX_HANDLER(run_bytes)
{
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const uint16_t both = ptx_r16(w, i->a)[l];
        const uint8_t bytes[2] = {(uint8_t)both, (uint8_t)(both >> 8)};
        uint16_t halves[2];
        for (int k = 0; k < 2; k++) {
            const bool e4 = i->type == PTX_E4M3X2;
            float x = e4 ? ptx_e4m3_f32(bytes[k]) : ptx_e5m2_f32(bytes[k]);
            if (i->flags & RELU && x < 0) x = 0;
            halves[k] = ptx_f32_f16(x);
        }
        ptx_r32(w, i->d)[l] = halves[0] | (uint32_t)halves[1] << 16;
    }
    return PTX_NEXT;
}

static bool decode_pair(struct ptx_decoder *d, struct ptx_statement *s, struct ptx_inst *made)
{
    const enum ptx_type to = (enum ptx_type)made->type2, from = (enum ptx_type)made->type;
    const bool to_bytes = to == PTX_E4M3X2 || to == PTX_E5M2X2;
    const bool from_bytes = from == PTX_E4M3X2 || from == PTX_E5M2X2;
    const enum ptx_type dest = to_bytes ? PTX_B16 : PTX_B32;
    const bool two = from == PTX_F32;
    if (!two && !from_bytes && from != PTX_F16X2 && from != PTX_BF16X2)
        return ptx_refuse(d, s, "a conversion that does not exist");
    if (to_bytes && !(made->flags & FINITE)) return ptx_refuse(d, s, ".satfinite is missing");
    if (!ptx_arity(d, s, two ? 3 : 2, two ? 3 : 2) || !ptx_dest(d, s, 0, dest, &made->d) ||
        !ptx_source(d, s, 1,
                    two          ? PTX_F32
                    : from_bytes ? PTX_B16
                                 : PTX_B32,
                    &made->a) ||
        (two && !ptx_source(d, s, 2, PTX_F32, &made->b)))
        return false;
    const bool plain = made->op == RN && !made->flags;
    ptx_run run = from_bytes ? run_bytes : run_pair;
    if (two && plain && to == PTX_BF16X2) run = bf16x2_f32;
    if (two && plain && to == PTX_F16X2) run = f16x2_f32;
    struct ptx_inst *i = ptx_emit(d, s, run);
    if (!i) return false;
    i->d = made->d;
    i->a = made->a;
    i->b = made->b;
    i->type = made->type;
    i->type2 = made->type2;
    i->flags = made->flags;
    i->op = made->op;
    return ptx_done(d, s);
}

static bool is_pair_type(enum ptx_type t)
{
    return t == PTX_F16X2 || t == PTX_BF16X2 || t == PTX_E4M3X2 || t == PTX_E5M2X2;
}

/* The register of an operand; cvt allows wider ones than its types. */
static bool wide_operand(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                         enum ptx_type type, bool is_dest, int32_t *slot, uint32_t *bytes)
{
    const struct ptx_operand *o = &s->operands[index];
    enum ptx_type held = type == PTX_TF32 ? PTX_B32 : type;
    if (o->kind == PTX_O_REG && ptx_type_bytes(o->type) >= ptx_type_bytes(type) &&
        (!is_float_type(type) || ptx_type_bytes(o->type) == ptx_type_bytes(type)))
        held = o->type;
    if (ptx_type_bytes(held) == 1) held = PTX_B16;
    *bytes = ptx_type_bytes(held);
    return is_dest ? ptx_dest(d, s, index, held, slot) : ptx_source(d, s, index, held, slot);
}

static bool decode_single(struct ptx_decoder *d, struct ptx_statement *s, struct ptx_inst *made,
                          int rounding)
{
    const enum ptx_type to = (enum ptx_type)made->type2, from = (enum ptx_type)made->type;
    uint32_t dest_bytes, source_bytes;
    const bool float_to_int = is_float_type(from) && !is_float_type(to);
    const bool narrows =
        is_float_type(to) &&
        (!is_float_type(from) || ptx_type_bytes(to) < ptx_type_bytes(from) || to == PTX_TF32);
    if (float_to_int && (rounding < RNI || rounding > RPI))
        return ptx_refuse(d, s, "a rounding to integers is missing");
    if (narrows && (rounding < 0 || (rounding >= RNI && rounding <= RPI)))
        return ptx_refuse(d, s, "a rounding mode is missing");
    if (!is_float_type(from) && !is_float_type(to) && rounding >= 0)
        return ptx_refuse(d, s, "a rounding mode between integers");
    if (!ptx_arity(d, s, 2, 2) || !wide_operand(d, s, 0, to, true, &made->d, &dest_bytes) ||
        !wide_operand(d, s, 1, from, false, &made->a, &source_bytes))
        return false;
    ptx_run run = run_any;
    for (size_t k = 0; k < sizeof FAST / sizeof *FAST; k++)
        if (FAST[k].d == to && FAST[k].a == from && FAST[k].rounding == rounding && !made->flags &&
            dest_bytes == ptx_type_bytes(to) && source_bytes == ptx_type_bytes(from))
            run = FAST[k].run;
    struct ptx_inst *i = ptx_emit(d, s, run);
    if (!i) return false;
    i->d = made->d;
    i->a = made->a;
    i->type = made->type;
    i->type2 = made->type2;
    i->flags = made->flags;
    i->op = (uint8_t)(rounding < 0 ? RN : rounding);
    i->vec = (uint8_t)source_bytes;
    i->e = (int32_t)dest_bytes;
    return ptx_done(d, s);
}

/* cvt.pack.sat.T.s32{.b32} d, a, b{, c}: a and b saturated, above what c held. */
PTX_HANDLER(run_pack)
{
    const enum ptx_type to = (enum ptx_type)i->type2;
    const uint32_t bits = to == PTX_U4 || to == PTX_S4 ? 4 : bits_of_integer(to);
    const bool with_sign = is_signed(to) || to == PTX_S4;
    const int64_t high = (1ll << (bits - (with_sign ? 1 : 0))) - 1, low = with_sign ? -high - 1 : 0;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const int64_t pair[2] = {(int32_t)ptx_r32(w, i->b)[l], (int32_t)ptx_r32(w, i->a)[l]};
        uint64_t out = i->op ? (uint64_t)ptx_r32(w, i->c)[l] << 2 * bits : 0;
        for (uint32_t k = 0; k < 2; k++) {
            const int64_t v = pair[k] > high ? high : pair[k] < low ? low : pair[k];
            out |= ((uint64_t)v & ((1ull << bits) - 1)) << k * bits;
        }
        ptx_r32(w, i->d)[l] = (uint32_t)out;
    }
    return PTX_NEXT;
}

static bool decode_pack(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a, b, c = 0;
    if (!ptx_mod(s, "sat")) return ptx_refuse(d, s, ".sat is missing");
    const enum ptx_type to = ptx_mod_type(s), from = ptx_mod_type(s), third = ptx_mod_type(s);
    const bool with_c = third == PTX_B32;
    if (from != PTX_S32) return ptx_refuse(d, s, "only from .s32");
    if (!ptx_arity(d, s, with_c ? 4 : 3, with_c ? 4 : 3) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_S32, &a) || !ptx_source(d, s, 2, PTX_S32, &b) ||
        (with_c && !ptx_source(d, s, 3, PTX_B32, &c)))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, run_pack);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->b = b;
    i->c = c;
    i->type2 = (uint8_t)to;
    i->op = with_c;
    return ptx_done(d, s);
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    struct ptx_inst made = {0};
    if (ptx_mod(s, "pack")) return decode_pack(d, s);
    const int rounding = ptx_mod_of(s, ROUNDINGS);
    if (ptx_mod(s, "ftz")) made.flags |= FTZ;
    if (ptx_mod(s, "sat")) made.flags |= SAT;
    if (ptx_mod(s, "satfinite")) made.flags |= FINITE;
    if (ptx_mod(s, "relu")) made.flags |= RELU;
    made.type2 = (uint8_t)ptx_mod_type(s);
    made.type = (uint8_t)ptx_mod_type(s);
    made.op = (uint8_t)(rounding < 0 ? RN : rounding);
    if (is_pair_type((enum ptx_type)made.type2)) return decode_pair(d, s, &made);
    if (made.type == PTX_NO_TYPE || is_pair_type((enum ptx_type)made.type))
        return ptx_refuse(d, s, "a conversion that is not known here");
    const enum ptx_type both[2] = {(enum ptx_type)made.type, (enum ptx_type)made.type2};
    for (int k = 0; k < 2; k++)
        if (!is_float_type(both[k]) && both[k] >= PTX_F16 && both[k] != PTX_U32 &&
            both[k] != PTX_S32 && both[k] != PTX_U64 && both[k] != PTX_S64)
            return ptx_refuse(d, s, "a conversion that is not known here");
    return decode_single(d, s, &made, rounding);
}

const struct ptx_op ptx_ops_convert[] = {{"cvt", decode}, {0}};
