/* SPDX-License-Identifier: MIT */
/* The store over versions, targets and bad news: old files are read and brought up to date, what a
 * version added comes back, winners of one target survive those of another, and none is served
 * that is in quarantine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "cache/store.h"

static char folder[64], path[96];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hone-store-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/a.store", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static struct hone_store *open_store(bool read_only)
{
    struct hone_error err = {0};
    struct hone_store *store = NULL;
    struct hone_store_options options = {.struct_size = sizeof options, .read_only = read_only};
    if (hone_store_open(path, &options, &store, &err) != HONE_OK) fail_msg("%s", err.text);
    return store;
}

static void copy_version_1(void)
{
    char name[512], bytes[65536];
    const char *source = getenv("HONE_SOURCE");
    snprintf(name, sizeof name, "%s/tests/golden/store-version-1.db", source ? source : ".");
    FILE *from = fopen(name, "rb"), *to = fopen(path, "wb");
    if (!from) fail_msg("%s is missing", name);
    assert_non_null(to);
    size_t n = fread(bytes, 1, sizeof bytes, from);
    assert_true(n > 0 && n < sizeof bytes);
    assert_int_equal(fwrite(bytes, 1, n, to), n);
    fclose(from);
    fclose(to);
}

static int64_t version_on_disk(void)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t version = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return version;
}

/* What the file holds, as version 1 wrote it; the new columns say that they were not known. */
static void expect_version_1_content(struct hone_store *store)
{
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    struct hone_store_winner *winners;
    struct hone_store_quarantine *quarantine;
    size_t n;
    char *value;
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &trials, &n, NULL), HONE_OK);
    assert_int_equal(n, 5);
    assert_true(trials[0].median_ns == 48609546.0 && trials[0].valid && trials[0].round == 0);
    assert_true(trials[4].median_ns == 68024825.0 && trials[4].round == 1);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(trials[i].stack, "");
        assert_string_equal(trials[i].state, "");
        assert_string_equal(trials[i].variant.options, "");
        assert_int_equal(trials[i].variant.contract, 0);
        assert_true(trials[i].n_samples > 0);
    }
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    assert_true(winners[0].median_ns == 50263681.0 && winners[0].n_trials == 6);
    assert_string_equal(winners[0].stack, "");
    assert_int_equal(hone_store_quarantine_read(store, &arena, &quarantine, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    assert_string_equal(quarantine[0].reason, "crash");
    assert_int_equal(hone_store_meta_get(store, "a", &value, NULL), HONE_OK);
    assert_string_equal(value, "1");
    free(value);
    hone_arena_release(&arena);
}

static struct hone_store_trial example(const char *config, const char *target)
{
    static const double samples[] = {10.5, 11.25};
    return (struct hone_store_trial){.variant = {.problem = "gemm n=3",
                                                 .op = "gemm",
                                                 .space = "gemm_f32",
                                                 .config = config,
                                                 .code_key = target,
                                                 .target = target,
                                                 .compiler = "llvm 22",
                                                 .options = "x86_64 level=3",
                                                 .contract = 7},
                                     .regime = "m=1",
                                     .device = "model=x",
                                     .valid = true,
                                     .reason = "ok",
                                     .samples = samples,
                                     .n_samples = 2,
                                     .median_ns = 11,
                                     .stack = "kernel=6.1; microcode=2",
                                     .state = "clock=2.0GHz"};
}

static void old_stores_are_brought_up_to_date(void **state)
{
    (void)state;
    copy_version_1();
    struct hone_store *store = open_store(false);
    expect_version_1_content(store);
    struct hone_store_trial trial = example("MR=4", "cpu");
    assert_int_equal(hone_store_trial_put(store, &trial, NULL, NULL), HONE_OK);
    hone_store_close(store);
    assert_int_equal(version_on_disk(), HONE_STORE_VERSION);

    store = open_store(true);
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    size_t n;
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &trials, &n, NULL), HONE_OK);
    assert_int_equal(n, 6);
    assert_string_equal(trials[5].stack, "kernel=6.1; microcode=2");
    assert_string_equal(trials[5].state, "clock=2.0GHz");
    assert_string_equal(trials[5].variant.options, "x86_64 level=3");
    assert_int_equal(trials[5].variant.contract, 7);
    hone_arena_release(&arena);
    hone_store_close(store);
}

