/* SPDX-License-Identifier: MIT */
/* Bodies of functions: scopes, declarations, labels, statements. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_parse.h"

enum { MAX_OPERANDS = 12 };

static bool push_scope(struct ptx_decoder *d)
{
    if (d->n_scopes == PTX_MAX_SCOPES)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "braces nested too deeply");
    struct ptx_scope *scope = &d->scopes[d->n_scopes++];
    scope->n_decls = 0;
    scope->n_symbols = d->n_locals;
    scope->first_label = d->n_labels;
    scope->first_fixup = d->n_fixups;
    return true;
}

/* Branches to labels of the scope are settled; the others are left to the scope around it. */
static bool pop_scope(struct ptx_decoder *d)
{
    const struct ptx_scope *scope = &d->scopes[--d->n_scopes];
    uint32_t kept = scope->first_fixup;
    for (uint32_t i = scope->first_fixup; i < d->n_fixups; i++) {
        const struct ptx_fixup fixup = d->fixups[i];
        const struct ptx_label *label = NULL;
        for (uint32_t j = scope->first_label; j < d->n_labels && !label; j++)
            if (!strcmp(d->labels[j].name, fixup.name)) label = &d->labels[j];
        if (!label)
            d->fixups[kept++] = fixup;
        else if (fixup.entry)
            *fixup.entry = label->target;
        else
            d->m->code[fixup.inst].target = label->target;
    }
    d->n_fixups = kept;
    d->n_labels = scope->first_label;
    d->n_locals = scope->n_symbols;
    if (d->n_scopes == 0 && kept)
        return ptx_fail(d, HONE_ERR_FORMAT, d->fixups[0].line, "no label %s", d->fixups[0].name);
    return true;
}

bool ptx_label_target(struct ptx_decoder *d, const char *name, uint32_t inst, uint32_t *entry,
                      uint32_t line)
{
    if (!ptx_grow(d, (void **)&d->fixups, d->n_fixups, &d->max_fixups, sizeof *d->fixups))
        return false;
    d->fixups[d->n_fixups++] = (struct ptx_fixup){name, inst, line, entry};
    return true;
}

const struct ptx_label *ptx_find_table(const struct ptx_decoder *d, const char *name)
{
    for (uint32_t i = d->n_labels; i-- > 0;)
        if (d->labels[i].table && !strcmp(d->labels[i].name, name)) return &d->labels[i];
    return NULL;
}

/* One name of a .reg list: "%r<12>" or "%p". */
static bool parse_reg(struct ptx_decoder *d, enum ptx_type type)
{
    struct ptx_scope *scope = &d->scopes[d->n_scopes - 1];
    struct ptx_reg_decl decl = {.type = type};
    if (scope->n_decls == PTX_MAX_DECLS)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "too many .reg in one scope");
    if (!(decl.name = ptx_take_word(d))) return false;
    decl.n_name = strlen(decl.name);
    if (ptx_is(d, '<') && (!ptx_advance(d) || !ptx_take_u32(d, &decl.count) || !ptx_expect(d, '>')))
        return false;
    const uint32_t n = decl.count ? decl.count : 1;
    decl.slots = hone_arena_array(&d->m->arena, n, sizeof *decl.slots);
    if (!decl.slots) return ptx_no_memory(d);
    for (uint32_t i = 0; i < n; i++) decl.slots[i] = PTX_NO_SLOT;
    scope->decls[scope->n_decls++] = decl;
    return true;
}

static bool parse_regs(struct ptx_decoder *d)
{
    const struct ptx_token t = d->lexer.token;
    const enum ptx_type type =
        t.kind == PTX_T_WORD ? ptx_type_of(t.text + 1, t.n_bytes - 1) : PTX_NO_TYPE;
    if (type == PTX_NO_TYPE || type == PTX_B128 || (type != PTX_PRED && !ptx_type_bytes(type)))
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, t.line, ".reg %.*s", (int)t.n_bytes, t.text);
    if (!ptx_advance(d) || !parse_reg(d, type)) return false;
    while (ptx_is(d, ','))
        if (!ptx_advance(d) || !parse_reg(d, type)) return false;
    return ptx_expect(d, ';');
}

