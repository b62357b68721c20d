/* SPDX-License-Identifier: MIT */
/* From statements to instructions: the tables of opcodes, and what their decoders share. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_parse.h"

static const struct ptx_op *const TABLES[] = {
    ptx_ops_move, ptx_ops_integer, ptx_ops_float,   ptx_ops_memory, ptx_ops_bits,
    ptx_ops_half, ptx_ops_convert, ptx_ops_compare, ptx_ops_matrix, ptx_ops_control,
    ptx_ops_warp, ptx_ops_barrier, ptx_ops_async,   ptx_ops_atomic, ptx_ops_mbarrier,
    ptx_ops_bulk, ptx_ops_wgmma,   ptx_ops_refused,
};

/* An opcode can stand in several tables (cp.async and cp.async.bulk): the first decoder that takes
 * the statement's modifiers wins; one that leaves the error unset passes it on. */
bool ptx_decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const struct ptx_op *op = TABLES[i]; op->name; op++) {
            if (strcmp(op->name, s->name)) continue;
            s->used = 0;
            if (op->decode(d, s)) return true;
            if (d->status != HONE_OK) return false;
        }
    return ptx_refuse(d, s, "this opcode is not known here");
}

bool ptx_refuse(struct ptx_decoder *d, const struct ptx_statement *s, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ptx_fail(d, HONE_ERR_UNSUPPORTED, s->line, "%s: %s", s->opcode, text);
}

void *ptx_decode_alloc(struct ptx_decoder *d, size_t n_bytes)
{
    void *memory = hone_arena_alloc(&d->m->arena, n_bytes);
    if (!memory) ptx_no_memory(d);
    return memory;
}

bool ptx_mod(struct ptx_statement *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_mods; i++)
        if (!(s->used >> i & 1) && !strcmp(s->mods[i], name)) {
            s->used |= 1u << i;
            return true;
        }
    return false;
}

int ptx_mod_of(struct ptx_statement *s, const char *const *names)
{
    for (uint32_t i = 0; i < s->n_mods; i++) {
        if (s->used >> i & 1) continue;
        for (int j = 0; names[j]; j++)
            if (!strcmp(s->mods[i], names[j])) {
                s->used |= 1u << i;
                return j;
            }
    }
    return -1;
}

enum ptx_type ptx_mod_type(struct ptx_statement *s)
{
    for (uint32_t i = 0; i < s->n_mods; i++) {
        if (s->used >> i & 1) continue;
        const enum ptx_type type = ptx_type_of(s->mods[i], strlen(s->mods[i]));
        if (type == PTX_NO_TYPE) continue;
        s->used |= 1u << i;
        return type;
    }
    return PTX_NO_TYPE;
}

bool ptx_arity(struct ptx_decoder *d, struct ptx_statement *s, uint32_t least, uint32_t most)
{
    if (s->n_operands >= least && s->n_operands <= most) return true;
    return ptx_refuse(d, s, "%u operands", s->n_operands);
}

struct ptx_inst *ptx_emit(struct ptx_decoder *d, struct ptx_statement *s, ptx_run run)
{
    struct ptx_module *m = d->m;
    if (!ptx_grow(d, (void **)&m->code, m->n_code, &m->max_code, sizeof *m->code)) return NULL;
    struct ptx_inst *i = &m->code[m->n_code++];
    *i = (struct ptx_inst){.run = run,
                           .guard = s->guard,
                           .has_guard = s->has_guard,
                           .guard_not = s->guard_not,
                           .statement = m->n_lines - 1};
    return i;
}

bool ptx_done(struct ptx_decoder *d, struct ptx_statement *s)
{
    for (uint32_t i = 0; i < s->n_mods; i++)
        if (!(s->used >> i & 1)) return ptx_refuse(d, s, ".%s is not known here", s->mods[i]);
    return true;
}

