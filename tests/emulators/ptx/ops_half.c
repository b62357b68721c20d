/* SPDX-License-Identifier: MIT */
/* f16, bf16 and their pairs: worked out in f64, rounded once. */
#include <math.h>

#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum { FTZ = 1, SAT = 2, RELU = 4, NAN_WINS = 8, XORSIGN_ABS = 16 };
enum op { ADD, SUB, MUL, FMA, MIN, MAX, ABS, NEG, EX2, TANH };

static const struct shape {
    const char *name;
    uint32_t n_sources;
} SHAPES[] = {
    [ADD] = {"add", 2}, [SUB] = {"sub", 2},   [MUL] = {"mul", 2}, [FMA] = {"fma", 3},
    [MIN] = {"min", 2}, [MAX] = {"max", 2},   [ABS] = {"abs", 1}, [NEG] = {"neg", 1},
    [EX2] = {"ex2", 1}, [TANH] = {"tanh", 1},
};

/* x + y with its last bit set when something was lost: rounding it again is then right. */
static double add_to_odd(double x, double y)
{
    double sum = x + y;
    const double part = sum - x;
    const double lost = (x - (sum - part)) + (y - part);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (lost != 0 && isfinite(sum) && !(bits & 1))
        sum = nextafter(sum, lost > 0 ? INFINITY : -INFINITY);
    return sum;
}

static double compute(enum op op, double x, double y, double z)
{
    switch (op) {
    case ADD: return add_to_odd(x, y);
    case SUB: return add_to_odd(x, -y);
    case MUL: return x * y;
    case FMA: return isfinite(x * y) && isfinite(z) ? add_to_odd(x * y, z) : x * y + z;
    case MIN: return (double)ptx_fmin((float)x, (float)y);
    case MAX: return (double)ptx_fmax((float)x, (float)y);
    case ABS: return fabs(x);
    case NEG: return -x;
    case EX2: return exp2(x);
    case TANH: return tanh(x);
    }
    return NAN;
}

/* A double to f16 or bf16, once rounded; NaN is 0x7fff. */
static uint16_t round_half(double value, bool bf)
{
    if (isnan(value)) return 0x7fff;
    const int mantissa = bf ? 7 : 10, lowest = bf ? -126 : -14;
    const double rounded = ptx_round_to(value, mantissa, lowest, false);
    const double largest = bf ? 0x1.fep127 : 65504;
    if (fabs(rounded) > largest)
        return (uint16_t)((signbit(value) ? 0x8000 : 0) | (bf ? 0x7f80 : 0x7c00));
    const uint32_t packed = ptx_pack_float(rounded, mantissa, lowest);
    return (uint16_t)(packed >> 31 << 15 | (packed & 0x7fff));
}

static double widen(uint16_t bits, bool bf)
{
    return (double)(bf ? ptx_bf16_f32(bits) : ptx_f16_f32(bits));
}

static bool is_subnormal(uint16_t bits, bool bf)
{
    return (bits & (bf ? 0x7f80 : 0x7c00)) == 0;
}

static uint16_t one(const struct ptx_inst *i, bool bf, uint16_t a, uint16_t b, uint16_t c)
{
    const enum op op = (enum op)i->op;
    if (op == ABS) return a & 0x7fff;
    if (op == NEG) return a ^ 0x8000;
    uint16_t *const operands[] = {&a, &b, &c};
    for (int k = 0; k < 3 && i->flags & FTZ; k++)
        if (is_subnormal(*operands[k], bf)) *operands[k] &= 0x8000;
    double x = widen(a, bf), y = widen(b, bf);
    const bool flip = i->flags & XORSIGN_ABS && (signbit(x) != 0) != (signbit(y) != 0);
    if (i->flags & XORSIGN_ABS) {
        x = fabs(x);
        y = fabs(y);
    }
    uint16_t out = round_half(compute(op, x, y, widen(c, bf)), bf);
    if (i->flags & NAN_WINS && (isnan(x) || isnan(y))) out = 0x7fff;
    if (flip) out ^= 0x8000;
    if (i->flags & FTZ && is_subnormal(out, bf)) out &= 0x8000;
    const double value = widen(out, bf);
    if (i->flags & RELU && !isnan(value) && signbit(value)) out = 0;
    if (i->flags & SAT && !(value > 0)) out = 0;
    if (i->flags & SAT && value > 1) out = bf ? 0x3f80 : 0x3c00;
    return out;
}