static bool add_local(struct ptx_decoder *d, struct ptx_symbol *symbol)
{
    if (!ptx_grow(d, (void **)&d->locals, d->n_locals, &d->max_locals, sizeof *d->locals))
        return false;
    d->locals[d->n_locals++] = symbol;
    return true;
}

/* .local, .shared, .param, or .global of a body. */
static bool parse_variable(struct ptx_decoder *d, const char *space)
{
    struct ptx_variable_text v;
    if (!strcmp(space, ".shared") || !strcmp(space, ".global") || !strcmp(space, ".const"))
        return ptx_parse_module_variable(d, space, false);
    struct ptx_symbol *symbol = hone_arena_alloc(&d->m->arena, sizeof *symbol);
    if (!symbol) return ptx_no_memory(d);
    if (!ptx_parse_variable(d, &v)) return false;
    const uint64_t start = ((uint64_t)d->m->n_local + v.align - 1) / v.align * v.align;
    *symbol = (struct ptx_symbol){.name = v.name,
                                  .space = PTX_LOCAL,
                                  .type = v.type,
                                  .n_bytes = (uint32_t)v.n_bytes,
                                  .align = v.align,
                                  .address = start};
    if (start + v.n_bytes > 512 * 1024)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "%s: local memory over 512 KiB",
                        v.name);
    d->m->n_local = (uint32_t)(start + v.n_bytes);
    return add_local(d, symbol) && ptx_expect(d, ';');
}

static bool parse_body_directive(struct ptx_decoder *d)
{
    const uint32_t line = d->lexer.token.line;
    const char *word = ptx_take_word(d);
    if (!word) return false;
    if (!strcmp(word, ".reg")) return parse_regs(d);
    if (!strcmp(word, ".local") || !strcmp(word, ".param") || !strcmp(word, ".shared") ||
        !strcmp(word, ".global") || !strcmp(word, ".const"))
        return parse_variable(d, word);
    if (!strcmp(word, ".pragma")) return ptx_advance(d) && ptx_expect(d, ';');
    if (!strcmp(word, ".loc") || !strcmp(word, ".file")) {
        while (d->lexer.token.kind != PTX_T_END && d->lexer.token.line == line)
            if (!ptx_advance(d)) return false;
        return true;
    }
    return ptx_fail(d, HONE_ERR_UNSUPPORTED, line, "directive %s", word);
}

/* .branchtargets L1, L2...; of a label just made. */
static bool parse_table(struct ptx_decoder *d, struct ptx_label *label)
{
    uint32_t max = 64;
    if (!(label->table = hone_arena_array(&d->m->arena, max, sizeof *label->table)))
        return ptx_no_memory(d);
    do {
        const uint32_t line = d->lexer.token.line;
        if (!ptx_advance(d)) return false; /* the directive or a comma */
        const char *name = ptx_take_word(d);
        if (!name) return false;
        if (label->n_table == max) {
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, line, "more than %u .branchtargets", max);
        }
        if (!ptx_label_target(d, name, 0, &label->table[label->n_table++], line)) return false;
    } while (ptx_is(d, ','));
    return ptx_expect(d, ';');
}

static bool parse_label(struct ptx_decoder *d, const char *name)
{
    if (!ptx_expect(d, ':')) return false;
    if (!ptx_grow(d, (void **)&d->labels, d->n_labels, &d->max_labels, sizeof *d->labels))
        return false;
    d->labels[d->n_labels++] = (struct ptx_label){.name = name, .target = d->m->n_code};
    if (ptx_is_word(d, ".branchtargets")) return parse_table(d, &d->labels[d->n_labels - 1]);
    return true;
}

/* Cuts "ld.global.u32" into name and modifiers. */
static bool split_opcode(struct ptx_decoder *d, struct ptx_statement *s)
{
    char *copy = hone_arena_text(&d->m->arena, s->opcode, strlen(s->opcode));
    if (!copy) return ptx_no_memory(d);
    s->name = copy;
    for (char *p = strchr(copy, '.'); p; p = strchr(p, '.')) {
        *p++ = '\0';
        if (s->n_mods == PTX_MAX_MODS)
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, s->line, "%s: too many parts", s->opcode);
        s->mods[s->n_mods++] = p;
    }
    return true;
}

