/* SPDX-License-Identifier: MIT */
/* Branches, calls, the end of lanes. */
#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/ptx_lanes.h"

PTX_HANDLER(branch)
{
    return ptx_branch(w, mask, i->target);
}

/* .uni promises that all lanes that are here go the same way. */
PTX_HANDLER(branch_uniform)
{
    if (mask != ptx_here(w)->mask)
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                         "lanes 0x%08x of 0x%08x branch, but .uni says all or none", mask,
                         ptx_here(w)->mask);
    return ptx_branch(w, mask, i->target);
}

static bool decode_bra(struct ptx_decoder *d, struct ptx_statement *s)
{
    const bool uniform = ptx_mod(s, "uni");
    if (!ptx_arity(d, s, 1, 1)) return false;
    if (s->operands[0].kind != PTX_O_NAME) return ptx_refuse(d, s, "a label expected");
    if (!ptx_emit(d, s, uniform ? branch_uniform : branch)) return false;
    return ptx_label_target(d, s->operands[0].name, d->m->n_code - 1, NULL, s->line) &&
           ptx_done(d, s);
}

/* brx.idx: lanes of the same index go together. */
PTX_HANDLER(branch_table)
{
    const uint32_t *index = ptx_r32(w, i->a);
    const uint32_t *table = i->extra;
    uint32_t left = mask;
    const uint32_t staying = ptx_here(w)->mask & ~mask, depth = ptx_here(w)->depth;
    const uint32_t next = ptx_here(w)->pc + 1;
    while (left) {
        const int first = __builtin_ctz(left);
        uint32_t same = 0;
        for (uint32_t rest = left; rest; rest &= rest - 1)
            if (index[__builtin_ctz(rest)] == index[first]) same |= rest & (0 - rest);
        if (index[first] >= (uint32_t)i->offset)
            return ptx_fault(w, first, PTX_FAULT_INSTRUCTION, "index %u of a table of %u",
                             index[first], (uint32_t)i->offset);
        ptx_split(w, same, table[index[first]], depth);
        left &= ~same;
    }
    if (staying) ptx_here(w)->pc = next;
    return PTX_JUMP;
}

static bool decode_brx(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t a;
    ptx_mod(s, "idx");
    ptx_mod(s, "uni");
    if (!ptx_arity(d, s, 2, 2) || !ptx_source(d, s, 0, PTX_U32, &a)) return false;
    const struct ptx_label *label =
        s->operands[1].kind == PTX_O_NAME ? ptx_find_table(d, s->operands[1].name) : NULL;
    if (!label) return ptx_refuse(d, s, "no .branchtargets before it");
    struct ptx_inst *i = ptx_emit(d, s, branch_table);
    if (!i) return false;
    i->a = a;
    i->extra = label->table;
    i->offset = label->n_table;
    return ptx_done(d, s);
}

/* ---- calls ---- */

/* What a call moves in the local memory of each lane: arguments before, results after. */
struct call {
    uint32_t n_arguments, n_results;
    struct ptx_symbol **arguments, **results; /* the caller's */
    const struct ptx_function *callee;
};

static void move(struct ptx_warp *w, uint32_t mask, const struct ptx_symbol *from,
                 const struct ptx_symbol *to)
{
    const uint32_t size = w->block->state->m->n_local;
    const uint32_t n = from->n_bytes < to->n_bytes ? from->n_bytes : to->n_bytes;
    for (uint32_t l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1)
            memmove(w->local + (size_t)l * size + to->address,
                    w->local + (size_t)l * size + from->address, n);
}

PTX_HANDLER(call)
{
    const struct call *c = i->extra;
    const struct ptx_fragment *f = ptx_here(w);
    const uint32_t depth = f->depth, back = f->pc + 1;
    for (uint32_t k = 0; k < c->n_arguments; k++)
        move(w, mask, c->arguments[k], c->callee->params[k]);
    for (uint32_t l = 0; l < PTX_LANES; l++)
        if (mask >> l & 1) w->returns[depth][l] = back;
    const uint32_t staying = f->mask & ~mask;
    ptx_split(w, mask, c->callee->first, depth + 1);
    if (staying) ptx_here(w)->pc = back;
    return PTX_JUMP;
}

/* Stands behind a call: fetches its results. */
PTX_HANDLER(after_call)
{
    const struct call *c = i->extra;
    for (uint32_t k = 0; k < c->n_results; k++) move(w, mask, c->callee->results[k], c->results[k]);
    return PTX_NEXT;
}

static bool call_list(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_operand *o,
                      struct ptx_symbol ***out, uint32_t *out_n)
{
    *out_n = o ? o->n_items : 0;
    if (!(*out = ptx_decode_alloc(d, (*out_n + 1) * sizeof **out))) return false;
    for (uint32_t k = 0; k < *out_n; k++) {
        const struct ptx_symbol *symbol = o->items[k].symbol;
        if (o->items[k].kind != PTX_O_SYM || symbol->space != PTX_LOCAL || o->items[k].offset)
            return ptx_refuse(d, s, "arguments are .param variables here");
        (*out)[k] = (struct ptx_symbol *)(uintptr_t)symbol;
    }
    return true;
}

