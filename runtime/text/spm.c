/* SPDX-License-Identifier: MIT */
/* SentencePiece-style BPE: characters merged by the score of what they make, bytes as fallback. */
#include <string.h>

#include "runtime/text/text_internal.h"
#include "runtime/text/utf8.h"

struct spm_context {
    const struct text_section *section;
    const uint8_t *text;
};

/* Highest score first: flips the bits of a float so that unsigned order is descending order. */
static uint32_t priority_of(float score)
{
    uint32_t bits;
    score += 0.0f; /* -0 and 0 are the same score */
    memcpy(&bits, &score, sizeof bits);
    return bits & 0x80000000u ? bits : ~(bits | 0x80000000u);
}

static bool pair_by_score(const void *context, const struct text_link *left,
                          const struct text_link *right, uint32_t *out_priority,
                          uint32_t *out_symbol)
{
    const struct spm_context *spm = context;
    uint32_t token =
        text_lookup(spm->section, spm->text + left->start, left->n_bytes + right->n_bytes);
    if (token == HONE_TEXT_NONE) return false;
    *out_priority = priority_of(text_score(spm->section, token));
    *out_symbol = token;
    return true;
}

/* U+2581, which the vocabulary writes for a space, means a space in the text as well. */
static size_t normalise(const uint8_t *text, size_t n_bytes, bool space_prefix, uint8_t *out)
{
    size_t used = 0;
    if (space_prefix) out[used++] = ' ';
    for (size_t at = 0; at < n_bytes;) {
        if (n_bytes - at >= 3 && memcmp(text + at, "\xe2\x96\x81", 3) == 0) {
            out[used++] = ' ';
            at += 3;
        } else {
            out[used++] = text[at++];
        }
    }
    return used;
}

static void emit_link(const struct spm_context *spm, const struct text_link *link,
                      struct text_sink *sink)
{
    const uint8_t *text = spm->text + link->start;
    uint32_t token = link->symbol;
    if (token == HONE_TEXT_NONE) token = text_lookup(spm->section, text, link->n_bytes);
    if (token != HONE_TEXT_NONE) {
        text_emit(sink, token);
        return;
    }
    for (uint32_t i = 0; i < link->n_bytes; i++) {
        token = text_load(spm->section->bytes, text[i]);
        if (token == HONE_TEXT_NONE) token = spm->section->fields[HONE_TEXT_UNK];
        if (token != HONE_TEXT_NONE) text_emit(sink, token);
    }
}

enum hone_status text_encode_spm(const struct text_section *section, const uint8_t *text,
                                 size_t n_bytes, bool space_prefix, struct text_scratch *scratch,
                                 struct text_sink *sink, struct hone_error *err)
{
    struct text_merger *merger = &scratch->merger;
    if (!text_reserve(&scratch->text, n_bytes + 1, 1))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    n_bytes = normalise(text, n_bytes, space_prefix, scratch->text.data);
    struct spm_context spm = {section, scratch->text.data};
    if (!text_reserve(&merger->links, n_bytes, sizeof(struct text_link)))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    struct text_link *links = merger->links.data;
    merger->n_links = 0;
    for (size_t at = 0, n; at < n_bytes; at += n) {
        text_utf8_step(spm.text + at, n_bytes - at, &n);
        links[merger->n_links++] = (struct text_link){
            .start = (uint32_t)at, .n_bytes = (uint32_t)n, .symbol = HONE_TEXT_NONE};
    }
    if (!text_merge(merger, pair_by_score, &spm))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    for (uint32_t i = 0; i != HONE_TEXT_NONE; i = links[i].next) emit_link(&spm, &links[i], sink);
    return HONE_OK;
}
