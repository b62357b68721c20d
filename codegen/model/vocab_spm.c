/* SPDX-License-Identifier: MIT */
/* SentencePiece vocabularies: what the texts stand for, and the tokens of single bytes. */
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "codegen/model/vocab.h"

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

/* Exactly <0xNN>: anything looser has let "<0x-1>" index a table with -1 elsewhere. */
static int byte_value(struct hone_gguf_text text)
{
    if (text.n_bytes != 6 || memcmp(text.data, "<0x", 3) != 0 || text.data[5] != '>') return -1;
    int high = hex_digit(text.data[3]), low = hex_digit(text.data[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* U+2581 stands for a space. */
static bool unescape(struct vocab *vocab, struct hone_gguf_text raw, struct hone_gguf_text *out)
{
    char *text = hone_arena_alloc(&vocab->arena, raw.n_bytes + 1);
    size_t used = 0;
    if (!text) return false;
    for (size_t at = 0; at < raw.n_bytes;) {
        bool space = raw.n_bytes - at >= 3 && memcmp(raw.data + at, "\xe2\x96\x81", 3) == 0;
        text[used++] = space ? ' ' : raw.data[at];
        at += space ? 3 : 1;
    }
    *out = (struct hone_gguf_text){text, used};
    return true;
}

static enum hone_status byte_token(struct vocab *vocab, uint32_t id, struct hone_error *err)
{
    char quoted[GGUF_QUOTE_BYTES];
    int value = byte_value(vocab->raw[id]);
    if (value < 0)
        return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, vocab->raw[id].data), err,
                            "token %u is a byte called %s, <0x00> to <0xFF> expected", id,
                            gguf_quote(vocab->raw[id], quoted));
    char *text = hone_arena_alloc(&vocab->arena, 1);
    if (!text) return vocab_no_memory(vocab, err);
    *text = (char)value;
    vocab->text[id] = (struct hone_gguf_text){text, 1};
    vocab->bytes[value] = id;
    return HONE_OK;
}

enum hone_status vocab_finish_spm(struct vocab *vocab, struct hone_error *err)
{
    vocab->n_symbols = vocab->n_tokens;
    vocab->text = hone_arena_array(&vocab->arena, vocab->n_symbols, sizeof *vocab->text);
    if (!vocab->text) return vocab_no_memory(vocab, err);
    for (int byte = 0; byte < 256; byte++) vocab->bytes[byte] = HONE_TEXT_NONE;
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        uint32_t type = vocab->attributes[id] & HONE_TEXT_TYPE_MASK;
        if (type == HONE_TEXT_BYTE)
            HONE_TRY(byte_token(vocab, id, err));
        else if (type == HONE_TEXT_CONTROL || type == HONE_TEXT_UNKNOWN)
            vocab->text[id] = vocab->raw[id];
        else if (!unescape(vocab, vocab->raw[id], &vocab->text[id]))
            return vocab_no_memory(vocab, err);
    }
    return HONE_OK;
}
