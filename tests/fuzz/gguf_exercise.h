/* SPDX-License-Identifier: MIT */
/* Uses everything a model file offers, as the tool would: whatever opened must be safe to use. */
#ifndef HONE_TESTS_GGUF_EXERCISE_H
#define HONE_TESTS_GGUF_EXERCISE_H

#include "codegen/model/gguf.h"

/* Returns a value that depends on all that was read, so that nothing is optimised away. */
uint64_t gguf_exercise(const struct hone_gguf *gguf);

/* Tokenizes a few texts with the section and turns all ids back; the same promise. */
uint64_t tokenizer_exercise(const void *section, size_t n_bytes, const char *text,
                            size_t text_bytes);

#endif
