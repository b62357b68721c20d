/* SPDX-License-Identifier: MIT */
/* hone verify: every hash and every kernel of a package, or every winner of a store proven and
 * timed again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/binaries.h"
#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/problem_text.h"
#include "tuner/progress.h"
#include "tuner/session/reverify.h"
#include "tuner/verify_package.h"

static uint32_t n_threads, only_hashes;
static const char *problem;

static const struct option options[] = {
    {'t', "threads", OPTION_U32, &n_threads, "N",
     "of the runner; one per CPU, or as many as the store's winners"},
    {0, "only-hashes", OPTION_FLAG, &only_hashes, NULL, "of a package: run no kernel"},
    {0, "problem", OPTION_TEXT, &problem, "TEXT", "only winners whose problem has this in it"},
};

static const struct command_line line = {
    .usage = "verify FILE.hone|FILE.store",
    .purpose = "hashes, plan and kernels of a package; proofs and times of a store's winners under "
               "this stack",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

static enum hone_status verify_model(const char *path, struct hone_error *err)
{
    struct hone_paths paths;
    HONE_TRY(hone_paths_find(&paths, err));
    const char *const runner[] = {paths.runner, NULL};
    struct verify_options verify = {
        .runner_command = runner, .n_threads = n_threads, .only_hashes = only_hashes != 0};
    return verify_package(path, &verify, err);
}

struct verifying {
    struct hone_tune_options tune;
    struct hone_paths paths;
    const char *worker[3], *runner_command[2];
    uint32_t n, n_wrong, n_misses;
};

static void print_result(const struct hone_store_winner *winner, const struct hone_reverify *result)
{
    char before[32], now[32];
    progress_time(winner->median_ns, before, sizeof before);
    progress_time(result->ns, now, sizeof now);
    printf("%s\n    %s %s: ", winner->variant.problem, winner->variant.space,
           winner->variant.config);
    if (result->valid)
        printf("right, %s, was %s (x%.2f)", now, before, winner->median_ns / result->ns);
    else
        printf("REFUSED, %s: %s", result->reason, result->detail);
    if (result->field)
        printf("  [%s: %s differs]", hone_key_match_name(result->match), result->field);
    putchar('\n');
}

static enum hone_status verify_winner(struct verifying *v, const struct hone_store_winner *winner,
                                      struct hone_error *err)
{
    struct hone_problem parsed;
    struct hone_reverify result;
    char target[HONE_TARGET_TEXT_BYTES];
    hone_target_format(hone_kernels_target(v->tune.kernels), target);
    if (problem && !strstr(winner->variant.problem, problem)) return HONE_OK;
    if (strcmp(target, winner->variant.target) != 0) return HONE_OK; /* of another machine */
    HONE_TRY(problem_parse(winner->variant.problem, &parsed, err));
    HONE_TRY(hone_tune_reverify(&v->tune, &parsed, winner, &result, err));
    print_result(winner, &result);
    v->n++;
    v->n_misses += result.match == HONE_KEY_MISS;
    v->n_wrong += !result.valid;
    return HONE_OK;
}

/* Threads that the winners were timed with, so that like is compared with like. */
static uint32_t threads_of(const struct hone_store_winner *winners, size_t n)
{
    struct hone_timing_key_fields key;
    if (n_threads || n == 0 || hone_timing_key_parse(winners[0].device, &key, NULL) != HONE_OK)
        return n_threads;
    return key.n_threads;
}

static enum hone_status open_tools(struct verifying *v, uint32_t threads, struct hone_error *err)
{
    HONE_TRY(hone_paths_find(&v->paths, err));
    v->worker[0] = v->paths.hone;
    v->worker[1] = "compile-worker";
    v->runner_command[0] = v->paths.runner;
    struct hone_kernels_options kernels = {
        .struct_size = sizeof kernels, .data_dir = v->paths.data, .compile_command = v->worker};
    struct hone_runner_options runner = {
        .struct_size = sizeof runner, .command = v->runner_command, .n_threads = threads};
    HONE_TRY(hone_kernels_open(&kernels, &v->tune.kernels, err));
    return hone_runner_open(&runner, &v->tune.runner, err);
}

static enum hone_status verify_winners(struct verifying *v, struct hone_arena *arena,
                                       struct hone_error *err)
{
    struct hone_store_winner *winners;
    size_t n;
    HONE_TRY(hone_store_winners_read(v->tune.store, NULL, arena, &winners, &n, err));
    HONE_TRY(open_tools(v, threads_of(winners, n), err));
    for (size_t i = 0; i < n; i++) HONE_TRY(verify_winner(v, &winners[i], err));
    printf("%u winners: %u right, %u refused, %u made with another text, compiler or target\n",
           v->n, v->n - v->n_wrong, v->n_wrong, v->n_misses);
    if (v->n_wrong == 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_WRONG, "%u winners are not right under this stack; tune again",
                     v->n_wrong);
}

static enum hone_status verify_store(const char *path, struct hone_error *err)
{
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_arena arena = {0};
    struct verifying *v = calloc(1, sizeof *v);
    if (!v) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    v->tune.struct_size = sizeof v->tune;
    enum hone_status status = hone_store_open(path, &reader, &v->tune.store, err);
    if (status == HONE_OK) status = verify_winners(v, &arena, err);
    hone_runner_close(v->tune.runner);
    hone_kernels_close(v->tune.kernels);
    hone_store_close(v->tune.store);
    hone_arena_release(&arena);
    free(v);
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
    bool is_store = n == sizeof magic && memcmp(magic, "SQLite f", sizeof magic) == 0;
    return is_store ? verify_store(path, err) : verify_model(path, err);
}

const struct command command_verify = {"verify", &line, run};
