/* SPDX-License-Identifier: MIT */
/* The public face: opening a section, tokenizing a text fragment by fragment, asking about ids. */
#include "runtime/text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/text/text_internal.h"
#include "runtime/text/utf8.h"

enum { MAX_TEXT_BYTES = 256 << 20 };

enum hone_status hone_tokenizer_open(const void *section, size_t n_bytes,
                                     struct hone_tokenizer **out_tokenizer, struct hone_error *err)
{
    *out_tokenizer = NULL;
    struct hone_tokenizer *tokenizer = calloc(1, sizeof *tokenizer);
    if (!tokenizer) return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    enum hone_status status = text_section_read(section, n_bytes, &tokenizer->section, err);
    if (status == HONE_OK)
        status = text_regexes_compile(&tokenizer->section, &tokenizer->regexes, err);
    if (status != HONE_OK) {
        hone_tokenizer_close(tokenizer);
        return status;
    }
    *out_tokenizer = tokenizer;
    return HONE_OK;
}

void hone_tokenizer_close(struct hone_tokenizer *tokenizer)
{
    if (!tokenizer) return;
    text_regexes_free(tokenizer->regexes);
    free(tokenizer);
}

void hone_tokenizer_info(const struct hone_tokenizer *tokenizer,
                         struct hone_tokenizer_info *out_info)
{
    const uint32_t *f = tokenizer->section.fields;
    const char *blob = (const char *)tokenizer->section.blob;
    bool has_template = f[HONE_TEXT_TEMPLATE_BEGIN] != HONE_TEXT_NONE;
    *out_info = (struct hone_tokenizer_info){
        .n_tokens = f[HONE_TEXT_N_TOKENS],
        .bos = (int32_t)f[HONE_TEXT_BOS], /* HONE_TEXT_NONE is HONE_TOKEN_NONE */
        .eos = (int32_t)f[HONE_TEXT_EOS],
        .eot = (int32_t)f[HONE_TEXT_EOT],
        .eom = (int32_t)f[HONE_TEXT_EOM],
        .unk = (int32_t)f[HONE_TEXT_UNK],
        .add_bos = f[HONE_TEXT_FLAGS] & HONE_TEXT_ADD_BOS,
        .add_eos = f[HONE_TEXT_FLAGS] & HONE_TEXT_ADD_EOS,
        .model = f[HONE_TEXT_KIND] == HONE_TEXT_SPM ? "spm" : "bpe",
        .pre = blob + f[HONE_TEXT_PRE_BEGIN],
        .pre_bytes = f[HONE_TEXT_PRE_BYTES],
        .chat_template = has_template ? blob + f[HONE_TEXT_TEMPLATE_BEGIN] : NULL,
        .chat_template_bytes = has_template ? f[HONE_TEXT_TEMPLATE_BYTES] : 0,
        .max_piece_bytes = tokenizer->section.max_symbol_bytes,
    };
}

bool hone_tokenizer_is_stop(const struct hone_tokenizer *tokenizer, int32_t id)
{
    return id >= 0 && (uint32_t)id < tokenizer->section.fields[HONE_TEXT_N_TOKENS] &&
           (tokenizer->section.attributes[id] & HONE_TEXT_STOP);
}

bool hone_tokenizer_is_control(const struct hone_tokenizer *tokenizer, int32_t id)
{
    if (id < 0 || (uint32_t)id >= tokenizer->section.fields[HONE_TEXT_N_TOKENS]) return false;
    enum hone_text_type type = text_type(&tokenizer->section, (uint32_t)id);
    return type == HONE_TEXT_CONTROL || type == HONE_TEXT_UNKNOWN;
}

/* after_special: at the start of the text, or right behind a special token. */
static enum hone_status encode_fragment(const struct hone_tokenizer *tokenizer, const uint8_t *text,
                                        size_t n_bytes, bool after_special,
                                        struct text_scratch *scratch, struct text_sink *sink,
                                        struct hone_error *err)
{
    const struct text_section *section = &tokenizer->section;
    if (n_bytes == 0) return HONE_OK;
    if (section->fields[HONE_TEXT_KIND] == HONE_TEXT_BPE)
        return text_encode_bpe(section, tokenizer->regexes, text, n_bytes, scratch, sink, err);
    bool prefix = after_special && (section->fields[HONE_TEXT_FLAGS] & HONE_TEXT_SPACE_PREFIX);
    return text_encode_spm(section, text, n_bytes, prefix, scratch, sink, err);
}

