/* SPDX-License-Identifier: MIT */
/* Tables of a store, and what each version added to them. */
#include <stdio.h>

#include "cache/store_internal.h"

/* "HONE" in the file's header says that an SQLite file is ours. */
enum { APPLICATION_ID = 0x484F4E45 };

/* Version 1. Later versions are steps from the one before, for new stores as for old ones: there
 * is one road to today's tables. */
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

/* steps[v]: from version v + 1 to v + 2. */
static const char *const steps[] = {
    /* What a kernel was compiled with, what its op meant, and what ran below it. */
    "CREATE TABLE stacks(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;"
    "INSERT INTO stacks(id, key) VALUES(1, '');"
    "ALTER TABLE variants ADD COLUMN options TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE variants ADD COLUMN contract INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE trials ADD COLUMN stack INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE trials ADD COLUMN state TEXT NOT NULL DEFAULT '';",
};
_Static_assert(sizeof steps / sizeof *steps == HONE_STORE_VERSION - 1, "a step for each version");

static enum hone_status pragma_int(struct hone_store *store, const char *sql, int64_t *out_value,
                                   struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, sql, err));
    *out_value = query_row(&query) ? query_int(&query) : 0;
    return query_end(&query, "reading the header", err);
}

static enum hone_status set_pragma(struct hone_store *store, const char *name, int value,
                                   struct hone_error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA %s=%d", name, value);
    return store_exec(store, sql, err);
}

static enum hone_status migrate(struct hone_store *store, int64_t version, struct hone_error *err)
{
    for (int64_t v = version; v < HONE_STORE_VERSION; v++)
        HONE_TRY(store_exec(store, steps[v - 1], err));
    return set_pragma(store, "user_version", HONE_STORE_VERSION, err);
}

/* A reader cannot write the new columns: it reads a copy in memory that has them. */
static enum hone_status migrate_copy(struct hone_store *store, int64_t version,
                                     struct hone_error *err)
{
    sqlite3 *copy = NULL;
    if (sqlite3_open(":memory:", &copy) != SQLITE_OK) {
        sqlite3_close(copy);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    }
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", store->db, "main");
    int code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_NOMEM;
    if (backup) sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE) {
        sqlite3_close(copy);
        return hone_fail(err, code == SQLITE_BUSY ? HONE_ERR_BUSY : HONE_ERR_IO,
                         "%s: version %d cannot be read into memory: %s", store->path, (int)version,
                         sqlite3_errstr(code));
    }
    sqlite3_close(store->db);
    store->db = copy;
    HONE_TRY(migrate(store, version, err));
    return store_exec(store, "PRAGMA query_only=1", err);
}

/* Two processes may make one store at the same time: whoever gets the lock first makes the tables,
 * the other one finds them. */
enum hone_status store_check_schema(struct hone_store *store, bool may_write,
                                    struct hone_error *err)
{
    int64_t id, version, n_tables;
    HONE_TRY(pragma_int(store, "PRAGMA application_id", &id, err));
    HONE_TRY(pragma_int(store, "PRAGMA user_version", &version, err));
    HONE_TRY(pragma_int(store, "SELECT count(*) FROM sqlite_schema", &n_tables, err));
    if (id == 0 && n_tables == 0 && may_write) {
        HONE_TRY(store_exec(store, schema, err));
        HONE_TRY(set_pragma(store, "application_id", APPLICATION_ID, err));
        return migrate(store, 1, err);
    }
    if (id == 0 && n_tables == 0) /* its maker was killed before the first commit */
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: an empty store, nothing was written yet",
                         store->path);
    if (id != APPLICATION_ID)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: not a hone store (an SQLite file of another application)",
                         store->path);
    if (version > HONE_STORE_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "%s: store version %d, this hone reads up to %d",
                         store->path, (int)version, HONE_STORE_VERSION);
    if (version < 1)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: store version %d", store->path, (int)version);
    if (version == HONE_STORE_VERSION) return HONE_OK;
    return may_write ? migrate(store, version, err) : migrate_copy(store, version, err);
}
