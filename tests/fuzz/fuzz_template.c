/* SPDX-License-Identifier: MIT */
/* Fuzzes the template engine: any text parses and renders, or ends in one line of error, within its
 * limits and with the same result twice. What follows a line "%%" is the file that every $include
 * finds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

struct parts {
    const char *text[2];
    size_t n_bytes[2];
};

static enum hone_status load(void *context, const char *path, char **out_text, size_t *out_bytes,
                             struct hone_error *err)
{
    const struct parts *parts = context;
    int part = strcmp(path, "t") != 0;
    *out_text = malloc(parts->n_bytes[part] + 1);
    if (!*out_text) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    if (parts->n_bytes[part]) memcpy(*out_text, parts->text[part], parts->n_bytes[part]);
    *out_bytes = parts->n_bytes[part];
    return HONE_OK;
}

static struct parts split(const char *text, size_t n_bytes)
{
    static const char separator[] = "\n%%\n";
    struct parts parts = {{text, ""}, {n_bytes, 0}};
    const char *at = n_bytes ? memmem(text, n_bytes, separator, sizeof separator - 1) : NULL;
    if (!at) return parts;
    parts.n_bytes[0] = (size_t)(at - text) + 1;
    parts.text[1] = at + sizeof separator - 1;
    parts.n_bytes[1] = n_bytes - (size_t)(parts.text[1] - text);
    return parts;
}

/* A value of each kind by turns. */
static void set_params(struct hone_env *env, const struct hone_template *tmpl)
{
    for (size_t i = 0; i < tmpl->n_params; i++) {
        const char *name = tmpl->params[i].name;
        if (i % 3 == 2)
            hone_env_set_float(env, name, 0.1 * (double)i, NULL);
        else if (i % 3 == 1)
            hone_env_set_text(env, name, "avx2", NULL);
        else
            hone_env_set_int(env, name, (int64_t)i + 2, NULL);
    }
}

static void check_error(const struct hone_error *err)
{
    if (!*err->text || strchr(err->text, '\n')) abort();
}

/* The output, NULL after an error; the message is in *err. */
static char *render(struct hone_template_library *library, const struct hone_template *tmpl,
                    size_t *out_bytes, struct hone_error *err)
{
    const struct hone_render_options options = {.n_bytes_limit = 1 << 16, .n_steps_limit = 5000};
    struct hone_env env;
    char *text;
    hone_env_init(&env, NULL);
    set_params(&env, tmpl);
    enum hone_status status =
        hone_template_render(library, tmpl, &env, &options, &text, out_bytes, err);
    hone_env_release(&env);
    if ((status == HONE_OK) != (text != NULL)) abort();
    if (text && (strlen(text) > *out_bytes || *out_bytes > options.n_bytes_limit)) abort();
    return text;
}

static void render_twice(struct hone_template_library *library, const struct hone_template *tmpl)
{
    struct hone_error errors[2] = {{0}, {0}};
    size_t n_bytes[2];
    char *texts[2];
    for (int i = 0; i < 2; i++) texts[i] = render(library, tmpl, &n_bytes[i], &errors[i]);
    if (!texts[0] != !texts[1]) abort();
    if (texts[0]) {
        if (n_bytes[0] != n_bytes[1] || memcmp(texts[0], texts[1], n_bytes[0])) abort();
    } else {
        check_error(&errors[0]);
        if (strcmp(errors[0].text, errors[1].text)) abort();
    }
    free(texts[0]);
    free(texts[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct parts parts = split((const char *)data, n_bytes);
    struct hone_template_loader loader = {load, &parts, "templates/"};
    struct hone_template_library *library;
    const struct hone_template *tmpl;
    struct hone_error err = {0};
    if (hone_template_library_open(&loader, &library, &err) != HONE_OK) return 0;
    if (hone_template_load(library, "t", &tmpl, &err) == HONE_OK)
        render_twice(library, tmpl);
    else
        check_error(&err);
    hone_template_library_close(library);
    return 0;
}
