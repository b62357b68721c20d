/* SPDX-License-Identifier: MIT */
/* hone merge: what several tuners found, in one store, whatever the order. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/outliers.h"
#include "tuner/command.h"
#include "tuner/report/table.h"
#include "tuner/store_files.h"

static const char *out;
static uint32_t json, quiet;

static const struct option options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the store; made if it is not there, else added to"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
    {'q', "quiet", OPTION_FLAG, &quiet, NULL, "only what is wrong"},
};

static const struct command_line line = {
    .usage = "merge A.store [B.store ...] -o C.store",
    .purpose = "stores (or exported ones) into one; names devices that are out of line",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
    .n_optional = 1 << 16,
};

struct merging {
    struct hone_arena arena;
    const char **paths;
    size_t n_paths;
    struct hone_content *contents, merged;
    struct hone_merge_counts counts;
    struct hone_device_unit *units;
    size_t n_units;
};

static enum hone_status merge_all(struct merging *m, struct hone_error *err)
{
    for (size_t i = 0; i < m->n_paths; i++)
        HONE_TRY(store_file_read(m->paths[i], &m->arena, &m->contents[i], err));
    HONE_TRY(hone_outliers_find(m->contents, m->paths, m->n_paths, &m->arena, &m->units,
                                &m->n_units, err));
    m->merged = m->contents[0];
    for (size_t i = 1; i < m->n_paths; i++)
        HONE_TRY(hone_content_merge(&m->merged, &m->contents[i], &m->arena, &m->merged, &m->counts,
                                    err));
    struct hone_merge_counts again = {0}; /* what the output had is no news */
    return store_file_write(out, &m->merged, &m->arena, &m->merged, &again, err);
}

static void print_unit(const struct hone_device_unit *unit)
{
    double part = 100 * (unit->ratio - 1);
    if (!unit->outlier && !unit->undecided) return;
    printf("%s: %s of \"%s\" is %.1f %% %s than %s over %zu kernels (bound %.1f %%)\n",
           unit->outlier ? "outlier" : "undecided", unit->unit, unit->device, fabs(part),
           part > 0 ? "slower" : "faster",
           unit->outlier ? "its like" : "the middle of the only two", unit->n_shared,
           100 * unit->bound);
}

static enum hone_status print_json(const struct merging *m, struct hone_error *err)
{
    json_t *units = json_array();
    for (size_t i = 0; i < m->n_units; i++) {
        const struct hone_device_unit *u = &m->units[i];
        json_array_append_new(units, json_pack("{s:o, s:o, s:I, s:f, s:f, s:b, s:b}", "device",
                                               report_json_text(u->device, strlen(u->device)),
                                               "unit", report_json_text(u->unit, strlen(u->unit)),
                                               "shared", (json_int_t)u->n_shared, "ratio", u->ratio,
                                               "bound", u->bound, "outlier", u->outlier,
                                               "undecided", u->undecided));
    }
    return report_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "stores",
                                 (json_int_t)m->n_paths, "trials", (json_int_t)m->merged.n_trials,
                                 "twice", (json_int_t)m->counts.n_twice, "conflicts",
                                 (json_int_t)m->counts.n_conflict, "winners",
                                 (json_int_t)m->merged.n_winners, "quarantine",
                                 (json_int_t)m->merged.n_quarantine, "units", units),
                       stdout, err);
}

static enum hone_status print_all(const struct merging *m, struct hone_error *err)
{
    if (json) return print_json(m, err);
    if (!quiet)
        printf("%s: %zu trials from %zu stores (%zu met again, %zu of them with another outcome), "
               "%zu winners, %zu in quarantine\n",
               out, m->merged.n_trials, m->n_paths, m->counts.n_twice + m->counts.n_conflict,
               m->counts.n_conflict, m->merged.n_winners, m->merged.n_quarantine);
    for (size_t i = 0; i < m->n_units; i++) print_unit(&m->units[i]);
    return report_flush(stdout, err);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    struct merging m = {0};
    m.paths = hone_arena_array(&m.arena, (size_t)argc + 1, sizeof *m.paths);
    m.contents = hone_arena_array(&m.arena, (size_t)argc + 1, sizeof *m.contents);
    enum hone_status status = m.paths && m.contents
                                  ? options_parse(&line, argc, argv, m.paths, err)
                                  : hone_fail(err, HONE_ERR_NO_MEMORY, "merge: no memory");
    if (status == HONE_OK && !out)
        status = hone_fail(err, HONE_ERR_ARGUMENT, "merge: -o FILE.store is missing");
    while (status == HONE_OK && m.paths[m.n_paths]) m.n_paths++;
    if (status == HONE_OK) status = merge_all(&m, err);
    if (status == HONE_OK) status = print_all(&m, err);
    hone_arena_release(&m.arena);
    return status;
}

const struct command command_merge = {"merge", &line, run};
