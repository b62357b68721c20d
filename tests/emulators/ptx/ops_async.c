/* SPDX-License-Identifier: MIT */
/* cp.async: a copy is under way until a wait covers it; only then do its bytes land. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/ptx_lanes.h"

struct copy { /* of the lanes of one instruction that were in the same group */
    uint32_t mask, group, n_bytes;
    uint32_t to[PTX_LANES];
    uint64_t from[PTX_LANES];
    uint8_t valid[PTX_LANES]; /* bytes that are read; the others become zero */
};

struct ptx_async {
    struct copy *copies;
    uint32_t n, max;
    uint32_t committed[PTX_LANES]; /* groups closed by each lane */
};

bool ptx_async_open(struct ptx_warp *w)
{
    return (w->async = calloc(1, sizeof *w->async)) != NULL;
}

void ptx_async_reset(struct ptx_warp *w)
{
    w->async->n = 0;
    memset(w->async->committed, 0, sizeof w->async->committed);
}

void ptx_async_close(struct ptx_warp *w)
{
    if (!w->async) return;
    free(w->async->copies);
    free(w->async);
}

static struct copy *new_copy(struct ptx_warp *w)
{
    struct ptx_async *a = w->async;
    if (a->n == a->max) {
        const uint32_t wanted = a->max ? 2 * a->max : 64;
        struct copy *grown = realloc(a->copies, wanted * sizeof *grown);
        if (!grown) {
            ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_NO_MEMORY, "no memory for async copies");
            return NULL;
        }
        a->copies = grown;
        a->max = wanted;
    }
    return &a->copies[a->n++];
}

/* i->op: 0 whole copies, 1 with a source size in c, 2 with a predicate in c to read nothing. */
static bool begin_lane(struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane, struct copy *c)
{
    const uint32_t n = (uint32_t)i->vec;
    uint64_t to = ptx_lane_address(w, i, lane);
    const uint64_t from = ptx_r64(w, i->b)[lane] + (uint64_t)(int64_t)i->e;
    uint32_t valid = n;
    if (i->op == 1) valid = ptx_r32(w, i->c)[lane];
    if (i->op == 2 && *ptx_rpred(w, i->c) >> lane & 1) valid = 0;
    if (valid > n) {
        ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION, "a source of %u bytes, a copy of %u", valid,
                  n);
        return false;
    }
    if (to & PTX_WINDOW_MASK) ptx_resolve(to, &to);
    if (to % n || (valid && from % n)) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED,
                  "shared 0x%llx or global 0x%llx is no multiple of %u", (unsigned long long)to,
                  (unsigned long long)from, n);
        return false;
    }
    if (valid && !ptx_global_bytes(w, lane, from, valid, false)) return false;
    if (!ptx_shared_begin(w, lane, to, n)) return false;
    c->to[lane] = (uint32_t)to;
    c->from[lane] = from;
    c->valid[lane] = (uint8_t)valid;
    return true;
}

PTX_HANDLER(begin)
{
    const uint32_t *committed = w->async->committed;
    uint32_t left = mask;
    while (left) {
        const uint32_t group = committed[__builtin_ctz(left)];
        struct copy *c = new_copy(w);
        if (!c) return PTX_FAULTED;
        c->mask = 0;
        c->group = group;
        c->n_bytes = i->vec;
        for (uint32_t l = 0; l < PTX_LANES; l++) {
            if (!(left >> l & 1) || committed[l] != group) continue;
            if (!begin_lane(w, i, l, c)) return PTX_FAULTED;
            c->mask |= 1u << l;
        }
        left &= ~c->mask;
    }
    return PTX_NEXT;
}

static bool land(struct ptx_warp *w, struct copy *c, uint32_t lanes)
{
    const uint32_t now = w->clocks.of[w->id];
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        if (!(lanes >> l & 1)) continue;
        unsigned char *to = ptx_shared(w, l, c->to[l], c->n_bytes);
        if (!to || !ptx_shared_land(w, l, c->to[l], c->n_bytes, now)) return false;
        memset(to, 0, c->n_bytes);
        if (!c->valid[l]) continue;
        const unsigned char *from = ptx_global_bytes(w, l, c->from[l], c->valid[l], false);
        if (!from) return false;
        memcpy(to, from, c->valid[l]);
    }
    c->mask &= ~lanes;
    return true;
}

/* Lands what lane l has in groups before limit[l]. */
static bool land_before(struct ptx_warp *w, uint32_t mask, const uint32_t *limit)
{
    struct ptx_async *a = w->async;
    uint32_t kept = 0;
    for (uint32_t k = 0; k < a->n; k++) {
        struct copy *c = &a->copies[k];
        uint32_t lanes = 0;
        for (uint32_t rest = c->mask & mask; rest; rest &= rest - 1)
            if (c->group < limit[__builtin_ctz(rest)]) lanes |= rest & (0 - rest);
        if (lanes && !land(w, c, lanes)) return false;
        if (!c->mask) continue;
        if (kept != k) a->copies[kept] = *c;
        kept++;
    }
    a->n = kept;
    return true;
}

