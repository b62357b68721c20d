/* SPDX-License-Identifier: MIT */
/* hone show: the search spaces, one variant, or the winners of a store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache/store.h"
#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/problem_text.h"
#include "tuner/report/table.h"
#include "tuner/sample_problem.h"
#include "tuner/show_json.h"
#include "tuner/show_variant.h"

static const char *problem, *set, *config, *target = "native";
static uint32_t source, assembly, launch, json, csv;

static const struct option options[] = {
    {0, "set", OPTION_TEXT, &set, "LIST", "of a problem: n=2048,k=2048,m=1,w_type=q4_0"},
    {0, "problem", OPTION_TEXT, &problem, "KEY", "the whole problem, as stores write it"},
    {0, "config", OPTION_TEXT, &config, "TEXT", "\"MR=4 NV=2 ...\"; the default of the space"},
    {0, "target", OPTION_TEXT, &target, "T", "native, cpu:x86_64:avx2+fma+f16c, cuda:sm_90a"},
    {0, "ir", OPTION_FLAG, &source, NULL, "print the rendered text"},
    {0, "asm", OPTION_FLAG, &assembly, NULL, "compile, and print the assembly (GPUs: PTX)"},
    {0, "launch", OPTION_FLAG, &launch, NULL, "print how it is called"},
    {0, "json", OPTION_FLAG, &json, NULL, "JSON; with --ir and --asm these are in it"},
    {0, "csv", OPTION_FLAG, &csv, NULL, "of spaces or winners: comma-separated values"},
};

static const struct command_line line = {
    .usage = "show [SPACE [--set LIST] | FILE.store [TEXT]] [--ir] [--asm] [--launch] [--json]",
    .purpose = "search spaces; a variant: call, text, assembly; winners whose problem has TEXT",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_optional = 2,
};

static unsigned parts(void)
{
    return (source ? SHOW_SOURCE : 0) | (assembly ? SHOW_ASSEMBLY : 0) | (launch ? SHOW_LAUNCH : 0);
}

static enum hone_status show_one(struct hone_kernels *kernels, const char *name,
                                 struct hone_error *err)
{
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), name);
    struct hone_problem parsed;
    if (!space)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "'%s' is neither a store nor a search space",
                         name);
    if (!problem && !set && !config && !parts()) {
        if (json) return report_json(show_json_space(space), stdout, err);
        show_space(space);
        return HONE_OK;
    }
    if (problem)
        HONE_TRY(problem_parse(problem, &parsed, err));
    else
        HONE_TRY(sample_problem(kernels, space, set, &parsed, err));
    return show_variant(kernels, name, &parsed, config, parts(), json != 0, err);
}

static enum hone_status show_winner(struct hone_kernels *kernels,
                                    const struct hone_store_winner *winner, struct hone_error *err)
{
    char time[32], default_time[32];
    struct hone_problem parsed;
    report_time(winner->median_ns, time, sizeof time);
    report_time(winner->ratio > 0 ? winner->median_ns / winner->ratio : winner->median_ns,
                default_time, sizeof default_time);
    if (parts()) {
        HONE_TRY(problem_parse(winner->variant.problem, &parsed, err));
        return show_variant(kernels, winner->variant.space, &parsed, winner->variant.config,
                            parts(), json != 0, err);
    }
    printf("%s\n", winner->variant.problem);
    printf("  winner     %s %s%s\n", winner->variant.space, winner->variant.config,
           winner->is_default ? " (the default)" : "");
    printf("  formats    %s\n", winner->variant.formats);
    printf("  time       %s, the default %s: %.3f (%.3f .. %.3f) of it, chosen from %u trials\n",
           time, default_time, winner->ratio, winner->ratio_low, winner->ratio_high,
           winner->n_trials);
    printf("  facts      %u instructions, %u vector spills, %u bytes of stack, %u bytes of code, "
           "%" PRIu64 " bytes of scratch\n",
           winner->variant.n_instructions, winner->variant.n_vector_spills,
           winner->variant.stack_bytes, winner->variant.code_bytes, winner->variant.scratch_bytes);
    printf("  proof      %s\n  regime     %s\n  device     %s\n  code key   %s\n", winner->proof,
           winner->regime, winner->device, winner->variant.code_key);
    return HONE_OK;
}

/* As a table, or one by one. */
static enum hone_status show_winners(struct hone_kernels *kernels,
                                     const struct hone_store_winner *winners, size_t n,
                                     const char *text, size_t *out_shown, struct hone_error *err)
{
    bool as_table = (json || csv) && !parts();
    struct records records;
    *out_shown = 0;
    show_winners_begin(&records);
    enum hone_status status = HONE_OK;
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        if (text && !strstr(winners[i].variant.problem, text)) continue;
        if (as_table)
            show_winners_add(&records, &winners[i]);
        else
            status = show_winner(kernels, &winners[i], err);
        (*out_shown)++;
    }
    if (status == HONE_OK && as_table && (*out_shown || !text))
        return records_end(&records, records_mode(json, csv), stdout, err);
    records_drop(&records);
    return status;
}

static enum hone_status show_store(struct hone_kernels *kernels, const char *path, const char *text,
                                   struct hone_error *err)
{
    struct hone_store *store;
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n, n_shown = 0;
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    enum hone_status status = hone_store_winners_read(store, NULL, &arena, &winners, &n, err);
    if (status == HONE_OK) status = show_winners(kernels, winners, n, text, &n_shown, err);
    if (status == HONE_OK && n_shown == 0 && text)
        status = hone_fail(err, HONE_ERR_NOT_FOUND, "%s: none of its %zu winners has '%s' in it",
                           path, n, text);
    hone_arena_release(&arena);
    hone_store_close(store);
    return status;
}

static enum hone_status show(struct hone_kernels *kernels, const char *const what[2],
                             struct hone_error *err)
{
    if (!what[0]) return show_spaces(kernels, records_mode(json, csv), err);
    bool is_space = hone_space_list_find(hone_kernels_spaces(kernels), what[0]) != NULL;
    if (!is_space && access(what[0], F_OK) == 0)
        return show_store(kernels, what[0], what[1] ? what[1] : problem, err);
    if (what[1])
        return hone_fail(err, HONE_ERR_ARGUMENT, "one argument too many: '%s'; see --set", what[1]);
    return show_one(kernels, what[0], err);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *what[2] = {NULL, NULL};
    struct hone_paths paths;
    struct hone_target parsed;
    HONE_TRY(options_parse(&line, argc, argv, what, err));
    HONE_TRY(hone_paths_find(&paths, err));
    HONE_TRY(hone_target_parse(target, &parsed, err));
    const char *const worker[] = {paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels_options = {.struct_size = sizeof kernels_options,
                                                   .data_dir = paths.data,
                                                   .target = &parsed,
                                                   .compile_command = worker};
    struct hone_kernels *kernels;
    HONE_TRY(hone_kernels_open(&kernels_options, &kernels, err));
    enum hone_status status = show(kernels, what, err);
    hone_kernels_close(kernels);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

const struct command command_show = {"show", &line, run};
