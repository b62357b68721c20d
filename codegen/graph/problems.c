/* SPDX-License-Identifier: MIT */
/* From regions to the distinct problems of a model, weighted by the mix. */
#include "codegen/graph/problems.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/hash.h"

static const struct {
    uint32_t m_min, m_max;
} ranges[] = {
    {1,  1         },
    {2,  4         },
    {5,  8         },
    {9,  16        },
    {17, 64        },
    {65, UINT32_MAX}
};

enum { N_RANGES = sizeof ranges / sizeof *ranges, DECODE_ROWS = 64 };
static const double OUTSIDE_THE_MIX = 0.001;

static const struct {
    const char *name;
    struct {
        uint32_t range, m, context;
        double weight;
    } terms[2];
} mixes[] = {
    {"chat",  {{5, 512, 512, 1}, {0, 1, 576, 128}}},
    {"batch", {{4, 32, 1024, 1}}                  },
};

static uint32_t at_most(uint32_t value, uint32_t limit)
{
    return value < limit ? value : limit;
}

static void set_ranges(const struct hone_graph *graph, uint32_t max_tokens,
                       struct hone_mix *out_mix)
{
    for (int i = 0; i < N_RANGES && ranges[i].m_min <= max_tokens; i++) {
        uint32_t m_max = at_most(ranges[i].m_max, max_tokens);
        out_mix->lists[out_mix->n_lists++] = (struct hone_list_range){
            .m_min = ranges[i].m_min,
            .m_max = m_max,
            .m = m_max,
            .context = at_most(m_max > 512 ? m_max : 512, graph->max_context),
            .weight = OUTSIDE_THE_MIX};
    }
}

enum hone_status hone_mix_find(const char *name, const struct hone_graph *graph,
                               uint32_t max_tokens, struct hone_mix *out_mix,
                               struct hone_error *err)
{
    *out_mix = (struct hone_mix){0};
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++) {
        if (strcmp(mixes[i].name, name) != 0) continue;
        set_ranges(graph, max_tokens, out_mix);
        for (int t = 0; t < 2 && mixes[i].terms[t].m; t++) {
            uint32_t range = at_most(mixes[i].terms[t].range, out_mix->n_lists - 1);
            struct hone_list_range *list = &out_mix->lists[range];
            list->m = at_most(mixes[i].terms[t].m, list->m_max);
            list->context = at_most(mixes[i].terms[t].context, graph->max_context);
            list->weight = mixes[i].terms[t].weight;
        }
        return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_ARGUMENT, "unknown mix '%s', expected chat or batch", name);
}

static bool has_kv(const struct hone_op *op)
{
    for (uint32_t o = 0; o < op->n_operands; o++)
        if (op->operands[o].role == HONE_ROLE_KV) return true;
    return false;
}

void hone_node_problem(const struct hone_graph *graph, const struct hone_node *node,
                       const struct hone_list_range *list, struct hone_problem *out_problem)
{
    struct hone_problem problem = {.op = node->op,
                                   .acts = HONE_TYPE_F32,
                                   .m_min = list->m_min,
                                   .m_max = list->m_max,
                                   .m = list->m,
                                   .context = has_kv(node->op) ? list->context : 0,
                                   .rows_are_out = node->rows_are_out};
    memcpy(problem.dims, node->dims, sizeof problem.dims);
    memcpy(problem.attrs, node->attrs, sizeof problem.attrs);
    for (uint32_t o = 0; o < node->op->n_operands; o++) {
        problem.types[o] = graph->tensors[node->operands[o]].type;
        enum hone_role role = node->op->operands[o].role;
        bool is_activation = role == HONE_ROLE_IN || role == HONE_ROLE_OUT;
        if (is_activation && problem.types[o] != HONE_TYPE_F32) problem.acts = problem.types[o];
    }
    if (node->rows_are_out && list->m > DECODE_ROWS) problem.m = problem.m_min = problem.m_max = 1;
    *out_problem = problem;
}

struct collector {
    struct hone_problems *out;
    size_t capacity;
    uint32_t *slots; /* hash table of item number + 1 */
    size_t n_slots;
};

static bool rehash(struct collector *c)
{
    size_t n_slots = c->capacity * 2;
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < c->out->n_items; i++) {
        const char *key = c->out->items[i].key;
        size_t at = hone_fnv1a(key, strlen(key)) % n_slots;
        while (slots[at]) at = (at + 1) % n_slots;
        slots[at] = (uint32_t)i + 1;
    }
    free(c->slots);
    c->slots = slots;
    c->n_slots = n_slots;
    return true;
}

static bool grow(struct collector *c)
{
    if (c->out->n_items < c->capacity) return true;
    size_t capacity = c->capacity ? c->capacity * 2 : 64;
    void *items = realloc(c->out->items, capacity * sizeof *c->out->items);
    if (!items) return false;
    c->out->items = items;
    c->capacity = capacity;
    return rehash(c);
}

static struct hone_weighted_problem *
find_or_add(struct collector *c, const struct hone_problem *problem, const char *example)
{
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(problem, key);
    if (!grow(c)) return NULL;
    size_t at = hone_fnv1a(key, strlen(key)) % c->n_slots;
    for (; c->slots[at]; at = (at + 1) % c->n_slots)
        if (strcmp(c->out->items[c->slots[at] - 1].key, key) == 0)
            return &c->out->items[c->slots[at] - 1];
    struct hone_weighted_problem *item = &c->out->items[c->out->n_items++];
    *item = (struct hone_weighted_problem){.problem = *problem, .example = example};
    memcpy(item->key, key, sizeof key);
    c->slots[at] = (uint32_t)c->out->n_items;
    return item;
}

static bool collect_region(struct collector *c, const struct hone_graph *graph,
                           const struct hone_region *region, const struct hone_list_range *list)
{
    for (uint32_t a = 0; a < region->n_alternatives; a++) {
        const struct hone_alternative *alternative = &region->alternatives[a];
        for (uint32_t i = 0; i < alternative->n_nodes; i++) {
            struct hone_problem problem;
            hone_node_problem(graph, &alternative->nodes[i], list, &problem);
            struct hone_weighted_problem *item =
                find_or_add(c, &problem, alternative->nodes[i].name);
            if (!item) return false;
            item->runs += list->weight;
            item->n_nodes++;
        }
    }
    return true;
}

enum hone_status hone_problems_make(const struct hone_graph *graph,
                                    const struct hone_regions *regions, const struct hone_mix *mix,
                                    struct hone_problems *out_problems, struct hone_error *err)
{
    *out_problems = (struct hone_problems){0};
    struct collector c = {.out = out_problems};
    bool fits = true;
    for (uint32_t l = 0; fits && l < mix->n_lists; l++)
        for (uint32_t r = 0; fits && r < regions->n_regions; r++)
            fits = collect_region(&c, graph, &regions->regions[r], &mix->lists[l]);
    free(c.slots);
    if (fits) return HONE_OK;
    hone_problems_release(out_problems);
    return hone_fail(err, HONE_ERR_NO_MEMORY, "problems: no memory");
}

void hone_problems_release(struct hone_problems *problems)
{
    free(problems->items);
    *problems = (struct hone_problems){0};
}
