/* SPDX-License-Identifier: MIT */
/* hone quarantine: variants that crashed, hung or lied, and the way to forget them. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/quarantine_text.h"
#include "tuner/report/records.h"

static uint32_t json;

static const struct option options[] = {
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object per entry"},
};

static const struct command_line line = {
    .usage = "quarantine list|clear FILE.store [ID]",
    .purpose = "list or forget the variants that a store will not try again",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 2,
    .n_optional = 1,
};

static const struct record_column columns[] = {
    {"id", "id", RECORD_TEXT},
    {"reason", "reason", RECORD_TEXT},
    {"space", "space", RECORD_TEXT},
    {"config", "config", RECORD_TEXT},
    {"problem", "problem", RECORD_TEXT},
    {"detail", "detail", RECORD_TEXT},
    {"time", "since", RECORD_WHEN},
    {"target", NULL, RECORD_TEXT},
    {"compiler", NULL, RECORD_TEXT},
    {"code_key", NULL, RECORD_TEXT},
    {"repro", "shown again by", RECORD_TEXT},
    {NULL, NULL, RECORD_END},
};

static void add(struct records *r, const struct hone_store_quarantine *e, const char *path)
{
    record_format(r, "%.*s", QUARANTINE_ID_LETTERS, e->code_key);
    record_text(r, e->reason);
    record_text(r, e->space);
    record_text(r, e->config);
    record_text(r, e->problem);
    record_text(r, e->detail);
    record_integer(r, e->when);
    record_text(r, e->target);
    record_text(r, e->compiler);
    record_text(r, e->code_key);
    record_format(r, "hone repro %s %.*s", path, QUARANTINE_ID_LETTERS, e->code_key);
}

static enum hone_status list(struct hone_store *store, const char *path, const char *id,
                             struct hone_arena *arena, struct hone_error *err)
{
    struct hone_store_quarantine *entries, one;
    struct records records;
    size_t n = 1;
    if (id) {
        HONE_TRY(quarantine_find(store, path, id, arena, &one, err));
        entries = &one;
    } else {
        HONE_TRY(hone_store_quarantine_read(store, arena, &entries, &n, err));
    }
    if (n == 0 && !json) {
        printf("%s: nothing is in quarantine\n", path);
        return HONE_OK;
    }
    records_begin(&records, columns);
    for (size_t i = 0; i < n; i++) add(&records, &entries[i], path);
    return records_end(&records, json ? RECORDS_LINES : RECORDS_TEXT, stdout, err);
}

static enum hone_status clear(struct hone_store *store, const char *path, const char *id,
                              struct hone_arena *arena, struct hone_error *err)
{
    struct hone_store_quarantine *entries, one;
    size_t n = 1;
    if (id) {
        HONE_TRY(quarantine_find(store, path, id, arena, &one, err));
        HONE_TRY(hone_store_quarantine_drop(store, one.target, one.compiler, one.code_key, err));
    } else {
        HONE_TRY(hone_store_quarantine_read(store, arena, &entries, &n, err));
        HONE_TRY(hone_store_quarantine_clear(store, err));
    }
    printf(json ? "{\"cleared\":%zu}\n" : "%zu cleared; other problems may try them again\n", n);
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *said[3] = {NULL, NULL, NULL};
    HONE_TRY(options_parse(&line, argc, argv, said, err));
    bool clears = strcmp(said[0], "clear") == 0;
    if (!clears && strcmp(said[0], "list") != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "quarantine: list or clear expected, not '%s'",
                         said[0]);
    struct hone_store_options open = {
        .struct_size = sizeof open, .read_only = !clears, .must_exist = true};
    struct hone_store *store;
    struct hone_arena arena = {0};
    HONE_TRY(hone_store_open(said[1], &open, &store, err));
    enum hone_status status = clears ? clear(store, said[1], said[2], &arena, err)
                                     : list(store, said[1], said[2], &arena, err);
    hone_arena_release(&arena);
    hone_store_close(store);
    return status;
}

const struct command command_quarantine = {"quarantine", &line, run};
