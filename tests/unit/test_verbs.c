/* SPDX-License-Identifier: MIT */
/* Problems as text, and tables: what the verbs read and print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/problem_text.h"
#include "tuner/report/table.h"

/* A problem of every op, with all that a key may hold. */
static void every_key_reads_back(void **state)
{
    (void)state;
    size_t n_ops;
    const struct hone_op *const *ops = hone_op_table(&n_ops);
    assert_true(n_ops >= 10);
    for (size_t o = 0; o < n_ops; o++)
        for (int variation = 0; variation < 4; variation++) {
            struct hone_problem problem = {.op = ops[o]}, back;
            char key[HONE_PROBLEM_KEY_BYTES];
            struct hone_error err = {0};
            for (uint32_t d = 0; d < ops[o]->n_dims; d++) problem.dims[d] = 32 * (d + 1);
            for (uint32_t a = 0; a < ops[o]->n_attrs; a++) problem.attrs[a] = 1e-5f * (a + 1);
            for (uint32_t i = 0; i < ops[o]->n_operands; i++)
                problem.types[i] = (enum hone_type)(HONE_TYPE_F32 + (i + o) % 6);
            problem.acts = variation & 1 ? HONE_TYPE_Q8A : HONE_TYPE_BF16;
            problem.m_min = 2, problem.m_max = 4, problem.m = 3;
            problem.context = variation & 2 ? 576 : 0;
            problem.rows_are_out = variation & 1;
            hone_problem_key(&problem, key);
            if (problem_parse(key, &back, &err) != HONE_OK) fail_msg("%s", err.text);
            assert_ptr_equal(back.op, problem.op);
            assert_memory_equal(back.dims, problem.dims, sizeof back.dims);
            assert_memory_equal(back.attrs, problem.attrs, sizeof back.attrs);
            assert_memory_equal(back.types, problem.types, sizeof back.types);
            assert_int_equal(back.m_min, 2);
            assert_int_equal(back.m, 3);
            assert_int_equal(back.m_max, 4);
            assert_int_equal(back.context, problem.context);
            assert_int_equal(back.rows_are_out, problem.rows_are_out);
            assert_int_equal(back.acts, problem.acts);
        }
}

