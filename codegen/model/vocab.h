/* SPDX-License-Identifier: MIT */
/* A vocabulary as the GGUF keys give it, on its way to a tokenizer section. */
#ifndef HONE_CODEGEN_MODEL_VOCAB_H
#define HONE_CODEGEN_MODEL_VOCAB_H

#include "codegen/model/gguf.h"
#include "codegen/model/pretokenizers.h"
#include "runtime/base/arena.h"
#include "runtime/text/section.h"

struct vocab_merge {
    uint32_t left, right, rank, result; /* symbols */
};

struct vocab_special {
    struct hone_gguf_text text; /* as it stands in texts */
    uint32_t id;
};

struct vocab {
    const struct hone_gguf *gguf;
    struct hone_arena arena; /* owns every pointer below */
    enum hone_text_kind kind;
    const struct pretokenizer *pretokenizer; /* BPE */
    uint32_t n_tokens, n_symbols, n_merges, n_specials;
    struct hone_gguf_text *raw;  /* token texts as the file writes them */
    struct hone_gguf_text *text; /* per symbol: the bytes that it stands for */
    uint8_t *attributes;
    struct hone_gguf_array scores;
    struct vocab_merge *merges; /* by left, then right; no pair twice */
    struct vocab_special *specials;
    uint32_t bytes[256];
    uint32_t flags;
    uint32_t ids[HONE_TEXT_UNK - HONE_TEXT_BOS + 1]; /* in the order of the header's fields */
    struct hone_gguf_text pre, chat_template;
};

enum hone_status vocab_no_memory(const struct vocab *vocab, struct hone_error *err);

/* Tokens, types, scores, special ids and flags: what both kinds have. */
enum hone_status vocab_read(struct vocab *vocab, struct hone_error *err);
/* The kind's own part: texts, bytes, merges. */
enum hone_status vocab_finish_spm(struct vocab *vocab, struct hone_error *err);
enum hone_status vocab_finish_bpe(struct vocab *vocab, struct hone_error *err);
/* The tokens that are cut out of texts, sorted; after the texts are known. */
enum hone_status vocab_list_specials(struct vocab *vocab, struct hone_error *err);

/* Lays everything out. */
enum hone_status vocab_write(const struct vocab *vocab, void **out_section, size_t *out_n_bytes,
                             struct hone_error *err);

#endif
