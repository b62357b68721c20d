/* SPDX-License-Identifier: MIT */
/* What the metadata of a Llama-architecture file says, checked against its tensors. */
#ifndef HONE_CODEGEN_MODEL_HPARAMS_H
#define HONE_CODEGEN_MODEL_HPARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "codegen/model/gguf.h"

/* Every number is within the limits of hparams.c, so products of two fit 64 bits with room. */
struct hone_llama_params {
    uint32_t n_layers;
    uint32_t dim;        /* width of the residual stream */
    uint32_t n_heads;    /* query heads; n_heads * head_dim need not be dim */
    uint32_t n_kv_heads; /* divides n_heads, the quotient is 1 to 8 */
    uint32_t head_dim;   /* a multiple of 8 */
    uint32_t ffn_dim;
    uint32_t n_vocab;
    uint32_t context;  /* positions the model was made for; at most its sliding window */
    uint32_t rope_dim; /* even, at most head_dim: the values of a head that are rotated */
    float rope_base;
    float rope_scale; /* positions are divided by it before the rotation; 1: no scaling */
    float rms_eps;
    bool tied;           /* no output.weight: token_embd.weight is the head as well */
    bool has_rope_freqs; /* rope_freqs.weight: rope_dim / 2 f32 divisors, finite and positive */
};

/* Reads and checks everything a graph builder relies on: architecture, keys, and for each tensor of
 * the architecture presence, shape and type (matrices of HONE_GGUF_COMPUTED_NAMES; norms and
 * rope_freqs f32). A tensor that the architecture does not have is refused, because leaving it out
 * would give wrong numbers. HONE_ERR_NOT_FOUND names a missing key or tensor, HONE_ERR_FORMAT a
 * contradiction, HONE_ERR_UNSUPPORTED what hone cannot do. */
enum hone_status hone_llama_params_read(const struct hone_gguf *gguf,
                                        struct hone_llama_params *out_params,
                                        struct hone_error *err);

#endif
