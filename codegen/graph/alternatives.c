/* SPDX-License-Identifier: MIT */
/* Fusions and conversions as alternatives of each region of the graph. */
#include "codegen/graph/alternatives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Per activation: the tensor that holds it in each type, itself for F32; and how often it is read
 * as f32 and as another type. */
struct uses {
    uint32_t as[HONE_TYPES];
    uint32_t n_f32, n_other;
};

struct maker {
    struct hone_graph *graph;
    struct uses *uses;
    struct hone_regions *regions;
    enum hone_type acts;
    bool bf16_blocks;
    struct hone_error *err;
};

static bool is_op(const struct hone_node *node, const char *name)
{
    return strcmp(node->op->name, name) == 0;
}

/* The type in which a gemm over this weight reads its activations. */
static enum hone_type input_type(const struct maker *m, const struct hone_tensor *w)
{
    bool blocks = hone_type_info(w->type)->block_values > 1;
    if (m->acts == HONE_TYPE_Q8A && blocks) return HONE_TYPE_Q8A;
    if (m->acts != HONE_TYPE_F32 && w->type == HONE_TYPE_BF16) return HONE_TYPE_BF16;
    if (m->acts == HONE_TYPE_BF16 && blocks && m->bf16_blocks) return HONE_TYPE_BF16;
    return HONE_TYPE_F32;
}

static enum hone_status converted(struct maker *m, uint32_t tensor, enum hone_type type,
                                  uint32_t *out_tensor)
{
    if (!m->uses[tensor].as[type]) {
        const struct hone_tensor source = m->graph->tensors[tensor];
        char name[96];
        snprintf(name, sizeof name, "%s:%s", source.name, hone_type_info(type)->name);
        m->uses[tensor].as[type] =
            hone_graph_activation(m->graph, name, type, source.cols, source.rows_are_out);
    }
    *out_tensor = m->uses[tensor].as[type];
    return *out_tensor == UINT32_MAX ? hone_fail(m->err, HONE_ERR_NO_MEMORY, "graph: no memory")
                                     : HONE_OK;
}

/* Points every gemm at its input in the type it wants and counts the readers of each activation. */
static enum hone_status assign_input_types(struct maker *m)
{
    struct hone_graph *graph = m->graph;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        struct hone_node *node = &graph->nodes[i];
        for (uint32_t o = 0; o < node->op->n_operands; o++) {
            enum hone_role role = node->op->operands[o].role;
            uint32_t tensor = node->operands[o];
            if (role != HONE_ROLE_IN && role != HONE_ROLE_INOUT) continue;
            enum hone_type type = HONE_TYPE_F32;
            if (is_op(node, "gemm") && o == 0)
                type = input_type(m, &graph->tensors[node->operands[1]]);
            if (type == HONE_TYPE_F32) {
                m->uses[tensor].n_f32++;
                continue;
            }
            m->uses[tensor].n_other++;
            HONE_TRY(converted(m, tensor, type, &node->operands[o]));
        }
    }
    return HONE_OK;
}

static bool read_once(const struct maker *m, uint32_t tensor)
{
    return m->uses[tensor].n_f32 == 1 && m->uses[tensor].n_other == 0;
}

static const struct hone_node *node_at(const struct maker *m, uint32_t at)
{
    static const struct hone_op no_op = {.name = ""};
    static const struct hone_node none = {.op = &no_op};
    return at < m->graph->n_nodes ? &m->graph->nodes[at] : &none;
}

/* gemm then add of its result: one gemm_add. */
static uint32_t match_gemm_add(const struct maker *m, uint32_t at, struct hone_node *out_fused)
{
    const struct hone_node *gemm = node_at(m, at), *add = node_at(m, at + 1);
    if (!is_op(gemm, "gemm") || !is_op(add, "add")) return 0;
    if (add->operands[0] != gemm->operands[2] || !read_once(m, gemm->operands[2])) return 0;
    *out_fused = *gemm;
    out_fused->op = hone_op_find("gemm_add");
    out_fused->operands[2] = add->operands[1];
    out_fused->operands[3] = add->operands[2];
    return 2;
}

