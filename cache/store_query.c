/* SPDX-License-Identifier: MIT */
/* SQLite statements with our errors. */
#include "cache/store_internal.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    enum hone_status status;
    const char *meaning;
} codes[] = {
    {SQLITE_BUSY, HONE_ERR_BUSY, "another process holds the store"},
    {SQLITE_LOCKED, HONE_ERR_BUSY, "another process holds the store"},
    {SQLITE_NOMEM, HONE_ERR_NO_MEMORY, "no memory"},
    {SQLITE_NOTADB, HONE_ERR_FORMAT, "not a hone store"},
    {SQLITE_CORRUPT, HONE_ERR_FORMAT, "the store is damaged"},
    {SQLITE_FULL, HONE_ERR_IO, "the disk is full"},
    {SQLITE_READONLY, HONE_ERR_IO, "cannot be written"},
    {SQLITE_CANTOPEN, HONE_ERR_IO, "cannot be opened"},
    {SQLITE_PERM, HONE_ERR_IO, "no permission"},
};

static enum hone_status fail_code(struct hone_store *store, int code, const char *what,
                                  struct hone_error *err)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == (code & 0xff))
            return hone_fail(err, codes[i].status, "%s: %s (%s: %s)", store->path, codes[i].meaning,
                             what, sqlite3_errmsg(store->db));
    return hone_fail(err, HONE_ERR_IO, "%s: %s: %s", store->path, what, sqlite3_errmsg(store->db));
}

enum hone_status store_fail(struct hone_store *store, const char *what, struct hone_error *err)
{
    return fail_code(store, sqlite3_errcode(store->db), what, err);
}

enum hone_status query_begin(struct query *query, struct hone_store *store, const char *sql,
                             struct hone_error *err)
{
    memset(query, 0, sizeof *query);
    query->store = store;
    if (sqlite3_prepare_v2(store->db, sql, -1, &query->stmt, NULL) != SQLITE_OK)
        return store_fail(store, "reading the schema", err);
    return HONE_OK;
}

static void note(struct query *query, int code)
{
    if (query->code == SQLITE_OK) query->code = code;
}

void query_bind_text(struct query *query, const char *text)
{
    note(query,
         sqlite3_bind_text(query->stmt, ++query->n_bound, text ? text : "", -1, SQLITE_TRANSIENT));
}

/* Only conditions that are asked for, so that SQLite can use its indices. */
enum hone_status query_begin_filtered(struct query *query, struct hone_store *store,
                                      const char *head, const struct hone_store_filter *filter,
                                      const char *tail, struct hone_error *err)
{
    static const struct hone_store_filter everything = {0};
    if (!filter) filter = &everything;
    const char *const values[] = {filter->problem, filter->regime, filter->device, filter->op};
    static const char *const columns[] = {"p.key", "r.key", "d.key", "p.op"};
    char conditions[96] = "";
    size_t at = 0;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (values[i])
            at += (size_t)snprintf(conditions + at, sizeof conditions - at, " %s %s=?",
                                   at ? "AND" : "WHERE", columns[i]);
    char *sql = sqlite3_mprintf("%s%s %s", head, conditions, tail);
    if (!sql) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    enum hone_status status = query_begin(query, store, sql, err);
    sqlite3_free(sql);
    for (size_t i = 0; status == HONE_OK && i < sizeof values / sizeof *values; i++)
        if (values[i]) query_bind_text(query, values[i]);
    return status;
}

void query_bind_int(struct query *query, int64_t value)
{
    note(query, sqlite3_bind_int64(query->stmt, ++query->n_bound, value));
}

void query_bind_real(struct query *query, double value)
{
    note(query, sqlite3_bind_double(query->stmt, ++query->n_bound, value));
}

void query_bind_blob(struct query *query, const void *data, size_t n_bytes)
{
    note(query, sqlite3_bind_blob64(query->stmt, ++query->n_bound, n_bytes ? data : "", n_bytes,
                                    SQLITE_TRANSIENT));
}

bool query_row(struct query *query)
{
    if (query->code != SQLITE_OK) return false;
    query->n_read = 0;
    int code = sqlite3_step(query->stmt);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) query->code = code;
    return false;
}

const char *query_text(struct query *query)
{
    int at = query->n_read++;
    const char *text = (const char *)sqlite3_column_text(query->stmt, at);
    size_t n_bytes = (size_t)sqlite3_column_bytes(query->stmt, at);
    const char *copy = text ? hone_arena_text(query->arena, text, n_bytes) : "";
    if (copy) return copy;
    note(query, SQLITE_NOMEM);
    return "";
}

int64_t query_int(struct query *query)
{
    return sqlite3_column_int64(query->stmt, query->n_read++);
}

double query_real(struct query *query)
{
    return sqlite3_column_double(query->stmt, query->n_read++);
}

const void *query_blob(struct query *query, size_t *out_bytes)
{
    int at = query->n_read++;
    const void *data = sqlite3_column_blob(query->stmt, at);
    *out_bytes = (size_t)sqlite3_column_bytes(query->stmt, at);
    return data;
}

enum hone_status query_end(struct query *query, const char *what, struct hone_error *err)
{
    enum hone_status status = HONE_OK;
    if (query->code != SQLITE_OK) status = fail_code(query->store, query->code, what, err);
    sqlite3_finalize(query->stmt);
    query->stmt = NULL;
    return status;
}

enum hone_status store_exec(struct hone_store *store, const char *sql, struct hone_error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK) return HONE_OK;
    return store_fail(store, "writing", err);
}

enum hone_status store_begin(struct hone_store *store, struct hone_error *err)
{
    if (store->grouped) return HONE_OK;
    return store_exec(store, "BEGIN IMMEDIATE", err);
}

enum hone_status store_end(struct hone_store *store, enum hone_status status,
                           struct hone_error *err)
{
    if (store->grouped) return status;
    if (status == HONE_OK) status = store_exec(store, "COMMIT", err);
    if (status != HONE_OK && !sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum hone_status hone_store_begin(struct hone_store *store, struct hone_error *err)
{
    HONE_TRY(store_begin(store, err));
    store->grouped = true;
    return HONE_OK;
}

enum hone_status hone_store_end(struct hone_store *store, enum hone_status status,
                                struct hone_error *err)
{
    store->grouped = false;
    return store_end(store, status, err);
}

void *store_grow(struct hone_arena *arena, void *items, size_t n_items, size_t item_bytes)
{
    if (n_items && (n_items & (n_items - 1))) return items; /* room up to the next power of two */
    size_t capacity = n_items ? 2 * n_items : 1;
    void *grown = hone_arena_array(arena, capacity, item_bytes);
    if (grown && n_items) memcpy(grown, items, n_items * item_bytes);
    return grown;
}
