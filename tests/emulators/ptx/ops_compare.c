/* SPDX-License-Identifier: MIT */
/* setp, set, selp, slct. */
#include <math.h>

#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum cmp { EQ, NE, LT, LE, GT, GE, LO, LS, HI, HS, EQU, NEU, LTU, LEU, GTU, GEU, NUM, NAN_ };
static const char *const NAMES[] = {"eq",  "ne",  "lt",  "le",  "gt",  "ge",  "lo",
                                    "ls",  "hi",  "hs",  "equ", "neu", "ltu", "leu",
                                    "gtu", "geu", "num", "nan", NULL};
enum { AND = 1, OR, XOR };
static const char *const COMBINE[] = {"and", "or", "xor", NULL};
enum { FTZ = 1, NOT_C = 2, HAS_C = 4 };

#define BITS(expression)                                                                           \
    for (int l = 0; l < PTX_LANES; l++) {                                                          \
        const T_ x = a[l], y = b[l];                                                               \
        bits |= (uint32_t)(expression) << l;                                                       \
    }                                                                                              \
    break;

/* The comparison of all lanes as a mask; what is unordered counts as the name says. */
#define COMPARE(t, T)                                                                              \
    static uint32_t compare_##t(const struct ptx_warp *w, int32_t first, int32_t second, int op)   \
    {                                                                                              \
        typedef T T_;                                                                              \
        const T *a = PTX_LANES_OF(T, first), *b = PTX_LANES_OF(T, second);                         \
        uint32_t bits = 0;                                                                         \
        switch (op) {                                                                              \
        case EQ: BITS(x == y)                                                                      \
        case NE: BITS(x<y || x> y)                                                                 \
        case LT:                                                                                   \
        case LO: BITS(x < y)                                                                       \
        case LE:                                                                                   \
        case LS: BITS(x <= y)                                                                      \
        case GT:                                                                                   \
        case HI: BITS(x > y)                                                                       \
        case GE:                                                                                   \
        case HS: BITS(x >= y)                                                                      \
        case EQU: BITS(!(x < y || x > y))                                                          \
        case NEU: BITS(x != y)                                                                     \
        case LTU: BITS(!(x >= y))                                                                  \
        case LEU: BITS(!(x > y))                                                                   \
        case GTU: BITS(!(x <= y))                                                                  \
        case GEU: BITS(!(x < y))                                                                   \
        case NUM: BITS(x == x && y == y)                                                           \
        default: BITS(x != x || y != y)                                                            \
        }                                                                                          \
        return bits;                                                                               \
    }
COMPARE(u16, uint16_t)
COMPARE(s16, int16_t)
COMPARE(u32, uint32_t)
COMPARE(s32, int32_t)
COMPARE(u64, uint64_t)
COMPARE(s64, int64_t)
COMPARE(f32, float)
COMPARE(f64, double)

static float half_value(enum ptx_type type, uint16_t bits)
{
    return type == PTX_BF16 || type == PTX_BF16X2 ? ptx_bf16_f32(bits) : ptx_f16_f32(bits);
}

static bool compare_floats(float x, float y, int op)
{
    const bool unordered = isnan(x) || isnan(y);
    switch (op) {
    case EQ: return x == y;
    case NE: return x < y || x > y;
    case LT: return x < y;
    case LE: return x <= y;
    case GT: return x > y;
    case GE: return x >= y;
    case EQU: return unordered || x == y;
    case NEU: return unordered || x != y;
    case LTU: return unordered || x < y;
    case LEU: return unordered || x <= y;
    case GTU: return unordered || x > y;
    case GEU: return unordered || x >= y;
    case NUM: return !unordered;
    default: return unordered;
    }
}

/* f16, bf16, and halves of pairs (shift 16 for the upper one); f32 with .ftz. */
static uint32_t compare_other(const struct ptx_warp *w, const struct ptx_inst *i, uint32_t shift)
{
    const enum ptx_type type = (enum ptx_type)i->type;
    uint32_t bits = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        float x, y;
        if (type == PTX_F32) {
            x = ptx_flush(ptx_rf32(w, i->a)[l]);
            y = ptx_flush(ptx_rf32(w, i->b)[l]);
        } else if (type == PTX_F16 || type == PTX_BF16) {
            x = half_value(type, ptx_r16(w, i->a)[l]);
            y = half_value(type, ptx_r16(w, i->b)[l]);
        } else {
            x = half_value(type, (uint16_t)(ptx_r32(w, i->a)[l] >> shift));
            y = half_value(type, (uint16_t)(ptx_r32(w, i->b)[l] >> shift));
        }
        bits |= (uint32_t)compare_floats(x, y, i->op) << l;
    }
    return bits;
}

