/* SPDX-License-Identifier: MIT */
/* Who runs next: warps of a block, fragments of a warp; collectives wait for their lanes here. */
#include <stdio.h>

#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/wgmma.h"

enum {
    QUANTUM = 8192,   /* instructions of a warp before the next has its turn */
    PATIENCE = 32768, /* instructions of a split warp, of which the last ... */
    AHEAD = 4096      /* ... are of the lanes that are furthest ahead */
};

static bool can_run(const struct ptx_warp *w, const struct ptx_fragment *f)
{
    return !f->parked && (!f->waiting || f->seen != w->block->progress);
}

/* Deeper calls first, then what stands first in the code: lanes ahead wait for those behind. */
static bool is_before(const struct ptx_fragment *a, const struct ptx_fragment *b)
{
    return a->depth != b->depth ? a->depth > b->depth : a->pc < b->pc;
}

static void remove_fragment(struct ptx_warp *w, uint32_t index)
{
    w->n_fragments--;
    if (index != w->n_fragments) w->fragments[index] = w->fragments[w->n_fragments];
}

/* Fragments at the same place become one. */
static void merge(struct ptx_warp *w)
{
    for (uint32_t i = 0; i < w->n_fragments; i++) {
        struct ptx_fragment *a = &w->fragments[i];
        if (a->token[0]) continue;
        for (uint32_t j = i + 1; j < w->n_fragments;) {
            const struct ptx_fragment *b = &w->fragments[j];
            if (a->pc != b->pc || a->depth != b->depth || b->token[0]) {
                j++;
                continue;
            }
            a->mask |= b->mask;
            a->parked = false; /* to look again who is there */
            a->waiting = false;
            remove_fragment(w, j);
        }
    }
}

/* Chooses the fragment to run; false when none can. Those behind go first, so that lanes come
 * together again; now and then those ahead, whom the others may be spinning for. */
static bool pick(struct ptx_warp *w)
{
    uint32_t best = PTX_LANES;
    if (w->n_fragments > 1) merge(w);
    if (w->n_fragments <= 1 || w->patience == 0) w->patience = PATIENCE;
    const bool ahead = --w->patience < AHEAD;
    for (uint32_t i = 0; i < w->n_fragments; i++) {
        const struct ptx_fragment *f = &w->fragments[i];
        if (!can_run(w, f)) continue;
        if (best == PTX_LANES || is_before(f, &w->fragments[best]) != ahead) best = i;
    }
    if (best == PTX_LANES) return false;
    w->current = best;
    return true;
}

void ptx_split(struct ptx_warp *w, uint32_t lanes, uint32_t target, uint32_t depth)
{
    struct ptx_fragment *f = ptx_here(w);
    if (f->mask == lanes) {
        f->pc = target;
        f->depth = depth;
        return;
    }
    f->mask &= ~lanes;
    w->fragments[w->n_fragments++] =
        (struct ptx_fragment){.mask = lanes, .pc = target, .depth = depth};
}

enum ptx_next ptx_branch(struct ptx_warp *w, uint32_t taken, uint32_t target)
{
    struct ptx_fragment *f = ptx_here(w);
    if (f->mask == taken) {
        f->pc = target;
        return PTX_JUMP;
    }
    f->pc++;
    if (taken) ptx_split(w, taken, target, f->depth);
    return PTX_JUMP;
}

enum ptx_next ptx_exit_lanes(struct ptx_warp *w, uint32_t lanes)
{
    struct ptx_fragment *f = ptx_here(w);
    f->mask &= ~lanes;
    f->pc++;
    if (!f->mask) remove_fragment(w, w->current);
    w->live &= ~lanes;
    w->exited |= lanes;
    w->block->n_live -= (uint32_t)__builtin_popcount(lanes);
    w->block->progress++;
    /* Those parked for lanes that have gone look again. */
    for (uint32_t i = 0; i < w->n_fragments; i++) w->fragments[i].parked = false;
    ptx_barriers_after_exit(w);
    return PTX_JUMP;
}

