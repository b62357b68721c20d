/* SPDX-License-Identifier: MIT */
/* The expression language: values, precedence, checked arithmetic, every error with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/template/expr.h"

struct example {
    const char *source, *wanted; /* the value as templates print it, or the error */
};

static void fill(struct hone_env *env)
{
    hone_env_init(env, NULL);
    assert_int_equal(hone_env_set_int(env, "n", 7, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "big", INT64_MAX, NULL), HONE_OK);
    assert_int_equal(hone_env_set_int(env, "low", INT64_MIN, NULL), HONE_OK);
    assert_int_equal(hone_env_set_float(env, "h", 0.5, NULL), HONE_OK);
    assert_int_equal(hone_env_set_text(env, "t", "q4_0", NULL), HONE_OK);
}

/* The printed value, or the error, of one source. */
static void evaluate(const char *source, char *out, size_t n_bytes, enum hone_status *out_status)
{
    struct hone_env env;
    struct hone_arena arena = {0};
    struct hone_error err = {0};
    struct hone_value value;
    const struct hone_expr *expr;
    struct hone_place place = {"x", 1, 1};
    fill(&env);
    *out_status = hone_expr_parse(source, strlen(source), &place, &arena, &expr, &err);
    if (*out_status == HONE_OK) {
        const char *kept = hone_expr_source(expr); /* without blanks at the end */
        assert_memory_equal(kept, source, strlen(kept));
        *out_status = hone_expr_eval(expr, &env, &arena, &value, &err);
    }
    if (*out_status == HONE_OK)
        hone_value_print(&value, out, n_bytes);
    else
        snprintf(out, n_bytes, "%s", err.text);
    hone_arena_release(&arena);
    hone_env_release(&env);
}

static void check(const struct example *examples, size_t n, enum hone_status wanted)
{
    for (size_t i = 0; i < n; i++) {
        char text[HONE_ERROR_TEXT_BYTES];
        enum hone_status status;
        evaluate(examples[i].source, text, sizeof text, &status);
        if (status != wanted || strcmp(text, examples[i].wanted))
            fail_msg("%s\n  gave   %s: %s\n  wanted %s", examples[i].source,
                     hone_status_name(status), text, examples[i].wanted);
    }
}

#define CHECK(examples, status) check(examples, sizeof examples / sizeof *examples, status)

static void values(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"1", "1"},
        {"0x1f", "31"},
        {" \t\n 12 ", "12"},
        {"1.5e-3", "0.0015"},
        {".25", "0.25"},
        {"2.", "2"},
        {"1e3", "1000"},
        {"true + true + false", "2"},
        {"'a\\'b' + \"c\\\"d\"", "a'bc\"d"},
        {"'\\\\\\n\\t'", "\\\n\t"},
        {"n", "7"},
        {"t + '/r' + str(16)", "q4_0/r16"},
        {"9223372036854775807", "9223372036854775807"},
        {"1.0 / 3", "0.33333333333333331"},
        {"-n", "-7"},
        {"--n", "7"},
        {"!n + !0 + !0.0", "2"},
        {"-9223372036854775807 - 1", "-9223372036854775808"},
    };
    CHECK(examples, HONE_OK);
}

static void operators(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"100 / 10 / 5", "2"},
        {"-7 / 2", "-3"},
        {"-7 % 3", "-1"},
        {"1 << 2 + 1", "8"},
        {"64 >> 1 >> 2", "8"},
        {"-8 >> 1", "-4"},
        {"0 << 63", "0"},
        {"1 << 62 == 4611686018427387904", "1"},
        {"-1 << 62", "-4611686018427387904"},
        {"1 | 6 & 3 ^ 8", "11"},
        {"5 & 3 == 3", "1"}, /* as in C: 5 & (3 == 3) */
        {"1 < 2 == 2 > 1", "1"},
        {"1 <= 1 && 2 >= 3", "0"},
        {"0 || 0 || 3", "1"},
        {"1 || 0 && 0", "1"},
        {"0.5 && 0.0", "0"},
        {"1 == 1.0", "1"},
        {"1 != 1.5", "1"},
        {"1 < 1.5", "1"},
        {"t == 'q4_0'", "1"},
        {"t != 'q8_0'", "1"},
        {"1 ? 2 : 3", "2"},
        {"0 ? 1 : 0 ? 2 : 3", "3"},
        {"1 ? 0 ? 4 : 5 : 6", "5"},
        {"1 + 1 ? 'a' : 'b'", "a"},
        {"7 / 2.0", "3.5"},
        {"h * 4 - 1", "1"},
        {"low / 1 + big", "-1"},
        {"low % -1", "0"},
        {"7 / -1", "-7"},
        {"9007199254740993 == 9007199254740992", "0"}, /* not through doubles */
        {"int(-9223372036854775808.0)", "-9223372036854775808"},
        {"0x1e+1", "31"},
        {"(1.5 <= 1.5) + (1.5 >= 1.5) * 2 + (1.5 < 1.5) * 4 + (1.5 > 1.5) * 8", "3"},
        {"n < 3 || n > 5", "1"},
    };
    CHECK(examples, HONE_OK);
}

