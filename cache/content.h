/* SPDX-License-Identifier: MIT */
/* All that a store holds, in memory and in one order that does not hang on how it came to be: for
 * merging, for export and import.
 *
 * Merging is a choice per key by a total order, so it is commutative, associative and idempotent:
 *   trial       of equal keys (problem, space, config, code key, regime, device, round) a refused
 *               one stays before a proven one, then the later, then the lower content
 *   variant     of equal keys the one proven under the newer contract, then the one of which more
 *               is known
 *   winners     of a problem, regime, device and target come from one final and stay together: the
 *               set of the higher round stays, then the one chosen from more trials, then the
 *               larger, then the lower content
 *   quarantine  the earlier entry, then the lower content; what one store refuses no reader of the
 *               merged one is given (hone_store_winners_read)
 *   binary      the shorter, then the lower content
 *   meta        the higher text
 * Merging only adds. What was taken out of one store (a cleared quarantine, trials that a repair
 * replaced) comes back from another that still has it: nothing tells a row that was taken out from
 * one that was never there, and of the two mistakes the one that refuses a kernel is harmless.
 */
#ifndef HONE_CACHE_CONTENT_H
#define HONE_CACHE_CONTENT_H

#include "cache/store.h"

struct hone_content_meta {
    const char *name, *value;
};

struct hone_content_binary {
    const char *code_key;
    struct hone_store_binary binary;
};

/* Arrays and texts live in an arena of the caller's. Ids of trials mean nothing here. */
struct hone_content {
    struct hone_content_meta *meta;
    struct hone_store_trial *trials;
    struct hone_store_winner *winners;
    struct hone_store_quarantine *quarantine;
    struct hone_content_binary *binaries;
    size_t n_meta, n_trials, n_winners, n_quarantine, n_binaries;
};

/* Sorts and leaves one row for each key. Winners of variants that no trial names are left out. */
enum hone_status hone_content_settle(struct hone_content *content, struct hone_arena *arena,
                                     struct hone_error *err);

/* Settled. Winners also where quarantine hides them from other readers. */
enum hone_status hone_content_read(struct hone_store *store, struct hone_arena *arena,
                                   struct hone_content *out_content, struct hone_error *err);

struct hone_merge_counts {
    size_t n_twice;    /* trials that both had, equal in all */
    size_t n_conflict; /* trials that both had, with different outcomes */
};

/* Both settled; so is the result, which shares their memory. `counts` (may be NULL) is added to. */
enum hone_status hone_content_merge(const struct hone_content *a, const struct hone_content *b,
                                    struct hone_arena *arena, struct hone_content *out_content,
                                    struct hone_merge_counts *counts, struct hone_error *err);

/* Merges a settled content into a store in one transaction: afterwards the store holds both.
 * *out_content (may be NULL) is what it holds then. */
enum hone_status hone_content_write(const struct hone_content *content, struct hone_store *store,
                                    struct hone_arena *arena, struct hone_content *out_content,
                                    struct hone_merge_counts *counts, struct hone_error *err);

#endif
