/* SPDX-License-Identifier: MIT */
/* bar, barrier and fences.
 *
 * A barrier counts threads. Without a count it waits for all live ones; with one, every warp that
 * arrives whole counts 32, as the hardware counts warps. What a warp did before arriving is known
 * to those that the barrier lets go on. */
#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum kind { SYNC, ARRIVE, RED };
enum red { POPC, AND, OR };
enum { HAS_COUNT = 1, NOT_PRED = 2 };

static void complete(struct ptx_block *b, struct ptx_barrier *bar)
{
    const uint32_t parity = bar->phase & 1;
    bar->released[parity] = bar->gathered;
    memset(&bar->gathered, 0, sizeof bar->gathered);
    bar->phase++;
    bar->arrived = 0;
    bar->in_use = false;
    const uint32_t next = bar->phase & 1;
    bar->popc[next] = 0;
    bar->all[next] = 1;
    bar->any[next] = 0;
    b->progress++;
}

static void check_complete(struct ptx_block *b, struct ptx_barrier *bar)
{
    const uint32_t expected = bar->expected ? bar->expected : b->n_live;
    if (bar->in_use && bar->arrived >= expected) complete(b, bar);
}

void ptx_barriers_after_exit(struct ptx_warp *w)
{
    for (int k = 0; k < PTX_N_BARRIERS; k++) check_complete(w->block, &w->block->barriers[k]);
}

/* The value all lanes of the mask agree on; false when they do not. */
static bool uniform(struct ptx_warp *w, int32_t slot, uint32_t mask, uint32_t *out)
{
    const uint32_t *lanes = ptx_r32(w, slot);
    *out = lanes[__builtin_ctz(mask)];
    for (uint32_t rest = mask; rest; rest &= rest - 1)
        if (lanes[__builtin_ctz(rest)] != *out) {
            ptx_fault(w, __builtin_ctz(rest), PTX_FAULT_SYNC, "%u here, %u in another lane",
                      lanes[__builtin_ctz(rest)], *out);
            return false;
        }
    return true;
}

static void reduce(struct ptx_warp *w, const struct ptx_inst *i, struct ptx_barrier *bar,
                   uint32_t mask)
{
    const uint32_t parity = bar->phase & 1;
    uint32_t p = *ptx_rpred(w, i->c);
    if (i->flags & NOT_PRED) p = ~p;
    if (!bar->in_use) {
        bar->popc[parity] = 0;
        bar->all[parity] = 1;
        bar->any[parity] = 0;
    }
    bar->popc[parity] += (uint32_t)__builtin_popcount(p & mask);
    bar->all[parity] &= (p & mask) == mask;
    bar->any[parity] |= (p & mask) != 0;
}

static bool arrive(struct ptx_warp *w, const struct ptx_inst *i, struct ptx_barrier *bar,
                   uint32_t mask, uint32_t count, uint32_t id)
{
    const bool has_count = i->flags & HAS_COUNT;
    const bool is_red = i->op == RED;
    if (has_count && (count == 0 || count % PTX_LANES || count > PTX_MAX_WARPS * PTX_LANES)) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "barrier %u for %u threads: no multiple of 32", id, count);
        return false;
    }
    if (bar->in_use && (bar->expected != count || bar->is_red != is_red)) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "barrier %u is waited for by %u threads (0: all) here, by %u elsewhere", id,
                  count, bar->expected);
        return false;
    }
    if (is_red) reduce(w, i, bar, mask);
    bar->in_use = true;
    bar->is_red = is_red;
    bar->expected = count;
    bar->arrived += has_count && mask == w->live ? PTX_LANES : (uint32_t)__builtin_popcount(mask);
    if (has_count && bar->arrived > count) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "barrier %u: %u threads came, %u expected",
                  id, bar->arrived, count);
        return false;
    }
    ptx_release(w, &bar->gathered);
    return true;
}

