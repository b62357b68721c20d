/* SPDX-License-Identifier: MIT */
/* Variants and trials of a store. */
#include "cache/store_internal.h"

#include <stdio.h>
#include <string.h>

enum hone_status store_intern(struct hone_store *store, const char *table, const char *text,
                              const char *op, int64_t *out_id, struct hone_error *err)
{
    char sql[128];
    struct query query;
    snprintf(sql, sizeof sql,
             op ? "INSERT OR IGNORE INTO %s(key, op) VALUES(?,?)"
                : "INSERT OR IGNORE INTO %s(key) VALUES(?)",
             table);
    HONE_TRY(query_begin(&query, store, sql, err));
    query_bind_text(&query, text);
    if (op) query_bind_text(&query, op);
    query_row(&query);
    HONE_TRY(query_end(&query, table, err));

    snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE key=?", table);
    HONE_TRY(query_begin(&query, store, sql, err));
    query_bind_text(&query, text);
    *out_id = query_row(&query) ? query_int(&query) : 0;
    return query_end(&query, table, err);
}

static void bind_variant(struct query *query, int64_t problem,
                         const struct hone_store_variant *variant)
{
    const char *const texts[] = {variant->space,    variant->config,      variant->formats,
                                 variant->code_key, variant->source_hash, variant->target,
                                 variant->compiler, variant->numerics,    variant->options};
    const int64_t numbers[] = {variant->engine,
                               variant->abi,
                               variant->grid_rule,
                               variant->grid_p0,
                               variant->grid_p1,
                               (int64_t)variant->scratch_bytes,
                               variant->rank,
                               variant->n_instructions,
                               variant->n_vector_spills,
                               variant->stack_bytes,
                               variant->code_bytes,
                               variant->contract};
    query_bind_int(query, problem);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) query_bind_text(query, texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) query_bind_int(query, numbers[i]);
}

static enum hone_status put_variant(struct hone_store *store,
                                    const struct hone_store_variant *variant, int64_t *out_id,
                                    struct hone_error *err)
{
    int64_t problem;
    HONE_TRY(store_intern(store, "problems", variant->problem, variant->op ? variant->op : "",
                          &problem, err));
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "INSERT OR IGNORE INTO variants(problem, space, config, formats, "
                         "code_key, source_hash, target, compiler, numerics, options, engine, abi, "
                         "grid_rule, grid_p0, grid_p1, scratch_bytes, rank, n_instructions, "
                         "n_vector_spills, stack_bytes, code_bytes, contract) "
                         "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                         err));
    bind_variant(&query, problem, variant);
    query_row(&query);
    HONE_TRY(query_end(&query, "writing a variant", err));

    HONE_TRY(query_begin(&query, store,
                         "SELECT id FROM variants WHERE problem=? AND space=? AND config=? AND "
                         "code_key=?",
                         err));
    query_bind_int(&query, problem);
    query_bind_text(&query, variant->space);
    query_bind_text(&query, variant->config);
    query_bind_text(&query, variant->code_key);
    *out_id = query_row(&query) ? query_int(&query) : 0;
    return query_end(&query, "finding a variant", err);
}

