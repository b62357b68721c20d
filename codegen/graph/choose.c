/* SPDX-License-Identifier: MIT */
/* Formats, alternatives and kernels for the whole model, by the sum of times over the mix. */
#include "codegen/graph/choose.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/graph/chooser.h"

/* Workers meet after every step. A launch of one block is timed without that, and what is not timed
 * at all must not look better for having more steps. Measured: 0.2 us with two threads on two
 * cores. */
static const double STEP_SECONDS = 0.3e-6;
/* From one kernel of a GPU's graph to the next. */
static const double GPU_STEP_SECONDS = 1e-6;

static bool is_weight(const struct hone_chooser *c, const struct hone_node *node, uint32_t operand)
{
    return c->graph->tensors[node->operands[operand]].kind == HONE_TENSOR_WEIGHT;
}

static bool reads_weight(const struct hone_chooser *c, const struct hone_node *node)
{
    for (uint32_t o = 0; o < node->op->n_operands; o++)
        if (is_weight(c, node, o)) return true;
    return false;
}

/* The candidate keeps to the formats that its node's weights were given so far. */
static bool fits(const struct hone_chooser *c, const struct hone_node *node,
                 const struct hone_candidate *candidate)
{
    for (uint32_t o = 0; o < node->op->n_operands; o++) {
        if (!is_weight(c, node, o)) continue;
        const struct hone_format *given = c->choice->weight_formats[node->operands[o]];
        const struct hone_format *second = c->choice->second_formats[node->operands[o]];
        const struct hone_format *wanted = candidate->variant.call.formats[o];
        if (given && given != wanted && second != wanted) return false;
    }
    return true;
}

static enum hone_status fastest(const struct hone_chooser *c, const struct hone_node *node,
                                const struct hone_list_range *list,
                                const struct hone_candidate **out_best)
{
    struct hone_problem problem;
    const struct hone_candidates *set;
    hone_node_problem(c->graph, node, list, &problem);
    HONE_TRY(hone_candidates_of(c->choice->cache, &problem, &set, c->err));
    *out_best = NULL;
    for (uint32_t i = 0; i < set->n_items; i++) {
        const struct hone_candidate *candidate = &set->items[i];
        if (!fits(c, node, candidate)) continue;
        if (!*out_best || candidate->seconds < (*out_best)->seconds) *out_best = candidate;
    }
    return HONE_OK;
}

/* DBL_MAX when a node has no kernel. */
static enum hone_status alternative_seconds(const struct hone_chooser *c,
                                            const struct hone_alternative *alternative,
                                            const struct hone_list_range *list,
                                            struct hone_way *out_way)
{
    bool is_gpu = hone_kernels_facts(c->choice->cache->kernels)->n_sms > 0;
    *out_way = (struct hone_way){.alternative = alternative, .tuned = true, .weights_tuned = true};
    for (uint32_t i = 0; i < alternative->n_nodes; i++) {
        const struct hone_candidate *best;
        HONE_TRY(fastest(c, &alternative->nodes[i], list, &best));
        if (!best) {
            out_way->seconds = DBL_MAX;
            return HONE_OK;
        }
        out_way->seconds += best->seconds + (is_gpu ? GPU_STEP_SECONDS : STEP_SECONDS);
        out_way->tuned &= best->tuned;
        if (reads_weight(c, &alternative->nodes[i])) out_way->weights_tuned &= best->tuned;
    }
    return HONE_OK;
}

enum hone_status hone_chooser_way(const struct hone_chooser *c, const struct hone_region *region,
                                  const struct hone_list_range *list, struct hone_way *out_way)
{
    *out_way = (struct hone_way){.seconds = DBL_MAX};
    for (uint32_t a = 0; a < region->n_alternatives; a++) {
        struct hone_way way;
        HONE_TRY(alternative_seconds(c, &region->alternatives[a], list, &way));
        if (way.seconds < out_way->seconds) *out_way = way;
    }
    return HONE_OK;
}

