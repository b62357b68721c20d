/* SPDX-License-Identifier: MIT */
/* Building a graph: tensors and nodes in growing arrays. */
#include "codegen/graph/graph.h"

#include <stdlib.h>
#include <string.h>

void hone_graph_init(struct hone_graph *graph)
{
    *graph = (struct hone_graph){0};
}

void hone_graph_release(struct hone_graph *graph)
{
    free(graph->tensors);
    free(graph->nodes);
    hone_arena_release(&graph->arena);
    hone_graph_init(graph);
}

static bool grow(void **items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity) return true;
    uint32_t wanted = *capacity ? *capacity * 2 : 64;
    void *larger = realloc(*items, wanted * item_bytes);
    if (!larger) return false;
    *items = larger;
    *capacity = wanted;
    return true;
}

static uint32_t add_tensor(struct hone_graph *graph, const char *name, struct hone_tensor tensor)
{
    void *items = graph->tensors;
    bool fits = grow(&items, graph->n_tensors, &graph->tensor_capacity, sizeof *graph->tensors);
    graph->tensors = items;
    tensor.name = hone_arena_text(&graph->arena, name, strlen(name));
    if (!fits || !tensor.name) return UINT32_MAX;
    graph->tensors[graph->n_tensors] = tensor;
    return graph->n_tensors++;
}

uint32_t hone_graph_activation(struct hone_graph *graph, const char *name, enum hone_type type,
                               uint64_t cols, bool rows_are_out)
{
    struct hone_tensor tensor = {
        .kind = HONE_TENSOR_ACTIVATION, .type = type, .cols = cols, .rows_are_out = rows_are_out};
    return add_tensor(graph, name, tensor);
}

uint32_t hone_graph_weight(struct hone_graph *graph, const char *name, enum hone_type type,
                           uint64_t rows, uint64_t cols, const void *data)
{
    struct hone_tensor tensor = {
        .kind = HONE_TENSOR_WEIGHT, .type = type, .rows = rows, .cols = cols, .data = data};
    return add_tensor(graph, name, tensor);
}

uint32_t hone_graph_kv(struct hone_graph *graph, const char *name)
{
    struct hone_tensor tensor = {.kind = HONE_TENSOR_KV, .type = graph->kv_type};
    return add_tensor(graph, name, tensor);
}

enum hone_status hone_graph_node(struct hone_graph *graph, const struct hone_node_spec *spec,
                                 struct hone_error *err)
{
    struct hone_node node = {.op = hone_op_find(spec->op), .rows_are_out = spec->rows_are_out};
    if (!node.op)
        return hone_fail(err, HONE_ERR_ARGUMENT, "graph: node %s: no op '%s'", spec->name,
                         spec->op);
    for (uint32_t i = 0; i < node.op->n_operands; i++)
        if (spec->operands[i] >= graph->n_tensors)
            return hone_fail(err, HONE_ERR_NO_MEMORY, "graph: node %s: operand '%s' has no tensor",
                             spec->name, node.op->operands[i].name);
    memcpy(node.operands, spec->operands, sizeof node.operands);
    memcpy(node.dims, spec->dims, sizeof node.dims);
    memcpy(node.attrs, spec->attrs, sizeof node.attrs);
    node.name = hone_arena_text(&graph->arena, spec->name, strlen(spec->name));
    void *items = graph->nodes;
    bool fits = grow(&items, graph->n_nodes, &graph->node_capacity, sizeof *graph->nodes);
    graph->nodes = items;
    if (!fits || !node.name) return hone_fail(err, HONE_ERR_NO_MEMORY, "graph: no memory");
    graph->nodes[graph->n_nodes++] = node;
    return HONE_OK;
}
