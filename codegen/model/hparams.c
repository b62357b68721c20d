/* SPDX-License-Identifier: MIT */
/* Metadata of the Llama architecture: keys, defaults and what they may say. */
#include "codegen/model/hparams.h"

#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "codegen/model/llama_tensors.h"

enum {
    MAX_LAYERS = 1024,
    MAX_DIM = 1 << 18,
    MAX_HEADS = 2048,
    MAX_HEAD_DIM = 1024,
    MAX_FFN = 1 << 20,
    MAX_VOCAB = 1 << 24,
    MAX_CONTEXT = 1 << 24,
    MAX_GROUP = 8,
    HEAD_DIM_UNIT = 8,
};

static enum hone_status out_of_range(const struct hone_gguf *gguf, const char *key, uint64_t value,
                                     uint64_t limit, struct hone_error *err)
{
    return hone_fail(err, value > limit ? HONE_ERR_UNSUPPORTED : HONE_ERR_FORMAT,
                     "%s: key '%s' is %llu, 1 to %llu expected", hone_gguf_path(gguf), key,
                     (unsigned long long)value, (unsigned long long)limit);
}

static enum hone_status read_count(const struct hone_gguf *gguf, const char *key, uint32_t limit,
                                   uint32_t *out, struct hone_error *err)
{
    uint64_t value;
    HONE_TRY(hone_gguf_get_u64(gguf, key, &value, err));
    if (value == 0 || value > limit) return out_of_range(gguf, key, value, limit, err);
    *out = (uint32_t)value;
    return HONE_OK;
}

/* A number, or an array with the same number for each layer. */
static enum hone_status read_per_layer(const struct hone_gguf *gguf, const char *key,
                                       uint32_t n_layers, uint32_t limit, uint32_t *out,
                                       struct hone_error *err)
{
    struct hone_gguf_array array;
    uint64_t first = 0, value;
    if (!hone_gguf_is_array(gguf, key)) return read_count(gguf, key, limit, out, err);
    HONE_TRY(hone_gguf_get_any_array(gguf, key, &array, err));
    if (array.type == HONE_GGUF_STRING || array.count != n_layers)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: key '%s' is an array of %llu, an integer or one for each of the %u "
                         "layers expected",
                         hone_gguf_path(gguf), key, (unsigned long long)array.count, n_layers);
    for (uint64_t i = 0; i < array.count; i++) {
        if (!hone_gguf_array_u64(&array, i, &value))
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: element %llu of key '%s' is not a positive integer",
                             hone_gguf_path(gguf), (unsigned long long)i, key);
        if (i == 0) first = value;
        if (value != first)
            return hone_fail(err, HONE_ERR_UNSUPPORTED,
                             "%s: key '%s' differs between layers (%llu, then %llu in layer %llu)",
                             hone_gguf_path(gguf), key, (unsigned long long)first,
                             (unsigned long long)value, (unsigned long long)i);
    }
    if (first == 0 || first > limit) return out_of_range(gguf, key, first, limit, err);
    *out = (uint32_t)first;
    return HONE_OK;
}

static enum hone_status check_architecture(const struct hone_gguf *gguf, struct hone_error *err)
{
    struct hone_gguf_text name;
    char quoted[GGUF_QUOTE_BYTES];
    HONE_TRY(hone_gguf_get_text(gguf, "general.architecture", &name, err));
    if (hone_gguf_text_equals(name, "llama")) return HONE_OK;
    return hone_fail(err, HONE_ERR_UNSUPPORTED,
                     "%s: architecture %s (general.architecture), 'llama' expected",
                     hone_gguf_path(gguf), gguf_quote(name, quoted));
}

/* Keys that change the arithmetic in ways hone does not compute, unless they hold 0. */
static enum hone_status check_unsupported(const struct hone_gguf *gguf, struct hone_error *err)
{
    static const char *const counts[] = {"llama.expert_count", "llama.nextn_predict_layers"};
    static const char *const floats[] = {
        "llama.attn_logit_softcapping", "llama.final_logit_softcapping", "llama.logit_scale",
        "llama.attention.scale",        "llama.embedding_scale",         "llama.residual_scale",
        "llama.attention.clamp_kqv",    "llama.attention.max_alibi_bias"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t value = 0;
        HONE_TRY(hone_gguf_opt_u64(gguf, counts[i], &value, err));
        if (value != 0)
            return hone_fail(err, HONE_ERR_UNSUPPORTED,
                             "%s: key '%s' is %llu, which is not "
                             "supported",
                             hone_gguf_path(gguf), counts[i], (unsigned long long)value);
    }
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        float value = 0;
        HONE_TRY(hone_gguf_opt_f32(gguf, floats[i], &value, err));
        if (value != 0)
            return hone_fail(err, HONE_ERR_UNSUPPORTED,
                             "%s: key '%s' is %g, which is not "
                             "supported",
                             hone_gguf_path(gguf), floats[i], (double)value);
    }
    return HONE_OK;
}

