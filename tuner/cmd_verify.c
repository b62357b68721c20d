/* SPDX-License-Identifier: MIT */
/* hone verify: every hash and every kernel of a package, or the best of a store proven and timed
 * again under the present stack. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/counter.h"
#include "tuner/duration.h"
#include "tuner/paths.h"
#include "tuner/split.h"
#include "tuner/verify_package.h"
#include "tuner/verify_store.h"

enum { TOP = 3 };

static uint32_t n_threads, only_hashes, json, fix, top;
static float tolerance = 5;
static const char *problem, *budget = "2m", *runner_command;

static const struct option options[] = {
    {'t', "threads", OPTION_U32, &n_threads, "N",
     "of the runner; one per CPU, or as many as the store's winners"},
    {0, "only-hashes", OPTION_FLAG, &only_hashes, NULL, "of a package: run no kernel"},
    {0, "problem", OPTION_TEXT, &problem, "TEXT", "only winners whose problem has this in it"},
    {0, "top", OPTION_U32, &top, "N", "of a problem: winners and the best others, 3 in all"},
    {0, "tolerance", OPTION_FLOAT, &tolerance, "PERCENT",
     "a change of time within this is none; 5"},
    {0, "fix", OPTION_FLAG, &fix, NULL, "tune again what regressed or is no longer right"},
    {0, "budget", OPTION_TEXT, &budget, "TIME", "for --fix, all problems together; 2m"},
    {0, "runner", OPTION_TEXT, &runner_command, "CMD", "a command that speaks the runner protocol"},
    {0, "json", OPTION_FLAG, &json, NULL, "of a store: one JSON object"},
};

static const struct command_line line = {
    .usage = "verify FILE.hone|FILE.store [--fix] [--json]",
    .purpose = "hashes, plan, kernels of a package; of a store, what an upgrade changed",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static enum hone_status verify(const char *path, bool is_store, struct hone_error *err)
{
    struct hone_paths paths;
    const char *runner[SPLIT_MAX_WORDS + 1] = {NULL};
    char *words = NULL;
    struct counter counter;
    struct verify_store_options store = {.problem = problem,
                                         .runner = runner,
                                         .n_threads = n_threads,
                                         .n_top = top ? top : TOP,
                                         .tolerance = tolerance / 100,
                                         .json = json != 0,
                                         .fix = fix != 0,
                                         .stop = &stop,
                                         .progress = counter_show,
                                         .progress_context = &counter};
    struct verify_options package = {.runner_command = runner,
                                     .n_threads = n_threads,
                                     .only_hashes = only_hashes != 0,
                                     .tolerance = tolerance / 100,
                                     .progress = counter_show,
                                     .progress_context = &counter};
    if (!is_store && (problem || top || fix || json))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "verify: %s is no store, for which --problem, --top, --fix and --json are",
                         path);
    if (is_store && only_hashes)
        return hone_fail(err, HONE_ERR_ARGUMENT, "verify: --only-hashes is for packages: %s", path);
    if (!(tolerance >= 0 && tolerance <= 1000))
        return hone_fail(err, HONE_ERR_ARGUMENT, "verify: --tolerance is in percent, 0 to 1000");
    HONE_TRY(duration_parse(budget, &store.fix_seconds, err));
    HONE_TRY(hone_paths_find(&paths, err));
    runner[0] = paths.runner;
    store.hone = paths.hone;
    store.data_dir = paths.data;
    if (runner_command) HONE_TRY(split_words(runner_command, &words, runner, err));
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    if (is_store) {
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
    }
    counter_begin(&counter, stderr, is_store ? "problems" : "kernels");
    enum hone_status status =
        is_store ? verify_store(path, &store, err) : verify_package(path, &package, err);
    counter_end(&counter);
    free(words);
    return status;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    char magic[8] = "";
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    FILE *file = fopen(path, "rbe");
    if (!file)
        return hone_fail(err, errno == ENOENT ? HONE_ERR_NOT_FOUND : HONE_ERR_IO,
                         "%s: cannot open: %s", path, strerror(errno));
    size_t n = fread(magic, 1, sizeof magic, file);
    fclose(file);
    return verify(path, n == sizeof magic && memcmp(magic, "SQLite f", sizeof magic) == 0, err);
}

const struct command command_verify = {"verify", &line, run};