static bool add_constant(struct ptx_decoder *d, enum ptx_type type, uint64_t bits,
                         const struct ptx_symbol *dynamic, int32_t *out)
{
    struct ptx_function *f = d->f;
    const uint32_t n_bytes = ptx_type_bytes(type);
    for (uint32_t i = 0; i < f->n_constants; i++) {
        const struct ptx_constant *c = &f->constants[i];
        if (c->bits == bits && c->dynamic == dynamic && ptx_type_bytes(c->type) == n_bytes) {
            *out = c->slot;
            return true;
        }
    }
    if (!ptx_grow(d, (void **)&f->constants, f->n_constants, &f->max_constants,
                  sizeof *f->constants))
        return false;
    *out = ptx_new_slot(d, type);
    f->constants[f->n_constants++] = (struct ptx_constant){type, bits, *out, dynamic};
    return true;
}

int32_t ptx_constant(struct ptx_decoder *d, enum ptx_type type, uint64_t bits)
{
    int32_t slot;
    const uint32_t n = ptx_type_bytes(type);
    if (type == PTX_PRED) bits = bits ? PTX_FULL : 0;
    if (n && n < 8) bits &= (1ull << 8 * n) - 1;
    return add_constant(d, type, bits, NULL, &slot) ? slot : PTX_NO_SLOT;
}

/* Places a shared variable in the layout of the function being read. */
static bool place_shared(struct ptx_decoder *d, const struct ptx_statement *s,
                         struct ptx_symbol *symbol)
{
    struct ptx_module *m = d->m;
    struct ptx_function *f = d->f;
    const void *owner = f->is_entry ? (const void *)f : (const void *)m;
    if (symbol->is_dynamic || symbol->owner == owner || symbol->owner == m) return true;
    uint32_t *end = f->is_entry ? &f->n_shared : &m->n_common_shared;
    for (uint32_t i = 0; !f->is_entry && i < m->n_functions; i++)
        if (m->functions[i]->f.is_entry && m->functions[i]->f.defined)
            return ptx_refuse(d, s, "shared memory in a device function after a kernel");
    const uint64_t start = ((uint64_t)*end + symbol->align - 1) / symbol->align * symbol->align;
    if (start + symbol->n_bytes > PTX_MAX_SHARED)
        return ptx_refuse(d, s, "%s: static shared memory over %d bytes", symbol->name,
                          PTX_MAX_SHARED);
    symbol->address = PTX_SHARED_BASE + start;
    symbol->owner = owner;
    *end = (uint32_t)(start + symbol->n_bytes);
    return true;
}

int32_t ptx_symbol_slot(struct ptx_decoder *d, const struct ptx_statement *s,
                        struct ptx_symbol *symbol, int64_t offset, enum ptx_type type)
{
    int32_t slot;
    if (ptx_type_bytes(type) < 4) {
        ptx_refuse(d, s, "the address of %s in %s", symbol->name, ptx_type_name(type));
        return PTX_NO_SLOT;
    }
    if (symbol->space == PTX_SHARED && !place_shared(d, s, symbol)) return PTX_NO_SLOT;
    if (symbol->is_dynamic) {
        if (symbol->align > d->f->shared_align) d->f->shared_align = symbol->align;
        return add_constant(d, type, (uint64_t)offset, symbol, &slot) ? slot : PTX_NO_SLOT;
    }
    return ptx_constant(d, type, symbol->address + (uint64_t)offset);
}

/* An immediate's bits as `type`. */
static bool immediate_bits(struct ptx_decoder *d, struct ptx_statement *s,
                           const struct ptx_operand *o, enum ptx_type type, uint64_t *out)
{
    double value;
    float single;
    memcpy(&value, &o->bits, sizeof value);
    memcpy(&single, &o->bits, sizeof single);
    *out = o->bits;
    if (o->float_bytes == 0) {
        if (type == PTX_F32 || type == PTX_F64)
            return ptx_refuse(d, s, "an integer where %s is wanted", ptx_type_name(type));
        return true;
    }
    if (ptx_type_bytes(type) == 4) {
        if (o->float_bytes == 8) single = (float)value;
        *out = 0;
        memcpy(out, &single, sizeof single);
        return true;
    }
    if (ptx_type_bytes(type) == 8) {
        if (o->float_bytes == 4) value = (double)single;
        memcpy(out, &value, sizeof value);
        return true;
    }
    return ptx_refuse(d, s, "a float where %s is wanted", ptx_type_name(type));
}

