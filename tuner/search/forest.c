/* SPDX-License-Identifier: MIT */
/* Extremely randomised trees: at each node a few features are drawn, each with a cut drawn between
 * its least and its largest value here, and the best of these splits. */
#include "tuner/search/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/search/strategy.h"

enum { LEAF = UINT16_MAX, LEAF_ROWS = 4, MAX_DEPTH = 24 };

struct grower {
    const float *columns; /* n_rows values of each feature */
    const double *y;
    size_t n_rows, n_features, n_drawn;
    uint32_t *rows;
    float *values;  /* of one feature, for the rows of one node */
    double *wanted; /* y of these rows */
    struct forest_node *nodes;
    uint32_t n_nodes;
    uint64_t seed, position;
};

static double uniform(struct grower *g)
{
    return (double)(search_random(g->seed, g->position++) >> 11) * 0x1p-53;
}

/* How much of the squared error a cut takes away, in squares of sums; 0 when it parts nothing. Four
 * sums side by side, since one waits for itself. */
static double gain_of(const struct grower *g, uint32_t n, float cut, double sum)
{
    double sums[4] = {0};
    uint32_t counts[4] = {0}, i = 0;
    for (; i + 4 <= n; i += 4)
        for (uint32_t lane = 0; lane < 4; lane++) {
            bool is_left = g->values[i + lane] < cut;
            sums[lane] += is_left * g->wanted[i + lane];
            counts[lane] += is_left;
        }
    for (; i < n; i++) {
        bool is_left = g->values[i] < cut;
        sums[0] += is_left * g->wanted[i];
        counts[0] += is_left;
    }
    double left = (sums[0] + sums[1]) + (sums[2] + sums[3]), right = sum - left;
    uint32_t n_left = counts[0] + counts[1] + counts[2] + counts[3];
    if (n_left == 0 || n_left == n) return 0;
    return left * left / n_left + right * right / (n - n_left) - sum * sum / n;
}

/* Gathers a feature of the rows of a node; false when they are all equal. */
static bool gather(struct grower *g, uint32_t begin, uint32_t end, size_t feature, float *out_low,
                   float *out_high)
{
    const float *column = g->columns + feature * g->n_rows;
    float low = column[g->rows[begin]], high = low;
    for (uint32_t i = begin; i < end; i++) {
        float v = column[g->rows[i]];
        g->values[i - begin] = v;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    *out_low = low;
    *out_high = high;
    return low < high;
}

/* Draws features until enough of them vary here; false when nothing was found to split on. */
static bool choose(struct grower *g, uint32_t begin, uint32_t end, double sum,
                   struct forest_node *node)
{
    double most = 1e-12;
    bool found = false;
    size_t n_good = 0;
    for (uint32_t i = begin; i < end; i++) g->wanted[i - begin] = g->y[g->rows[i]];
    for (size_t draw = 0; draw < 4 * g->n_drawn && n_good < g->n_drawn; draw++) {
        size_t feature = (size_t)(uniform(g) * (double)g->n_features);
        float low, high;
        if (!gather(g, begin, end, feature, &low, &high)) continue;
        n_good++;
        float cut = low + (high - low) * (float)(1 - uniform(g));
        double gain = gain_of(g, end - begin, cut, sum);
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
    const float *column = g->columns + node->feature * g->n_rows;
    while (begin < end) {
        uint32_t row = g->rows[begin];
        if (column[row] < node->cut) {
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
    struct grower g = {.y = y, .n_rows = n, .n_features = n_features, .seed = seed};
    float *columns = hone_arena_array(arena, n * n_features, sizeof *columns);
    g.n_drawn = n_features / 3 + 1;
    g.columns = columns;
    g.rows = hone_arena_array(arena, n, sizeof *g.rows);
    g.values = hone_arena_array(arena, n, sizeof *g.values);
    g.wanted = hone_arena_array(arena, n, sizeof *g.wanted);
    g.nodes = hone_arena_array(arena, n * 2 * FOREST_TREES, sizeof *g.nodes);
    if (!columns || !g.rows || !g.values || !g.wanted || !g.nodes)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
    for (size_t i = 0; i < n; i++) {
        g.rows[i] = (uint32_t)i;
        for (size_t f = 0; f < n_features; f++) columns[f * n + i] = x[i * n_features + f];
    }
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
