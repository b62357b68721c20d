/* SPDX-License-Identifier: MIT */
/* Search spaces: the schema, configs as text, defaults, launch records, folders. */
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

/* tests/golden/space/gemm_i8.json, which the cases are edits of. */
static char *gemm;

/* Where a case is kept, read whole; freed by the caller. */
static char *read_golden(const char *name)
{
    char path[4096], *text;
    size_t n_bytes;
    struct hone_error err;
    snprintf(path, sizeof path, "%s/tests/golden/space/%s", getenv("HONE_SOURCE"), name);
    if (hone_file_read(path, 1 << 20, &text, &n_bytes, &err) != HONE_OK) fail_msg("%s", err.text);
    return text;
}

static int load_gemm(void **state)
{
    (void)state;
    gemm = read_golden("gemm_i8.json");
    return 0;
}

static int free_gemm(void **state)
{
    (void)state;
    free(gemm);
    return 0;
}

static void fill(struct hone_env *env)
{
    hone_env_init(env, NULL);
    assert_int_equal(hone_env_set_text(env, "w_type", "q4_0", NULL), HONE_OK);
    assert_int_equal(hone_env_set_text(env, "acts", "int8", NULL), HONE_OK);
    assert_int_equal(hone_env_set_text(env, "isa", "avx512", NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "vl", 16, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "vregs", 32, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "m_max", 8, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "n", 1000, NULL), HONE_OK);
}