static uint32_t compare(const struct ptx_warp *w, const struct ptx_inst *i)
{
    switch (i->type) {
    case PTX_U16:
    case PTX_B16: return compare_u16(w, i->a, i->b, i->op);
    case PTX_S16: return compare_s16(w, i->a, i->b, i->op);
    case PTX_U32:
    case PTX_B32: return compare_u32(w, i->a, i->b, i->op);
    case PTX_S32: return compare_s32(w, i->a, i->b, i->op);
    case PTX_U64:
    case PTX_B64: return compare_u64(w, i->a, i->b, i->op);
    case PTX_S64: return compare_s64(w, i->a, i->b, i->op);
    case PTX_F64: return compare_f64(w, i->a, i->b, i->op);
    case PTX_F32:
        return i->flags & FTZ ? compare_other(w, i, 0) : compare_f32(w, i->a, i->b, i->op);
    default: return compare_other(w, i, 0);
    }
}

static uint32_t combine(const struct ptx_warp *w, const struct ptx_inst *i, uint32_t bits)
{
    if (!(i->flags & HAS_C)) return bits;
    uint32_t c = *ptx_rpred(w, i->c);
    if (i->flags & NOT_C) c = ~c;
    return i->vec == AND ? bits & c : i->vec == OR ? bits | c : bits ^ c;
}

static void put(struct ptx_warp *w, int32_t slot, uint32_t bits, uint32_t mask)
{
    uint32_t *p = ptx_rpred(w, slot);
    *p = (*p & ~mask) | (bits & mask);
}

PTX_HANDLER(setp)
{
    const uint32_t bits = compare(w, i);
    const uint32_t first = combine(w, i, bits);
    if (i->target) { /* d|q: q is the opposite, or of the upper half of a pair */
        const bool pair = i->type == PTX_F16X2 || i->type == PTX_BF16X2;
        const uint32_t other = pair ? compare_other(w, i, 16) : ~bits;
        const uint32_t second = combine(w, i, other);
        put(w, i->d, first, mask);
        put(w, i->e, second, mask);
        return PTX_NEXT;
    }
    put(w, i->d, first, mask);
    return PTX_NEXT;
}

/* All ones or 1.0f. */
PTX_HANDLER(set)
{
    const uint32_t bits = combine(w, i, compare(w, i));
    const uint32_t yes = i->type2 == PTX_F32 ? 0x3f800000u : PTX_FULL;
    uint32_t *d = ptx_r32(w, i->d);
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) d[l] = bits >> l & 1 ? yes : 0;
    return PTX_NEXT;
}