/* The side that does not matter is not evaluated: it would fail. */
static void lazy_sides(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"0 && 1 / 0", "0"},     {"1 || nobody", "1"},      {"1 ? 2 : 1 / 0", "2"},
        {"0 ? nobody : 3", "3"}, {"n != 0 && 14 / n", "1"},
    };
    CHECK(examples, HONE_OK);
}

static void functions(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"min(3)", "3"},
        {"min(3, 1, 2)", "1"},
        {"max(3, 1, 7, 2)", "7"},
        {"max(1, 2.5)", "2.5"},
        {"min(1, 2.5) / 2", "0.5"}, /* one float makes it a float */
        {"ceildiv(7, 2)", "4"},
        {"ceildiv(8, 2)", "4"},
        {"ceildiv(-7, 2)", "-3"},
        {"ceildiv(big, 2)", "4611686018427387904"},
        {"roundup(17, 16)", "32"},
        {"roundup(16, 16)", "16"},
        {"roundup(0, 16)", "0"},
        {"log2(1)", "0"},
        {"log2(1023)", "9"},
        {"log2(1024)", "10"},
        {"pow2(0) + pow2(5)", "33"},
        {"pow2(62)", "4611686018427387904"},
        {"abs(-3) + abs(3)", "6"},
        {"abs(-1.5)", "1.5"},
        {"int(2.9) + int(-2.9)", "0"},
        {"int(n)", "7"},
        {"float(7) / 2", "3.5"},
        {"str(12) + str(0.5) + str(t)", "120.5q4_0"},
        {"in(t, 'f32', 'q4_0')", "1"},
        {"in(n, 1, 2)", "0"},
        {"in(1, 1.0)", "1"},
        {"hexfloat(1)", "0x3ff0000000000000"},
        {"hexfloat(0.7)", "0x3fe6666660000000"}, /* of 0.7f, not of 0.7 */
        {"hexfloat(-0.0)", "0x8000000000000000"},
        {"hexfloat(1e-45)", "0x36a0000000000000"},
        {"len(t) + len('')", "4"},
    };
    CHECK(examples, HONE_OK);
}

static void parse_errors(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", "x:1:1: a value was expected, not the end"},
        {"1 +", "x:1:4: a value was expected, not the end"},
        {"1 + )", "x:1:5: a value was expected, not ')'"},
        {"(1", "x:1:3: an operator or ')' was expected, not the end"},
        {"1 2", "x:1:3: an operator or the end was expected, not '2'"},
        {"1 ? 2", "x:1:6: ':' was expected, not the end"},
        {"a = 1", "x:1:3: an operator or the end was expected, not '='"},
        {"a & & b", "x:1:5: a value was expected, not '&'"},
        {"min(1 2)", "x:1:7: ',' or ')' was expected, not '2'"},
        {"min(1,)", "x:1:7: a value was expected, not ')'"},
        {"foo(1)", "x:1:1: no function is called 'foo'"},
        {"1 + min()", "x:1:5: min takes at least 1 argument, not 0"},
        {"log2(1, 2)", "x:1:1: log2 takes 1 argument, not 2"},
        {"ceildiv(1)", "x:1:1: ceildiv takes 2 arguments, not 1"},
        {"'abc", "x:1:1: quoted text without its closing quote"},
        {"'abc\\", "x:1:1: quoted text without its closing quote"},
        {"'a\\qb'", "x:1:1: unknown escape in a quoted text"},
        {"12ab", "x:1:1: malformed number"},
        {"1.5.2", "x:1:4: an operator or the end was expected, not '.2'"},
        {"0x", "x:1:1: malformed number"},
        {"1e", "x:1:1: malformed number"},
        {"9223372036854775808", "x:1:1: number out of range"},
        {"1e999", "x:1:1: number out of range"},
        {"1 +\n  @", "x:2:3: a value was expected, not '@'"},
        {"1 .. 2", "x:1:3: an operator or the end was expected, not '..'"},
        {"\x01", "x:1:1: a value was expected, not '?'"},
    };
    CHECK(examples, HONE_ERR_TEMPLATE);
}

