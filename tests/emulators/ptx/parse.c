/* SPDX-License-Identifier: MIT */
/* Modules: directives of the top level, functions' heads, and what becomes of them at the end. */
#include "tests/emulators/ptx/ptx_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool ptx_fail(struct ptx_decoder *d, enum hone_status status, uint32_t line, const char *format,
              ...)
{
    char text[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    d->status = hone_fail(d->err, status, "PTX line %u: %s", line, text);
    return false;
}

bool ptx_no_memory(struct ptx_decoder *d)
{
    return ptx_fail(d, HONE_ERR_NO_MEMORY, d->lexer.line, "no memory");
}

bool ptx_grow(struct ptx_decoder *d, void **array, uint32_t n, uint32_t *max, size_t item_bytes)
{
    if (n < *max) return true;
    const uint32_t wanted = *max ? *max * 2 : 16;
    void *grown = wanted > *max ? realloc(*array, wanted * item_bytes) : NULL;
    if (!grown) return ptx_no_memory(d);
    *array = grown;
    *max = wanted;
    return true;
}

bool ptx_advance(struct ptx_decoder *d)
{
    const char *why;
    if (ptx_lex(&d->lexer, &why)) return true;
    return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "%s", why);
}

bool ptx_is(const struct ptx_decoder *d, char punct)
{
    return d->lexer.token.kind == PTX_T_PUNCT && d->lexer.token.punct == punct;
}

bool ptx_is_word(const struct ptx_decoder *d, const char *word)
{
    const struct ptx_token *t = &d->lexer.token;
    return t->kind == PTX_T_WORD && t->n_bytes == strlen(word) &&
           !memcmp(t->text, word, t->n_bytes);
}

bool ptx_expect(struct ptx_decoder *d, char punct)
{
    const struct ptx_token *t = &d->lexer.token;
    if (ptx_is(d, punct)) return ptx_advance(d);
    return ptx_fail(d, HONE_ERR_FORMAT, t->line, "'%c' expected before '%.*s'", punct,
                    (int)(t->n_bytes < 40 ? t->n_bytes : 40), t->text);
}

const char *ptx_take_word(struct ptx_decoder *d)
{
    const struct ptx_token *t = &d->lexer.token;
    if (t->kind != PTX_T_WORD) {
        ptx_fail(d, HONE_ERR_FORMAT, t->line, "a name expected before '%.*s'",
                 (int)(t->n_bytes < 40 ? t->n_bytes : 40), t->text);
        return NULL;
    }
    const char *kept = hone_arena_text(&d->m->arena, t->text, t->n_bytes);
    if (!kept) {
        ptx_no_memory(d);
        return NULL;
    }
    return ptx_advance(d) ? kept : NULL;
}

bool ptx_take_u32(struct ptx_decoder *d, uint32_t *out)
{
    const struct ptx_token *t = &d->lexer.token;
    if (t->kind != PTX_T_NUMBER || t->float_bytes || t->bits > UINT32_MAX)
        return ptx_fail(d, HONE_ERR_FORMAT, t->line, "a whole number expected");
    *out = (uint32_t)t->bits;
    return ptx_advance(d);
}

struct ptx_kernel *ptx_find_function(struct ptx_module *m, const char *name)
{
    for (uint32_t i = 0; i < m->n_functions; i++)
        if (!strcmp(m->functions[i]->f.name, name)) return m->functions[i];
    return NULL;
}

/* .param items in parentheses: of an entry's block, or local memory of a device function. */
static bool parse_params(struct ptx_decoder *d, bool is_entry, struct ptx_symbol ***out,
                         uint32_t *out_n, uint32_t *out_bytes)
{
    uint32_t max = 0, n = 0;
    uint64_t end = 0;
    struct ptx_symbol **list = NULL;
    if (!ptx_expect(d, '(')) return false;
    while (!ptx_is(d, ')')) {
        struct ptx_variable_text v;
        struct ptx_symbol *symbol = hone_arena_alloc(&d->m->arena, sizeof *symbol);
        if (!symbol || !ptx_grow(d, (void **)&list, n, &max, sizeof *list)) goto failed;
        if (!ptx_is_word(d, ".param")) {
            ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "parameters other than .param");
            goto failed;
        }
        if (!ptx_advance(d) || !ptx_parse_variable(d, &v)) goto failed;
        uint64_t *at = is_entry ? &end : &(uint64_t){d->m->n_local};
        const uint64_t start = (*at + v.align - 1) / v.align * v.align;
        *symbol = (struct ptx_symbol){.name = v.name,
                                      .space = is_entry ? PTX_PARAM : PTX_LOCAL,
                                      .type = v.type,
                                      .n_bytes = (uint32_t)v.n_bytes,
                                      .align = v.align,
                                      .address = start};
        if (is_entry)
            end = start + v.n_bytes;
        else
            d->m->n_local = (uint32_t)(start + v.n_bytes);
        list[n++] = symbol;
        if (ptx_is(d, ',') && !ptx_advance(d)) goto failed;
    }
    *out = hone_arena_alloc(&d->m->arena, (n + 1) * sizeof **out);
    if (!*out) {
        ptx_no_memory(d);
        goto failed;
    }
    for (uint32_t i = 0; i < n; i++) (*out)[i] = list[i];
    free(list);
    *out_n = n;
    *out_bytes = (uint32_t)end;
    return ptx_expect(d, ')');
