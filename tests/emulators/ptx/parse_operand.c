/* SPDX-License-Identifier: MIT */
/* Operands: registers, numbers, {vectors}, [addresses], (lists), names. */
#include "tests/emulators/ptx/ptx_parse.h"

enum { MAX_ITEMS = 512, MAX_NESTING = 8 };

int32_t ptx_new_slot(struct ptx_decoder *d, enum ptx_type type)
{
    /* A predicate takes a slot of 128 bytes as well: they are few, and all stay aligned. */
    uint32_t bytes = ptx_type_bytes(type) * PTX_LANES;
    if (bytes < 64) bytes = 64;
    if (d->f->is_entry) {
        const int32_t slot = d->f->next_slot;
        d->f->next_slot += (int32_t)bytes;
        return slot;
    }
    d->f->next_slot -= (int32_t)bytes;
    return d->f->next_slot;
}

/* The number behind a prefix; false when the rest is no plain number. */
static bool suffix_number(const char *text, size_t n, uint32_t *out)
{
    uint32_t value = 0;
    if (n == 0 || n > 8 || (n > 1 && text[0] == '0')) return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

bool ptx_find_register(struct ptx_decoder *d, const char *name, size_t n, enum ptx_type *out_type,
                       int32_t *out_slot)
{
    for (uint32_t s = d->n_scopes; s-- > 0;) {
        struct ptx_scope *scope = &d->scopes[s];
        for (uint32_t i = scope->n_decls; i-- > 0;) {
            struct ptx_reg_decl *decl = &scope->decls[i];
            uint32_t index = 0;
            if (n < decl->n_name || memcmp(name, decl->name, decl->n_name)) continue;
            if (decl->count == 0 ? n != decl->n_name
                                 : !suffix_number(name + decl->n_name, n - decl->n_name, &index) ||
                                       index >= decl->count)
                continue;
            if (decl->slots[index] == PTX_NO_SLOT) {
                decl->slots[index] = ptx_new_slot(d, decl->type);
                d->f->n_registers++;
            }
            *out_type = decl->type;
            *out_slot = decl->slots[index];
            return true;
        }
    }
    return false;
}

struct ptx_symbol *ptx_find_symbol(struct ptx_decoder *d, const char *name)
{
    for (uint32_t i = d->n_locals; i-- > 0;)
        if (!strcmp(d->locals[i]->name, name)) return d->locals[i];
    for (uint32_t i = d->m->n_symbols; i-- > 0;)
        if (!strcmp(d->m->symbols[i]->name, name)) return d->m->symbols[i];
    return NULL;
}

/* +8, +-8, -8 after a name or a register in an address. */
static bool parse_offset(struct ptx_decoder *d, int64_t *out)
{
    *out = 0;
    while (ptx_is(d, '+') || ptx_is(d, '-')) {
        bool negative = false;
        while (ptx_is(d, '+') || ptx_is(d, '-')) {
            negative ^= ptx_is(d, '-');
            if (!ptx_advance(d)) return false;
        }
        const struct ptx_token *t = &d->lexer.token;
        if (t->kind != PTX_T_NUMBER || t->float_bytes)
            return ptx_fail(d, HONE_ERR_FORMAT, t->line, "an offset expected");
        *out += negative ? -(int64_t)t->bits : (int64_t)t->bits;
        if (!ptx_advance(d)) return false;
    }
    return true;
}

static bool parse_second(struct ptx_decoder *d, struct ptx_operand *out)
{
    enum ptx_type type;
    const struct ptx_token *t;
    if (!ptx_is(d, '|')) return true;
    if (!ptx_advance(d)) return false;
    t = &d->lexer.token;
    out->has_second = true;
    out->second = PTX_SR_SLOT(PTX_SR_SINK);
    if (!ptx_is_word(d, "_") &&
        (t->kind != PTX_T_WORD || !ptx_find_register(d, t->text, t->n_bytes, &type, &out->second) ||
         type != PTX_PRED))
        return ptx_fail(d, HONE_ERR_FORMAT, t->line, "a predicate expected after '|'");
    return ptx_advance(d);
}

static bool parse_word(struct ptx_decoder *d, struct ptx_operand *out)
{
    const struct ptx_token t = d->lexer.token;
    if (ptx_is_word(d, "_")) {
        *out = (struct ptx_operand){.kind = PTX_O_SINK, .slot = PTX_SR_SLOT(PTX_SR_SINK)};
        return ptx_advance(d) && parse_second(d, out);
    }
    if (ptx_find_register(d, t.text, t.n_bytes, &out->type, &out->slot)) {
        out->kind = PTX_O_REG;
        return ptx_advance(d) && parse_second(d, out);
    }
    if (t.text[0] == '%') {
        if (ptx_special(t.text, t.n_bytes, out)) return ptx_advance(d);
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, t.line, "register %.*s",
                        (int)(t.n_bytes < 60 ? t.n_bytes : 60), t.text);
    }
    if (ptx_is_word(d, "WARP_SZ")) {
        *out = (struct ptx_operand){.kind = PTX_O_IMM, .bits = PTX_LANES};
        return ptx_advance(d);
    }
    if (!(out->name = ptx_take_word(d))) return false;
    out->symbol = ptx_find_symbol(d, out->name);
    out->kind = out->symbol ? PTX_O_SYM : PTX_O_NAME;
    return !out->symbol || parse_offset(d, &out->offset);
}

