/* SPDX-License-Identifier: MIT */
/* Pre-tokenization: a text cut by a sequence of PCRE2 expressions, matches and gaps both kept. */
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "runtime/text/text_internal.h"

/* No PCRE2 JIT: it maps writable and executable pages, which this process never does. The limits
 * are for expressions made to explode; those of real vocabularies take a few steps for a byte. */
enum { STEPS_PER_BYTE = 16, STEPS_MORE = 1000, HEAP_LIMIT_KIB = 65536 };

struct text_regexes {
    size_t n;
    pcre2_code *codes[HONE_TEXT_MAX_REGEXES];
};

static enum hone_status compile_one(struct text_regexes *regexes, const uint8_t *text,
                                    size_t n_bytes, struct hone_error *err)
{
    int code;
    PCRE2_SIZE offset;
    PCRE2_UCHAR reason[128];
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
    pcre2_code *compiled = pcre2_compile(text, n_bytes, options, &code, &offset, NULL);
    if (!compiled && code == PCRE2_ERROR_HEAP_FAILED)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    if (!compiled) {
        pcre2_get_error_message(code, reason, sizeof reason);
        return hone_fail(err, HONE_ERR_FORMAT, "tokenizer section: expression %zu, offset %zu: %s",
                         regexes->n, (size_t)offset, (const char *)reason);
    }
    regexes->codes[regexes->n++] = compiled;
    return HONE_OK;
}

enum hone_status text_regexes_compile(const struct text_section *section, struct text_regexes **out,
                                      struct hone_error *err)
{
    struct text_regexes *regexes = calloc(1, sizeof *regexes);
    if (!regexes) return hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    *out = regexes; /* the caller frees it, whatever comes */
    for (uint32_t i = 0; i < section->fields[HONE_TEXT_N_REGEXES]; i++)
        HONE_TRY(compile_one(regexes, section->blob + text_load(section->regexes, 2 * i),
                             text_load(section->regexes, 2 * i + 1), err));
    return HONE_OK;
}

void text_regexes_free(struct text_regexes *regexes)
{
    if (!regexes) return;
    for (size_t i = 0; i < regexes->n; i++) pcre2_code_free(regexes->codes[i]);
    free(regexes);
}

struct splitter {
    const pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    const uint8_t *text;
    struct text_buffer *ends;
    size_t n;
    struct hone_error *err;
};

static enum hone_status add_end(struct splitter *splitter, size_t end)
{
    if (!text_reserve(splitter->ends, splitter->n + 1, sizeof(uint32_t)))
        return hone_fail(splitter->err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    ((uint32_t *)splitter->ends->data)[splitter->n++] = (uint32_t)end;
    return HONE_OK;
}

/* A piece is a subject of its own: look-aheads and `$` see its end as the end of the text. The
 * text was validated once; letting each match validate it again would be quadratic. */
static enum hone_status split_piece(struct splitter *splitter, size_t begin, size_t end)
{
    const uint8_t *piece = splitter->text + begin;
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(splitter->match);
    size_t n_bytes = end - begin, at = 0;
    while (at < n_bytes) {
        int rc =
            pcre2_match(splitter->code, piece, n_bytes, at, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY,
                        splitter->match, splitter->limits);
        if (rc == PCRE2_ERROR_NOMATCH) break;
        if (rc < 0 || found[0] < at || found[1] <= found[0] || found[1] > n_bytes)
            return hone_fail(splitter->err, HONE_ERR_LIMIT,
                             "tokenizer: an expression fails at byte %zu of the text (PCRE2 %d)",
                             begin + at, rc);
        if (found[0] > at) HONE_TRY(add_end(splitter, begin + found[0]));
        HONE_TRY(add_end(splitter, begin + found[1]));
        at = found[1];
    }
    return at < n_bytes ? add_end(splitter, end) : HONE_OK;
}

static enum hone_status split_all(const struct text_regexes *regexes, struct splitter *splitter,
                                  struct text_scratch *scratch)
{
    for (size_t r = 0; r < regexes->n; r++) {
        size_t n_before = splitter->n;
        struct text_buffer swapped = scratch->pieces;
        scratch->pieces = scratch->more_pieces;
        scratch->more_pieces = swapped;
        splitter->code = regexes->codes[r];
        splitter->n = 0;
        const uint32_t *ends = scratch->more_pieces.data;
        for (size_t i = 0, begin = 0; i < n_before; begin = ends[i++])
            HONE_TRY(split_piece(splitter, begin, ends[i]));
    }
    return HONE_OK;
}

enum hone_status text_split(const struct text_regexes *regexes, const uint8_t *text, size_t n_bytes,
                            struct text_scratch *scratch, size_t *out_n_pieces,
                            struct hone_error *err)
{
    struct splitter splitter = {.text = text, .ends = &scratch->pieces, .err = err};
    enum hone_status status = add_end(&splitter, n_bytes);
    splitter.match = pcre2_match_data_create(1, NULL);
    splitter.limits = pcre2_match_context_create(NULL);
    if (!splitter.match || !splitter.limits) {
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "tokenizer: no memory");
    } else if (status == HONE_OK) {
        uint64_t steps = (uint64_t)STEPS_PER_BYTE * n_bytes + STEPS_MORE;
        pcre2_set_match_limit(splitter.limits, steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
        pcre2_set_heap_limit(splitter.limits, HEAP_LIMIT_KIB);
        status = split_all(regexes, &splitter, scratch);
    }
    pcre2_match_context_free(splitter.limits);
    pcre2_match_data_free(splitter.match);
    *out_n_pieces = splitter.n;
    return status;
}
