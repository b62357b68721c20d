/* SPDX-License-Identifier: MIT */
/* hone trials: what was tried, how long it took, why it was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/store.h"
#include "tuner/command.h"
#include "tuner/quarantine_text.h"
#include "tuner/report/records.h"
#include "tuner/report/table.h"

static const char *problem, *space, *config, *reason, *device, *sort = "id";
static uint32_t json, csv, failed, finals, limit;
static const char *store_path;
static struct hone_store_quarantine *bad; /* what the store has in quarantine */
static size_t n_bad;

static const struct option options[] = {
    {0, "problem", OPTION_TEXT, &problem, "TEXT", "only problems whose key has this in it"},
    {0, "space", OPTION_TEXT, &space, "NAME", "only variants of this search space"},
    {0, "config", OPTION_TEXT, &config, "TEXT", "only configs with this in them: \"MR=4\""},
    {0, "reason", OPTION_TEXT, &reason, "CODE", "only trials that ended so: ok, wrong, crash"},
    {0, "device", OPTION_TEXT, &device, "TEXT", "only devices with this in their text"},
    {0, "failed", OPTION_FLAG, &failed, NULL, "only refused variants"},
    {0, "finals", OPTION_FLAG, &finals, NULL, "only finals"},
    {0, "sort", OPTION_TEXT, &sort, "KEY", "within a problem: id, time, ratio, spread, cost, code"},
    {0, "limit", OPTION_U32, &limit, "N", "the first N of each problem"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object per trial, samples included"},
    {0, "csv", OPTION_FLAG, &csv, NULL, "comma-separated values with a heading"},
};

static const struct command_line line = {
    .usage = "trials FILE.store [--problem TEXT] [--failed] [--sort time] [--limit 5]",
    .purpose = "list the trials of a store",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

static const struct record_column columns[] = {
    {"id", "id", RECORD_INTEGER},
    {"round", "round", RECORD_INTEGER},
    {"problem", NULL, RECORD_TEXT},
    {"valid", NULL, RECORD_FLAG},
    {"reason", "result", RECORD_TEXT},
    {"median_ns", "time", RECORD_NS},
    {NULL, "interval", RECORD_TEXT},
    {"low_ns", NULL, RECORD_NS},
    {"high_ns", NULL, RECORD_NS},
    {"min_ns", NULL, RECORD_NS},
    {"ratio", "of default", RECORD_RATIO},
    {"ratio_low", NULL, RECORD_RATIO},
    {"ratio_high", NULL, RECORD_RATIO},
    {"instructions", NULL, RECORD_INTEGER},
    {"vector_spills", "spills", RECORD_INTEGER},
    {"stack_bytes", NULL, RECORD_INTEGER},
    {"code_bytes", "code", RECORD_INTEGER},
    {"seconds", "cost", RECORD_SECONDS},
    {"space", "space", RECORD_TEXT},
    {"config", "config", RECORD_TEXT},
    {"formats", NULL, RECORD_TEXT},
    {"detail", "detail", RECORD_TEXT},
    {"repro", "shown again by", RECORD_TEXT},
    {"proof", NULL, RECORD_TEXT},
    {"calls", NULL, RECORD_INTEGER},
    {"time", NULL, RECORD_WHEN},
    {"regime", NULL, RECORD_TEXT},
    {"device", NULL, RECORD_TEXT},
    {"stack", NULL, RECORD_TEXT},
    {"state", NULL, RECORD_TEXT},
    {"code_key", NULL, RECORD_TEXT},
    {"samples_ns", NULL, RECORD_LIST},
    {NULL, NULL, RECORD_END},
};

/* ---- order: problems as they were begun, then the key ---- */

struct row {
    const struct hone_store_trial *trial;
    size_t group;
    double key;
};

static double spread_of(const struct hone_store_trial *t)
{
    return t->median_ns > 0 ? (t->high_ns - t->low_ns) / t->median_ns : 0;
}

static double key_id(const struct hone_store_trial *t)
{
    return (double)t->id;
}

static double key_time(const struct hone_store_trial *t)
{
    return t->median_ns;
}

static double key_ratio(const struct hone_store_trial *t)
{
    return t->ratio > 0 ? t->ratio : 1e9; /* search trials have none: after the finals */
}

static double key_spread(const struct hone_store_trial *t)
{
    return -spread_of(t);
}

static double key_cost(const struct hone_store_trial *t)
{
    return -t->seconds;
}

static double key_code(const struct hone_store_trial *t)
{
    return t->variant.code_bytes;
}

static const struct {
    const char *name;
    double (*of)(const struct hone_store_trial *trial);
    bool refused_last;
} keys[] = {{"id", key_id, false},        {"time", key_time, true},  {"ratio", key_ratio, true},
            {"spread", key_spread, true}, {"cost", key_cost, false}, {"code", key_code, false}};

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->trial->id < y->trial->id ? -1 : x->trial->id > y->trial->id;
}

static bool has(const char *text, const char *part)
{
    return !part || strstr(text, part);
}

static bool wanted(const struct hone_store_trial *trial)
{
    const struct hone_store_variant *v = &trial->variant;
    return has(v->problem, problem) && has(v->config, config) && has(trial->device, device) &&
           (!space || strcmp(v->space, space) == 0) &&
           (!reason || strcmp(trial->reason, reason) == 0) && (!failed || !trial->valid) &&
           (!finals || trial->round > 0);
}

/* The group of a trial: that of an earlier one with its problem, or a new one. */
static size_t group_of(const struct row *rows, size_t n, const struct hone_store_trial *trial)
{
    for (size_t i = n; i-- > 0;)
        if (strcmp(rows[i].trial->variant.problem, trial->variant.problem) == 0)
            return rows[i].group;
    return n;
}

static size_t choose(const struct hone_store_trial *trials, size_t n, size_t by, struct row *rows)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        if (!wanted(&trials[i])) continue;
        double key = keys[by].of(&trials[i]);
        if (keys[by].refused_last && !trials[i].valid) key = 1e300;
        rows[n_rows] = (struct row){&trials[i], group_of(rows, n_rows, &trials[i]), key};
        n_rows++;
    }
    if (n_rows) qsort(rows, n_rows, sizeof *rows, by_key);
    return n_rows;
}