static bool can_compare(enum ptx_type type, int op)
{
    const bool is_float = type == PTX_F16 || type == PTX_BF16 || type == PTX_F16X2 ||
                          type == PTX_BF16X2 || type == PTX_F32 || type == PTX_F64;
    if (ptx_type_bytes(type) < 2 || type == PTX_TF32 || type == PTX_B128) return false;
    if (is_float) return op < LO || op > HS;
    const bool is_bits = type == PTX_B16 || type == PTX_B32 || type == PTX_B64;
    return is_bits ? op <= NE : op <= HS;
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    const bool is_set = !strcmp(s->name, "set");
    int32_t dest, a, b, c = 0;
    uint8_t flags = 0;
    const int op = ptx_mod_of(s, NAMES);
    const int how = ptx_mod_of(s, COMBINE) + 1;
    if (ptx_mod(s, "ftz")) flags |= FTZ;
    const enum ptx_type dest_type = is_set ? ptx_mod_type(s) : PTX_PRED;
    const enum ptx_type type = ptx_mod_type(s);
    if (op < 0 || !can_compare(type, op)) return ptx_refuse(d, s, "no such comparison");
    if (is_set &&
        (ptx_type_bytes(dest_type) != 4 || dest_type == PTX_F16X2 || dest_type == PTX_BF16X2))
        return ptx_refuse(d, s, "only to .u32, .s32 and .f32");
    if (!ptx_arity(d, s, how ? 4 : 3, how ? 4 : 3) || !ptx_dest(d, s, 0, dest_type, &dest) ||
        !ptx_source(d, s, 1, type, &a) || !ptx_source(d, s, 2, type, &b))
        return false;
    if (how) {
        struct ptx_operand third = s->operands[3];
        flags |= HAS_C | (third.negated ? NOT_C : 0);
        third.negated = false;
        if (!ptx_source_of(d, s, &third, PTX_PRED, &c)) return false;
    }
    struct ptx_inst *i = ptx_emit(d, s, is_set ? set : setp);
    if (!i) return false;
    i->d = dest;
    i->e = s->operands[0].second;
    i->target = s->operands[0].has_second;
    i->a = a;
    i->b = b;
    i->c = c;
    i->op = (uint8_t)op;
    i->vec = (uint8_t)how;
    i->flags = flags;
    i->type = (uint8_t)type;
    i->type2 = (uint8_t)dest_type;
    return ptx_done(d, s);
}

#define SELECT(n, T)                                                                               \
    PTX_HANDLER(selp_##n)                                                                          \
    {                                                                                              \
        T *d = PTX_LANES_OF(T, i->d);                                                              \
        const T *a = PTX_LANES_OF(T, i->a), *b = PTX_LANES_OF(T, i->b);                            \
        const uint32_t p = *ptx_rpred(w, i->c);                                                    \
        PTX_EACH(const T x = a[l]; const T y = b[l]; d[l] = p >> l & 1 ? x : y;);                  \
        return PTX_NEXT;                                                                           \
    }
SELECT(16, uint16_t)
SELECT(32, uint32_t)
SELECT(64, uint64_t)

static bool decode_selp(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a, b, c;
    const enum ptx_type type = ptx_mod_type(s);
    const uint32_t n = ptx_type_bytes(type);
    if (n != 2 && n != 4 && n != 8) return ptx_refuse(d, s, "of a type there is none");
    if (!ptx_arity(d, s, 4, 4) || !ptx_dest(d, s, 0, type, &dest) ||
        !ptx_source(d, s, 1, type, &a) || !ptx_source(d, s, 2, type, &b) ||
        !ptx_source(d, s, 3, PTX_PRED, &c))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, n == 2 ? selp_16 : n == 4 ? selp_32 : selp_64);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->b = b;
    i->c = c;
    return ptx_done(d, s);
}

/* slct: a where c >= 0, else b. */
PTX_TERNARY(slct_32_s32, uint32_t, uint32_t, uint32_t, int32_t, z >= 0 ? x : y)
PTX_TERNARY(slct_64_s32, uint64_t, uint64_t, uint64_t, int32_t, z >= 0 ? x : y)
PTX_TERNARY(slct_32_f32, uint32_t, uint32_t, uint32_t, float, z >= 0 ? x : y)
PTX_TERNARY(slct_64_f32, uint64_t, uint64_t, uint64_t, float, z >= 0 ? x : y)
#define SLCT(t, n, T)                                                                              \
    {"slct." #t ".s32", slct_##n##_s32, PTX_##T, {PTX_##T, PTX_##T, PTX_S32}, 0},                  \
    {                                                                                              \
        "slct." #t ".f32", slct_##n##_f32, PTX_##T, {PTX_##T, PTX_##T, PTX_F32}, 0                 \
    }
static const struct ptx_row ROWS_OF_SLCT[] = {
    SLCT(b32, 32, B32), SLCT(u32, 32, U32), SLCT(s32, 32, S32),
    SLCT(f32, 32, F32), SLCT(b64, 64, B64), SLCT(u64, 64, U64),
    SLCT(s64, 64, S64), SLCT(f64, 64, F64), {0},
};
static bool decode_slct(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_decode_row(d, s, ROWS_OF_SLCT);
}

const struct ptx_op ptx_ops_compare[] = {
    {"setp", decode}, {"set", decode}, {"selp", decode_selp}, {"slct", decode_slct}, {0}};
