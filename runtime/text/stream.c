/* SPDX-License-Identifier: MIT */
/* Ids back to bytes, and a stream of them to whole UTF-8 characters. */
#include <string.h>

#include "runtime/text/text_internal.h"
#include "runtime/text/tokenizer.h"
#include "runtime/text/utf8.h"

enum { CARRY_BYTES = 3, REPLACEMENT_BYTES = 3 };

enum hone_status hone_detokenize(const struct hone_tokenizer *tokenizer, int32_t id,
                                 const char **out_bytes, size_t *out_n, struct hone_error *err)
{
    uint32_t n_tokens = tokenizer->section.fields[HONE_TEXT_N_TOKENS];
    if (id < 0 || (uint32_t)id >= n_tokens)
        return hone_fail(err, HONE_ERR_ARGUMENT, "token %d is not in the vocabulary of %u", id,
                         n_tokens);
    struct text_bytes text = text_symbol_bytes(&tokenizer->section, (uint32_t)id);
    *out_bytes = (const char *)text.data;
    *out_n = text.n_bytes;
    return HONE_OK;
}

size_t hone_text_stream_capacity(const struct hone_tokenizer *tokenizer)
{
    return REPLACEMENT_BYTES * ((size_t)tokenizer->section.max_symbol_bytes + CARRY_BYTES);
}

static size_t put(char *out, size_t used, const void *bytes, size_t n_bytes)
{
    memcpy(out + used, bytes, n_bytes);
    return used + n_bytes;
}

/* Adds one byte to what waits; a character that is whole, or broken, leaves. */
static size_t feed(struct hone_text_stream *stream, uint8_t byte, char *out, size_t used)
{
    stream->carry[stream->n_carry++] = byte;
    while (stream->n_carry > 0) {
        size_t n;
        enum text_utf8 state = text_utf8_step(stream->carry, stream->n_carry, &n);
        if (state == TEXT_UTF8_PARTIAL) break;
        used = state == TEXT_UTF8_OK ? put(out, used, stream->carry, n)
                                     : put(out, used, "\xef\xbf\xbd", REPLACEMENT_BYTES);
        stream->n_carry = (uint8_t)(stream->n_carry - n);
        memmove(stream->carry, stream->carry + n, stream->n_carry);
    }
    return used;
}

enum hone_status hone_text_stream_push(struct hone_text_stream *stream, int32_t id, char *out,
                                       size_t capacity, size_t *out_n, struct hone_error *err)
{
    const char *bytes;
    size_t n_bytes, used = 0;
    *out_n = 0;
    HONE_TRY(hone_detokenize(stream->tokenizer, id, &bytes, &n_bytes, err));
    if (capacity < hone_text_stream_capacity(stream->tokenizer))
        return hone_fail(err, HONE_ERR_LIMIT, "room for %zu bytes of text, %zu needed", capacity,
                         hone_text_stream_capacity(stream->tokenizer));
    if (!stream->show_control && hone_tokenizer_is_control(stream->tokenizer, id)) return HONE_OK;
    if (stream->drop_first_space && n_bytes > 0) {
        stream->drop_first_space = false;
        if (bytes[0] == ' ') {
            bytes++;
            n_bytes--;
        }
    }
    for (size_t i = 0; i < n_bytes; i++) used = feed(stream, (uint8_t)bytes[i], out, used);
    *out_n = used;
    return HONE_OK;
}

size_t hone_text_stream_flush(struct hone_text_stream *stream, char *out)
{
    size_t used = stream->n_carry ? put(out, 0, "\xef\xbf\xbd", REPLACEMENT_BYTES) : 0;
    stream->n_carry = 0;
    return used;
}
