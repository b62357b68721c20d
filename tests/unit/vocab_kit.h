/* SPDX-License-Identifier: MIT */
/* Small vocabularies made in the test, turned into tokenizers. */
#ifndef HONE_TESTS_VOCAB_KIT_H
#define HONE_TESTS_VOCAB_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/text/section.h"
#include "runtime/text/tokenizer.h"
#include "tests/unit/gguf_kit.h"

struct vocab_token {
    const char *text; /* as a GGUF file writes it */
    uint32_t type;    /* enum hone_text_type */
    float score;
};

struct vocab_plan {
    const char *model, *pre;          /* pre NULL: no key */
    const struct vocab_token *tokens; /* before the bytes */
    size_t n_tokens;
    const char *const *merges; /* BPE; NULL: the key is missing */
    size_t n_merges;
    void (*more)(struct gguf_kit *kit); /* further keys; may be NULL */
};

struct vocab_made {
    void *section;
    size_t n_bytes;
    struct hone_tokenizer *tokenizer;
};

/* The plan's tokens, then 256 byte tokens from id n_tokens on. */
void vocab_kit_write(struct gguf_kit *kit, const struct vocab_plan *plan);
/* GGUF bytes to section to tokenizer; fails the test when it cannot. */
struct vocab_made vocab_kit_open(const struct gguf_kit *kit);
struct vocab_made vocab_kit_make(const struct vocab_plan *plan);
void vocab_kit_free(struct vocab_made *made);

/* Tokenizes and compares with `expected`, ended by -1. */
void vocab_kit_expect(const struct vocab_made *made, const char *text, size_t n_bytes, int special,
                      const int32_t *expected);
/* All pieces joined. The caller frees. */
char *vocab_kit_join(const struct vocab_made *made, const int32_t *ids, size_t n, size_t *out_n);

#endif
