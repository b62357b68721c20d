/* SPDX-License-Identifier: MIT */
/* The JSON form of a store: there and back gives the same bytes, every member is checked and its
 * place named, and what varies from run to run can be left out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cache/exchange.h"
#include "content_kit.h"

static void there_and_back(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct hone_arena arena = {0};
        struct hone_content content, back;
        struct hone_error err = {0};
        size_t n, n_again;
        kit_content(seed, &arena, &content);
        char *text = kit_export(&content, false, &n);
        if (hone_import_json(text, n, "a.json", &arena, &back, &err) != HONE_OK)
            fail_msg("%s", err.text);
        assert_int_equal(back.n_trials, content.n_trials);
        assert_int_equal(back.n_quarantine, content.n_quarantine);
        assert_int_equal(back.n_binaries, 0);
        char *again = kit_export(&back, false, &n_again);
        assert_int_equal(n, n_again);
        assert_memory_equal(text, again, n);
        free(text);
        free(again);
        hone_arena_release(&arena);
    }
}

/* Every number comes back to the last bit. */
static void numbers_are_exact(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_store_trial trial = kit_trial("MR=4", "d", 1.0 / 3);
    trial.variant.rank = INT64_MIN;
    trial.variant.scratch_bytes = INT64_MAX;
    trial.variant.grid_p0 = UINT32_MAX;
    trial.when = INT64_MAX;
    trial.ratio = 5e-324;
    trial.high_ns = 1.7976931348623157e308;
    struct hone_content content = {.trials = &trial, .n_trials = 1}, back;
    size_t n;
    char *text = kit_export(&content, false, &n);
    assert_int_equal(hone_import_json(text, n, "a", &arena, &back, NULL), HONE_OK);
    assert_int_equal(back.trials[0].variant.rank, INT64_MIN);
    assert_int_equal(back.trials[0].variant.scratch_bytes, INT64_MAX);
    assert_int_equal(back.trials[0].variant.grid_p0, UINT32_MAX);
    assert_int_equal(back.trials[0].when, INT64_MAX);
    assert_true(back.trials[0].ratio == 5e-324);
    assert_true(back.trials[0].high_ns == 1.7976931348623157e308);
    assert_true(back.trials[0].median_ns == 1.0 / 3);
    assert_true(strstr(text, "\"abi\"") < strstr(text, "\"space\"")); /* by name */
    assert_true(strstr(text, "\"grid_p0\"") < strstr(text, "\"problem\""));
    assert_true(back.trials[0].samples[2] == 1.0 / 3);
    free(text);
    hone_arena_release(&arena);
}

static char *export_one(struct hone_store_trial trial, bool comparable)
{
    struct hone_content content = {.trials = &trial, .n_trials = 1};
    size_t n;
    return kit_export(&content, comparable, &n);
}

static void comparable_is_without_what_varies(void **state)
{
    (void)state;
    struct hone_store_trial a = kit_trial("MR=4", "d", 5), b = a;
    b.when++;
    b.seconds += 1;
    b.state = "clock=3";
    b.stack = "kernel=6.1; microcode=2; driver=; governor=x; host=other; hone=2";
    char *left = export_one(a, true), *right = export_one(b, true);
    assert_string_equal(left, right);
    free(right);
    struct hone_store_trial changed[] = {a, a, a, a};
    static const double others[] = {1};
    changed[0].median_ns = 6;
    changed[1].stack = "kernel=6.2; microcode=2; driver=; host=a; hone=1";
    changed[2].samples = others;
    changed[2].n_samples = 1;
    changed[3].variant.config = "MR=5";
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        right = export_one(changed[i], true);
        assert_string_not_equal(left, right);
        free(right);
    }
    free(left);
}

/* What a compiler said may hold anything; the file is valid, and importable, all the same. */
static void foreign_bytes_are_tamed(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_content back;
    struct hone_store_trial trial = kit_trial("MR=4", "d", 5);
    trial.detail = "\xff\x1b[31m\n";
    trial.proof = "\xc3\xa4";
    char *text = export_one(trial, false);
    assert_int_equal(hone_import_json(text, strlen(text), "a", &arena, &back, NULL), HONE_OK);
    assert_string_equal(back.trials[0].detail, "??[31m?");
    assert_string_equal(back.trials[0].proof, "\xc3\xa4");
    free(text);
    hone_arena_release(&arena);

    static const double bad[] = {1, (double)INFINITY};
    trial.samples = bad;
    trial.n_samples = 2;
    struct hone_content content = {.trials = &trial, .n_trials = 1};
    struct hone_error err = {0};
    FILE *file = fopen("/dev/null", "w");
    assert_int_equal(hone_export_json(&content, NULL, file, &err), HONE_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "samples_ns"));
    fclose(file);
}