failed:
    free(list);
    return false;
}

/* A product of up to three numbers, "256, 1, 1". */
static bool parse_product(struct ptx_decoder *d, uint32_t *out)
{
    uint32_t one;
    *out = 1;
    for (;;) {
        if (!ptx_take_u32(d, &one)) return false;
        *out *= one;
        if (!ptx_is(d, ',')) return true;
        if (!ptx_advance(d)) return false;
    }
}

/* Directives between a function's head and its body. */
static bool parse_tuning(struct ptx_decoder *d, struct ptx_function *f)
{
    uint32_t ignored;
    while (d->lexer.token.kind == PTX_T_WORD) {
        uint32_t *to = NULL;
        if (ptx_is_word(d, ".maxntid")) {
            to = &f->max_threads;
        } else if (ptx_is_word(d, ".reqntid")) {
            to = &f->max_threads;
            f->threads_required = true;
        } else if (ptx_is_word(d, ".minnctapersm")) {
            to = &f->min_blocks;
        } else if (ptx_is_word(d, ".maxnreg") || ptx_is_word(d, ".maxclusterrank")) {
            to = &ignored;
        } else if (ptx_is_word(d, ".noreturn")) {
            if (!ptx_advance(d)) return false;
            continue;
        } else {
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "directive %.*s",
                            (int)d->lexer.token.n_bytes, d->lexer.token.text);
        }
        if (!ptx_advance(d) || !parse_product(d, to)) return false;
    }
    return true;
}

static struct ptx_kernel *new_function(struct ptx_decoder *d, const char *name)
{
    struct ptx_kernel *k = hone_arena_alloc(&d->m->arena, sizeof *k);
    if (!k || !ptx_grow(d, (void **)&d->m->functions, d->m->n_functions, &d->m->max_functions,
                        sizeof(struct ptx_kernel *))) {
        ptx_no_memory(d);
        return NULL;
    }
    k->f.name = name;
    k->f.index = d->m->n_functions;
    k->f.module = d->m;
    d->m->functions[d->m->n_functions++] = k;
    return k;
}

/* .entry or .func, which was stepped over. */
static bool parse_function(struct ptx_decoder *d, bool is_entry)
{
    struct ptx_function head = {0};
    uint32_t ignored;
    if (!is_entry && ptx_is(d, '(') &&
        !parse_params(d, false, &head.results, &head.n_results, &ignored))
        return false;
    const char *name = ptx_take_word(d);
    if (!name) return false;
    if (ptx_is(d, '(') &&
        !parse_params(d, is_entry, &head.params, &head.n_params, &head.n_param_bytes))
        return false;
    if (!parse_tuning(d, &head)) return false;
    struct ptx_kernel *k = ptx_find_function(d->m, name);
    if (!k && !(k = new_function(d, name))) return false;
    struct ptx_function *f = &k->f;
    if (f->defined) return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "%s is here twice", name);
    f->is_entry = is_entry;
    f->params = head.params;
    f->n_params = head.n_params;
    f->results = head.results;
    f->n_results = head.n_results;
    f->n_param_bytes = head.n_param_bytes;
    f->max_threads = head.max_threads;
    f->min_blocks = head.min_blocks;
    f->threads_required = head.threads_required;
    if (ptx_is(d, ';')) return ptx_advance(d); /* a declaration */
    f->defined = true;
    f->first = d->m->n_code;
    f->next_slot = is_entry ? PTX_FIRST_SLOT : d->m->lowest_slot;
    d->f = f;
    if (!ptx_expect(d, '{') || !ptx_parse_body(d)) return false;
    f->n_code = d->m->n_code - f->first;
    if (!is_entry) d->m->lowest_slot = f->next_slot;
    d->f = NULL;
    return true;
}