PTX_HANDLER(run_single)
{
    const bool bf = i->type == PTX_BF16;
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1)
            ptx_r16(w, i->d)[l] =
                one(i, bf, ptx_r16(w, i->a)[l], ptx_r16(w, i->b)[l], ptx_r16(w, i->c)[l]);
    return PTX_NEXT;
}

PTX_HANDLER(run_pair)
{
    const bool bf = i->type == PTX_BF16X2;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const uint32_t a = ptx_r32(w, i->a)[l], b = ptx_r32(w, i->b)[l], c = ptx_r32(w, i->c)[l];
        const uint16_t low = one(i, bf, (uint16_t)a, (uint16_t)b, (uint16_t)c);
        const uint16_t high =
            one(i, bf, (uint16_t)(a >> 16), (uint16_t)(b >> 16), (uint16_t)(c >> 16));
        ptx_r32(w, i->d)[l] = low | (uint32_t)high << 16;
    }
    return PTX_NEXT;
}

/* The products and sums that attention and gemm epilogues do by the thousand. */
#define F16_2(f)                                                                                   \
    ((uint32_t)ptx_f32_f16(f(ptx_f16_f32((uint16_t)x), ptx_f16_f32((uint16_t)y))) |                \
     (uint32_t)ptx_f32_f16(f(ptx_f16_f32((uint16_t)(x >> 16)), ptx_f16_f32((uint16_t)(y >> 16))))  \
         << 16)
#define PLUS(p, q)  ((p) + (q))
#define TIMES(p, q) ((p) * (q))
PTX_BINARY(add_f16x2, uint32_t, uint32_t, uint32_t, F16_2(PLUS))
PTX_BINARY(mul_f16x2, uint32_t, uint32_t, uint32_t, F16_2(TIMES))

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    const char *last = s->n_mods ? s->mods[s->n_mods - 1] : "";
    const enum ptx_type type = ptx_type_of_mod(last);
    const bool pair = type == PTX_F16X2 || type == PTX_BF16X2;
    int32_t dest, src[3] = {0};
    uint8_t flags = 0;
    size_t op = 0;
    if (!pair && type != PTX_F16 && type != PTX_BF16) return false; /* another table's */
    while (strcmp(SHAPES[op].name, s->name)) op++;
    s->used |= 1u << (s->n_mods - 1);
    ptx_mod(s, "rn");
    ptx_mod(s, "approx");
    if (ptx_mod(s, "ftz")) flags |= FTZ;
    if (ptx_mod(s, "sat")) flags |= SAT;
    if (ptx_mod(s, "relu")) flags |= RELU;
    if (ptx_mod(s, "NaN")) flags |= NAN_WINS;
    if (ptx_mod(s, "xorsign") && ptx_mod(s, "abs")) flags |= XORSIGN_ABS;
    const uint32_t n = SHAPES[op].n_sources;
    const enum ptx_type held = pair ? PTX_B32 : PTX_B16;
    if (!ptx_arity(d, s, n + 1, n + 1) || !ptx_dest(d, s, 0, held, &dest)) return false;
    for (uint32_t k = 0; k < n; k++)
        if (!ptx_source(d, s, k + 1, held, &src[k])) return false;
    ptx_run run = pair ? run_pair : run_single;
    if (type == PTX_F16X2 && !flags && op == ADD) run = add_f16x2;
    if (type == PTX_F16X2 && !flags && op == MUL) run = mul_f16x2;
    struct ptx_inst *i = ptx_emit(d, s, run);
    if (!i) return false;
    i->d = dest;
    i->a = src[0];
    i->b = src[1];
    i->c = src[2];
    i->op = (uint8_t)op;
    i->flags = flags;
    i->type = (uint8_t)type;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_half[] = {
    {"add", decode},
    {"sub", decode},
    {"mul", decode},
    {"fma", decode},
    {"min", decode},
    {"max", decode},
    {"abs", decode},
    {"neg", decode},
    {"ex2", decode},
    {"tanh", decode},
    {0},
};
