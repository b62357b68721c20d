/* SPDX-License-Identifier: MIT */
/* Readers of recorded spaces: what they make of good files, and that bad ones are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "tuner/replay/replay.h"

static const char own[] =
    "{\"hone_record\": 1, \"space\": \"s\", \"op\": \"gemm\", \"problem\": \"gemm m=1\","
    " \"facts\": {\"vl\": 16, \"w_type\": \"q4_0\"},"
    " \"parameters\": {\"A\": [1, 2, 4], \"B\": [7], \"S\": [\"static\", \"dynamic\"]},"
    " \"points\": [[[0, 0, 1], 30.5], [[2, 0, 0], 20, [19, 20, 23]], [[1, 0, 0], \"wrong\"]]}";

static const char t4[] =
    "{\"metadata\": {\"timeunit\": \"microseconds\"}, \"schema_version\": \"1.0.0\", \"results\": ["
    "{\"configuration\": {\"X\": 16, \"Y\": 2, \"Z\": 5}, \"invalidity\": \"correct\","
    " \"times\": {\"runtimes\": [3, 1, 2, 9]}},"
    "{\"configuration\": {\"X\": 8, \"Y\": 2, \"Z\": 5}, \"invalidity\": \"correct\","
    " \"objectives\": [\"time\"], \"measurements\": [{\"name\": \"time\", \"value\": 1.5}]},"
    "{\"configuration\": {\"X\": 8, \"Y\": 1, \"Z\": 5}, \"invalidity\": \"compile\"}]}";

static const char kernel_tuner[] =
    "{\"kernel_name\": \"k\", \"tune_params_keys\": [\"X\", \"T\"], \"cache\": {"
    "\"1,a\": {\"X\": 1, \"T\": \"a\", \"time\": 2.0},"
    "\"2,a\": {\"X\": 2, \"T\": \"a\", \"time\": 1.0, \"times\": [0.5, 0.7, 9.0]},"
    "\"2,b\": {\"X\": 2, \"T\": \"b\", \"time\": \"RuntimeFailedConfig\"},"
    "\"4,b\": {\"X\": 4, \"T\": \"b\", \"time\": 1e20}}}";

static struct hone_record *parse(const void *data, size_t n)
{
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    if (hone_record_parse(data, n, "f", &record, &err) != HONE_OK) fail_msg("%s", err.text);
    return record;
}

static struct hone_record *parse_text(const char *text)
{
    return parse(text, strlen(text));
}

/* The status of a text that must be refused, in one line that names the file. */
static enum hone_status refused(const char *text)
{
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    enum hone_status status = hone_record_parse(text, strlen(text), "f.json", &record, &err);
    if (status == HONE_OK) fail_msg("taken: %s", text);
    assert_null(record);
    assert_non_null(strstr(err.text, "f.json"));
    assert_null(strchr(err.text, '\n'));
    return status;
}

static const struct hone_record_point *find(const struct hone_record *record, uint8_t a, uint8_t b)
{
    return hone_record_find(record, &(struct hone_config){{a, b}});
}

static void check_own(const struct hone_record *record)
{
    struct hone_value vl;
    assert_string_equal(record->space, "s");
    assert_string_equal(record->op, "gemm");
    assert_string_equal(record->problem, "gemm m=1");
    assert_true(hone_env_get(&record->facts, "vl", &vl) && vl.i == 16);
    assert_int_equal(record->n_parameters, 2); /* B has one value */
    assert_string_equal(record->parameters[1].name, "S");
    assert_string_equal(record->parameters[1].values[0].text, "dynamic"); /* texts in order */
    assert_int_equal(record->n_points, 3);
    assert_int_equal(record->n_failed, 1);
    assert_true(record->best_ns == 20);
    assert_true(find(record, 0, 0)->ns == 30.5);
    assert_int_equal(find(record, 2, 1)->n_samples, 3);
    assert_true(find(record, 2, 1)->samples[2] == 23);
    assert_string_equal(find(record, 1, 1)->reason, "wrong");
    assert_null(find(record, 1, 0));
}