static void evaluation_errors(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"1 + nobody", "x:1:5: 'nobody' is not defined"},
        {"big + 1", "x:1:5: integer overflow"},
        {"low - 1", "x:1:5: integer overflow"},
        {"big * 2", "x:1:5: integer overflow"},
        {"-low", "x:1:1: integer overflow"},
        {"low / -1", "x:1:5: integer overflow"},
        {"1 << 63", "x:1:3: integer overflow"},
        {"4 << 62", "x:1:3: integer overflow"},
        {"1 << 64", "x:1:3: shift count is not in 0..63"},
        {"1 >> -1", "x:1:3: shift count is not in 0..63"},
        {"n / 0", "x:1:3: division by zero"},
        {"n % 0", "x:1:3: division by zero"},
        {"1.0 / 0", "x:1:5: division by zero"},
        {"1e308 * 10", "x:1:7: floating-point overflow"},
        {"1.5 % 2", "x:1:5: an integer was expected, not a float"},
        {"1 & 1.0", "x:1:3: an integer was expected, not a float"},
        {"t + 1", "x:1:3: a number was expected, not text"},
        {"t < 'z'", "x:1:3: a number was expected, not text"},
        {"t == 1", "x:1:3: text cannot be compared with an integer"},
        {"1.5 != t", "x:1:5: a float cannot be compared with text"},
        {"!t", "x:1:2: a number was expected, not text"},
        {"-t", "x:1:1: a number was expected, not text"},
        {"t ? 1 : 2", "x:1:1: a number was expected, not text"},
        {"1 && t", "x:1:6: a number was expected, not text"},
        {"in(t, 1)", "x:1:1: text cannot be compared with an integer"},
        {"in(t, 'q4_0', 1)", "x:1:1: text cannot be compared with an integer"},
        {"min(1, t)", "x:1:1: min: a number was expected, not text"},
        {"ceildiv(1, 0)", "x:1:1: ceildiv: the second argument must be positive"},
        {"ceildiv(1.0, 2)", "x:1:1: ceildiv: an integer was expected"},
        {"roundup(big, 2)", "x:1:1: roundup: integer overflow"},
        {"log2(0)", "x:1:1: log2: the argument must be positive"},
        {"pow2(63)", "x:1:1: pow2: the argument must be in 0..62"},
        {"pow2(-1)", "x:1:1: pow2: the argument must be in 0..62"},
        {"abs(low)", "x:1:1: abs: integer overflow"},
        {"int(1e19)", "x:1:1: int: integer overflow"},
        {"int(9223372036854775808.0)", "x:1:1: int: integer overflow"},
        {"float(t)", "x:1:1: float: a number was expected, not text"},
        {"hexfloat(1e39)", "x:1:1: hexfloat: the value does not fit a 32-bit float"},
        {"len(1)", "x:1:1: len: text was expected"},
    };
    CHECK(examples, HONE_ERR_TEMPLATE);
}

