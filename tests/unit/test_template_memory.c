/* SPDX-License-Identifier: MIT */
/* Memory that runs out: each allocation of the template engine and of the spaces fails once, and
 * each time the call says so and leaves nothing behind (the sanitizer build looks for leaks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/space/space.h"
#include "runtime/base/file.h"

/* Calls left until one fails; negative: none fails. */
static long calls_left = -1;

static bool must_fail(void)
{
    return calls_left >= 0 && calls_left-- == 0;
}

void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t count, size_t n_bytes);
void *__real_realloc(void *old, size_t n_bytes);
void *__real_reallocarray(void *old, size_t count, size_t n_bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t count, size_t n_bytes);
void *__wrap_realloc(void *old, size_t n_bytes);
void *__wrap_reallocarray(void *old, size_t count, size_t n_bytes);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t n_bytes)
{
    return must_fail() ? NULL : __real_malloc(n_bytes);
}

void *__wrap_calloc(size_t count, size_t n_bytes)
{
    return must_fail() ? NULL : __real_calloc(count, n_bytes);
}

void *__wrap_realloc(void *old, size_t n_bytes)
{
    return must_fail() ? NULL : __real_realloc(old, n_bytes);
}

void *__wrap_reallocarray(void *old, size_t count, size_t n_bytes)
{
    return must_fail() ? NULL : __real_reallocarray(old, count, n_bytes);
}

char *__wrap_strdup(const char *text)
{
    return must_fail() ? NULL : __real_strdup(text);
}

static enum hone_status load_file(void *context, const char *path, char **out_text,
                                  size_t *out_bytes, struct hone_error *err)
{
    static const char main_file[] =
        "$template t\n$space s\n$param A a\n$param B b\n$include \"v${A}\"\n$let x = B + '!'\n"
        "$for i in 0..3\n$if i\n$call m('p' + str(i), i)\n$end\n$end\n${x}\n$assert 1 \"${x}\"\n";
    static const char included[] = "$macro m(a, b)\n$let c = a + a\n%${c} = ${b}\n$end\n";
    const char *text = strcmp(path, "t") ? included : main_file;
    (void)context;
    *out_bytes = strlen(text);
    *out_text = strdup(text);
    return *out_text ? HONE_OK : hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for %s", path);
}

static enum hone_status render(struct hone_error *err)
{
    struct hone_template_loader loader = {load_file, NULL, "templates/"};
    struct hone_template_library *library;
    const struct hone_template *tmpl;
    struct hone_env env;
    char *text = NULL;
    size_t n_bytes;
    HONE_TRY(hone_template_library_open(&loader, &library, err));
    hone_env_init(&env, NULL);
    enum hone_status status = hone_env_set_int(&env, "A", 2, err);
    if (status == HONE_OK) status = hone_env_set_text(&env, "B", "text", err);
    if (status == HONE_OK) status = hone_template_load(library, "t", &tmpl, err);
    if (status == HONE_OK)
        status = hone_template_render(library, tmpl, &env, NULL, &text, &n_bytes, err);
    assert_int_equal(status == HONE_OK, text != NULL);
    if (text) assert_non_null(strstr(text, "%p2p2 = 2\ntext!\n"));
    free(text);
    hone_env_release(&env);
    hone_template_library_close(library);
    return status;
}

static char *space_text;

static enum hone_status use_space(struct hone_error *err)
{
    static const char *const numbers[] = {"vl", "vregs", "m_max", "n"};
    struct hone_space *space;
    struct hone_config config, sample[8];
    struct hone_launch_record record;
    struct hone_env env;
    size_t n;
    HONE_TRY(hone_space_parse(space_text, strlen(space_text), "g.json", &space, err));
    hone_env_init(&env, NULL);
    enum hone_status status = hone_env_set_text(&env, "w_type", "q4_0", err);
    for (size_t i = 0; status == HONE_OK && i < 4; i++)
        status = hone_env_set_int(&env, numbers[i], i == 1 ? 32 : 8, err);
    if (status == HONE_OK) status = hone_space_default(space, &env, &config, err);
    if (status == HONE_OK) status = hone_space_launch(space, &env, &config, &record, err);
    if (status == HONE_OK) status = hone_space_sample(space, &env, 1, 8, sample, &n, err);
    hone_env_release(&env);
    hone_space_free(space);
    return status;
}

/* Runs `work` with its first, second, ... allocation failing until it gets through. */
static void fail_each(enum hone_status (*work)(struct hone_error *err), long at_least)
{
    enum hone_status status = HONE_ERR_NO_MEMORY;
    long n = 0;
    for (; status != HONE_OK; n++) {
        struct hone_error err = {0};
        calls_left = n;
        status = work(&err);
        bool is_through = calls_left >= 0;
        calls_left = -1;
        if (is_through) assert_int_equal(status, HONE_OK);
        if (is_through) break;
        if (status != HONE_ERR_NO_MEMORY || !strstr(err.text, "no memory"))
            fail_msg("allocation %ld failed: %s, '%s'", n, hone_status_name(status), err.text);
    }
    print_message("%ld allocations failed\n", n);
    assert_true(n >= at_least);
}

static void templates(void **state)
{
    (void)state;
    fail_each(render, 25);
}

static void spaces(void **state)
{
    (void)state;
    char path[4096];
    size_t n_bytes;
    snprintf(path, sizeof path, "%s/tests/golden/space/gemm_i8.json", getenv("HONE_SOURCE"));
    assert_int_equal(hone_file_read(path, 1 << 20, &space_text, &n_bytes, NULL), HONE_OK);
    fail_each(use_space, 25);
    free(space_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates),
        cmocka_unit_test(spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