static bool parse_number(struct ptx_decoder *d, bool negative, struct ptx_operand *out)
{
    const struct ptx_token *t = &d->lexer.token;
    *out = (struct ptx_operand){.kind = PTX_O_IMM, .bits = t->bits, .float_bytes = t->float_bytes};
    if (negative)
        out->bits = t->float_bytes == 4   ? t->bits ^ 0x80000000u
                    : t->float_bytes == 8 ? t->bits ^ (1ull << 63)
                                          : 0 - t->bits;
    return ptx_advance(d);
}

/* Items up to `close`, which is stepped over. */
static bool parse_items(struct ptx_decoder *d, char close, struct ptx_operand *out)
{
    struct ptx_operand *items = hone_arena_alloc(&d->m->arena, 4 * sizeof *items);
    uint32_t n = 0, max = 4;
    if (!items) return ptx_no_memory(d);
    while (!ptx_is(d, close)) {
        if (n == MAX_ITEMS) return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "long list");
        if (n == max) {
            struct ptx_operand *more = hone_arena_alloc(&d->m->arena, 2 * max * sizeof *more);
            if (!more) return ptx_no_memory(d);
            memcpy(more, items, n * sizeof *more);
            items = more;
            max *= 2;
        }
        if (!ptx_parse_operand(d, &items[n++])) return false;
        if (ptx_is(d, ',') ? !ptx_advance(d) : !ptx_is(d, close))
            return ptx_expect(d, close); /* says what was expected */
    }
    out->items = items;
    out->n_items = n;
    return ptx_advance(d);
}

static bool parse_address(struct ptx_decoder *d, struct ptx_operand *out)
{
    struct ptx_operand base = {0};
    struct ptx_operand coordinates = {0};
    if (!ptx_advance(d) || !ptx_parse_operand(d, &base)) return false;
    *out = (struct ptx_operand){.kind = PTX_O_ADDR};
    if (base.kind == PTX_O_REG) {
        out->has_base = true;
        out->slot = base.slot;
        out->type = base.type;
    } else if (base.kind == PTX_O_SYM) {
        out->symbol = base.symbol;
        out->offset = base.offset;
    } else if (base.kind == PTX_O_IMM && !base.float_bytes) {
        out->offset = (int64_t)base.bits;
    } else {
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "an address of another form%s%s",
                        base.name ? ": " : "", base.name ? base.name : "");
    }
    if (base.kind == PTX_O_REG && !parse_offset(d, &out->offset)) return false;
    if (ptx_is(d, ',')) { /* coordinates of a tensor */
        if (!ptx_advance(d) || !ptx_parse_operand(d, &coordinates)) return false;
        if (coordinates.kind != PTX_O_VEC)
            return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "{coordinates} expected");
        out->items = coordinates.items;
        out->n_items = coordinates.n_items;
    }
    return ptx_expect(d, ']');
}

static bool parse_any(struct ptx_decoder *d, struct ptx_operand *out)
{
    bool negative = false;
    const uint32_t line = d->lexer.token.line;
    *out = (struct ptx_operand){0};
    if (ptx_is(d, '[')) return parse_address(d, out);
    if (ptx_is(d, '{') || ptx_is(d, '(')) {
        out->kind = ptx_is(d, '{') ? PTX_O_VEC : PTX_O_LIST;
        return ptx_advance(d) && parse_items(d, out->kind == PTX_O_VEC ? '}' : ')', out);
    }
    if (ptx_is(d, '!')) {
        if (!ptx_advance(d) || d->lexer.token.kind != PTX_T_WORD || !parse_word(d, out))
            return ptx_fail(d, HONE_ERR_FORMAT, line, "a predicate expected after '!'");
        out->negated = true;
        return out->kind == PTX_O_REG ||
               ptx_fail(d, HONE_ERR_FORMAT, line, "a predicate expected after '!'");
    }
    if (ptx_is(d, '-')) {
        negative = true;
        if (!ptx_advance(d)) return false;
    }
    if (d->lexer.token.kind == PTX_T_NUMBER) return parse_number(d, negative, out);
    if (d->lexer.token.kind == PTX_T_WORD && !negative) return parse_word(d, out);
    return ptx_fail(d, HONE_ERR_FORMAT, line, "an operand expected");
}

bool ptx_parse_operand(struct ptx_decoder *d, struct ptx_operand *out)
{
    if (d->depth == MAX_NESTING)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "brackets nested too deeply");
    d->depth++;
    const bool ok = parse_any(d, out);
    d->depth--;
    return ok;
}
