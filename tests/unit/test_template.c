/* SPDX-License-Identifier: MIT */
/* The template engine over tests/golden/template: each case carries its own answer. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/template/template.h"
#include "runtime/base/file.h"

enum { MAX_FILES = 8, MAX_TEXT = 65536 };

/* One case, cut out of its file. */
struct golden {
    char title[128];
    struct {
        char path[64], text[MAX_TEXT];
    } files[MAX_FILES];
    size_t n_files;
    char params[1024], hidden[1024], wanted[MAX_TEXT], config[128], comment[16];
    bool wants_error, is_crlf;
    struct hone_render_options options;
};

static enum hone_status load_file(void *context, const char *path, char **out_text,
                                  size_t *out_bytes, struct hone_error *err)
{
    const struct golden *golden = context;
    for (size_t i = 0; i < golden->n_files; i++) {
        if (strcmp(golden->files[i].path, path)) continue;
        *out_text = strdup(golden->files[i].text);
        *out_bytes = strlen(*out_text);
        return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no such file", path);
}

/* "NAME=value" lines; the value is an expression. */
static void set_params(struct hone_env *env, const char *lines)
{
    struct hone_arena arena = {0};
    struct hone_place place = {"params", 1, 1};
    while (*lines) {
        const char *equals = strchr(lines, '='), *end = strchr(lines, '\n');
        char name[64] = "";
        struct hone_value value;
        const struct hone_expr *expr;
        assert_true(equals && end && equals < end);
        memcpy(name, lines, (size_t)(equals - lines));
        assert_int_equal(
            hone_expr_parse(equals + 1, (size_t)(end - equals - 1), &place, &arena, &expr, NULL),
            HONE_OK);
        assert_int_equal(hone_expr_eval(expr, env, &arena, &value, NULL), HONE_OK);
        assert_int_equal(hone_env_set(env, name, &value, NULL), HONE_OK);
        lines = end + 1;
    }
    hone_arena_release(&arena);
}

/* Renders the first file; the text or the message goes to `out`. */
static enum hone_status render(struct golden *golden, struct hone_template_library *library,
                               bool has_hidden, char *out)
{
    struct hone_error err = {0};
    const struct hone_template *tmpl;
    struct hone_env env;
    char *text = NULL;
    size_t n_bytes;
    hone_env_init(&env, NULL);
    if (has_hidden) set_params(&env, golden->hidden);
    set_params(&env, golden->params);
    enum hone_status status = hone_template_load(library, golden->files[0].path, &tmpl, &err);
    if (status == HONE_OK) {
        status = hone_template_render(library, tmpl, &env, &golden->options, &text, &n_bytes, &err);
        if (status == HONE_OK) assert_int_equal(n_bytes, strlen(text));
    }
    snprintf(out, MAX_TEXT, "%s%s", status == HONE_OK ? text : err.text,
             status == HONE_OK ? "" : "\n");
    if (status != HONE_OK) {
        assert_null(text);
        assert_int_equal(err.status, status);
    }
    free(text);
    hone_env_release(&env);
    return status;
}

static void check_golden(struct golden *golden, const char *file)
{
    char *out = malloc(MAX_TEXT);
    struct hone_template_loader loader = {load_file, golden, "templates/"};
    for (int round = 0; round < 4; round++) { /* same library twice; other names do not matter */
        struct hone_template_library *library;
        assert_int_equal(hone_template_library_open(&loader, &library, NULL), HONE_OK);
        for (int again = 0; again < 2; again++) {
            enum hone_status status = render(golden, library, round % 2, out);
            if ((status != HONE_OK) != golden->wants_error || strcmp(out, golden->wanted))
                fail_msg("%s: %s (round %d)\n--- got (%s)\n%s--- wanted\n%s", file, golden->title,
                         round, hone_status_name(status), out, golden->wanted);
        }
        hone_template_library_close(library);
    }
    free(out);
}

/* Where the lines of a section go, NULL for a section of one line. */
static char *open_section(struct golden *g, const char *line)
{
    char *path = g->files[g->n_files].path;
    unsigned long long number;
    if (!strcmp(line, "params")) return g->params;
    if (!strcmp(line, "hidden")) return g->hidden;
    g->wants_error |= !strcmp(line, "error");
    if (!strcmp(line, "expect") || !strcmp(line, "error")) return g->wanted;
    if (sscanf(line, "file %63s", path) == 1) return g->files[g->n_files++].text;
    if (!strcmp(line, "crlf")) {
        g->is_crlf = true;
    } else if (sscanf(line, "steps %llu", &number) == 1) {
        g->options.n_steps_limit = number;
    } else if (sscanf(line, "bytes %llu", &number) == 1) {
        g->options.n_bytes_limit = number;
    } else if (sscanf(line, "comment %15s", g->comment) == 1) {
        g->options.comment = g->comment;
    } else if (!strncmp(line, "config ", 7)) {
        snprintf(g->config, sizeof g->config, "%s", line + 7);
        g->options.config = g->config;
    } else {
        fail_msg("unknown section '%s'", line);
    }
    return NULL;
}

/* Runs all cases of one file; returns how many there were. */
static int run_file(const char *path)
{
    char *text, *at, *line;
    size_t n_bytes;
    struct hone_error err;
    int n_cases = 0;
    if (hone_file_read(path, 1 << 20, &text, &n_bytes, &err) != HONE_OK) fail_msg("%s", err.text);
    struct golden *g = calloc(1, sizeof *g);
    char *section = NULL;
    bool drops_newline = false;
    for (at = text; (line = strsep(&at, "\n"));) {
        bool is_end = !at;
        if (is_end || !strncmp(line, "=== ", 4)) {
            if (n_cases) check_golden(g, path);
            memset(g, 0, sizeof *g);
            if (is_end) break;
            snprintf(g->title, sizeof g->title, "%s", line + 4);
            section = NULL;
            n_cases++;
        } else if (!strncmp(line, "--- ", 4)) {
            if (drops_newline) section[strlen(section) - 1] = 0;
            section = open_section(g, line + 4);
            drops_newline = section && strstr(line, "no newline");
        } else if (section) {
            bool is_text = section != g->wanted && section != g->params && section != g->hidden;
            strcat(section, line);
            strcat(section, g->is_crlf && is_text ? "\r\n" : "\n");
        }
    }
    free(g);
    free(text);
    return n_cases;
}

static void golden_cases(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int n_cases;
    } files[] = {
        {"text.case", 10},
        {"logic.case", 16},
        {"reuse.case", 29},
        {"syntax_errors.case", 49},
    };
    const char *source = getenv("HONE_SOURCE");
    assert_non_null(source);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/tests/golden/template/%s", source, files[i].name);
        assert_int_equal(run_file(path), files[i].n_cases);
    }
}

