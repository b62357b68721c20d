/* SPDX-License-Identifier: MIT */
/* Byte-level BPE: pieces by expressions, bytes to symbols, merges by rank. */
#include "runtime/text/text_internal.h"

static bool pair_by_rank(const void *context, const struct text_link *left,
                         const struct text_link *right, uint32_t *out_priority,
                         uint32_t *out_symbol)
{
    return text_find_merge(context, left->symbol, right->symbol, out_priority, out_symbol);
}

static void emit_symbol(const struct text_section *section, uint32_t symbol, struct text_sink *sink)
{
    uint32_t n_tokens = section->fields[HONE_TEXT_N_TOKENS];
    if (symbol < n_tokens) {
        text_emit(sink, symbol);
        return;
    }
    struct text_bytes text = text_symbol_bytes(section, symbol);
    for (size_t i = 0; i < text.n_bytes; i++) {
        uint32_t token = text_load(section->bytes, text.data[i]);
        if (token >= n_tokens) token = section->fields[HONE_TEXT_UNK];
        if (token != HONE_TEXT_NONE) text_emit(sink, token);
    }
}

static bool encode_piece(const struct text_section *section, const uint8_t *piece, size_t n_bytes,
                         struct text_merger *merger, struct text_sink *sink)
{
    if (section->fields[HONE_TEXT_FLAGS] & HONE_TEXT_IGNORE_MERGES) {
        uint32_t whole = text_lookup(section, piece, n_bytes);
        if (whole != HONE_TEXT_NONE) {
            text_emit(sink, whole);
            return true;
        }
    }
    if (!text_reserve(&merger->links, n_bytes, sizeof(struct text_link))) return false;
    struct text_link *links = merger->links.data;
    merger->n_links = n_bytes;
    for (size_t i = 0; i < n_bytes; i++)
        links[i] = (struct text_link){
            .start = (uint32_t)i, .n_bytes = 1, .symbol = text_load(section->bytes, piece[i])};
    if (!text_merge(merger, pair_by_rank, section)) return false;
    for (uint32_t i = 0; i != HONE_TEXT_NONE; i = links[i].next)
        emit_symbol(section, links[i].symbol, sink);
    return true;
}

enum hone_status text_encode_bpe(const struct text_section *section,
                                 const struct text_regexes *regexes, const uint8_t *text,
                                 size_t n_bytes, struct text_scratch *scratch,
                                 struct text_sink *sink, struct hone_error *err)
{
    size_t n_pieces;
    HONE_TRY(text_split(regexes, text, n_bytes, scratch, &n_pieces, err));
    const uint32_t *ends = scratch->pieces.data;
    for (size_t i = 0, begin = 0; i < n_pieces; begin = ends[i++])
        if (!encode_piece(section, text + begin, ends[i] - begin, &scratch->merger, sink))
            return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    return HONE_OK;
}
