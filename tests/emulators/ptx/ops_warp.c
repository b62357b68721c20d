/* SPDX-License-Identifier: MIT */
/* What lanes of a warp tell one another: shfl, vote, match, redux, elect, activemask. */
#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

/* ---- shfl.sync ---- */

enum shfl { UP, DOWN, BFLY, IDX };

/* The lane that `lane` reads, by mode, distance b and clamp c; *in says whether it is in range. */
static int source_lane(enum shfl mode, int lane, uint32_t b, uint32_t c, bool *in)
{
    const int segment = (int)(c >> 8 & 31), clamp = (int)(c & 31), by = (int)(b & 31);
    const int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
    int from;
    switch (mode) {
    case UP:
        from = lane - by;
        *in = from >= most;
        break;
    case DOWN:
        from = lane + by;
        *in = from <= most;
        break;
    case BFLY:
        from = lane ^ by;
        *in = from <= most;
        break;
    default:
        from = least | (by & ~segment);
        *in = from <= most;
        break;
    }
    return *in ? from : lane;
}

PTX_HANDLER(shfl)
{
    const uint32_t *a = ptx_r32(w, i->a), *b = ptx_r32(w, i->b), *c = ptx_r32(w, i->c);
    uint32_t out[PTX_LANES], in_range = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        bool in;
        if (!(mask >> l & 1)) continue;
        const int from = source_lane((enum shfl)i->op, l, b[l], c[l], &in);
        if (!(mask >> from & 1))
            return ptx_fault(w, l, PTX_FAULT_SYNC,
                             "it reads lane %d, which takes no part (those that do: 0x%08x)", from,
                             mask);
        out[l] = a[from];
        in_range |= (uint32_t)in << l;
    }
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) ptx_r32(w, i->d)[l] = out[l];
    if (i->target) {
        uint32_t *p = ptx_rpred(w, i->e);
        *p = (*p & ~mask) | in_range;
    }
    return PTX_NEXT;
}

static bool decode_shfl(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const MODES[] = {"up", "down", "bfly", "idx", NULL};
    int32_t dest, a, b, c, members;
    if (!ptx_mod(s, "sync")) return ptx_refuse(d, s, "only with .sync");
    const int mode = ptx_mod_of(s, MODES);
    if (mode < 0 || !ptx_mod(s, "b32")) return ptx_refuse(d, s, "of which mode?");
    if (!ptx_arity(d, s, 5, 5) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_B32, &a) || !ptx_source(d, s, 2, PTX_B32, &b) ||
        !ptx_source(d, s, 3, PTX_B32, &c) || !ptx_source(d, s, 4, PTX_B32, &members))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, shfl);
    if (!i) return false;
    i->d = dest;
    i->e = s->operands[0].second;
    i->target = s->operands[0].has_second;
    i->a = a;
    i->b = b;
    i->c = c;
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    i->op = (uint8_t)mode;
    return ptx_done(d, s);
}

/* ---- vote.sync, activemask ---- */

enum vote { ALL, ANY, UNI, BALLOT };

PTX_HANDLER(vote)
{
    uint32_t p = *ptx_rpred(w, i->a);
    if (i->flags) p = ~p;
    p &= mask;
    if (i->op == BALLOT) {
        for (int l = 0; l < PTX_LANES; l++)
            if (mask >> l & 1) ptx_r32(w, i->d)[l] = p;
        return PTX_NEXT;
    }
    const bool yes = i->op == ALL ? p == mask : i->op == ANY ? p != 0 : p == 0 || p == mask;
    uint32_t *d = ptx_rpred(w, i->d);
    *d = (*d & ~mask) | (yes ? mask : 0);
    return PTX_NEXT;
}

static bool decode_vote(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const MODES[] = {"all", "any", "uni", "ballot", NULL};
    int32_t dest, a, members;
    if (!ptx_mod(s, "sync")) return ptx_refuse(d, s, "only with .sync");
    const int mode = ptx_mod_of(s, MODES);
    if (mode < 0 || !ptx_mod(s, mode == BALLOT ? "b32" : "pred"))
        return ptx_refuse(d, s, "of which mode?");
    if (!ptx_arity(d, s, 3, 3) || !ptx_dest(d, s, 0, mode == BALLOT ? PTX_B32 : PTX_PRED, &dest) ||
        !ptx_source(d, s, 2, PTX_B32, &members))
        return false;
    struct ptx_operand p = s->operands[1];
    const bool negated = p.negated;
    p.negated = false;
    if (!ptx_source_of(d, s, &p, PTX_PRED, &a)) return false;
    struct ptx_inst *i = ptx_emit(d, s, vote);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->flags = negated;
    i->op = (uint8_t)mode;
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

PTX_HANDLER(activemask)
{
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) ptx_r32(w, i->d)[l] = mask;
    return PTX_NEXT;
}

static bool decode_activemask(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest;
    if (!ptx_mod(s, "b32") || !ptx_arity(d, s, 1, 1) || !ptx_dest(d, s, 0, PTX_B32, &dest))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, activemask);
    if (!i) return false;
    i->d = dest;
    return ptx_done(d, s);
}

/* ---- match.sync ---- */