static bool add_call(struct ptx_decoder *d, uint32_t index)
{
    struct ptx_function *f = d->f;
    if (!ptx_grow(d, (void **)&f->calls, f->n_calls, &f->max_calls, sizeof *f->calls)) return false;
    f->calls[f->n_calls++] = index;
    return true;
}

/* call (results), name, (arguments); with either list left out. */
static bool decode_call(struct ptx_decoder *d, struct ptx_statement *s)
{
    const struct ptx_operand *lists[2] = {NULL, NULL};
    const char *name = NULL;
    ptx_mod(s, "uni");
    for (uint32_t k = 0; k < s->n_operands; k++) {
        const struct ptx_operand *o = &s->operands[k];
        if (o->kind == PTX_O_NAME && !name)
            name = o->name;
        else if (o->kind == PTX_O_LIST && !lists[name != NULL])
            lists[name != NULL] = o;
        else
            return ptx_refuse(d, s, "calls of functions by name only");
    }
    struct ptx_kernel *callee = name ? ptx_find_function(d->m, name) : NULL;
    if (!callee || callee->f.is_entry)
        return ptx_refuse(d, s, "no function %s before it", name ? name : "by name");
    struct call *c = ptx_decode_alloc(d, sizeof *c);
    if (!c || !call_list(d, s, lists[0], &c->results, &c->n_results) ||
        !call_list(d, s, lists[1], &c->arguments, &c->n_arguments))
        return false;
    c->callee = &callee->f;
    if (c->n_results != callee->f.n_results || c->n_arguments != callee->f.n_params)
        return ptx_refuse(d, s, "%s has another number of parameters", name);
    struct ptx_inst *i = ptx_emit(d, s, call);
    if (!i) return false;
    i->extra = c;
    if (!(i = ptx_emit(d, s, after_call))) return false;
    i->extra = c;
    return add_call(d, callee->f.index) && ptx_done(d, s);
}

/* In a kernel the end of the lanes, in a device function back to where each came from. */
PTX_HANDLER(ret)
{
    const uint32_t depth = ptx_here(w)->depth, staying = ptx_here(w)->mask & ~mask;
    const uint32_t next = ptx_here(w)->pc + 1;
    uint32_t left = mask;
    (void)i;
    if (depth == 0) return ptx_exit_lanes(w, mask);
    while (left) {
        const uint32_t back = w->returns[depth - 1][__builtin_ctz(left)];
        uint32_t same = 0;
        for (uint32_t rest = left; rest; rest &= rest - 1)
            if (w->returns[depth - 1][__builtin_ctz(rest)] == back) same |= rest & (0 - rest);
        ptx_split(w, same, back, depth - 1);
        left &= ~same;
    }
    if (staying) ptx_here(w)->pc = next;
    return PTX_JUMP;
}

PTX_HANDLER(leave)
{
    (void)i;
    return ptx_exit_lanes(w, mask);
}

PTX_HANDLER(trap)
{
    (void)i;
    return ptx_fault(w, __builtin_ctz(mask), PTX_FAULT_INSTRUCTION, "the kernel trapped");
}

PTX_HANDLER(fell_off)
{
    (void)i;
    return ptx_fault(w, __builtin_ctz(mask), PTX_FAULT_INSTRUCTION,
                     "the end of the function was reached without ret");
}

PTX_HANDLER(nothing)
{
    (void)w;
    (void)i;
    (void)mask;
    return PTX_NEXT;
}

PTX_HANDLER(sleep)
{
    (void)w;
    (void)i;
    (void)mask;
    return PTX_YIELD;
}

#define PLAIN(name, run)                                                                           \
    static bool decode_##name(struct ptx_decoder *d, struct ptx_statement *s)                      \
    {                                                                                              \
        ptx_mod(s, "uni");                                                                         \
        return ptx_arity(d, s, 0, 0) && ptx_emit(d, s, run) && ptx_done(d, s);                     \
    }
PLAIN(ret, ret)
PLAIN(exit, leave)
PLAIN(trap, trap)
PLAIN(end, fell_off)

static bool decode_nanosleep(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t a;
    return ptx_mod(s, "u32") && ptx_arity(d, s, 1, 1) && ptx_source(d, s, 0, PTX_U32, &a) &&
           ptx_emit(d, s, sleep) && ptx_done(d, s);
}

/* pmevent, griddepcontrol: nothing that a lone launch could see. */
static bool decode_nothing(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_emit(d, s, nothing) != NULL;
}

const struct ptx_op ptx_op_end = {"}", decode_end};

const struct ptx_op ptx_ops_control[] = {
    {"bra", decode_bra},
    {"brx", decode_brx},
    {"call", decode_call},
    {"ret", decode_ret},
    {"exit", decode_exit},
    {"trap", decode_trap},
    {"brkpt", decode_trap},
    {"nanosleep", decode_nanosleep},
    {"pmevent", decode_nothing},
    {"griddepcontrol", decode_nothing},
    {0},
};
