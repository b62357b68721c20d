/* SPDX-License-Identifier: MIT */
/* The store: reopening, unique trials, two writers, damage, and paths that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static struct hone_store *open_store(void)
{
    struct hone_error err = {0};
    struct hone_store *store = NULL;
    if (hone_store_open(path, NULL, &store, &err) != HONE_OK) fail_msg("%s", err.text);
    return store;
}

static const double samples[] = {10.5, 11.25, 10.75};

static struct hone_store_trial example(const char *config, uint32_t round)
{
    struct hone_store_trial trial = {.variant = {.problem = "gemm n=3 k=4",
                                                 .op = "gemm",
                                                 .space = "gemm_f32",
                                                 .config = config,
                                                 .formats = "x=f32 w=f32 y=f32",
                                                 .code_key = "c0de",
                                                 .source_hash = "50",
                                                 .target = "cpu:x86_64",
                                                 .compiler = "llvm 22",
                                                 .numerics = "seq",
                                                 .engine = 1,
                                                 .abi = 2,
                                                 .grid_rule = 1,
                                                 .grid_p0 = 7,
                                                 .grid_p1 = 9,
                                                 .scratch_bytes = 1ull << 33,
                                                 .rank = -5,
                                                 .n_instructions = 11,
                                                 .n_vector_spills = 12,
                                                 .stack_bytes = 13,
                                                 .code_bytes = 14},
                                     .regime = "m=1",
                                     .device = "model=x",
                                     .round = round,
                                     .valid = true,
                                     .reason = "ok",
                                     .detail = "",
                                     .proof = "3 checks",
                                     .samples = samples,
                                     .n_samples = 3,
                                     .n_calls = 8,
                                     .median_ns = 10.75,
                                     .low_ns = 10.5,
                                     .high_ns = 11.25,
                                     .min_ns = 10.5,
                                     .ratio = 0.5,
                                     .ratio_low = 0.25,
                                     .ratio_high = 0.75,
                                     .seconds = 1.5,
                                     .when = 1234567890123};
    return trial;
}

static void put(struct hone_store *store, const struct hone_store_trial *trial, bool expect_new)
{
    struct hone_error err = {0};
    bool existed = !expect_new;
    if (hone_store_trial_put(store, trial, &existed, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(existed, !expect_new);
}

static size_t count(struct hone_store *store, const struct hone_store_filter *filter)
{
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    size_t n = 0;
    assert_int_equal(hone_store_trials_read(store, filter, &arena, &trials, &n, NULL), HONE_OK);
    hone_arena_release(&arena);
    return n;
}

static void a_trial_survives_reopening(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    struct hone_store_trial trial = example("MR=4", 0);
    put(store, &trial, true);
    hone_store_close(store);

    store = open_store();
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    size_t n;
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &trials, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    const struct hone_store_trial *got = trials;
    const struct hone_store_variant *v = &got->variant, *w = &trial.variant;
    assert_string_equal(v->problem, w->problem);
    assert_string_equal(v->op, w->op);
    assert_string_equal(v->space, w->space);
    assert_string_equal(v->config, w->config);
    assert_string_equal(v->formats, w->formats);
    assert_string_equal(v->code_key, w->code_key);
    assert_string_equal(v->source_hash, w->source_hash);
    assert_string_equal(v->target, w->target);
    assert_string_equal(v->compiler, w->compiler);
    assert_string_equal(v->numerics, w->numerics);
    const int64_t numbers[][2] = {{v->engine, 1},
                                  {v->abi, 2},
                                  {v->grid_rule, 1},
                                  {v->grid_p0, 7},
                                  {v->grid_p1, 9},
                                  {(int64_t)v->scratch_bytes, (int64_t)(1ull << 33)},
                                  {v->rank, -5},
                                  {v->n_instructions, 11},
                                  {v->n_vector_spills, 12},
                                  {v->stack_bytes, 13},
                                  {v->code_bytes, 14},
                                  {got->round, 0},
                                  {got->valid, 1},
                                  {(int64_t)got->n_samples, 3},
                                  {got->n_calls, 8},
                                  {got->when, 1234567890123}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(numbers[i][0], numbers[i][1]);
    assert_memory_equal(got->samples, samples, sizeof samples);
    const double reals[][2] = {{got->median_ns, 10.75}, {got->low_ns, 10.5}, {got->high_ns, 11.25},
                               {got->min_ns, 10.5},     {got->ratio, 0.5},   {got->ratio_low, 0.25},
                               {got->ratio_high, 0.75}, {got->seconds, 1.5}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        assert_true(reals[i][0] == reals[i][1]);
    assert_string_equal(got->regime, "m=1");
    assert_string_equal(got->device, "model=x");
    assert_string_equal(got->reason, "ok");
    assert_string_equal(got->proof, "3 checks");
    hone_arena_release(&arena);
    hone_store_close(store);
}

static void the_key_of_a_trial_is_unique(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    struct hone_store_trial trial = example("MR=4", 0);
    put(store, &trial, true);
    trial.median_ns = 99;
    put(store, &trial, false);
    assert_int_equal(count(store, NULL), 1);

    struct hone_store_trial other = example("MR=4", 1);
    put(store, &other, true);
    other = example("MR=6", 0);
    put(store, &other, true);
    other = example("MR=4", 0);
    other.regime = "m=2";
    put(store, &other, true);
    other = example("MR=4", 0);
    other.device = "model=y";
    put(store, &other, true);
    other = example("MR=4", 0);
    other.variant.code_key = "c0df";
    put(store, &other, true);
    assert_int_equal(count(store, NULL), 6);

    struct hone_store_filter filter = {.regime = "m=2"};
    assert_int_equal(count(store, &filter), 1);
    filter = (struct hone_store_filter){.device = "model=x", .problem = "gemm n=3 k=4"};
    assert_int_equal(count(store, &filter), 5);
    filter.problem = "none";
    assert_int_equal(count(store, &filter), 0);
    filter = (struct hone_store_filter){.op = "gemm", .regime = "m=1"};
    assert_int_equal(count(store, &filter), 5);
    filter.op = "add";
    assert_int_equal(count(store, &filter), 0);
    double seconds;
    uint64_t n;
    assert_int_equal(hone_store_spent(store, NULL, &seconds, &n, NULL), HONE_OK);
    assert_int_equal(n, 6);
    assert_true(seconds == 9.0);
    hone_store_close(store);
}

static void winners_are_replaced_together(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    struct hone_store_trial a = example("MR=4", 0), b = example("MR=6", 0);
    put(store, &a, true);
    put(store, &b, true);
    struct hone_store_trial elsewhere = example("MR=6", 0);
    elsewhere.regime = "m=2";
    put(store, &elsewhere, true);
    struct hone_store_winner winners[2] = {
        {.variant = b.variant, .is_default = false, .median_ns = 5, .ratio = .5, .round = 1},
        {.variant = a.variant, .is_default = true, .median_ns = 9, .ratio = 1, .round = 1}};
    const char *problem = a.variant.problem;
    assert_int_equal(
        hone_store_winners_put(store, problem, "m=1", "model=x", "cpu:x86_64", winners, 2, NULL),
        HONE_OK);
    assert_int_equal(
        hone_store_winners_put(store, problem, "m=2", "model=x", "cpu:x86_64", winners, 1, NULL),
        HONE_OK);
    winners[1].median_ns = 4;
    assert_int_equal(hone_store_winners_put(store, problem, "m=1", "model=x", "cpu:x86_64",
                                            &winners[1], 1, NULL),
                     HONE_OK);

    struct hone_arena arena = {0};
    struct hone_store_winner *got;
    size_t n;
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &got, &n, NULL), HONE_OK);
    assert_int_equal(n, 2);
    assert_string_equal(got[0].variant.config, "MR=4");
    assert_true(got[0].median_ns == 4 && got[0].is_default);
    assert_string_equal(got[1].regime, "m=2");
    hone_arena_release(&arena);

    /* a winner that was never tried is refused and changes nothing */
    winners[0].variant.config = "MR=8";
    struct hone_error err;
    assert_int_equal(
        hone_store_winners_put(store, problem, "m=1", "model=x", "cpu:x86_64", winners, 1, &err),
        HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &got, &n, NULL), HONE_OK);
    assert_int_equal(n, 2);
    hone_arena_release(&arena);
    hone_store_close(store);
}

