/* SPDX-License-Identifier: MIT */
/* SQLite with our errors: what the files behind cache/store.h share. */
#ifndef HONE_CACHE_STORE_INTERNAL_H
#define HONE_CACHE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "cache/store.h"

struct hone_store {
    sqlite3 *db;
    char *path;
    bool grouped; /* between hone_store_begin and hone_store_end */
};

/* The last SQLite error as a status and one line naming the file. */
enum hone_status store_fail(struct hone_store *store, const char *what, struct hone_error *err);

/* A statement whose parameters are bound and whose columns are read in order. A failed bind or
 * step is kept and comes out of query_end. */
struct query {
    struct hone_store *store;
    sqlite3_stmt *stmt;
    struct hone_arena *arena; /* for texts and blobs read */
    int n_bound, n_read, code;
};
enum hone_status query_begin(struct query *query, struct hone_store *store, const char *sql,
                             struct hone_error *err);
/* As above for "head WHERE (what the filter asks) tail", with the tables of a join named p, r, d.
 */
enum hone_status query_begin_filtered(struct query *query, struct hone_store *store,
                                      const char *head, const struct hone_store_filter *filter,
                                      const char *tail, struct hone_error *err);
void query_bind_text(struct query *query, const char *text); /* NULL: "" */
void query_bind_int(struct query *query, int64_t value);
void query_bind_real(struct query *query, double value);
void query_bind_blob(struct query *query, const void *data, size_t n_bytes);
/* True while there is a row; columns then start from the first. */
bool query_row(struct query *query);
const char *query_text(struct query *query);
int64_t query_int(struct query *query);
double query_real(struct query *query);
const void *query_blob(struct query *query, size_t *out_bytes); /* borrowed until the next row */
enum hone_status query_end(struct query *query, const char *what, struct hone_error *err);

/* Makes the tables of an empty file and brings those of an older version up to date; a reader gets
 * a copy in memory. FORMAT, VERSION. */
enum hone_status store_check_schema(struct hone_store *store, bool may_write,
                                    struct hone_error *err);

/* Runs SQL without results. */
enum hone_status store_exec(struct hone_store *store, const char *sql, struct hone_error *err);
/* BEGIN IMMEDIATE, and COMMIT or ROLLBACK by `status`; returns what went wrong first. */
enum hone_status store_begin(struct hone_store *store, struct hone_error *err);
enum hone_status store_end(struct hone_store *store, enum hone_status status,
                           struct hone_error *err);

/* Columns of a variant joined with its problem, in the order store_read_variant takes them. */
#define STORE_VARIANT_COLUMNS                                                                      \
    "p.key, p.op, v.space, v.config, v.formats, v.code_key, v.source_hash, v.target, v.compiler, " \
    "v.numerics, v.engine, v.abi, v.grid_rule, v.grid_p0, v.grid_p1, v.scratch_bytes, v.rank, "    \
    "v.n_instructions, v.n_vector_spills, v.stack_bytes, v.code_bytes, v.options, v.contract"
void store_read_variant(struct query *query, struct hone_store_variant *out_variant);

/* A trial within a transaction of the caller's. */
enum hone_status store_put_trial(struct hone_store *store, const struct hone_store_trial *trial,
                                 bool *out_existed, struct hone_error *err);
/* Winners also where they are hidden from others. */
enum hone_status store_read_all_winners(struct hone_store *store, struct hone_arena *arena,
                                        struct hone_store_winner **out_winners,
                                        size_t *out_n_winners, struct hone_error *err);
/* One winner beside those that are there, within a transaction of the caller's. */
enum hone_status store_put_winner(struct hone_store *store, const struct hone_store_winner *winner,
                                  struct hone_error *err);

bool store_binary_is(const struct hone_store_binary *binary, const char *hash);

/* Row id of a text in `table` (problems, regimes, devices or stacks). With `create` it is added. */
enum hone_status store_intern(struct hone_store *store, const char *table, const char *text,
                              const char *op, int64_t *out_id, struct hone_error *err);

/* A growing array in an arena; NULL when there is no memory. */
void *store_grow(struct hone_arena *arena, void *items, size_t n_items, size_t item_bytes);

#endif
