/* SPDX-License-Identifier: MIT */
/* Opening a store: files, locks, damage; and its free-form facts. */
#include "cache/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MILLISECONDS = 10000 };

static enum hone_status check_damage(struct hone_store *store, struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct query query;
    HONE_TRY(query_begin(&query, store, "PRAGMA quick_check(1)", err));
    query.arena = &arena;
    enum hone_status status = HONE_OK;
    if (query_row(&query)) {
        const char *text = query_text(&query);
        const char *second = strchr(text, '\n'); /* after "*** in database main ***" */
        if (second) text = second + 1;
        if (strcmp(text, "ok") != 0)
            status = hone_fail(err, HONE_ERR_FORMAT, "%s: the store is damaged (%.*s)", store->path,
                               (int)strcspn(text, "\n"), text);
    }
    enum hone_status ended = query_end(&query, "checking", status == HONE_OK ? err : NULL);
    hone_arena_release(&arena);
    return status != HONE_OK ? status : ended;
}

/* Switching to WAL needs the file alone for a moment and does not always wait for it. */
static enum hone_status set_wal(struct hone_store *store, struct hone_error *err)
{
    enum hone_status status = HONE_OK;
    for (int attempt = 0; attempt < 100; attempt++) {
        status = store_exec(store, "PRAGMA journal_mode=WAL", err);
        if (status != HONE_ERR_BUSY) break;
        usleep(20000);
    }
    if (status == HONE_OK) status = store_exec(store, "PRAGMA synchronous=FULL", err);
    return status;
}

static enum hone_status prepare(struct hone_store *store, bool read_only, struct hone_error *err)
{
    if (read_only) {
        HONE_TRY(store_check_schema(store, false, err));
        return check_damage(store, err);
    }
    HONE_TRY(set_wal(store, err));
    HONE_TRY(store_begin(store, err));
    HONE_TRY(store_end(store, store_check_schema(store, true, err), err));
    return check_damage(store, err);
}

static enum hone_status open_file(struct hone_store *store, const char *name, int flags,
                                  const struct hone_store_options *options, struct hone_error *err)
{
    int code = sqlite3_open_v2(name, &store->db, flags, NULL);
    if (!store->db) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    sqlite3_extended_result_codes(store->db, 1);
    int busy = options->busy_milliseconds > 0 ? options->busy_milliseconds : BUSY_MILLISECONDS;
    sqlite3_busy_timeout(store->db, busy);
    if (code != SQLITE_OK) return store_fail(store, "opening", err);
    return prepare(store, options->read_only, err);
}

/* Readers of a WAL store write a shared-memory file beside it; where that cannot be, the file is
 * read as one that nobody changes. */
static enum hone_status open_immutable(struct hone_store *store,
                                       const struct hone_store_options *options,
                                       struct hone_error *err)
{
    char *name = sqlite3_mprintf("file:%w?immutable=1", store->path);
    if (!name) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    sqlite3_close(store->db);
    store->db = NULL;
    enum hone_status status =
        open_file(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, options, err);
    sqlite3_free(name);
    return status;
}

static enum hone_status open_store(struct hone_store *store,
                                   const struct hone_store_options *options, struct hone_error *err)
{
    bool exists = access(store->path, F_OK) == 0;
    if (!exists && (options->read_only || options->must_exist))
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no such store", store->path);
    if (!options->read_only)
        return open_file(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options,
                         err);
    enum hone_status status = open_file(store, store->path, SQLITE_OPEN_READONLY, options, err);
    if (status == HONE_ERR_IO) status = open_immutable(store, options, err);
    return status;
}

enum hone_status hone_store_open(const char *path, const struct hone_store_options *options,
                                 struct hone_store **out_store, struct hone_error *err)
{
    static const struct hone_store_options defaults = {.struct_size = sizeof defaults};
    *out_store = NULL;
    struct hone_store *store = calloc(1, sizeof *store);
    if (store) store->path = strdup(path);
    if (!store || !store->path) {
        free(store);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    }
    enum hone_status status = open_store(store, options ? options : &defaults, err);
    if (status != HONE_OK) {
        hone_store_close(store);
        return status;
    }
    *out_store = store;
    return HONE_OK;
}

void hone_store_close(struct hone_store *store)
{
    if (!store) return;
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

enum hone_status hone_store_meta_get(struct hone_store *store, const char *name, char **out_value,
                                     struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct query query;
    *out_value = NULL;
    HONE_TRY(query_begin(&query, store, "SELECT value FROM meta WHERE name=?", err));
    query.arena = &arena;
    query_bind_text(&query, name);
    bool found = query_row(&query);
    if (found) *out_value = strdup(query_text(&query));
    enum hone_status status = query_end(&query, "reading meta", err);
    hone_arena_release(&arena);
    if (status == HONE_OK && !found)
        status = hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no '%s'", store->path, name);
    if (status == HONE_OK && !*out_value)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    return status;
}

enum hone_status hone_store_meta_set(struct hone_store *store, const char *name, const char *value,
                                     struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, "INSERT OR REPLACE INTO meta VALUES(?,?)", err));
    query_bind_text(&query, name);
    query_bind_text(&query, value);
    query_row(&query);
    return query_end(&query, "writing meta", err);
}
