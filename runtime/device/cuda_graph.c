/* SPDX-License-Identifier: MIT */
/* Runs: a list of launches is made into a graph of the driver's once, and launched as one from then
 * on. What may differ from run to run (numbers of blocks, argument bytes) is compared with what the
 * graph was last told, and only the nodes concerned are told again. */
#include <stdlib.h>
#include <string.h>

#include "runtime/device/cuda_internal.h"

enum { MOST_GRAPHS = 300 }; /* more than a plan has lists; the one not used longest goes */

struct node {
    struct hone_launch launch; /* as the graph has it */
    const struct hone_cuda_kernel *kernel;
    struct cuda_graph_node *handle;
    uint8_t *args; /* a copy */
};

struct hone_cuda_graph {
    struct hone_cuda_graph *next;
    const struct hone_launch *launches; /* its key, with their number */
    size_t n_nodes;
    struct cuda_graph *graph;
    struct cuda_graph_exec *exec;
    struct node *nodes;
};

/* ---- launches ---- */

static enum hone_status check_launch(const struct hone_device *device,
                                     const struct hone_launch *launch,
                                     const struct hone_cuda_kernel **out_kernel,
                                     struct hone_error *err)
{
    const struct hone_cuda_kernel *kernel = hone_cuda_kernel_at(launch->module, launch->entry);
    *out_kernel = kernel;
    if (!kernel)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cuda: device %d (%s): no kernel at %llu",
                         device->found.index, device->found.name,
                         (unsigned long long)launch->entry);
    if (launch->n_blocks > INT32_MAX || launch->n_blocks % kernel->cluster_blocks != 0)
        return hone_fail(
            err, HONE_ERR_ARGUMENT, "cuda: device %d (%s): a grid of %u blocks in clusters of %u",
            device->found.index, device->found.name, launch->n_blocks, kernel->cluster_blocks);
    return HONE_OK;
}

/* A node always has a grid: one without blocks is turned off. */
static struct cuda_kernel_node parameters_of(const struct node *node, void **args)
{
    const struct hone_cuda_kernel *kernel = node->kernel;
    uint32_t n_blocks = node->launch.n_blocks;
    *args = node->args;
    return (struct cuda_kernel_node){
        .function = kernel->function,
        .grid = {n_blocks ? n_blocks : kernel->cluster_blocks, 1, 1},
        .block = {kernel->block_threads, 1, 1},
        .shared_bytes = kernel->shared_bytes,
        .parameters = kernel->args_bytes ? args : NULL,
    };
}

static enum hone_status launch_one(struct hone_device *device, const struct hone_launch *launch,
                                   struct hone_error *err)
{
    const struct hone_cuda_kernel *kernel;
    HONE_TRY(check_launch(device, launch, &kernel, err));
    if (launch->n_blocks == 0) return HONE_OK;
    void *args = (void *)(uintptr_t)launch->args;
    CUDA_TRY(device, cuLaunchKernel,
             (kernel->function, launch->n_blocks, 1, 1, kernel->block_threads, 1, 1,
              kernel->shared_bytes, device->stream, kernel->args_bytes ? &args : NULL, NULL),
             err);
    return HONE_OK;
}

/* ---- graphs ---- */

static void destroy(struct hone_device *device, struct hone_cuda_graph *graph)
{
    if (graph->exec) device->found.api.cuGraphExecDestroy(graph->exec);
    if (graph->graph) device->found.api.cuGraphDestroy(graph->graph);
    free(graph->nodes);
    free(graph);
    device->n_graphs--;
}

static bool uses(const struct hone_cuda_graph *graph, const struct hone_module *module)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i].launch.module == module) return true;
    return false;
}

void hone_cuda_forget(struct hone_device *device, const struct hone_module *module)
{
    struct hone_cuda_graph **at = &device->graphs;
    while (*at) {
        struct hone_cuda_graph *graph = *at;
        if (module && !uses(graph, module)) {
            at = &graph->next;
            continue;
        }
        *at = graph->next;
        destroy(device, graph);
    }
}

/* Takes it out of the list; NULL when there is none. */
static struct hone_cuda_graph *take(struct hone_device *device, const struct hone_launch *launches,
                                    size_t n_launches)
{
    struct hone_cuda_graph **at = &device->graphs;
    while (*at && ((*at)->launches != launches || (*at)->n_nodes != n_launches)) at = &(*at)->next;
    struct hone_cuda_graph *found = *at;
    if (found) *at = found->next;
    return found;
}

