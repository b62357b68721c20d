/* SPDX-License-Identifier: MIT */
/* The best trials so far. */
#ifndef HONE_SEARCH_BEST_H
#define HONE_SEARCH_BEST_H

#include "tuner/search/strategy.h"

/* Fills out_trials with up to `most` valid trials, the fastest first, of equals the earlier;
 * returns how many. */
size_t best_trials(const struct hone_search *search, size_t most,
                   const struct hone_search_trial **out_trials);

#endif