static void a_bad_binary_is_one_miss(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    uint8_t code[] = {1, 2, 3, 0, 5};
    struct hone_store_binary binary = {code, sizeof code, 2, 1, 2, 3, 4}, got;
    assert_int_equal(hone_store_binary_put(store, "a", &binary, NULL), HONE_OK);
    assert_int_equal(hone_store_binary_put(store, "b", &binary, NULL), HONE_OK);
    assert_int_equal(hone_store_binary_get(store, "a", &got, NULL), HONE_OK);
    assert_int_equal(got.n_bytes, sizeof code);
    assert_memory_equal(got.code, code, sizeof code);
    assert_true(got.entry == 2 && got.n_instructions == 1 && got.n_vector_spills == 2 &&
                got.stack_bytes == 3 && got.code_bytes == 4);
    free(got.code);
    hone_store_close(store);

    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "UPDATE binaries SET code = x'0102030405' WHERE code_key='a'", 0, 0, 0);
    sqlite3_close(db);
    store = open_store();
    struct hone_error err;
    assert_int_equal(hone_store_binary_get(store, "a", &got, &err), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_store_binary_get(store, "b", &got, NULL), HONE_OK);
    free(got.code);
    hone_store_close(store);
}

static void quarantine_is_per_target_and_compiler(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    struct hone_store_quarantine entry = {"cpu", "llvm 22", "key", "crashed", "SIGSEGV",
                                          "p",   "s",       "c",   7},
                                 got;
    struct hone_arena arena = {0};
    assert_int_equal(hone_store_quarantine_put(store, &entry, NULL), HONE_OK);
    assert_int_equal(hone_store_quarantine_find(store, "cpu", "llvm 22", "key", &arena, &got, NULL),
                     HONE_OK);
    assert_string_equal(got.reason, "crashed");
    assert_string_equal(got.config, "c");
    assert_int_equal(got.when, 7);
    assert_int_equal(hone_store_quarantine_find(store, "cpu", "llvm 19", "key", &arena, &got, NULL),
                     HONE_ERR_NOT_FOUND);
    assert_int_equal(
        hone_store_quarantine_find(store, "cpu2", "llvm 22", "key", &arena, &got, NULL),
        HONE_ERR_NOT_FOUND);
    struct hone_store_quarantine *all;
    size_t n;
    assert_int_equal(hone_store_quarantine_read(store, &arena, &all, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(hone_store_quarantine_clear(store, NULL), HONE_OK);
    assert_int_equal(hone_store_quarantine_read(store, &arena, &all, &n, NULL), HONE_OK);
    assert_int_equal(n, 0);
    hone_arena_release(&arena);
    hone_store_close(store);
}

static void write_trials(int from, int step)
{
    struct hone_store *store = NULL;
    if (hone_store_open(path, NULL, &store, NULL) != HONE_OK) _exit(1);
    for (int i = from; i < 40; i += step) {
        char config[16];
        snprintf(config, sizeof config, "MR=%d", i);
        struct hone_store_trial trial = example(config, 0);
        if (hone_store_trial_put(store, &trial, NULL, NULL) != HONE_OK) _exit(2);
    }
    hone_store_close(store);
    _exit(0);
}

/* Four processes make and fill one store at the same time; two of them write the same trials. */
static void many_writers(void **state)
{
    (void)state;
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) write_trials(i & 1, 2);
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    struct hone_store *store = open_store();
    assert_int_equal(count(store, NULL), 40);
    hone_store_close(store);
}

static void expect_open(const char *name, const struct hone_store_options *options,
                        enum hone_status status, const char *part)
{
    struct hone_error err = {0};
    struct hone_store *store = NULL;
    assert_int_equal(hone_store_open(name, options, &store, &err), status);
    assert_null(store);
    assert_non_null(strstr(err.text, name));
    if (!strstr(err.text, part)) fail_msg("'%s' lacks '%s'", err.text, part);
    assert_null(strchr(err.text, '\n'));
}

static void write_file(const char *text, size_t n_bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n_bytes, file), n_bytes);
    fclose(file);
}

