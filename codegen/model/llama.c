/* SPDX-License-Identifier: MIT */
/* The llama architecture: RMSNorm, RoPE on adjacent pairs, grouped-query attention, SwiGLU. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codegen/model/architecture.h"
#include "codegen/model/gguf.h"
#include "codegen/model/hparams.h"

enum { DEFAULT_CONTEXT = 8192, DEFAULT_PAGE_TOKENS = 64, NAME_BYTES = 64 };

struct builder {
    const struct hone_gguf *gguf;
    struct hone_graph *graph;
    struct hone_llama_params p;
    uint32_t rope_table;
    struct hone_error *err;
};

/* "blk.3.attn_q" with a suffix; layer < 0 for tensors outside the layers. */
static const char *label(char out[NAME_BYTES], int layer, const char *name, const char *suffix)
{
    if (layer < 0)
        snprintf(out, NAME_BYTES, "%s%s", name, suffix);
    else
        snprintf(out, NAME_BYTES, "blk.%d.%s%s", layer, name, suffix);
    return out;
}

static enum hone_status weight(struct builder *b, int layer, const char *name, uint64_t rows,
                               uint64_t cols, uint32_t *out_tensor)
{
    char full[NAME_BYTES];
    const struct hone_gguf_tensor *tensor =
        hone_gguf_find_tensor(b->gguf, label(full, layer, name, ".weight"));
    if (!tensor)
        return hone_fail(b->err, HONE_ERR_FORMAT, "%s: tensor '%s' is missing",
                         hone_gguf_path(b->gguf), full);
    enum hone_type type = hone_type_by_name(tensor->type->name);
    bool is_norm = rows == 1;
    if (type == HONE_TYPE_NONE || (is_norm && type != HONE_TYPE_F32))
        return hone_fail(b->err, HONE_ERR_UNSUPPORTED, "%s: tensor '%s' has type %s, expected %s",
                         hone_gguf_path(b->gguf), full, tensor->type->name,
                         is_norm ? "f32" : HONE_GGUF_COMPUTED_NAMES);
    *out_tensor = hone_graph_weight(b->graph, full, type, rows, cols, tensor->data);
    b->graph->n_parameters += rows * cols;
    b->graph->weight_bytes += tensor->n_bytes;
    return HONE_OK;
}

static uint32_t activation(struct builder *b, int layer, const char *name, uint64_t cols, bool out)
{
    char full[NAME_BYTES];
    return hone_graph_activation(b->graph, label(full, layer, name, ""), HONE_TYPE_F32, cols, out);
}

static enum hone_status node(struct builder *b, int layer, struct hone_node_spec spec)
{
    char full[NAME_BYTES];
    spec.name = label(full, layer, spec.name, "");
    return hone_graph_node(b->graph, &spec, b->err);
}

/* cos and sin of position / scale * base^(-2i/d) / factor_i, in f64, rounded once. */
static enum hone_status rope_table(struct builder *b)
{
    const struct hone_llama_params *p = &b->p;
    const struct hone_gguf_tensor *factors = hone_gguf_find_tensor(b->gguf, "rope_freqs.weight");
    uint32_t n_pairs = p->rope_dim / 2, n_positions = b->graph->max_context;
    float *table =
        hone_arena_array(&b->graph->arena, (size_t)n_positions * n_pairs, 2 * sizeof *table);
    if (!table) return hone_fail(b->err, HONE_ERR_NO_MEMORY, "rope table: no memory");
    for (uint32_t i = 0; i < n_pairs; i++) {
        float factor = 1;
        if (factors) memcpy(&factor, factors->data + 4 * (size_t)i, sizeof factor);
        double frequency = pow(p->rope_base, -2.0 * i / p->rope_dim) / factor / p->rope_scale;
        for (uint32_t position = 0; position < n_positions; position++) {
            float *pair = table + 2 * ((size_t)position * n_pairs + i);
            pair[0] = (float)cos(position * frequency);
            pair[1] = (float)sin(position * frequency);
        }
    }
    b->rope_table =
        hone_graph_weight(b->graph, "rope_table", HONE_TYPE_F32, n_positions, p->rope_dim, table);
    return HONE_OK;
}

