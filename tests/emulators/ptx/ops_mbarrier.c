/* SPDX-License-Identifier: MIT */
/* The mbarrier instructions. */
#include "tests/emulators/ptx/async_proxy.h"

enum { GENERIC = 1, DROP = 2, EXPECT = 4, RELAXED = 8, PARITY = 16, NO_COMPLETE = 32 };

struct operands {
    struct ptx_place barrier;
    int32_t state, count; /* count: arrivals or bytes; if has_count */
    bool has_state, has_count;
};

/* Shared address of the barrier; generic addresses are resolved. False: reported. */
static bool barrier_address(struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane,
                            uint64_t *out)
{
    const struct operands *o = i->extra;
    *out = ptx_place_at(w, &o->barrier, lane);
    if ((i->flags & GENERIC) == 0) return true;
    if (ptx_resolve(*out, out) == PTX_SHARED) return true;
    ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "an mbarrier that is not in shared memory");
    return false;
}

static struct ptx_mbarrier *barrier_of(struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane)
{
    uint64_t address;
    return barrier_address(w, i, lane, &address) ? ptx_mbarrier_at(w, lane, address) : NULL;
}

static uint32_t count_of(const struct ptx_warp *w, const struct operands *o, uint32_t lane,
                         uint32_t otherwise)
{
    return o->has_count ? ptx_r32(w, o->count)[lane] : otherwise;
}

static enum ptx_next run_init(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const struct operands *o = i->extra;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        uint64_t address;
        if ((mask >> lane & 1) == 0) continue;
        if (!barrier_address(w, i, lane, &address) ||
            !ptx_mbarrier_init(w, lane, address, count_of(w, o, lane, 0)))
            return PTX_FAULTED;
    }
    return PTX_NEXT;
}

static enum ptx_next run_inval(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        struct ptx_mbarrier *b = barrier_of(w, i, lane);
        if (b == NULL || !ptx_shared_wrote(w, lane, b->address, 8)) return PTX_FAULTED;
        b->live = false;
    }
    return PTX_NEXT;
}

/* expect_tx and complete_tx; `op` is the sign. */
static enum ptx_next run_tx(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const struct operands *o = i->extra;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        struct ptx_mbarrier *b = barrier_of(w, i, lane);
        const int64_t bytes = count_of(w, o, lane, 0);
        if (b == NULL || !ptx_mbarrier_tx(w, lane, b, i->op ? -bytes : bytes)) return PTX_FAULTED;
    }
    return PTX_NEXT;
}

/* What arrive returns: the phase it belongs to, and for pending_count how many were missing. */
static uint64_t state_of(const struct ptx_mbarrier *b)
{
    return (uint64_t)(b->phase + 1) << 32 | b->pending;
}

static enum ptx_next run_arrive(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const struct operands *o = i->extra;
    const struct ptx_mbarrier *before = NULL;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        struct ptx_mbarrier *b = barrier_of(w, i, lane);
        if (b == NULL) return PTX_FAULTED;
        const uint32_t count = count_of(w, o, lane, 1);
        if (o->has_state) ptx_r64(w, o->state)[lane] = state_of(b);
        if ((i->flags & NO_COMPLETE) != 0 && count >= b->pending)
            return ptx_fault(w, (int)lane, PTX_FAULT_SYNC,
                             "an arrival that must not end the phase would end it");
        if ((i->flags & RELAXED) == 0 && b != before) ptx_release(w, &b->gathered);
        before = b;
        const bool expects = (i->flags & EXPECT) != 0;
        if (expects && !ptx_mbarrier_tx(w, lane, b, count)) return PTX_FAULTED;
        if (!ptx_mbarrier_arrive(w, lane, b, expects ? 1 : count, (i->flags & DROP) != 0))
            return PTX_FAULTED;
    }
    return PTX_NEXT;
}

static bool is_over(const struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane,
                    const struct ptx_mbarrier *b)
{
    const struct operands *o = i->extra;
    if ((i->flags & PARITY) != 0) return (b->phase & 1) != (ptx_r32(w, o->count)[lane] & 1);
    return b->phase + 1 > (uint32_t)(ptx_r64(w, o->count)[lane] >> 32);
}

/* Where a barrier is not over, copies that count on it end now: no sooner. */
static enum ptx_next run_wait(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    uint32_t over = 0;
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        struct ptx_mbarrier *b = barrier_of(w, i, lane);
        if (b == NULL) return PTX_FAULTED;
        if (!is_over(w, i, lane, b) && !ptx_bulk_land_on(w->block, b->address)) return PTX_FAULTED;
        if (!is_over(w, i, lane, b)) continue;
        over |= 1u << lane;
        if ((i->flags & RELAXED) == 0) ptx_acquire(w, &b->released[(b->phase - 1) % 2]);
    }
    if (over == 0 && i->op) return PTX_WAIT; /* try_wait may wait as long as it likes */
    uint32_t *done = ptx_rpred(w, i->d);
    *done = (*done & ~mask) | over;
    if (over != 0) return PTX_NEXT;
    if (!ptx_mbarrier_poll(w->block))
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "waits for ever for an mbarrier");
    return PTX_YIELD;
}

static enum ptx_next run_pending(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    for (uint32_t lane = 0; lane < PTX_LANES; lane++)
        if ((mask >> lane & 1) != 0) ptx_r32(w, i->d)[lane] = (uint32_t)ptx_r64(w, i->a)[lane];
    return PTX_NEXT;
}