static bool add_line(struct ptx_decoder *d, const struct ptx_statement *s, const char *text)
{
    struct ptx_module *m = d->m;
    if (!ptx_grow(d, (void **)&m->lines, m->n_lines, &m->max_lines, sizeof *m->lines)) return false;
    const size_t n = (size_t)(d->lexer.token.text - text);
    m->lines[m->n_lines++] = (struct ptx_line){s->line, (uint32_t)n, text, s->opcode};
    return true;
}

static bool parse_guard(struct ptx_decoder *d, struct ptx_statement *s)
{
    enum ptx_type type = PTX_NO_TYPE;
    if (!ptx_advance(d)) return false;
    if (ptx_is(d, '!')) {
        s->guard_not = true;
        if (!ptx_advance(d)) return false;
    }
    const struct ptx_token *t = &d->lexer.token;
    if (t->kind != PTX_T_WORD || !ptx_find_register(d, t->text, t->n_bytes, &type, &s->guard) ||
        type != PTX_PRED)
        return ptx_fail(d, HONE_ERR_FORMAT, t->line, "a predicate expected after '@'");
    s->has_guard = true;
    return ptx_advance(d);
}

/* An instruction; `opcode` is NULL when it was not read yet (after a guard). */
static bool parse_statement(struct ptx_decoder *d, struct ptx_statement *s, const char *text)
{
    struct ptx_operand operands[MAX_OPERANDS];
    s->operands = operands;
    if (!split_opcode(d, s)) return false;
    while (!ptx_is(d, ';')) {
        if (s->n_operands == MAX_OPERANDS)
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, s->line, "%s: too many operands", s->opcode);
        if (!ptx_parse_operand(d, &operands[s->n_operands++])) return false;
        if (ptx_is(d, ',')) {
            if (!ptx_advance(d)) return false;
        } else if (!ptx_is(d, ';')) {
            return ptx_expect(d, ';');
        }
    }
    return add_line(d, s, text) && ptx_advance(d) && ptx_decode(d, s);
}

static bool parse_instruction(struct ptx_decoder *d)
{
    struct ptx_statement s = {.line = d->lexer.token.line};
    const char *text = d->lexer.token.text;
    const bool guarded = ptx_is(d, '@');
    if (guarded && !parse_guard(d, &s)) return false;
    if (!(s.opcode = ptx_take_word(d))) return false;
    if (!guarded && ptx_is(d, ':')) return parse_label(d, s.opcode);
    return parse_statement(d, &s, text);
}

/* What a function does that runs past its last instruction. */
static bool close_body(struct ptx_decoder *d)
{
    struct ptx_statement s = {.line = d->lexer.line, .opcode = "}", .name = "}"};
    return add_line(d, &s, d->lexer.token.text) && ptx_op_end.decode(d, &s);
}

bool ptx_parse_body(struct ptx_decoder *d)
{
    d->n_locals = 0;
    d->n_labels = 0;
    d->n_fixups = 0;
    d->n_scopes = 0;
    if (!push_scope(d)) return false;
    for (uint32_t i = 0; i < d->f->n_params; i++)
        if (!add_local(d, d->f->params[i])) return false;
    for (uint32_t i = 0; i < d->f->n_results; i++)
        if (!add_local(d, d->f->results[i])) return false;
    if (d->f->is_entry) d->f->n_shared = d->m->n_common_shared;
    for (;;) {
        const struct ptx_token *t = &d->lexer.token;
        bool ok = true;
        if (t->kind == PTX_T_END) {
            return ptx_fail(d, HONE_ERR_FORMAT, t->line, "%s has no end", d->f->name);
        } else if (ptx_is(d, '{')) {
            ok = push_scope(d) && ptx_advance(d);
        } else if (ptx_is(d, '}')) {
            if (d->n_scopes == 1) break;
            ok = pop_scope(d) && ptx_advance(d);
        } else if (ptx_is(d, ';')) {
            ok = ptx_advance(d);
        } else if (t->kind == PTX_T_WORD && t->text[0] == '.') {
            ok = parse_body_directive(d);
        } else {
            ok = parse_instruction(d);
        }
        if (!ok) return false;
    }
    return close_body(d) && pop_scope(d) && ptx_advance(d);
}
