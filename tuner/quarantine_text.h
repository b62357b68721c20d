/* SPDX-License-Identifier: MIT */
/* How an entry of quarantine is named, and the command that shows its failure alone. */
#ifndef HONE_TUNER_QUARANTINE_TEXT_H
#define HONE_TUNER_QUARANTINE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "cache/store.h"

enum { QUARANTINE_ID_LETTERS = 12 };

/* The entry whose code key begins with `id`. NOT_FOUND; ARGUMENT when it is none or several. */
enum hone_status quarantine_find(struct hone_store *store, const char *path, const char *id,
                                 struct hone_arena *arena, struct hone_store_quarantine *out_entry,
                                 struct hone_error *err);

/* What was put there since `from` (Unix time), one line each with its command, at most `most`. */
enum hone_status quarantine_print_since(struct hone_store *store, const char *path, int64_t from,
                                        unsigned most, FILE *to, struct hone_error *err);

#endif