static json_t *good_file(void)
{
    struct hone_arena arena = {0};
    struct hone_store_trial trials[2] = {kit_trial("MR=4", "d", 5), kit_trial("MR=6", "d", 0)};
    trials[1].valid = false;
    trials[1].reason = "wrong";
    struct hone_store_winner winner = {.variant = trials[0].variant,
                                       .regime = "m=1",
                                       .device = "d",
                                       .proof = "p",
                                       .median_ns = 5,
                                       .round = 1};
    struct hone_store_quarantine entry = {"t", "c", "k", "wrong", "d", "p", "s", "c", 9};
    struct hone_content_meta meta = {"a", "1"};
    struct hone_content content = {.meta = &meta,
                                   .trials = trials,
                                   .winners = &winner,
                                   .quarantine = &entry,
                                   .n_meta = 1,
                                   .n_trials = 2,
                                   .n_winners = 1,
                                   .n_quarantine = 1};
    assert_int_equal(hone_content_settle(&content, &arena, NULL), HONE_OK);
    size_t n;
    char *text = kit_export(&content, false, &n);
    json_t *root = json_loadb(text, n, 0, NULL);
    assert_non_null(root);
    free(text);
    hone_arena_release(&arena);
    return root;
}

static void expect_refused(const char *text, size_t n, enum hone_status status, const char *part)
{
    struct hone_arena arena = {0};
    struct hone_content content;
    struct hone_error err = {0};
    enum hone_status got = hone_import_json(text, n, "a.json", &arena, &content, &err);
    if (got != status || strncmp(err.text, "a.json: ", 8) != 0 || !strstr(err.text, part) ||
        strchr(err.text, '\n'))
        fail_msg("status %d, '%s' instead of %d, '...%s...'", got, err.text, status, part);
    hone_arena_release(&arena);
}

static void expect_json_refused(json_t *root, enum hone_status status, const char *part)
{
    char *text = json_dumps(root, 0);
    assert_non_null(text);
    expect_refused(text, strlen(text), status, part);
    free(text);
    json_decref(root);
}

/* The object at "variants[0].trials[0]" and the like. */
static json_t *at(json_t *root, const char *place)
{
    json_t *value = root;
    char name[64];
    while (*place) {
        size_t n = strcspn(place, ".[]");
        snprintf(name, sizeof name, "%.*s", (int)n, place);
        if (n)
            value = name[0] >= '0' && name[0] <= '9' ? json_array_get(value, (size_t)atoi(name))
                                                     : json_object_get(value, name);
        place += n + (place[n] != '\0');
    }
    assert_non_null(value);
    return value;
}

/* Every member of every kind of row: left out, of a wrong type, out of its bounds. */
static void each_member_is_checked(void **state)
{
    (void)state;
    static const char *const places[] = {"variants[0]", "variants[0].trials[0]", "winners[0]",
                                         "quarantine[0]"};
    size_t n_checked = 0;
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        json_t *model = good_file(), *value;
        const char *name;
        json_object_foreach(at(model, places[p]), name, value)
        {
            char message[96];
            snprintf(message, sizeof message, "%s.%s", places[p], name);
            json_t *changed = good_file();
            json_object_del(at(changed, places[p]), name);
            expect_json_refused(changed, HONE_ERR_FORMAT, message);
            changed = good_file();
            json_object_set_new(at(changed, places[p]), name, json_null());
            expect_json_refused(changed, HONE_ERR_FORMAT, message);
            changed = good_file();
            json_t *wrong = json_is_string(value) ? json_string("\x1b") : json_integer(-1);
            bool may_be_negative = strcmp(name, "rank") == 0 || strcmp(name, "time") == 0;
            json_object_set_new(at(changed, places[p]), name, wrong);
            if (may_be_negative)
                json_decref(changed);
            else
                expect_json_refused(changed, HONE_ERR_FORMAT, message);
            changed = good_file();
            if (json_is_string(value)) {
                char *large = calloc(1, 65538);
                memset(large, 'x', 65537);
                json_object_set_new(at(changed, places[p]), name, json_string(large));
                free(large);
            } else
                json_object_set_new(at(changed, places[p]), name, json_string("1"));
            expect_json_refused(changed, HONE_ERR_FORMAT, message);
            n_checked++;
        }
        json_decref(model);
    }
    assert_int_equal(n_checked, 24 + 20 + 14 + 9);
}