static void old_stores_are_read_as_they_are(void **state)
{
    (void)state;
    copy_version_1();
    struct hone_store *store = open_store(true);
    expect_version_1_content(store);
    assert_int_not_equal(hone_store_meta_set(store, "b", "1", NULL), HONE_OK);
    hone_store_close(store);
    assert_int_equal(version_on_disk(), 1);

    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    store = open_store(true);
    expect_version_1_content(store);
    hone_store_close(store);
    assert_int_equal(chmod(folder, 0755), 0);
}

static size_t n_winners(struct hone_store *store, const char *target)
{
    struct hone_arena arena = {0};
    struct hone_store_winner *winners;
    size_t n, n_found = 0;
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    for (size_t i = 0; i < n; i++) {
        n_found += strcmp(winners[i].variant.target, target) == 0;
        assert_string_equal(winners[i].stack, "kernel=6.1; microcode=2");
    }
    hone_arena_release(&arena);
    return n_found;
}

static void put_winner(struct hone_store *store, const struct hone_store_trial *trial)
{
    struct hone_store_winner winner = {.variant = trial->variant, .median_ns = 11};
    assert_int_equal(hone_store_trial_put(store, trial, NULL, NULL), HONE_OK);
    assert_int_equal(hone_store_winners_put(store, "gemm n=3", "m=1", "model=x",
                                            trial->variant.target, &winner, 1, NULL),
                     HONE_OK);
}

static void targets_keep_their_own_winners(void **state)
{
    (void)state;
    struct hone_store *store = open_store(false);
    struct hone_store_trial a = example("MR=4", "cpu:a"), b = example("MR=4", "cpu:b");
    put_winner(store, &a);
    put_winner(store, &b);
    assert_int_equal(n_winners(store, "cpu:a"), 1);
    assert_int_equal(n_winners(store, "cpu:b"), 1);
    assert_int_equal(
        hone_store_winners_put(store, "gemm n=3", "m=1", "model=x", "cpu:a", NULL, 0, NULL),
        HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 0);
    assert_int_equal(n_winners(store, "cpu:b"), 1);
    hone_store_close(store);
}

static void nothing_in_quarantine_wins(void **state)
{
    (void)state;
    struct hone_store *store = open_store(false);
    struct hone_store_trial a = example("MR=4", "cpu:a"), b = example("MR=4", "cpu:b");
    put_winner(store, &a);
    put_winner(store, &b);
    struct hone_store_quarantine entry = {
        .target = "cpu:a", .compiler = "llvm 21", .code_key = "cpu:a", .reason = "wrong"};
    assert_int_equal(hone_store_quarantine_put(store, &entry, NULL), HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 1); /* of another compiler */
    entry.compiler = "llvm 22";
    entry.target = "cpu:c";
    assert_int_equal(hone_store_quarantine_put(store, &entry, NULL), HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 1); /* of another target */
    entry.target = "cpu:a";
    assert_int_equal(hone_store_quarantine_put(store, &entry, NULL), HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 0);
    assert_int_equal(n_winners(store, "cpu:b"), 1);
    assert_int_equal(hone_store_quarantine_clear(store, NULL), HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 1);
    hone_store_close(store);
}

/* A trial that was refused since proves nothing. */
static void a_winner_has_a_valid_trial(void **state)
{
    (void)state;
    struct hone_store *store = open_store(false);
    struct hone_store_trial refused = example("MR=4", "cpu:a"), again = refused;
    refused.valid = false;
    refused.reason = "limit";
    put_winner(store, &refused);
    assert_int_equal(n_winners(store, "cpu:a"), 0);
    again.round = 1;
    assert_int_equal(hone_store_trial_put(store, &again, NULL, NULL), HONE_OK);
    assert_int_equal(n_winners(store, "cpu:a"), 1);
    hone_store_close(store);
}