/* Hostile sizes end in an error, not in the stack or the memory of the process. */
static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *opener, *closer;
        size_t n;
        const char *wanted;
    } cases[] = {
        {"(", ")", 5000, "nested too deeply"},
        {"-", "", 5000, "nested too deeply"},
        {"1+", "", 5000, "nested too deeply"},
        {"1?1:", "", 4000, "nested too deeply"},
        {"min(", ")", 3000, "nested too deeply"},
        {" ", "", 20000, "longer than 16384 bytes"},
        {"1,", "", 100, "the end was expected, not ','"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *source = calloc(1, cases[i].n * 5 + 2), text[HONE_ERROR_TEXT_BYTES];
        assert_non_null(source);
        for (size_t k = 0; k < cases[i].n; k++) strcat(source, cases[i].opener);
        strcat(source, "1");
        for (size_t k = 0; k < cases[i].n; k++) strcat(source, cases[i].closer);
        enum hone_status status;
        evaluate(source, text, sizeof text, &status);
        assert_int_equal(status, HONE_ERR_TEMPLATE);
        assert_non_null(strstr(text, cases[i].wanted));
        free(source);
    }
}

/* The deepest that is allowed, and one more. */
static void exact_depths(void **state)
{
    (void)state;
    static const struct {
        const char *opener, *closer;
        int most;
    } cases[] = {
        {"1+", "", 200},
        {"-", "", 199},
        {"(", ")", 199},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int more = 0; more < 2; more++) {
            char source[1024] = "", text[HONE_ERROR_TEXT_BYTES];
            enum hone_status status;
            for (int k = 0; k < cases[i].most + more; k++) strcat(source, cases[i].opener);
            strcat(source, "1");
            for (int k = 0; k < cases[i].most + more; k++) strcat(source, cases[i].closer);
            evaluate(source, text, sizeof text, &status);
            assert_int_equal(status, more ? HONE_ERR_TEMPLATE : HONE_OK);
        }
}

static void many_arguments_and_long_text(void **state)
{
    (void)state;
    char source[1024] = "max(0", text[HONE_ERROR_TEXT_BYTES];
    enum hone_status status;
    for (int i = 1; i < 64; i++) sprintf(source + strlen(source), ",%d", i);
    strcat(source, ")");
    evaluate(source, text, sizeof text, &status);
    assert_string_equal(text, "63");
    strcpy(source + strlen(source) - 1, ",64)");
    evaluate(source, text, sizeof text, &status);
    assert_non_null(strstr(text, "more than 64 arguments"));
    struct hone_env env;
    struct hone_arena arena = {0};
    struct hone_error err;
    struct hone_value value;
    const struct hone_expr *twice;
    hone_env_init(&env, NULL);
    assert_int_equal(hone_env_set_text(&env, "s", "ab", NULL), HONE_OK);
    struct hone_place place = {"x", 1, 1};
    assert_int_equal(hone_expr_parse("s + s", 5, &place, &arena, &twice, &err), HONE_OK);
    size_t length = 2;
    while ((status = hone_expr_eval(twice, &env, &arena, &value, &err)) == HONE_OK) {
        length *= 2;
        assert_int_equal(strlen(value.text), length);
        assert_int_equal(hone_env_set(&env, "s", &value, &err), HONE_OK);
    }
    assert_int_equal(length, 4096);
    assert_string_equal(err.text, "x:1:3: text is longer than 4096 bytes");
    hone_env_release(&env);
    hone_arena_release(&arena);
}

