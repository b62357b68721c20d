/* SPDX-License-Identifier: MIT */
/* Rendering: opens the output with what it was made from, then runs the template. */
#include "codegen/template/render.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/template/expr_node.h"

enum hone_status render_fail(struct renderer *r, enum hone_status status,
                             const struct statement *at, const char *format, ...)
{
    char message[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    expr_one_line(message);
    return hone_fail(r->err, status, "%s:%u:%u: %s", r->file->display, at->line, at->column,
                     message);
}

enum hone_status render_append(struct renderer *r, struct output *out, const char *text,
                               size_t n_bytes, const struct statement *at)
{
    enum output_result result = output_append(out, text, n_bytes);
    if (result == OUTPUT_OK) return HONE_OK;
    if (result == OUTPUT_FULL)
        return render_fail(r, HONE_ERR_LIMIT, at, "the output is larger than %llu bytes",
                           (unsigned long long)out->limit);
    return hone_fail(r->err, HONE_ERR_NO_MEMORY, "no memory for the output of a template");
}

enum hone_status render_segments(struct renderer *r, const struct segment *first,
                                 struct output *out, const struct statement *at)
{
    for (const struct segment *s = first; s; s = s->next) {
        if (!s->expr) {
            HONE_TRY(render_append(r, out, s->text, s->n_bytes, at));
            continue;
        }
        struct hone_value value;
        HONE_TRY(hone_expr_eval(s->expr, &r->frame->env, &r->scratch, &value, r->err));
        char digits[64];
        const char *text = digits;
        if (value.kind == HONE_VALUE_TEXT)
            text = value.text;
        else
            hone_value_print(&value, digits, sizeof digits);
        HONE_TRY(render_append(r, out, text, strlen(text), at));
    }
    return HONE_OK;
}

void render_note_lines(struct renderer *r, size_t start, const struct statement *at)
{
    uint32_t before = r->n_lines;
    for (size_t i = start; i < r->out.n_bytes; i++) r->n_lines += r->out.text[i] == '\n';
    if (!at || before >= r->find_line || r->n_lines < r->find_line) return;
    int n = snprintf(r->place, HONE_TEMPLATE_PLACE_BYTES, "%s:%u", r->file->display, at->line);
    if (r->caller && n < HONE_TEMPLATE_PLACE_BYTES)
        snprintf(r->place + n, HONE_TEMPLATE_PLACE_BYTES - (size_t)n, " (called from %s:%u)",
                 r->caller_file->display, r->caller->line);
}

/* One "NAME=value" of the opening comment; the value may not end the comment or join lines. */
static enum hone_status append_param(struct renderer *r, const char *name,
                                     const struct hone_value *value)
{
    static const struct statement top = {.line = 1, .column = 1};
    char digits[64];
    const char *text = digits;
    if (value->kind == HONE_VALUE_TEXT)
        text = value->text;
    else
        hone_value_print(value, digits, sizeof digits);
    for (const char *byte = text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == '\\' || *byte == 127)
            return render_fail(r, HONE_ERR_TEMPLATE, &top,
                               "the value of '%s' cannot be written in a comment", name);
    HONE_TRY(render_append(r, &r->out, " ", 1, &top));
    HONE_TRY(render_append(r, &r->out, name, strlen(name), &top));
    HONE_TRY(render_append(r, &r->out, "=", 1, &top));
    return render_append(r, &r->out, text, strlen(text), &top);
}

/* Copies the declared parameters out of the caller's env and states them. */
static enum hone_status open_output(struct renderer *r, const struct hone_template *tmpl,
                                    const struct hone_env *env, const char *comment)
{
    static const struct statement top = {.line = 1, .column = 1};
    char line[512];
    bool has_space = *tmpl->space;
    int n_bytes = snprintf(line, sizeof line, "%.16s template %.128s%s%.128s, engine %d\n", comment,
                           tmpl->name, has_space ? ", space " : "", tmpl->space,
                           HONE_TEMPLATE_ENGINE_VERSION);
    HONE_TRY(render_append(r, &r->out, line, (size_t)n_bytes, &top));
    n_bytes = snprintf(line, sizeof line, "%.16s", comment);
    HONE_TRY(render_append(r, &r->out, line, (size_t)n_bytes, &top));
    for (size_t i = 0; i < tmpl->n_params; i++) {
        struct hone_value value;
        if (!hone_env_get(env, tmpl->params[i].name, &value))
            return render_fail(r, HONE_ERR_TEMPLATE, &top, "parameter '%s' has no value",
                               tmpl->params[i].name);
        HONE_TRY(hone_env_set(&r->params, tmpl->params[i].name, &value, r->err));
        HONE_TRY(append_param(r, tmpl->params[i].name, &value));
    }
    return render_append(r, &r->out, "\n", 1, &top);
}

/* " [config MR=4 NV=2]" behind an error that a template is to blame for. */
static void name_config(struct renderer *r, const struct hone_template *tmpl, const char *config)
{
    struct hone_error *err = r->err;
    if (!err || (err->status != HONE_ERR_TEMPLATE && err->status != HONE_ERR_LIMIT)) return;
    if (config) {
        template_append_error(err, " [config %s]", config);
        return;
    }
    template_append_error(err, " [config");
    for (size_t i = 0; i < tmpl->n_params; i++) {
        struct hone_value value;
        char text[128];
        if (!hone_env_get(&r->params, tmpl->params[i].name, &value)) continue;
        hone_value_print(&value, text, sizeof text);
        template_append_error(err, " %s=%s", tmpl->params[i].name, text);
    }
    template_append_error(err, "]");
}

enum hone_status hone_template_render(struct hone_template_library *library,
                                      const struct hone_template *tmpl, const struct hone_env *env,
                                      const struct hone_render_options *options, char **out_text,
                                      size_t *out_bytes, struct hone_error *err)
{
    static const struct hone_render_options defaults = {0};
    if (!options) options = &defaults;
    struct renderer r = {.library = library, .file = tmpl->file, .err = err};
    r.out.limit = options->n_bytes_limit ? options->n_bytes_limit : RENDER_BYTES_LIMIT;
    r.steps_limit = options->n_steps_limit ? options->n_steps_limit : RENDER_STEPS_LIMIT;
    if (options->find_line && options->out_place) {
        r.find_line = options->find_line;
        r.place = options->out_place;
        r.place[0] = '\0';
    }
    hone_env_init(&r.params, NULL);
    hone_env_init(&r.top.env, &r.params);
    r.frame = &r.top;
    enum hone_status status = open_output(&r, tmpl, env, options->comment ? options->comment : ";");
    if (r.find_line) render_note_lines(&r, 0, NULL);
    if (status == HONE_OK) status = render_block(&r, tmpl->file->body);
    if (status != HONE_OK) {
        name_config(&r, tmpl, options->config);
        free(r.out.text);
        r.out = (struct output){0};
    }
    *out_text = r.out.text;
    *out_bytes = r.out.n_bytes;
    hone_env_release(&r.top.env);
    hone_env_release(&r.params);
    hone_arena_release(&r.scratch);
    free(r.macros);
    return status;
}
