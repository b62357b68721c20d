/* SPDX-License-Identifier: MIT */
/* The best trials so far, by insertion: `most` is small. */
#include "tuner/search/best.h"

size_t best_trials(const struct hone_search *search, size_t most,
                   const struct hone_search_trial **out_trials)
{
    size_t n = 0;
    for (size_t i = 0; i < search->n_trials; i++) {
        const struct hone_search_trial *trial = &search->trials[i];
        if (!trial->valid || (n == most && trial->ns >= out_trials[n - 1]->ns)) continue;
        size_t at = n < most ? n++ : n - 1;
        for (; at > 0 && out_trials[at - 1]->ns > trial->ns; at--)
            out_trials[at] = out_trials[at - 1];
        out_trials[at] = trial;
    }
    return n;
}