/* To the end of the line: .loc and .file. */
static bool skip_line(struct ptx_decoder *d)
{
    const uint32_t line = d->lexer.token.line;
    while (d->lexer.token.kind != PTX_T_END && d->lexer.token.line == line)
        if (!ptx_advance(d)) return false;
    return true;
}

static bool skip_section(struct ptx_decoder *d)
{
    while (!ptx_is(d, '}')) {
        if (d->lexer.token.kind == PTX_T_END)
            return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "a .section without an end");
        if (!ptx_advance(d)) return false;
    }
    return ptx_advance(d);
}

static bool parse_target(struct ptx_decoder *d)
{
    const char *name = ptx_take_word(d);
    if (!name) return false;
    if (strncmp(name, "sm_", 3) || strlen(name) >= sizeof d->m->target)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, ".target %s", name);
    snprintf(d->m->target, sizeof d->m->target, "%s", name);
    while (ptx_is(d, ','))
        if (!ptx_advance(d) || !ptx_take_word(d)) return false;
    return true;
}

static bool parse_directive(struct ptx_decoder *d)
{
    bool is_extern = false;
    while (ptx_is_word(d, ".visible") || ptx_is_word(d, ".extern") || ptx_is_word(d, ".weak") ||
           ptx_is_word(d, ".common")) {
        is_extern |= ptx_is_word(d, ".extern");
        if (!ptx_advance(d)) return false;
    }
    const uint32_t line = d->lexer.token.line;
    if (ptx_is_word(d, ".loc") || ptx_is_word(d, ".file")) return skip_line(d);
    const char *word = ptx_take_word(d);
    if (!word) return false;
    if (!strcmp(word, ".version")) return ptx_advance(d);
    if (!strcmp(word, ".target")) return parse_target(d);
    if (!strcmp(word, ".entry")) return parse_function(d, true);
    if (!strcmp(word, ".func")) return parse_function(d, false);
    if (!strcmp(word, ".section")) return skip_section(d);
    if (!strcmp(word, ".pragma")) return ptx_advance(d) && ptx_expect(d, ';');
    if (!strcmp(word, ".global") || !strcmp(word, ".const") || !strcmp(word, ".shared"))
        return ptx_parse_module_variable(d, word, is_extern);
    if (!strcmp(word, ".address_size")) {
        uint32_t size;
        if (!ptx_take_u32(d, &size)) return false;
        return size == 64 || ptx_fail(d, HONE_ERR_UNSUPPORTED, line, ".address_size %u", size);
    }
    return ptx_fail(d, HONE_ERR_UNSUPPORTED, line, "directive %s", word);
}

/* Recursion would need registers per call: refused. Adds up the shared memory of callees. */
static bool check_calls(struct ptx_decoder *d, struct ptx_function *f, uint32_t depth)
{
    if (depth >= PTX_MAX_DEPTH)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line,
                        "calls deeper than %d, or recursion, from %s", PTX_MAX_DEPTH, f->name);
    for (uint32_t i = 0; i < f->n_calls; i++) {
        struct ptx_function *callee = &d->m->functions[f->calls[i]]->f;
        if (!callee->defined)
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line,
                            "%s calls %s, which is not in the module", f->name, callee->name);
        if (!check_calls(d, callee, depth + 1)) return false;
    }
    return true;
}

static bool parse_module(struct ptx_decoder *d)
{
    if (!ptx_advance(d)) return false;
    if (!ptx_is_word(d, ".version"))
        return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.token.line, "no PTX: .version comes first");
    while (d->lexer.token.kind != PTX_T_END)
        if (!parse_directive(d)) return false;
    if (!d->m->target[0]) return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "no .target");
    for (uint32_t i = 0; i < d->m->n_functions; i++)
        if (!check_calls(d, &d->m->functions[i]->f, 0)) return false;
    return ptx_resolve_references(d);
}

enum hone_status ptx_module_parse(const char *text, size_t n_bytes, struct ptx_module **out_module,
                                  struct hone_error *err)
{
    struct ptx_decoder *d = calloc(1, sizeof *d);
    struct ptx_module *m = calloc(1, sizeof *m);
    *out_module = NULL;
    if (!d || !m || !(m->text = hone_arena_text(&m->arena, text, n_bytes))) {
        free(d);
        ptx_module_free(m);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "PTX: no memory");
    }
    d->m = m;
    d->err = err;
    d->lexer = (struct ptx_lexer){.at = m->text, .end = m->text + n_bytes, .line = 1};
    const bool ok = parse_module(d);
    const enum hone_status status = ok ? HONE_OK : d->status;
    free(d->locals);
    free(d->labels);
    free(d->fixups);
    free(d->references);
    free(d);
    if (ok)
        *out_module = m;
    else
        ptx_module_free(m);
    return status;
}
