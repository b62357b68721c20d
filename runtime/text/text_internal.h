/* SPDX-License-Identifier: MIT */
/* What the parts of the tokenizer share: the checked section and one call's scratch memory. */
#ifndef HONE_TEXT_INTERNAL_H
#define HONE_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/text/section.h"

/* Views into the section; after text_section_read() every index in it is in range. */
struct text_section {
    const uint8_t *base;
    uint32_t fields[HONE_TEXT_FIELDS];
    const uint8_t *blob, *ends, *attributes, *scores, *slots, *begins, *merges, *bytes, *specials,
        *regexes;
    uint32_t max_symbol_bytes; /* the longest text of any symbol */
};

struct text_bytes {
    const uint8_t *data;
    size_t n_bytes;
};

static inline uint32_t text_load(const uint8_t *table, size_t index)
{
    const uint8_t *b = table + index * 4;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

enum hone_status text_section_read(const void *bytes, size_t n_bytes, struct text_section *out,
                                   struct hone_error *err);

/* symbol < n_symbols */
struct text_bytes text_symbol_bytes(const struct text_section *section, uint32_t symbol);
/* index < n_specials; *out_id is its token. */
struct text_bytes text_special(const struct text_section *section, uint32_t index,
                               uint32_t *out_id);
/* id < n_tokens */
enum hone_text_type text_type(const struct text_section *section, uint32_t id);
float text_score(const struct text_section *section, uint32_t id);
/* Token whose text is exactly these bytes, or HONE_TEXT_NONE. */
uint32_t text_lookup(const struct text_section *section, const uint8_t *data, size_t n_bytes);
/* Merge of two symbols: false when there is none. */
bool text_find_merge(const struct text_section *section, uint32_t left, uint32_t right,
                     uint32_t *out_rank, uint32_t *out_result);

/* Where ids go: counts all, keeps what fits. */
struct text_sink {
    int32_t *ids;
    size_t capacity, n;
};

static inline void text_emit(struct text_sink *sink, uint32_t id)
{
    if (sink->n < sink->capacity) sink->ids[sink->n] = (int32_t)id;
    sink->n++;
}

/* Memory of one call that grows and is reused by its words. */
struct text_buffer {
    void *data;
    size_t capacity; /* bytes */
};

/* Room for `count` items; keeps what is there. False when there is no memory. */
bool text_reserve(struct text_buffer *buffer, size_t count, size_t item_bytes);

/* The merge loop that both kinds share: a chain of symbols, and candidates in a heap. */
struct text_link {
    uint32_t start, n_bytes; /* of the text; n_bytes 0: merged away */
    uint32_t symbol;         /* HONE_TEXT_NONE: a character without one */
    uint32_t prev, next;     /* HONE_TEXT_NONE at the ends */
};

struct text_candidate {
    uint64_t key; /* smallest first: priority, then place */
    uint32_t left, right, n_bytes, symbol;
};

struct text_merger {
    struct text_buffer links, heap;
    size_t n_links, n_heap;
};

/* The symbol that `left` and `right` become and its priority (smaller first), or false. */
typedef bool text_pair_fn(const void *context, const struct text_link *left,
                          const struct text_link *right, uint32_t *out_priority,
                          uint32_t *out_symbol);

/* Merges links[0 .. n_links) (start, n_bytes, symbol set) until no pair is left; the survivors are
 * reached from link 0 through `next`. O(n log n). False when there is no memory. */
bool text_merge(struct text_merger *merger, text_pair_fn *pair, const void *context);

struct text_regexes; /* the compiled expressions */
enum hone_status text_regexes_compile(const struct text_section *section, struct text_regexes **out,
                                      struct hone_error *err);
void text_regexes_free(struct text_regexes *regexes);

struct hone_tokenizer {
    struct text_section section;
    struct text_regexes *regexes;
};

struct text_scratch {
    struct text_merger merger;
    struct text_buffer pieces, more_pieces; /* uint32_t: ends of the pieces of a fragment */
    struct text_buffer text;                /* SPM's normalised fragment */
    struct text_buffer marks;               /* uint32_t per byte, see text_mark_specials */
};

/* Cuts valid UTF-8 into pieces; their ends lie in scratch->pieces. */
enum hone_status text_split(const struct text_regexes *regexes, const uint8_t *text, size_t n_bytes,
                            struct text_scratch *scratch, size_t *out_n_pieces,
                            struct hone_error *err);

/* One fragment of valid UTF-8 without special tokens, n_bytes > 0. */
enum hone_status text_encode_bpe(const struct text_section *section,
                                 const struct text_regexes *regexes, const uint8_t *text,
                                 size_t n_bytes, struct text_scratch *scratch,
                                 struct text_sink *sink, struct hone_error *err);
enum hone_status text_encode_spm(const struct text_section *section, const uint8_t *text,
                                 size_t n_bytes, bool space_prefix, struct text_scratch *scratch,
                                 struct text_sink *sink, struct hone_error *err);

#define TEXT_MARK_INSIDE UINT32_MAX

/* Marks the special tokens of a text, longest first, in scratch->marks: 0 for ordinary bytes, 1 +
 * the index of the special where one begins, TEXT_MARK_INSIDE on its other bytes. *out_found is
 * false when there are none and the marks were not made. */
enum hone_status text_mark_specials(const struct text_section *section, const uint8_t *text,
                                    size_t n_bytes, bool parse_special,
                                    struct text_scratch *scratch, bool *out_found,
                                    struct hone_error *err);

#endif
