/* SPDX-License-Identifier: MIT */
/* Winners and binaries of a store behind the callbacks that codegen declares. */
#include "tuner/pack_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/problem_text.h"
#include "tuner/session/starts.h"

static void copy_winner(const struct hone_store_winner *winner, struct hone_winner *out)
{
    snprintf(out->space, sizeof out->space, "%s", winner->variant.space);
    snprintf(out->config, sizeof out->config, "%s", winner->variant.config);
    snprintf(out->problem, sizeof out->problem, "%s", winner->variant.problem);
    snprintf(out->code_key, sizeof out->code_key, "%s", winner->variant.code_key);
    out->seconds = winner->median_ns * 1e-9;
    out->ratio = winner->ratio;
}

static void count_stale(void *context, const struct hone_winner *winner)
{
    struct hone_pack_store *from = context;
    if (from->n_stale++ == 0)
        snprintf(from->first_stale, sizeof from->first_stale, "%s", winner->problem);
}

static enum hone_status find_winners(void *context, const char *problem_key, size_t capacity,
                                     struct hone_winner *out_winners, size_t *out_n,
                                     struct hone_error *err)
{
    struct hone_pack_store *from = context;
    struct hone_store_filter filter = {.problem = problem_key, .device = from->device};
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n = 0;
    *out_n = 0;
    enum hone_status status =
        hone_store_winners_read(from->store, &filter, &arena, &winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n && *out_n < capacity; i++) {
        const struct hone_store_winner *winner = &winners[i];
        if (strcmp(winner->variant.target, from->target) != 0) continue;
        copy_winner(winner, &out_winners[*out_n]);
        /* Of no code: of nothing that was ever proven or timed. */
        if (winner->variant.code_key[0])
            (*out_n)++;
        else
            count_stale(from, &out_winners[*out_n]);
    }
    hone_arena_release(&arena);
    return status;
}

struct distant {
    const struct hone_store_winner *winner;
    double distance;
};

static int by_distance(const void *a, const void *b)
{
    const struct distant *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->winner > y->winner) - (x->winner < y->winner); /* by problem, then time */
}

/* A default has nothing to give to another problem, and one of other types would be of another
 * precision. */
static size_t measure_distances(const struct hone_pack_store *from,
                                const struct hone_problem *problem,
                                const struct hone_store_winner *winners, size_t n,
                                struct distant *out_distant)
{
    size_t n_near = 0;
    for (size_t i = 0; i < n; i++) {
        struct hone_problem other;
        if (winners[i].is_default || strcmp(winners[i].variant.target, from->target) != 0 ||
            problem_parse(winners[i].variant.problem, &other, NULL) != HONE_OK ||
            other.op != problem->op || memcmp(other.types, problem->types, sizeof other.types) != 0)
            continue;
        out_distant[n_near++] = (struct distant){&winners[i], starts_distance(problem, &other)};
    }
    qsort(out_distant, n_near, sizeof *out_distant, by_distance);
    return n_near;
}

static enum hone_status find_near(void *context, const struct hone_problem *problem,
                                  size_t capacity, struct hone_winner *out_winners, size_t *out_n,
                                  struct hone_error *err)
{
    struct hone_pack_store *from = context;
    struct hone_store_filter filter = {.op = problem->op->name, .device = from->device};
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n = 0;
    *out_n = 0;
    enum hone_status status =
        hone_store_winners_read(from->store, &filter, &arena, &winners, &n, err);
    struct distant *distant = status == HONE_OK ? calloc(n + 1, sizeof *distant) : NULL;
    if (status == HONE_OK && !distant)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "winners: no memory");
    size_t n_near = distant ? measure_distances(from, problem, winners, n, distant) : 0;
    for (size_t i = 0; i < n_near && *out_n < capacity; i++)
        copy_winner(distant[i].winner, &out_winners[(*out_n)++]);
    free(distant);
    hone_arena_release(&arena);
    return status;
}

struct hone_winners hone_pack_winners(struct hone_pack_store *store)
{
    struct hone_winners winners = {0};
    if (store->store) winners = (struct hone_winners){find_winners, find_near, count_stale, store};
    return winners;
}

static enum hone_status find_binary(void *context, const char *code_key,
                                    struct hone_binary *out_binary, struct hone_error *err)
{
    struct hone_pack_store *from = context;
    struct hone_store_binary stored;
    HONE_TRY(hone_store_binary_get(from->store, code_key, &stored, err));
    *out_binary = (struct hone_binary){.code = stored.code,
                                       .n_bytes = stored.n_bytes,
                                       .entry = stored.entry,
                                       .facts = {.n_instructions = stored.n_instructions,
                                                 .n_vector_spills = stored.n_vector_spills,
                                                 .stack_bytes = stored.stack_bytes,
                                                 .code_bytes = stored.code_bytes}};
    return HONE_OK;
}

struct hone_binary_cache hone_pack_binaries(struct hone_pack_store *store)
{
    struct hone_binary_cache cache = {0};
    if (store->store) cache = (struct hone_binary_cache){.find = find_binary, .context = store};
    return cache;
}

const char *hone_pack_proof(struct hone_pack_store *store, const char *code_key,
                            struct hone_arena *arena)
{
    if (!store->store) return NULL;
    struct hone_store_filter filter = {.device = store->device};
    struct hone_store_winner *winners;
    size_t n;
    if (hone_store_winners_read(store->store, &filter, arena, &winners, &n, NULL) != HONE_OK)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strcmp(winners[i].variant.code_key, code_key) == 0) return winners[i].proof;
    return NULL;
}

const struct hone_store_trial *hone_pack_trial(struct hone_pack_store *store,
                                               const char *problem_key, const char *code_key,
                                               struct hone_arena *arena)
{
    struct hone_store_filter filter = {.problem = problem_key, .device = store->device};
    struct hone_store_trial *trials;
    const struct hone_store_trial *last = NULL;
    size_t n;
    if (!store->store ||
        hone_store_trials_read(store->store, &filter, arena, &trials, &n, NULL) != HONE_OK)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (trials[i].valid && strcmp(trials[i].variant.code_key, code_key) == 0 &&
            (!last || trials[i].round >= last->round))
            last = &trials[i];
    return last;
}
