/* SPDX-License-Identifier: MIT */
/* llama.cpp's matrix multiplication on its CPU backend: int8 is q8_0 weights, a scale for each
 * block as hone has them, in the backend's own layout where it has one. Its op rounds the
 * activations itself; hone's takes them rounded. In place of a library, another type than q8_0 may
 * be named. */
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/peers/driver.h"

static enum ggml_type types[PEER_TYPES] = {GGML_TYPE_F32, GGML_TYPE_BF16, GGML_TYPE_Q8_0};

static struct {
    ggml_backend_t backend;
    struct ggml_context *weights, *rest;
    ggml_backend_buffer_t buffer;
    struct ggml_cgraph **graphs; /* one per copy of the weights */
} ggml;

enum hone_status peer_open(struct peer *peer, const char *library, struct hone_error *err)
{
    for (int type = 0; *library && type < GGML_TYPE_COUNT; type++)
        if (ggml_type_name(type) && strcmp(ggml_type_name(type), library) == 0)
            types[PEER_INT8] = type;
    ggml.backend = ggml_backend_cpu_init();
    if (!ggml.backend) return hone_fail(err, HONE_ERR_UNSUPPORTED, "no CPU backend");
    ggml_backend_cpu_set_n_threads(ggml.backend, (int)peer->n_threads);
    snprintf(peer->label, sizeof peer->label, "ggml %.100s", ggml_version());
    return HONE_OK;
}

/* The backend's own buffers for weights that it lays out, the last of which is the plain one. */
static bool alloc_weights(const struct ggml_tensor *op, const char **out_name)
{
    ggml_backend_dev_t device = ggml_backend_get_device(ggml.backend);
    ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(device);
    void *address = ggml_backend_reg_get_proc_address(reg, "ggml_backend_dev_get_extra_bufts");
    ggml_backend_dev_get_extra_bufts_t extra = NULL;
    memcpy(&extra, &address, sizeof extra);
    struct ggml_tensor *w = op->src[0];
    ggml_backend_buffer_type_t *own = extra ? extra(device) : NULL;
    for (; own && *own; own++) {
        ggml_backend_buffer_t probe = ggml_backend_buft_alloc_buffer(*own, 0);
        w->buffer = probe;
        bool serves = probe && ggml_backend_dev_supports_op(device, op);
        w->buffer = NULL;
        if (probe) ggml_backend_buffer_free(probe);
        if (!serves) continue;
        ggml.buffer = ggml_backend_alloc_ctx_tensors_from_buft(ggml.weights, *own);
        *out_name = ggml_backend_buft_name(*own);
        return ggml.buffer != NULL;
    }
    ggml.buffer = ggml_backend_alloc_ctx_tensors(ggml.weights, ggml.backend);
    *out_name = "as files have them";
    return ggml.buffer != NULL;
}

static bool set_weights(const struct peer_case *asked, uint32_t n_copies)
{
    uint64_t n = (uint64_t)asked->n * asked->k;
    enum ggml_type type = types[asked->type];
    size_t n_bytes = ggml_row_size(type, asked->k) * asked->n;
    float *values = malloc(n * sizeof *values);
    void *encoded = malloc(n_bytes);
    bool ok = values && encoded;
    if (ok) peer_fill(values, n, 2);
    if (ok && type == GGML_TYPE_F32)
        memcpy(encoded, values, n_bytes);
    else if (ok)
        ggml_quantize_chunk(type, values, encoded, 0, asked->n, asked->k, NULL);
    for (uint32_t copy = 0; ok && copy < n_copies; copy++)
        ggml_backend_tensor_set(ggml_graph_node(ggml.graphs[copy], 0)->src[0], encoded, 0, n_bytes);
    free(values);
    free(encoded);
    return ok;
}

static bool make_graphs(const struct peer_case *asked, uint32_t n_copies)
{
    struct ggml_init_params heads = {.mem_size = (n_copies + 1) * ggml_tensor_overhead(),
                                     .no_alloc = true};
    uint64_t values = (uint64_t)asked->m * (asked->k + (uint64_t)asked->n * n_copies);
    struct ggml_init_params memory = {.mem_size = values * 4 + (n_copies + 4) * (2ull << 10) +
                                                  n_copies * ggml_graph_overhead_custom(8, false)};
    ggml.weights = ggml_init(heads);
    ggml.rest = ggml_init(memory);
    ggml.graphs = calloc(n_copies, sizeof *ggml.graphs);
    if (!ggml.weights || !ggml.rest || !ggml.graphs) return false;
    struct ggml_tensor *x = ggml_new_tensor_2d(ggml.rest, GGML_TYPE_F32, asked->k, asked->m);
    peer_fill(x->data, (uint64_t)asked->k * asked->m, 1);
    for (uint32_t copy = 0; copy < n_copies; copy++) {
        struct ggml_tensor *w =
            ggml_new_tensor_2d(ggml.weights, types[asked->type], asked->k, asked->n);
        ggml.graphs[copy] = ggml_new_graph_custom(ggml.rest, 8, false);
        ggml_build_forward_expand(ggml.graphs[copy], ggml_mul_mat(ggml.rest, w, x));
    }
    return true;
}

enum hone_status peer_prepare(struct peer *peer, const struct peer_case *asked,
                              struct hone_error *err)
{
    const char *layout = "";
    peer->n_copies =
        peer_copies(asked, ggml_row_size(types[asked->type], asked->k) * (uint64_t)asked->n);
    if (!make_graphs(asked, peer->n_copies) ||
        !alloc_weights(ggml_graph_node(ggml.graphs[0], 0), &layout) ||
        !set_weights(asked, peer->n_copies))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    snprintf(peer->label, sizeof peer->label, "ggml %.60s, %.20s weights, %.40s", ggml_version(),
             ggml_type_name(types[asked->type]), layout);
    return HONE_OK;
}

enum hone_status peer_call(struct peer *peer, uint32_t copy, struct hone_error *err)
{
    (void)peer;
    if (ggml_backend_graph_compute(ggml.backend, ggml.graphs[copy]) == GGML_STATUS_SUCCESS)
        return HONE_OK;
    return hone_fail(err, HONE_ERR_UNSUPPORTED, "the backend refuses the graph");
}

void peer_drop(struct peer *peer)
{
    (void)peer;
    if (ggml.buffer) ggml_backend_buffer_free(ggml.buffer);
    if (ggml.weights) ggml_free(ggml.weights);
    if (ggml.rest) ggml_free(ggml.rest);
    free(ggml.graphs);
    ggml.buffer = NULL;
    ggml.weights = ggml.rest = NULL;
    ggml.graphs = NULL;
}
