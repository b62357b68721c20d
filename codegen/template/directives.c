/* SPDX-License-Identifier: MIT */
/* What each statement of a template does when it is reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/template/render.h"

static enum hone_status no_memory(struct renderer *r)
{
    return hone_fail(r->err, HONE_ERR_NO_MEMORY, "no memory for a rendering");
}

static enum hone_status step(struct renderer *r, const struct statement *s)
{
    if (r->n_steps++ < r->steps_limit) return HONE_OK;
    return render_fail(r, HONE_ERR_LIMIT, s, "the template runs for more than %llu steps",
                       (unsigned long long)r->steps_limit);
}

static enum hone_status run_text(struct renderer *r, const struct statement *s)
{
    size_t start = r->out.n_bytes;
    HONE_TRY(render_segments(r, s->segments, &r->out, s));
    HONE_TRY(render_append(r, &r->out, "\n", 1, s));
    if (r->find_line) render_note_lines(r, start, s);
    return HONE_OK;
}

static bool is_running(const struct loop *loop, const char *name)
{
    for (; loop; loop = loop->outer)
        if (!strcmp(loop->name, name)) return true;
    return false;
}

/* What the opening comment states, and what a loop counts, stays as it is. */
static enum hone_status check_settable(struct renderer *r, const struct statement *s)
{
    struct hone_value value;
    if (r->frame == &r->top && hone_env_get(&r->params, s->name, &value))
        return render_fail(r, HONE_ERR_TEMPLATE, s, "'%s' is a parameter of the template", s->name);
    if (is_running(r->frame->loops, s->name))
        return render_fail(r, HONE_ERR_TEMPLATE, s, "'%s' is the variable of a running loop",
                           s->name);
    return HONE_OK;
}

static enum hone_status run_loop(struct renderer *r, const struct statement *s,
                                 const int64_t range[3])
{
    for (int64_t i = range[0]; i < range[1];) {
        HONE_TRY(step(r, s));
        HONE_TRY(hone_env_set_int(&r->frame->env, s->name, i, r->err));
        HONE_TRY(render_block(r, s->body));
        if (__builtin_add_overflow(i, range[2], &i)) break;
    }
    return HONE_OK;
}

static enum hone_status run_for(struct renderer *r, const struct statement *s)
{
    int64_t range[3] = {0, 0, 1};
    for (size_t i = 0; i < s->n_exprs; i++)
        HONE_TRY(hone_expr_eval_int(s->exprs[i], &r->frame->env, &range[i], r->err));
    if (range[2] <= 0) return hone_expr_fail(s->exprs[2], 0, r->err, "the step must be positive");
    HONE_TRY(check_settable(r, s));
    struct hone_value value;
    struct hone_env own = r->frame->env;
    own.parent = NULL; /* a name of an outer frame is only hidden, not lost */
    if (hone_env_get(&own, s->name, &value))
        return render_fail(r, HONE_ERR_TEMPLATE, s, "'%s' has a value already", s->name);
    struct loop loop = {r->frame->loops, s->name};
    r->frame->loops = &loop;
    enum hone_status status = run_loop(r, s, range);
    r->frame->loops = loop.outer;
    hone_env_unset(&r->frame->env, s->name);
    return status;
}

static enum hone_status run_if(struct renderer *r, const struct statement *s)
{
    for (const struct branch *branch = s->branches; branch; branch = branch->next) {
        bool taken = true;
        if (branch->condition)
            HONE_TRY(hone_expr_eval_bool(branch->condition, &r->frame->env, &taken, r->err));
        if (taken) return render_block(r, branch->body);
    }
    return HONE_OK;
}

static enum hone_status run_let(struct renderer *r, const struct statement *s)
{
    struct hone_value value;
    HONE_TRY(check_settable(r, s));
    HONE_TRY(hone_expr_eval(s->exprs[0], &r->frame->env, &r->scratch, &value, r->err));
    return hone_env_set(&r->frame->env, s->name, &value, r->err);
}

/* Quoted text with its values put in; freed by the caller. */
static enum hone_status quoted(struct renderer *r, const struct statement *s, char **out_text)
{
    struct output out = {.limit = HONE_ERROR_TEXT_BYTES};
    enum hone_status status = render_segments(r, s->segments, &out, s);
    if (status == HONE_OK) status = render_append(r, &out, "", 0, s);
    if (status != HONE_OK) {
        free(out.text);
        return status;
    }
    *out_text = out.text;
    return HONE_OK;
}

static enum hone_status run_assert(struct renderer *r, const struct statement *s)
{
    bool holds;
    HONE_TRY(hone_expr_eval_bool(s->exprs[0], &r->frame->env, &holds, r->err));
    if (holds) return HONE_OK;
    char *message;
    HONE_TRY(quoted(r, s, &message));
    enum hone_status status = render_fail(r, HONE_ERR_TEMPLATE, s, "%s", message);
    free(message);
    return status;
}

static bool is_located(enum hone_status status)
{
    return status == HONE_ERR_TEMPLATE || status == HONE_ERR_LIMIT;
}

/* Says once, for the innermost of them, which line brought the failing one in. */
static enum hone_status name_origin(struct renderer *r, enum hone_status status,
                                    const struct statement *s, const char *how)
{
    if (!is_located(status) || r->has_origin) return status;
    r->has_origin = true;
    template_append_error(r->err, " (%s %s:%u)", how, r->file->display, s->line);
    return status;
}

