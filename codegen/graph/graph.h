/* SPDX-License-Identifier: MIT */
/* The graph of a model: tensors and ops in execution order, all activations f32, nothing fused.
 *
 * An architecture (codegen/model/) builds it; alternatives.c says how each stretch can be computed
 * under the arithmetic asked for; problems.c lists what must be tuned; lower.c makes the plan. */
#ifndef HONE_GRAPH_H
#define HONE_GRAPH_H

#include "codegen/ops/ops.h"
#include "runtime/base/arena.h"

enum hone_tensor_kind {
    HONE_TENSOR_ACTIVATION, /* [rows of the step][cols] */
    HONE_TENSOR_WEIGHT,     /* [rows][cols], from the model file or computed */
    HONE_TENSOR_KV,         /* one KV region: K or V of a layer */
};

struct hone_tensor {
    const char *name;
    enum hone_tensor_kind kind;
    enum hone_type
        type; /* weights: of the file; activations: F32 until alternatives say otherwise */
    uint64_t rows, cols; /* rows: weights only */
    bool rows_are_out;   /* activations: one row per wanted output instead of per token */
    const void *data;    /* weights: row-major bytes, alive as long as the graph is used */
};

struct hone_node {
    const struct hone_op *op;
    const char *name;                     /* "blk.3.ffn_down" */
    uint32_t operands[HONE_MAX_OPERANDS]; /* tensor numbers */
    uint32_t dims[HONE_MAX_DIMS];
    float attrs[HONE_MAX_ATTRS];
    bool rows_are_out;
};

struct hone_graph {
    struct hone_arena arena;
    struct hone_tensor *tensors;
    uint32_t n_tensors, tensor_capacity;
    struct hone_node *nodes;
    uint32_t n_nodes, node_capacity;
    uint32_t logits; /* tensor */
    uint32_t n_vocab, max_context, n_layers;
    struct hone_kv_shape kv;
    enum hone_type kv_type;
    uint64_t n_parameters, weight_bytes; /* of the model file's tensors, for people */
};

void hone_graph_init(struct hone_graph *graph);
void hone_graph_release(struct hone_graph *graph);

/* Add and return the tensor's number; UINT32_MAX when there is no memory. Names are copied. */
uint32_t hone_graph_activation(struct hone_graph *graph, const char *name, enum hone_type type,
                               uint64_t cols, bool rows_are_out);
uint32_t hone_graph_weight(struct hone_graph *graph, const char *name, enum hone_type type,
                           uint64_t rows, uint64_t cols, const void *data);
uint32_t hone_graph_kv(struct hone_graph *graph, const char *name);

/* Describes one node; dims and attrs in the op's order. */
struct hone_node_spec {
    const char *op;
    const char *name;
    uint32_t operands[HONE_MAX_OPERANDS];
    uint32_t dims[HONE_MAX_DIMS];
    float attrs[HONE_MAX_ATTRS];
    bool rows_are_out;
};
enum hone_status hone_graph_node(struct hone_graph *graph, const struct hone_node_spec *spec,
                                 struct hone_error *err);

/* What is asked of a model beside its file. */
struct hone_model_options {
    size_t struct_size;
    uint32_t max_context;   /* 0: the model's own, at most 8192 */
    uint32_t page_tokens;   /* positions per KV page, multiple of 16; 0 = 64 */
    enum hone_type kv_type; /* F32, F16, BF16, Q8_0; NONE = F16 */
};

struct hone_gguf;
/* Builds the graph of any supported architecture; tensors point into the file's map.
 * HONE_ERR_UNSUPPORTED names the architecture or the tensor type that is not. */
enum hone_status hone_model_graph(const struct hone_gguf *gguf,
                                  const struct hone_model_options *options,
                                  struct hone_graph *out_graph, struct hone_error *err);

#endif
