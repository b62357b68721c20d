/* SPDX-License-Identifier: MIT */
/* Named shapes of random-weight models, and the vocabularies that go with them. */
#ifndef HONE_TESTS_MODEL_SHAPES_H
#define HONE_TESTS_MODEL_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/gguf_kit.h"

struct model_shape {
    const char *name;
    uint32_t n_layers, dim, ffn, n_heads, n_kv_heads, head_dim, n_vocab, context;
    float rope_base;
    bool tied, rope_factors, spm;
};

/* NULL when unknown. */
const struct model_shape *model_shape_find(const char *name);
const struct model_shape *model_shape_at(unsigned index); /* NULL past the last */

/* All keys of the header, for a file whose matrices are mostly of GGUF file type `file_type`. */
void model_write_keys(struct gguf_kit *kit, const struct model_shape *shape, uint32_t file_type);

/* Llama-3's divisors of the rotation frequencies; out has head_dim / 2 values. */
void model_rope_factors(const struct model_shape *shape, float *out);

#endif
