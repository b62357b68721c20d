/* SPDX-License-Identifier: MIT */
/* hone repro: the failure of one quarantined variant, alone. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/problem_text.h"
#include "tuner/quarantine_text.h"
#include "tuner/report/table.h"
#include "tuner/session/repro.h"
#include "tuner/split.h"

static uint32_t json, n_threads;
static const char *runner_command;

static const struct option options[] = {
    {'t', "threads", OPTION_U32, &n_threads, "N", "of the runner; one per CPU"},
    {0, "runner", OPTION_TEXT, &runner_command, "CMD", "a command that speaks the runner protocol"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
};

static const struct command_line line = {
    .usage = "repro FILE.store ID",
    .purpose = "make, prove and time one quarantined variant again; exit code 4 if it still fails",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 2,
};

struct repro {
    struct hone_tune_options tune;
    struct hone_paths paths;
    struct hone_arena arena;
    struct hone_target target;
    const char *worker[3], *runner[SPLIT_MAX_WORDS + 1];
    char *runner_words;
    struct hone_store_quarantine entry;
};

static enum hone_status open_tools(struct repro *r, struct hone_error *err)
{
    HONE_TRY(hone_paths_find(&r->paths, err));
    HONE_TRY(hone_target_parse(r->entry.target, &r->target, err));
    r->worker[0] = r->paths.hone;
    r->worker[1] = "compile-worker";
    r->runner[0] = r->paths.runner;
    if (runner_command) HONE_TRY(split_words(runner_command, &r->runner_words, r->runner, err));
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = r->paths.data,
                                           .target = &r->target,
                                           .compile_command = r->worker};
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = r->runner,
                                         .family = r->target.family,
                                         .n_threads = n_threads};
    HONE_TRY(hone_kernels_open(&kernels, &r->tune.kernels, err));
    HONE_TRY(hone_runner_open(&runner, &r->tune.runner, err));
    struct hone_runner_info info;
    struct hone_target machine;
    HONE_TRY(hone_runner_info(r->tune.runner, &info, err));
    HONE_TRY(hone_target_parse(info.target, &machine, err));
    if (hone_target_runs(&machine, &r->target)) return HONE_OK;
    return hone_fail(err, HONE_ERR_TARGET, "target %s does not run on the runner's %s",
                     r->entry.target, info.target);
}

static enum hone_status print_json(const struct repro *r, const struct hone_repro *now,
                                   struct hone_error *err)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:f}", "problem", r->entry.problem, "space",
        r->entry.space, "config", r->entry.config, "reason", r->entry.reason, "detail",
        r->entry.detail, "right_now", now->valid, "reason_now", now->reason, "detail_now",
        now->detail, "same_code", strcmp(now->code_key, r->entry.code_key) == 0, "ns", now->ns);
    if (!object) return hone_fail(err, HONE_ERR_NO_MEMORY, "repro: no memory");
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
    return HONE_OK;
}

static void print_text(const struct repro *r, const struct hone_repro *now)
{
    char time[32];
    report_time(now->ns, time, sizeof time);
    printf("%s\n    %s %s\nwas: %s: %s\n", r->entry.problem, r->entry.space, r->entry.config,
           r->entry.reason, r->entry.detail);
    if (strcmp(now->code_key, r->entry.code_key) != 0)
        printf("its text, compiler or options are not what they were\n");
    if (now->valid)
        printf("now: right, %s (%s)\n", time, now->proof);
    else
        printf("now: %s: %s\n", now->reason, now->detail);
}

static enum hone_status show(struct repro *r, const char *path, const char *id,
                             struct hone_error *err)
{
    struct hone_problem problem;
    struct hone_repro now;
    HONE_TRY(quarantine_find(r->tune.store, path, id, &r->arena, &r->entry, err));
    HONE_TRY(problem_parse(r->entry.problem, &problem, err));
    HONE_TRY(open_tools(r, err));
    HONE_TRY(hone_tune_repro(&r->tune, &problem, r->entry.space, r->entry.config, &now, err));
    if (json)
        HONE_TRY(print_json(r, &now, err));
    else
        print_text(r, &now);
    fflush(stdout);
    if (now.valid) return HONE_OK;
    return hone_fail(err, HONE_ERR_WRONG, "%s %s: %s", r->entry.space, r->entry.config, now.reason);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *said[2];
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    HONE_TRY(options_parse(&line, argc, argv, said, err));
    struct repro *r = calloc(1, sizeof *r);
    if (!r) return hone_fail(err, HONE_ERR_NO_MEMORY, "repro: no memory");
    r->tune.struct_size = sizeof r->tune;
    enum hone_status status = hone_store_open(said[0], &reader, &r->tune.store, err);
    if (status == HONE_OK) status = show(r, said[0], said[1], err);
    hone_runner_close(r->tune.runner);
    hone_kernels_close(r->tune.kernels);
    hone_store_close(r->tune.store);
    hone_arena_release(&r->arena);
    free(r->runner_words);
    free(r);
    return status;
}

const struct command command_repro = {"repro", &line, run};
