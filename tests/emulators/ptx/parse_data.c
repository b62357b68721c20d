/* SPDX-License-Identifier: MIT */
/* Variables of a module: types, sizes, initialisers. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_parse.h"

static const struct {
    const char *name;
    uint8_t bytes; /* of a register that holds it */
} TYPES[PTX_N_TYPES] = {
    [PTX_NO_TYPE] = {"none", 0},  [PTX_PRED] = {"pred", 0},     [PTX_B8] = {"b8", 1},
    [PTX_U8] = {"u8", 1},         [PTX_S8] = {"s8", 1},         [PTX_B16] = {"b16", 2},
    [PTX_U16] = {"u16", 2},       [PTX_S16] = {"s16", 2},       [PTX_F16] = {"f16", 2},
    [PTX_BF16] = {"bf16", 2},     [PTX_B32] = {"b32", 4},       [PTX_U32] = {"u32", 4},
    [PTX_S32] = {"s32", 4},       [PTX_F32] = {"f32", 4},       [PTX_F16X2] = {"f16x2", 4},
    [PTX_BF16X2] = {"bf16x2", 4}, [PTX_TF32] = {"tf32", 4},     [PTX_E4M3] = {"e4m3", 1},
    [PTX_E5M2] = {"e5m2", 1},     [PTX_E4M3X2] = {"e4m3x2", 2}, [PTX_E5M2X2] = {"e5m2x2", 2},
    [PTX_U16X2] = {"u16x2", 4},   [PTX_S16X2] = {"s16x2", 4},   [PTX_S4] = {"s4", 0},
    [PTX_U4] = {"u4", 0},         [PTX_B64] = {"b64", 8},       [PTX_U64] = {"u64", 8},
    [PTX_S64] = {"s64", 8},       [PTX_F64] = {"f64", 8},       [PTX_B128] = {"b128", 16},
};

enum ptx_type ptx_type_of(const char *text, size_t n_bytes)
{
    for (int i = PTX_PRED; i < PTX_N_TYPES; i++)
        if (strlen(TYPES[i].name) == n_bytes && !memcmp(TYPES[i].name, text, n_bytes))
            return (enum ptx_type)i;
    return PTX_NO_TYPE;
}

enum ptx_type ptx_type_of_mod(const char *name)
{
    return ptx_type_of(name, strlen(name));
}

uint32_t ptx_type_bytes(enum ptx_type type)
{
    return TYPES[type].bytes;
}

const char *ptx_type_name(enum ptx_type type)
{
    return TYPES[type].name;
}

/* [n][m]... after a name; *out_count stays 0 for []. */
static bool parse_dims(struct ptx_decoder *d, struct ptx_variable_text *out)
{
    out->count = 1;
    while (ptx_is(d, '[')) {
        uint32_t n = 0;
        out->is_array = true;
        if (!ptx_advance(d)) return false;
        if (!ptx_is(d, ']') && !ptx_take_u32(d, &n)) return false;
        if (!ptx_expect(d, ']')) return false;
        out->count *= n;
        if (out->count > UINT32_MAX)
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "%s is too large", out->name);
    }
    return true;
}

