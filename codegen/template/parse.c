/* SPDX-License-Identifier: MIT */
/* Template files into statements: the header block, text lines, and the directives. */
#include <string.h>

#include "codegen/template/cursor.h"
#include "codegen/template/lexer.h"
#include "runtime/base/hash.h"

/* What a block of statements ended with. */
enum terminator { TERMINATOR_FILE, TERMINATOR_END, TERMINATOR_ELIF, TERMINATOR_ELSE };

struct template_parser {
    struct cursor c;
    int depth;
    bool in_macro, in_loop;
};

static struct statement *new_statement(struct template_parser *p, enum statement_kind kind)
{
    struct statement *s = hone_arena_alloc(&p->c.file->arena, sizeof *s);
    if (!s) return NULL;
    s->kind = kind;
    s->line = p->c.number;
    s->column = (unsigned)p->c.keyword_pos + 1;
    return s;
}

static enum hone_status keep_exprs(struct template_parser *p, struct statement *s,
                                   const struct hone_expr *const *exprs, size_t n_exprs)
{
    const struct hone_expr **copy =
        hone_arena_array(&p->c.file->arena, n_exprs ? n_exprs : 1, sizeof *copy);
    if (!copy) return cursor_no_memory(&p->c);
    for (size_t i = 0; i < n_exprs; i++) copy[i] = exprs[i];
    s->exprs = copy;
    s->n_exprs = n_exprs;
    return HONE_OK;
}

static enum hone_status parse_block(struct template_parser *p, const struct statement **out_body,
                                    enum terminator *out_terminator);

/* The lines up to $end, one level deeper. */
static enum hone_status parse_body(struct template_parser *p, const struct statement *opener,
                                   const struct statement **out_body, enum terminator *out_end)
{
    if (p->depth == TEMPLATE_NESTING_LIMIT)
        return cursor_fail(&p->c, p->c.keyword_pos, "nested more than %d deep",
                           TEMPLATE_NESTING_LIMIT);
    p->depth++;
    HONE_TRY(parse_block(p, out_body, out_end));
    p->depth--;
    if (*out_end == TERMINATOR_FILE)
        return hone_fail(p->c.err, HONE_ERR_TEMPLATE, "%s:%u:%u: this has no $end",
                         p->c.file->display, opener->line, opener->column);
    return HONE_OK;
}

static enum hone_status parse_plain_body(struct template_parser *p, struct statement *s)
{
    enum terminator end = TERMINATOR_FILE;
    HONE_TRY(parse_body(p, s, &s->body, &end));
    if (end != TERMINATOR_END)
        return cursor_fail(&p->c, p->c.keyword_pos, "$end was expected for line %u", s->line);
    return cursor_end(&p->c);
}

static enum hone_status parse_for(struct template_parser *p, struct statement *s)
{
    struct cursor *c = &p->c;
    const struct hone_expr *exprs[3] = {NULL};
    const char *word;
    HONE_TRY(cursor_name(c, "the name of the loop variable", &s->name));
    HONE_TRY(cursor_name(c, "'in'", &word));
    if (strcmp(word, "in")) return cursor_fail(c, c->pos - strlen(word), "'in' was expected");
    HONE_TRY(cursor_expr(c, &exprs[0]));
    if (!cursor_take(c, '.') || !cursor_take(c, '.'))
        return cursor_fail(c, c->pos, "'..' was expected");
    HONE_TRY(cursor_expr(c, &exprs[1]));
    cursor_skip_blanks(c);
    if (c->pos < c->n_bytes && lexer_is_name_start(c->line[c->pos])) {
        HONE_TRY(cursor_name(c, "'step'", &word));
        if (strcmp(word, "step"))
            return cursor_fail(c, c->pos - strlen(word), "'step' was expected");
        HONE_TRY(cursor_expr(c, &exprs[2]));
    }
    HONE_TRY(cursor_end(c));
    HONE_TRY(keep_exprs(p, s, exprs, exprs[2] ? 3 : 2));
    bool outer = p->in_loop;
    p->in_loop = true;
    HONE_TRY(parse_plain_body(p, s));
    p->in_loop = outer;
    return HONE_OK;
}