static bool check_register(struct ptx_decoder *d, struct ptx_statement *s,
                           const struct ptx_operand *o, enum ptx_type type)
{
    if ((o->type == PTX_PRED) != (type == PTX_PRED) ||
        (type != PTX_PRED && ptx_type_bytes(o->type) != ptx_type_bytes(type)))
        return ptx_refuse(d, s, "a register of type %s where %s is wanted", ptx_type_name(o->type),
                          ptx_type_name(type));
    if (o->negated) return ptx_refuse(d, s, "'!' has no place here");
    return true;
}

bool ptx_source_of(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_operand *o,
                   enum ptx_type type, int32_t *out)
{
    uint64_t bits;
    if (o->has_second) return ptx_refuse(d, s, "'|' in a source");
    if (o->kind == PTX_O_REG) {
        *out = o->slot;
        return check_register(d, s, o, type);
    }
    if (o->kind == PTX_O_IMM) {
        if (!immediate_bits(d, s, o, type, &bits)) return false;
        *out = ptx_constant(d, type, bits);
        return *out != PTX_NO_SLOT;
    }
    if (o->kind == PTX_O_SYM) {
        *out = ptx_symbol_slot(d, s, (struct ptx_symbol *)(uintptr_t)o->symbol, o->offset, type);
        return *out != PTX_NO_SLOT;
    }
    return ptx_refuse(d, s, "an operand of another kind than expected%s%s", o->name ? ": " : "",
                      o->name ? o->name : "");
}

bool ptx_dest_of(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_operand *o,
                 enum ptx_type type, int32_t *out)
{
    *out = o->slot;
    if (o->kind == PTX_O_SINK) return true;
    if (o->kind != PTX_O_REG) return ptx_refuse(d, s, "the destination is no register");
    if (o->slot >= 0 && o->slot < PTX_FIRST_SLOT)
        return ptx_refuse(d, s, "a special register is read only");
    return check_register(d, s, o, type);
}

bool ptx_source(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, enum ptx_type type,
                int32_t *out)
{
    return ptx_source_of(d, s, &s->operands[index], type, out);
}

bool ptx_dest(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, enum ptx_type type,
              int32_t *out)
{
    return ptx_dest_of(d, s, &s->operands[index], type, out);
}

bool ptx_vector(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, uint32_t n,
                enum ptx_type type, bool is_dest, const int32_t **out)
{
    const struct ptx_operand *o = &s->operands[index];
    const bool is_vector = o->kind == PTX_O_VEC;
    if ((is_vector ? o->n_items : 1) != n)
        return ptx_refuse(d, s, "operand %u has %u registers, not %u", index + 1,
                          is_vector ? o->n_items : 1, n);
    int32_t *slots = ptx_decode_alloc(d, n * sizeof *slots);
    if (!slots) return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct ptx_operand *item = is_vector ? &o->items[i] : o;
        if (!(is_dest ? ptx_dest_of(d, s, item, type, &slots[i])
                      : ptx_source_of(d, s, item, type, &slots[i])))
            return false;
    }
    *out = slots;
    return true;
}

bool ptx_address(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, struct ptx_inst *i)
{
    const struct ptx_operand *o = &s->operands[index];
    if (o->kind != PTX_O_ADDR) return ptx_refuse(d, s, "operand %u is no [address]", index + 1);
    i->offset = o->offset;
    i->flags |= 128;
    if (o->symbol) {
        i->a = ptx_symbol_slot(d, s, (struct ptx_symbol *)(uintptr_t)o->symbol, 0, PTX_B64);
        return i->a != PTX_NO_SLOT;
    }
    if (!o->has_base) {
        i->a = PTX_SR_SLOT(PTX_SR_ZERO);
        return true;
    }
    i->a = o->slot;
    if (ptx_type_bytes(o->type) == 4) i->flags &= 127;
    if (ptx_type_bytes(o->type) < 4) return ptx_refuse(d, s, "an address in a small register");
    return true;
}

bool ptx_immediate(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, int64_t *out)
{
    const struct ptx_operand *o = &s->operands[index];
    if (o->kind != PTX_O_IMM || o->float_bytes)
        return ptx_refuse(d, s, "operand %u is no plain number", index + 1);
    *out = (int64_t)o->bits;
    return true;
}