static bool reads(const struct hone_region *region, uint32_t tensor)
{
    for (uint32_t a = 0; a < region->n_alternatives; a++)
        for (uint32_t i = 0; i < region->alternatives[a].n_nodes; i++) {
            const struct hone_node *node = &region->alternatives[a].nodes[i];
            for (uint32_t o = 0; o < node->op->n_operands; o++)
                if (node->operands[o] == tensor) return true;
        }
    return false;
}

static void add_format(struct hone_weight_formats *formats, const struct hone_format *format)
{
    for (uint32_t i = 0; i < formats->n; i++)
        if (formats->items[i] == format) return;
    if (formats->n < HONE_MAX_WEIGHT_FORMATS) formats->items[formats->n++] = format;
}

static enum hone_status formats_of_node(const struct hone_chooser *c, const struct hone_node *node,
                                        uint32_t tensor, const struct hone_list_range *list,
                                        struct hone_weight_formats *formats)
{
    for (uint32_t o = 0; o < node->op->n_operands; o++) {
        if (node->operands[o] != tensor) continue;
        struct hone_problem problem;
        const struct hone_candidates *set;
        hone_node_problem(c->graph, node, list, &problem);
        HONE_TRY(hone_candidates_of(c->choice->cache, &problem, &set, c->err));
        for (uint32_t k = 0; k < set->n_items; k++)
            add_format(formats, set->items[k].variant.call.formats[o]);
    }
    return HONE_OK;
}

enum hone_status hone_chooser_formats(const struct hone_chooser *c,
                                      const struct hone_region *region, uint32_t tensor,
                                      struct hone_weight_formats *formats)
{
    for (uint32_t l = 0; l < c->mix->n_lists; l++)
        for (uint32_t a = 0; a < region->n_alternatives; a++)
            for (uint32_t i = 0; i < region->alternatives[a].n_nodes; i++)
                HONE_TRY(formats_of_node(c, &region->alternatives[a].nodes[i], tensor,
                                         &c->mix->lists[l], formats));
    return HONE_OK;
}

struct readers {
    const struct hone_region **regions;
    uint32_t n;
};

static enum hone_status mix_seconds(const struct hone_chooser *c, const struct readers *readers,
                                    double *out_seconds)
{
    *out_seconds = 0;
    for (uint32_t l = 0; l < c->mix->n_lists; l++)
        for (uint32_t r = 0; r < readers->n; r++) {
            struct hone_way way;
            HONE_TRY(hone_chooser_way(c, readers->regions[r], &c->mix->lists[l], &way));
            if (!way.alternative) {
                *out_seconds = DBL_MAX;
                return HONE_OK;
            }
            *out_seconds += way.seconds * c->mix->lists[l].weight;
        }
    return HONE_OK;
}

static enum hone_status choose_weight_format(struct hone_chooser *c, uint32_t tensor,
                                             const struct readers *readers)
{
    struct hone_weight_formats formats = {.n = 0};
    const struct hone_format **given = &c->choice->weight_formats[tensor], *best = NULL;
    double best_seconds = DBL_MAX;
    for (uint32_t r = 0; r < readers->n; r++)
        HONE_TRY(hone_chooser_formats(c, readers->regions[r], tensor, &formats));
    for (uint32_t f = 0; f < formats.n; f++) {
        double seconds;
        *given = formats.items[f];
        HONE_TRY(mix_seconds(c, readers, &seconds));
        if (seconds >= best_seconds) continue;
        best = formats.items[f];
        best_seconds = seconds;
    }
    *given = best;
    if (best) return HONE_OK;
    return hone_fail(c->err, HONE_ERR_NOT_FOUND,
                     "no template on this target serves tensor '%s' (%s) in every step list",
                     c->graph->tensors[tensor].name,
                     hone_type_info(c->graph->tensors[tensor].type)->name);
}

