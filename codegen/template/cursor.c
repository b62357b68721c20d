/* SPDX-License-Identifier: MIT */
/* Reading one line of a template from left to right. */
#include "codegen/template/cursor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codegen/template/expr_node.h"
#include "codegen/template/lexer.h"

bool cursor_next_line(struct cursor *c)
{
    if (c->text == c->text_end) return false;
    size_t left = (size_t)(c->text_end - c->text);
    const char *end = memchr(c->text, '\n', left);
    c->line = c->text;
    c->n_bytes = end ? (size_t)(end - c->text) : left;
    c->text = end ? end + 1 : c->text_end;
    if (c->n_bytes && c->line[c->n_bytes - 1] == '\r') c->n_bytes--;
    c->pos = 0;
    c->number++;
    return true;
}

enum line_kind cursor_classify(struct cursor *c)
{
    cursor_skip_blanks(c);
    size_t start = c->pos;
    c->pos = 0;
    if (start == c->n_bytes) return LINE_BLANK;
    if (start + 1 == c->n_bytes || c->line[start] != '$') return LINE_TEXT;
    if (c->line[start + 1] == '#') return LINE_REMARK;
    if (!lexer_is_name_start(c->line[start + 1])) return LINE_TEXT;
    c->pos = start + 1;
    while (c->pos < c->n_bytes && lexer_is_name_char(c->line[c->pos])) c->pos++;
    c->keyword = c->line + start + 1;
    c->keyword_bytes = c->pos - start - 1;
    c->keyword_pos = start;
    return LINE_DIRECTIVE;
}

bool cursor_keyword_is(const struct cursor *c, const char *keyword)
{
    return strlen(keyword) == c->keyword_bytes && !memcmp(keyword, c->keyword, c->keyword_bytes);
}

enum hone_status cursor_fail(const struct cursor *c, size_t pos, const char *format, ...)
{
    char message[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    expr_one_line(message);
    return hone_fail(c->err, HONE_ERR_TEMPLATE, "%s:%u:%zu: %s", c->file->display, c->number,
                     pos + 1, message);
}

enum hone_status cursor_no_memory(const struct cursor *c)
{
    return hone_fail(c->err, HONE_ERR_NO_MEMORY, "no memory for template %s", c->file->display);
}

void cursor_skip_blanks(struct cursor *c)
{
    while (c->pos < c->n_bytes && (c->line[c->pos] == ' ' || c->line[c->pos] == '\t')) c->pos++;
}

bool cursor_take(struct cursor *c, char byte)
{
    cursor_skip_blanks(c);
    if (c->pos == c->n_bytes || c->line[c->pos] != byte) return false;
    c->pos++;
    return true;
}

enum hone_status cursor_name(struct cursor *c, const char *what, const char **out_name)
{
    cursor_skip_blanks(c);
    size_t start = c->pos;
    if (start < c->n_bytes && lexer_is_name_start(c->line[start]))
        while (c->pos < c->n_bytes && lexer_is_name_char(c->line[c->pos])) c->pos++;
    if (c->pos == start) return cursor_fail(c, start, "%s was expected", what);
    *out_name = hone_arena_text(&c->file->arena, c->line + start, c->pos - start);
    return *out_name ? HONE_OK : cursor_no_memory(c);
}

enum hone_status cursor_expr(struct cursor *c, const struct hone_expr **out_expr)
{
    cursor_skip_blanks(c);
    struct hone_place place = {c->file->display, c->number, (unsigned)c->pos + 1};
    size_t used;
    HONE_TRY(hone_expr_parse_prefix(c->line + c->pos, c->n_bytes - c->pos, &place, &c->file->arena,
                                    out_expr, &used, c->err));
    c->pos += used;
    return HONE_OK;
}

/* Text up to a substitution or the end; `$$` stands for `$`. */
static enum hone_status take_text(struct cursor *c, bool is_quoted, struct segment *segment)
{
    char *copy = hone_arena_alloc(&c->file->arena, c->n_bytes - c->pos + 1);
    if (!copy) return cursor_no_memory(c);
    size_t n_bytes = 0;
    for (; c->pos < c->n_bytes; c->pos++) {
        char byte = c->line[c->pos];
        if (is_quoted && byte == '"') break;
        if (byte == '$') {
            char after = c->pos + 1 < c->n_bytes ? c->line[c->pos + 1] : 0;
            if (after == '{') break;
            if (lexer_is_name_start(after))
                return cursor_fail(c, c->pos, "'$%c': write ${...} for a value, $$ for a dollar",
                                   after);
            if (after == '$') c->pos++;
        }
        copy[n_bytes++] = byte;
    }
    segment->text = copy;
    segment->n_bytes = n_bytes;
    return HONE_OK;
}

static enum hone_status take_substitution(struct cursor *c, struct segment *segment)
{
    size_t start = c->pos;
    c->pos += 2; /* "${" */
    HONE_TRY(cursor_expr(c, &segment->expr));
    if (cursor_take(c, '}')) return HONE_OK;
    if (c->pos == c->n_bytes) return cursor_fail(c, start, "'${' without its '}'");
    return cursor_fail(c, c->pos, "an operator or '}' was expected");
}

enum hone_status cursor_segments(struct cursor *c, bool is_quoted, const struct segment **out_list)
{
    const struct segment **link = out_list;
    size_t start = c->pos;
    while (c->pos < c->n_bytes && !(is_quoted && c->line[c->pos] == '"')) {
        struct segment *segment = hone_arena_alloc(&c->file->arena, sizeof *segment);
        if (!segment) return cursor_no_memory(c);
        bool is_value =
            c->line[c->pos] == '$' && c->pos + 1 < c->n_bytes && c->line[c->pos + 1] == '{';
        HONE_TRY(is_value ? take_substitution(c, segment) : take_text(c, is_quoted, segment));
        *link = segment;
        link = &segment->next;
    }
    *link = NULL;
    if (is_quoted && !cursor_take(c, '"'))
        return cursor_fail(c, start, "quoted text without its closing quote");
    return HONE_OK;
}

enum hone_status cursor_end(struct cursor *c)
{
    cursor_skip_blanks(c);
    size_t left = c->n_bytes - c->pos;
    if (!left || (left > 1 && !memcmp(c->line + c->pos, "$#", 2))) return HONE_OK;
    return cursor_fail(c, c->pos, "unexpected '%.*s' at the end of the line",
                       left > 40 ? 40 : (int)left, c->line + c->pos);
}
