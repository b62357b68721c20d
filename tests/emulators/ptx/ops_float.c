/* SPDX-License-Identifier: MIT */
/* f32 and f64 arithmetic. What the machine approximates is worked out in f64 here and rounded. */
#include <fenv.h>
#include <math.h>

#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum { FTZ = 1, SAT = 2, NAN_WINS = 4, APPROX = 8, XORSIGN_ABS = 16 }; /* struct ptx_inst.flags */
enum { RN, RZ, RM, RP };                                               /* .offset */

enum op { ADD, SUB, MUL, FMA, DIV, RCP, SQRT, RSQRT, EX2, LG2, SIN, COS, TANH, MIN, MAX, ABS, NEG };

/* ---- the common case: rounded to nearest, nothing flushed ---- */

PTX_BINARY(add_f32, float, float, float, x + y)
PTX_BINARY(sub_f32, float, float, float, x - y)
PTX_BINARY(mul_f32, float, float, float, x *y)
PTX_TERNARY(fma_f32, float, float, float, float, __builtin_fmaf(x, y, z))
PTX_BINARY(div_f32, float, float, float, x / y)
PTX_BINARY(min_f32, float, float, float, ptx_fmin(x, y))
PTX_BINARY(max_f32, float, float, float, ptx_fmax(x, y))
PTX_UNARY(abs_f32, uint32_t, uint32_t, x & 0x7fffffff)
PTX_UNARY(neg_f32, uint32_t, uint32_t, x ^ 0x80000000)
PTX_UNARY(sqrt_f32, float, float, sqrtf(x))
PTX_UNARY(rcp_f32, float, float, 1.0f / x)
PTX_UNARY(ex2_f32, float, float, exp2f(x))
PTX_BINARY(add_f64, double, double, double, x + y)
PTX_BINARY(sub_f64, double, double, double, x - y)
PTX_BINARY(mul_f64, double, double, double, x *y)
PTX_TERNARY(fma_f64, double, double, double, double, __builtin_fma(x, y, z))
PTX_BINARY(div_f64, double, double, double, x / y)
PTX_UNARY(abs_f64, uint64_t, uint64_t, x & ~(1ull << 63))
PTX_UNARY(neg_f64, uint64_t, uint64_t, x ^ (1ull << 63))

/* ---- everything else ---- */

static double minimum64(double x, double y)
{
    if (isnan(x)) return y;
    if (isnan(y)) return x;
    return x == 0 && y == 0 ? (signbit(x) ? x : y) : x < y ? x : y;
}

static double maximum64(double x, double y)
{
    return -minimum64(-x, -y);
}

static float approximate(enum op op, float x)
{
    switch (op) {
    case EX2: return (float)exp2((double)x);
    case LG2: return (float)log2((double)x);
    case SIN: return (float)sin((double)x);
    case COS: return (float)cos((double)x);
    case TANH: return (float)tanh((double)x);
    case RSQRT: return x == 0 ? copysignf(INFINITY, x) : (float)(1.0 / sqrt((double)x));
    default: return NAN;
    }
}

/* Operands and result pass through volatile, so that nothing is moved over the change of mode. */
static float arithmetic32(enum op op, float x, float y, float z, int rounding)
{
    static const int MODES[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    volatile float a = x, b = y, c = z, out = NAN;
    if (rounding) fesetround(MODES[rounding]);
    switch (op) {
    case ADD: out = a + b; break;
    case SUB: out = a - b; break;
    case MUL: out = a * b; break;
    case FMA: out = fmaf(a, b, c); break;
    case DIV: out = a / b; break;
    case RCP: out = 1.0f / a; break;
    case SQRT: out = sqrtf(a); break;
    case MIN: out = ptx_fmin(a, b); break;
    case MAX: out = ptx_fmax(a, b); break;
    case ABS: out = fabsf(a); break;
    case NEG: out = -a; break;
    default: out = approximate(op, a); break;
    }
    if (rounding) fesetround(FE_TONEAREST);
    return out;
}

static double arithmetic64(enum op op, double x, double y, double z, int rounding)
{
    static const int MODES[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    volatile double a = x, b = y, c = z, out = NAN;
    if (rounding) fesetround(MODES[rounding]);
    switch (op) {
    case ADD: out = a + b; break;
    case SUB: out = a - b; break;
    case MUL: out = a * b; break;
    case FMA: out = fma(a, b, c); break;
    case DIV: out = a / b; break;
    case RCP: out = 1.0 / a; break;
    case SQRT: out = sqrt(a); break;
    case RSQRT: out = 1.0 / sqrt(a); break;
    case MIN: out = minimum64(a, b); break;
    case MAX: out = maximum64(a, b); break;
    case ABS: out = fabs(a); break;
    case NEG: out = -a; break;
    default: break;
    }
    if (rounding) fesetround(FE_TONEAREST);
    return out;
}

static float one32(const struct ptx_inst *i, float x, float y, float z)
{
    const enum op op = (enum op)i->op;
    if (i->flags & FTZ) {
        x = ptx_flush(x);
        y = ptx_flush(y);
        z = ptx_flush(z);
    }
    if (op == DIV && i->flags & APPROX && fabsf(y) > 0x1p126f && isfinite(y))
        return isinf(x) ? NAN : copysignf(0.0f, x * copysignf(1.0f, y));
    float out = arithmetic32(op, x, y, z, (int)i->offset);
    if ((op == MIN || op == MAX) && i->flags & NAN_WINS && (isnan(x) || isnan(y)))
        out = ptx_f32_of(0x7fffffff);
    if (i->flags & XORSIGN_ABS) {
        out = arithmetic32(op, fabsf(x), fabsf(y), 0, RN);
        if (signbit(x) != signbit(y)) out = -out;
    }
    if (i->flags & FTZ) out = ptx_flush(out);
    if (i->flags & SAT) out = isnan(out) ? 0.0f : out < 0 ? 0.0f : out > 1 ? 1.0f : out;
    return out;
}

PTX_HANDLER(slow_f32)
{
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        ptx_rf32(w, i->d)[l] =
            one32(i, ptx_rf32(w, i->a)[l], ptx_rf32(w, i->b)[l], ptx_rf32(w, i->c)[l]);
    }
    return PTX_NEXT;
}

PTX_HANDLER(slow_f64)
{
    double *d = PTX_LANES_OF(double, i->d);
    const double *a = PTX_LANES_OF(double, i->a), *b = PTX_LANES_OF(double, i->b),
                 *c = PTX_LANES_OF(double, i->c);
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) d[l] = arithmetic64((enum op)i->op, a[l], b[l], c[l], (int)i->offset);
    return PTX_NEXT;
}

