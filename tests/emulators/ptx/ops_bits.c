/* SPDX-License-Identifier: MIT */
/* Logic, shifts, fields, permutations of bytes. */
#include "tests/emulators/ptx/ptx_lanes.h"

#define OF_SIZE(n, T, S)                                                                           \
    PTX_BINARY(and_##n, T, T, T, x &y)                                                             \
    PTX_BINARY(or_##n, T, T, T, x | y)                                                             \
    PTX_BINARY(xor_##n, T, T, T, x ^ y)                                                            \
    PTX_UNARY(not_##n, T, T, ~x)                                                                   \
    PTX_UNARY(cnot_##n, T, T, x == 0)                                                              \
    PTX_BINARY(shl_##n, T, T, uint32_t, y >= n ? 0 : (uint64_t)x << (y & (n - 1)))                 \
    PTX_BINARY(shr_u##n, T, T, uint32_t, y >= n ? 0 : x >> (y & (n - 1)))                          \
    PTX_BINARY(shr_s##n, S, S, uint32_t, x >> (y >= n ? n - 1 : y))
OF_SIZE(16, uint16_t, int16_t)
OF_SIZE(32, uint32_t, int32_t)
OF_SIZE(64, uint64_t, int64_t)

#define PRED(name, expression)                                                                     \
    PTX_HANDLER(name)                                                                              \
    {                                                                                              \
        uint32_t *d = ptx_rpred(w, i->d);                                                          \
        const uint32_t x = *ptx_rpred(w, i->a), y = *ptx_rpred(w, i->b);                           \
        (void)y;                                                                                   \
        *d = (*d & ~mask) | ((expression)&mask);                                                   \
        return PTX_NEXT;                                                                           \
    }
PRED(and_pred, x &y)
PRED(or_pred, x | y)
PRED(xor_pred, x ^ y)
PRED(not_pred, ~x)

PTX_UNARY(popc_32, uint32_t, uint32_t, __builtin_popcount(x))
PTX_UNARY(popc_64, uint32_t, uint64_t, __builtin_popcountll(x))
PTX_UNARY(clz_32, uint32_t, uint32_t, x ? __builtin_clz(x) : 32)
PTX_UNARY(clz_64, uint32_t, uint64_t, x ? __builtin_clzll(x) : 64)

static inline uint32_t reverse32(uint32_t x)
{
    x = __builtin_bswap32(x);
    x = (x & 0x0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f);
    x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
    return (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
}
PTX_UNARY(brev_32, uint32_t, uint32_t, reverse32(x))
PTX_UNARY(brev_64, uint64_t, uint64_t,
          (uint64_t)reverse32((uint32_t)x) << 32 | reverse32((uint32_t)(x >> 32)))

/* The highest bit that differs from the sign; all ones when there is none. */
static inline uint32_t highest32(uint32_t x)
{
    return x ? 31 - (uint32_t)__builtin_clz(x) : PTX_FULL;
}
static inline uint32_t highest64(uint64_t x)
{
    return x ? 63 - (uint32_t)__builtin_clzll(x) : PTX_FULL;
}
static inline uint32_t shift_to_top(uint32_t highest, uint32_t top)
{
    return highest == PTX_FULL ? PTX_FULL : top - highest;
}
PTX_UNARY(bfind_u32, uint32_t, uint32_t, highest32(x))
PTX_UNARY(bfind_s32, uint32_t, int32_t, highest32((uint32_t)(x < 0 ? ~x : x)))
PTX_UNARY(bfind_u64, uint32_t, uint64_t, highest64(x))
PTX_UNARY(bfind_s64, uint32_t, int64_t, highest64((uint64_t)(x < 0 ? ~x : x)))
PTX_UNARY(bfind_shift_u32, uint32_t, uint32_t, shift_to_top(highest32(x), 31))
PTX_UNARY(bfind_shift_s32, uint32_t, int32_t,
          shift_to_top(highest32((uint32_t)(x < 0 ? ~x : x)), 31))
PTX_UNARY(bfind_shift_u64, uint32_t, uint64_t, shift_to_top(highest64(x), 63))
PTX_UNARY(bfind_shift_s64, uint32_t, int64_t,
          shift_to_top(highest64((uint64_t)(x < 0 ? ~x : x)), 63))

/* Funnel shifts: y is the high word, x the low one. */
static inline uint32_t funnel_left(uint32_t low, uint32_t high, uint32_t n)
{
    return n == 0 ? high : n >= 32 ? low : high << n | low >> (32 - n);
}
static inline uint32_t funnel_right(uint32_t low, uint32_t high, uint32_t n)
{
    return n == 0 ? low : n >= 32 ? high : high << (32 - n) | low >> n;
}
PTX_TERNARY_32(shf_l_wrap, funnel_left(x, y, z & 31))
PTX_TERNARY_32(shf_r_wrap, funnel_right(x, y, z & 31))
PTX_TERNARY_32(shf_l_clamp, funnel_left(x, y, z > 32 ? 32 : z))
PTX_TERNARY_32(shf_r_clamp, funnel_right(x, y, z > 32 ? 32 : z))

static inline uint64_t extract_u(uint64_t value, uint32_t at, uint32_t n, uint32_t bits)
{
    at &= 255;
    n &= 255;
    if (n == 0 || at >= bits) return 0;
    value >>= at;
    return n >= 64 ? value : value & ((1ull << n) - 1);
}
static inline uint64_t extract_s(uint64_t value, uint32_t at, uint32_t n, uint32_t bits)
{
    at &= 255;
    n &= 255;
    if (n == 0) return 0;
    const uint32_t top = at + n - 1 < bits - 1 ? at + n - 1 : bits - 1;
    const uint64_t sign = value >> top & 1 ? UINT64_MAX : 0;
    if (at >= bits) return sign;
    value = extract_u(value, at, n, bits);
    const uint32_t kept = top - at + 1;
    return kept >= 64 ? value : value | sign << kept;
}
PTX_TERNARY(bfe_u32, uint32_t, uint32_t, uint32_t, uint32_t, extract_u(x, y, z, 32))
PTX_TERNARY(bfe_s32, uint32_t, uint32_t, uint32_t, uint32_t, extract_s(x, y, z, 32))
PTX_TERNARY(bfe_u64, uint64_t, uint64_t, uint32_t, uint32_t, extract_u(x, y, z, 64))
PTX_TERNARY(bfe_s64, uint64_t, uint64_t, uint32_t, uint32_t, extract_s(x, y, z, 64))

static inline uint64_t insert(uint64_t field, uint64_t into, uint32_t at, uint32_t n, uint32_t bits)
{
    at &= 255;
    n &= 255;
    if (n == 0 || at >= bits) return into;
    const uint64_t ones = (n >= 64 ? UINT64_MAX : (1ull << n) - 1) << at;
    return (into & ~ones) | (field << at & ones);
}
PTX_HANDLER(bfi_32)
{
    uint32_t *d = ptx_r32(w, i->d);
    const uint32_t *a = ptx_r32(w, i->a), *b = ptx_r32(w, i->b), *c = ptx_r32(w, i->c),
                   *x = ptx_r32(w, i->x);
    PTX_EACH(d[l] = (uint32_t)insert(a[l], b[l], c[l], x[l], 32););
    return PTX_NEXT;
}
PTX_HANDLER(bfi_64)
{
    uint64_t *d = ptx_r64(w, i->d);
    const uint64_t *a = ptx_r64(w, i->a), *b = ptx_r64(w, i->b);
    const uint32_t *c = ptx_r32(w, i->c), *x = ptx_r32(w, i->x);
    PTX_EACH(d[l] = insert(a[l], b[l], c[l], x[l], 64););
    return PTX_NEXT;
}

/* A mask of n ones from bit `at`; clamp keeps both at 32, wrap takes them modulo 32. */
static inline uint32_t ones_from(uint32_t at, uint32_t n)
{
    if (at >= 32 || n == 0) return 0;
    return (n >= 32 ? PTX_FULL : (1u << n) - 1) << at;
}
PTX_BINARY(bmsk_clamp, uint32_t, uint32_t, uint32_t, ones_from(x, y))
PTX_BINARY(bmsk_wrap, uint32_t, uint32_t, uint32_t, ones_from(x & 31, y & 31))

/* ---- lop3, prmt ---- */

static inline uint32_t look_up(uint32_t x, uint32_t y, uint32_t z, uint32_t table)
{
    uint32_t out = 0;
    for (uint32_t k = 0; k < 8; k++)
        if (table >> k & 1) out |= (k & 4 ? x : ~x) & (k & 2 ? y : ~y) & (k & 1 ? z : ~z);
    return out;
}
PTX_HANDLER(lop3)
{
    uint32_t *d = ptx_r32(w, i->d);
    const uint32_t *a = ptx_r32(w, i->a), *b = ptx_r32(w, i->b), *c = ptx_r32(w, i->c);
    const uint32_t table = (uint32_t)i->offset;
    uint32_t t[8];
    for (uint32_t k = 0; k < 8; k++) t[k] = table >> k & 1 ? PTX_FULL : 0;
    /* A choice by x, of choices by y, of choices by z. */
    PTX_EACH(const uint32_t x = a[l], y = b[l], z = c[l];
             const uint32_t n0 = (z & t[1]) | (~z & t[0]), n1 = (z & t[3]) | (~z & t[2]),
             n2 = (z & t[5]) | (~z & t[4]), n3 = (z & t[7]) | (~z & t[6]);
             d[l] = (x & ((y & n3) | (~y & n2))) | (~x & ((y & n1) | (~y & n0))););
    return PTX_NEXT;
}

/* lop3.or.b32 d|p, a, b, c, table, q: p = (d != 0) or q. */
PTX_HANDLER(lop3_pred)
{
    const uint32_t *a = ptx_r32(w, i->a), *b = ptx_r32(w, i->b), *c = ptx_r32(w, i->c);
    uint32_t found = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const uint32_t value = look_up(a[l], b[l], c[l], (uint32_t)i->offset);
        found |= (uint32_t)(value != 0) << l;
        ptx_r32(w, i->d)[l] = value;
    }
    const uint32_t q = *ptx_rpred(w, i->x);
    uint32_t *p = ptx_rpred(w, i->e);
    *p = (*p & ~mask) | ((i->op ? found & q : found | q) & mask);
    return PTX_NEXT;
}

static bool decode_lop3(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a, b, c, q = 0;
    int64_t table;
    const bool is_and = ptx_mod(s, "and"), pred = is_and || ptx_mod(s, "or");
    if (!ptx_mod(s, "b32")) return ptx_refuse(d, s, "only .b32 exists");
    if (!ptx_arity(d, s, pred ? 6 : 5, pred ? 6 : 5) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_B32, &a) || !ptx_source(d, s, 2, PTX_B32, &b) ||
        !ptx_source(d, s, 3, PTX_B32, &c) || !ptx_immediate(d, s, 4, &table) ||
        (pred && !ptx_source(d, s, 5, PTX_PRED, &q)))
        return false;
    if (s->operands[0].has_second != pred) return ptx_refuse(d, s, "'|' where there is none");
    struct ptx_inst *i = ptx_emit(d, s, pred ? lop3_pred : lop3);
    if (!i) return false;
    i->d = dest;
    i->e = s->operands[0].second;
    i->a = a;
    i->b = b;
    i->c = c;
    i->x = q;
    i->op = is_and;
    i->offset = table & 255;
    return ptx_done(d, s);
}

static inline uint32_t permute(uint32_t x, uint32_t y, uint32_t selector)
{
    const uint64_t bytes = (uint64_t)y << 32 | x;
    uint32_t out = 0;
    for (uint32_t k = 0; k < 4; k++) {
        const uint32_t s = selector >> 4 * k;
        uint32_t byte = (uint32_t)(bytes >> 8 * (s & 7)) & 255;
        if (s & 8) byte = byte & 128 ? 255 : 0;
        out |= byte << 8 * k;
    }
    return out;
}
PTX_TERNARY_32(prmt, permute(x, y, z))

/* The selector that each mode of prmt stands for, by the two low bits of z. */
static const uint16_t MODES[6][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543}, /* f4e */
    {0x5670, 0x6701, 0x7012, 0x0123}, /* b4e */
    {0x0000, 0x1111, 0x2222, 0x3333}, /* rc8 */
    {0x3210, 0x3211, 0x3222, 0x3333}, /* ecl */
    {0x0000, 0x1110, 0x2210, 0x3210}, /* ecr */
    {0x1010, 0x3232, 0x1010, 0x3232}, /* rc16 */
};
PTX_TERNARY_32(prmt_mode, permute(x, y, MODES[i->op][z & 3]))

static bool decode_prmt(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const NAMES[] = {"f4e", "b4e", "rc8", "ecl", "ecr", "rc16", NULL};
    int32_t dest, a, b, c;
    if (!ptx_mod(s, "b32")) return ptx_refuse(d, s, "only .b32 exists");
    const int mode = ptx_mod_of(s, NAMES);
    if (!ptx_arity(d, s, 4, 4) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_B32, &a) || !ptx_source(d, s, 2, PTX_B32, &b) ||
        !ptx_source(d, s, 3, PTX_B32, &c))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, mode < 0 ? prmt : prmt_mode);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->b = b;
    i->c = c;
    i->op = (uint8_t)(mode < 0 ? 0 : mode);
    return ptx_done(d, s);
}

#define B2(T) PTX_##T, {PTX_##T, PTX_##T}, 0
#define SIZE(n)                                                                                    \
    {"and.b" #n, and_##n, B2(B##n)}, {"or.b" #n, or_##n, B2(B##n)},                                \
        {"xor.b" #n, xor_##n, B2(B##n)}, {"not.b" #n, not_##n, PTX_B##n, {PTX_B##n}, 0},           \
        {"cnot.b" #n, cnot_##n, PTX_B##n, {PTX_B##n}, 0},                                          \
        {"shl.b" #n, shl_##n, PTX_B##n, {PTX_B##n, PTX_U32}, 0},                                   \
        {"shr.b" #n, shr_u##n, PTX_B##n, {PTX_B##n, PTX_U32}, 0},                                  \
        {"shr.u" #n, shr_u##n, PTX_B##n, {PTX_B##n, PTX_U32}, 0},                                  \
    {                                                                                              \
        "shr.s" #n, shr_s##n, PTX_B##n, {PTX_B##n, PTX_U32}, 0                                     \
    }
#define FOUR(name, run)                                                                            \
    {                                                                                              \
        name, run, PTX_B32, {PTX_B32, PTX_B32, PTX_B32}, 0                                         \
    }

static const struct ptx_row ROWS_OF_BITS[] = {
    SIZE(16),
    SIZE(32),
    SIZE(64),
    {"and.pred", and_pred, B2(PRED)},
    {"or.pred", or_pred, B2(PRED)},
    {"xor.pred", xor_pred, B2(PRED)},
    {"not.pred", not_pred, PTX_PRED, {PTX_PRED}, 0},
    {"popc.b32", popc_32, PTX_U32, {PTX_B32}, 0},
    {"popc.b64", popc_64, PTX_U32, {PTX_B64}, 0},
    {"clz.b32", clz_32, PTX_U32, {PTX_B32}, 0},
    {"clz.b64", clz_64, PTX_U32, {PTX_B64}, 0},
    {"brev.b32", brev_32, PTX_B32, {PTX_B32}, 0},
    {"brev.b64", brev_64, PTX_B64, {PTX_B64}, 0},
    {"bfind.u32", bfind_u32, PTX_U32, {PTX_U32}, 0},
    {"bfind.s32", bfind_s32, PTX_U32, {PTX_S32}, 0},
    {"bfind.u64", bfind_u64, PTX_U32, {PTX_U64}, 0},
    {"bfind.s64", bfind_s64, PTX_U32, {PTX_S64}, 0},
    {"bfind.shiftamt.u32", bfind_shift_u32, PTX_U32, {PTX_U32}, 0},
    {"bfind.shiftamt.s32", bfind_shift_s32, PTX_U32, {PTX_S32}, 0},
    {"bfind.shiftamt.u64", bfind_shift_u64, PTX_U32, {PTX_U64}, 0},
    {"bfind.shiftamt.s64", bfind_shift_s64, PTX_U32, {PTX_S64}, 0},
    FOUR("shf.l.wrap.b32", shf_l_wrap),
    FOUR("shf.r.wrap.b32", shf_r_wrap),
    FOUR("shf.l.clamp.b32", shf_l_clamp),
    FOUR("shf.r.clamp.b32", shf_r_clamp),
    {"bfe.u32", bfe_u32, PTX_U32, {PTX_U32, PTX_U32, PTX_U32}, 0},
    {"bfe.s32", bfe_s32, PTX_S32, {PTX_S32, PTX_U32, PTX_U32}, 0},
    {"bfe.u64", bfe_u64, PTX_U64, {PTX_U64, PTX_U32, PTX_U32}, 0},
    {"bfe.s64", bfe_s64, PTX_S64, {PTX_S64, PTX_U32, PTX_U32}, 0},
    {"bfi.b32", bfi_32, PTX_B32, {PTX_B32, PTX_B32, PTX_U32, PTX_U32}, 0},
    {"bfi.b64", bfi_64, PTX_B64, {PTX_B64, PTX_B64, PTX_U32, PTX_U32}, 0},
    {"bmsk.clamp.b32", bmsk_clamp, B2(B32)},
    {"bmsk.wrap.b32", bmsk_wrap, B2(B32)},
    {0},
};

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_decode_row(d, s, ROWS_OF_BITS);
}

const struct ptx_op ptx_ops_bits[] = {
    {"and", decode},       {"or", decode},        {"xor", decode},
    {"not", decode},       {"cnot", decode},      {"shl", decode},
    {"shr", decode},       {"popc", decode},      {"clz", decode},
    {"brev", decode},      {"bfind", decode},     {"shf", decode},
    {"bfe", decode},       {"bfi", decode},       {"bmsk", decode},
    {"lop3", decode_lop3}, {"prmt", decode_prmt}, {0},
};
