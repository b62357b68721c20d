/* SPDX-License-Identifier: MIT */
/* mov with packing, clocks; cvta and isspacep. */
#include "tests/emulators/ptx/ptx_lanes.h"

PTX_UNARY(mov_16, uint16_t, uint16_t, x)
PTX_UNARY(mov_32, uint32_t, uint32_t, x)
PTX_UNARY(mov_64, uint64_t, uint64_t, x)
PTX_HANDLER(mov_pred)
{
    uint32_t *d = ptx_rpred(w, i->d);
    *d = (*d & ~mask) | (*ptx_rpred(w, i->a) & mask);
    return PTX_NEXT;
}

/* Pieces of i->type2's bytes, the lowest first. */
static uint64_t read_piece(const struct ptx_warp *w, int32_t slot, uint32_t bytes, int lane)
{
    if (bytes == 2) return ptx_r16(w, slot)[lane];
    return bytes == 4 ? ptx_r32(w, slot)[lane] : ptx_r64(w, slot)[lane];
}

static void write_piece(const struct ptx_warp *w, int32_t slot, uint32_t bytes, int lane,
                        uint64_t v)
{
    if (bytes == 2)
        ptx_r16(w, slot)[lane] = (uint16_t)v;
    else if (bytes == 4)
        ptx_r32(w, slot)[lane] = (uint32_t)v;
    else
        ptx_r64(w, slot)[lane] = v;
}

PTX_HANDLER(pack)
{
    const uint32_t piece = i->op, whole = piece * i->vec;
    for (int l = 0; l < PTX_LANES; l++) {
        uint64_t v = 0;
        if (!(mask >> l & 1)) continue;
        for (uint32_t k = 0; k < i->vec; k++)
            v |= read_piece(w, i->slots[k], piece, l) << (8 * piece * k);
        write_piece(w, i->d, whole, l, v);
    }
    return PTX_NEXT;
}

PTX_HANDLER(unpack)
{
    const uint32_t piece = i->op, whole = piece * i->vec;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const uint64_t v = read_piece(w, i->a, whole, l);
        for (uint32_t k = 0; k < i->vec; k++)
            write_piece(w, i->slots[k], piece, l, v >> (8 * piece * k));
    }
    return PTX_NEXT;
}

static bool decode_packing(struct ptx_decoder *d, struct ptx_statement *s, enum ptx_type type)
{
    const bool is_pack = s->operands[1].kind == PTX_O_VEC;
    const uint32_t n = s->operands[is_pack ? 1 : 0].n_items, bytes = ptx_type_bytes(type);
    const enum ptx_type piece = n && bytes / n == 2 ? PTX_B16 : PTX_B32;
    const int32_t *slots;
    int32_t whole;
    if ((n != 2 && n != 4) || bytes / n < 2) return ptx_refuse(d, s, "a packing of %u pieces", n);
    if (!ptx_vector(d, s, is_pack ? 1 : 0, n, piece, !is_pack, &slots) ||
        !(is_pack ? ptx_dest(d, s, 0, type, &whole) : ptx_source(d, s, 1, type, &whole)))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, is_pack ? pack : unpack);
    if (!i) return false;
    i->d = i->a = whole;
    i->slots = slots;
    i->vec = (uint8_t)n;
    i->op = (uint8_t)ptx_type_bytes(piece);
    return ptx_done(d, s);
}

PTX_HANDLER(read_clock)
{
    const uint64_t now = ptx_now(w), timer = now + ptx_launch_of(w)->clock_ns;
    uint64_t v = i->op < PTX_TIMER ? now : timer;
    if (i->op == PTX_CLOCK_HI || i->op == PTX_TIMER_HI) v >>= 32;
    for (int l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        if (i->vec == 8)
            ptx_r64(w, i->d)[l] = v;
        else
            ptx_r32(w, i->d)[l] = (uint32_t)v;
    }
    return PTX_NEXT;
}

static bool decode_clock(struct ptx_decoder *d, struct ptx_statement *s, enum ptx_type type)
{
    const uint64_t clock = s->operands[1].bits;
    const bool wide = clock == PTX_CLOCK_64 || clock == PTX_TIMER;
    int32_t dest;
    if (ptx_type_bytes(type) != (wide ? 8u : 4u)) return ptx_refuse(d, s, "a clock of this size");
    if (!ptx_dest(d, s, 0, type, &dest)) return false;
    struct ptx_inst *i = ptx_emit(d, s, read_clock);
    if (!i) return false;
    i->d = dest;
    i->op = (uint8_t)clock;
    i->vec = (uint8_t)ptx_type_bytes(type);
    return ptx_done(d, s);
}