/* Flushing forms that softmax and the like use a lot. */
PTX_UNARY(ex2_ftz, float, float, ptx_flush(exp2f(ptx_flush(x))))
PTX_UNARY(rcp_ftz, float, float, ptx_flush(1.0f / ptx_flush(x)))

/* ---- decoding ---- */

static const struct shape {
    const char *name;
    enum op op;
    uint32_t n_sources;
    ptx_run fast32, fast64;
    ptx_run fast_ftz;
    bool approx_only, f64; /* .approx must be said; exists for f64 */
} SHAPES[] = {
    {"add", ADD, 2, add_f32, add_f64, NULL, false, true},
    {"sub", SUB, 2, sub_f32, sub_f64, NULL, false, true},
    {"mul", MUL, 2, mul_f32, mul_f64, NULL, false, true},
    {"fma", FMA, 3, fma_f32, fma_f64, NULL, false, true},
    {"mad", FMA, 3, fma_f32, fma_f64, NULL, false, true},
    {"div", DIV, 2, div_f32, div_f64, NULL, false, true},
    {"rcp", RCP, 1, rcp_f32, NULL, rcp_ftz, false, true},
    {"sqrt", SQRT, 1, sqrt_f32, NULL, NULL, false, true},
    {"rsqrt", RSQRT, 1, NULL, NULL, NULL, true, true},
    {"ex2", EX2, 1, ex2_f32, NULL, ex2_ftz, true, false},
    {"lg2", LG2, 1, NULL, NULL, NULL, true, false},
    {"sin", SIN, 1, NULL, NULL, NULL, true, false},
    {"cos", COS, 1, NULL, NULL, NULL, true, false},
    {"tanh", TANH, 1, NULL, NULL, NULL, true, false},
    {"min", MIN, 2, min_f32, NULL, NULL, false, true},
    {"max", MAX, 2, max_f32, NULL, NULL, false, true},
    {"abs", ABS, 1, abs_f32, abs_f64, NULL, false, true},
    {"neg", NEG, 1, neg_f32, neg_f64, NULL, false, true},
};

static const struct shape *shape_of(const char *name)
{
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        if (!strcmp(SHAPES[i].name, name)) return &SHAPES[i];
    return NULL;
}

static bool is_float(const struct ptx_statement *s)
{
    const char *last = s->n_mods ? s->mods[s->n_mods - 1] : "";
    return !strcmp(last, "f32") || !strcmp(last, "f64");
}