static enum hone_status insert_trial(struct hone_store *store, const struct hone_store_trial *trial,
                                     const int64_t ids[4], struct hone_error *err)
{
    const double reals[] = {trial->median_ns, trial->low_ns,    trial->high_ns,    trial->min_ns,
                            trial->ratio,     trial->ratio_low, trial->ratio_high, trial->seconds};
    struct query query;
    HONE_TRY(query_begin(&query, store,
                         "INSERT OR IGNORE INTO trials(variant, regime, device, stack, round, "
                         "valid, reason, detail, proof, state, samples, n_calls, median_ns, "
                         "low_ns, high_ns, min_ns, ratio, ratio_low, ratio_high, seconds, at) "
                         "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                         err));
    for (int i = 0; i < 4; i++) query_bind_int(&query, ids[i]);
    query_bind_int(&query, trial->round);
    query_bind_int(&query, trial->valid);
    query_bind_text(&query, trial->reason);
    query_bind_text(&query, trial->detail);
    query_bind_text(&query, trial->proof);
    query_bind_text(&query, trial->state);
    query_bind_blob(&query, trial->samples, trial->n_samples * sizeof *trial->samples);
    query_bind_int(&query, trial->n_calls);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) query_bind_real(&query, reals[i]);
    query_bind_int(&query, trial->when);
    query_row(&query);
    return query_end(&query, "writing a trial", err);
}

enum hone_status store_put_trial(struct hone_store *store, const struct hone_store_trial *trial,
                                 bool *out_existed, struct hone_error *err)
{
    int64_t ids[4]; /* variant, regime, device, stack */
    HONE_TRY(put_variant(store, &trial->variant, &ids[0], err));
    HONE_TRY(store_intern(store, "regimes", trial->regime, NULL, &ids[1], err));
    HONE_TRY(store_intern(store, "devices", trial->device, NULL, &ids[2], err));
    HONE_TRY(store_intern(store, "stacks", trial->stack ? trial->stack : "", NULL, &ids[3], err));
    HONE_TRY(insert_trial(store, trial, ids, err));
    if (out_existed) *out_existed = sqlite3_changes(store->db) == 0;
    return HONE_OK;
}

enum hone_status hone_store_trial_put(struct hone_store *store,
                                      const struct hone_store_trial *trial, bool *out_existed,
                                      struct hone_error *err)
{
    HONE_TRY(store_begin(store, err));
    return store_end(store, store_put_trial(store, trial, out_existed, err), err);
}

/* Rows of a problem's variants for a target, in a regime on a device. */
static enum hone_status run_on_place(struct hone_store *store, const char *sql,
                                     const char *const texts[4], struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, sql, err));
    for (int i = 0; i < 4; i++) query_bind_text(&query, texts[i]);
    query_row(&query);
    return query_end(&query, "replacing trials", err);
}

#define IN_PLACE                                                                                   \
    "variant IN (SELECT v.id FROM variants v JOIN problems p ON v.problem = p.id WHERE p.key=? "   \
    "AND v.target=?) AND regime IN (SELECT id FROM regimes WHERE key=?) "                          \
    "AND device IN (SELECT id FROM devices WHERE key=?)"

static enum hone_status replace_trials(struct hone_store *store, const char *const place[4],
                                       const struct hone_store_trial *trials, size_t n_trials,
                                       struct hone_error *err)
{
    HONE_TRY(run_on_place(store, "DELETE FROM trials WHERE round = 0 AND " IN_PLACE, place, err));
    HONE_TRY(run_on_place(store, "UPDATE winners SET n_trials = 0 WHERE " IN_PLACE, place, err));
    for (size_t i = 0; i < n_trials; i++) HONE_TRY(store_put_trial(store, &trials[i], NULL, err));
    return HONE_OK;
}

enum hone_status hone_store_trials_replace(struct hone_store *store, const char *problem,
                                           const char *regime, const char *device,
                                           const char *target,
                                           const struct hone_store_trial *trials, size_t n_trials,
                                           struct hone_error *err)
{
    const char *const place[4] = {problem, target, regime, device};
    HONE_TRY(store_begin(store, err));
    return store_end(store, replace_trials(store, place, trials, n_trials, err), err);
}

void store_read_variant(struct query *query, struct hone_store_variant *out_variant)
{
    const char **const texts[] = {&out_variant->problem,     &out_variant->op,
                                  &out_variant->space,       &out_variant->config,
                                  &out_variant->formats,     &out_variant->code_key,
                                  &out_variant->source_hash, &out_variant->target,
                                  &out_variant->compiler,    &out_variant->numerics};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = query_text(query);
    out_variant->engine = (uint32_t)query_int(query);
    out_variant->abi = (uint32_t)query_int(query);
    out_variant->grid_rule = (uint32_t)query_int(query);
    out_variant->grid_p0 = (uint32_t)query_int(query);
    out_variant->grid_p1 = (uint32_t)query_int(query);
    out_variant->scratch_bytes = (uint64_t)query_int(query);
    out_variant->rank = query_int(query);
    out_variant->n_instructions = (uint32_t)query_int(query);
    out_variant->n_vector_spills = (uint32_t)query_int(query);
    out_variant->stack_bytes = (uint32_t)query_int(query);
    out_variant->code_bytes = (uint32_t)query_int(query);
    out_variant->options = query_text(query);
    out_variant->contract = (uint32_t)query_int(query);
}

