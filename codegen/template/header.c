/* SPDX-License-Identifier: MIT */
/* The block that opens a template: its name, its space, and a line for each parameter. */
#include <string.h>

#include "codegen/template/cursor.h"

/* Moves to the next line that is neither blank nor a remark; false at the end of the file. */
static bool next_line(struct cursor *c, enum line_kind *out_kind)
{
    while (cursor_next_line(c)) {
        *out_kind = cursor_classify(c);
        if (*out_kind == LINE_TEXT || *out_kind == LINE_DIRECTIVE) return true;
    }
    return false;
}

static enum hone_status add_param(struct cursor *c, struct hone_template_param *params,
                                  size_t *n_params)
{
    struct hone_template_param *param = &params[*n_params];
    if (*n_params == TEMPLATE_PARAM_LIMIT)
        return cursor_fail(c, c->keyword_pos, "more than %d parameters", TEMPLATE_PARAM_LIMIT);
    HONE_TRY(cursor_name(c, "the name of a parameter", &param->name));
    for (size_t i = 0; i < *n_params; i++)
        if (!strcmp(params[i].name, param->name))
            return cursor_fail(c, c->pos - strlen(param->name), "parameter '%s' is there twice",
                               param->name);
    cursor_skip_blanks(c);
    size_t end = c->n_bytes;
    while (end > c->pos && (c->line[end - 1] == ' ' || c->line[end - 1] == '\t')) end--;
    if (end == c->pos)
        return cursor_fail(c, c->pos, "a description of '%s' was expected", param->name);
    param->description = hone_arena_text(&c->file->arena, c->line + c->pos, end - c->pos);
    (*n_params)++;
    return param->description ? HONE_OK : cursor_no_memory(c);
}

static enum hone_status parse_params(struct cursor *c)
{
    struct hone_template_param params[TEMPLATE_PARAM_LIMIT + 1];
    size_t n_params = 0;
    enum line_kind kind;
    struct cursor before = *c;
    while (next_line(c, &kind) && kind == LINE_DIRECTIVE && cursor_keyword_is(c, "param")) {
        HONE_TRY(add_param(c, params, &n_params));
        before = *c;
    }
    *c = before;
    struct hone_template_param *copy =
        hone_arena_array(&c->file->arena, n_params + 1, sizeof *copy);
    if (!copy) return cursor_no_memory(c);
    memcpy(copy, params, n_params * sizeof *copy);
    c->file->head.params = copy;
    c->file->head.n_params = n_params;
    return HONE_OK;
}

enum hone_status template_parse_header(struct cursor *c)
{
    struct cursor before = *c;
    struct hone_template *head = &c->file->head;
    enum line_kind kind;
    if (!next_line(c, &kind) || kind != LINE_DIRECTIVE || !cursor_keyword_is(c, "template")) {
        *c = before;
        return HONE_OK;
    }
    HONE_TRY(cursor_name(c, "the name of the template", &head->name));
    HONE_TRY(cursor_end(c));
    head->space = ""; /* a template of no space: a probe kernel */
    before = *c;
    if (next_line(c, &kind) && kind == LINE_DIRECTIVE && cursor_keyword_is(c, "space")) {
        HONE_TRY(cursor_name(c, "the name of the space", &head->space));
        HONE_TRY(cursor_end(c));
    } else {
        *c = before;
    }
    return parse_params(c);
}