/* What is written together is there whole, or not at all. */
static void groups_are_whole_or_nothing(void **state)
{
    (void)state;
    struct hone_store *store = open_store(false);
    struct hone_store_trial a = example("MR=4", "cpu:a"), b = example("MR=6", "cpu:b");
    struct hone_store_winner nobody = {.variant = {.space = "none", .config = "none"}};
    assert_int_equal(hone_store_begin(store, NULL), HONE_OK);
    put_winner(store, &a);
    enum hone_status status =
        hone_store_winners_put(store, "gemm n=3", "m=1", "model=x", "cpu:a", &nobody, 1, NULL);
    assert_int_equal(status, HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_store_end(store, status, NULL), HONE_ERR_NOT_FOUND);
    assert_int_equal(n_winners(store, "cpu:a"), 0);
    assert_int_equal(hone_store_begin(store, NULL), HONE_OK);
    put_winner(store, &a);
    put_winner(store, &b);
    hone_store_close(store); /* as a kill would */

    store = open_store(false);
    assert_int_equal(n_winners(store, "cpu:a") + n_winners(store, "cpu:b"), 0);
    assert_int_equal(hone_store_begin(store, NULL), HONE_OK);
    put_winner(store, &a);
    put_winner(store, &b);
    assert_int_equal(hone_store_end(store, HONE_OK, NULL), HONE_OK);
    put_winner(store, &a); /* each on its own again */
    hone_store_close(store);
    store = open_store(true);
    assert_int_equal(n_winners(store, "cpu:a") + n_winners(store, "cpu:b"), 2);
    hone_store_close(store);
}

/* Search trials give way to what was found anew; finals, and other targets, stay. */
static void trials_are_replaced(void **state)
{
    (void)state;
    struct hone_store *store = open_store(false);
    struct hone_store_trial a = example("MR=4", "cpu:a"), final = a, b = example("MR=4", "cpu:b"),
                            found = example("MR=8", "cpu:a"), *trials;
    struct hone_store_winner *winners, winner = {.variant = a.variant, .n_trials = 9};
    struct hone_arena arena = {0};
    size_t n;
    final.round = 1;
    put_winner(store, &b);
    put_winner(store, &a);
    assert_int_equal(hone_store_trial_put(store, &final, NULL, NULL), HONE_OK);
    assert_int_equal(
        hone_store_winners_put(store, "gemm n=3", "m=1", "model=x", "cpu:a", &winner, 1, NULL),
        HONE_OK);
    assert_int_equal(
        hone_store_trials_replace(store, "gemm n=3", "m=2", "model=x", "cpu:a", NULL, 0, NULL),
        HONE_OK);
    assert_int_equal(
        hone_store_trials_replace(store, "gemm n=3", "m=1", "model=x", "cpu:a", &found, 1, NULL),
        HONE_OK);
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &trials, &n, NULL), HONE_OK);
    assert_int_equal(n, 3);
    assert_string_equal(trials[0].variant.target, "cpu:b");
    assert_int_equal(trials[1].round, 1);
    assert_string_equal(trials[2].variant.config, "MR=8");
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) /* a final is due */
        if (strcmp(winners[i].variant.target, "cpu:a") == 0)
            assert_int_equal(winners[i].n_trials, 0);
    hone_arena_release(&arena);
    hone_store_close(store);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_stores_are_brought_up_to_date),
        TEST(old_stores_are_read_as_they_are),
        TEST(targets_keep_their_own_winners),
        TEST(nothing_in_quarantine_wins),
        TEST(a_winner_has_a_valid_trial),
        TEST(groups_are_whole_or_nothing),
        TEST(trials_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