static void a_record_of_our_own_is_read(void **state)
{
    (void)state;
    struct hone_record *record = parse_text(own);
    check_own(record);
    hone_record_free(record);
}

static void t4_is_read(void **state)
{
    (void)state;
    struct hone_record *record = parse_text(t4);
    assert_int_equal(record->n_parameters, 2);
    assert_int_equal(record->n_points, 3);
    assert_int_equal(record->n_failed, 1);
    assert_true(find(record, 1, 1)->ns == 2500); /* the median of four, microseconds */
    assert_true(find(record, 0, 1)->ns == 1500);
    assert_string_equal(find(record, 0, 0)->reason, "compile");
    assert_true(record->best_ns == 1500);
    hone_record_free(record);
}

static void check_kernel_tuner(const char *text, size_t n_points)
{
    struct hone_record *record = parse_text(text);
    assert_string_equal(record->space, "k");
    assert_int_equal(record->n_points, n_points);
    assert_true(fabs(find(record, 1, 0)->ns - 0.7e6) < 1);
    assert_true(find(record, 0, 0)->ns == 2e6);
    if (n_points == 4) assert_int_equal(record->n_failed, 2);
    hone_record_free(record);
}

static void kernel_tuner_caches_are_read(void **state)
{
    (void)state;
    check_kernel_tuner(kernel_tuner, 4);
    char text[sizeof kernel_tuner + 8];
    /* Stopped while it ran: no closing braces, after a comma or not. */
    snprintf(text, sizeof text, "%.*s", (int)strlen(kernel_tuner) - 2, kernel_tuner);
    check_kernel_tuner(text, 4);
    strcat(text, ",\n");
    check_kernel_tuner(text, 4);
}

static void what_was_recorded_last_stands(void **state)
{
    (void)state;
    struct hone_record *record =
        parse_text("{\"hone_record\": 1, \"space\": \"s\", \"op\": \"\", \"problem\": \"\","
                   " \"facts\": {}, \"parameters\": {\"A\": [1, 2]},"
                   " \"points\": [[[0], 5], [[1], 7], [[0], 9], [[1], \"crash\"]]}");
    assert_int_equal(record->n_points, 2);
    assert_int_equal(record->n_failed, 1);
    assert_true(record->best_ns == 9);
    hone_record_free(record);
}

static void texts_that_end_early_are_refused(void **state)
{
    (void)state;
    const char *const texts[] = {own, t4, kernel_tuner};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t n = 0; n < strlen(texts[i]); n++) {
            struct hone_record *record = NULL;
            struct hone_error err = {0};
            char *copy = malloc(n ? n : 1); /* exactly n bytes: reads behind them are seen */
            assert_non_null(copy);
            memcpy(copy, texts[i], n);
            enum hone_status status = hone_record_parse(copy, n, "f", &record, &err);
            /* Only a cache may lack its end, behind a whole entry. */
            if (status == HONE_OK)
                assert_true(texts[i] == kernel_tuner && strchr("}, ", copy[n - 1]));
            if (status != HONE_OK) assert_int_equal(status, HONE_ERR_FORMAT);
            hone_record_free(record);
            free(copy);
        }
}

#define OWN(parameters, points)                                                                    \
    "{\"hone_record\": 1, \"space\": \"s\", \"op\": \"\", \"problem\": \"\", \"facts\": {},"       \
    " \"parameters\": " parameters ", \"points\": " points "}"
#define CACHE(keys, entries) "{\"tune_params_keys\": " keys ", \"cache\": " entries "}"
#define RESULT(text)         "{\"results\": [{" text "}]}"