bool ptx_parse_variable(struct ptx_decoder *d, struct ptx_variable_text *out)
{
    bool points = false; /* after .ptr the .align is of what is pointed at */
    *out = (struct ptx_variable_text){.vec = 1};
    while (d->lexer.token.kind == PTX_T_WORD && d->lexer.token.text[0] == '.') {
        const struct ptx_token t = d->lexer.token;
        const enum ptx_type type = ptx_type_of(t.text + 1, t.n_bytes - 1);
        if (type != PTX_NO_TYPE) {
            out->type = type;
        } else if (ptx_is_word(d, ".align")) {
            uint32_t align;
            if (!ptx_advance(d) || !ptx_take_u32(d, &align)) return false;
            if (!points) out->align = align;
            continue;
        } else if (ptx_is_word(d, ".v2") || ptx_is_word(d, ".v4")) {
            out->vec = (uint32_t)(t.text[2] - '0');
        } else if (ptx_is_word(d, ".ptr")) {
            points = true;
        } else if (!ptx_is_word(d, ".global") && !ptx_is_word(d, ".const") &&
                   !ptx_is_word(d, ".shared") && !ptx_is_word(d, ".local")) {
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, t.line, "%.*s of a variable", (int)t.n_bytes,
                            t.text);
        }
        if (!ptx_advance(d)) return false;
    }
    const uint32_t element = ptx_type_bytes(out->type) * out->vec;
    if (!element) return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "a variable without a type");
    if (!out->align) out->align = element;
    if (out->align & (out->align - 1) || out->align > 4096)
        return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "an alignment of %u", out->align);
    if (!(out->name = ptx_take_word(d)) || !parse_dims(d, out)) return false;
    out->n_bytes = out->count * element;
    out->count *= out->vec;
    return true;
}

/* The bytes of a number as `type`. */
static bool put_number(struct ptx_decoder *d, enum ptx_type type, bool negative,
                       unsigned char *host)
{
    const struct ptx_token *t = &d->lexer.token;
    uint64_t bits = t->bits;
    double value;
    if (t->float_bytes == 4) {
        float single;
        memcpy(&single, &t->bits, sizeof single);
        value = (double)single;
    } else {
        memcpy(&value, &t->bits, sizeof value);
    }
    if (type == PTX_F32 && t->float_bytes) {
        const float single = (float)(negative ? -value : value);
        memcpy(host, &single, sizeof single);
        return true;
    }
    if (type == PTX_F64 && t->float_bytes) {
        value = negative ? -value : value;
        memcpy(host, &value, sizeof value);
        return true;
    }
    if (t->float_bytes && ptx_type_bytes(type) != t->float_bytes)
        return ptx_fail(d, HONE_ERR_FORMAT, t->line, "a float among integers");
    if (negative) bits = 0 - bits;
    memcpy(host, &bits, ptx_type_bytes(type));
    return true;
}

/* A number, or the address of a variable: generic(name) + offset, name + offset. */
static bool parse_item(struct ptx_decoder *d, enum ptx_type type, unsigned char *host)
{
    bool negative = false;
    if (ptx_is(d, '-')) {
        negative = true;
        if (!ptx_advance(d)) return false;
    }
    if (d->lexer.token.kind == PTX_T_NUMBER)
        return put_number(d, type, negative, host) && ptx_advance(d);
    struct ptx_reference r = {.host = host, .n_bytes = ptx_type_bytes(type)};
    r.line = d->lexer.token.line;
    const bool generic = ptx_is_word(d, "generic");
    if (generic && (!ptx_advance(d) || !ptx_expect(d, '('))) return false;
    if (!(r.name = ptx_take_word(d))) return false;
    if (generic && !ptx_expect(d, ')')) return false;
    if (ptx_is(d, '+')) {
        uint32_t offset;
        if (!ptx_advance(d) || !ptx_take_u32(d, &offset)) return false;
        r.offset = offset;
    }
    if (!ptx_grow(d, (void **)&d->references, d->n_references, &d->max_references, sizeof r))
        return false;
    d->references[d->n_references++] = r;
    return true;
}

bool ptx_parse_initialiser(struct ptx_decoder *d, const struct ptx_variable_text *v,
                           unsigned char *host)
{
    const uint32_t element = ptx_type_bytes(v->type);
    uint64_t n = 0;
    uint32_t depth = 0;
    do { /* nested braces follow the order of memory */
        if (ptx_is(d, '{')) {
            depth++;
            if (!ptx_advance(d)) return false;
        } else if (ptx_is(d, '}')) {
            depth--;
            if (!ptx_advance(d)) return false;
        } else if (ptx_is(d, ',')) {
            if (!ptx_advance(d)) return false;
        } else {
            if (n >= v->count)
                return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "too many values for %s",
                                v->name);
            if (!parse_item(d, v->type, host + n++ * element)) return false;
        }
    } while (depth);
    return true;
}

