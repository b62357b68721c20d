/* SPDX-License-Identifier: MIT */
/* Launches: checks, register files, blocks one after the other, messages of faults. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_core.h"

uint64_t ptx_random(struct ptx_state *state)
{
    state->random ^= state->random << 13;
    state->random ^= state->random >> 7;
    state->random ^= state->random << 17;
    return state->random;
}

const struct ptx_launch *ptx_launch_of(const struct ptx_warp *w)
{
    return w->block->state->launch;
}

uint64_t ptx_now(const struct ptx_warp *w)
{
    return w->block->state->n_thread_instructions;
}

static enum hone_status status_of(enum ptx_fault fault)
{
    if (fault == PTX_FAULT_TIMEOUT) return HONE_ERR_TIMEOUT;
    if (fault == PTX_FAULT_LAUNCH) return HONE_ERR_ARGUMENT;
    return fault == PTX_FAULT_NO_MEMORY ? HONE_ERR_NO_MEMORY : HONE_ERR_WRONG;
}

/* A statement's text on one line. */
static void squeeze(const struct ptx_line *line, char *out, size_t n_out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < line->n_bytes && n + 1 < n_out; i++) {
        const char c = line->text[i];
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            out[n++] = c;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = '\0';
}

enum ptx_next ptx_fault(struct ptx_warp *w, int lane, enum ptx_fault fault, const char *format, ...)
{
    struct ptx_state *state = w->block->state;
    const struct ptx_line *line = &state->m->lines[w->inst->statement];
    char what[256], text[120], who[48];
    va_list args;
    if (state->result.fault != PTX_FAULT_NONE) return PTX_FAULTED;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    squeeze(line, text, sizeof text);
    if (lane >= 0)
        snprintf(who, sizeof who, "warp %u lane %d", w->id, lane);
    else
        snprintf(who, sizeof who, "warp %u", w->id);
    state->result.fault = fault;
    state->result.line = line->line;
    state->result.warp = w->id;
    state->result.lane = (uint32_t)lane;
    memcpy(state->result.block, w->block->id, sizeof state->result.block);
    state->status =
        hone_fail(state->err, status_of(fault),
                  "kernel %s, block %u,%u,%u %s, PTX line %u '%s': %s", state->f->name,
                  w->block->id[0], w->block->id[1], w->block->id[2], who, line->line, text, what);
    return PTX_FAULTED;
}

