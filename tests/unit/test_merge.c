/* SPDX-License-Identifier: MIT */
/* Merging: any order, any grouping and any repetition give the same bytes; and each rule of what
 * stays. HONE_MERGE_ORDERS (60) sets how many orders are tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "cache/content.h"
#include "content_kit.h"

enum { STORES = 7, CHUNK = 50 };

static char folder[64], path[96];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hone-merge-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/a.store", folder);
    return 0;
}

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static int teardown(void **state)
{
    (void)state;
    remove_store();
    return rmdir(folder);
}

static struct hone_store *open_store(void)
{
    struct hone_error err = {0};
    struct hone_store *store;
    if (hone_store_open(path, NULL, &store, &err) != HONE_OK) fail_msg("%s", err.text);
    return store;
}

static void merge(const struct hone_content *a, const struct hone_content *b,
                  struct hone_arena *arena, struct hone_content *out)
{
    assert_int_equal(hone_content_merge(a, b, arena, out, NULL, NULL), HONE_OK);
}

/* Everything that a content holds as text: the exported form, and what is not exported. */
static char *all_of(const struct hone_content *content, size_t *out_bytes)
{
    size_t n_json, n_text;
    char *json = kit_export(content, false, &n_json), *text = NULL;
    FILE *file = open_memstream(&text, &n_text);
    fwrite(json, 1, n_json, file);
    for (size_t i = 0; i < content->n_binaries; i++)
        fprintf(file, "%s %zu %u\n", content->binaries[i].code_key,
                content->binaries[i].binary.n_bytes, content->binaries[i].binary.code[0]);
    for (size_t i = 0; i < content->n_winners; i++) /* those in quarantine too */
        fprintf(file, "%s %s %s %u %u\n", content->winners[i].variant.problem,
                content->winners[i].variant.target, content->winners[i].variant.config,
                content->winners[i].round, content->winners[i].n_trials);
    fclose(file);
    free(json);
    *out_bytes = n_text;
    return text;
}

static void expect_same(const struct hone_content *got, const char *expected, size_t n_expected)
{
    size_t n;
    char *text = all_of(got, &n);
    if (n != n_expected || memcmp(text, expected, n) != 0) {
        size_t at = 0;
        while (at < n && at < n_expected && text[at] == expected[at]) at++;
        fail_msg("differs at byte %zu: '%.60s' instead of '%.60s'", at, text + at, expected + at);
    }
    free(text);
}

/* Merges a pool two at a time in random pairs until one is left: a random tree over a random
 * order, with some stores in it twice. */
static void random_tree(unsigned *state, const struct hone_content *stores,
                        struct hone_arena *arena, struct hone_content *out)
{
    struct hone_content pool[2 * STORES];
    size_t n = 0;
    for (size_t i = 0; i < STORES; i++) pool[n++] = stores[i];
    for (size_t i = kit_random(state, STORES); i > 0; i--)
        pool[n++] = stores[kit_random(state, STORES)];
    while (n > 1) {
        size_t a = kit_random(state, (uint32_t)n), b = kit_random(state, (uint32_t)n - 1);
        if (b >= a) b++;
        struct hone_content merged;
        merge(&pool[a], &pool[b], arena, &merged);
        pool[a < b ? a : b] = merged;
        pool[a < b ? b : a] = pool[--n];
    }
    *out = pool[0];
}

static void any_order_gives_the_same_bytes(void **state)
{
    (void)state;
    const char *wanted = getenv("HONE_MERGE_ORDERS");
    int n_orders = wanted ? atoi(wanted) : 60, n_done = 0;
    unsigned random = 7;
    for (unsigned world = 0; n_done < n_orders; world++) {
        struct hone_arena arena = {0};
        struct hone_content stores[STORES], all;
        for (unsigned i = 0; i < STORES; i++) kit_content(world * STORES + i, &arena, &stores[i]);
        all = stores[0];
        for (size_t i = 1; i < STORES; i++) merge(&all, &stores[i], &arena, &all);
        size_t n;
        char *expected = all_of(&all, &n);
        for (int i = 0; i < CHUNK && n_done < n_orders; i++, n_done++) {
            struct hone_arena scratch = {0};
            struct hone_content other;
            random_tree(&random, stores, &scratch, &other);
            expect_same(&other, expected, n);
            hone_arena_release(&scratch);
        }
        free(expected);
        hone_arena_release(&arena);
    }
    printf("%d orders and groupings of %d stores\n", n_done, STORES);
}

