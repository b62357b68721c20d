/* SPDX-License-Identifier: MIT */
/* A command in one text as words: "ssh board hone-runner". */
#ifndef HONE_TUNER_SPLIT_H
#define HONE_TUNER_SPLIT_H

#include "runtime/base/status.h"

enum { SPLIT_MAX_WORDS = 32 };

/* Words are separated by blanks; quotes keep blanks together. *out_memory holds the words and is
 * freed by the caller; the list ends with NULL. ARGUMENT. */
enum hone_status split_words(const char *text, char **out_memory,
                             const char *out_words[SPLIT_MAX_WORDS + 1], struct hone_error *err);

#endif