static enum hone_status include_file(struct renderer *r, const struct statement *s,
                                     const char *path)
{
    const struct hone_template_file *file, *outer = r->file;
    enum hone_status status = template_library_file(r->library, path, &file, r->err);
    if (is_located(status)) return name_origin(r, status, s, "included from");
    if (status != HONE_OK) { /* there is no such file, or it cannot be read */
        enum hone_status kept = status == HONE_ERR_NO_MEMORY ? status : HONE_ERR_TEMPLATE;
        return hone_fail_in(r->err, kept, "%s:%u:%u", r->file->display, s->line, s->column);
    }
    if (file->head.name)
        return render_fail(r, HONE_ERR_TEMPLATE, s, "'%s' is a template of its own", path);
    r->file = file;
    r->n_includes++;
    status = render_block(r, file->body);
    r->n_includes--;
    r->file = outer;
    return name_origin(r, status, s, "included from");
}

static enum hone_status run_include(struct renderer *r, const struct statement *s)
{
    if (r->n_includes == RENDER_INCLUDE_LIMIT)
        return render_fail(r, HONE_ERR_LIMIT, s, "files include each other more than %d deep",
                           RENDER_INCLUDE_LIMIT);
    char *path;
    HONE_TRY(quoted(r, s, &path));
    enum hone_status status = include_file(r, s, path);
    free(path);
    return status;
}

static const struct macro *find_macro(const struct renderer *r, const struct statement *s)
{
    for (size_t i = 0; i < r->n_macros; i++) {
        const struct statement *macro = r->macros[i].statement;
        if (macro->hash == s->hash && !strcmp(macro->name, s->name)) return &r->macros[i];
    }
    return NULL;
}

static enum hone_status run_macro(struct renderer *r, const struct statement *s)
{
    const struct macro *known = find_macro(r, s);
    if (known && known->statement == s) return HONE_OK; /* its file was included again */
    if (known)
        return render_fail(r, HONE_ERR_TEMPLATE, s, "macro '%s' is defined already at %s:%u",
                           s->name, known->file->display, known->statement->line);
    if (r->n_macros == RENDER_MACRO_LIMIT)
        return render_fail(r, HONE_ERR_LIMIT, s, "more than %d macros", RENDER_MACRO_LIMIT);
    if (r->n_macros == r->macro_capacity) {
        size_t capacity = r->macro_capacity ? r->macro_capacity * 2 : 32;
        void *macros = reallocarray(r->macros, capacity, sizeof *r->macros);
        if (!macros) return no_memory(r);
        r->macros = macros;
        r->macro_capacity = capacity;
    }
    r->macros[r->n_macros++] = (struct macro){s, r->file};
    return HONE_OK;
}

static enum hone_status bind_arguments(struct renderer *r, const struct statement *call,
                                       const struct statement *macro, struct hone_env *env)
{
    for (size_t i = 0; i < call->n_exprs; i++) {
        struct hone_value value;
        HONE_TRY(hone_expr_eval(call->exprs[i], &r->frame->env, &r->scratch, &value, r->err));
        HONE_TRY(hone_env_set(env, macro->params[i], &value, r->err));
    }
    return HONE_OK;
}

static enum hone_status run_call(struct renderer *r, const struct statement *s)
{
    const struct macro *found = find_macro(r, s);
    if (!found) return render_fail(r, HONE_ERR_TEMPLATE, s, "no macro is called '%s'", s->name);
    struct macro macro = *found; /* the list may move while it runs */
    if (macro.statement->n_params != s->n_exprs)
        return render_fail(r, HONE_ERR_TEMPLATE, s, "macro '%s' takes %zu arguments, not %zu",
                           s->name, macro.statement->n_params, s->n_exprs);
    if (r->n_calls == RENDER_CALL_LIMIT)
        return render_fail(r, HONE_ERR_LIMIT, s, "macros call each other more than %d deep",
                           RENDER_CALL_LIMIT);
    struct frame frame = {0}, *caller = r->frame;
    const struct hone_template_file *file = r->file, *caller_file = r->caller_file;
    const struct statement *caller_statement = r->caller;
    hone_env_init(&frame.env, &r->top.env);
    enum hone_status status = bind_arguments(r, s, macro.statement, &frame.env);
    if (status == HONE_OK) {
        r->frame = &frame;
        r->caller_file = file;
        r->caller = s;
        r->file = macro.file;
        r->n_calls++;
        status = render_block(r, macro.statement->body);
        r->n_calls--;
        r->file = file;
        r->caller = caller_statement;
        r->caller_file = caller_file;
        r->frame = caller;
        status = name_origin(r, status, s, "called from");
    }
    hone_env_release(&frame.env);
    return status;
}

static enum hone_status (*const actions[])(struct renderer *r, const struct statement *s) = {
    [STATEMENT_TEXT] = run_text,     [STATEMENT_FOR] = run_for,
    [STATEMENT_IF] = run_if,         [STATEMENT_LET] = run_let,
    [STATEMENT_ASSERT] = run_assert, [STATEMENT_INCLUDE] = run_include,
    [STATEMENT_MACRO] = run_macro,   [STATEMENT_CALL] = run_call,
};

enum hone_status render_block(struct renderer *r, const struct statement *first)
{
    for (const struct statement *s = first; s; s = s->next) {
        HONE_TRY(step(r, s));
        HONE_TRY(actions[s->kind](r, s));
        if (r->scratch.n_bytes) hone_arena_release(&r->scratch);
    }
    return HONE_OK;
}
