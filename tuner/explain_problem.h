/* SPDX-License-Identifier: MIT */
/* Why a winner won: its time beside the least it could take, its runner-up and the default, and
 * what they differ in. */
#ifndef HONE_TUNER_EXPLAIN_PROBLEM_H
#define HONE_TUNER_EXPLAIN_PROBLEM_H

#include "tuner/report/page.h"
#include "tuner/report/records.h"

/* Of all problems of the page whose key has `text` in it; NOT_FOUND: none. Without ceilings nothing
 * is said of what limits a winner. */
enum hone_status explain_problems(const struct page *page, const char *text, enum records_mode mode,
                                  struct hone_error *err);

#endif
