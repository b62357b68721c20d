/* SPDX-License-Identifier: MIT */
/* Graphs: nodes and what each of them needs. */
#include <stdlib.h>

#include "tests/emulators/ptx/cuda_mock.h"

struct mock_node *mock_node_new(struct mock_graph *graph, struct mock_work work,
                                const struct mock_nodes *needs)
{
    struct mock_node *node = mock_object_new(MOCK_NODE, sizeof *node);
    node->graph = graph;
    node->index = graph->nodes.n;
    node->work = work;
    mock_nodes_copy(&node->needs, needs);
    mock_nodes_add(&graph->nodes, node);
    return node;
}

int mock_graph_kill(struct mock_graph *graph)
{
    for (size_t i = 0; i < graph->nodes.n; i++) {
        struct mock_node *node = graph->nodes.items[i];
        mock_work_free(&node->work);
        mock_nodes_free(&node->needs);
        mock_object_kill(node);
    }
    mock_nodes_free(&graph->nodes);
    mock_object_kill(graph);
    return CU_SUCCESS;
}

int cuGraphCreate(struct mock_graph **out, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (out == NULL || flags != 0)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) *out = mock_object_new(MOCK_GRAPH, sizeof **out);
    return mock_leave(rc);
}

int cuGraphDestroy(struct mock_graph *graph)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && !mock_alive(graph, MOCK_GRAPH)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) rc = mock_graph_kill(graph);
    return mock_leave(rc);
}

/* Takes `work`. What it needs must be nodes of the same graph. */
static int add(struct mock_node **out, struct mock_graph *graph, struct mock_node *const *needs,
               size_t n_needs, struct mock_work work)
{
    struct mock_nodes set = {0};
    int rc = out != NULL && (n_needs == 0 || needs != NULL) ? CU_SUCCESS : CU_INVALID_VALUE;
    for (size_t i = 0; rc == CU_SUCCESS && i < n_needs; i++) {
        if (!mock_alive(needs[i], MOCK_NODE) || needs[i]->graph != graph) {
            mock_report("what the node needs is no node of its graph");
            rc = CU_INVALID_VALUE;
        } else {
            mock_nodes_add(&set, needs[i]);
        }
    }
    if (rc == CU_SUCCESS)
        *out = mock_node_new(graph, work, &set);
    else
        mock_work_free(&work);
    mock_nodes_free(&set);
    return rc;
}

static int make_kernel(const struct cu_kernel_node_params *p, struct mock_work *out)
{
    static const uint32_t cluster[3] = {1, 1, 1};
    if (p == NULL) return CU_INVALID_VALUE;
    *out = (struct mock_work){.type = MOCK_KERNEL};
    return mock_launch_make(p->function, p->grid, p->block, cluster, p->shared_bytes, p->params,
                            p->extra, &out->launch);
}

static int add_kernel(const char *name, struct mock_node **out, struct mock_graph *graph,
                      struct mock_node *const *needs, size_t n_needs,
                      const struct cu_kernel_node_params *params)
{
    int rc = mock_enter(name, MOCK_CURRENT);
    struct mock_work work;
    if (rc == CU_SUCCESS && !mock_alive(graph, MOCK_GRAPH)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) rc = make_kernel(params, &work);
    if (rc == CU_SUCCESS) rc = add(out, graph, needs, n_needs, work);
    return mock_leave(rc);
}

int cuGraphAddKernelNode(struct mock_node **out, struct mock_graph *graph,
                         struct mock_node *const *needs, size_t n_needs,
                         const struct cu_kernel_node_params *params)
{
    return add_kernel(__func__, out, graph, needs, n_needs, params);
}

int cuGraphAddKernelNode_v2(struct mock_node **out, struct mock_graph *graph,
                            struct mock_node *const *needs, size_t n_needs,
                            const struct cu_kernel_node_params *params)
{
    return add_kernel(__func__, out, graph, needs, n_needs, params);
}

int cuGraphAddMemsetNode(struct mock_node **out, struct mock_graph *graph,
                         struct mock_node *const *needs, size_t n_needs,
                         const struct cu_memset_node_params *params, struct mock_context *context)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && !mock_alive(graph, MOCK_GRAPH)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && !mock_alive(context, MOCK_CONTEXT)) rc = CU_INVALID_CONTEXT;
    if (rc == CU_SUCCESS &&
        (params == NULL || params->height != 1 || params->width == 0 ||
         (params->element_bytes != 1 && params->element_bytes != 2 && params->element_bytes != 4)))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS &&
        mock_at_or_report(context, params->to, params->width * params->element_bytes,
                          "destination") == NULL)
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS)
        rc = add(out, graph, needs, n_needs,
                 (struct mock_work){.type = MOCK_SET,
                                    .to = params->to,
                                    .n_bytes = params->width * params->element_bytes,
                                    .value = params->value,
                                    .width = params->element_bytes});
    return mock_leave(rc);
}

int cuGraphAddEmptyNode(struct mock_node **out, struct mock_graph *graph,
                        struct mock_node *const *needs, size_t n_needs)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && !mock_alive(graph, MOCK_GRAPH)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS)
        rc = add(out, graph, needs, n_needs, (struct mock_work){.type = MOCK_EMPTY});
    return mock_leave(rc);
}

int cuGraphGetNodes(struct mock_graph *graph, struct mock_node **nodes, size_t *n)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && n == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && !mock_alive(graph, MOCK_GRAPH)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        const size_t room = nodes != NULL ? *n : 0, have = graph->nodes.n;
        for (size_t i = 0; i < room; i++) nodes[i] = i < have ? graph->nodes.items[i] : NULL;
        *n = nodes == NULL || have < room ? have : room;
    }
    return mock_leave(rc);
}

int cuGraphNodeGetType(struct mock_node *node, int *out_type)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && out_type == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && !mock_alive(node, MOCK_NODE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) *out_type = (int)node->work.type;
    return mock_leave(rc);
}

int cuGraphKernelNodeGetParams_v2(struct mock_node *node, struct cu_kernel_node_params *out)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && !mock_alive(node, MOCK_NODE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && (out == NULL || node->work.type != MOCK_KERNEL)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) {
        const struct mock_launch *l = node->work.launch;
        *out = (struct cu_kernel_node_params){.function = l->function,
                                              .shared_bytes = l->shared_bytes,
                                              .params = l->pointers,
                                              .context = l->function->module->context};
        for (int i = 0; i < 3; i++) {
            out->grid[i] = l->grid[i];
            out->block[i] = l->block[i];
        }
    }
    return mock_leave(rc);
}

int cuGraphKernelNodeSetParams_v2(struct mock_node *node,
                                  const struct cu_kernel_node_params *params)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    struct mock_work work;
    if (rc == CU_SUCCESS && !mock_alive(node, MOCK_NODE)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && node->work.type != MOCK_KERNEL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = make_kernel(params, &work);
    if (rc == CU_SUCCESS) {
        mock_work_free(&node->work);
        node->work = work;
    }
    return mock_leave(rc);
}