/* Two gemms over one input, then silu_mul of both: one gemm_silu_mul. */
static uint32_t match_gate_up(const struct maker *m, uint32_t at, struct hone_node *out_fused)
{
    const struct hone_node *gate = node_at(m, at), *up = node_at(m, at + 1),
                           *act = node_at(m, at + 2);
    const struct hone_tensor *tensors = m->graph->tensors;
    if (!is_op(gate, "gemm") || !is_op(up, "gemm") || !is_op(act, "silu_mul")) return 0;
    if (gate->operands[0] != up->operands[0] || act->operands[0] != gate->operands[2] ||
        act->operands[1] != up->operands[2])
        return 0;
    if (!read_once(m, gate->operands[2]) || !read_once(m, up->operands[2])) return 0;
    if (tensors[gate->operands[1]].type != tensors[up->operands[1]].type) return 0;
    *out_fused = *gate;
    out_fused->op = hone_op_find("gemm_silu_mul");
    out_fused->name = act->name;
    out_fused->operands[2] = up->operands[1];
    out_fused->operands[3] = act->operands[2];
    return 3;
}

/* Three gemms over one input, the last two of one size, read as f32: one gemm_qkv. */
static uint32_t match_qkv(const struct maker *m, uint32_t at, struct hone_node *out_fused)
{
    const struct hone_node *nodes[3];
    const struct hone_tensor *tensors = m->graph->tensors;
    for (uint32_t i = 0; i < 3; i++) {
        nodes[i] = node_at(m, at + i);
        if (!is_op(nodes[i], "gemm") || nodes[i]->operands[0] != nodes[0]->operands[0] ||
            nodes[i]->rows_are_out || m->uses[nodes[i]->operands[2]].n_other ||
            tensors[nodes[i]->operands[1]].type != tensors[nodes[0]->operands[1]].type)
            return 0;
    }
    if (nodes[1]->dims[0] != nodes[2]->dims[0]) return 0;
    *out_fused = *nodes[0];
    out_fused->op = hone_op_find("gemm_qkv");
    for (uint32_t i = 0; i < 3; i++) {
        out_fused->operands[1 + i] = nodes[i]->operands[1];
        out_fused->operands[4 + i] = nodes[i]->operands[2];
    }
    out_fused->dims[2] = nodes[1]->dims[0];
    return 3;
}

typedef uint32_t matcher(const struct maker *m, uint32_t at, struct hone_node *out_fused);
static matcher *const fusions[] = {match_gate_up, match_gemm_add, match_qkv};

static int output_operand(const struct hone_op *op)
{
    for (uint32_t o = 0; o < op->n_operands; o++)
        if (op->operands[o].role == HONE_ROLE_OUT) return (int)o;
    return -1;
}

static struct hone_alternative *add_alternative(struct hone_region *region,
                                                const struct hone_alternative *from)
{
    struct hone_alternative *to = &region->alternatives[region->n_alternatives++];
    *to = *from;
    return to;
}

static void append_quantize(struct maker *m, struct hone_alternative *alternative, uint32_t from,
                            uint32_t to)
{
    const struct hone_node *last = &alternative->nodes[alternative->n_nodes - 1];
    struct hone_node quantize = {.op = hone_op_find("quantize"),
                                 .name = m->graph->tensors[to].name,
                                 .operands = {from, to},
                                 .dims = {(uint32_t)m->graph->tensors[from].cols},
                                 .rows_are_out = last->rows_are_out};
    alternative->nodes[alternative->n_nodes++] = quantize;
}

/* Adds `base` to the region once with a quantize step for each type wanted and, where only one type
 * other than f32 is wanted, once with its last op writing that type itself. */
static void add_with_conversions(struct maker *m, struct hone_region *region,
                                 const struct hone_alternative *base)
{
    const struct hone_node *last = &base->nodes[base->n_nodes - 1];
    int out = output_operand(last->op);
    uint32_t tensor = out < 0 ? 0 : last->operands[out], n_types = 0, wanted = 0;
    for (int type = 0; out >= 0 && type < HONE_TYPES; type++)
        if (m->uses[tensor].as[type]) n_types++, wanted = m->uses[tensor].as[type];
    if (n_types == 1 && m->uses[tensor].n_f32 == 0) {
        struct hone_alternative *direct = add_alternative(region, base);
        direct->nodes[direct->n_nodes - 1].operands[out] = wanted;
    }
    struct hone_alternative *apart = add_alternative(region, base);
    for (int type = 0; out >= 0 && type < HONE_TYPES; type++)
        if (m->uses[tensor].as[type]) append_quantize(m, apart, tensor, m->uses[tensor].as[type]);
}