static bool launch_fault(struct ptx_state *state, enum ptx_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool launch_fault(struct ptx_state *state, enum ptx_fault fault, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    state->result.fault = fault;
    state->status = hone_fail(state->err, status_of(fault), "kernel %s: %s", state->f->name, text);
    return false;
}

static bool no_memory(struct ptx_state *state)
{
    return launch_fault(state, PTX_FAULT_NO_MEMORY, "no memory for a launch");
}

/* Where extern shared memory begins, and what the block has in all. */
static uint32_t dynamic_start(const struct ptx_function *f)
{
    const uint32_t align = f->shared_align > 16 ? f->shared_align : 16;
    return (f->n_shared + align - 1) / align * align;
}

static bool check_launch(struct ptx_state *state)
{
    const struct ptx_launch *l = state->launch;
    const struct ptx_function *f = state->f;
    uint64_t threads = 1;
    for (int i = 0; i < 3; i++) {
        if (!l->grid[i] || !l->block[i])
            return launch_fault(state, PTX_FAULT_LAUNCH, "a grid or block without threads");
        if (l->cluster[i] > 1)
            return launch_fault(state, PTX_FAULT_LAUNCH, "clusters are not interpreted");
        if (l->block[i] > 1024 || (i > 0 && l->grid[i] > 65535) || l->grid[i] > INT32_MAX)
            return launch_fault(state, PTX_FAULT_LAUNCH, "grid or block too large");
        threads *= l->block[i];
    }
    if (threads > PTX_MAX_WARPS * PTX_LANES || l->block[2] > 64)
        return launch_fault(state, PTX_FAULT_LAUNCH, "a block of %u,%u,%u", l->block[0],
                            l->block[1], l->block[2]);
    if (f->max_threads &&
        (f->threads_required ? threads != f->max_threads : threads > f->max_threads))
        return launch_fault(state, PTX_FAULT_LAUNCH, "%u threads, where the kernel says %u",
                            (unsigned)threads, f->max_threads);
    if (l->n_param_bytes != f->n_param_bytes)
        return launch_fault(state, PTX_FAULT_LAUNCH, "%zu bytes of parameters, %u expected",
                            l->n_param_bytes, f->n_param_bytes);
    if ((uint64_t)dynamic_start(f) + l->shared_bytes > PTX_MAX_SHARED)
        return launch_fault(state, PTX_FAULT_LAUNCH, "%u bytes of shared memory",
                            dynamic_start(f) + l->shared_bytes);
    for (size_t i = 1; i < l->n_ranges; i++)
        if (l->ranges[i].address < l->ranges[i - 1].address + l->ranges[i - 1].n_bytes)
            return launch_fault(state, PTX_FAULT_LAUNCH, "allocations overlap or are not sorted");
    return true;
}

static void fill32(unsigned char *image, size_t slot, uint32_t value)
{
    uint32_t *lanes = (uint32_t *)(void *)(image + slot);
    for (int l = 0; l < PTX_LANES; l++) lanes[l] = value;
}

static void put_constant(const struct ptx_state *state, const struct ptx_constant *c)
{
    unsigned char *at = state->image + (int64_t)state->n_below + c->slot;
    const uint32_t n = ptx_type_bytes(c->type) ? ptx_type_bytes(c->type) : 4;
    uint64_t bits = c->bits;
    if (c->dynamic) bits += PTX_SHARED_BASE + dynamic_start(state->f);
    const int lanes = c->type == PTX_PRED ? 1 : PTX_LANES;
    for (int l = 0; l < lanes; l++) memcpy(at + (size_t)l * n, &bits, n);
}

/* Poison, constants, and the special registers that are the same in all blocks. */
static bool make_image(struct ptx_state *state)
{
    const struct ptx_launch *l = state->launch;
    state->n_below = (size_t) - (int64_t)state->m->lowest_slot;
    state->n_image = (state->n_below + (size_t)state->f->next_slot + 63) / 64 * 64;
    state->image = aligned_alloc(64, state->n_image);
    if (!state->image) return no_memory(state);
    memset(state->image, 0xff, state->n_image);
    for (uint32_t i = 0; i < state->m->n_functions; i++) {
        const struct ptx_function *f = &state->m->functions[i]->f;
        if (f->is_entry && f != state->f) continue;
        for (uint32_t c = 0; c < f->n_constants; c++) put_constant(state, &f->constants[c]);
    }
    unsigned char *zero = state->image + state->n_below;
    memset(zero + PTX_SR_SLOT(PTX_SR_ZERO), 0, 2 * PTX_SR_BYTES);
    for (size_t i = 0; i < 3; i++) {
        fill32(zero, PTX_SR_BYTES * (PTX_SR_NTID_X + i), l->block[i]);
        fill32(zero, PTX_SR_BYTES * (PTX_SR_NCTAID_X + i), l->grid[i]);
    }
    uint32_t *lanes = (uint32_t *)(void *)zero;
    for (uint32_t i = 0; i < PTX_LANES; i++) {
        lanes[32 * PTX_SR_LANEID + i] = i;
        lanes[32 * PTX_SR_LANEMASK_EQ + i] = 1u << i;
        lanes[32 * PTX_SR_LANEMASK_LT + i] = (1u << i) - 1;
        lanes[32 * PTX_SR_LANEMASK_LE + i] = (2u << i) - 1;
        lanes[32 * PTX_SR_LANEMASK_GT + i] = ~((2u << i) - 1);
        lanes[32 * PTX_SR_LANEMASK_GE + i] = ~((1u << i) - 1);
    }
    fill32(zero, PTX_SR_BYTES * PTX_SR_CLUSTER_ONE, 1);
    fill32(zero, PTX_SR_BYTES * PTX_SR_NWARPID, state->block.n_warps);
    fill32(zero, PTX_SR_BYTES * PTX_SR_NSMID, l->n_sms ? l->n_sms : 132);
    fill32(zero, PTX_SR_BYTES * PTX_SR_DYNAMIC_SHARED, l->shared_bytes);
    fill32(zero, PTX_SR_BYTES * PTX_SR_TOTAL_SHARED, state->block.n_shared);
    return true;
}

static bool open_warps(struct ptx_state *state)
{
    struct ptx_block *b = &state->block;
    b->warps = calloc(b->n_warps, sizeof *b->warps);
    if (!b->warps) return no_memory(state);
    for (uint32_t i = 0; i < b->n_warps; i++) {
        struct ptx_warp *w = &b->warps[i];
        w->block = b;
        w->id = i;
        unsigned char *regs = aligned_alloc(64, state->n_image);
        w->regs = regs ? regs + state->n_below : NULL;
        w->returns = calloc(PTX_MAX_DEPTH, sizeof *w->returns);
        w->local = malloc((size_t)PTX_LANES * state->m->n_local + 1);
        if (!regs || !w->returns || !w->local || !ptx_async_open(w)) return no_memory(state);
    }
    return ptx_shared_open(b) || no_memory(state);
}

static void close_warps(struct ptx_state *state)
{
    struct ptx_block *b = &state->block;
    for (uint32_t i = 0; b->warps && i < b->n_warps; i++) {
        struct ptx_warp *w = &b->warps[i];
        if (w->regs) free(w->regs - state->n_below);
        free(w->returns);
        free(w->local);
        ptx_async_close(w);
        for (int j = 0; j < 4; j++) free(w->extra[j]);
    }
    for (int j = 0; j < 4; j++) free(b->extra[j]);
    free(b->warps);
    ptx_shared_close(b);
}

static void reset_warp(struct ptx_state *state, struct ptx_warp *w, uint64_t linear)
{
    const struct ptx_launch *l = state->launch;
    struct ptx_block *b = &state->block;
    const uint32_t first = w->id * PTX_LANES;
    const uint32_t n = b->n_threads - first < PTX_LANES ? b->n_threads - first : PTX_LANES;
    memcpy(w->regs - state->n_below, state->image, state->n_image);
    for (size_t i = 0; i < 3; i++) fill32(w->regs, PTX_SR_BYTES * (PTX_SR_CTAID_X + i), b->id[i]);
    fill32(w->regs, PTX_SR_BYTES * PTX_SR_WARPID, w->id);
    fill32(w->regs, PTX_SR_BYTES * PTX_SR_SMID, (uint32_t)(linear % (l->n_sms ? l->n_sms : 132)));
    for (uint32_t lane = 0; lane < PTX_LANES; lane++) {
        const uint32_t t = first + lane;
        ptx_r32(w, PTX_SR_SLOT(PTX_SR_TID_X))[lane] = t % l->block[0];
        ptx_r32(w, PTX_SR_SLOT(PTX_SR_TID_Y))[lane] = t / l->block[0] % l->block[1];
        ptx_r32(w, PTX_SR_SLOT(PTX_SR_TID_Z))[lane] = t / l->block[0] / l->block[1];
    }
    memset(w->local, 0xff, (size_t)PTX_LANES * state->m->n_local);
    w->live = n == PTX_LANES ? PTX_FULL : (1u << n) - 1;
    w->exited = 0;
    w->cluster_arrived = 0;
    w->n_fragments = 1;
    w->current = 0;
    w->patience = 0;
    w->fragments[0] = (struct ptx_fragment){.mask = w->live, .pc = state->f->first};
    memset(&w->clocks, 0, sizeof w->clocks);
    w->clocks.of[w->id] = 1;
    w->inst = &state->m->code[state->f->first];
    ptx_async_reset(w);
    for (int j = 0; j < 4; j++) {
        free(w->extra[j]);
        w->extra[j] = NULL;
    }
}

static bool run_one(struct ptx_state *state, uint64_t linear)
{
    const uint32_t *grid = state->launch->grid;
    struct ptx_block *b = &state->block;
    b->id[0] = (uint32_t)(linear % grid[0]);
    b->id[1] = (uint32_t)(linear / grid[0] % grid[1]);
    b->id[2] = (uint32_t)(linear / grid[0] / grid[1]);
    b->n_live = b->n_threads;
    b->progress = 1;
    memset(b->barriers, 0, sizeof b->barriers);
    memset(&b->strong, 0, sizeof b->strong);
    for (int j = 0; j < 4; j++) {
        free(b->extra[j]);
        b->extra[j] = NULL;
    }
    ptx_shared_reset(b);
    for (uint32_t i = 0; i < b->n_warps; i++) reset_warp(state, &b->warps[i], linear);
    return ptx_run_block(b);
}

/* With a seed, blocks run in the order i * step + start mod n, step prime to n. */
static bool run_blocks(struct ptx_state *state)
{
    const uint32_t *grid = state->launch->grid;
    const uint64_t n = (uint64_t)grid[0] * grid[1] * grid[2];
    uint64_t step = 1, start = 0;
    if (state->launch->seed) {
        start = ptx_random(state) % n;
        step = ptx_random(state) % n + 1;
        for (;; step++) {
            uint64_t a = n, c = step;
            while (c) {
                const uint64_t rest = a % c;
                a = c;
                c = rest;
            }
            if (a == 1) break;
        }
    }
    uint64_t at = start;
    for (uint64_t i = 0; i < n; i++, at = (at + step % n) % n)
        if (!run_one(state, at)) return false;
    return true;
}

enum hone_status ptx_launch(const struct ptx_kernel *kernel, const struct ptx_launch *launch,
                            struct ptx_result *out, struct hone_error *err)
{
    struct ptx_state *state = calloc(1, sizeof *state);
    if (out) *out = (struct ptx_result){.fault = PTX_FAULT_NO_MEMORY};
    if (!state) return hone_fail(err, HONE_ERR_NO_MEMORY, "PTX: no memory for a launch");
    state->m = kernel->f.module;
    state->f = &kernel->f;
    state->launch = launch;
    state->err = err;
    state->limit = launch->max_instructions ? launch->max_instructions : 1ull << 33;
    state->random = launch->seed * 0x9e3779b97f4a7c15u | 1;
    state->block.state = state;
    if (check_launch(state)) {
        state->block.n_threads = launch->block[0] * launch->block[1] * launch->block[2];
        state->block.n_warps = (state->block.n_threads + PTX_LANES - 1) / PTX_LANES;
        state->block.n_shared = launch->shared_bytes
                                    ? dynamic_start(state->f) + launch->shared_bytes
                                    : state->f->n_shared;
        if (!ptx_memory_open(state))
            no_memory(state);
        else if (make_image(state) && open_warps(state))
            run_blocks(state);
    }
    state->result.n_instructions = state->n_instructions;
    state->result.n_thread_instructions = state->n_thread_instructions;
    if (out) *out = state->result;
    const enum hone_status status = state->status;
    close_warps(state);
    ptx_memory_close(state);
    free(state->image);
    free(state);
    return status;
}
