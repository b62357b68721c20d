/* SPDX-License-Identifier: MIT */
/* Parts of a tuning job for several machines. A problem is never split: times of two devices are
 * not comparable, and the winners of a problem come from one final. */
#ifndef HONE_TUNE_SHARD_H
#define HONE_TUNE_SHARD_H

#include "tuner/session/session.h"

struct hone_shard {
    uint32_t index, count; /* 1 <= index <= count */
};

/* "3/20". */
enum hone_status hone_shard_parse(const char *text, struct hone_shard *out_shard,
                                  struct hone_error *err);

/* Seconds that a trial of the problem may take; only for balancing. */
double hone_shard_cost(const struct hone_problem *problem);

/* Keeps the shard's items, in their order; returns their number. Which they are hangs on the set of
 * problems and the count alone: each goes to the shard with the least to do, the dearest first, of
 * equals the one with the lower key. */
enum hone_status hone_shard_take(const struct hone_shard *shard, struct hone_tune_item *items,
                                 size_t n_items, size_t *out_n_items, struct hone_error *err);

#endif