bool ptx_resolve_references(struct ptx_decoder *d)
{
    for (uint32_t i = 0; i < d->n_references; i++) {
        const struct ptx_reference *r = &d->references[i];
        const struct ptx_symbol *symbol = ptx_find_symbol(d, r->name);
        if (!symbol || symbol->space != PTX_GLOBAL || r->n_bytes != 8)
            return ptx_fail(d, HONE_ERR_UNSUPPORTED, r->line, "%s in an initialiser", r->name);
        const uint64_t address = symbol->address + (uint64_t)r->offset;
        memcpy(r->host, &address, sizeof address);
    }
    return true;
}

/* The module's variables stay sorted by address, as a launch wants its ranges. */
static bool add_range(struct ptx_decoder *d, struct ptx_range range)
{
    struct ptx_module *m = d->m;
    if (m->n_variables == m->max_variables) {
        const size_t wanted = m->max_variables ? 2 * m->max_variables : 8;
        struct ptx_range *grown = realloc(m->variables, wanted * sizeof *grown);
        if (!grown) return ptx_no_memory(d);
        m->variables = grown;
        m->max_variables = wanted;
    }
    size_t at = m->n_variables++;
    for (; at > 0 && m->variables[at - 1].address > range.address; at--)
        m->variables[at] = m->variables[at - 1];
    m->variables[at] = range;
    return true;
}

static bool define_global(struct ptx_decoder *d, const struct ptx_variable_text *v, bool constant,
                          struct ptx_symbol *symbol)
{
    const size_t align = v->align < 256 ? 256 : v->align;
    const size_t n = v->n_bytes ? (size_t)v->n_bytes : 1;
    unsigned char *host = aligned_alloc(align, (n + align - 1) / align * align);
    if (!host) return ptx_no_memory(d);
    memset(host, 0, n);
    symbol->address = (uint64_t)(uintptr_t)host;
    if (!add_range(d, (struct ptx_range){symbol->address, v->n_bytes, host, constant, v->name})) {
        free(host);
        return false;
    }
    if (!ptx_is(d, '=')) return true;
    return ptx_advance(d) && ptx_parse_initialiser(d, v, host);
}

bool ptx_parse_module_variable(struct ptx_decoder *d, const char *space, bool is_extern)
{
    struct ptx_variable_text v;
    struct ptx_symbol *symbol = hone_arena_alloc(&d->m->arena, sizeof *symbol);
    const bool shared = !strcmp(space, ".shared");
    if (!symbol) return ptx_no_memory(d);
    if (!ptx_parse_variable(d, &v)) return false;
    *symbol = (struct ptx_symbol){.name = v.name,
                                  .space = shared ? PTX_SHARED : PTX_GLOBAL,
                                  .type = v.type,
                                  .n_bytes = (uint32_t)v.n_bytes,
                                  .align = v.align,
                                  .address = UINT64_MAX};
    symbol->is_dynamic = shared && is_extern;
    if (shared && !is_extern && !v.n_bytes)
        return ptx_fail(d, HONE_ERR_FORMAT, d->lexer.line, "%s has no size", v.name);
    if (!shared && is_extern)
        return ptx_fail(d, HONE_ERR_UNSUPPORTED, d->lexer.line, "extern variable %s", v.name);
    if (!shared && !define_global(d, &v, !strcmp(space, ".const"), symbol)) return false;
    if (!ptx_grow(d, (void **)&d->m->symbols, d->m->n_symbols, &d->m->max_symbols,
                  sizeof(struct ptx_symbol *)))
        return false;
    d->m->symbols[d->m->n_symbols++] = symbol;
    return ptx_expect(d, ';');
}
