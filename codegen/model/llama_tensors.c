/* SPDX-License-Identifier: MIT */
/* Presence, shape and type of every tensor of the Llama architecture. */
#include "codegen/model/llama_tensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"

enum size_of { ONE, DIM, VOCAB, Q_ROWS, KV_ROWS, FFN, ROPE_HALF, N_SIZES };

enum role { MATRIX, VECTOR };

struct expected {
    const char *name; /* within a layer: what follows "blk.N." */
    enum role role;
    enum size_of dims[2];
};

static const struct expected of_model[] = {
    {"token_embd.weight",  MATRIX, {DIM, VOCAB}    },
    {"output_norm.weight", VECTOR, {DIM, ONE}      },
    {"output.weight",      MATRIX, {DIM, VOCAB}    }, /* absent when tied */
    {"rope_freqs.weight",  VECTOR, {ROPE_HALF, ONE}}, /* absent when not needed */
};

static const struct expected of_layer[] = {
    {"attn_norm.weight",   VECTOR, {DIM, ONE}    },
    {"attn_q.weight",      MATRIX, {DIM, Q_ROWS} },
    {"attn_k.weight",      MATRIX, {DIM, KV_ROWS}},
    {"attn_v.weight",      MATRIX, {DIM, KV_ROWS}},
    {"attn_output.weight", MATRIX, {Q_ROWS, DIM} },
    {"ffn_norm.weight",    VECTOR, {DIM, ONE}    },
    {"ffn_gate.weight",    MATRIX, {DIM, FFN}    },
    {"ffn_up.weight",      MATRIX, {DIM, FFN}    },
    {"ffn_down.weight",    MATRIX, {FFN, DIM}    },
};

enum {
    N_OF_MODEL = sizeof of_model / sizeof *of_model,
    N_OF_LAYER = sizeof of_layer / sizeof *of_layer,
};

static enum hone_status check_one(const struct hone_gguf *gguf, const char *name,
                                  const struct expected *expected, const uint64_t sizes[N_SIZES],
                                  struct hone_error *err)
{
    const char *path = hone_gguf_path(gguf);
    const struct hone_gguf_tensor *tensor = hone_gguf_find_tensor(gguf, name);
    if (!tensor)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: tensor '%s' is missing", path, name);
    uint64_t width = sizes[expected->dims[0]], rows = sizes[expected->dims[1]];
    if (tensor->dims[0] != width || tensor->dims[1] != rows || tensor->dims[2] != 1 ||
        tensor->dims[3] != 1)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: tensor '%s' is %llu x %llu x %llu x %llu, %llu x %llu expected", path,
                         name, (unsigned long long)tensor->dims[0],
                         (unsigned long long)tensor->dims[1], (unsigned long long)tensor->dims[2],
                         (unsigned long long)tensor->dims[3], (unsigned long long)width,
                         (unsigned long long)rows);
    if (expected->role == VECTOR && tensor->type->number != HONE_GGUF_T_F32)
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "%s: tensor '%s' has type %s, f32 expected",
                         path, name, tensor->type->name);
    if (!hone_gguf_is_computed(tensor->type->number))
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: tensor '%s' has type %s; " HONE_GGUF_COMPUTED_NAMES " expected", path,
                         name, tensor->type->name);
    return HONE_OK;
}

/* The layer number and what follows it in "blk.N.rest"; false for other names. */
static bool split_name(struct hone_gguf_text name, uint32_t *out_layer, struct hone_gguf_text *rest)
{
    size_t at = 4;
    uint32_t layer = 0;
    if (name.n_bytes < 7 || memcmp(name.data, "blk.", 4) != 0) return false;
    if (name.data[4] == '0' && name.data[5] != '.') return false; /* one spelling for each layer */
    for (; at < name.n_bytes && at < 10 && name.data[at] >= '0' && name.data[at] <= '9'; at++)
        layer = layer * 10 + (uint32_t)(name.data[at] - '0');
    if (at == 4 || at >= name.n_bytes || name.data[at] != '.') return false;
    *out_layer = layer;
    *rest = (struct hone_gguf_text){name.data + at + 1, name.n_bytes - at - 1};
    return true;
}

static bool is_known(struct hone_gguf_text name, uint32_t n_layers)
{
    uint32_t layer;
    struct hone_gguf_text rest;
    if (split_name(name, &layer, &rest)) {
        if (layer >= n_layers) return false;
        for (size_t i = 0; i < N_OF_LAYER; i++)
            if (hone_gguf_text_equals(rest, of_layer[i].name)) return true;
        return false;
    }
    for (size_t i = 0; i < N_OF_MODEL; i++)
        if (hone_gguf_text_equals(name, of_model[i].name)) return true;
    return false;
}

static enum hone_status refuse_unknown(const struct hone_gguf *gguf, uint32_t n_layers,
                                       struct hone_error *err)
{
    char quoted[GGUF_QUOTE_BYTES];
    for (size_t i = 0; i < hone_gguf_n_tensors(gguf); i++) {
        struct hone_gguf_text name = hone_gguf_tensor_at(gguf, i)->name;
        if (!is_known(name, n_layers))
            return hone_fail(err, HONE_ERR_UNSUPPORTED,
                             "%s: tensor %s is not one that a llama model of %u layers has",
                             hone_gguf_path(gguf), gguf_quote(name, quoted), n_layers);
    }
    return HONE_OK;
}

static enum hone_status check_factors(const struct hone_gguf *gguf, struct hone_error *err)
{
    const struct hone_gguf_tensor *tensor = hone_gguf_find_tensor(gguf, "rope_freqs.weight");
    for (uint64_t i = 0; i < tensor->dims[0]; i++) {
        uint32_t bits = gguf_load_u32(tensor->data + 4 * i);
        float factor;
        memcpy(&factor, &bits, sizeof factor);
        if (!(factor > 0.0f) || !isfinite(factor))
            return gguf_fail_at(gguf, tensor->offset + 4 * i, err,
                                "value %llu of tensor 'rope_freqs.weight' is %g, a positive "
                                "number expected",
                                (unsigned long long)i, (double)factor);
    }
    return HONE_OK;
}

enum hone_status llama_check_tensors(const struct hone_gguf *gguf,
                                     const struct hone_llama_params *params, struct hone_error *err)
{
    const uint64_t sizes[N_SIZES] = {
        [ONE] = 1,
        [DIM] = params->dim,
        [VOCAB] = params->n_vocab,
        [Q_ROWS] = (uint64_t)params->n_heads * params->head_dim,
        [KV_ROWS] = (uint64_t)params->n_kv_heads * params->head_dim,
        [FFN] = params->ffn_dim,
        [ROPE_HALF] = params->rope_dim / 2,
    };
    for (size_t i = 0; i < N_OF_MODEL; i++) {
        if (strcmp(of_model[i].name, "output.weight") == 0 && params->tied) continue;
        if (strcmp(of_model[i].name, "rope_freqs.weight") == 0 && !params->has_rope_freqs) continue;
        HONE_TRY(check_one(gguf, of_model[i].name, &of_model[i], sizes, err));
    }
    for (uint32_t layer = 0; layer < params->n_layers; layer++)
        for (size_t i = 0; i < N_OF_LAYER; i++) {
            char name[64];
            snprintf(name, sizeof name, "blk.%u.%s", layer, of_layer[i].name);
            HONE_TRY(check_one(gguf, name, &of_layer[i], sizes, err));
        }
    HONE_TRY(refuse_unknown(gguf, params->n_layers, err));
    return params->has_rope_freqs ? check_factors(gguf, err) : HONE_OK;
}