static enum hone_status encode_text(const struct hone_tokenizer *tokenizer, const uint8_t *text,
                                    size_t n_bytes, bool parse_special,
                                    struct text_scratch *scratch, struct text_sink *sink,
                                    struct hone_error *err)
{
    bool found, after_special = true;
    HONE_TRY(text_mark_specials(&tokenizer->section, text, n_bytes, parse_special, scratch, &found,
                                err));
    if (!found) return encode_fragment(tokenizer, text, n_bytes, true, scratch, sink, err);
    const uint32_t *marks = scratch->marks.data;
    for (size_t at = 0, end; at < n_bytes; at = end) {
        if (marks[at]) {
            uint32_t id;
            end = at + text_special(&tokenizer->section, marks[at] - 1, &id).n_bytes;
            text_emit(sink, id);
            after_special = true;
            continue;
        }
        for (end = at; end < n_bytes && !marks[end];) end++;
        HONE_TRY(
            encode_fragment(tokenizer, text + at, end - at, after_special, scratch, sink, err));
        after_special = false;
    }
    return HONE_OK;
}

static void free_scratch(struct text_scratch *scratch)
{
    free(scratch->merger.links.data);
    free(scratch->merger.heap.data);
    free(scratch->pieces.data);
    free(scratch->more_pieces.data);
    free(scratch->text.data);
    free(scratch->marks.data);
}

static enum hone_status encode(const struct hone_tokenizer *tokenizer, const uint8_t *text,
                               size_t n_bytes, const struct hone_tokenize_options *options,
                               struct text_sink *sink, struct hone_error *err)
{
    const uint32_t *f = tokenizer->section.fields;
    struct text_scratch scratch = {0};
    uint32_t flags = options->add_special ? f[HONE_TEXT_FLAGS] : 0;
    if ((flags & HONE_TEXT_ADD_BOS) && f[HONE_TEXT_BOS] != HONE_TEXT_NONE)
        text_emit(sink, f[HONE_TEXT_BOS]);
    enum hone_status status =
        encode_text(tokenizer, text, n_bytes, options->parse_special, &scratch, sink, err);
    if ((flags & HONE_TEXT_ADD_EOS) && f[HONE_TEXT_EOS] != HONE_TEXT_NONE)
        text_emit(sink, f[HONE_TEXT_EOS]);
    free_scratch(&scratch);
    return status;
}

enum hone_status hone_tokenize(const struct hone_tokenizer *tokenizer, const char *text,
                               size_t n_bytes, const struct hone_tokenize_options *options,
                               int32_t *ids, size_t capacity, size_t *out_n, struct hone_error *err)
{
    static const struct hone_tokenize_options plain = {0};
    struct text_sink sink = {ids, ids ? capacity : 0, 0};
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t *repaired = NULL;
    *out_n = 0;
    if (n_bytes > MAX_TEXT_BYTES)
        return hone_fail(err, HONE_ERR_LIMIT, "tokenizer: text of %zu bytes, at most %d expected",
                         n_bytes, MAX_TEXT_BYTES);
    if (!text_utf8_valid(bytes, n_bytes)) {
        repaired = malloc(3 * n_bytes);
        if (!repaired) return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
        n_bytes = text_utf8_repair(bytes, n_bytes, repaired);
        bytes = repaired;
    }
    enum hone_status status =
        encode(tokenizer, bytes, n_bytes, options ? options : &plain, &sink, err);
    free(repaired);
    if (status != HONE_OK) return status;
    *out_n = sink.n;
    if (sink.n > capacity && ids)
        return hone_fail(err, HONE_ERR_LIMIT, "tokenizer: the text has %zu tokens, room for %zu",
                         sink.n, capacity);
    return HONE_OK;
}
