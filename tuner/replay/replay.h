/* SPDX-License-Identifier: MIT */
/* Searching a recorded space again: how good is the best config found after so many trials? */
#ifndef HONE_REPLAY_REPLAY_H
#define HONE_REPLAY_REPLAY_H

#include "tuner/replay/record.h"
#include "tuner/search/strategy.h"

/* The record as a domain; it must outlive it. Failed configs are there too: a search cannot know.
 */
void hone_record_domain(const struct hone_record *record, struct hone_domain *out_domain);

/* One search of n_trials: out_quality[t] is the record's best time over the best time found in the
 * first t + 1 trials, 0 while none has worked. It stays as it is when the space ends. */
enum hone_status hone_replay_run(const struct hone_record *record,
                                 const struct hone_strategy *strategy, uint64_t seed,
                                 size_t n_trials, double *out_quality, struct hone_error *err);

struct hone_replay_figures {
    double median, tenth; /* over seeds: the middle one, and that which nine of ten reach */
};

/* Searches with n_seeds seeds from first_seed on. out_figures has one entry per count of trials,
 * which rise; *out_regret is the mean of 1 - quality over all trials and seeds: the area over the
 * curves. */
enum hone_status hone_replay(const struct hone_record *record, const struct hone_strategy *strategy,
                             const uint32_t *trials, size_t n_counts, uint64_t first_seed,
                             uint32_t n_seeds, struct hone_replay_figures *out_figures,
                             double *out_regret, struct hone_error *err);

#endif