static enum hone_status parse_if(struct template_parser *p, struct statement *s)
{
    const struct branch **link = &s->branches;
    enum terminator end = TERMINATOR_ELIF;
    while (end != TERMINATOR_END) {
        struct branch *branch = hone_arena_alloc(&p->c.file->arena, sizeof *branch);
        if (!branch) return cursor_no_memory(&p->c);
        bool is_else = end == TERMINATOR_ELSE;
        if (!is_else) HONE_TRY(cursor_expr(&p->c, &branch->condition));
        HONE_TRY(cursor_end(&p->c));
        HONE_TRY(parse_body(p, s, &branch->body, &end));
        if (is_else && end != TERMINATOR_END)
            return cursor_fail(&p->c, p->c.keyword_pos, "$end was expected after $else");
        *link = branch;
        link = &branch->next;
    }
    return cursor_end(&p->c);
}

static enum hone_status parse_let(struct template_parser *p, struct statement *s)
{
    const struct hone_expr *expr;
    HONE_TRY(cursor_name(&p->c, "a name", &s->name));
    if (!cursor_take(&p->c, '=')) return cursor_fail(&p->c, p->c.pos, "'=' was expected");
    HONE_TRY(cursor_expr(&p->c, &expr));
    HONE_TRY(keep_exprs(p, s, &expr, 1));
    return cursor_end(&p->c);
}

static enum hone_status parse_assert(struct template_parser *p, struct statement *s)
{
    struct cursor *c = &p->c;
    const struct hone_expr *expr;
    HONE_TRY(cursor_expr(c, &expr));
    HONE_TRY(keep_exprs(p, s, &expr, 1));
    if (!cursor_take(c, '"')) return cursor_fail(c, c->pos, "a message in \"\" was expected");
    HONE_TRY(cursor_segments(c, true, &s->segments));
    return cursor_end(c);
}

static enum hone_status parse_include(struct template_parser *p, struct statement *s)
{
    struct cursor *c = &p->c;
    if (!cursor_take(c, '"')) return cursor_fail(c, c->pos, "a path in \"\" was expected");
    HONE_TRY(cursor_segments(c, true, &s->segments));
    return cursor_end(c);
}

static enum hone_status parse_macro_params(struct template_parser *p, struct statement *s)
{
    struct cursor *c = &p->c;
    const char *params[TEMPLATE_PARAM_LIMIT];
    if (!cursor_take(c, '(')) return cursor_fail(c, c->pos, "'(' was expected");
    while (!cursor_take(c, ')')) {
        if (s->n_params && !cursor_take(c, ','))
            return cursor_fail(c, c->pos, "',' or ')' was expected");
        if (s->n_params == TEMPLATE_PARAM_LIMIT)
            return cursor_fail(c, c->pos, "more than %d parameters", TEMPLATE_PARAM_LIMIT);
        const char *name;
        HONE_TRY(cursor_name(c, "the name of a parameter", &name));
        for (size_t i = 0; i < s->n_params; i++)
            if (!strcmp(params[i], name))
                return cursor_fail(c, c->pos - strlen(name), "parameter '%s' is there twice", name);
        params[s->n_params++] = name;
    }
    const char **copy = hone_arena_array(&c->file->arena, s->n_params + 1, sizeof *copy);
    if (!copy) return cursor_no_memory(c);
    memcpy(copy, params, s->n_params * sizeof *copy);
    s->params = copy;
    return cursor_end(c);
}

static enum hone_status parse_macro(struct template_parser *p, struct statement *s)
{
    if (p->in_macro || p->in_loop)
        return cursor_fail(&p->c, p->c.keyword_pos,
                           "$macro cannot stand inside a $for or a $macro");
    HONE_TRY(cursor_name(&p->c, "the name of the macro", &s->name));
    s->hash = hone_fnv1a(s->name, strlen(s->name));
    HONE_TRY(parse_macro_params(p, s));
    p->in_macro = true;
    HONE_TRY(parse_plain_body(p, s));
    p->in_macro = false;
    return HONE_OK;
}

static enum hone_status parse_call(struct template_parser *p, struct statement *s)
{
    struct cursor *c = &p->c;
    const struct hone_expr *args[TEMPLATE_PARAM_LIMIT];
    size_t n_args = 0;
    HONE_TRY(cursor_name(c, "the name of a macro", &s->name));
    s->hash = hone_fnv1a(s->name, strlen(s->name));
    if (!cursor_take(c, '(')) return cursor_fail(c, c->pos, "'(' was expected");
    while (!cursor_take(c, ')')) {
        if (n_args && !cursor_take(c, ','))
            return cursor_fail(c, c->pos, "an operator, ',' or ')' was expected");
        if (n_args == TEMPLATE_PARAM_LIMIT)
            return cursor_fail(c, c->pos, "more than %d arguments", TEMPLATE_PARAM_LIMIT);
        HONE_TRY(cursor_expr(c, &args[n_args]));
        n_args++;
    }
    HONE_TRY(keep_exprs(p, s, args, n_args));
    return cursor_end(c);
}