static void put_red(struct ptx_warp *w, const struct ptx_inst *i, const struct ptx_barrier *bar,
                    uint32_t parity, uint32_t mask)
{
    if (i->type == POPC) {
        for (int l = 0; l < PTX_LANES; l++)
            if (mask >> l & 1) ptx_r32(w, i->d)[l] = bar->popc[parity];
        return;
    }
    uint32_t *p = ptx_rpred(w, i->d);
    const bool value = i->type == AND ? bar->all[parity] : bar->any[parity];
    *p = (*p & ~mask) | (value ? mask : 0);
}

PTX_HANDLER(barrier)
{
    struct ptx_fragment *f = ptx_here(w);
    uint32_t id, count = 0;
    if (!uniform(w, i->a, mask, &id)) return PTX_FAULTED;
    if (id >= 16)
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "barrier %u: there are 16", id);
    struct ptx_barrier *bar = &w->block->barriers[id];
    if (!f->token[0]) {
        if (i->flags & HAS_COUNT && !uniform(w, i->b, mask, &count)) return PTX_FAULTED;
        const uint64_t phase = bar->phase;
        if (!arrive(w, i, bar, mask, count, id)) return PTX_FAULTED;
        f->token[0] = 1;
        f->token[1] = phase;
        check_complete(w->block, bar);
        if (i->op == ARRIVE) return PTX_NEXT;
    }
    if (bar->phase == (uint32_t)f->token[1]) return PTX_WAIT;
    const uint32_t parity = (uint32_t)f->token[1] & 1;
    ptx_acquire(w, &bar->released[parity]);
    if (i->op == RED) put_red(w, i, bar, parity, mask);
    return PTX_NEXT;
}

static bool decode_barrier(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const KINDS[] = {"sync", "arrive", "red", NULL};
    static const char *const REDS[] = {"popc", "and", "or", NULL};
    const bool is_bar = !strcmp(s->name, "bar");
    int32_t dest = 0, a, b = 0, c = 0;
    uint8_t flags = 0;
    if (ptx_mod(s, "cluster") || ptx_mod(s, "warp")) return false; /* another decoder's */
    ptx_mod(s, "cta");
    const int kind = ptx_mod_of(s, KINDS);
    const bool aligned = ptx_mod(s, "aligned") || is_bar;
    const int red = kind == RED ? ptx_mod_of(s, REDS) : 0;
    if (kind < 0 || red < 0) return ptx_refuse(d, s, "which barrier?");
    if (kind == RED && !ptx_mod(s, red == POPC ? "u32" : "pred"))
        return ptx_refuse(d, s, "of what type?");
    const uint32_t first = kind == RED ? 1 : 0;
    const uint32_t n = s->n_operands - first - (kind == RED ? 1 : 0); /* id, and count or not */
    if (!ptx_arity(d, s, kind == RED ? 3 : kind == ARRIVE ? 2 : 1, kind == RED ? 4 : 2))
        return false;
    if (kind == RED && !ptx_dest(d, s, 0, red == POPC ? PTX_U32 : PTX_PRED, &dest)) return false;
    if (!ptx_source(d, s, first, PTX_U32, &a)) return false;
    if (n == 2) flags |= HAS_COUNT;
    if (n == 2 && !ptx_source(d, s, first + 1, PTX_U32, &b)) return false;
    if (kind == RED) {
        struct ptx_operand p = s->operands[s->n_operands - 1];
        if (p.negated) flags |= NOT_PRED;
        p.negated = false;
        if (!ptx_source_of(d, s, &p, PTX_PRED, &c)) return false;
    }
    struct ptx_inst *i = ptx_emit(d, s, barrier);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->b = b;
    i->c = c;
    i->op = (uint8_t)kind;
    i->type = (uint8_t)red;
    i->flags = flags;
    i->sync = aligned ? PTX_SYNC_ALIGNED : PTX_SYNC_NONE;
    return ptx_done(d, s);
}

/* ---- barrier.cluster: of a cluster of one block, so all its threads ---- */

