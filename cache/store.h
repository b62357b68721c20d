/* SPDX-License-Identifier: MIT */
/* The store: the tuned kernel cache as the tuner writes it, one SQLite file.
 *
 * It knows no op and no format: problems, formats and configs are texts that other rooms made. A
 * trial is one transaction and is on disk before hone_store_trial_put returns; its key (problem,
 * space, config, code key, regime, device, round) is unique, so an interrupted run that resumes
 * never doubles one. Several processes may write one store on one machine. README.md has the
 * tables. */
#ifndef HONE_CACHE_STORE_H
#define HONE_CACHE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

/* Older stores are brought up to date when they are opened. */
enum { HONE_STORE_VERSION = 2 };

struct hone_store;

struct hone_store_options {
    size_t struct_size;
    bool read_only;        /* must exist; also works in a folder that cannot be written */
    bool must_exist;       /* NOT_FOUND instead of a new store */
    int busy_milliseconds; /* wait for other writers; 0 = 10 s */
};

/* IO (cannot be opened or written), FORMAT (not a store, or a damaged one), VERSION (written by a
 * newer hone), BUSY. Each message names the file. */
enum hone_status hone_store_open(const char *path, const struct hone_store_options *options,
                                 struct hone_store **out_store, struct hone_error *err);
void hone_store_close(struct hone_store *store); /* NULL is fine */

/* What is written between the two is there whole or not at all, whatever happens meanwhile; others
 * wait. hone_store_end undoes all of it when `status` is an error, and returns what went wrong
 * first. */
enum hone_status hone_store_begin(struct hone_store *store, struct hone_error *err);
enum hone_status hone_store_end(struct hone_store *store, enum hone_status status,
                                struct hone_error *err);

/* Free-form facts of the store itself. NOT_FOUND; the value is freed by the caller. */
enum hone_status hone_store_meta_get(struct hone_store *store, const char *name, char **out_value,
                                     struct hone_error *err);
enum hone_status hone_store_meta_set(struct hone_store *store, const char *name, const char *value,
                                     struct hone_error *err);

struct hone_store_variant {
    const char *problem, *op;   /* problem key, its op's name */
    const char *space, *config; /* "gemm_f32", "MR=4 NV=2" */
    const char *formats;        /* format tuple, "x=f32 w=q4_0/r16 y=f32" */
    const char *code_key;       /* "" when there was no text to compile */
    const char *source_hash, *target, *compiler, *numerics;
    uint32_t engine, abi;
    uint32_t grid_rule, grid_p0, grid_p1;
    uint64_t scratch_bytes;
    int64_t rank; /* resources: ties go to the lower */
    uint32_t n_instructions, n_vector_spills, stack_bytes, code_bytes;
    const char *options; /* of the compiler */
    uint32_t contract;   /* HONE_OP_CONTRACT; 0 in stores from before it was written */
};

/* NULL texts are stored as "". */
struct hone_store_trial {
    int64_t id; /* given by the store */
    struct hone_store_variant variant;
    const char *regime, *device; /* cache/keys.h */
    uint32_t round;              /* 0: search; n: the n-th final of its problem */
    bool valid;                  /* proven right and timed */
    const char *reason;          /* "ok", or the reason code of the refusal */
    const char *detail;          /* the defect, for people */
    const char *proof;           /* what was checked */
    const double *samples;       /* ns per call */
    size_t n_samples;
    uint32_t n_calls; /* per sample */
    double median_ns, low_ns, high_ns, min_ns;
    double ratio, ratio_low, ratio_high; /* to the default in the same final; 0 in round 0 */
    double seconds;                      /* what the trial cost, all included */
    int64_t when;                        /* Unix time */
    const char *stack;                   /* what ran below it (cache/keys.h); "" if not known */
    const char *state;                   /* of the device meanwhile: clocks, load; free form */
};

/* *out_existed (may be NULL): the key was there already and nothing was written. */
enum hone_status hone_store_trial_put(struct hone_store *store,
                                      const struct hone_store_trial *trial, bool *out_existed,
                                      struct hone_error *err);

/* What was found out anew takes the place of the search trials (round 0) of variants made for
 * `target`, in one transaction. Finals stay, as history; winners stay until the next final, which
 * is due. */
