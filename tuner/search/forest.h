/* SPDX-License-Identifier: MIT */
/* A learner for a few hundred trials: extremely randomised regression trees (README.md says why it
 * is our own). The same data and seed give the same trees. */
#ifndef HONE_SEARCH_FOREST_H
#define HONE_SEARCH_FOREST_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

enum { FOREST_TREES = 32 };

struct forest_node {
    float cut;        /* rows with x[feature] < cut go left, to the next node */
    uint16_t feature; /* FOREST_LEAF: none */
    uint32_t right;
    double mean;
};

struct forest {
    const struct forest_node *roots[FOREST_TREES];
};

/* Fits y (n values) over x (n rows of n_features). The arena owns the trees. */
enum hone_status forest_fit(struct forest *forest, const float *x, const double *y, size_t n,
                            size_t n_features, uint64_t seed, struct hone_arena *arena,
                            struct hone_error *err);

/* The mean of the trees and how far they disagree. */
void forest_predict(const struct forest *forest, const float *row, double *out_mean,
                    double *out_deviation);

#endif