static void wrong_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "null",
        "{}",
        "{\"results\": 5}",
        "{\"results\": []}",
        "{\"results\": [7]}",
        RESULT("\"configuration\": {\"X\": [1]}, \"invalidity\": \"correct\""),
        RESULT("\"configuration\": {\"X\": 1}"),
        RESULT("\"configuration\": {\"X\": 1}, \"invalidity\": \"correct\""),
        RESULT("\"configuration\": {\"X\": 1}, \"invalidity\": \"compile\""), /* none has a time */
        RESULT("\"configuration\": {\"X\": 1}, \"invalidity\": \"correct\","
               " \"times\": {\"runtimes\": [1, \"x\"]}"),
        RESULT("\"configuration\": {\"X\": 1}, \"invalidity\": \"correct\","
               " \"times\": {\"runtimes\": [-1]}"),
        RESULT("\"configuration\": {\"\": 1}, \"invalidity\": \"correct\","
               " \"times\": {\"runtimes\": [1]}"),
        "{\"results\": [{\"configuration\": {\"X\": 1}, \"invalidity\": \"correct\","
        " \"times\": {\"runtimes\": [1]}}, {\"configuration\": {\"Y\": 1}, \"invalidity\":"
        " \"correct\", \"times\": {\"runtimes\": [1]}}]}",
        CACHE("[]", "{}"),
        CACHE("[1]", "{}"),
        CACHE("[\"X\"]", "[]"),
        CACHE("[\"X\", \"X\"]", "{\"1\": {\"X\": 1, \"time\": 1}}"),
        CACHE("[\"X\"]", "{\"1\": {\"Y\": 1, \"time\": 1}}"),
        CACHE("[\"X\"]", "{\"1\": {\"X\": 1}}"),
        CACHE("[\"X\"]", "{\"1\": {\"X\": 1, \"time\": 0}}"),
        CACHE("[\"X\"]", "{\"1\": {\"X\": {}, \"time\": 1}}"),
        CACHE("[\"X\"]", "{\"1\": 3}"),
        OWN("[]", "[]"),
        OWN("{\"A\": []}", "[[[0], 1]]"),
        OWN("{\"A\": 1}", "[[[0], 1]]"),
        OWN("{\"A\": [1]}", "{}"),
        OWN("{\"A\": [1]}", "[]"),
        OWN("{\"A\": [1]}", "[[[1], 5]]"),
        OWN("{\"A\": [1]}", "[[[-1], 5]]"),
        OWN("{\"A\": [1]}", "[[[0, 0], 5]]"),
        OWN("{\"A\": [1]}", "[[[\"0\"], 5]]"),
        OWN("{\"A\": [1]}", "[[[0], 0]]"),
        OWN("{\"A\": [1]}", "[[[0], null]]"),
        OWN("{\"A\": [1]}", "[[[0], 1, [1, null]]]"),
        OWN("{\"A\": [1]}", "[5]"),
        "{\"hone_record\": 1, \"space\": 5}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(refused(texts[i]), HONE_ERR_FORMAT);
    assert_int_equal(refused("{\"hone_record\": 2}"), HONE_ERR_VERSION);
    assert_int_equal(
        refused("{\"hone_record\": 1, \"space\": \"\", \"op\": \"\", \"problem\": \"\","
                " \"facts\": {\"1\": 2}}"),
        HONE_ERR_ARGUMENT); /* not a name */
}

/* `n` parameters of two values, and one of `n_values`. */
static struct hone_record *wide(size_t n_parameters, size_t n_values, enum hone_status *out_status)
{
    static char text[1 << 16];
    size_t at = 0;
    struct hone_record *record = NULL;
    at += (size_t)sprintf(text + at, "{\"hone_record\": 1, \"space\": \"\", \"op\": \"\","
                                     " \"problem\": \"\", \"facts\": {}, \"parameters\": {");
    for (size_t p = 0; p < n_parameters; p++)
        at += (size_t)sprintf(text + at, "\"P%zu\": [1, 2], ", p);
    at += (size_t)sprintf(text + at, "\"V\": [0");
    for (size_t v = 1; v < n_values; v++) at += (size_t)sprintf(text + at, ", %zu", v);
    at += (size_t)sprintf(text + at, "]}, \"points\": [");
    for (size_t v = 0; v < n_values; v++) {
        at += (size_t)sprintf(text + at, "%s[[", v ? ", " : "");
        for (size_t p = 0; p < n_parameters; p++) at += (size_t)sprintf(text + at, "%zu, ", v % 2);
        at += (size_t)sprintf(text + at, "%zu], 1]", v);
    }
    sprintf(text + at, "]}");
    *out_status = hone_record_parse(text, strlen(text), "f", &record, NULL);
    return record;
}

