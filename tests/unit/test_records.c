/* SPDX-License-Identifier: MIT */
/* Tables of typed cells in every form, text made harmless for a page, axes, the bar of a tune. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "tuner/progress.h"
#include "tuner/report/html.h"
#include "tuner/report/records.h"
#include "tuner/report/svg.h"

static const struct record_column columns[] = {
    {"name", "name", RECORD_TEXT},   {"ns", "time", RECORD_NS},
    {"part", "share", RECORD_SHARE}, {NULL, "for people", RECORD_TEXT},
    {"hidden", NULL, RECORD_FLAG},   {"all", NULL, RECORD_LIST},
    {NULL, NULL, RECORD_END}};

static void fill(struct records *records)
{
    static const double values[] = {1.5, 2, NAN};
    records_begin(records, columns);
    record_text(records, "plain");
    record_number(records, 1234);
    record_number(records, 0.125);
    record_text(records, "x");
    record_flag(records, true);
    record_list(records, values, 3);
    record_text(records, "a,\"b\"\r\n<i>&\x01");
    record_number(records, NAN);
    record_none(records);
    record_text(records, NULL);
    record_flag(records, false);
    record_list(records, values + 1, 1);
}

static char *printed(enum records_mode mode)
{
    char *text = NULL;
    size_t n_bytes;
    struct records records;
    FILE *to = open_memstream(&text, &n_bytes);
    assert_non_null(to);
    fill(&records);
    assert_int_equal(records_rows(&records), 2);
    assert_int_equal(records_end(&records, mode, to, NULL), HONE_OK);
    assert_null(records.cells);
    fclose(to);
    return text;
}

static void as_text(void **state)
{
    (void)state;
    char *text = printed(RECORDS_TEXT);
    assert_string_equal(text, "name             time  share  for people\n"
                              "plain         1.23 us  12.5%  x\n"
                              "a,\"b\"\?\?<i>&?        -      -  -\n");
    free(text);
}

static void as_csv(void **state)
{
    (void)state;
    char *text = printed(RECORDS_CSV);
    assert_string_equal(text, "name,ns,part,hidden,all\r\n"
                              "plain,1234,0.125,true,1.5 2 nan\r\n"
                              "\"a,\"\"b\"\"\r\n<i>&\x01\",,,false,2\r\n");
    free(text);
}

static void as_json(void **state)
{
    (void)state;
    char *text = printed(RECORDS_JSON);
    json_t *list = json_loads(text, 0, NULL), *row = json_array_get(list, 1);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "a,\"b\"\r\n<i>&\x01");
    assert_true(json_is_null(json_object_get(row, "ns")));
    assert_true(json_is_false(json_object_get(row, "hidden")));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(row, "all"), 0)), 2);
    assert_int_equal(json_object_size(row), 5);
    row = json_array_get(list, 0);
    assert_true(json_is_null(json_array_get(json_object_get(row, "all"), 2)));
    json_decref(list);
    free(text);
    text = printed(RECORDS_LINES);
    assert_ptr_equal(strchr(strchr(text, '\n') + 1, '\n') + 1, text + strlen(text));
    free(text);
}

static void as_html(void **state)
{
    (void)state;
    char *text = printed(RECORDS_HTML);
    assert_non_null(strstr(text, "<th scope=\"col\" class=\"n\">time</th>"));
    assert_non_null(
        strstr(text, "<td>a,&quot;b&quot;\xef\xbf\xbd\n&lt;i&gt;&amp;\xef\xbf\xbd</td>"));
    assert_null(strstr(text, "<i>"));
    size_t n_cells = 0;
    for (const char *at = text; (at = strstr(at, "<td")); at++) n_cells++;
    assert_int_equal(n_cells, 2 * 4);
    assert_null(strstr(text, "hidden"));
    free(text);
}

static void text_is_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *text, *html;
    } rows[] = {
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xe9|\xc3(", "\xef\xbf\xbd|\xef\xbf\xbd("},
        {"\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* '<' in too many bytes */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* cut off */
        {"a\tb\nc\x7f\x1b", "a\tb\nc\xef\xbf\xbd\xef\xbf\xbd"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = NULL;
        size_t n_bytes;
        FILE *to = open_memstream(&text, &n_bytes);
        html_text(to, rows[i].text);
        fclose(to);
        assert_string_equal(text, rows[i].html);
        free(text);
    }
}

/* Whatever comes in, what is drawn lies between the ends. */
static void axes_are_finite(void **state)
{
    (void)state;
    static const double wild[] = {0,         -1,  1,     1e-300, 1e300, -1e300,   INFINITY,
                                  -INFINITY, NAN, 1e-17, 0.3,    7,     7.0000001};
    const size_t n = sizeof wild / sizeof *wild;
    for (size_t i = 0; i < n * n * 2; i++) {
        struct svg_axis axis = svg_axis(wild[i % n], wild[i / n % n], i / n / n, 10, 90);
        double ticks[SVG_MAX_TICKS];
        assert_true(axis.low < axis.high && (!axis.is_log || axis.low > 0));
        size_t n_ticks = svg_ticks(&axis, 6, ticks);
        assert_true(n_ticks <= 6);
        for (size_t t = 0; t < n_ticks; t++) assert_true(isfinite(ticks[t]));
        for (size_t v = 0; v < n; v++) {
            double at = svg_at(&axis, wild[v]);
            assert_true(at >= 10 && at <= 90);
        }
    }
    struct svg_axis axis = svg_axis(1, 1000, true, 0, 3);
    assert_true(fabs(svg_at(&axis, 100) - 2) < 1e-9);
    axis = svg_axis(0, 10, false, 100, 0);
    assert_true(fabs(svg_at(&axis, 2.5) - 75) < 1e-9);
}

static size_t columns_in(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void a_bar_fits(void **state)
{
    (void)state;
    struct hone_tune_event event = {.spent_seconds = 90,
                                    .budget_seconds = 300,
                                    .n_trials = 1234,
                                    .n_failed = 5,
                                    .n_problems = 60,
                                    .n_tuned = 17,
                                    .default_seconds = 1.3,
                                    .best_seconds = 1.0,
                                    .expected_gain = 1.04};
    char text[1024];
    for (unsigned width = 1; width < 200; width++) {
        progress_bar(&event, width, text, sizeof text);
        assert_true(columns_in(text) <= width);
    }
    assert_non_null(strstr(text, "\xe2\x96\x88"));
    assert_non_null(strstr(text, " 30 %  3:30 min left  x1.30  17/60 problems  1234 trials  x1.04 "
                                 "more expected  5 refused"));
    progress_bar(&event, 30, text, sizeof text);
    assert_non_null(strstr(text, " 30 %  3:30 min left  x1.30"));
    event = (struct hone_tune_event){.budget_seconds = 7200};
    progress_bar(&event, 100, text, sizeof text);
    assert_non_null(strstr(text, "  0 %  2.0 h left  x1.00  0/0 problems  0 trials"));
    assert_null(strstr(text, "expected"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),          cmocka_unit_test(as_csv),
        cmocka_unit_test(as_json),          cmocka_unit_test(as_html),
        cmocka_unit_test(text_is_harmless), cmocka_unit_test(axes_are_finite),
        cmocka_unit_test(a_bar_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