static void drop_oldest(struct hone_device *device)
{
    struct hone_cuda_graph **at = &device->graphs;
    while (*at && (*at)->next) at = &(*at)->next;
    if (!*at) return;
    struct hone_cuda_graph *oldest = *at;
    *at = NULL;
    destroy(device, oldest);
}

/* Nodes and their arguments in one piece of memory. */
static enum hone_status make_nodes(struct hone_device *device, struct hone_cuda_graph *graph,
                                   struct hone_error *err)
{
    size_t args_bytes = 0;
    const struct hone_cuda_kernel *kernel;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        HONE_TRY(check_launch(device, &graph->launches[i], &kernel, err));
        args_bytes += (kernel->args_bytes + 63u) / 64 * 64;
    }
    size_t nodes_bytes = (graph->n_nodes * sizeof *graph->nodes + 63) / 64 * 64;
    graph->nodes = calloc(1, nodes_bytes + args_bytes);
    if (!graph->nodes)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "cuda: no memory for a graph of %zu launches",
                         graph->n_nodes);
    uint8_t *args = (uint8_t *)graph->nodes + nodes_bytes;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        struct node *node = &graph->nodes[i];
        node->launch = graph->launches[i];
        node->kernel = hone_cuda_kernel_at(node->launch.module, node->launch.entry);
        node->args = args;
        memcpy(args, node->launch.args, node->kernel->args_bytes);
        args += (node->kernel->args_bytes + 63u) / 64 * 64;
    }
    return HONE_OK;
}

/* A chain: each launch sees what the one before it wrote. */
static enum hone_status make_graph(struct hone_device *device, struct hone_cuda_graph *graph,
                                   struct hone_error *err)
{
    HONE_TRY(make_nodes(device, graph, err));
    CUDA_TRY(device, cuGraphCreate, (&graph->graph, 0), err);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        struct node *node = &graph->nodes[i];
        void *args;
        struct cuda_kernel_node parameters = parameters_of(node, &args);
        struct cuda_graph_node *before = i > 0 ? node[-1].handle : NULL;
        CUDA_TRY(device, cuGraphAddKernelNode,
                 (&node->handle, graph->graph, i > 0 ? &before : NULL, i > 0, &parameters), err);
    }
    CUDA_TRY(device, cuGraphInstantiateWithFlags, (&graph->exec, graph->graph, 0), err);
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i].launch.n_blocks == 0)
            CUDA_TRY(device, cuGraphNodeSetEnabled, (graph->exec, graph->nodes[i].handle, 0), err);
    CUDA_TRY(device, cuGraphUpload, (graph->exec, device->stream), err);
    return HONE_OK;
}

static enum hone_status tell_node(struct hone_device *device, struct hone_cuda_graph *graph,
                                  struct node *node, const struct hone_launch *launch,
                                  struct hone_error *err)
{
    const struct hone_cuda_kernel *checked;
    HONE_TRY(check_launch(device, launch, &checked, err));
    bool was_on = node->launch.n_blocks > 0, is_on = launch->n_blocks > 0;
    if (is_on) {
        struct node wanted = *node;
        void *args;
        wanted.launch = *launch;
        memcpy(node->args, launch->args, node->kernel->args_bytes);
        struct cuda_kernel_node parameters = parameters_of(&wanted, &args);
        CUDA_TRY(device, cuGraphExecKernelNodeSetParams, (graph->exec, node->handle, &parameters),
                 err);
    }
    if (was_on != is_on)
        CUDA_TRY(device, cuGraphNodeSetEnabled, (graph->exec, node->handle, is_on), err);
    node->launch = *launch;
    return HONE_OK;
}

/* Other kernels under the same key: the caller's memory holds another list by now. */
static bool is_other_list(const struct hone_cuda_graph *graph, const struct hone_launch *launches)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i].launch.module != launches[i].module ||
            graph->nodes[i].launch.entry != launches[i].entry)
            return true;
    return false;
}

static enum hone_status tell_changes(struct hone_device *device, struct hone_cuda_graph *graph,
                                     const struct hone_launch *launches, struct hone_error *err)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        struct node *node = &graph->nodes[i];
        if (launches[i].n_blocks == 0 && node->launch.n_blocks == 0) continue;
        if (node->launch.n_blocks != launches[i].n_blocks ||
            memcmp(node->args, launches[i].args, node->kernel->args_bytes) != 0)
            HONE_TRY(tell_node(device, graph, node, &launches[i], err));
    }
    return HONE_OK;
}