static const struct {
    const char *keyword;
    enum statement_kind kind;
    enum hone_status (*parse)(struct template_parser *p, struct statement *s);
} directives[] = {
    {"for", STATEMENT_FOR, parse_for},
    {"if", STATEMENT_IF, parse_if},
    {"let", STATEMENT_LET, parse_let},
    {"assert", STATEMENT_ASSERT, parse_assert},
    {"include", STATEMENT_INCLUDE, parse_include},
    {"macro", STATEMENT_MACRO, parse_macro},
    {"call", STATEMENT_CALL, parse_call},
};

static const struct {
    const char *keyword;
    enum terminator terminator;
} terminators[] = {{"end", TERMINATOR_END}, {"elif", TERMINATOR_ELIF}, {"else", TERMINATOR_ELSE}};

static enum hone_status parse_directive(struct template_parser *p, struct statement **out_statement)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (!cursor_keyword_is(&p->c, directives[i].keyword)) continue;
        *out_statement = new_statement(p, directives[i].kind);
        if (!*out_statement) return cursor_no_memory(&p->c);
        return directives[i].parse(p, *out_statement);
    }
    bool in_header = cursor_keyword_is(&p->c, "template") || cursor_keyword_is(&p->c, "space") ||
                     cursor_keyword_is(&p->c, "param");
    if (in_header)
        return cursor_fail(&p->c, p->c.keyword_pos,
                           "$%.*s belongs into the block that opens the "
                           "template",
                           (int)p->c.keyword_bytes, p->c.keyword);
    return cursor_fail(&p->c, p->c.keyword_pos, "no directive is called '$%.*s'",
                       p->c.keyword_bytes > 40 ? 40 : (int)p->c.keyword_bytes, p->c.keyword);
}

static bool find_terminator(const struct template_parser *p, enum terminator *out_terminator)
{
    for (size_t i = 0; i < sizeof terminators / sizeof *terminators; i++)
        if (cursor_keyword_is(&p->c, terminators[i].keyword)) {
            *out_terminator = terminators[i].terminator;
            return true;
        }
    return false;
}

static enum hone_status parse_text(struct template_parser *p, struct statement **out_statement)
{
    p->c.keyword_pos = 0;
    *out_statement = new_statement(p, STATEMENT_TEXT);
    if (!*out_statement) return cursor_no_memory(&p->c);
    return cursor_segments(&p->c, false, &(*out_statement)->segments);
}

static enum hone_status parse_block(struct template_parser *p, const struct statement **out_body,
                                    enum terminator *out_terminator)
{
    const struct statement **link = out_body;
    *link = NULL;
    *out_terminator = TERMINATOR_FILE;
    while (cursor_next_line(&p->c)) {
        enum line_kind kind = cursor_classify(&p->c);
        struct statement *s = NULL;
        if (kind == LINE_REMARK) continue;
        if (kind == LINE_DIRECTIVE && find_terminator(p, out_terminator)) {
            if (p->depth) return HONE_OK;
            return cursor_fail(&p->c, p->c.keyword_pos, "$%.*s without its opening line",
                               (int)p->c.keyword_bytes, p->c.keyword);
        }
        HONE_TRY(kind == LINE_DIRECTIVE ? parse_directive(p, &s) : parse_text(p, &s));
        *link = s;
        link = &s->next;
    }
    return HONE_OK;
}

static bool find_byte(const char *text, size_t n_bytes, char byte, unsigned *out_line)
{
    const char *found = n_bytes ? memchr(text, byte, n_bytes) : NULL;
    *out_line = 1;
    for (; found && text < found; text++) *out_line += *text == '\n';
    return found;
}

enum hone_status template_parse(struct hone_template_file *file, const char *text, size_t n_bytes,
                                struct hone_error *err)
{
    unsigned line;
    if (find_byte(text, n_bytes, 0, &line))
        return hone_fail(err, HONE_ERR_TEMPLATE, "%s:%u: a zero byte in a template", file->display,
                         line);
    struct template_parser p = {
        .c = {.file = file, .err = err, .text = text, .text_end = text + n_bytes}};
    HONE_TRY(template_parse_header(&p.c));
    enum terminator end = TERMINATOR_FILE;
    return parse_block(&p, &file->body, &end);
}
