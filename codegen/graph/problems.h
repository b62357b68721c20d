/* SPDX-License-Identifier: MIT */
/* Problems of a model: every distinct thing its forwards ask, with its weight in the declared mix.
 */
#ifndef HONE_GRAPH_PROBLEMS_H
#define HONE_GRAPH_PROBLEMS_H

#include "codegen/graph/alternatives.h"

enum { HONE_MAX_LISTS = 8 };

/* Step lists: forwards of m_min..m_max rows, tuned at m rows and `context` KV positions (those of
 * the last row), run `weight` times in the mix. */
struct hone_list_range {
    uint32_t m_min, m_max, m, context;
    double weight;
};

/* What the times are summed over. "chat": one prompt of 512 tokens and 128 decode steps near 576 of
 * context; "batch": decode of 32 sequences near 1,024. Lists outside the mix weigh a thousandth of
 * one run, so that they are tuned last but chosen by the same sum. */
struct hone_mix {
    struct hone_list_range lists[HONE_MAX_LISTS];
    uint32_t n_lists;
};
enum hone_status hone_mix_find(const char *name, const struct hone_graph *graph,
                               uint32_t max_tokens, struct hone_mix *out_mix,
                               struct hone_error *err);

/* The problem of one node in one list. Rows that are outputs come one per sequence: in lists beyond
 * 64 rows they are tuned at one row. */
void hone_node_problem(const struct hone_graph *graph, const struct hone_node *node,
                       const struct hone_list_range *list, struct hone_problem *out_problem);

struct hone_weighted_problem {
    struct hone_problem problem;
    char key[HONE_PROBLEM_KEY_BYTES];
    double runs; /* in the mix: sum over nodes and lists */
    uint32_t n_nodes;
    const char *example; /* name of the first node that asks it; lives with the graph */
};

struct hone_problems {
    struct hone_weighted_problem *items;
    size_t n_items;
};

/* All problems of all alternatives, in order of first appearance, M = 1 lists first. */
enum hone_status hone_problems_make(const struct hone_graph *graph,
                                    const struct hone_regions *regions, const struct hone_mix *mix,
                                    struct hone_problems *out_problems, struct hone_error *err);
void hone_problems_release(struct hone_problems *problems);

#endif