/* The graph of this list, up to date and first in the device's own list. */
static enum hone_status find_graph(struct hone_device *device, const struct hone_launch *launches,
                                   size_t n_launches, struct hone_cuda_graph **out_graph,
                                   struct hone_error *err)
{
    struct hone_cuda_graph *graph = take(device, launches, n_launches);
    enum hone_status status;
    if (graph && is_other_list(graph, launches)) {
        destroy(device, graph);
        graph = NULL;
    }
    if (graph) {
        status = tell_changes(device, graph, launches, err);
    } else {
        if (device->n_graphs >= MOST_GRAPHS) drop_oldest(device);
        graph = calloc(1, sizeof *graph);
        if (!graph) return hone_fail(err, HONE_ERR_NO_MEMORY, "cuda: no memory for a graph");
        device->n_graphs++;
        graph->launches = launches;
        graph->n_nodes = n_launches;
        status = make_graph(device, graph, err);
    }
    if (status != HONE_OK) {
        destroy(device, graph);
        return status;
    }
    graph->next = device->graphs;
    device->graphs = graph;
    *out_graph = graph;
    return HONE_OK;
}

/* ---- runs ---- */

static enum hone_status elapsed(struct hone_device *device, struct cuda_event *begin,
                                struct cuda_event *end, double *out_ns, struct hone_error *err)
{
    float ms = 0;
    CUDA_TRY(device, cuEventElapsedTime, (&ms, begin, end), err);
    *out_ns = ms > 0 ? (double)ms * 1e6 : 0;
    return HONE_OK;
}

static enum hone_status run_whole(struct hone_device *device, const struct hone_launch *launches,
                                  size_t n_launches, struct hone_error *err)
{
    struct hone_cuda_graph *graph = NULL;
    double ns = 0;
    if (n_launches > 1) HONE_TRY(find_graph(device, launches, n_launches, &graph, err));
    CUDA_TRY(device, cuEventRecord, (device->begin, device->stream), err);
    if (graph)
        CUDA_TRY(device, cuGraphLaunch, (graph->exec, device->stream), err);
    else
        HONE_TRY(launch_one(device, launches, err));
    CUDA_TRY(device, cuEventRecord, (device->end, device->stream), err);
    HONE_TRY(hone_cuda_wait(device, err));
    HONE_TRY(elapsed(device, device->begin, device->end, &ns, err));
    device->busy_ns += ns;
    return HONE_OK;
}

static enum hone_status need_marks(struct hone_device *device, size_t n_marks,
                                   struct hone_error *err)
{
    if (device->n_marks >= n_marks) return HONE_OK;
    struct cuda_event **grown = realloc(device->marks, n_marks * sizeof *grown);
    if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "cuda: no memory for a profile");
    device->marks = grown;
    while (device->n_marks < n_marks) {
        CUDA_TRY(device, cuEventCreate, (&device->marks[device->n_marks], 0), err);
        device->n_marks++;
    }
    return HONE_OK;
}

/* One launch after the other, with an event between them: a graph tells no times of its parts. */
static enum hone_status run_apart(struct hone_device *device, const struct hone_launch *launches,
                                  size_t n_launches, uint64_t *out_ns, struct hone_error *err)
{
    HONE_TRY(need_marks(device, n_launches + 1, err));
    CUDA_TRY(device, cuEventRecord, (device->marks[0], device->stream), err);
    for (size_t i = 0; i < n_launches; i++) {
        HONE_TRY(launch_one(device, &launches[i], err));
        CUDA_TRY(device, cuEventRecord, (device->marks[i + 1], device->stream), err);
    }
    HONE_TRY(hone_cuda_wait(device, err));
    for (size_t i = 0; i < n_launches; i++) {
        double ns = 0;
        HONE_TRY(elapsed(device, device->marks[i], device->marks[i + 1], &ns, err));
        out_ns[i] = (uint64_t)ns;
        device->busy_ns += ns;
    }
    return HONE_OK;
}

enum hone_status hone_cuda_run(struct hone_device *device, const struct hone_launch *launches,
                               size_t n_launches, uint64_t *out_ns, struct hone_error *err)
{
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status = HONE_OK;
    if (n_launches > 0)
        status = out_ns ? run_apart(device, launches, n_launches, out_ns, err)
                        : run_whole(device, launches, n_launches, err);
    hone_cuda_leave(device);
    return status;
}

enum hone_status hone_cuda_prepare(struct hone_device *device, const struct hone_launch *launches,
                                   size_t n_launches, struct hone_error *err)
{
    if (n_launches < 2) return HONE_OK;
    struct hone_cuda_graph *graph;
    HONE_TRY(hone_cuda_enter(device, err));
    enum hone_status status = find_graph(device, launches, n_launches, &graph, err);
    if (status == HONE_OK) status = hone_cuda_wait(device, err);
    hone_cuda_leave(device);
    return status;
}
