/* SPDX-License-Identifier: MIT */
/* The store as lowering sees it: winners of a problem on one target, and a cache of binaries. */
#ifndef HONE_TUNER_PACK_STORE_H
#define HONE_TUNER_PACK_STORE_H

#include "cache/store.h"
#include "codegen/graph/choose.h"

struct hone_pack_store {
    struct hone_store *store;
    char target[HONE_TARGET_TEXT_BYTES];
    const char *device; /* NULL: winners of any device */
    uint32_t n_stale;   /* winners left out: their configs are other code today */
    char first_stale[HONE_PROBLEM_KEY_BYTES];
};

/* Callbacks whose context is a struct hone_pack_store. */
struct hone_winners hone_pack_winners(struct hone_pack_store *store);
struct hone_binary_cache hone_pack_binaries(struct hone_pack_store *store);

/* Proof text of the winner that a kernel came from; NULL when it was never proven. Lives in the
 * arena. */
const char *hone_pack_proof(struct hone_pack_store *store, const char *code_key,
                            struct hone_arena *arena);

/* The last trial of the winner of a problem that a kernel came from; NULL when there is none. */
const struct hone_store_trial *hone_pack_trial(struct hone_pack_store *store,
                                               const char *problem_key, const char *code_key,
                                               struct hone_arena *arena);

#endif