PTX_HANDLER(match)
{
    const bool wide = i->vec == 8;
    uint32_t out[PTX_LANES], everybody = mask;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        out[l] = 0;
        for (int k = 0; k < PTX_LANES; k++) {
            const bool same = wide ? ptx_r64(w, i->a)[l] == ptx_r64(w, i->a)[k]
                                   : ptx_r32(w, i->a)[l] == ptx_r32(w, i->a)[k];
            out[l] |= (uint32_t)same << k & mask;
        }
        everybody &= out[l];
    }
    const bool all = everybody == mask;
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) ptx_r32(w, i->d)[l] = i->op ? (all ? mask : 0) : out[l];
    if (i->op && i->target) {
        uint32_t *p = ptx_rpred(w, i->e);
        *p = (*p & ~mask) | (all ? mask : 0);
    }
    return PTX_NEXT;
}

static bool decode_match(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a, members;
    const bool all = ptx_mod(s, "all");
    if (!all && !ptx_mod(s, "any")) return ptx_refuse(d, s, "of which mode?");
    ptx_mod(s, "sync");
    const enum ptx_type type = ptx_mod_type(s);
    if (type != PTX_B32 && type != PTX_B64) return ptx_refuse(d, s, "of what type?");
    if (!ptx_arity(d, s, 3, 3) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, type, &a) || !ptx_source(d, s, 2, PTX_B32, &members))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, match);
    if (!i) return false;
    i->d = dest;
    i->e = s->operands[0].second;
    i->target = s->operands[0].has_second;
    i->a = a;
    i->op = all;
    i->vec = (uint8_t)ptx_type_bytes(type);
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

/* ---- redux.sync ---- */

enum redux { ADD, MIN, MAX, AND, OR, XOR };
enum { ABS = 1, NAN_WINS = 2 };

static uint32_t reduce_float(const struct ptx_inst *i, uint32_t x, uint32_t y)
{
    const float p = ptx_f32_of(x), q = ptx_f32_of(y);
    if (i->flags & NAN_WINS && (p != p || q != q)) return 0x7fffffff;
    return ptx_bits_of(i->op == MIN ? ptx_fmin(p, q) : ptx_fmax(p, q));
}

static uint32_t reduce_two(const struct ptx_inst *i, uint32_t x, uint32_t y)
{
    const bool with_sign = i->type == PTX_S32;
    if (i->type == PTX_F32) return reduce_float(i, x, y);
    const bool less = with_sign ? (int32_t)x < (int32_t)y : x < y;
    switch ((enum redux)i->op) {
    case ADD: return x + y;
    case MIN: return less ? x : y;
    case MAX: return less ? y : x;
    case AND: return x & y;
    case OR: return x | y;
    case XOR: return x ^ y;
    }
    return 0;
}

PTX_HANDLER(redux)
{
    const uint32_t *a = ptx_r32(w, i->a);
    bool first = true;
    uint32_t total = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const uint32_t value = i->flags & ABS ? a[l] & 0x7fffffff : a[l];
        total = first ? value : reduce_two(i, total, value);
        first = false;
    }
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) ptx_r32(w, i->d)[l] = total;
    return PTX_NEXT;
}

static bool decode_redux(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const NAMES[] = {"add", "min", "max", "and", "or", "xor", NULL};
    int32_t dest, a, members;
    uint8_t flags = 0;
    if (!ptx_mod(s, "sync")) return ptx_refuse(d, s, "only with .sync");
    const int op = ptx_mod_of(s, NAMES);
    if (ptx_mod(s, "abs")) flags |= ABS;
    if (ptx_mod(s, "NaN")) flags |= NAN_WINS;
    const enum ptx_type type = ptx_mod_type(s);
    if (op < 0 || ptx_type_bytes(type) != 4 || (type == PTX_F32 && op != MIN && op != MAX) ||
        (type != PTX_F32 && (flags || (op >= AND) != (type == PTX_B32))))
        return ptx_refuse(d, s, "no such reduction");
    if (!ptx_arity(d, s, 3, 3) || !ptx_dest(d, s, 0, type, &dest) ||
        !ptx_source(d, s, 1, type, &a) || !ptx_source(d, s, 2, PTX_B32, &members))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, redux);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->op = (uint8_t)op;
    i->type = (uint8_t)type;
    i->flags = flags;
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

/* ---- elect.sync: the lowest lane, on no grounds that a program may rely on ---- */

PTX_HANDLER(elect)
{
    const uint32_t leader = (uint32_t)__builtin_ctz(mask);
    for (int l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) ptx_r32(w, i->d)[l] = leader;
    uint32_t *p = ptx_rpred(w, i->e);
    *p = (*p & ~mask) | 1u << leader;
    return PTX_NEXT;
}

static bool decode_elect(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, members;
    ptx_mod(s, "sync");
    if (!ptx_arity(d, s, 2, 2) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_B32, &members))
        return false;
    if (!s->operands[0].has_second) return ptx_refuse(d, s, "d|p expected");
    struct ptx_inst *i = ptx_emit(d, s, elect);
    if (!i) return false;
    i->d = dest;
    i->e = s->operands[0].second;
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_warp[] = {
    {"shfl", decode_shfl},
    {"vote", decode_vote},
    {"activemask", decode_activemask},
    {"match", decode_match},
    {"redux", decode_redux},
    {"elect", decode_elect},
    {0},
};
