/* SPDX-License-Identifier: MIT */
/* Quarantine of a store: variants that crashed, hung or lied, per target and compiler. */
#include "cache/store_internal.h"

#include <string.h>

#define COLUMNS "target, compiler, code_key, reason, detail, problem, space, config, at"

enum hone_status hone_store_quarantine_put(struct hone_store *store,
                                           const struct hone_store_quarantine *entry,
                                           struct hone_error *err)
{
    const char *const texts[] = {entry->target, entry->compiler, entry->code_key, entry->reason,
                                 entry->detail, entry->problem,  entry->space,    entry->config};
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "INSERT OR REPLACE INTO quarantine(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?)",
                         err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) query_bind_text(&query, texts[i]);
    query_bind_int(&query, entry->when);
    query_row(&query);
    return query_end(&query, "writing quarantine", err);
}

static void read_entry(struct query *query, struct hone_store_quarantine *entry)
{
    const char **const texts[] = {&entry->target, &entry->compiler, &entry->code_key,
                                  &entry->reason, &entry->detail,   &entry->problem,
                                  &entry->space,  &entry->config};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = query_text(query);
    entry->when = query_int(query);
}

enum hone_status hone_store_quarantine_find(struct hone_store *store, const char *target,
                                            const char *compiler, const char *code_key,
                                            struct hone_arena *arena,
                                            struct hone_store_quarantine *out_entry,
                                            struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "SELECT " COLUMNS " FROM quarantine WHERE target=? AND compiler=? AND "
                         "code_key=?",
                         err));
    query.arena = arena;
    query_bind_text(&query, target);
    query_bind_text(&query, compiler);
    query_bind_text(&query, code_key);
    bool found = query_row(&query);
    if (found) read_entry(&query, out_entry);
    HONE_TRY(query_end(&query, "reading quarantine", err));
    if (found) return HONE_OK;
    return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: %.16s is not in quarantine", store->path,
                     code_key);
}

enum hone_status hone_store_quarantine_read(struct hone_store *store, struct hone_arena *arena,
                                            struct hone_store_quarantine **out_entries,
                                            size_t *out_n_entries, struct hone_error *err)
{
    struct query query;
    *out_entries = NULL;
    *out_n_entries = 0;
    HONE_TRY(query_begin(&query, store, "SELECT " COLUMNS " FROM quarantine ORDER BY at, code_key",
                         err));
    query.arena = arena;
    while (query_row(&query)) {
        *out_entries = store_grow(arena, *out_entries, *out_n_entries, sizeof **out_entries);
        if (!*out_entries) {
            query.code = SQLITE_NOMEM;
            break;
        }
        read_entry(&query, &(*out_entries)[(*out_n_entries)++]);
    }
    return query_end(&query, "reading quarantine", err);
}

enum hone_status hone_store_quarantine_drop(struct hone_store *store, const char *target,
                                            const char *compiler, const char *code_key,
                                            struct hone_error *err)
{
    const char *const texts[] = {target, compiler, code_key};
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "DELETE FROM quarantine WHERE target=? AND compiler=? AND code_key=?",
                         err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) query_bind_text(&query, texts[i]);
    query_row(&query);
    return query_end(&query, "clearing quarantine", err);
}

enum hone_status hone_store_quarantine_clear(struct hone_store *store, struct hone_error *err)
{
    return store_exec(store, "DELETE FROM quarantine", err);
}