static bool decode_mov(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a;
    const enum ptx_type type = ptx_mod_type(s);
    if (!ptx_arity(d, s, 2, 2)) return false;
    if (s->operands[0].kind == PTX_O_VEC || s->operands[1].kind == PTX_O_VEC)
        return decode_packing(d, s, type);
    if (s->operands[1].kind == PTX_O_CLOCK) return decode_clock(d, s, type);
    const uint32_t n = ptx_type_bytes(type);
    if (type != PTX_PRED && n != 2 && n != 4 && n != 8) return ptx_refuse(d, s, "of what type?");
    if (!ptx_dest(d, s, 0, type, &dest) || !ptx_source(d, s, 1, type, &a)) return false;
    struct ptx_inst *i = ptx_emit(d, s,
                                  type == PTX_PRED ? mov_pred
                                  : n == 2         ? mov_16
                                  : n == 4         ? mov_32
                                                   : mov_64);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    return ptx_done(d, s);
}

/* ---- address spaces ---- */

static const struct {
    const char *name;
    enum ptx_space space;
    uint64_t window;
} SPACES[] = {
    {"global", PTX_GLOBAL, 0},
    {"const", PTX_GLOBAL, 0},
    {"shared", PTX_SHARED, PTX_SHARED_WINDOW},
    {"shared::cta", PTX_SHARED, PTX_SHARED_WINDOW},
    {"shared::cluster", PTX_SHARED, PTX_SHARED_WINDOW},
    {"local", PTX_LOCAL, PTX_LOCAL_WINDOW},
    {"param", PTX_PARAM, PTX_PARAM_WINDOW},
    {"param::entry", PTX_PARAM, PTX_PARAM_WINDOW},
};

static int space_of(struct ptx_statement *s)
{
    for (size_t k = 0; k < sizeof SPACES / sizeof *SPACES; k++)
        if (ptx_mod(s, SPACES[k].name)) return (int)k;
    return -1;
}

PTX_HANDLER(to_generic)
{
    const uint64_t window = (uint64_t)i->offset;
    const uint64_t *a = ptx_r64(w, i->a);
    uint64_t *d = ptx_r64(w, i->d);
    PTX_EACH(d[l] = a[l] + window;);
    return PTX_NEXT;
}

PTX_HANDLER(from_generic)
{
    for (int l = 0; l < PTX_LANES; l++) {
        uint64_t address;
        if (!(mask >> l & 1)) continue;
        const enum ptx_space space = ptx_resolve(ptx_r64(w, i->a)[l], &address);
        /* A null pointer, or one of a lane that never uses it, may pass: a use of it is caught. */
        ptx_r64(w, i->d)[l] = space == (enum ptx_space)i->space ? address : UINT64_MAX - 4095;
    }
    return PTX_NEXT;
}

static bool decode_cvta(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a;
    const bool to = ptx_mod(s, "to");
    const int space = space_of(s);
    if (space < 0) return ptx_refuse(d, s, "of which space?");
    if (!ptx_mod(s, "u64")) return ptx_refuse(d, s, "only .u64");
    if (!ptx_arity(d, s, 2, 2) || !ptx_dest(d, s, 0, PTX_U64, &dest) ||
        !ptx_source(d, s, 1, PTX_U64, &a))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, to ? from_generic : to_generic);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->space = (uint8_t)SPACES[space].space;
    i->offset = (int64_t)SPACES[space].window;
    if (to && i->space == PTX_GLOBAL)
        i->run = mov_64; /* what is no global address is caught later */
    return ptx_done(d, s);
}

PTX_HANDLER(is_space)
{
    uint32_t found = 0;
    for (int l = 0; l < PTX_LANES; l++) {
        uint64_t address;
        const enum ptx_space space = ptx_resolve(ptx_r64(w, i->a)[l], &address);
        found |= (uint32_t)(space == (enum ptx_space)i->space) << l;
    }
    uint32_t *p = ptx_rpred(w, i->d);
    *p = (*p & ~mask) | (found & mask);
    return PTX_NEXT;
}

static bool decode_isspacep(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a;
    const int space = space_of(s);
    if (space < 0) return ptx_refuse(d, s, "of which space?");
    if (!ptx_arity(d, s, 2, 2) || !ptx_dest(d, s, 0, PTX_PRED, &dest) ||
        !ptx_source(d, s, 1, PTX_U64, &a))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, is_space);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->space = (uint8_t)SPACES[space].space;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_move[] = {
    {"mov", decode_mov}, {"cvta", decode_cvta}, {"isspacep", decode_isspacep}, {0}};