bool ptx_place_of(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                  struct ptx_place *out)
{
    struct ptx_inst scratch = {0};
    if (!ptx_address(d, s, index, &scratch)) return false;
    *out = (struct ptx_place){scratch.a, scratch.offset, (scratch.flags & 128) != 0};
    return true;
}

/* Modifiers that all of them may have. */
static uint8_t common_flags(struct ptx_statement *s)
{
    uint8_t flags = GENERIC;
    if (ptx_mod(s, "shared") || ptx_mod(s, "shared::cta") || ptx_mod(s, "shared::cluster"))
        flags = 0;
    if (ptx_mod(s, "relaxed")) flags |= RELAXED;
    ptx_mod(s, "release");
    ptx_mod(s, "acquire");
    ptx_mod(s, "cta");
    ptx_mod(s, "cluster");
    ptx_mod(s, "b64");
    return flags;
}

static struct ptx_inst *emit(struct ptx_decoder *d, struct ptx_statement *s, ptx_run run,
                             uint32_t address, struct operands **out)
{
    struct operands *o = ptx_decode_alloc(d, sizeof *o);
    if (o == NULL || !ptx_place_of(d, s, address, &o->barrier)) return NULL;
    struct ptx_inst *i = ptx_emit(d, s, run);
    if (i == NULL) return NULL;
    i->extra = o;
    *out = o;
    return i;
}

static bool decode_simple(struct ptx_decoder *d, struct ptx_statement *s, ptx_run run, uint8_t op,
                          bool has_count)
{
    struct operands *o;
    if (!ptx_arity(d, s, 1u + has_count, 1u + has_count)) return false;
    struct ptx_inst *i = emit(d, s, run, 0, &o);
    if (i == NULL) return false;
    i->op = op;
    i->flags = common_flags(s);
    o->has_count = has_count;
    if (has_count && !ptx_source(d, s, 1, PTX_U32, &o->count)) return false;
    return ptx_done(d, s);
}

static bool decode_arrive(struct ptx_decoder *d, struct ptx_statement *s, uint8_t flags)
{
    struct operands *o;
    if (ptx_mod(s, "expect_tx")) flags |= EXPECT;
    if (ptx_mod(s, "noComplete")) flags |= NO_COMPLETE;
    const bool has_state = s->n_operands > 0 && s->operands[0].kind != PTX_O_ADDR;
    if (!ptx_arity(d, s, 1u + has_state, 2u + has_state)) return false;
    struct ptx_inst *i = emit(d, s, run_arrive, has_state, &o);
    if (i == NULL) return false;
    i->flags = (uint8_t)(flags | common_flags(s));
    o->has_state = has_state && s->operands[0].kind != PTX_O_SINK;
    o->has_count = s->n_operands == 2u + has_state;
    if (o->has_state && !ptx_dest(d, s, 0, PTX_B64, &o->state)) return false;
    if (o->has_count && !ptx_source(d, s, 1u + has_state, PTX_U32, &o->count)) return false;
    if ((flags & EXPECT) != 0 && !o->has_count) return ptx_refuse(d, s, "no number of bytes");
    return ptx_done(d, s);
}

static bool decode_wait(struct ptx_decoder *d, struct ptx_statement *s, uint8_t is_try)
{
    struct operands *o;
    if (!ptx_arity(d, s, 3, is_try ? 4 : 3)) return false;
    const bool parity = ptx_mod(s, "parity");
    struct ptx_inst *i = emit(d, s, run_wait, 1, &o);
    if (i == NULL) return false;
    i->op = is_try;
    i->flags = (uint8_t)(common_flags(s) | (parity ? PARITY : 0));
    int32_t done = 0;
    if (!ptx_dest(d, s, 0, PTX_PRED, &done) ||
        !ptx_source(d, s, 2, parity ? PTX_U32 : PTX_B64, &o->count))
        return false;
    i->d = done;
    return ptx_done(d, s);
}

static bool decode_pending(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_arity(d, s, 2, 2)) return false;
    ptx_mod(s, "b64");
    struct ptx_inst *i = ptx_emit(d, s, run_pending);
    if (i == NULL) return false;
    int32_t to = 0, from = 0;
    if (!ptx_dest(d, s, 0, PTX_U32, &to) || !ptx_source(d, s, 1, PTX_B64, &from)) return false;
    i->d = to;
    i->a = from;
    return ptx_done(d, s);
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (ptx_mod(s, "init")) return decode_simple(d, s, run_init, 0, true);
    if (ptx_mod(s, "inval")) return decode_simple(d, s, run_inval, 0, false);
    if (ptx_mod(s, "arrive")) return decode_arrive(d, s, 0);
    if (ptx_mod(s, "arrive_drop")) return decode_arrive(d, s, DROP);
    if (ptx_mod(s, "expect_tx")) return decode_simple(d, s, run_tx, 0, true);
    if (ptx_mod(s, "complete_tx")) return decode_simple(d, s, run_tx, 1, true);
    if (ptx_mod(s, "test_wait")) return decode_wait(d, s, 0);
    if (ptx_mod(s, "try_wait")) return decode_wait(d, s, 1);
    if (ptx_mod(s, "pending_count")) return decode_pending(d, s);
    return ptx_refuse(d, s, "not an mbarrier operation known here");
}

const struct ptx_op ptx_ops_mbarrier[] = {{"mbarrier", decode}, {NULL, NULL}};