/* The same through files: what a store gives back is what was put in, and adding it again, or what
 * is part of it, changes nothing. */
static void stores_merge_as_contents_do(void **state)
{
    (void)state;
    for (unsigned world = 0; world < 3; world++) {
        struct hone_arena arena = {0};
        struct hone_content stores[3], all, back;
        struct hone_merge_counts counts = {0};
        for (unsigned i = 0; i < 3; i++) kit_content(1000 + world * 3 + i, &arena, &stores[i]);
        merge(&stores[0], &stores[1], &arena, &all);
        merge(&all, &stores[2], &arena, &all);
        size_t n;
        char *expected = all_of(&all, &n);
        for (int pass = 0; pass < 2; pass++)
            for (int i = 2; i >= 0; i--) {
                struct hone_store *store = open_store();
                assert_int_equal(hone_content_write(&stores[i], store, &arena, NULL, &counts, NULL),
                                 HONE_OK);
                hone_store_close(store);
            }
        struct hone_store *store = open_store();
        assert_int_equal(hone_content_read(store, &arena, &back, NULL), HONE_OK);
        expect_same(&back, expected, n);
        hone_store_close(store);
        assert_true(counts.n_twice > 0 && counts.n_conflict > 0);
        free(expected);
        remove_store();
        hone_arena_release(&arena);
    }
}

static struct hone_content of_trial(struct hone_store_trial *trial)
{
    return (struct hone_content){.trials = trial, .n_trials = 1};
}

static void expect_trial(struct hone_store_trial a, struct hone_store_trial b, double stays_ns,
                         bool stays_valid)
{
    struct hone_arena arena = {0};
    struct hone_content left = of_trial(&a), right = of_trial(&b), out;
    struct hone_merge_counts counts = {0};
    assert_int_equal(hone_content_settle(&left, &arena, NULL), HONE_OK);
    assert_int_equal(hone_content_settle(&right, &arena, NULL), HONE_OK);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(hone_content_merge(turn ? &right : &left, turn ? &left : &right, &arena,
                                            &out, &counts, NULL),
                         HONE_OK);
        assert_int_equal(out.n_trials, 1);
        assert_true(out.trials[0].median_ns == stays_ns);
        assert_int_equal(out.trials[0].valid, stays_valid);
    }
    assert_int_equal(counts.n_conflict, 2);
    hone_arena_release(&arena);
}

static void rules_for_trials(void **state)
{
    (void)state;
    struct hone_store_trial a = kit_trial("MR=4", "d", 10), b = kit_trial("MR=4", "d", 20);
    expect_trial(a, b, 10, true); /* all else equal: the lower content */
    b.when = a.when + 1;
    expect_trial(a, b, 20, true); /* the later: under the newer stack */
    a.valid = false;
    a.reason = "wrong";
    expect_trial(a, b, 10, false); /* refused anywhere is refused */

    struct hone_arena arena = {0};
    struct hone_store_trial other = kit_trial("MR=4", "d", 10);
    struct hone_content left, right, out;
    struct hone_merge_counts counts = {0};
    a = other;
    other.variant.options = ""; /* as an older hone wrote it */
    other.variant.contract = 0;
    left = of_trial(&a), right = of_trial(&other);
    assert_int_equal(hone_content_merge(&right, &left, &arena, &out, &counts, NULL), HONE_OK);
    assert_int_equal(counts.n_twice, 1);
    assert_int_equal(out.n_trials, 1);
    assert_string_equal(out.trials[0].variant.options, "x86_64 level=3");
    assert_int_equal(out.trials[0].variant.contract, 1);
    other = a; /* nothing but a sample differs: one of the two, whichever comes first */
    static const double others[] = {10.5, 11.25, 0.25};
    other.samples = others;
    right = of_trial(&other);
    counts = (struct hone_merge_counts){0};
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(hone_content_merge(turn ? &right : &left, turn ? &left : &right, &arena,
                                            &out, &counts, NULL),
                         HONE_OK);
        assert_int_equal(out.n_trials, 1);
        assert_true(out.trials[0].samples[2] == 0.25);
    }
    assert_int_equal(counts.n_conflict, 2);
    /* a problem has one op, and the one that is known */
    other = a;
    other.variant.config = other.variant.code_key = "MR=0";
    other.variant.op = "";
    right = of_trial(&other);
    merge(&right, &left, &arena, &out);
    assert_int_equal(out.n_trials, 2);
    assert_string_equal(out.trials[0].variant.op, "gemm");
    assert_string_equal(out.trials[1].variant.op, "gemm");
    /* each part of the key tells trials apart */
    other = a;
    other.round = 1;
    right = of_trial(&other);
    merge(&left, &right, &arena, &out);
    assert_int_equal(out.n_trials, 2);
    other = a;
    other.device = "e";
    merge(&left, &right, &arena, &out);
    assert_int_equal(out.n_trials, 2);
    other = a;
    other.regime = "m=2";
    merge(&left, &right, &arena, &out);
    assert_int_equal(out.n_trials, 2);
    other = a;
    other.variant.code_key = "x";
    merge(&left, &right, &arena, &out);
    assert_int_equal(out.n_trials, 2);
    hone_arena_release(&arena);
}

