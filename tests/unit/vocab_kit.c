/* SPDX-License-Identifier: MIT */
/* Vocabulary keys of a GGUF header, and the way from there to a tokenizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/model/tokenizer_section.h"
#include "tests/unit/vocab_kit.h"

/* A byte as byte-level vocabularies print it. */
static void printed_byte(int byte, char out[3])
{
    int c = byte;
    if (byte < 0x21) c = 0x100 + byte;
    if (byte >= 0x7f && byte <= 0xa0) c = 0x121 + byte - 0x7f;
    if (byte == 0xad) c = 0x143;
    snprintf(out, 3, "%c%c", c < 0x80 ? c : 0xc0 | c >> 6, c < 0x80 ? 0 : 0x80 | (c & 0x3f));
}

static void write_tokens(struct gguf_kit *kit, const struct vocab_plan *plan, int spm)
{
    kit_array(kit, "tokenizer.ggml.tokens", HONE_GGUF_STRING, plan->n_tokens + 256);
    for (size_t i = 0; i < plan->n_tokens; i++) kit_string(kit, plan->tokens[i].text);
    for (int byte = 0; byte < 256; byte++) {
        char text[8];
        if (spm)
            snprintf(text, sizeof text, "<0x%02X>", (unsigned)byte);
        else
            printed_byte(byte, text);
        kit_string(kit, text);
    }
    kit_array(kit, "tokenizer.ggml.token_type", HONE_GGUF_I32, plan->n_tokens + 256);
    for (size_t i = 0; i < plan->n_tokens + 256; i++)
        kit_put32(kit, i < plan->n_tokens ? plan->tokens[i].type : spm ? 6 : 1);
}

void vocab_kit_write(struct gguf_kit *kit, const struct vocab_plan *plan)
{
    int spm = strcmp(plan->model, "llama") == 0;
    kit_begin(kit);
    kit_text(kit, "tokenizer.ggml.model", plan->model);
    if (plan->pre) kit_text(kit, "tokenizer.ggml.pre", plan->pre);
    write_tokens(kit, plan, spm);
    if (spm) {
        kit_array(kit, "tokenizer.ggml.scores", HONE_GGUF_F32, plan->n_tokens + 256);
        for (size_t i = 0; i < plan->n_tokens + 256; i++) {
            uint32_t bits = 0;
            if (i < plan->n_tokens) memcpy(&bits, &plan->tokens[i].score, sizeof bits);
            kit_put32(kit, bits);
        }
    }
    if (plan->merges) {
        kit_array(kit, "tokenizer.ggml.merges", HONE_GGUF_STRING, plan->n_merges);
        for (size_t i = 0; i < plan->n_merges; i++) kit_string(kit, plan->merges[i]);
    }
    if (plan->more) plan->more(kit);
    kit_end(kit);
}

struct vocab_made vocab_kit_open(const struct gguf_kit *kit)
{
    struct vocab_made made = {0};
    struct hone_gguf *gguf;
    struct hone_error err = {HONE_OK, ""};
    if (hone_gguf_open_memory("vocab", kit->data, kit->n_bytes, &gguf, &err) != HONE_OK)
        fail_msg("%s", err.text);
    if (hone_tokenizer_section_build(gguf, &made.section, &made.n_bytes, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_gguf_close(gguf);
    if (hone_tokenizer_open(made.section, made.n_bytes, &made.tokenizer, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return made;
}

struct vocab_made vocab_kit_make(const struct vocab_plan *plan)
{
    struct gguf_kit kit = {0};
    vocab_kit_write(&kit, plan);
    struct vocab_made made = vocab_kit_open(&kit);
    free(kit.data);
    return made;
}

void vocab_kit_free(struct vocab_made *made)
{
    hone_tokenizer_close(made->tokenizer);
    free(made->section);
}

void vocab_kit_expect(const struct vocab_made *made, const char *text, size_t n_bytes, int special,
                      const int32_t *expected)
{
    int32_t ids[256];
    size_t n, n_expected = 0;
    struct hone_error err = {HONE_OK, ""};
    struct hone_tokenize_options options = {special, special};
    assert_int_equal(hone_tokenize(made->tokenizer, text, n_bytes, &options, ids, 256, &n, &err),
                     HONE_OK);
    while (expected[n_expected] != -1) n_expected++;
    for (size_t i = 0; i < n && i < n_expected; i++)
        if (ids[i] != expected[i])
            fail_msg("'%s': token %zu is %d, %d expected", text, i, ids[i], expected[i]);
    assert_int_equal(n, n_expected);
}

char *vocab_kit_join(const struct vocab_made *made, const int32_t *ids, size_t n, size_t *out_n)
{
    struct gguf_kit text = {0}; /* as a growing run of bytes */
    struct hone_error err;
    for (size_t i = 0; i < n; i++) {
        const char *piece;
        size_t n_bytes;
        assert_int_equal(hone_detokenize(made->tokenizer, ids[i], &piece, &n_bytes, &err), HONE_OK);
        kit_bytes(&text, piece, n_bytes);
    }
    *out_n = text.n_bytes;
    kit_bytes(&text, "", 1);
    return (char *)text.data;
}