/* Parts of the keys: so far apart that for any machine one of them gives each CPU a few blocks. */
static const uint32_t part_counts[] = {4, 16, 64};

/* Attention over `n_parts` parts of the keys, then their combination. */
static enum hone_status split_attention(struct maker *m, const struct hone_node *attention,
                                        uint32_t n_parts, struct hone_alternative *out_split)
{
    enum { N_HEADS, N_KV_HEADS, HEAD_DIM, PAGE_TOKENS };
    const uint32_t *dims = attention->dims;
    uint32_t part_heads = n_parts * dims[N_HEADS], parts[2];
    for (int i = 0; i < 2; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s:%s%u", attention->name, i ? "lse" : "parts", n_parts);
        uint64_t cols = i ? part_heads : (uint64_t)part_heads * dims[HEAD_DIM];
        parts[i] =
            hone_graph_activation(m->graph, name, HONE_TYPE_F32, cols, attention->rows_are_out);
        if (parts[i] == UINT32_MAX)
            return hone_fail(m->err, HONE_ERR_NO_MEMORY, "graph: no memory");
    }
    const uint32_t *o = attention->operands;
    struct hone_node split = {
        .op = hone_op_find("attention_split"),
        .name = attention->name,
        .operands = {o[0], o[1], o[2], parts[0], parts[1]},
        .dims = {dims[N_HEADS], dims[N_KV_HEADS], dims[HEAD_DIM], dims[PAGE_TOKENS], part_heads},
        .attrs = {attention->attrs[0]},
        .rows_are_out = attention->rows_are_out};
    struct hone_node combine = {
        .op = hone_op_find("attention_combine"),
        .name = attention->name,
        .operands = {parts[0], parts[1], o[3]},
        .dims = {dims[N_HEADS], dims[N_KV_HEADS], dims[HEAD_DIM], part_heads},
        .rows_are_out = attention->rows_are_out};
    *out_split = (struct hone_alternative){.n_nodes = 2, .nodes = {split, combine}};
    return HONE_OK;
}

/* Each part has a page to itself in the longest sequence, or splitting is for nothing. */
static enum hone_status add_splits(struct maker *m, const struct hone_node *node,
                                   struct hone_region *region)
{
    int page_tokens = hone_op_dim(node->op, "page_tokens");
    struct hone_alternative split;
    for (size_t i = 0; i < sizeof part_counts / sizeof *part_counts; i++) {
        if ((uint64_t)part_counts[i] * node->dims[page_tokens] > m->graph->max_context) break;
        HONE_TRY(split_attention(m, node, part_counts[i], &split));
        add_with_conversions(m, region, &split);
    }
    return HONE_OK;
}

/* Parts of k, likewise. */
static const uint32_t k_part_counts[] = {2, 4, 8};
enum { K_UNIT = 256 }; /* a part has one at least: codegen/ops/README.md */

/* `gemm` over parts of k and their sum, with the residual that `add` brings where it is not NULL.
 */
static enum hone_status split_gemm(struct maker *m, const struct hone_node *gemm,
                                   const struct hone_node *add, uint32_t n_parts,
                                   struct hone_alternative *to)
{
    uint32_t n = gemm->dims[0], k = gemm->dims[1];
    char name[96];
    snprintf(name, sizeof name, "%s:k-parts%u", gemm->name, n_parts);
    uint32_t parts = hone_graph_activation(m->graph, name, HONE_TYPE_F32, (uint64_t)n * n_parts,
                                           gemm->rows_are_out);
    if (parts == UINT32_MAX) return hone_fail(m->err, HONE_ERR_NO_MEMORY, "graph: no memory");
    to->nodes[to->n_nodes++] =
        (struct hone_node){.op = hone_op_find("gemm_split"),
                           .name = gemm->name,
                           .operands = {gemm->operands[0], gemm->operands[1], parts},
                           .dims = {n, k, n_parts},
                           .rows_are_out = gemm->rows_are_out};
    struct hone_node combine = {.op = hone_op_find(add ? "gemm_combine_add" : "gemm_combine"),
                                .name = gemm->name,
                                .operands = {parts, gemm->operands[2]},
                                .dims = {n, n_parts},
                                .rows_are_out = gemm->rows_are_out};
    if (add) {
        combine.operands[1] = add->operands[1];
        combine.operands[2] = add->operands[2];
    }
    to->nodes[to->n_nodes++] = combine;
    return HONE_OK;
}

