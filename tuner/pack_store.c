/* SPDX-License-Identifier: MIT */
/* Winners and binaries of a store behind the callbacks that codegen declares. */
#include "tuner/pack_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        struct hone_winner *out = &out_winners[(*out_n)++];
        snprintf(out->space, sizeof out->space, "%s", winner->variant.space);
        snprintf(out->config, sizeof out->config, "%s", winner->variant.config);
        out->seconds = winner->median_ns * 1e-9;
    }
    hone_arena_release(&arena);
    return status;
}

struct hone_winners hone_pack_winners(struct hone_pack_store *store)
{
    struct hone_winners winners = {0};
    if (store->store) winners = (struct hone_winners){find_winners, store};
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
