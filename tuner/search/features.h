/* SPDX-License-Identifier: MIT */
/* Configs as the learner sees them: logarithms of values, and of products and ratios of two. */
#ifndef HONE_SEARCH_FEATURES_H
#define HONE_SEARCH_FEATURES_H

#include "tuner/search/strategy.h"

struct features {
    const struct hone_domain *domain;
    size_t n; /* of one row */
    size_t n_wide;
    uint8_t wide[HONE_SPACE_MAX_PARAMETERS]; /* numbers with more than two values */
};

/* Which parameters are wide is read off the trials. */
void features_init(struct features *features, const struct hone_search *search);

/* Fills features->n floats. */
enum hone_status features_of(const struct features *features, const struct hone_config *config,
                             float *out_row, struct hone_error *err);

#endif
