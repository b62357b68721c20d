/* SPDX-License-Identifier: MIT */
/* Extremely randomised trees: at each node a few features are drawn, each with a cut drawn between
 * its least and its largest value here, and the best of these splits. */
#include "tuner/search/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/search/strategy.h"

enum { LEAF = UINT16_MAX, LEAF_ROWS = 2, MAX_DEPTH = 24 };

struct grower {
    const float *x;
    const double *y;
    size_t n_features, n_drawn;
    uint32_t *rows;
    struct forest_node *nodes;
    uint32_t n_nodes;
    uint64_t seed, position;
};

static double uniform(struct grower *g)
{
    return (double)(search_random(g->seed, g->position++) >> 11) * 0x1p-53;
}

static float at(const struct grower *g, uint32_t row, size_t feature)
{
    return g->x[row * g->n_features + feature];
}

/* How much of the squared error a cut takes away, in squares of sums; 0 when it parts nothing. */
static double gain_of(const struct grower *g, uint32_t begin, uint32_t end, size_t feature,
                      float cut, double sum)
{
    double left = 0;
    uint32_t n_left = 0, n = end - begin;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t row = g->rows[i];
        bool is_left = at(g, row, feature) < cut;
        left += is_left ? g->y[row] : 0;
        n_left += is_left;
    }
    if (n_left == 0 || n_left == n) return 0;
    double right = sum - left;
    return left * left / n_left + right * right / (n - n_left) - sum * sum / n;
}

static void range_of(const struct grower *g, uint32_t begin, uint32_t end, size_t feature,
                     float *out_low, float *out_high)
{
    float low = at(g, g->rows[begin], feature), high = low;
    for (uint32_t i = begin + 1; i < end; i++) {
        float v = at(g, g->rows[i], feature);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    *out_low = low;
    *out_high = high;
}

/* Draws features until enough of them vary here; false when nothing was found to split on. */
static bool choose(struct grower *g, uint32_t begin, uint32_t end, double sum,
                   struct forest_node *node)
{
    double most = 1e-12;
    bool found = false;
    size_t n_good = 0;
    for (size_t draw = 0; draw < 4 * g->n_drawn && n_good < g->n_drawn; draw++) {
        size_t feature = (size_t)(uniform(g) * (double)g->n_features);
        float low, high;
        range_of(g, begin, end, feature, &low, &high);
        if (!(low < high)) continue;
        n_good++;
        float cut = low + (high - low) * (float)(1 - uniform(g));
        double gain = gain_of(g, begin, end, feature, cut, sum);
        if (gain <= most) continue;
        most = gain;
        found = true;
        node->feature = (uint16_t)feature;
        node->cut = cut;
    }
    return found;
}

static uint32_t partition(struct grower *g, uint32_t begin, uint32_t end,
                          const struct forest_node *node)
{
    while (begin < end) {
        uint32_t row = g->rows[begin];
        if (at(g, row, node->feature) < node->cut) {
            begin++;
        } else {
            g->rows[begin] = g->rows[--end];
            g->rows[end] = row;
        }
    }
    return begin;
}

static void grow(struct grower *g, uint32_t begin, uint32_t end, int depth)
{
    struct forest_node *node = &g->nodes[g->n_nodes++];
    double sum = 0;
    for (uint32_t i = begin; i < end; i++) sum += g->y[g->rows[i]];
    *node = (struct forest_node){.feature = LEAF, .mean = sum / (end - begin)};
    if (end - begin < LEAF_ROWS || depth == MAX_DEPTH) return;
    if (!choose(g, begin, end, sum, node)) return;
    uint32_t middle = partition(g, begin, end, node);
    grow(g, begin, middle, depth + 1);
    node->right = (uint32_t)(&g->nodes[g->n_nodes] - node);
    grow(g, middle, end, depth + 1);
}

enum hone_status forest_fit(struct forest *forest, const float *x, const double *y, size_t n,
                            size_t n_features, uint64_t seed, struct hone_arena *arena,
                            struct hone_error *err)
{
    struct grower g = {.x = x, .y = y, .n_features = n_features, .seed = seed};
    g.n_drawn = n_features / 3 + 1;
    g.rows = hone_arena_array(arena, n, sizeof *g.rows);
    g.nodes = hone_arena_array(arena, n * 2 * FOREST_TREES, sizeof *g.nodes);
    if (!g.rows || !g.nodes) return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
    for (size_t i = 0; i < n; i++) g.rows[i] = (uint32_t)i;
    for (size_t t = 0; t < FOREST_TREES; t++) {
        forest->roots[t] = &g.nodes[g.n_nodes];
        grow(&g, 0, (uint32_t)n, 0);
    }
    return HONE_OK;
}

void forest_predict(const struct forest *forest, const float *row, double *out_mean,
                    double *out_deviation)
{
    double sum = 0, squares = 0;
    for (size_t t = 0; t < FOREST_TREES; t++) {
        const struct forest_node *node = forest->roots[t];
        while (node->feature != LEAF) node += row[node->feature] < node->cut ? 1 : node->right;
        sum += node->mean;
        squares += node->mean * node->mean;
    }
    *out_mean = sum / FOREST_TREES;
    double variance = squares / FOREST_TREES - *out_mean * *out_mean;
    *out_deviation = variance > 0 ? sqrt(variance) : 0;
}