enum hone_status hone_store_trials_replace(struct hone_store *store, const char *problem,
                                           const char *regime, const char *device,
                                           const char *target,
                                           const struct hone_store_trial *trials, size_t n_trials,
                                           struct hone_error *err);

/* NULL fields match anything. */
struct hone_store_filter {
    const char *problem, *regime, *device, *op;
};

/* In order of id; texts and samples live in the arena. */
enum hone_status hone_store_trials_read(struct hone_store *store,
                                        const struct hone_store_filter *filter,
                                        struct hone_arena *arena,
                                        struct hone_store_trial **out_trials, size_t *out_n_trials,
                                        struct hone_error *err);

/* The fastest proven variant of a problem for one format tuple, after a final. */
struct hone_store_winner {
    struct hone_store_variant variant;
    const char *regime, *device, *proof;
    bool is_default;                     /* of its space */
    double median_ns;                    /* in the final */
    double ratio, ratio_low, ratio_high; /* to the default of the problem, same final */
    uint32_t round;                      /* of the final */
    uint32_t n_trials;                   /* search trials the final chose from */
    const char *stack;                   /* of its trial in the final; only read */
};

/* Replaces all winners of (problem, regime, device) made for `target` at once; each names a variant
 * that has a trial in the store, else NOT_FOUND. */
enum hone_status hone_store_winners_put(struct hone_store *store, const char *problem,
                                        const char *regime, const char *device, const char *target,
                                        const struct hone_store_winner *winners, size_t n_winners,
                                        struct hone_error *err);
/* By problem, then time. A winner whose code is in quarantine is none, to any reader, nor is one
 * whose trials were all refused: a merge may bring the bad news after the good. */
enum hone_status hone_store_winners_read(struct hone_store *store,
                                         const struct hone_store_filter *filter,
                                         struct hone_arena *arena,
                                         struct hone_store_winner **out_winners,
                                         size_t *out_n_winners, struct hone_error *err);

/* Binaries by code key. The blob is malloc'ed. */
struct hone_store_binary {
    uint8_t *code;
    size_t n_bytes;
    uint64_t entry;
    uint32_t n_instructions, n_vector_spills, stack_bytes, code_bytes;
};
enum hone_status hone_store_binary_put(struct hone_store *store, const char *code_key,
                                       const struct hone_store_binary *binary,
                                       struct hone_error *err);
/* NOT_FOUND; a blob whose hash does not match is deleted and NOT_FOUND: one bad entry, one miss. */
enum hone_status hone_store_binary_get(struct hone_store *store, const char *code_key,
                                       struct hone_store_binary *out_binary,
                                       struct hone_error *err);

/* Variants that crashed, hung or lied. */
struct hone_store_quarantine {
    const char *target, *compiler, *code_key;
    const char *reason, *detail;
    const char *problem, *space, *config; /* to show the failure again */
    int64_t when;
};
enum hone_status hone_store_quarantine_put(struct hone_store *store,
                                           const struct hone_store_quarantine *entry,
                                           struct hone_error *err);
/* NOT_FOUND when it is not in quarantine. Texts live in the arena. */
enum hone_status hone_store_quarantine_find(struct hone_store *store, const char *target,
                                            const char *compiler, const char *code_key,
                                            struct hone_arena *arena,
                                            struct hone_store_quarantine *out_entry,
                                            struct hone_error *err);
enum hone_status hone_store_quarantine_read(struct hone_store *store, struct hone_arena *arena,
                                            struct hone_store_quarantine **out_entries,
                                            size_t *out_n_entries, struct hone_error *err);
/* One of them; HONE_OK also when it is not there. */
enum hone_status hone_store_quarantine_drop(struct hone_store *store, const char *target,
                                            const char *compiler, const char *code_key,
                                            struct hone_error *err);
/* All of it. */
enum hone_status hone_store_quarantine_clear(struct hone_store *store, struct hone_error *err);

/* Seconds that trials of a device have cost, over a filter; and a count. */
enum hone_status hone_store_spent(struct hone_store *store, const struct hone_store_filter *filter,
                                  double *out_seconds, uint64_t *out_n_trials,
                                  struct hone_error *err);

#endif
