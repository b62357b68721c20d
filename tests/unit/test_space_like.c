/* SPDX-License-Identifier: MIT */
/* Spaces that name formulas once (let) and spaces that are like another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/space/space.h"
#include "runtime/base/file.h"

#define HEAD "{\"space\": \"s\", \"op\": \"gemm\", \"family\": \"cpu\", \"template\": \"t\", "
#define TAIL                                                                                       \
    "\"entry\": \"k\", \"applies\": \"true\", \"problem\": [\"w_type\"], \"formats\": {}, "        \
    "\"grid\": {\"rule\": \"const\", \"p0\": \"1\", \"p1\": \"1\"}, \"scratch\": \"room\", "       \
    "\"rank\": \"1\", \"numerics\": \"'x'\", \"let\": {\"room\": \"A + wide\", \"cost\": \"2\"}, " \
    "\"parameters\": {\"A\": [1, 2, 3], \"B\": [1, 2]}, \"constraints\": [\"room * B <= 8\"], "    \
    "\"default\": {\"A\": \"cost\", \"B\": \"1\"}}"
static const char base[] = HEAD TAIL;

static char folder[32];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hone_like_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"base.json", "other.json"};
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static const char *put(const char *name, const char *text)
{
    static char path[64];
    struct hone_error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(hone_file_replace(path, text, strlen(text), &err), HONE_OK);
    return path;
}

static struct hone_space *load_other(const char *text)
{
    struct hone_space *space;
    struct hone_error err;
    put("base.json", base);
    if (hone_space_load(put("other.json", text), &space, &err) != HONE_OK) fail_msg("%s", err.text);
    return space;
}

static void refuse_other(const char *text, enum hone_status wanted, const char *message)
{
    struct hone_space *space;
    struct hone_error err;
    assert_int_equal(hone_space_load(put("other.json", text), &space, &err), wanted);
    assert_null(space);
    if (!strstr(err.text, message)) fail_msg("'%s' is not in '%s'", message, err.text);
}

static uint64_t count_with_wide(const struct hone_space *space, int64_t wide)
{
    struct hone_env env;
    struct hone_error err;
    uint64_t n;
    hone_env_init(&env, NULL);
    assert_int_equal(hone_env_set_int(&env, "wide", wide, &err), HONE_OK);
    if (hone_space_count(space, &env, &n, &err) != HONE_OK) fail_msg("%s", err.text);
    hone_env_release(&env);
    return n;
}

static void a_let_stands_for_its_formula(void **state)
{
    (void)state;
    struct hone_space *space = load_other(base);
    struct hone_env env;
    struct hone_error err;
    struct hone_config config;
    char text[HONE_CONFIG_TEXT_BYTES];
    struct hone_launch_record record;
    /* (A + 2) * B <= 8, not A + 2 * B: A 1..3 with B 1, A 1 and 2 with B 2 */
    assert_int_equal(count_with_wide(space, 2), 5);
    assert_int_equal(count_with_wide(space, 6), 2);
    hone_env_init(&env, NULL);
    assert_int_equal(hone_env_set_int(&env, "wide", 2, &err), HONE_OK);
    assert_int_equal(hone_space_default(space, &env, &config, &err), HONE_OK);
    assert_int_equal(hone_config_print(space, &config, text), HONE_OK);
    assert_string_equal(text, "A=2 B=1");
    assert_int_equal(hone_space_launch(space, &env, &config, &record, &err), HONE_OK);
    assert_int_equal(record.scratch_bytes, 4);
    hone_env_release(&env);
    /* a constraint waits for what its lets name */
    assert_true(hone_expr_uses(space->constraints[0], "A"));
    assert_true(hone_expr_uses(space->constraints[0], "wide"));
    assert_false(hone_expr_uses(space->constraints[0], "room"));
    assert_string_equal(hone_expr_source(space->constraints[0]), "room * B <= 8");
    assert_string_equal(hone_expr_source(space->scratch), "A + wide");
    hone_space_free(space);
}

static void an_error_in_a_let_is_placed_there(void **state)
{
    (void)state;
    struct hone_space *space = load_other(base);
    struct hone_env env;
    struct hone_error err;
    uint64_t n;
    hone_env_init(&env, NULL);
    assert_int_equal(hone_space_count(space, &env, &n, &err), HONE_ERR_TEMPLATE);
    const char *at = strstr(base, "A + wide");
    char wanted[160];
    snprintf(wanted, sizeof wanted, "%s/other.json:1:%d: 'wide' is not defined", folder,
             (int)(at - base) + 5);
    if (!strstr(err.text, wanted)) fail_msg("'%s' is not in '%s'", wanted, err.text);
    hone_env_release(&env);
    hone_space_free(space);
}

