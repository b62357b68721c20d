/* SPDX-License-Identifier: MIT */
/* Choosing for the whole model at once: weight formats, alternatives and kernels.
 *
 * A weight has one format in all step lists, or two where memory is allowed for it. For each weight
 * the format is taken that minimises the sum over lists (weight in the mix x time of the regions
 * that read it); then second layouts are bought, most time per byte first (copies.c); then each
 * region of each list takes its cheapest alternative, and each node its fastest kernel with those
 * formats. Times come from the store's winners; what it lacks is the default config at an estimate
 * of the op's bytes and operations. */
#ifndef HONE_GRAPH_CHOOSE_H
#define HONE_GRAPH_CHOOSE_H

#include "codegen/graph/problems.h"
#include "codegen/kernel.h"

struct hone_winner {
    char space[HONE_SPACE_NAME_BYTES];
    char config[HONE_CONFIG_TEXT_BYTES];
    double seconds;                       /* of one call at the problem's m */
    double ratio;                         /* to the default of its problem, 0: not known */
    char problem[HONE_PROBLEM_KEY_BYTES]; /* that it won */
    char code_key[HONE_HASH_HEX_BYTES];   /* of the code that won; "": not known */
};

/* Winners of a problem on the target at hand, one per tuple of formats. */
struct hone_winners {
    enum hone_status (*find)(void *context, const char *problem_key, size_t capacity,
                             struct hone_winner *out_winners, size_t *out_n,
                             struct hone_error *err);
    /* Winners of other problems of the op, the nearest first; NULL: defaults serve what was not
     * tuned. */
    enum hone_status (*find_near)(void *context, const struct hone_problem *problem,
                                  size_t capacity, struct hone_winner *out_winners, size_t *out_n,
                                  struct hone_error *err);
    /* Told of a winner of the problem that is left out: its config is other code today, of which
     * neither proof nor time is known. May be NULL. */
    void (*stale)(void *context, const struct hone_winner *winner);
    void *context; /* find NULL: there is no store */
};

/* A kernel that serves a problem. */
struct hone_candidate {
    struct hone_variant variant;
    double seconds;
    bool tuned;                        /* measured, not estimated */
    char near[HONE_PROBLEM_KEY_BYTES]; /* another problem, whose winner it is; "": of its own */
};

struct hone_scheduled {
    const struct hone_node *node;
    const struct hone_candidate *candidate;
};

/* Memory that all weights may take together; both 0: one layout of each. */
struct hone_weights_limit {
    uint64_t n_bytes; /* or */
    double ratio;     /* to one layout of each weight; at least 1 */
};

struct hone_second_layouts {
    uint64_t one_layout_bytes; /* of the weights, before any was bought */
    uint64_t n_bytes;          /* that second layouts may add: what was bought */
    uint32_t n_weights;        /* that have two */
    double seconds;            /* by which the weighted sum of the mix fell */
};

struct hone_choice {
    struct hone_scheduled *nodes[HONE_MAX_LISTS];
    uint32_t n_nodes[HONE_MAX_LISTS];
    double seconds[HONE_MAX_LISTS]; /* predicted time of one forward of the list's m rows */
    double estimated_seconds[HONE_MAX_LISTS]; /* the part of it that the store has no times for */
    bool all_tuned;
    const struct hone_format **weight_formats; /* per tensor of the graph; NULL for the others */
    const struct hone_format **second_formats; /* the same; NULL where there is one layout */
    struct hone_second_layouts second_layouts;
    struct hone_candidate_cache *cache; /* owns the candidates */
};

/* `graph`, `regions` and `kernels` must outlive the choice; `limit` NULL: one layout. NOT_FOUND
 * names a node that no template serves on this target; ARGUMENT: the limit is below one layout. */
enum hone_status hone_choice_make(const struct hone_graph *graph,
                                  const struct hone_regions *regions, const struct hone_mix *mix,
                                  struct hone_kernels *kernels, const struct hone_winners *winners,
                                  const struct hone_weights_limit *limit,
                                  struct hone_choice *out_choice, struct hone_error *err);
void hone_choice_release(struct hone_choice *choice);

#endif