static void damaged_keys_are_refused(void **state)
{
    (void)state;
    static const char good[] = "gemm n=7 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1";
    struct hone_problem problem;
    assert_int_equal(problem_parse(good, &problem, NULL), HONE_OK);
    for (size_t cut = 0; cut + 1 < sizeof good; cut++) {
        char text[sizeof good];
        memcpy(text, good, cut);
        text[cut] = '\0';
        assert_int_equal(problem_parse(text, &problem, NULL), HONE_ERR_FORMAT);
    }
    static const char *const bad[] = {"",
                                      "none n=1 k=1",
                                      "gemm n=-7 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1",
                                      "gemm n=0 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1",
                                      "gemm n=7 k=64 types=q8a,q9_0,f32 acts=q8a m=1-1@1",
                                      "gemm n=7 k=64 types=q8a,q8_0 acts=q8a m=1-1@1",
                                      "gemm n=7 k=64 types=q8a,q8_0,f32 acts=q8a m=2-1@1",
                                      "gemm n=7 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1 more=1",
                                      "gemm n=4294967296 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1",
                                      "gemm  n=7 k=64 types=q8a,q8_0,f32 acts=q8a m=1-1@1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(problem_parse(bad[i], &problem, NULL), HONE_ERR_FORMAT);
}

static void assignments(void **state)
{
    (void)state;
    struct hone_problem problem;
    problem_init(&problem, hone_op_find("gemm"));
    static const struct {
        const char *name, *value;
    } good[] = {{"n", "33"},    {"w_type", "q4_0"}, {"x", "q8a"},         {"acts", "int8"},
                {"m", "5-8@7"}, {"context", "9"},   {"rows_are_out", "1"}},
      bad[] = {{"n", "x"},          {"n", "0"},       {"w_type", "q4"}, {"acts", "q4_0"},
               {"m", "0"},          {"m", "5-8@9"},   {"m", "8-5"},     {"head_dim", "64"},
               {"", "1"},           {"_type", "f32"}, {"types", "f32"}, {"rows", "x"},
               {"n", "99999999999"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(problem_set(&problem, good[i].name, good[i].value, NULL), HONE_OK);
    assert_int_equal(problem.dims[0], 33);
    assert_int_equal(problem.types[1], HONE_TYPE_Q4_0);
    assert_int_equal(problem.types[0], HONE_TYPE_Q8A);
    assert_int_equal(problem.acts, HONE_TYPE_Q8A);
    assert_int_equal(problem.m_min, 5);
    assert_int_equal(problem.m_max, 8);
    assert_int_equal(problem.m, 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(problem_set(&problem, bad[i].name, bad[i].value, NULL), HONE_ERR_ARGUMENT);
    assert_int_equal(problem_set(&problem, "m", "512", NULL), HONE_OK);
    assert_int_equal(problem.m_min, 257);
}

static void format_tuples(void **state)
{
    (void)state;
    struct hone_call call = {0};
    assert_int_equal(
        problem_parse("gemm n=7 k=64 types=q8a,q4_0,f32 acts=q8a m=1-1@1", &call.problem, NULL),
        HONE_OK);
    assert_int_equal(problem_formats_parse("x=q8a w=q4_0/r16 y=f32", &call, NULL), HONE_OK);
    assert_ptr_equal(call.formats[1], hone_format_find("q4_0/r16"));
    static const char *const bad[] = {"",
                                      "x=q8a",
                                      "x=q8a w=q4_0/r16",
                                      "x=q8a w=q4_0/r16 y=f32 ",
                                      "x=q8a w=q4_0/r16 y=f32 z=f32",
                                      "x=q8a w=q8_0/r16 y=f32",
                                      "w=q4_0/r16 x=q8a y=f32",
                                      "x=q8a  w=q4_0/r16 y=f32",
                                      "x=q8a w=q4_0/r99 y=f32"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(problem_formats_parse(bad[i], &call, NULL), HONE_ERR_FORMAT);
}

static char *printed(void (*print)(FILE *to))
{
    char *text = NULL;
    size_t n_bytes;
    FILE *to = open_memstream(&text, &n_bytes);
    assert_non_null(to);
    print(to);
    fclose(to);
    return text;
}

static void print_small_table(FILE *to)
{
    static const char *const titles[] = {"name", ">size", "note", NULL};
    struct table table;
    table_begin(&table, titles);
    for (int i = 0; i < 3; i++) {
        table_cell(&table, "%s", i == 1 ? "a\tb\x1b[0m" : "µs");
        table_cell(&table, "%d", i * 1000);
        table_cell(&table, "%s", i == 2 ? "last" : "");
    }
    assert_int_equal(table_end(&table, to, NULL), HONE_OK);
    assert_null(table.cells);
}

static void tables_line_up(void **state)
{
    (void)state;
    char *text = printed(print_small_table);
    assert_string_equal(text, "name     size  note\n"
                              "µs          0  \n"
                              "a?b?[0m  1000  \n"
                              "µs       2000  last\n");
    free(text);
}

static void sizes(void **state)
{
    (void)state;
    static const struct {
        double n_bytes;
        const char *text;
    } rows[] = {{0, "0 B"},         {999, "999 B"},    {999.6, "1.0 KB"}, {1536, "1.5 KB"},
                {138816, "139 KB"}, {5.2e6, "5.2 MB"}, {3e9, "3.0 GB"},   {1e15, "1000 TB"}};
    char text[REPORT_SIZE_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(report_size(rows[i].n_bytes, text), rows[i].text);
}

static void print_foreign_json(FILE *to)
{
    json_t *json = json_array();
    json_array_append_new(json, report_json_text("caf\xe9", 4));
    json_array_append_new(json, report_json_text("caf\xc3\xa9", 5));
    assert_int_equal(report_json(json, to, NULL), HONE_OK);
    assert_int_equal(report_json(NULL, to, NULL), HONE_ERR_NO_MEMORY);
}

static void json_is_utf8(void **state)
{
    (void)state;
    char *text = printed(print_foreign_json);
    assert_non_null(strstr(text, "\"caf?\""));
    assert_non_null(strstr(text, "\"caf\xc3\xa9\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_reads_back), cmocka_unit_test(damaged_keys_are_refused),
        cmocka_unit_test(assignments),          cmocka_unit_test(format_tuples),
        cmocka_unit_test(tables_line_up),       cmocka_unit_test(sizes),
        cmocka_unit_test(json_is_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