static void environments(void **state)
{
    (void)state;
    struct hone_env outer, inner;
    struct hone_error err;
    struct hone_value value = {HONE_VALUE_INT, .i = 0};
    hone_env_init(&outer, NULL);
    hone_env_init(&inner, &outer);
    assert_int_equal(hone_env_set_int(&outer, "a", 1, NULL), HONE_OK);
    assert_true(hone_env_get(&inner, "a", &value) && value.i == 1);
    assert_int_equal(hone_env_set_text(&inner, "a", "in", NULL), HONE_OK);
    assert_true(hone_env_get(&inner, "a", &value) && !strcmp(value.text, "in"));
    assert_int_equal(hone_env_set(&inner, "a", &value, NULL), HONE_OK); /* its own text */
    assert_true(hone_env_get(&inner, "a", &value) && !strcmp(value.text, "in"));
    assert_true(hone_env_get(&outer, "a", &value) && value.i == 1);
    hone_env_unset(&inner, "a");
    hone_env_unset(&inner, "nobody");
    assert_true(hone_env_get(&inner, "a", &value) && value.kind == HONE_VALUE_INT);
    for (int i = 0; i < 100; i++) { /* grows, and every name keeps its value */
        char name[16];
        sprintf(name, "v%d", i);
        assert_int_equal(hone_env_set_int(&inner, name, i * i, NULL), HONE_OK);
    }
    assert_true(hone_env_get(&inner, "v99", &value) && value.i == 99 * 99);
    assert_true(hone_env_get(&inner, "v0", &value) && value.i == 0);
    assert_int_equal(hone_env_set_int(&inner, "_azAZ09", 1, &err), HONE_OK);
    static const char *const bad[] = {"", "1a", "a-b", "a b", "a.b", "a@", "a[", "a`", "a{"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hone_env_set_int(&inner, bad[i], 1, &err), HONE_ERR_ARGUMENT);
    double infinite = strtod("inf", NULL);
    assert_int_equal(hone_env_set_float(&inner, "f", infinite, &err), HONE_ERR_ARGUMENT);
    assert_false(hone_env_get(&inner, "f", &value));
    hone_env_release(&inner);
    hone_env_release(&outer);
}

static void typed_results(void **state)
{
    (void)state;
    struct hone_env env;
    struct hone_arena arena = {0};
    struct hone_error err;
    struct hone_place place = {"file.json", 3, 9};
    const struct hone_expr *number, *text;
    int64_t i;
    bool b;
    const char *t;
    fill(&env);
    assert_int_equal(hone_expr_parse("n + 1", 5, &place, &arena, &number, &err), HONE_OK);
    assert_int_equal(hone_expr_parse("t + '!'", 7, &place, &arena, &text, &err), HONE_OK);
    assert_int_equal(hone_expr_eval_int(number, &env, &i, &err), HONE_OK);
    assert_int_equal(i, 8);
    assert_int_equal(hone_expr_eval_bool(number, &env, &b, &err), HONE_OK);
    assert_true(b);
    assert_int_equal(hone_expr_eval_text(text, &env, &arena, &t, &err), HONE_OK);
    assert_string_equal(t, "q4_0!");
    assert_int_equal(hone_expr_eval_int(text, &env, &i, &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "file.json:3:11: an integer was expected, not text");
    assert_int_equal(hone_expr_eval_bool(text, &env, &b, &err), HONE_ERR_TEMPLATE);
    assert_int_equal(hone_expr_eval_text(number, &env, &arena, &t, &err), HONE_ERR_TEMPLATE);
    assert_string_equal(err.text, "file.json:3:11: text was expected, not an integer");
    assert_true(hone_expr_uses(number, "n") && !hone_expr_uses(number, "t"));
    assert_true(hone_expr_uses(text, "t") && !hone_expr_uses(text, "n"));
    hone_arena_release(&arena);
    hone_env_release(&env);
}

/* A prefix ends where nothing can continue it; what follows is not looked at. */
static void prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        size_t used;
    } cases[] = {
        {"a + b} rest", 5}, {"0..MR", 1},       {"a  ..b", 1},
        {"a step 2", 1},    {"x 'unclosed", 1}, {"f(1) 9999999999999999999", 0},
        {"min(1, 2) @", 9}, {"(a)\t", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_arena arena = {0};
        struct hone_place place = {"x", 1, 1};
        const struct hone_expr *expr;
        size_t used = 0;
        enum hone_status status = hone_expr_parse_prefix(cases[i].source, strlen(cases[i].source),
                                                         &place, &arena, &expr, &used, NULL);
        assert_int_equal(status == HONE_OK, cases[i].used != 0);
        assert_int_equal(used, cases[i].used);
        if (status == HONE_OK) assert_int_equal(strlen(hone_expr_source(expr)), used);
        hone_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(operators),
        cmocka_unit_test(lazy_sides),
        cmocka_unit_test(functions),
        cmocka_unit_test(parse_errors),
        cmocka_unit_test(evaluation_errors),
        cmocka_unit_test(limits),
        cmocka_unit_test(exact_depths),
        cmocka_unit_test(many_arguments_and_long_text),
        cmocka_unit_test(environments),
        cmocka_unit_test(typed_results),
        cmocka_unit_test(prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