static enum hone_status read_sizes(const struct hone_gguf *gguf, struct hone_llama_params *params,
                                   struct hone_error *err)
{
    HONE_TRY(read_count(gguf, "llama.block_count", MAX_LAYERS, &params->n_layers, err));
    HONE_TRY(read_count(gguf, "llama.embedding_length", MAX_DIM, &params->dim, err));
    HONE_TRY(read_count(gguf, "llama.context_length", MAX_CONTEXT, &params->context, err));
    HONE_TRY(read_per_layer(gguf, "llama.feed_forward_length", params->n_layers, MAX_FFN,
                            &params->ffn_dim, err));
    HONE_TRY(read_per_layer(gguf, "llama.attention.head_count", params->n_layers, MAX_HEADS,
                            &params->n_heads, err));
    params->n_kv_heads = params->n_heads;
    if (hone_gguf_has(gguf, "llama.attention.head_count_kv"))
        HONE_TRY(read_per_layer(gguf, "llama.attention.head_count_kv", params->n_layers, MAX_HEADS,
                                &params->n_kv_heads, err));
    /* Within its window, sliding attention is full attention. */
    uint64_t window = 0;
    HONE_TRY(hone_gguf_opt_u64(gguf, "llama.attention.sliding_window", &window, err));
    if (window != 0 && window < params->context) params->context = (uint32_t)window;
    return HONE_OK;
}

static enum hone_status read_heads(const struct hone_gguf *gguf, struct hone_llama_params *params,
                                   struct hone_error *err)
{
    const char *path = hone_gguf_path(gguf);
    uint32_t group = params->n_heads / params->n_kv_heads;
    if (params->n_heads % params->n_kv_heads != 0)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: llama.attention.head_count_kv is %u, a divisor of head_count %u "
                         "expected",
                         path, params->n_kv_heads, params->n_heads);
    if (group > MAX_GROUP)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: %u query heads for each key/value head, at most %d supported", path,
                         group, MAX_GROUP);
    if (hone_gguf_has(gguf, "llama.attention.key_length")) {
        HONE_TRY(
            read_count(gguf, "llama.attention.key_length", MAX_HEAD_DIM, &params->head_dim, err));
    } else {
        if (params->dim % params->n_heads != 0)
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: llama.attention.head_count is %u, a divisor of embedding_length "
                             "%u expected",
                             path, params->n_heads, params->dim);
        params->head_dim = params->dim / params->n_heads;
    }
    uint64_t value_dim = params->head_dim;
    HONE_TRY(hone_gguf_opt_u64(gguf, "llama.attention.value_length", &value_dim, err));
    if (value_dim != params->head_dim)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: llama.attention.value_length is %llu, the key length %u supported "
                         "only",
                         path, (unsigned long long)value_dim, params->head_dim);
    if (params->head_dim % HEAD_DIM_UNIT != 0 || params->head_dim > MAX_HEAD_DIM)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: heads of %u values, a multiple of %d up to %d supported", path,
                         params->head_dim, HEAD_DIM_UNIT, MAX_HEAD_DIM);
    return HONE_OK;
}

static enum hone_status read_scaling(const struct hone_gguf *gguf, struct hone_llama_params *params,
                                     struct hone_error *err)
{
    struct hone_gguf_text type = {"none", 4};
    char quoted[GGUF_QUOTE_BYTES];
    float old = 1.0f, factor = 0.0f;
    HONE_TRY(hone_gguf_opt_f32(gguf, "llama.rope.scale_linear", &old, err));
    HONE_TRY(hone_gguf_opt_f32(gguf, "llama.rope.scaling.factor", &factor, err));
    bool has_type = hone_gguf_has(gguf, "llama.rope.scaling.type");
    HONE_TRY(hone_gguf_opt_text(gguf, "llama.rope.scaling.type", &type, err));
    bool linear = hone_gguf_text_equals(type, "linear");
    if (!linear && !hone_gguf_text_equals(type, "none"))
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: RoPE scaling %s (llama.rope.scaling.type), 'none' or 'linear' "
                         "supported",
                         hone_gguf_path(gguf), gguf_quote(type, quoted));
    /* 0 is how some files say "not scaled"; files before `type` mean linear. */
    params->rope_scale = 1.0f;
    if (!has_type || linear) params->rope_scale = factor != 0.0f ? factor : old;
    if (params->rope_scale == 0.0f) params->rope_scale = 1.0f;
    if (params->rope_scale < 0.0f)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: RoPE scaling factor %g, more than 0 expected",
                         hone_gguf_path(gguf), (double)params->rope_scale);
    return HONE_OK;
}