/* The region's gemms from number `from` on over `n_parts` parts each; `apart` is what it is without
 * fusion: one gemm, gemm and add, or three gemms. */
static enum hone_status split_gemms(struct maker *m, const struct hone_alternative *apart,
                                    uint32_t from, uint32_t n_parts, struct hone_region *region)
{
    struct hone_alternative split = {0};
    const struct hone_node *nodes = apart->nodes;
    bool adds = apart->n_nodes == 2;
    for (uint32_t i = 0; i < apart->n_nodes - adds; i++) {
        if (i < from)
            split.nodes[split.n_nodes++] = nodes[i];
        else
            HONE_TRY(split_gemm(m, &nodes[i], adds ? &nodes[1] : NULL, n_parts, &split));
    }
    add_with_conversions(m, region, &split);
    return HONE_OK;
}

/* Of q, k and v the last two alone as well: with fewer columns they want parts first. */
static enum hone_status add_gemm_splits(struct maker *m, const struct hone_alternative *apart,
                                        struct hone_region *region)
{
    const struct hone_node *nodes = apart->nodes;
    bool three = apart->n_nodes == 3;
    if (!is_op(&nodes[0], "gemm") || (three && !is_op(&nodes[2], "gemm"))) return HONE_OK;
    for (size_t i = 0; i < sizeof k_part_counts / sizeof *k_part_counts; i++) {
        if (nodes[0].dims[1] <= K_UNIT * (k_part_counts[i] - 1)) break;
        HONE_TRY(split_gemms(m, apart, 0, k_part_counts[i], region));
        if (three && nodes[1].dims[0] < nodes[0].dims[0])
            HONE_TRY(split_gemms(m, apart, 1, k_part_counts[i], region));
    }
    return HONE_OK;
}

/* Makes the region that starts at node `*at` and moves it on by the nodes it covers. */
static enum hone_status make_region(struct maker *m, uint32_t *at, struct hone_region *region)
{
    struct hone_alternative fused = {.n_nodes = 1}, apart = {0};
    uint32_t n_covered = 0;
    for (size_t f = 0; f < sizeof fusions / sizeof *fusions && !n_covered; f++)
        n_covered = fusions[f](m, *at, &fused.nodes[0]);
    if (n_covered) add_with_conversions(m, region, &fused);
    for (uint32_t i = 0; i < (n_covered ? n_covered : 1); i++)
        apart.nodes[apart.n_nodes++] = m->graph->nodes[*at + i];
    add_with_conversions(m, region, &apart);
    *at += apart.n_nodes;
    if (is_op(&apart.nodes[0], "attention")) return add_splits(m, &apart.nodes[0], region);
    return add_gemm_splits(m, &apart, region);
}

enum hone_status hone_regions_make(struct hone_graph *graph, enum hone_type acts, bool bf16_blocks,
                                   struct hone_regions *out_regions, struct hone_error *err)
{
    *out_regions = (struct hone_regions){0};
    struct maker m = {.graph = graph,
                      .regions = out_regions,
                      .acts = acts,
                      .bf16_blocks = bf16_blocks,
                      .err = err};
    m.uses = calloc(graph->n_tensors, sizeof *m.uses);
    out_regions->regions = calloc(graph->n_nodes, sizeof *out_regions->regions);
    enum hone_status status = HONE_OK;
    if (!m.uses || !out_regions->regions)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "graph: no memory");
    if (status == HONE_OK) status = assign_input_types(&m);
    for (uint32_t at = 0; status == HONE_OK && at < graph->n_nodes;)
        status = make_region(&m, &at, &out_regions->regions[out_regions->n_regions++]);
    free(m.uses);
    if (status != HONE_OK) hone_regions_release(out_regions);
    return status;
}

void hone_regions_release(struct hone_regions *regions)
{
    free(regions->regions);
    *regions = (struct hone_regions){0};
}