static enum hone_status norm(struct builder *b, int layer, const char *name, uint32_t x, bool out,
                             uint32_t *out_y)
{
    uint32_t g = 0;
    HONE_TRY(weight(b, layer, name, 1, b->p.dim, &g));
    *out_y = activation(b, layer, name, b->p.dim, out);
    return node(b, layer,
                (struct hone_node_spec){.op = "rmsnorm",
                                        .name = name,
                                        .operands = {x, g, *out_y},
                                        .dims = {b->p.dim},
                                        .attrs = {b->p.rms_eps},
                                        .rows_are_out = out});
}

static enum hone_status linear(struct builder *b, int layer, const char *name, uint32_t x,
                               uint64_t n, uint64_t k, uint32_t *out_y)
{
    uint32_t w;
    HONE_TRY(weight(b, layer, name, n, k, &w));
    *out_y = activation(b, layer, name, n, false);
    return node(b, layer,
                (struct hone_node_spec){.op = "gemm",
                                        .name = name,
                                        .operands = {x, w, *out_y},
                                        .dims = {(uint32_t)n, (uint32_t)k}});
}

static enum hone_status residual(struct builder *b, int layer, const char *name, uint32_t x,
                                 uint32_t *h)
{
    uint32_t sum = activation(b, layer, name, b->p.dim, false);
    uint32_t before = *h;
    *h = sum;
    return node(b, layer,
                (struct hone_node_spec){
                    .op = "add", .name = name, .operands = {x, before, sum}, .dims = {b->p.dim}});
}

static enum hone_status attention(struct builder *b, int layer, uint32_t *h)
{
    const struct hone_llama_params *p = &b->p;
    uint32_t q_cols = p->n_heads * p->head_dim, kv_cols = p->n_kv_heads * p->head_dim;
    uint32_t page_tokens = b->graph->kv.page_tokens;
    uint32_t x, q, k, v, y, o;
    char name[NAME_BYTES];
    uint32_t k_cache = hone_graph_kv(b->graph, label(name, layer, "k_cache", ""));
    uint32_t v_cache = hone_graph_kv(b->graph, label(name, layer, "v_cache", ""));
    HONE_TRY(norm(b, layer, "attn_norm", *h, false, &x));
    HONE_TRY(linear(b, layer, "attn_q", x, q_cols, p->dim, &q));
    HONE_TRY(linear(b, layer, "attn_k", x, kv_cols, p->dim, &k));
    HONE_TRY(linear(b, layer, "attn_v", x, kv_cols, p->dim, &v));
    HONE_TRY(
        node(b, layer,
             (struct hone_node_spec){.op = "rope_append",
                                     .name = "rope_append",
                                     .operands = {q, k, v, b->rope_table, k_cache, v_cache},
                                     .dims = {p->n_heads, p->n_kv_heads, p->head_dim, p->rope_dim,
                                              page_tokens, b->graph->max_context}}));
    y = activation(b, layer, "attn", q_cols, false);
    HONE_TRY(
        node(b, layer,
             (struct hone_node_spec){.op = "attention",
                                     .name = "attn",
                                     .operands = {q, k_cache, v_cache, y},
                                     .dims = {p->n_heads, p->n_kv_heads, p->head_dim, page_tokens},
                                     .attrs = {(float)(1 / sqrt(p->head_dim))}}));
    HONE_TRY(linear(b, layer, "attn_output", y, p->dim, q_cols, &o));
    return residual(b, layer, "attn_residual", o, h);
}

static enum hone_status feed_forward(struct builder *b, int layer, uint32_t *h)
{
    uint32_t x, gate, up, act, down;
    HONE_TRY(norm(b, layer, "ffn_norm", *h, false, &x));
    HONE_TRY(linear(b, layer, "ffn_gate", x, b->p.ffn_dim, b->p.dim, &gate));
    HONE_TRY(linear(b, layer, "ffn_up", x, b->p.ffn_dim, b->p.dim, &up));
    act = activation(b, layer, "ffn_act", b->p.ffn_dim, false);
    HONE_TRY(node(b, layer,
                  (struct hone_node_spec){.op = "silu_mul",
                                          .name = "ffn_act",
                                          .operands = {gate, up, act},
                                          .dims = {b->p.ffn_dim}}));
    HONE_TRY(linear(b, layer, "ffn_down", act, b->p.dim, b->p.ffn_dim, &down));
    return residual(b, layer, "ffn_residual", down, h);
}

