/* SPDX-License-Identifier: MIT */
/* hone trials: what was tried, how long it took, why it was refused. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cache/store.h"
#include "tuner/command.h"
#include "tuner/progress.h"

static const char *problem;
static uint32_t json, failed, finals;

static const struct option options[] = {
    {0, "problem", OPTION_TEXT, &problem, "TEXT", "only problems whose key has this in it"},
    {0, "failed", OPTION_FLAG, &failed, NULL, "only refused variants"},
    {0, "finals", OPTION_FLAG, &finals, NULL, "only finals"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object per trial"},
};

static const struct command_line line = {
    .usage = "trials FILE.store [--problem TEXT] [--failed]",
    .purpose = "list the trials of a store",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

static bool wanted(const struct hone_store_trial *trial)
{
    return (!problem || strstr(trial->variant.problem, problem)) && (!failed || !trial->valid) &&
           (!finals || trial->round > 0);
}

static void print_text(const struct hone_store_trial *trial)
{
    char time[32], spread[48] = "";
    progress_time(trial->median_ns, time, sizeof time);
    if (trial->valid)
        snprintf(spread, sizeof spread, " (%+.1f %+.1f %%)",
                 100 * (trial->low_ns / trial->median_ns - 1),
                 100 * (trial->high_ns / trial->median_ns - 1));
    printf("%5" PRId64 " %u  %-8s %10s%s  %s %s", trial->id, trial->round, trial->reason,
           trial->valid ? time : "-", spread, trial->variant.space, trial->variant.config);
    if (trial->round > 0 && trial->valid) printf("  %.3f of the default", trial->ratio);
    if (!trial->valid) printf("  %s", trial->detail);
    putchar('\n');
}

static enum hone_status print_json(const struct hone_store_trial *t, struct hone_error *err)
{
    const struct hone_store_variant *v = &t->variant;
    json_t *samples = json_array();
    for (size_t i = 0; i < t->n_samples; i++)
        json_array_append_new(samples, json_real(t->samples[i]));
    json_t *object = json_pack(
        "{s:I, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:i, s:f, s:f,"
        " s:I, s:s, s:s, s:i, s:i, s:i, s:o}",
        "id", (json_int_t)t->id, "round", (int)t->round, "problem", v->problem, "space", v->space,
        "config", v->config, "formats", v->formats, "code_key", v->code_key, "valid", t->valid,
        "reason", t->reason, "detail", t->detail, "proof", t->proof, "median_ns", t->median_ns,
        "low_ns", t->low_ns, "high_ns", t->high_ns, "min_ns", t->min_ns, "calls", (int)t->n_calls,
        "ratio", t->ratio, "seconds", t->seconds, "time", (json_int_t)t->when, "regime", t->regime,
        "device", t->device, "instructions", (int)v->n_instructions, "vector_spills",
        (int)v->n_vector_spills, "code_bytes", (int)v->code_bytes, "samples_ns", samples);
    if (!object) return hone_fail(err, HONE_ERR_NO_MEMORY, "trials: no memory");
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
    return HONE_OK;
}

static enum hone_status print_all(const struct hone_store_trial *trials, size_t n,
                                  struct hone_error *err)
{
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        if (!wanted(&trials[i])) continue;
        if (json) {
            HONE_TRY(print_json(&trials[i], err));
            continue;
        }
        if (strcmp(last, trials[i].variant.problem) != 0) printf("%s\n", trials[i].variant.problem);
        last = trials[i].variant.problem;
        print_text(&trials[i]);
    }
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct hone_store *store;
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_store_trial *trials;
    struct hone_arena arena = {0};
    size_t n;
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    enum hone_status status = hone_store_trials_read(store, NULL, &arena, &trials, &n, err);
    if (status == HONE_OK) status = print_all(trials, n, err);
    hone_arena_release(&arena);
    hone_store_close(store);
    return status;
}

const struct command command_trials = {"trials", &line, run};