static enum hone_status read_rope(const struct hone_gguf *gguf, struct hone_llama_params *params,
                                  struct hone_error *err)
{
    uint64_t rope_dim = params->head_dim;
    HONE_TRY(hone_gguf_opt_u64(gguf, "llama.rope.dimension_count", &rope_dim, err));
    if (rope_dim == 0 || rope_dim % 2 != 0 || rope_dim > params->head_dim)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: llama.rope.dimension_count is %llu, an even number up to the head "
                         "size %u expected",
                         hone_gguf_path(gguf), (unsigned long long)rope_dim, params->head_dim);
    params->rope_dim = (uint32_t)rope_dim;
    params->rope_base = 10000.0f;
    HONE_TRY(hone_gguf_opt_f32(gguf, "llama.rope.freq_base", &params->rope_base, err));
    if (!(params->rope_base >= 1.0f))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: llama.rope.freq_base is %g, 1 or more expected",
                         hone_gguf_path(gguf), (double)params->rope_base);
    HONE_TRY(
        hone_gguf_get_f32(gguf, "llama.attention.layer_norm_rms_epsilon", &params->rms_eps, err));
    if (params->rms_eps < 0.0f || params->rms_eps > 1.0f)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: llama.attention.layer_norm_rms_epsilon is %g, 0 to 1 expected",
                         hone_gguf_path(gguf), (double)params->rms_eps);
    return read_scaling(gguf, params, err);
}

/* The key, else the number of tokens, else the rows of the embedding. */
static enum hone_status read_vocab(const struct hone_gguf *gguf, struct hone_llama_params *params,
                                   struct hone_error *err)
{
    const struct hone_gguf_tensor *embedding = hone_gguf_find_tensor(gguf, "token_embd.weight");
    struct hone_gguf_array tokens = {.count = 0};
    uint64_t n_vocab = embedding ? embedding->dims[1] : 0;
    if (hone_gguf_has(gguf, "tokenizer.ggml.tokens")) {
        HONE_TRY(
            hone_gguf_get_array(gguf, "tokenizer.ggml.tokens", HONE_GGUF_STRING, &tokens, err));
        n_vocab = tokens.count;
    }
    HONE_TRY(hone_gguf_opt_u64(gguf, "llama.vocab_size", &n_vocab, err));
    if (n_vocab == 0 || n_vocab > MAX_VOCAB)
        return out_of_range(gguf, "llama.vocab_size", n_vocab, MAX_VOCAB, err);
    if (tokens.count > n_vocab)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: tokenizer.ggml.tokens has %llu tokens, llama.vocab_size is %llu",
                         hone_gguf_path(gguf), (unsigned long long)tokens.count,
                         (unsigned long long)n_vocab);
    params->n_vocab = (uint32_t)n_vocab;
    return HONE_OK;
}

enum hone_status hone_llama_params_read(const struct hone_gguf *gguf,
                                        struct hone_llama_params *out_params,
                                        struct hone_error *err)
{
    struct hone_llama_params params = {0};
    HONE_TRY(check_architecture(gguf, err));
    HONE_TRY(check_unsupported(gguf, err));
    HONE_TRY(read_sizes(gguf, &params, err));
    HONE_TRY(read_heads(gguf, &params, err));
    HONE_TRY(read_rope(gguf, &params, err));
    HONE_TRY(read_vocab(gguf, &params, err));
    params.tied = !hone_gguf_find_tensor(gguf, "output.weight");
    params.has_rope_freqs = hone_gguf_find_tensor(gguf, "rope_freqs.weight") != NULL;
    HONE_TRY(llama_check_tensors(gguf, &params, err));
    *out_params = params;
    return HONE_OK;
}