/* A library of one file whose text is built by the test. */
static enum hone_status load_text(const char *text, size_t n_bytes, struct hone_error *err)
{
    struct golden *g = calloc(1, sizeof *g);
    strcpy(g->files[0].path, "t");
    g->n_files = 1;
    assert_true(n_bytes < MAX_TEXT);
    memcpy(g->files[0].text, text, n_bytes);
    struct hone_template_loader loader = {load_file, g, NULL};
    struct hone_template_library *library;
    const struct hone_template *tmpl;
    assert_int_equal(hone_template_library_open(&loader, &library, NULL), HONE_OK);
    enum hone_status status = hone_template_load(library, "t", &tmpl, err);
    hone_template_library_close(library);
    free(g);
    return status;
}

static void repeat(char *out, const char *format, int n)
{
    for (int i = 0; i < n; i++) sprintf(out + strlen(out), format, i);
}

static void limits_of_syntax(void **state)
{
    (void)state;
    struct hone_error err;
    char *text = calloc(1, MAX_TEXT);
    strcpy(text, "$template t\n");
    repeat(text, "$if 1\n", 32);
    repeat(text, "$end\n", 32);
    assert_int_equal(load_text(text, strlen(text), &err), HONE_OK);
    strcpy(text, "$template t\n");
    repeat(text, "$if 1\n", 33);
    repeat(text, "$end\n", 33);
    assert_int_equal(load_text(text, strlen(text), &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "t:34:1: nested more than 32 deep");
    strcpy(text, "$template t\n");
    repeat(text, "$param p%d x\n", 64);
    assert_int_equal(load_text(text, strlen(text), &err), HONE_OK);
    repeat(text, "$param q%d x\n", 1);
    assert_int_equal(load_text(text, strlen(text), &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "t:66:1: more than 64 parameters");
    strcpy(text, "$template t\n$macro m(a");
    repeat(text, ", p%d", 64);
    strcat(text, ")\n$end\n");
    assert_int_equal(load_text(text, strlen(text), &err), HONE_ERR_TEMPLATE);
    assert_non_null(strstr(err.text, "more than 64 parameters"));
    strcpy(text, "$template t\n$call m(0");
    repeat(text, ", %d", 64);
    strcat(text, ")\n");
    assert_int_equal(load_text(text, strlen(text), &err), HONE_ERR_TEMPLATE);
    assert_non_null(strstr(err.text, "more than 64 arguments"));
    free(text);
}

static enum hone_status load_binary(void *context, const char *path, char **out_text,
                                    size_t *out_bytes, struct hone_error *err)
{
    (void)path;
    (void)err;
    *out_bytes = *(const size_t *)context;
    *out_text = calloc(1, *out_bytes + 1);
    memset(*out_text, '\n', *out_bytes);
    (*out_text)[2] = 0;
    return HONE_OK;
}

static void files_that_are_no_text(void **state)
{
    (void)state;
    struct hone_error err;
    const struct hone_template *tmpl;
    struct hone_template_library *library;
    size_t n_bytes = 8;
    struct hone_template_loader loader = {load_binary, &n_bytes, "x/"};
    assert_int_equal(hone_template_library_open(&loader, &library, &err), HONE_OK);
    assert_int_equal(hone_template_load(library, "t", &tmpl, &err), HONE_ERR_TEMPLATE);
    assert_null(tmpl);
    assert_string_equal(err.text, "x/t:3: a zero byte in a template");
    n_bytes = (1 << 20) + 1;
    assert_int_equal(hone_template_load(library, "t", &tmpl, &err), HONE_ERR_LIMIT);
    assert_string_equal(err.text, "x/t: larger than 1048576 bytes");
    static const char *const outside[] = {"", ".", "..", "../t", "/t", "a//b", "a/", "a\\b", "./a"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_int_equal(hone_template_load(library, outside[i], &tmpl, &err), HONE_ERR_ARGUMENT);
    hone_template_library_close(library);
    hone_template_library_close(NULL);
}

static void header_is_exposed(void **state)
{
    (void)state;
    struct golden *g = calloc(1, sizeof *g);
    strcpy(g->files[0].path, "cpu/x.t");
    strcpy(g->files[0].text, "$template x\n$space y\n$param A  first one \n$param B\tsecond\n");
    g->n_files = 1;
    struct hone_template_loader loader = {load_file, g, NULL};
    struct hone_template_library *library;
    const struct hone_template *tmpl, *again;
    assert_int_equal(hone_template_library_open(&loader, &library, NULL), HONE_OK);
    assert_int_equal(hone_template_load(library, "cpu/x.t", &tmpl, NULL), HONE_OK);
    assert_int_equal(hone_template_load(library, "cpu/x.t", &again, NULL), HONE_OK);
    assert_ptr_equal(tmpl, again); /* parsed once */
    assert_string_equal(tmpl->path, "cpu/x.t");
    assert_string_equal(tmpl->name, "x");
    assert_string_equal(tmpl->space, "y");
    assert_int_equal(tmpl->n_params, 2);
    assert_string_equal(tmpl->params[0].name, "A");
    assert_string_equal(tmpl->params[0].description, "first one");
    assert_string_equal(tmpl->params[1].name, "B");
    assert_string_equal(tmpl->params[1].description, "second");
    assert_int_equal(hone_template_load(library, "none", &tmpl, NULL), HONE_ERR_NOT_FOUND);
    hone_template_library_close(library);
    free(g);
}

/* Real files; messages begin with the name of the folder, not with its whole path. */
static void folders(void **state)
{
    (void)state;
    char root[] = "/tmp/hone_templates_XXXXXX", path[128], slashed[128];
    assert_non_null(mkdtemp(root));
    snprintf(path, sizeof path, "%s/t.t", root);
    static const char text[] = "$template t\n${1/0}\n";
    assert_int_equal(hone_file_replace(path, text, sizeof text - 1, NULL), HONE_OK);
    snprintf(slashed, sizeof slashed, "%s//", root);
    const char *const spellings[] = {root, slashed};
    for (size_t i = 0; i < 2; i++) {
        struct hone_template_library *library;
        const struct hone_template *tmpl;
        struct hone_env env;
        struct hone_error err;
        char *out, wanted[128];
        size_t n_bytes;
        hone_env_init(&env, NULL);
        assert_int_equal(hone_template_library_open_dir(spellings[i], &library, &err), HONE_OK);
        assert_int_equal(hone_template_load(library, "t.t", &tmpl, &err), HONE_OK);
        assert_int_equal(hone_template_render(library, tmpl, &env, NULL, &out, &n_bytes, &err),
                         HONE_ERR_TEMPLATE);
        snprintf(wanted, sizeof wanted, "%s/t.t:2:4: division by zero [config]", root + 5);
        assert_string_equal(err.text, wanted);
        assert_int_equal(hone_template_load(library, "u.t", &tmpl, &err), HONE_ERR_NOT_FOUND);
        hone_template_library_close(library);
    }
    unlink(path);
    rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_cases),
        cmocka_unit_test(limits_of_syntax),
        cmocka_unit_test(files_that_are_no_text),
        cmocka_unit_test(header_is_exposed),
        cmocka_unit_test(folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
