/* SPDX-License-Identifier: MIT */
/* Opening a store: schema, version, damage; and its free-form facts. */
#include "cache/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "HONE" in the file's header says that an SQLite file is ours. */
enum { APPLICATION_ID = 0x484F4E45, BUSY_MILLISECONDS = 10000 };

static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE problems(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, op TEXT NOT NULL)"
    " STRICT;"
    "CREATE TABLE regimes(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE devices(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE variants(id INTEGER PRIMARY KEY,"
    " problem INTEGER NOT NULL REFERENCES problems(id), space TEXT NOT NULL, config TEXT NOT NULL,"
    " formats TEXT NOT NULL, code_key TEXT NOT NULL, source_hash TEXT NOT NULL,"
    " target TEXT NOT NULL, compiler TEXT NOT NULL, numerics TEXT NOT NULL,"
    " engine INTEGER NOT NULL, abi INTEGER NOT NULL, grid_rule INTEGER NOT NULL,"
    " grid_p0 INTEGER NOT NULL, grid_p1 INTEGER NOT NULL, scratch_bytes INTEGER NOT NULL,"
    " rank INTEGER NOT NULL, n_instructions INTEGER NOT NULL, n_vector_spills INTEGER NOT NULL,"
    " stack_bytes INTEGER NOT NULL, code_bytes INTEGER NOT NULL,"
    " UNIQUE(problem, space, config, code_key)) STRICT;"
    "CREATE TABLE trials(id INTEGER PRIMARY KEY, variant INTEGER NOT NULL REFERENCES variants(id),"
    " regime INTEGER NOT NULL REFERENCES regimes(id),"
    " device INTEGER NOT NULL REFERENCES devices(id), round INTEGER NOT NULL,"
    " valid INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, proof TEXT NOT NULL,"
    " samples BLOB NOT NULL, n_calls INTEGER NOT NULL, median_ns REAL NOT NULL,"
    " low_ns REAL NOT NULL, high_ns REAL NOT NULL, min_ns REAL NOT NULL, ratio REAL NOT NULL,"
    " ratio_low REAL NOT NULL, ratio_high REAL NOT NULL, seconds REAL NOT NULL,"
    " at INTEGER NOT NULL, UNIQUE(variant, regime, device, round)) STRICT;"
    "CREATE TABLE winners(variant INTEGER NOT NULL REFERENCES variants(id),"
    " regime INTEGER NOT NULL REFERENCES regimes(id),"
    " device INTEGER NOT NULL REFERENCES devices(id), is_default INTEGER NOT NULL,"
    " median_ns REAL NOT NULL, ratio REAL NOT NULL, ratio_low REAL NOT NULL,"
    " ratio_high REAL NOT NULL, round INTEGER NOT NULL, n_trials INTEGER NOT NULL,"
    " proof TEXT NOT NULL, PRIMARY KEY(variant, regime, device)) STRICT;"
    "CREATE TABLE binaries(code_key TEXT PRIMARY KEY, code BLOB NOT NULL, hash TEXT NOT NULL,"
    " entry INTEGER NOT NULL, n_instructions INTEGER NOT NULL, n_vector_spills INTEGER NOT NULL,"
    " stack_bytes INTEGER NOT NULL, code_bytes INTEGER NOT NULL) STRICT;"
    "CREATE TABLE quarantine(target TEXT NOT NULL, compiler TEXT NOT NULL, code_key TEXT NOT NULL,"
    " reason TEXT NOT NULL, detail TEXT NOT NULL, problem TEXT NOT NULL, space TEXT NOT NULL,"
    " config TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(target, compiler, code_key)) STRICT;";

static enum hone_status pragma_int(struct hone_store *store, const char *sql, int64_t *out_value,
                                   struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, sql, err));
    *out_value = query_row(&query) ? query_int(&query) : 0;
    return query_end(&query, "reading the header", err);
}

static enum hone_status create_schema(struct hone_store *store, struct hone_error *err)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             APPLICATION_ID, HONE_STORE_VERSION);
    HONE_TRY(store_exec(store, schema, err));
    return store_exec(store, pragmas, err);
}

/* Two processes may make one store at the same time: whoever gets the lock first makes the tables,
 * the other one finds them. */
static enum hone_status check_schema(struct hone_store *store, bool may_create,
                                     struct hone_error *err)
{
    int64_t id, version, n_tables;
    HONE_TRY(pragma_int(store, "PRAGMA application_id", &id, err));
    HONE_TRY(pragma_int(store, "PRAGMA user_version", &version, err));
    HONE_TRY(pragma_int(store, "SELECT count(*) FROM sqlite_schema", &n_tables, err));
    if (id == 0 && n_tables == 0 && may_create) return create_schema(store, err);
    if (id != APPLICATION_ID)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: not a hone store (an SQLite file of another "
                         "application)",
                         store->path);
    if (version > HONE_STORE_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "%s: store version %d, this hone reads up to %d",
                         store->path, (int)version, HONE_STORE_VERSION);
    return HONE_OK;
}

static enum hone_status check_damage(struct hone_store *store, struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct query query;
    HONE_TRY(query_begin(&query, store, "PRAGMA quick_check(1)", err));
    query.arena = &arena;
    enum hone_status status = HONE_OK;
    if (query_row(&query)) {
        const char *text = query_text(&query);
        if (strcmp(text, "ok") != 0)
            status = hone_fail(err, HONE_ERR_FORMAT, "%s: the store is damaged (%.200s)",
                               store->path, text);
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
        HONE_TRY(check_schema(store, false, err));
        return check_damage(store, err);
    }
    HONE_TRY(set_wal(store, err));
    HONE_TRY(store_begin(store, err));
    HONE_TRY(store_end(store, check_schema(store, true, err), err));
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