static struct hone_space *parse(const char *text)
{
    struct hone_space *space;
    struct hone_error err;
    if (hone_space_parse(text, strlen(text), "g.json", &space, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return space;
}

/* `text` with the first `from` replaced; freed by the caller. */
static char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at) fail_msg("'%s' is not in the text", from);
    char *out = malloc(strlen(text) + strlen(to) + 1);
    assert_non_null(out);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void a_space_as_loaded(void **state)
{
    (void)state;
    struct hone_space *space = parse(gemm);
    assert_string_equal(space->file, "g.json");
    assert_string_equal(space->name, "gemm_i8");
    assert_string_equal(space->op, "gemm");
    assert_string_equal(space->family, "cpu");
    assert_string_equal(space->template_path, "cpu/gemm_i8.ll.t");
    assert_string_equal(space->entry, "kernel");
    assert_string_equal(space->about, "");
    assert_int_equal(space->n_problem, 2);
    assert_string_equal(space->problem[1], "isa");
    assert_int_equal(space->n_parameters, 5);
    assert_string_equal(space->parameters[0].name, "MR"); /* the order of the file */
    assert_string_equal(space->parameters[4].name, "ORDER");
    assert_int_equal(space->parameters[3].n_values, 4);
    assert_int_equal(space->parameters[3].values[0].i, 8192);
    assert_string_equal(space->parameters[4].values[1].text, "column");
    assert_int_equal(space->n_constraints, 3);
    assert_int_equal(space->n_operands, 3);
    assert_string_equal(space->operands[2].name, "y");
    assert_string_equal(space->grid_rule, "tokens");
    hone_space_free(space);
    hone_space_free(NULL);
}

/* The lines "< from", "> to", "! message" of a file of cases; returns how many there were. */
static int each_edit(const char *name, void (*check)(const char *text, const char *wanted))
{
    char *cases = read_golden(name), *at = cases, *line, *from = NULL, *to = NULL;
    int n = 0;
    while ((line = strsep(&at, "\n"))) {
        if (line[0] == '<') from = line + 2;
        if (line[0] == '>') to = line + 2;
        if (line[0] != '!') continue;
        char *text = edited(gemm, from, to);
        check(text, line + 2);
        free(text);
        n++;
    }
    free(cases);
    return n;
}

static void check_schema_error(const char *text, const char *wanted)
{
    struct hone_space *space = NULL;
    struct hone_error err = {0};
    assert_int_equal(hone_space_parse(text, strlen(text), "g.json", &space, &err),
                     HONE_ERR_TEMPLATE);
    assert_null(space);
    if (strchr(wanted, '~'))
        assert_memory_equal(err.text, wanted, strcspn(wanted, "~"));
    else
        assert_string_equal(err.text, wanted);
}

static void schema_errors(void **state)
{
    (void)state;
    assert_int_equal(each_edit("schema_errors.case", check_schema_error), 44);
}

/* Every prefix of a good file is an error, never a crash. */
static void truncated_files(void **state)
{
    (void)state;
    size_t n_bytes = strlen(gemm);
    for (size_t i = 0; i < n_bytes - 2; i++) {
        struct hone_space *space;
        struct hone_error err;
        assert_int_equal(hone_space_parse(gemm, i, "g.json", &space, &err), HONE_ERR_TEMPLATE);
        assert_null(space);
    }
}

static void limits_of_the_schema(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_space *space;
    char list[4096] = "\"NV\": [0", *text;
    for (int i = 1; i < 64; i++) sprintf(list + strlen(list), ",%d", i);
    strcat(list, "]");
    text = edited(gemm, "\"NV\": [1,2,4]", list);
    hone_space_free(parse(text));
    free(text);
    strcpy(list + strlen(list) - 1, ",64]");
    text = edited(gemm, "\"NV\": [1,2,4]", list);
    assert_int_equal(hone_space_parse(text, strlen(text), "g.json", &space, &err),
                     HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "g.json: parameters.NV: more than 64 entries");
    free(text);
    strcpy(list, "\"NV\": [1,2,4]");
    for (int i = 0; i < 12; i++) sprintf(list + strlen(list), ", \"P%d\": [0]", i);
    text = edited(gemm, "\"NV\": [1,2,4]", list);
    assert_int_equal(hone_space_parse(text, strlen(text), "g.json", &space, &err),
                     HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "g.json: parameters: more than 16 keys");
    free(text);
    for (int length = 63; length < 65; length++) {
        sprintf(list, "\"op\": \"azAZ09_%0*d\"", length - 7, 0);
        text = edited(gemm, "\"op\": \"gemm\"", list);
        enum hone_status status = hone_space_parse(text, strlen(text), "g.json", &space, &err);
        assert_int_equal(status, length < 64 ? HONE_OK : HONE_ERR_TEMPLATE);
        if (status != HONE_OK) assert_string_equal(err.text, "g.json: op: longer than 63 bytes");
        hone_space_free(space);
        free(text);
    }
}

static void applies_and_hidden_names(void **state)
{
    (void)state;
    struct hone_space *space = parse(gemm);
    struct hone_env env;
    struct hone_error err;
    bool applies;
    fill(&env);
    assert_int_equal(hone_space_applies(space, &env, &applies, &err), HONE_OK);
    assert_true(applies);
    hone_env_set_text(&env, "w_type", "f32", NULL);
    assert_int_equal(hone_space_applies(space, &env, &applies, &err), HONE_OK);
    assert_false(applies);
    hone_env_unset(&env, "w_type");
    assert_int_equal(hone_space_applies(space, &env, &applies, &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "g.json:4:18: 'w_type' is not defined");
    hone_env_set_int(&env, "MR", 3, NULL);
    assert_int_equal(hone_space_applies(space, &env, &applies, &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "g.json: parameter 'MR' hides a name of the problem");
    hone_env_release(&env);
    hone_space_free(space);
}

static void configs_as_text(void **state)
{
    (void)state;
    struct hone_space *space = parse(gemm);
    struct hone_config config, back;
    struct hone_error err;
    char text[HONE_CONFIG_TEXT_BYTES];
    assert_int_equal(
        hone_config_parse(space, "  NV=2 MR=14 ORDER=column R=16  PF=0 ", &config, &err), HONE_OK);
    assert_int_equal(hone_config_print(space, &config, text), HONE_OK);
    assert_string_equal(text, "MR=14 NV=2 R=16 PF=0 ORDER=column");
    assert_int_equal(hone_config_parse(space, text, &back, &err), HONE_OK);
    assert_memory_equal(&config, &back, sizeof config);
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"MR=14 NV=2 R=16 PF=0", "parameter 'ORDER' of space gemm_i8 is missing"},
        {"", "parameter 'MR' of space gemm_i8 is missing"},
        {"MR=14 NV=2 R=16 PF=0 ORDER=row X=1", "space gemm_i8 has no parameter for 'X=1'"},
        {"MR=14 MR=2 R=16 PF=0 ORDER=row", "'MR' is there twice"},
        {"MR=3 NV=2 R=16 PF=0 ORDER=row", "'MR=3' is not a listed value of space gemm_i8"},
        {"MR=1x NV=2 R=16 PF=0 ORDER=row", "'MR=1x' is not a listed value of space gemm_i8"},
        {"MR= NV=2 R=16 PF=0 ORDER=row", "'MR=' is not a listed value of space gemm_i8"},
        {"MR NV=2", "NAME=value was expected, not 'MR'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hone_config_parse(space, cases[i].text, &config, &err), HONE_ERR_ARGUMENT);
        assert_memory_equal(err.text, "config: ", 8);
        assert_string_equal(err.text + 8, cases[i].wanted);
    }
    config.index[1] = 3; /* NV has three values */
    assert_int_equal(hone_config_print(space, &config, text), HONE_ERR_ARGUMENT);
    struct hone_env env;
    const char *broken;
    fill(&env);
    assert_int_equal(hone_space_valid(space, &env, &config, &broken, &err), HONE_ERR_ARGUMENT);
    hone_env_release(&env);
    hone_space_free(space);
}

static void constraints(void **state)
{
    (void)state;
    struct hone_space *space = parse(gemm);
    struct hone_env env;
    struct hone_config config;
    struct hone_error err;
    const char *broken;
    fill(&env);
    assert_int_equal(hone_config_parse(space, "MR=8 NV=2 R=16 PF=0 ORDER=row", &config, &err),
                     HONE_OK);
    assert_int_equal(hone_space_valid(space, &env, &config, &broken, &err), HONE_OK);
    assert_null(broken);
    assert_int_equal(hone_config_parse(space, "MR=8 NV=4 R=16 PF=0 ORDER=row", &config, &err),
                     HONE_OK);
    assert_int_equal(hone_space_valid(space, &env, &config, &broken, &err), HONE_OK);
    assert_string_equal(broken, "MR*NV + NV + 1 <= vregs");
    assert_int_equal(hone_config_parse(space, "MR=12 NV=1 R=16 PF=0 ORDER=row", &config, &err),
                     HONE_OK);
    assert_int_equal(hone_space_valid(space, &env, &config, &broken, &err), HONE_OK);
    assert_string_equal(broken, "MR <= m_max || MR == 1");
    hone_env_unset(&env, "vregs");
    assert_int_equal(hone_space_valid(space, &env, &config, &broken, &err), HONE_ERR_TEMPLATE);
    assert_non_null(strstr(err.text, "g.json:8:38: 'vregs' is not defined"));
    hone_env_release(&env);
    hone_space_free(space);
}

static void defaults(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int m_max;
        const char *wanted; /* the config, or the error behind "g.json:" */
    } cases[] = {
        {"gemm", "gemm", 8, "MR=8 NV=2 R=16 PF=8192 ORDER=row"},
        {"gemm", "gemm", 1, "MR=1 NV=4 R=16 PF=8192 ORDER=row"},
        {"gemm", "gemm", 7, " default: MR=7 is not a listed value"},
        {"\"'row'\"", "\"'diagonal'\"", 8, " default: ORDER=diagonal is not a listed value"},
        {"\"'row'\"", "\"8192\"", 8, " default: ORDER=8192 is not a listed value"},
        {"MR == 1 ? 4 : 2", "4", 8,
         " default: MR=8 NV=4 R=16 PF=8192 ORDER=row breaks the "
         "constraint 'MR*NV + NV + 1 <= vregs'"},
        {"MR == 1 ? 4 : 2", "R / 8", 8, "9:62: 'R' is not defined"},
        {"\"8192\"", "\"1 << m\"", 8, "10:38: 'm' is not defined"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = edited(gemm, cases[i].from, cases[i].to), out[HONE_CONFIG_TEXT_BYTES];
        struct hone_space *space = parse(text);
        struct hone_env env;
        struct hone_config config;
        struct hone_error err;
        fill(&env);
        hone_env_set_int(&env, "m_max", cases[i].m_max, NULL);
        enum hone_status status = hone_space_default(space, &env, &config, &err);
        if (status == HONE_OK)
            hone_config_print(space, &config, out);
        else
            snprintf(out, sizeof out, "%s", err.text + strlen("g.json:"));
        assert_string_equal(out, cases[i].wanted);
        hone_env_release(&env);
        hone_space_free(space);
        free(text);
    }
}

static void launch_records(void **state)
{
    (void)state;
    struct hone_space *space = parse(gemm);
    struct hone_env env;
    struct hone_config config;
    struct hone_error err;
    struct hone_launch_record record;
    fill(&env);
    assert_int_equal(hone_config_parse(space, "MR=4 NV=2 R=8 PF=0 ORDER=row", &config, &err),
                     HONE_OK);
    assert_int_equal(hone_space_launch(space, &env, &config, &record, &err), HONE_OK);
    assert_int_equal(record.n_operands, 3);
    assert_string_equal(record.operands[0].operand, "x");
    assert_string_equal(record.operands[0].format, "q8a");
    assert_string_equal(record.operands[1].format, "q4_0/r8");
    assert_string_equal(record.operands[2].format, "f32");
    assert_string_equal(record.grid_rule, "tokens");
    assert_int_equal(record.grid_p0, 4);
    assert_int_equal(record.grid_p1, 63); /* ceil(1000 / 16) */
    assert_false(record.is_dynamic);
    assert_int_equal(record.scratch_bytes, 256);
    assert_int_equal(record.rank, 8);
    assert_string_equal(record.numerics, "i8b32");
    hone_space_free(space);
    hone_env_release(&env);
}

/* A parameter that decides nothing but the schedule: no template need know it. */
static void schedules(void **state)
{
    (void)state;
    static const struct hone_template_param params[] = {
        {"isa", "x"}, {"w_type", "x"}, {"MR", "x"}, {"NV", "x"}, {"R", "x"}, {"PF", "x"},
    };
    static const struct hone_template tmpl = {.path = "t",
                                              .name = "t",
                                              .space = "gemm_i8",
                                              .params = params,
                                              .n_params = sizeof params / sizeof *params};
    char *text = edited(gemm, "\"p0\": \"MR\"",
                        "\"p0\": \"MR\", \"schedule\": \"ORDER == 'row' ? 'static' : 'dynamic'\"");
    struct hone_space *space = parse(text);
    struct hone_env env;
    struct hone_config config;
    struct hone_error err;
    struct hone_launch_record record;
    fill(&env);
    assert_int_equal(hone_space_check(space, &tmpl, &err), HONE_OK);
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        const char *point =
            dynamic ? "MR=4 NV=2 R=8 PF=0 ORDER=column" : "MR=4 NV=2 R=8 PF=0 ORDER=row";
        assert_int_equal(hone_config_parse(space, point, &config, &err), HONE_OK);
        assert_int_equal(hone_space_launch(space, &env, &config, &record, &err), HONE_OK);
        assert_int_equal(record.is_dynamic, dynamic);
    }
    hone_space_free(space);
    hone_env_release(&env);
    free(text);
}

static void check_launch_error(const char *text, const char *wanted)
{
    struct hone_space *space = parse(text);
    struct hone_env env;
    struct hone_config config;
    struct hone_launch_record record;
    struct hone_error err;
    fill(&env);
    assert_int_equal(hone_config_parse(space, "MR=4 NV=2 R=8 PF=0 ORDER=row", &config, &err),
                     HONE_OK);
    assert_int_equal(hone_space_launch(space, &env, &config, &record, &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, wanted);
    hone_env_release(&env);
    hone_space_free(space);
}

static void launch_errors(void **state)
{
    (void)state;
    assert_int_equal(each_edit("launch_errors.case", check_launch_error), 15);
}

static void folders_of_spaces(void **state)
{
    (void)state;
    char folder[] = "/tmp/hone_spaces_XXXXXX", paths[4][64];
    assert_non_null(mkdtemp(folder));
    static const char *const names[4] = {"b.json", "a.json", "notes.txt", ".hidden.json"};
    char *texts[4] = {edited(gemm, "gemm_i8", "second"), edited(gemm, "gemm_i8", "first"),
                      strdup("not a space"), strdup("not a space")};
    struct hone_space_list list;
    struct hone_error err;
    assert_int_equal(hone_space_list_load(folder, &list, &err), HONE_OK);
    assert_int_equal(list.n_spaces, 0);
    hone_space_list_free(&list);
    for (int i = 0; i < 4; i++) {
        sprintf(paths[i], "%s/%s", folder, names[i]);
        assert_int_equal(hone_file_replace(paths[i], texts[i], strlen(texts[i]), &err), HONE_OK);
    }
    assert_int_equal(hone_space_list_load(folder, &list, &err), HONE_OK);
    assert_int_equal(list.n_spaces, 2);
    assert_string_equal(list.spaces[0]->name, "first");
    assert_string_equal(list.spaces[0]->file, paths[1]);
    assert_ptr_equal(hone_space_list_find(&list, "second"), list.spaces[1]);
    assert_null(hone_space_list_find(&list, "third"));
    hone_space_list_free(&list);
    assert_int_equal(hone_file_replace(paths[0], texts[1], strlen(texts[1]), &err), HONE_OK);
    assert_int_equal(hone_space_list_load(folder, &list, &err), HONE_ERR_TEMPLATE);
    assert_non_null(strstr(err.text, "b.json: space 'first' is in "));
    assert_int_equal(list.n_spaces, 0);
    assert_int_equal(hone_file_replace(paths[0], "{", 1, &err), HONE_OK);
    assert_int_equal(hone_space_list_load(folder, &list, &err), HONE_ERR_TEMPLATE);
    assert_non_null(strstr(err.text, "b.json:1:1: "));
    for (int i = 0; i < 4; i++) {
        unlink(paths[i]);
        free(texts[i]);
    }
    rmdir(folder);
    assert_int_equal(hone_space_list_load(folder, &list, &err), HONE_ERR_NOT_FOUND);
    struct hone_space *space;
    assert_int_equal(hone_space_load(paths[0], &space, &err), HONE_ERR_NOT_FOUND);
}

static void space_against_template(void **state)
{
    (void)state;
    static const struct hone_template_param all[] = {
        {"ORDER", "x"}, {"isa", "x"}, {"MR", "x"}, {"NV", "x"}, {"w_type", "x"},
        {"R", "x"},     {"PF", "x"},  {"KU", "x"}, {"XX", "x"},
    };
    static const struct {
        size_t first, n;
        const char *space, *wanted;
    } cases[] = {
        {0, 7, "gemm_i8", NULL},
        {0, 7, "gemm", "g.json: template t belongs to space 'gemm', not to 'gemm_i8'"},
        {0, 8, "gemm_i8", "g.json: parameters differ from template t: not in the space: KU"},
        {1, 6, "gemm_i8", "g.json: parameters differ from template t: without $param line: ORDER"},
        {2, 7, "gemm_i8",
         "g.json: parameters differ from template t: without $param line: isa ORDER; not in the "
         "space: KU XX"},
    };
    struct hone_space *space = parse(gemm);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_template tmpl = {.path = "t",
                                     .name = "t",
                                     .space = cases[i].space,
                                     .params = all + cases[i].first,
                                     .n_params = cases[i].n};
        struct hone_error err;
        enum hone_status status = hone_space_check(space, &tmpl, &err);
        assert_int_equal(status, cases[i].wanted ? HONE_ERR_TEMPLATE : HONE_OK);
        if (cases[i].wanted) assert_string_equal(err.text, cases[i].wanted);
    }
    hone_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_as_loaded),
        cmocka_unit_test(schema_errors),
        cmocka_unit_test(truncated_files),
        cmocka_unit_test(limits_of_the_schema),
        cmocka_unit_test(applies_and_hidden_names),
        cmocka_unit_test(configs_as_text),
        cmocka_unit_test(constraints),
        cmocka_unit_test(defaults),
        cmocka_unit_test(launch_records),
        cmocka_unit_test(schedules),
        cmocka_unit_test(launch_errors),
        cmocka_unit_test(folders_of_spaces),
        cmocka_unit_test(space_against_template),
    };
    return cmocka_run_group_tests(tests, load_gemm, free_gemm);
}