static void files_that_make_no_sense(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"", "line 1"},
        {"{", "line 1"},
        {"[]", "an object expected"},
        {"{\"format\": \"hone store\", \"format\": 1}", "duplicate"},
        {"{\"format\": \"other\"}", "format: 'hone store' expected"},
        {"{\"format\": \"hone store\", \"version\": \"1\"}", "version: a version expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_refused(rows[i].text, strlen(rows[i].text), HONE_ERR_FORMAT, rows[i].part);
    json_t *root = good_file();
    json_object_set_new(root, "version", json_integer(2));
    expect_json_refused(root, HONE_ERR_VERSION, "version 2");
    root = good_file();
    json_object_set_new(at(root, "variants[0].trials[0]"), "round", json_integer(1ll << 32));
    expect_json_refused(root, HONE_ERR_FORMAT, "round: an integer of 0 to 4294967295");
    root = good_file();
    json_object_set_new(root, "binaries", json_array());
    expect_json_refused(root, HONE_ERR_FORMAT, "'format', 'version'");
    root = good_file();
    json_object_set_new(at(root, "variants[1].trials[0]"), "x\n", json_null());
    expect_json_refused(root, HONE_ERR_FORMAT, "variants[1].trials[0].x?: no such member");
    root = good_file();
    json_object_set_new(at(root, "meta"), "a", json_integer(1));
    expect_json_refused(root, HONE_ERR_FORMAT, "meta.(value)");
    root = good_file();
    json_array_append(at(root, "variants"), at(root, "variants[0]"));
    expect_json_refused(root, HONE_ERR_FORMAT, "each trial only once");
    root = good_file();
    json_array_append(at(root, "winners"), at(root, "winners[0]"));
    expect_json_refused(root, HONE_ERR_FORMAT, "winners: each only once");
    root = good_file();
    json_array_clear(at(root, "variants[0].trials"));
    expect_json_refused(root, HONE_ERR_FORMAT, "variants[0].trials: at least one");
    root = good_file();
    json_array_append_new(at(root, "variants[0].trials[0].samples_ns"), json_real(0));
    expect_json_refused(root, HONE_ERR_FORMAT, "samples_ns: an array of numbers above 0");
}

/* Claims that contradict each other. */
static void lies_that_can_be_seen(void **state)
{
    (void)state;
    json_t *root = good_file();
    json_object_set_new(at(root, "winners[0]"), "config", json_string("MR=8"));
    expect_json_refused(root, HONE_ERR_FORMAT, "of a variant of this file");
    root = good_file(); /* a winner that was refused */
    json_object_set_new(at(root, "winners[0]"), "config", json_string("MR=6"));
    json_object_set_new(at(root, "winners[0]"), "code_key", json_string("MR=6"));
    expect_json_refused(root, HONE_ERR_FORMAT, "a valid trial of it");
    root = good_file();
    json_object_set_new(at(root, "winners[0]"), "device", json_string("e"));
    expect_json_refused(root, HONE_ERR_FORMAT, "a valid trial of it");
    root = good_file();
    json_object_set_new(at(root, "winners[0]"), "regime", json_string("m=9"));
    expect_json_refused(root, HONE_ERR_FORMAT, "a valid trial of it");
    root = good_file(); /* one that sorts before those that are there */
    json_object_set_new(at(root, "winners[0]"), "regime", json_string("m=0"));
    expect_json_refused(root, HONE_ERR_FORMAT, "a valid trial of it");
    root = good_file();
    json_object_set_new(at(root, "variants[0].trials[0]"), "reason", json_string("wrong"));
    expect_json_refused(root, HONE_ERR_FORMAT, "reason: 'ok'");
    root = good_file();
    json_object_set_new(at(root, "variants[1].trials[0]"), "reason", json_string("ok"));
    expect_json_refused(root, HONE_ERR_FORMAT, "the reason of a refusal");
    root = good_file();
    json_object_set_new(at(root, "variants[0].trials[0]"), "median_ns", json_integer(0));
    expect_json_refused(root, HONE_ERR_FORMAT, "a time above 0");
}

/* Cut at every byte: an error each time, never a part of it. */
static void cut_files(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_content content;
    json_t *root = good_file();
    char *text = json_dumps(root, 0);
    for (size_t n = 0; n < strlen(text); n++)
        assert_int_not_equal(hone_import_json(text, n, "a", &arena, &content, NULL), HONE_OK);
    assert_int_equal(hone_import_json(text, strlen(text), "a", &arena, &content, NULL), HONE_OK);
    free(text);
    json_decref(root);
    hone_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(comparable_is_without_what_varies),
        cmocka_unit_test(foreign_bytes_are_tamed),
        cmocka_unit_test(each_member_is_checked),
        cmocka_unit_test(files_that_make_no_sense),
        cmocka_unit_test(lies_that_can_be_seen),
        cmocka_unit_test(cut_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
