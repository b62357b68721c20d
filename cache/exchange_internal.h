/* SPDX-License-Identifier: MIT */
/* Members of the JSON form, once for both ways. */
#ifndef HONE_CACHE_EXCHANGE_INTERNAL_H
#define HONE_CACHE_EXCHANGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exchange_kind {
    EXCHANGE_KEY,  /* text that is part of a key: printable ASCII */
    EXCHANGE_TEXT, /* any text */
    EXCHANGE_U32,
    EXCHANGE_COUNT, /* int64_t, not negative */
    EXCHANGE_I64,
    EXCHANGE_FLAG,
    EXCHANGE_REAL, /* not negative */
};

struct exchange_member {
    const char *name;
    enum exchange_kind kind;
    size_t offset;
    bool varies; /* from run to run: left out (as zero) of what is to be compared */
};

struct exchange_row {
    const struct exchange_member *members;
    size_t n_members;
};

extern const struct exchange_row exchange_variant, exchange_trial, exchange_winner,
    exchange_quarantine;

/* Longest texts that are taken. */
enum { EXCHANGE_KEY_BYTES = 4096, EXCHANGE_TEXT_BYTES = 65536, EXCHANGE_MAX_SAMPLES = 65536 };

#define EXCHANGE_FORMAT "hone store"

#endif