/* ---- printing ---- */

static void number_or_none(struct records *records, double value, bool known)
{
    if (known)
        record_number(records, value);
    else
        record_none(records);
}

static void add_times(struct records *r, const struct hone_store_trial *t)
{
    bool ratio = t->valid && t->ratio > 0;
    number_or_none(r, t->median_ns, t->valid);
    if (t->valid && t->median_ns > 0)
        record_format(r, "%+.1f %+.1f %%", 100 * (t->low_ns / t->median_ns - 1),
                      100 * (t->high_ns / t->median_ns - 1));
    else
        record_text(r, "");
    number_or_none(r, t->low_ns, t->valid);
    number_or_none(r, t->high_ns, t->valid);
    number_or_none(r, t->min_ns, t->valid);
    number_or_none(r, t->ratio, ratio);
    number_or_none(r, t->ratio_low, ratio);
    number_or_none(r, t->ratio_high, ratio);
}

static bool is_quarantined(const char *code_key)
{
    for (size_t i = 0; i < n_bad; i++)
        if (strcmp(bad[i].code_key, code_key) == 0) return true;
    return false;
}

static void add_trial(struct records *r, const struct hone_store_trial *t)
{
    const struct hone_store_variant *v = &t->variant;
    record_integer(r, t->id);
    record_integer(r, t->round);
    record_text(r, v->problem);
    record_flag(r, t->valid);
    record_text(r, t->reason);
    add_times(r, t);
    record_integer(r, v->n_instructions);
    record_integer(r, v->n_vector_spills);
    record_integer(r, v->stack_bytes);
    record_integer(r, v->code_bytes);
    record_number(r, t->seconds);
    record_text(r, v->space);
    record_text(r, v->config);
    record_text(r, v->formats);
    record_text(r, t->detail);
    if (t->valid || !is_quarantined(v->code_key))
        record_text(r, "");
    else
        record_format(r, "hone repro %s %.*s", store_path, QUARANTINE_ID_LETTERS, v->code_key);
    record_text(r, t->proof);
    record_integer(r, t->n_calls);
    record_integer(r, t->when);
    record_text(r, t->regime);
    record_text(r, t->device);
    record_text(r, t->stack);
    record_text(r, t->state);
    record_text(r, v->code_key);
    record_list(r, t->samples, t->n_samples);
}

/* For people a table for each problem, under its name. */
static enum hone_status print_rows(const struct row *rows, size_t n, struct hone_error *err)
{
    enum records_mode mode = json ? RECORDS_LINES : records_mode(json, csv);
    struct records records;
    uint32_t in_group = 0;
    records_begin(&records, columns);
    for (size_t i = 0; i < n; i++) {
        bool is_new = i == 0 || rows[i].group != rows[i - 1].group;
        if (is_new && mode == RECORDS_TEXT) {
            if (i) {
                HONE_TRY(records_end(&records, mode, stdout, err));
                records_begin(&records, columns);
                putchar('\n');
            }
            report_line(stdout, rows[i].trial->variant.problem);
        }
        in_group = is_new ? 1 : in_group + 1;
        if (!limit || in_group <= limit) add_trial(&records, rows[i].trial);
    }
    if (n || mode != RECORDS_TEXT) return records_end(&records, mode, stdout, err);
    records_drop(&records);
    return HONE_OK;
}

static enum hone_status list(struct hone_store *store, size_t by, struct hone_error *err)
{
    struct hone_store_trial *trials;
    struct hone_arena arena = {0};
    size_t n;
    enum hone_status status = hone_store_trials_read(store, NULL, &arena, &trials, &n, err);
    if (status == HONE_OK) status = hone_store_quarantine_read(store, &arena, &bad, &n_bad, err);
    struct row *rows = status == HONE_OK ? calloc(n + 1, sizeof *rows) : NULL;
    if (status == HONE_OK && !rows)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "trials: no memory");
    if (status == HONE_OK) status = print_rows(rows, choose(trials, n, by, rows), err);
    free(rows);
    hone_arena_release(&arena);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct hone_store *store;
    struct hone_store_options reader = {
        .struct_size = sizeof reader, .read_only = true, .must_exist = true};
    size_t by = 0;
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    while (by < sizeof keys / sizeof *keys && strcmp(keys[by].name, sort) != 0) by++;
    if (by == sizeof keys / sizeof *keys)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--sort %s: id, time, ratio, spread, cost or code",
                         sort);
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    store_path = path;
    enum hone_status status = list(store, by, err);
    hone_store_close(store);
    return status;
}

const struct command command_trials = {"trials", &line, run};