static enum hone_status choose_formats(struct hone_chooser *c)
{
    const struct hone_graph *graph = c->graph;
    struct readers readers = {calloc(c->regions->n_regions, sizeof *readers.regions), 0};
    if (!readers.regions) return hone_fail(c->err, HONE_ERR_NO_MEMORY, "choose: no memory");
    enum hone_status status = HONE_OK;
    for (uint32_t t = 0; status == HONE_OK && t < graph->n_tensors; t++) {
        if (graph->tensors[t].kind != HONE_TENSOR_WEIGHT) continue;
        readers.n = 0;
        for (uint32_t r = 0; r < c->regions->n_regions; r++)
            if (reads(&c->regions->regions[r], t))
                readers.regions[readers.n++] = &c->regions->regions[r];
        status = choose_weight_format(c, t, &readers);
    }
    free(readers.regions);
    return status;
}

static enum hone_status schedule_region(struct hone_chooser *c, uint32_t l,
                                        const struct hone_region *region)
{
    const struct hone_list_range *list = &c->mix->lists[l];
    struct hone_way way;
    HONE_TRY(hone_chooser_way(c, region, list, &way));
    if (!way.alternative)
        return hone_fail(c->err, HONE_ERR_NOT_FOUND, "%s: no template on this target serves it",
                         region->alternatives[0].nodes[0].name);
    c->choice->seconds[l] += way.seconds;
    for (uint32_t i = 0; i < way.alternative->n_nodes; i++) {
        struct hone_scheduled *at = &c->choice->nodes[l][c->choice->n_nodes[l]++];
        at->node = &way.alternative->nodes[i];
        HONE_TRY(fastest(c, at->node, list, &at->candidate));
        c->choice->all_tuned &= at->candidate->tuned;
        if (!at->candidate->tuned) c->choice->estimated_seconds[l] += at->candidate->seconds;
    }
    return HONE_OK;
}

static enum hone_status schedule(struct hone_chooser *c)
{
    size_t capacity = (size_t)c->regions->n_regions * HONE_MAX_REGION_NODES;
    c->choice->all_tuned = true;
    for (uint32_t l = 0; l < c->mix->n_lists; l++) {
        c->choice->nodes[l] = calloc(capacity, sizeof *c->choice->nodes[l]);
        if (!c->choice->nodes[l]) return hone_fail(c->err, HONE_ERR_NO_MEMORY, "choose: no memory");
        for (uint32_t r = 0; r < c->regions->n_regions; r++)
            HONE_TRY(schedule_region(c, l, &c->regions->regions[r]));
    }
    return HONE_OK;
}

static enum hone_status make(struct hone_chooser *c, const struct hone_weights_limit *limit)
{
    struct hone_choice *choice = c->choice;
    choice->weight_formats = calloc(c->graph->n_tensors, sizeof *choice->weight_formats);
    choice->second_formats = calloc(c->graph->n_tensors, sizeof *choice->second_formats);
    if (!choice->weight_formats || !choice->second_formats)
        return hone_fail(c->err, HONE_ERR_NO_MEMORY, "choose: no memory");
    HONE_TRY(choose_formats(c));
    HONE_TRY(hone_copies_choose(c, limit));
    return schedule(c);
}

enum hone_status hone_choice_make(const struct hone_graph *graph,
                                  const struct hone_regions *regions, const struct hone_mix *mix,
                                  struct hone_kernels *kernels, const struct hone_winners *winners,
                                  const struct hone_weights_limit *limit,
                                  struct hone_choice *out_choice, struct hone_error *err)
{
    struct hone_chooser c = {graph, regions, mix, out_choice, err};
    *out_choice = (struct hone_choice){0};
    enum hone_status status = hone_candidate_cache_open(kernels, winners, &out_choice->cache, err);
    if (status == HONE_OK) status = make(&c, limit);
    if (status != HONE_OK) hone_choice_release(out_choice);
    return status;
}

void hone_choice_release(struct hone_choice *choice)
{
    for (int l = 0; l < HONE_MAX_LISTS; l++) free(choice->nodes[l]);
    free(choice->weight_formats);
    free(choice->second_formats);
    hone_candidate_cache_close(choice->cache);
    *choice = (struct hone_choice){0};
}