/* ---- collectives ---- */

enum ready { READY, SKIP, PARK, BAD };

static enum ready ready_aligned(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask,
                                uint32_t exec)
{
    if (mask != w->live) return PARK;
    if (!exec) return SKIP;
    if (exec != w->live) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "its predicate differs between lanes (0x%08x of 0x%08x), but all must run it "
                  "together",
                  exec, w->live);
        return BAD;
    }
    if (i->sync == PTX_SYNC_FULL && exec != PTX_FULL) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "it needs all 32 lanes of the warp, only 0x%08x are there", exec);
        return BAD;
    }
    return READY;
}

static enum ready ready_members(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask,
                                uint32_t exec)
{
    if (!exec) return SKIP;
    const uint32_t *members = ptx_r32(w, i->member);
    const int first = __builtin_ctz(exec);
    const uint32_t named = members[first];
    for (uint32_t rest = exec; rest; rest &= rest - 1) {
        const int lane = __builtin_ctz(rest);
        if (members[lane] == named && named >> lane & 1) continue;
        ptx_fault(w, lane, PTX_FAULT_SYNC,
                  members[lane] == named ? "the lane runs it but is not in its mask 0x%08x"
                                         : "its mask is 0x%08x, in another lane a different one",
                  members[lane]);
        return BAD;
    }
    const uint32_t needed = named & w->live;
    if ((exec & needed) == needed) return READY;
    if (mask & needed & ~exec) {
        ptx_fault(w, __builtin_ctz(mask & needed & ~exec), PTX_FAULT_SYNC,
                  "the lane is in the mask 0x%08x but its predicate skips the instruction", named);
        return BAD;
    }
    return PARK;
}

static enum ready ready(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask, uint32_t exec)
{
    if (i->sync == PTX_SYNC_MEMBERS) return ready_members(w, i, mask, exec);
    return ready_aligned(w, i, mask, exec);
}

/* All fragments are parked at different places: nobody will ever come. */
static bool all_parked(const struct ptx_warp *w)
{
    for (uint32_t i = 0; i < w->n_fragments; i++)
        if (!w->fragments[i].parked) return false;
    return w->n_fragments > 0;
}

static uint32_t line_of(const struct ptx_warp *w, const struct ptx_fragment *f)
{
    const struct ptx_module *m = w->block->state->m;
    return m->lines[m->code[f->pc].statement].line;
}

static void report_parked(struct ptx_warp *w, const struct ptx_fragment *parked)
{
    const struct ptx_fragment *other = NULL;
    for (uint32_t i = 0; i < w->n_fragments; i++)
        if (&w->fragments[i] != parked) other = &w->fragments[i];
    w->inst = &w->block->state->m->code[parked->pc];
    if (other)
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "lanes 0x%08x wait here for the others of the warp, but lanes 0x%08x are %s at "
                  "line %u",
                  parked->mask, other->mask, other->parked ? "waiting" : "held", line_of(w, other));
    else
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "lanes 0x%08x wait here for lanes that never come", parked->mask);
}

/* ---- the loop ---- */

