/* SPDX-License-Identifier: MIT */
/* Executable graphs: an order of the nodes that the edges allow, and launches of it. */
#include <stdlib.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

static bool is_ready(const struct mock_node *node, const bool *done)
{
    for (size_t i = 0; i < node->needs.n; i++)
        if (!done[node->needs.items[i]->index]) return false;
    return true;
}

/* Of the nodes that are ready the one that was made last: an edge that is missing should show. */
static bool order_nodes(const struct mock_graph *graph, struct mock_node **out)
{
    const size_t n = graph->nodes.n;
    bool *done = mock_calloc(n, sizeof *done);
    size_t n_done = 0;
    for (bool moved = true; moved && n_done < n;) {
        moved = false;
        for (size_t i = n; i-- > 0 && !moved;) {
            if (done[i] || !is_ready(graph->nodes.items[i], done)) continue;
            done[i] = moved = true;
            out[n_done++] = graph->nodes.items[i];
        }
    }
    free(done);
    return n_done == n;
}

static int instantiate(struct mock_exec **out, const struct mock_graph *graph)
{
    if (out == NULL) return CU_INVALID_VALUE;
    if (!mock_alive(graph, MOCK_GRAPH)) return CU_INVALID_HANDLE;
    const size_t n = graph->nodes.n;
    struct mock_node **order = mock_calloc(n, sizeof *order);
    if (!order_nodes(graph, order)) {
        mock_report("the graph has a cycle");
        free(order);
        return CU_INVALID_VALUE;
    }
    struct mock_plan *plan = mock_calloc(1, sizeof *plan + n * sizeof plan->work[0]);
    plan->refs = 1;
    plan->n = n;
    for (size_t i = 0; i < n; i++) plan->work[i] = mock_work_share(&order[i]->work);
    struct mock_exec *exec = mock_object_new(MOCK_EXEC, sizeof *exec);
    exec->context = mock_current();
    exec->plan = plan;
    exec->nodes = order;
    *out = exec;
    return CU_SUCCESS;
}

int cuGraphInstantiateWithFlags(struct mock_exec **out, struct mock_graph *graph,
                                unsigned long long flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (flags & ~15ull) != 0) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) rc = instantiate(out, graph);
    return mock_leave(rc);
}

static int instantiate_old(const char *name, struct mock_exec **out, struct mock_graph *graph,
                           struct mock_node **out_node, char *log, size_t n_log_bytes)
{
    int rc = mock_enter(name, MOCK_CURRENT);
    if (out_node != NULL) *out_node = NULL;
    if (log != NULL && n_log_bytes > 0) log[0] = '\0';
    if (rc == CU_SUCCESS) rc = instantiate(out, graph);
    return mock_leave(rc);
}

int cuGraphInstantiate(struct mock_exec **out, struct mock_graph *graph,
                       struct mock_node **out_node, char *log, size_t n_log_bytes)
{
    return instantiate_old(__func__, out, graph, out_node, log, n_log_bytes);
}

int cuGraphInstantiate_v2(struct mock_exec **out, struct mock_graph *graph,
                          struct mock_node **out_node, char *log, size_t n_log_bytes)
{
    return instantiate_old(__func__, out, graph, out_node, log, n_log_bytes);
}

int cuGraphUpload(struct mock_exec *exec, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (!mock_alive(exec, MOCK_EXEC) || mock_stream_of(stream) == NULL))
        rc = CU_INVALID_HANDLE;
    return mock_leave(rc);
}

int cuGraphLaunch(struct mock_exec *exec, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS &&
        (!mock_alive(exec, MOCK_EXEC) || (stream = mock_stream_of(stream)) == NULL))
        rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        exec->plan->refs++;
        rc = mock_stream_add(stream, (struct mock_work){.type = MOCK_PLAN, .plan = exec->plan});
    }
    return mock_leave(rc);
}

int cuGraphExecDestroy(struct mock_exec *exec)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && !mock_alive(exec, MOCK_EXEC)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        mock_plan_drop(exec->plan); /* launches under way keep theirs */
        free(exec->nodes);
        exec->nodes = NULL;
        mock_object_kill(exec);
    }
    return mock_leave(rc);
}

/* The plan as one that nobody else looks at. */
static void own_plan(struct mock_exec *exec)
{
    struct mock_plan *old = exec->plan;
    if (old->refs == 1) return;
    struct mock_plan *plan = mock_calloc(1, sizeof *plan + old->n * sizeof plan->work[0]);
    plan->refs = 1;
    plan->n = old->n;
    for (size_t i = 0; i < old->n; i++) plan->work[i] = mock_work_share(&old->work[i]);
    mock_plan_drop(old);
    exec->plan = plan;
}

/* The node's place in the plan; n when the graph this was made from has no such kernel node. */
static size_t place_of(const struct mock_exec *exec, const struct mock_node *node)
{
    size_t at = 0;
    while (at < exec->plan->n && exec->nodes[at] != node) at++;
    if (at < exec->plan->n && exec->plan->work[at].type == MOCK_KERNEL) return at;
    mock_report("no kernel node of the graph this was made from");
    return exec->plan->n;
}

static int set_params(struct mock_exec *exec, struct mock_node *node,
                      const struct cu_kernel_node_params *p)
{
    const size_t at = place_of(exec, node);
    if (at == exec->plan->n || p == NULL) return CU_INVALID_VALUE;
    struct mock_launch *made = NULL;
    const struct mock_launch *before = exec->plan->work[at].launch;
    const int rc = mock_launch_make(p->function, p->grid, p->block, before->cluster,
                                    p->shared_bytes, p->params, p->extra, &made);
    if (rc != CU_SUCCESS) return rc;
    own_plan(exec);
    mock_launch_drop(exec->plan->work[at].launch);
    exec->plan->work[at].launch = made;
    return CU_SUCCESS;
}

static int enter_with(const char *name, struct mock_exec *exec, struct mock_node *node)
{
    const int rc = mock_enter(name, MOCK_CURRENT);
    if (rc != CU_SUCCESS) return rc;
    return mock_alive(exec, MOCK_EXEC) && mock_alive(node, MOCK_NODE) ? CU_SUCCESS
                                                                      : CU_INVALID_HANDLE;
}

int cuGraphExecKernelNodeSetParams(struct mock_exec *exec, struct mock_node *node,
                                   const struct cu_kernel_node_params *params)
{
    int rc = enter_with(__func__, exec, node);
    if (rc == CU_SUCCESS) rc = set_params(exec, node, params);
    return mock_leave(rc);
}

int cuGraphExecKernelNodeSetParams_v2(struct mock_exec *exec, struct mock_node *node,
                                      const struct cu_kernel_node_params *params)
{
    int rc = enter_with(__func__, exec, node);
    if (rc == CU_SUCCESS) rc = set_params(exec, node, params);
    return mock_leave(rc);
}

int cuGraphNodeSetEnabled(struct mock_exec *exec, struct mock_node *node, unsigned is_enabled)
{
    int rc = enter_with(__func__, exec, node);
    if (rc == CU_SUCCESS) {
        const size_t at = place_of(exec, node);
        if (at == exec->plan->n) {
            rc = CU_INVALID_VALUE;
        } else {
            own_plan(exec);
            exec->plan->work[at].disabled = is_enabled == 0;
        }
    }
    return mock_leave(rc);
}