static void read_samples(struct query *query, struct hone_store_trial *trial)
{
    size_t n_bytes;
    const void *data = query_blob(query, &n_bytes);
    trial->n_samples = n_bytes / sizeof(double);
    double *samples = hone_arena_array(query->arena, trial->n_samples + 1, sizeof *samples);
    if (samples && data) memcpy(samples, data, trial->n_samples * sizeof *samples);
    if (!samples) query->code = SQLITE_NOMEM;
    trial->samples = samples;
}

static void read_trial(struct query *query, struct hone_store_trial *trial)
{
    memset(trial, 0, sizeof *trial);
    store_read_variant(query, &trial->variant);
    trial->id = query_int(query);
    trial->regime = query_text(query);
    trial->device = query_text(query);
    trial->round = (uint32_t)query_int(query);
    trial->valid = query_int(query) != 0;
    trial->reason = query_text(query);
    trial->detail = query_text(query);
    trial->proof = query_text(query);
    read_samples(query, trial);
    trial->n_calls = (uint32_t)query_int(query);
    double *const reals[] = {&trial->median_ns,  &trial->low_ns, &trial->high_ns,
                             &trial->min_ns,     &trial->ratio,  &trial->ratio_low,
                             &trial->ratio_high, &trial->seconds};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) *reals[i] = query_real(query);
    trial->when = query_int(query);
    trial->stack = query_text(query);
    trial->state = query_text(query);
}

#define TRIALS_JOIN                                                                                \
    " FROM trials t JOIN variants v ON t.variant = v.id JOIN problems p ON v.problem = p.id "      \
    "JOIN regimes r ON t.regime = r.id JOIN devices d ON t.device = d.id "                         \
    "JOIN stacks s ON t.stack = s.id"

enum hone_status hone_store_trials_read(struct hone_store *store,
                                        const struct hone_store_filter *filter,
                                        struct hone_arena *arena,
                                        struct hone_store_trial **out_trials, size_t *out_n_trials,
                                        struct hone_error *err)
{
    struct query query;
    *out_trials = NULL;
    *out_n_trials = 0;
    HONE_TRY(
        query_begin_filtered(&query, store,
                             "SELECT " STORE_VARIANT_COLUMNS
                             ", t.id, r.key, d.key, t.round, t.valid, t.reason, t.detail, t.proof, "
                             "t.samples, t.n_calls, t.median_ns, t.low_ns, t.high_ns, t.min_ns, "
                             "t.ratio, t.ratio_low, t.ratio_high, t.seconds, t.at, s.key, "
                             "t.state" TRIALS_JOIN,
                             filter, "ORDER BY t.id", err));
    query.arena = arena;
    while (query_row(&query)) {
        *out_trials = store_grow(arena, *out_trials, *out_n_trials, sizeof **out_trials);
        if (!*out_trials) {
            query.code = SQLITE_NOMEM;
            break;
        }
        read_trial(&query, &(*out_trials)[(*out_n_trials)++]);
    }
    return query_end(&query, "reading trials", err);
}

enum hone_status hone_store_spent(struct hone_store *store, const struct hone_store_filter *filter,
                                  double *out_seconds, uint64_t *out_n_trials,
                                  struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin_filtered(&query, store,
                                  "SELECT ifnull(sum(t.seconds), 0.0), count(*)" TRIALS_JOIN,
                                  filter, "", err));
    if (query_row(&query)) {
        *out_seconds = query_real(&query);
        *out_n_trials = (uint64_t)query_int(&query);
    }
    return query_end(&query, "adding up trials", err);
}