static enum hone_status head(struct builder *b, uint32_t h, uint32_t table)
{
    const struct hone_llama_params *p = &b->p;
    uint32_t rows = activation(b, -1, "out_rows", p->dim, true), x, w = table;
    HONE_TRY(node(b, -1,
                  (struct hone_node_spec){.op = "gather_rows",
                                          .name = "out_rows",
                                          .operands = {h, rows},
                                          .dims = {p->dim},
                                          .rows_are_out = true}));
    HONE_TRY(norm(b, -1, "output_norm", rows, true, &x));
    if (!p->tied) HONE_TRY(weight(b, -1, "output", p->n_vocab, p->dim, &w));
    b->graph->logits = activation(b, -1, "logits", p->n_vocab, true);
    return node(b, -1,
                (struct hone_node_spec){.op = "gemm",
                                        .name = "output",
                                        .operands = {x, w, b->graph->logits},
                                        .dims = {p->n_vocab, p->dim},
                                        .rows_are_out = true});
}

static enum hone_status set_sizes(struct builder *b, const struct hone_model_options *options)
{
    struct hone_graph *graph = b->graph;
    const struct hone_llama_params *p = &b->p;
    uint32_t context = options->max_context;
    if (context == 0) context = p->context < DEFAULT_CONTEXT ? p->context : DEFAULT_CONTEXT;
    if (context > p->context)
        return hone_fail(b->err, HONE_ERR_ARGUMENT, "%s: context %u asked, the model has %u",
                         hone_gguf_path(b->gguf), context, p->context);
    graph->n_vocab = p->n_vocab;
    graph->n_layers = p->n_layers;
    graph->max_context = context;
    graph->kv_type = options->kv_type != HONE_TYPE_NONE ? options->kv_type : HONE_TYPE_F16;
    graph->kv =
        (struct hone_kv_shape){p->n_kv_heads, p->head_dim,
                               options->page_tokens ? options->page_tokens : DEFAULT_PAGE_TOKENS};
    if (graph->kv_type == HONE_TYPE_Q8_0 && p->head_dim % 32 != 0)
        return hone_fail(b->err, HONE_ERR_UNSUPPORTED,
                         "%s: KV of q8_0 is in blocks of 32 values, heads have %u: ask for f16",
                         hone_gguf_path(b->gguf), p->head_dim);
    if (graph->kv.page_tokens % 16 != 0)
        return hone_fail(b->err, HONE_ERR_ARGUMENT,
                         "%u positions per KV page, expected a multiple "
                         "of 16",
                         graph->kv.page_tokens);
    return HONE_OK;
}

enum hone_status hone_llama_graph(const struct hone_gguf *gguf,
                                  const struct hone_model_options *options,
                                  struct hone_graph *graph, struct hone_error *err)
{
    struct builder b = {.gguf = gguf, .graph = graph, .err = err};
    uint32_t table, h;
    HONE_TRY(hone_llama_params_read(gguf, &b.p, err));
    HONE_TRY(set_sizes(&b, options));
    HONE_TRY(rope_table(&b));
    HONE_TRY(weight(&b, -1, "token_embd", b.p.n_vocab, b.p.dim, &table));
    h = activation(&b, -1, "embed", b.p.dim, false);
    HONE_TRY(node(&b, -1,
                  (struct hone_node_spec){.op = "embed",
                                          .name = "embed",
                                          .operands = {table, h},
                                          .dims = {b.p.n_vocab, b.p.dim}}));
    for (uint32_t layer = 0; layer < b.p.n_layers; layer++) {
        HONE_TRY(attention(&b, (int)layer, &h));
        HONE_TRY(feed_forward(&b, (int)layer, &h));
    }
    return head(&b, h, table);
}
