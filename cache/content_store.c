/* SPDX-License-Identifier: MIT */
/* What a store holds, read whole and written whole. */
#include <stdlib.h>
#include <string.h>

#include "cache/content_internal.h"
#include "cache/store_internal.h"

static enum hone_status read_meta(struct hone_store *store, struct hone_arena *arena,
                                  struct hone_content *content, struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, "SELECT name, value FROM meta", err));
    query.arena = arena;
    while (query_row(&query)) {
        content->meta = store_grow(arena, content->meta, content->n_meta, sizeof *content->meta);
        if (!content->meta) {
            query.code = SQLITE_NOMEM;
            break;
        }
        struct hone_content_meta *row = &content->meta[content->n_meta++];
        row->name = query_text(&query);
        row->value = query_text(&query);
    }
    return query_end(&query, "reading meta", err);
}

static bool take_binary(struct query *query, struct hone_content_binary *row)
{
    size_t n_bytes;
    row->code_key = query_text(query);
    const void *code = query_blob(query, &n_bytes);
    row->binary.code = hone_arena_alloc(query->arena, n_bytes + 1);
    if (!row->binary.code) return false;
    if (n_bytes) memcpy(row->binary.code, code, n_bytes);
    row->binary.n_bytes = n_bytes;
    row->binary.entry = (uint64_t)query_int(query);
    row->binary.n_instructions = (uint32_t)query_int(query);
    row->binary.n_vector_spills = (uint32_t)query_int(query);
    row->binary.stack_bytes = (uint32_t)query_int(query);
    row->binary.code_bytes = (uint32_t)query_int(query);
    return true;
}

/* One whose hash does not match is not taken over: one bad entry, one miss. */
static enum hone_status read_binaries(struct hone_store *store, struct hone_arena *arena,
                                      struct hone_content *content, struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "SELECT code_key, code, entry, n_instructions, n_vector_spills, "
                         "stack_bytes, code_bytes, hash FROM binaries",
                         err));
    query.arena = arena;
    while (query_row(&query)) {
        content->binaries =
            store_grow(arena, content->binaries, content->n_binaries, sizeof *content->binaries);
        struct hone_content_binary row = {0};
        if (!content->binaries || !take_binary(&query, &row)) {
            query.code = SQLITE_NOMEM;
            break;
        }
        if (store_binary_is(&row.binary, query_text(&query)))
            content->binaries[content->n_binaries++] = row;
    }
    return query_end(&query, "reading binaries", err);
}

static enum hone_status read_all(struct hone_store *store, struct hone_arena *arena,
                                 struct hone_content *content, struct hone_error *err)
{
    memset(content, 0, sizeof *content);
    HONE_TRY(hone_store_trials_read(store, NULL, arena, &content->trials, &content->n_trials, err));
    HONE_TRY(store_read_all_winners(store, arena, &content->winners, &content->n_winners, err));
    HONE_TRY(hone_store_quarantine_read(store, arena, &content->quarantine, &content->n_quarantine,
                                        err));
    HONE_TRY(read_binaries(store, arena, content, err));
    HONE_TRY(read_meta(store, arena, content, err));
    return hone_content_settle(content, arena, err);
}

/* Of one moment, also while a tuner writes. */
enum hone_status hone_content_read(struct hone_store *store, struct hone_arena *arena,
                                   struct hone_content *out_content, struct hone_error *err)
{
    HONE_TRY(store_exec(store, "BEGIN", err));
    return store_end(store, read_all(store, arena, out_content, err), err);
}

static int order_of_time(const void *a, const void *b)
{
    const struct hone_store_trial *left = *(const struct hone_store_trial *const *)a;
    const struct hone_store_trial *right = *(const struct hone_store_trial *const *)b;
    if (left->when != right->when) return left->when < right->when ? -1 : 1;
    return content_trial_order(left, right);
}

/* Ids count trials as they were made: ties of finalists go to the lower one. */
static enum hone_status put_trials(struct hone_store *store, const struct hone_content *content,
                                   struct hone_error *err)
{
    const struct hone_store_trial **rows = calloc(content->n_trials + 1, sizeof *rows);
    if (!rows) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", store->path);
    for (size_t i = 0; i < content->n_trials; i++) rows[i] = &content->trials[i];
    qsort(rows, content->n_trials, sizeof *rows, order_of_time);
    enum hone_status status = HONE_OK;
    for (size_t i = 0; status == HONE_OK && i < content->n_trials; i++)
        status = store_put_trial(store, rows[i], NULL, err);
    free(rows);
    return status;
}

static enum hone_status put_all(struct hone_store *store, const struct hone_content *content,
                                struct hone_error *err)
{
    HONE_TRY(store_exec(store,
                        "DELETE FROM winners; DELETE FROM trials; DELETE FROM variants;"
                        "DELETE FROM problems; DELETE FROM regimes; DELETE FROM devices;"
                        "DELETE FROM stacks WHERE id <> 1; DELETE FROM quarantine;"
                        "DELETE FROM binaries; DELETE FROM meta",
                        err));
    HONE_TRY(put_trials(store, content, err));
    for (size_t i = 0; i < content->n_winners; i++)
        HONE_TRY(store_put_winner(store, &content->winners[i], err));
    for (size_t i = 0; i < content->n_quarantine; i++)
        HONE_TRY(hone_store_quarantine_put(store, &content->quarantine[i], err));
    for (size_t i = 0; i < content->n_binaries; i++)
        HONE_TRY(hone_store_binary_put(store, content->binaries[i].code_key,
                                       &content->binaries[i].binary, err));
    for (size_t i = 0; i < content->n_meta; i++)
        HONE_TRY(hone_store_meta_set(store, content->meta[i].name, content->meta[i].value, err));
    return HONE_OK;
}

static enum hone_status merge_into(const struct hone_content *content, struct hone_store *store,
                                   struct hone_arena *arena, struct hone_content *out_content,
                                   struct hone_merge_counts *counts, struct hone_error *err)
{
    struct hone_content before;
    HONE_TRY(read_all(store, arena, &before, err));
    HONE_TRY(hone_content_merge(content, &before, arena, out_content, counts, err));
    return put_all(store, out_content, err);
}

enum hone_status hone_content_write(const struct hone_content *content, struct hone_store *store,
                                    struct hone_arena *arena, struct hone_content *out_content,
                                    struct hone_merge_counts *counts, struct hone_error *err)
{
    struct hone_content merged;
    HONE_TRY(store_begin(store, err));
    return store_end(
        store, merge_into(content, store, arena, out_content ? out_content : &merged, counts, err),
        err);
}