static struct hone_store_winner winner_of(const struct hone_store_trial *trial, uint32_t round,
                                          uint32_t n_trials)
{
    return (struct hone_store_winner){.variant = trial->variant,
                                      .regime = trial->regime,
                                      .device = trial->device,
                                      .proof = "",
                                      .median_ns = trial->median_ns,
                                      .round = round,
                                      .n_trials = n_trials};
}

/* Two winners (of two format tuples) against one: sets stay whole. */
static void rules_for_winners(void **state)
{
    (void)state;
    static const struct {
        uint32_t round[2], n_trials[2];
        size_t stays;
    } rows[] = {
        {{1, 2}, {9, 1}, 1},
        {{2, 1}, {1, 9}, 0},
        {{1, 1}, {5, 6}, 1},
        {{1, 1}, {5, 5}, 0}, /* the larger set */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int turn = 0; turn < 2; turn++) {
            struct hone_arena arena = {0};
            struct hone_store_trial trials[3] = {
                kit_trial("MR=1", "d", 10), kit_trial("MR=2", "d", 20), kit_trial("MR=0", "d", 5)};
            struct hone_store_winner two[2] = {
                winner_of(&trials[0], rows[i].round[0], rows[i].n_trials[0]),
                winner_of(&trials[1], rows[i].round[0], rows[i].n_trials[0])};
            struct hone_store_winner one[2] = {
                winner_of(&trials[2], rows[i].round[1], rows[i].n_trials[1]),
                winner_of(&trials[0], rows[i].round[1], rows[i].n_trials[1])};
            one[1].variant.target = "cpu:other"; /* another target's winner is not in question */
            trials[0].variant.target = "cpu:x86_64";
            struct hone_store_trial elsewhere = kit_trial("MR=9", "d", 10);
            elsewhere.variant.target = "cpu:other";
            one[1].variant.config = one[1].variant.code_key = "MR=9";
            struct hone_store_trial mine[2] = {trials[2], elsewhere};
            struct hone_content left = {
                .trials = trials, .n_trials = 2, .winners = two, .n_winners = 2};
            struct hone_content right = {
                .trials = mine, .n_trials = 2, .winners = one, .n_winners = 2};
            struct hone_content out;
            assert_int_equal(hone_content_settle(&left, &arena, NULL), HONE_OK);
            assert_int_equal(hone_content_settle(&right, &arena, NULL), HONE_OK);
            merge(turn ? &right : &left, turn ? &left : &right, &arena, &out);
            assert_int_equal(out.n_winners, rows[i].stays == 0 ? 3 : 2);
            size_t n_other = 0, n_config = 0;
            for (size_t w = 0; w < out.n_winners; w++) {
                n_other += strcmp(out.winners[w].variant.target, "cpu:other") == 0;
                n_config += strcmp(out.winners[w].variant.config, "MR=0") == 0;
            }
            assert_int_equal(n_other, 1);
            assert_int_equal(n_config, rows[i].stays == 1);
            hone_arena_release(&arena);
        }
}

