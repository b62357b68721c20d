/* SPDX-License-Identifier: MIT */
/* Stored variants of one problem under the present stack: are they the same code, are they still
 * right, what do they take today, timed together. */
#ifndef HONE_TUNE_RECHECK_H
#define HONE_TUNE_RECHECK_H

#include "cache/keys.h"
#include "tuner/session/session.h"

enum { HONE_RECHECK_MOST = HONE_RUNNER_MAX_CONTENDERS };

struct hone_recheck {
    /* given */
    const struct hone_store_trial *stored; /* the last trial of the variant */
    /* found */
    enum hone_key_match match;
    const char *field; /* first field of the key that differs; NULL on a match */
    bool valid;
    const char *reason; /* "ok", "gone" (space or config), or the reason code of the refusal */
    char detail[HONE_ERROR_TEXT_BYTES], proof[320];
    struct hone_static_facts facts; /* zeros when it was not compiled */
    char code_key[HONE_HASH_HEX_BYTES], source_hash[HONE_HASH_HEX_BYTES];
    struct hone_stats stats; /* ns per call; zeros when it is not valid */
};

struct hone_recheck_stack { /* under which it was done */
    char compiler[96], target[HONE_TARGET_TEXT_BYTES], stack[384];
    char device[HONE_KEY_TEXT_BYTES], regime[HONE_KEY_TEXT_BYTES];
};

/* At most HONE_RECHECK_MOST. Uses kernels, runner and store of `options`; weights lie as cold as
 * the first trial's regime says. With `replace` what was found takes the place of the problem's
 * search trials in the store, and what failed goes into quarantine. An error is one of the
 * compiler's or runner's start, or of the store; a variant's failure is its own. */
enum hone_status hone_recheck(const struct hone_tune_options *options,
                              const struct hone_problem *problem, struct hone_recheck *entries,
                              uint32_t n_entries, bool replace,
                              struct hone_recheck_stack *out_stack, struct hone_error *err);

#endif
