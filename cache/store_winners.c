/* SPDX-License-Identifier: MIT */
/* Winners of a store: one per format tuple of a problem, replaced together. */
#include "cache/store_internal.h"

#include <string.h>

static enum hone_status find_variant(struct hone_store *store, const char *problem,
                                     const struct hone_store_variant *variant, int64_t *out_id,
                                     struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "SELECT v.id FROM variants v JOIN problems p ON v.problem = p.id WHERE "
                         "p.key=? AND v.space=? AND v.config=? AND v.code_key=?",
                         err));
    query_bind_text(&query, problem);
    query_bind_text(&query, variant->space);
    query_bind_text(&query, variant->config);
    query_bind_text(&query, variant->code_key);
    bool found = query_row(&query);
    if (found) *out_id = query_int(&query);
    HONE_TRY(query_end(&query, "finding a variant", err));
    if (found) return HONE_OK;
    return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: winner %s %.160s has no trial", store->path,
                     variant->space, variant->config);
}

static enum hone_status insert_winner(struct hone_store *store, const char *problem, int64_t regime,
                                      int64_t device, const struct hone_store_winner *winner,
                                      struct hone_error *err)
{
    int64_t variant = 0;
    HONE_TRY(find_variant(store, problem, &winner->variant, &variant, err));
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "INSERT OR REPLACE INTO winners(variant, regime, device, is_default, "
                         "median_ns, ratio, ratio_low, ratio_high, round, n_trials, proof) "
                         "VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                         err));
    query_bind_int(&query, variant);
    query_bind_int(&query, regime);
    query_bind_int(&query, device);
    query_bind_int(&query, winner->is_default);
    query_bind_real(&query, winner->median_ns);
    query_bind_real(&query, winner->ratio);
    query_bind_real(&query, winner->ratio_low);
    query_bind_real(&query, winner->ratio_high);
    query_bind_int(&query, winner->round);
    query_bind_int(&query, winner->n_trials);
    query_bind_text(&query, winner->proof);
    query_row(&query);
    return query_end(&query, "writing a winner", err);
}

enum hone_status store_put_winner(struct hone_store *store, const struct hone_store_winner *winner,
                                  struct hone_error *err)
{
    int64_t regime, device;
    HONE_TRY(store_intern(store, "regimes", winner->regime, NULL, &regime, err));
    HONE_TRY(store_intern(store, "devices", winner->device, NULL, &device, err));
    return insert_winner(store, winner->variant.problem, regime, device, winner, err);
}

static enum hone_status delete_winners(struct hone_store *store, const char *problem,
                                       int64_t regime, int64_t device, const char *target,
                                       struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "DELETE FROM winners WHERE regime=? AND device=? AND variant IN (SELECT "
                         "v.id FROM variants v JOIN problems p ON v.problem = p.id WHERE p.key=? "
                         "AND v.target=?)",
                         err));
    query_bind_int(&query, regime);
    query_bind_int(&query, device);
    query_bind_text(&query, problem);
    query_bind_text(&query, target);
    query_row(&query);
    return query_end(&query, "replacing winners", err);
}

static enum hone_status put_winners(struct hone_store *store, const char *problem,
                                    const char *regime, const char *device, const char *target,
                                    const struct hone_store_winner *winners, size_t n_winners,
                                    struct hone_error *err)
{
    int64_t regime_id, device_id;
    HONE_TRY(store_intern(store, "regimes", regime, NULL, &regime_id, err));
    HONE_TRY(store_intern(store, "devices", device, NULL, &device_id, err));
    HONE_TRY(delete_winners(store, problem, regime_id, device_id, target, err));
    for (size_t i = 0; i < n_winners; i++)
        HONE_TRY(insert_winner(store, problem, regime_id, device_id, &winners[i], err));
    return HONE_OK;
}

enum hone_status hone_store_winners_put(struct hone_store *store, const char *problem,
                                        const char *regime, const char *device, const char *target,
                                        const struct hone_store_winner *winners, size_t n_winners,
                                        struct hone_error *err)
{
    HONE_TRY(store_begin(store, err));
    return store_end(
        store, put_winners(store, problem, regime, device, target, winners, n_winners, err), err);
}

static void read_winner(struct query *query, struct hone_store_winner *winner)
{
    memset(winner, 0, sizeof *winner);
    store_read_variant(query, &winner->variant);
    winner->regime = query_text(query);
    winner->device = query_text(query);
    winner->is_default = query_int(query) != 0;
    winner->median_ns = query_real(query);
    winner->ratio = query_real(query);
    winner->ratio_low = query_real(query);
    winner->ratio_high = query_real(query);
    winner->round = (uint32_t)query_int(query);
    winner->n_trials = (uint32_t)query_int(query);
    winner->proof = query_text(query);
    winner->stack = query_text(query);
}

#define WINNERS                                                                                    \
    "SELECT " STORE_VARIANT_COLUMNS ", r.key, d.key, w.is_default, w.median_ns, w.ratio, "         \
    "w.ratio_low, w.ratio_high, w.round, w.n_trials, w.proof, "                                    \
    "ifnull((SELECT s.key FROM trials t JOIN stacks s ON t.stack = s.id WHERE "                    \
    "t.variant = w.variant AND t.regime = w.regime AND t.device = w.device AND "                   \
    "t.round <= w.round ORDER BY t.round DESC LIMIT 1), '') "                                      \
    "FROM winners w JOIN variants v ON w.variant = v.id JOIN problems p ON v.problem = p.id "      \
    "JOIN regimes r ON w.regime = r.id JOIN devices d ON w.device = d.id"

/* What readers are not given: a winner in quarantine, or one that no trial found right. */
#define SEEN_WINNERS                                                                               \
    WINNERS " JOIN (SELECT w.rowid AS at FROM winners w JOIN variants v ON w.variant = v.id "      \
            "WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.target = v.target AND "          \
            "q.compiler = v.compiler AND q.code_key = v.code_key) AND EXISTS (SELECT 1 FROM "      \
            "trials t WHERE t.variant = w.variant AND t.regime = w.regime AND "                    \
            "t.device = w.device AND t.valid)) seen ON seen.at = w.rowid"

static enum hone_status read_winners(struct hone_store *store, const char *select,
                                     const struct hone_store_filter *filter,
                                     struct hone_arena *arena,
                                     struct hone_store_winner **out_winners, size_t *out_n_winners,
                                     struct hone_error *err)
{
    struct query query;
    *out_winners = NULL;
    *out_n_winners = 0;
    HONE_TRY(
        query_begin_filtered(&query, store, select, filter, "ORDER BY p.id, w.median_ns", err));
    query.arena = arena;
    while (query_row(&query)) {
        *out_winners = store_grow(arena, *out_winners, *out_n_winners, sizeof **out_winners);
        if (!*out_winners) {
            query.code = SQLITE_NOMEM;
            break;
        }
        read_winner(&query, &(*out_winners)[(*out_n_winners)++]);
    }
    return query_end(&query, "reading winners", err);
}

enum hone_status hone_store_winners_read(struct hone_store *store,
                                         const struct hone_store_filter *filter,
                                         struct hone_arena *arena,
                                         struct hone_store_winner **out_winners,
                                         size_t *out_n_winners, struct hone_error *err)
{
    return read_winners(store, SEEN_WINNERS, filter, arena, out_winners, out_n_winners, err);
}

enum hone_status store_read_all_winners(struct hone_store *store, struct hone_arena *arena,
                                        struct hone_store_winner **out_winners,
                                        size_t *out_n_winners, struct hone_error *err)
{
    return read_winners(store, WINNERS, NULL, arena, out_winners, out_n_winners, err);
}