static void limits_hold(void **state)
{
    (void)state;
    static const struct {
        size_t n_parameters, n_values;
        enum hone_status status;
    } cases[] = {{15, 64, HONE_OK},
                 {15, 65, HONE_ERR_LIMIT},
                 {16, 64, HONE_ERR_LIMIT},
                 {63, 1, HONE_OK},
                 /* none varies */ {64, 1, HONE_ERR_LIMIT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum hone_status status;
        struct hone_record *record = wide(cases[i].n_parameters, cases[i].n_values, &status);
        assert_int_equal(status, cases[i].status);
        hone_record_free(record);
    }
}

/* ---- gzip ---- */

static size_t pack(const void *data, size_t n, unsigned char *out, size_t room)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const Bytef *)data;
    stream.avail_in = (uInt)n;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t n_packed = room - stream.avail_out;
    deflateEnd(&stream);
    return n_packed;
}

static enum hone_status status_of(const unsigned char *data, size_t n)
{
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    enum hone_status status = hone_record_parse(data, n, "f", &record, &err);
    hone_record_free(record);
    return status;
}

static void packed_files_are_read(void **state)
{
    (void)state;
    unsigned char packed[4096];
    size_t half = strlen(own) / 2, n = pack(own, strlen(own), packed, sizeof packed);
    struct hone_record *record = parse(packed, n);
    check_own(record);
    hone_record_free(record);
    for (size_t i = 0; i < n; i++)
        if (status_of(packed, i) != HONE_ERR_FORMAT) fail_msg("%zu of %zu bytes taken", i, n);
    for (size_t i = 10; i < n; i++) { /* the 10 bytes before are of no importance to the data */
        packed[i] ^= 0x55;
        if (status_of(packed, i) == HONE_OK) fail_msg("byte %zu was changed", i);
        packed[i] ^= 0x55;
    }
    n = pack(own, half, packed, sizeof packed); /* two members, one behind the other */
    n += pack(own + half, strlen(own) - half, packed + n, sizeof packed - n);
    record = parse(packed, n);
    check_own(record);
    hone_record_free(record);
}

static void a_bomb_is_refused(void **state)
{
    (void)state;
    size_t n = HONE_RECORD_MAX_TEXT + 1000, room = 1 << 20;
    char *zeros = calloc(n, 1);
    unsigned char *packed = malloc(room);
    assert_true(zeros && packed);
    size_t n_packed = pack(zeros, n, packed, room);
    assert_true(n_packed < n / 500);
    assert_int_equal(status_of(packed, n_packed), HONE_ERR_LIMIT);
    assert_int_equal(status_of((const unsigned char *)zeros, n), HONE_ERR_LIMIT);
    free(packed);
    free(zeros);
}

static void missing_files_are_named(void **state)
{
    (void)state;
    struct hone_record *record = NULL;
    struct hone_error err = {0};
    assert_int_not_equal(hone_record_read("/nowhere/x.json", &record, &err), HONE_OK);
    assert_non_null(strstr(err.text, "/nowhere/x.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_of_our_own_is_read),
        cmocka_unit_test(t4_is_read),
        cmocka_unit_test(kernel_tuner_caches_are_read),
        cmocka_unit_test(what_was_recorded_last_stands),
        cmocka_unit_test(texts_that_end_early_are_refused),
        cmocka_unit_test(wrong_texts_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(packed_files_are_read),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(missing_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