static bool check_mods(struct ptx_decoder *d, struct ptx_statement *s, const struct shape *shape,
                       enum ptx_type type, uint8_t flags, int rounding, bool full)
{
    const bool minmax = shape->op == MIN || shape->op == MAX;
    const bool must_round = shape->op == FMA || (type == PTX_F64 && shape->op == DIV);
    const bool either = shape->op == DIV || shape->op == RCP || shape->op == SQRT;
    if (shape->approx_only && !(flags & APPROX)) return ptx_refuse(d, s, ".approx is missing");
    if ((must_round && rounding < 0) || (either && rounding < 0 && !(flags & APPROX) && !full))
        return ptx_refuse(d, s, "a rounding mode is missing");
    if (rounding >= 0 && (minmax || shape->op == ABS || shape->op == NEG || flags & APPROX))
        return ptx_refuse(d, s, "a rounding mode where there is none");
    if (!minmax && flags & (NAN_WINS | XORSIGN_ABS)) return ptx_refuse(d, s, "a strange modifier");
    if (type == PTX_F64 && (!shape->f64 || flags & (FTZ | SAT) || full))
        return ptx_refuse(d, s, "not for f64");
    return true;
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const ROUNDINGS[] = {"rn", "rz", "rm", "rp", NULL};
    const struct shape *shape = shape_of(s->name);
    int32_t dest, src[3] = {0};
    uint8_t flags = 0;
    if (!is_float(s)) return false; /* another table's */
    const int rounding = ptx_mod_of(s, ROUNDINGS);
    const bool full = shape->op == DIV && ptx_mod(s, "full");
    if (ptx_mod(s, "approx")) flags |= APPROX;
    if (ptx_mod(s, "ftz")) flags |= FTZ;
    if (ptx_mod(s, "sat")) flags |= SAT;
    if (ptx_mod(s, "NaN")) flags |= NAN_WINS;
    if (ptx_mod(s, "xorsign") && ptx_mod(s, "abs")) flags |= XORSIGN_ABS;
    const enum ptx_type type = ptx_mod_type(s);
    if (!check_mods(d, s, shape, type, flags, rounding, full)) return false;
    if (!ptx_arity(d, s, shape->n_sources + 1, shape->n_sources + 1) ||
        !ptx_dest(d, s, 0, type, &dest))
        return false;
    for (uint32_t k = 0; k < shape->n_sources; k++)
        if (!ptx_source(d, s, k + 1, type, &src[k])) return false;
    ptx_run run = type == PTX_F64 ? slow_f64 : slow_f32;
    const bool plain = rounding <= RN && !(flags & ~APPROX);
    if (type == PTX_F64 && plain && shape->fast64) run = shape->fast64;
    if (type == PTX_F32 && plain && shape->fast32 && !(shape->op == DIV && flags & APPROX))
        run = shape->fast32;
    if (type == PTX_F32 && flags == (FTZ | APPROX) && shape->fast_ftz) run = shape->fast_ftz;
    struct ptx_inst *i = ptx_emit(d, s, run);
    if (!i) return false;
    i->d = dest;
    i->a = src[0];
    i->b = src[1];
    i->c = src[2];
    i->op = (uint8_t)shape->op;
    i->flags = flags;
    i->offset = rounding < 0 ? RN : rounding;
    return ptx_done(d, s);
}

/* ---- copysign, testp ---- */

PTX_BINARY(copysign_f32, uint32_t, uint32_t, uint32_t, (y & 0x7fffffff) | (x & 0x80000000))
PTX_BINARY(copysign_f64, uint64_t, uint64_t, uint64_t, (y & ~(1ull << 63)) | (x & (1ull << 63)))

static const char *const TESTS[] = {"finite", "infinite",  "number", "notanumber",
                                    "normal", "subnormal", NULL};

PTX_HANDLER(testp)
{
    uint32_t found = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const bool wide = i->type == PTX_F64;
        const double x = wide ? PTX_LANES_OF(double, i->a)[l] : (double)ptx_rf32(w, i->a)[l];
        const int kind = wide ? fpclassify(x) : fpclassify(ptx_rf32(w, i->a)[l]);
        const bool is[] = {isfinite(x), isinf(x),          !isnan(x),
                           isnan(x),    kind == FP_NORMAL, kind == FP_SUBNORMAL};
        found |= (uint32_t)is[i->op] << l;
    }
    uint32_t *p = ptx_rpred(w, i->d);
    *p = (*p & ~mask) | found;
    return PTX_NEXT;
}

static bool decode_testp(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a;
    const int op = ptx_mod_of(s, TESTS);
    const enum ptx_type type = ptx_mod_type(s);
    if (op < 0 || (type != PTX_F32 && type != PTX_F64)) return ptx_refuse(d, s, "which test?");
    if (!ptx_arity(d, s, 2, 2) || !ptx_dest(d, s, 0, PTX_PRED, &dest) ||
        !ptx_source(d, s, 1, type, &a))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, testp);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->op = (uint8_t)op;
    i->type = (uint8_t)type;
    return ptx_done(d, s);
}

static const struct ptx_row ROWS_OF_FLOATS[] = {
    {"copysign.f32", copysign_f32, PTX_F32, {PTX_F32, PTX_F32}, 0},
    {"copysign.f64", copysign_f64, PTX_F64, {PTX_F64, PTX_F64}, 0},
    {0},
};

static bool decode_rows(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_decode_row(d, s, ROWS_OF_FLOATS);
}

const struct ptx_op ptx_ops_float[] = {
    {"add", decode},         {"sub", decode},           {"mul", decode},
    {"fma", decode},         {"mad", decode},           {"div", decode},
    {"rcp", decode},         {"sqrt", decode},          {"rsqrt", decode},
    {"ex2", decode},         {"lg2", decode},           {"sin", decode},
    {"cos", decode},         {"tanh", decode},          {"min", decode},
    {"max", decode},         {"abs", decode},           {"neg", decode},
    {"testp", decode_testp}, {"copysign", decode_rows}, {0},
};