/* A variant that one machine found wrong wins on none. */
static void bad_news_travels(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_store_trial good = kit_trial("MR=1", "d", 10), bad = kit_trial("MR=1", "e", 0);
    struct hone_store_winner winner = winner_of(&good, 1, 1), *winners;
    struct hone_content a = {.trials = &good, .n_trials = 1, .winners = &winner, .n_winners = 1};
    struct hone_store_quarantine entry = {"cpu:x86_64", "llvm 22", "MR=1", "wrong", "",
                                          "p",          "s",       "c",    9},
                                 earlier = entry;
    struct hone_content b = {
        .trials = &bad, .n_trials = 1, .quarantine = &entry, .n_quarantine = 1};
    struct hone_content c = {.quarantine = &earlier, .n_quarantine = 1};
    bad.valid = false;
    bad.reason = "wrong";
    earlier.when = 3;
    size_t n;
    struct hone_store *store = open_store();
    assert_int_equal(hone_content_write(&a, store, &arena, NULL, NULL, NULL), HONE_OK);
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(hone_content_write(&b, store, &arena, NULL, NULL, NULL), HONE_OK);
    assert_int_equal(hone_content_write(&c, store, &arena, NULL, NULL, NULL), HONE_OK);
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    assert_int_equal(n, 0);
    struct hone_content back;
    assert_int_equal(hone_content_read(store, &arena, &back, NULL), HONE_OK);
    assert_int_equal(back.n_quarantine, 1);
    assert_int_equal(back.quarantine[0].when, 3);
    assert_int_equal(back.n_winners, 1); /* kept, and hidden */
    hone_store_close(store);
    size_t n_bytes;
    char *text = kit_export(&back, false, &n_bytes);
    assert_non_null(strstr(text, "\"winners\": []"));
    free(text);
    hone_arena_release(&arena);
}

/* What goes wrong in the middle (a full disk, here a trigger) leaves the store as it was. */
static void a_merge_is_whole_or_nothing(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_store_trial trial = kit_trial("MR=1", "d", 10);
    struct hone_content good = of_trial(&trial), back;
    struct hone_error err = {0};
    struct hone_store *store = open_store();
    assert_int_equal(hone_content_write(&good, store, &arena, NULL, NULL, NULL), HONE_OK);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER t BEFORE INSERT ON variants WHEN "
                                  "NEW.config='MR=3' BEGIN SELECT RAISE(FAIL, 'no room'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct hone_store_trial more[2] = {kit_trial("MR=2", "d", 10), kit_trial("MR=3", "d", 10)};
    struct hone_content bad = {.trials = more, .n_trials = 2};
    assert_int_equal(hone_content_write(&bad, store, &arena, NULL, NULL, &err), HONE_ERR_IO);
    assert_non_null(strstr(err.text, "no room"));
    assert_int_equal(hone_content_read(store, &arena, &back, NULL), HONE_OK);
    assert_int_equal(back.n_trials, 1);
    assert_string_equal(back.trials[0].variant.config, "MR=1");
    hone_store_close(store);
    hone_arena_release(&arena);
}

/* Ids count trials as they were made, whatever order stores were merged in; a binary that is not
 * what its hash says stays behind. */
static void what_is_written_is_in_order(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    struct hone_store_trial trials[3] = {kit_trial("MR=1", "d", 10), kit_trial("MR=2", "d", 10),
                                         kit_trial("MR=3", "d", 10)},
                            *back;
    uint8_t code[2] = {1, 2};
    struct hone_content_binary binaries[2] = {{"a", {.code = code, .n_bytes = 2}},
                                              {"b", {.code = code, .n_bytes = 2}}};
    struct hone_content content = {
        .trials = trials, .n_trials = 3, .binaries = binaries, .n_binaries = 2};
    for (int i = 0; i < 3; i++) trials[i].when = 100 - i;
    size_t n;
    struct hone_store *store = open_store();
    assert_int_equal(hone_content_write(&content, store, &arena, NULL, NULL, NULL), HONE_OK);
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &back, &n, NULL), HONE_OK);
    assert_int_equal(n, 3);
    assert_string_equal(back[0].variant.config, "MR=3");
    assert_string_equal(back[2].variant.config, "MR=1");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "UPDATE binaries SET code = x'0103' WHERE code_key='a'", 0, 0, 0);
    sqlite3_close(db);
    assert_int_equal(hone_content_read(store, &arena, &content, NULL), HONE_OK);
    assert_int_equal(content.n_binaries, 1);
    assert_string_equal(content.binaries[0].code_key, "b");
    hone_store_close(store);
    hone_arena_release(&arena);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_order_gives_the_same_bytes),
        TEST(stores_merge_as_contents_do),
        TEST(rules_for_trials),
        TEST(rules_for_winners),
        TEST(bad_news_travels),
        TEST(a_merge_is_whole_or_nothing),
        TEST(what_is_written_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