/* One instruction of the current fragment. */
static enum ptx_next step(struct ptx_warp *w, struct ptx_fragment *f, const struct ptx_inst *i)
{
    struct ptx_state *state = w->block->state;
    uint32_t exec = f->mask;
    w->inst = i;
    if (i->has_guard) exec &= *ptx_rpred(w, i->guard) ^ (i->guard_not ? PTX_FULL : 0);
    if (i->sync) {
        switch (ready(w, i, f->mask, exec)) {
        case READY: break;
        case SKIP: f->pc++; return PTX_NEXT;
        case PARK: f->parked = true; return PTX_WAIT;
        case BAD: return PTX_FAULTED;
        }
    } else if (!exec) {
        f->pc++;
        return PTX_NEXT;
    }
    if (w->extra[PTX_EXTRA_WGMMA] && !ptx_wgmma_allows(w, i)) return PTX_FAULTED;
    const bool again = f->waiting;
    const enum ptx_next next = i->run(w, i, exec);
    if (next == PTX_WAIT) {
        f->waiting = true;
        f->seen = w->block->progress;
        return next;
    }
    state->n_instructions++;
    state->n_thread_instructions += (uint32_t)__builtin_popcount(exec);
    if (next == PTX_NEXT || next == PTX_YIELD) {
        f = ptx_here(w);
        f->pc++;
        f->waiting = false;
        f->token[0] = f->token[1] = 0;
    } else if (next == PTX_JUMP && again && w->current < w->n_fragments) {
        f = ptx_here(w);
        f->waiting = false;
        f->token[0] = f->token[1] = 0;
    }
    return next;
}

/* Runs a warp until it waits, ends, yields or its turn is over; false: a fault. */
static bool run_warp(struct ptx_warp *w)
{
    struct ptx_state *state = w->block->state;
    const struct ptx_inst *code = state->m->code;
    uint32_t quantum = QUANTUM;
    if (state->launch->seed) quantum = 1 + (uint32_t)(ptx_random(state) % 512);
    while (w->live && quantum--) {
        if (w->n_fragments != 1 || !can_run(w, &w->fragments[0]) || w->current) {
            if (!pick(w)) {
                if (!all_parked(w)) return true;
                report_parked(w, &w->fragments[0]);
                return false;
            }
        }
        struct ptx_fragment *f = ptx_here(w);
        const enum ptx_next next = step(w, f, &code[f->pc]);
        if (next == PTX_FAULTED) return false;
        if (next == PTX_YIELD) return true;
    }
    if (state->n_instructions > state->limit) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_TIMEOUT,
                  "stopped after %llu instructions of warps",
                  (unsigned long long)state->n_instructions);
        return false;
    }
    return true;
}

static bool warp_can_run(const struct ptx_warp *w)
{
    for (uint32_t i = 0; i < w->n_fragments; i++)
        if (can_run(w, &w->fragments[i])) return true;
    return false;
}

/* Nobody can go on: says who waits where. */
static bool report_deadlock(struct ptx_block *block)
{
    char text[120] = "";
    size_t n = 0;
    struct ptx_warp *first = NULL;
    for (uint32_t i = 0; i < block->n_warps; i++) {
        struct ptx_warp *w = &block->warps[i];
        for (uint32_t j = 0; j < w->n_fragments; j++) {
            if (w->fragments[j].parked) {
                report_parked(w, &w->fragments[j]);
                return false;
            }
            if (!first) {
                first = w;
                w->inst = &block->state->m->code[w->fragments[j].pc];
            }
            if (n < sizeof text - 40)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s warp %u at line %u",
                                      n ? "," : "", w->id, line_of(w, &w->fragments[j]));
        }
    }
    char more[160] = "";
    ptx_mbarriers_say(block, more, sizeof more);
    if (first)
        ptx_fault(first, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "deadlock: all that is left waits:%s%s",
                  text, more);
    return false;
}

bool ptx_run_block(struct ptx_block *block)
{
    const uint32_t n = block->n_warps;
    while (block->n_live) {
        bool any = false;
        const uint32_t start =
            block->state->launch->seed ? (uint32_t)(ptx_random(block->state) % n) : 0;
        for (uint32_t i = 0; i < n; i++) {
            struct ptx_warp *w = &block->warps[(start + i) % n];
            if (!w->live || !warp_can_run(w)) continue;
            any = true;
            if (!run_warp(w)) return false;
        }
        if (!any) return report_deadlock(block);
    }
    for (uint32_t i = 0; i < n; i++)
        if (!ptx_wgmma_none_left(&block->warps[i])) return false;
    return ptx_bulk_none_left(&block->warps[0]);
}