static void what_another_says_is_put_over(void **state)
{
    (void)state;
    struct hone_space *space =
        load_other("{\"like\": \"base.json\", \"space\": \"t\", \"op\": \"gemm_add\", "
                   "\"let\": {\"room\": \"A * wide\"}, \"parameters\": {\"B\": [1, 2, 4]}, "
                   "\"default\": {\"B\": \"cost\"}, \"formats\": {\"y\": \"'f32'\"}}");
    assert_string_equal(space->name, "t");
    assert_string_equal(space->op, "gemm_add");
    assert_string_equal(space->family, "cpu");
    assert_int_equal(space->n_parameters, 2);
    assert_int_equal(space->parameters[0].n_values, 3);
    assert_int_equal(space->parameters[1].n_values, 3);
    assert_int_equal(space->n_operands, 1);
    /* A * 2 * B <= 8: all A with B 1, A 1 and 2 with B 2, A 1 with B 4 */
    assert_int_equal(count_with_wide(space, 2), 6);
    hone_space_free(space);
}

static void an_unproven_space_says_why(void **state)
{
    (void)state;
    struct hone_space *space = load_other("{\"like\": \"base.json\", \"unproven\": \"never ran\"}");
    assert_string_equal(space->unproven, "never ran");
    hone_space_free(space);
    space = load_other(base);
    assert_null(space->unproven);
    hone_space_free(space);
    refuse_other("{\"like\": \"base.json\", \"unproven\": true}", HONE_ERR_TEMPLATE,
                 "unproven: text was expected");
}

static void what_cannot_be_put_together(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{\"like\": 3}", "other.json: like: the name of a file beside it was expected"},
        {"{\"like\": \"../base.json\"}", "like: the name of a file beside it was expected"},
        {"{\"like\": \"\"}", "like: the name of a file beside it was expected"},
        {"{\"like\": \"other.json\"}", "is like another itself"},
        {"{\"like\": \"base.json\", \"let\": {\"A\": \"1\"}}", "'A' is a let"},
        {"{\"like\": \"base.json\", \"let\": {\"w_type\": \"1\"}}", "'w_type' is a let"},
        {"{\"like\": \"base.json\", \"let\": {\"a b\": \"1\"}}", "let: 'a b' is not a name"},
        {"{\"like\": \"base.json\", \"let\": 1}", "let: an object was expected"},
        {"{\"like\": \"base.json\", \"unknown\": 1}", "unknown key 'unknown'"},
    };
    put("base.json", base);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_other(cases[i].text, HONE_ERR_TEMPLATE, cases[i].message);
    put("base.json", "[]");
    refuse_other("{\"like\": \"base.json\"}", HONE_ERR_TEMPLATE, "base.json holds no object");
    put("base.json", "{");
    refuse_other("{\"like\": \"base.json\"}", HONE_ERR_TEMPLATE, "base.json:1:1: ");
    refuse_other("{\"like\": \"absent.json\"}", HONE_ERR_NOT_FOUND, "absent.json");
}

static void a_let_sees_those_before_it(void **state)
{
    (void)state;
    struct hone_space *space =
        load_other("{\"like\": \"base.json\", \"let\": {\"cost\": \"room - wide\"}}");
    assert_true(hone_expr_uses(space->lets[1].expr, "A"));
    hone_space_free(space);
    refuse_other("{\"like\": \"base.json\", \"let\": {\"room\": \"A + (wide\"}}", HONE_ERR_TEMPLATE,
                 "other.json:1:");
}

/* Each doubles the one before: what the last stands for would take 2^16 steps and more. */
static void lets_do_not_grow_without_bound(void **state)
{
    (void)state;
    char text[1024] = "{\"like\": \"base.json\", \"let\": {\"room\": \"A + A\"";
    for (int i = 0; i < 13; i++)
        sprintf(text + strlen(text), ", \"d%d\": \"%s%d + %s%d\"", i, i ? "d" : "room + 0 * ",
                i ? i - 1 : i, i ? "d" : "room + 0 * ", i ? i - 1 : i);
    strcat(text, "}}");
    put("base.json", base);
    refuse_other(text, HONE_ERR_TEMPLATE, "expression is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_let_stands_for_its_formula),
        cmocka_unit_test(an_error_in_a_let_is_placed_there),
        cmocka_unit_test(what_another_says_is_put_over),
        cmocka_unit_test(an_unproven_space_says_why),
        cmocka_unit_test(what_cannot_be_put_together),
        cmocka_unit_test(a_let_sees_those_before_it),
        cmocka_unit_test(lets_do_not_grow_without_bound),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
