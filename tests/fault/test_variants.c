/* SPDX-License-Identifier: MIT */
/* Kernels that are wrong in some seventy ways, and one that is right, tuned like any others: each
 * is refused for its own reason, none stops the session, and the right one wins. What is wrong with
 * them is in tests/fault/variants. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/frame.h"
#include "tuner/problem_text.h"
#include "tuner/session/session.h"

enum { MAX_DEFECTS = 128, NAME_BYTES = 64 };

static char folder[64], store_path[128], hone[512], runner_path[512], data[512];
static struct defect {
    char name[NAME_BYTES], reasons[NAME_BYTES];
    int n_trials;
} defects[MAX_DEFECTS];
static size_t n_defects;

static void read_reasons(void)
{
    char path[600], row[200];
    snprintf(path, sizeof path, "%s/reasons.txt", data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(row, sizeof row, file)) {
        struct defect *d = &defects[n_defects];
        if (row[0] == '#') continue;
        assert_true(n_defects++ < MAX_DEFECTS);
        assert_int_equal(sscanf(row, "%63s %63s", d->name, d->reasons), 2);
    }
    fclose(file);
}

static struct defect *defect_of(const char *config)
{
    assert_memory_equal(config, "DEFECT=", 7);
    for (size_t i = 0; i < n_defects; i++)
        if (strcmp(defects[i].name, config + 7) == 0) return &defects[i];
    fail_msg("%s is not in reasons.txt", config);
    return NULL;
}

/* One of the words between bars. */
static bool may_end_with(const struct defect *defect, const char *reason)
{
    size_t length = strlen(reason);
    for (const char *at = defect->reasons; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, reason, length) == 0 && (!at[length] || at[length] == '|')) return true;
    }
    return false;
}

struct tools {
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_store *store;
};

static void open_tools(struct tools *tools)
{
    static const char *compile[3], *command[2];
    struct hone_error err = {0};
    compile[0] = hone, compile[1] = "compile-worker", command[0] = runner_path;
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = data,
                                           .compile_command = compile,
                                           .compile_seconds = 4,
                                           .compile_bytes = 384 << 20};
    struct hone_runner_options runner = {
        .struct_size = sizeof runner, .command = command, .n_threads = 2, .request_seconds = 30};
    if (hone_kernels_open(&kernels, &tools->kernels, &err) != HONE_OK) fail_msg("%s", err.text);
    if (hone_runner_open(&runner, &tools->runner, &err) != HONE_OK) fail_msg("%s", err.text);
    if (hone_store_open(store_path, NULL, &tools->store, &err) != HONE_OK) fail_msg("%s", err.text);
}

static void close_tools(struct tools *tools)
{
    hone_runner_close(tools->runner);
    hone_kernels_close(tools->kernels);
    hone_store_close(tools->store);
}

static struct hone_tune_summary tune(struct tools *tools, uint32_t rows)
{
    char key[128];
    struct hone_error err = {0};
    struct hone_tune_summary summary;
    struct hone_tune_item item = {.runs = 1, .example = "bad"};
    snprintf(key, sizeof key, "add k=1031 types=f32,f32,f32 acts=f32 m=1-512@%u", rows);
    if (problem_parse(key, &item.problem, &err) != HONE_OK) fail_msg("%s", err.text);
    struct hone_tune_options options = {.struct_size = sizeof options,
                                        .kernels = tools->kernels,
                                        .runner = tools->runner,
                                        .store = tools->store,
                                        .strategy = hone_strategy_find("exhaustive"),
                                        .budget_seconds = 3600,
                                        .final_seconds = 0.05};
    if (hone_tune(&options, &item, 1, &summary, &err) != HONE_OK) fail_msg("%s", err.text);
    return summary;
}

static void check_trials(struct hone_store *store)
{
    struct hone_arena arena = {0};
    struct hone_store_trial *trials;
    size_t n, n_wrong = 0;
    double slowest = 0, right = 0;
    assert_int_equal(hone_store_trials_read(store, NULL, &arena, &trials, &n, NULL), HONE_OK);
    for (size_t i = 0; i < n; i++) {
        struct defect *defect = defect_of(trials[i].variant.config);
        if (trials[i].round > 0) continue;
        bool good = may_end_with(defect, trials[i].reason);
        if (strcmp(defect->name, "slow") == 0) slowest = trials[i].median_ns;
        if (strcmp(defect->name, "none") == 0) right = trials[i].median_ns;
        printf("%-18s %-18s %.2f s  %s\n", defect->name, trials[i].reason, trials[i].seconds,
               trials[i].detail);
        good &= trials[i].valid == (strcmp(trials[i].reason, "ok") == 0);
        if (!good) printf("    expected %s\n", defect->reasons);
        n_wrong += !good;
        defect->n_trials++;
    }
    hone_arena_release(&arena);
    for (size_t i = 0; i < n_defects; i++)
        if (defects[i].n_trials != 1)
            fail_msg("%s was tried %d times", defects[i].name, defects[i].n_trials);
    printf("slow: %.0f times the right one\n", slowest / right);
    if (n_wrong) fail_msg("%zu trials did not end as reasons.txt has it", n_wrong);
}

static void check_winner(struct hone_store *store)
{
    struct hone_arena arena = {0};
    struct hone_store_winner *winners;
    size_t n;
    assert_int_equal(hone_store_winners_read(store, NULL, &arena, &winners, &n, NULL), HONE_OK);
    assert_int_equal(n, 1);
    assert_string_equal(winners[0].variant.config, "DEFECT=none");
    hone_arena_release(&arena);
}

/* Whatever they started is gone, and none is a zombie of ours. */
static void check_nobody_left(void)
{
    double deadline = hone_clock_seconds() + 10;
    while (waitpid(-1, NULL, WNOHANG) >= 0)
        if (hone_clock_seconds() > deadline) fail_msg("a process was left behind");
    assert_int_equal(errno, ECHILD);
}

static void each_is_refused_and_the_right_one_wins(void **state)
{
    (void)state;
    struct tools tools;
    double start = hone_clock_seconds();
    open_tools(&tools);
    struct hone_tune_summary summary = tune(&tools, 64);
    check_trials(tools.store);
    check_winner(tools.store);
    printf("%zu variants, %.1f s\n", n_defects, hone_clock_seconds() - start);
    assert_int_equal(summary.n_trials, n_defects);

    /* Resumed, there is nothing left to try; another problem is spared what is in quarantine. */
    start = hone_clock_seconds();
    assert_int_equal(tune(&tools, 64).n_new_trials, 0);
    close_tools(&tools);
    check_nobody_left();
}

static int setup(void **state)
{
    (void)state;
    const char *bin = getenv("HONE_BIN"), *source = getenv("HONE_SOURCE");
    strcpy(folder, "/tmp/hone-variants-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(store_path, sizeof store_path, "%s/a.store", folder);
    snprintf(hone, sizeof hone, "%s/hone", bin ? bin : "bin");
    snprintf(runner_path, sizeof runner_path, "%s/hone-runner", bin ? bin : "bin");
    snprintf(data, sizeof data, "%s/tests/fault/variants", source ? source : ".");
    read_reasons();
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int teardown(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s", store_path, suffixes[i]);
        unlink(name);
    }
    return rmdir(folder);
}

int main(void)
{
#if defined __x86_64__
    char version[128];
    struct hone_error err = {0};
    if (hone_compiler_version("llvm", version, sizeof version, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_refused_and_the_right_one_wins),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
#else
    printf("skipped: the variants hold x86-64 assembly\n");
    return 77;
#endif
}