PTX_HANDLER(cluster_arrive)
{
    struct ptx_barrier *bar = &w->block->barriers[16];
    const uint32_t again = w->cluster_arrived & mask;
    if (again)
        return ptx_fault(w, __builtin_ctz(again), PTX_FAULT_SYNC,
                         "it arrives twice without a wait between");
    w->cluster_arrived |= mask;
    w->cluster_phase = bar->phase;
    bar->in_use = true;
    bar->expected = 0;
    bar->arrived += (uint32_t)__builtin_popcount(mask);
    if (!i->op) ptx_release(w, &bar->gathered); /* not .relaxed */
    check_complete(w->block, bar);
    return PTX_NEXT;
}

PTX_HANDLER(cluster_wait)
{
    struct ptx_barrier *bar = &w->block->barriers[16];
    (void)i;
    if ((w->cluster_arrived & mask) != mask)
        return ptx_fault(w, __builtin_ctz(mask & ~w->cluster_arrived), PTX_FAULT_SYNC,
                         "it waits without having arrived");
    if (bar->phase == w->cluster_phase) return PTX_WAIT;
    w->cluster_arrived &= ~mask;
    ptx_acquire(w, &bar->released[w->cluster_phase & 1]);
    return PTX_NEXT;
}

static bool decode_cluster(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (!ptx_mod(s, "cluster")) return false;
    const bool arrives = ptx_mod(s, "arrive");
    if (!arrives && !ptx_mod(s, "wait")) return ptx_refuse(d, s, "which barrier?");
    const bool relaxed = ptx_mod(s, "relaxed");
    ptx_mod(s, "release");
    ptx_mod(s, "acquire");
    const bool aligned = ptx_mod(s, "aligned");
    if (!ptx_arity(d, s, 0, 0)) return false;
    struct ptx_inst *i = ptx_emit(d, s, arrives ? cluster_arrive : cluster_wait);
    if (!i) return false;
    i->op = relaxed;
    i->sync = aligned ? PTX_SYNC_ALIGNED : PTX_SYNC_NONE;
    return ptx_done(d, s);
}

/* ---- bar.warp.sync, fences ---- */

PTX_HANDLER(nothing)
{
    (void)w;
    (void)i;
    (void)mask;
    return PTX_NEXT;
}

static bool decode_warp(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t members;
    if (!ptx_mod(s, "warp")) return false;
    ptx_mod(s, "sync");
    if (!ptx_arity(d, s, 1, 1) || !ptx_source(d, s, 0, PTX_B32, &members)) return false;
    struct ptx_inst *i = ptx_emit(d, s, nothing);
    if (!i) return false;
    i->member = members;
    i->sync = PTX_SYNC_MEMBERS;
    return ptx_done(d, s);
}

/* Memory is sequential here already. */
static bool decode_fence(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const KINDS[] = {"sc",
                                        "acq_rel",
                                        "acquire",
                                        "release",
                                        "cta",
                                        "cluster",
                                        "gpu",
                                        "sys",
                                        "gl",
                                        "proxy",
                                        "async",
                                        "async::generic",
                                        "alias",
                                        "mbarrier_init",
                                        "async.global",
                                        "global",
                                        "shared::cta",
                                        "shared::cluster",
                                        "sync_restrict::shared::cta",
                                        "sync_restrict::shared::cluster",
                                        NULL};
    if (ptx_mod(s, "proxy") || ptx_mod(s, "mbarrier_init")) return false; /* ops_bulk.c */
    while (ptx_mod_of(s, KINDS) >= 0) {
    }
    return ptx_arity(d, s, 0, 0) && ptx_emit(d, s, nothing) && ptx_done(d, s);
}

const struct ptx_op ptx_ops_barrier[] = {
    {"bar", decode_barrier},
    {"barrier", decode_barrier},
    {"barrier", decode_cluster},
    {"bar", decode_warp},
    {"membar", decode_fence},
    {"fence", decode_fence},
    {0},
};