static void paths_that_cannot_be(void **state)
{
    (void)state;
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_store_options existing = {.struct_size = sizeof existing, .must_exist = true};
    expect_open("/proc/no/such.store", NULL, HONE_ERR_IO, "cannot be opened");
    expect_open(folder, NULL, HONE_ERR_IO, "cannot be opened");
    expect_open(path, &reader, HONE_ERR_NOT_FOUND, "no such store");
    expect_open(path, &existing, HONE_ERR_NOT_FOUND, "no such store");

    char junk[4096];
    memset(junk, 'x', sizeof junk);
    write_file(junk, sizeof junk);
    expect_open(path, NULL, HONE_ERR_FORMAT, "not a hone store");
    expect_open(path, &reader, HONE_ERR_FORMAT, "not a hone store");
}

static void other_databases_and_versions(void **state)
{
    (void)state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE t(x)", 0, 0, 0);
    sqlite3_close(db);
    expect_open(path, NULL, HONE_ERR_FORMAT, "another application");
    unlink(path);

    hone_store_close(open_store());
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version=1000", 0, 0, 0);
    sqlite3_close(db);
    expect_open(path, NULL, HONE_ERR_VERSION, "store version 1000");
}

/* A store cut short or with a page of noise is refused, not read wrong. */
static void torn_stores(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    for (int i = 0; i < 100; i++) {
        char config[16];
        snprintf(config, sizeof config, "MR=%d", i);
        struct hone_store_trial trial = example(config, 0);
        put(store, &trial, true);
    }
    hone_store_close(store);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size / 2), 0);
    expect_open(path, NULL, HONE_ERR_FORMAT, "damaged");
}

static void facts_of_the_store(void **state)
{
    (void)state;
    struct hone_store *store = open_store();
    char *value;
    struct hone_error err;
    assert_int_equal(hone_store_meta_get(store, "a", &value, &err), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_store_meta_set(store, "a", "1", NULL), HONE_OK);
    assert_int_equal(hone_store_meta_set(store, "a", "2", NULL), HONE_OK);
    assert_int_equal(hone_store_meta_get(store, "a", &value, &err), HONE_OK);
    assert_string_equal(value, "2");
    free(value);
    hone_store_close(store);

    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    assert_int_equal(hone_store_open(path, &reader, &store, &err), HONE_OK);
    assert_int_equal(hone_store_meta_set(store, "a", "3", &err), HONE_ERR_IO);
    assert_non_null(strstr(err.text, "cannot be written"));
    hone_store_close(store);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trial_survives_reopening),
        TEST(the_key_of_a_trial_is_unique),
        TEST(winners_are_replaced_together),
        TEST(a_bad_binary_is_one_miss),
        TEST(quarantine_is_per_target_and_compiler),
        TEST(many_writers),
        TEST(paths_that_cannot_be),
        TEST(other_databases_and_versions),
        TEST(torn_stores),
        TEST(facts_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