bool ptx_async_land_all(struct ptx_warp *w, uint32_t mask)
{
    uint32_t limit[PTX_LANES];
    memset(limit, 0xff, sizeof limit);
    return land_before(w, mask, limit);
}

PTX_HANDLER(commit)
{
    (void)i;
    for (uint32_t l = 0; l < PTX_LANES; l++) w->async->committed[l] += mask >> l & 1;
    return PTX_NEXT;
}

PTX_HANDLER(wait_group)
{
    uint32_t limit[PTX_LANES];
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        const uint32_t closed = w->async->committed[l], left = (uint32_t)i->offset;
        limit[l] = closed > left ? closed - left : 0;
    }
    return land_before(w, mask, limit) ? PTX_NEXT : PTX_FAULTED;
}

PTX_HANDLER(wait_all)
{
    (void)i;
    return ptx_async_land_all(w, mask) ? PTX_NEXT : PTX_FAULTED;
}

/* ---- decoding ---- */

static bool decode_group(struct ptx_decoder *d, struct ptx_statement *s)
{
    int64_t n = 0;
    if (ptx_mod(s, "commit_group"))
        return ptx_arity(d, s, 0, 0) && ptx_emit(d, s, commit) && ptx_done(d, s);
    if (ptx_mod(s, "wait_all"))
        return ptx_arity(d, s, 0, 0) && ptx_emit(d, s, wait_all) && ptx_done(d, s);
    if (!ptx_mod(s, "wait_group")) return false;
    if (!ptx_arity(d, s, 1, 1) || !ptx_immediate(d, s, 0, &n)) return false;
    struct ptx_inst *i = ptx_emit(d, s, wait_group);
    if (!i) return false;
    i->offset = n < 0 || n > 65535 ? 65535 : n;
    return ptx_done(d, s);
}

/* The third operand and those after it: copy size, source size or predicate, cache policy. */
static bool decode_sizes(struct ptx_decoder *d, struct ptx_statement *s, bool cg, int64_t *n,
                         uint8_t *op, int32_t *c)
{
    if (!ptx_immediate(d, s, 2, n)) return false;
    if (*n != 16 && (cg || (*n != 4 && *n != 8))) return ptx_refuse(d, s, "a copy of this size");
    const bool policy = ptx_mod(s, "L2::cache_hint");
    const uint32_t left = s->n_operands - 3 - (policy ? 1 : 0);
    *op = 0;
    if (left == 0) return true;
    const struct ptx_operand *o = &s->operands[3];
    *op = o->kind == PTX_O_REG && o->type == PTX_PRED ? 2 : 1;
    return ptx_source(d, s, 3, *op == 2 ? PTX_PRED : PTX_B32, c);
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const HINTS[] = {"L2::64B", "L2::128B", "L2::256B", NULL};
    int64_t n;
    int32_t c = 0, base;
    uint8_t op = 0;
    if (!ptx_mod(s, "async")) return ptx_refuse(d, s, "only cp.async");
    for (uint32_t k = 0; k < s->n_mods; k++)
        if (!strcmp(s->mods[k], "bulk") || !strcmp(s->mods[k], "mbarrier")) return false;
    for (uint32_t k = 0; k < s->n_mods; k++)
        if (strstr(s->mods[k], "_group") || !strcmp(s->mods[k], "wait_all"))
            return decode_group(d, s);
    const bool cg = ptx_mod(s, "cg");
    if (!cg && !ptx_mod(s, "ca")) return ptx_refuse(d, s, ".ca or .cg is missing");
    if ((!ptx_mod(s, "shared") && !ptx_mod(s, "shared::cta")) || !ptx_mod(s, "global"))
        return ptx_refuse(d, s, "only from .global to .shared");
    ptx_mod_of(s, HINTS);
    if (!ptx_arity(d, s, 3, 5) || !decode_sizes(d, s, cg, &n, &op, &c)) return false;
    const struct ptx_operand *from = &s->operands[1];
    if (from->kind != PTX_O_ADDR || from->offset != (int32_t)from->offset)
        return ptx_refuse(d, s, "[from] expected");
    struct ptx_operand reg = {.kind = PTX_O_REG, .type = from->type, .slot = from->slot};
    if (from->symbol) reg = (struct ptx_operand){.kind = PTX_O_SYM, .symbol = from->symbol};
    if (!ptx_source_of(d, s, &reg, PTX_B64, &base)) return false;
    struct ptx_inst *i = ptx_emit(d, s, begin);
    if (!i) return false;
    i->b = base;
    i->e = (int32_t)from->offset;
    i->c = c;
    i->op = op;
    i->vec = (uint8_t)n;
    return ptx_address(d, s, 0, i) && ptx_done(d, s);
}

const struct ptx_op ptx_ops_async[] = {{"cp", decode}, {0}};
