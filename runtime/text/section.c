/* SPDX-License-Identifier: MIT */
/* Checks a tokenizer section completely, once, so that the rest can index without asking. */
#include <math.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "runtime/text/text_internal.h"

static enum hone_status bad(struct hone_error *err, const char *what)
{
    return hone_fail(err, HONE_ERR_FORMAT, "tokenizer section: %s", what);
}

static enum hone_status read_header(const uint8_t *bytes, size_t n_bytes,
                                    struct text_section *section, struct hone_error *err)
{
    if (n_bytes < HONE_TEXT_HEADER_BYTES) return bad(err, "shorter than its header");
    section->base = bytes;
    for (size_t i = 0; i < HONE_TEXT_FIELDS; i++) section->fields[i] = text_load(bytes, i);
    const uint32_t *f = section->fields;
    if (f[HONE_TEXT_MAGIC_FIELD] != HONE_TEXT_MAGIC) return bad(err, "wrong magic");
    if (f[HONE_TEXT_VERSION_FIELD] != HONE_TEXT_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "tokenizer section: version %u, %d expected",
                         f[HONE_TEXT_VERSION_FIELD], HONE_TEXT_VERSION);
    if (f[HONE_TEXT_N_BYTES] != n_bytes) return bad(err, "its length is not the one it states");
    if (f[HONE_TEXT_KIND] != HONE_TEXT_SPM && f[HONE_TEXT_KIND] != HONE_TEXT_BPE)
        return bad(err, "unknown kind");
    if (f[HONE_TEXT_N_TOKENS] == 0 || f[HONE_TEXT_N_TOKENS] > HONE_TEXT_MAX_TOKENS)
        return bad(err, "no tokens, or more than 2^24");
    if (f[HONE_TEXT_N_SYMBOLS] < f[HONE_TEXT_N_TOKENS] ||
        f[HONE_TEXT_N_SYMBOLS] > 2u * HONE_TEXT_MAX_TOKENS)
        return bad(err, "number of symbols out of range");
    if (f[HONE_TEXT_N_REGEXES] > HONE_TEXT_MAX_REGEXES) return bad(err, "too many expressions");
    for (int id = HONE_TEXT_BOS; id <= HONE_TEXT_UNK; id++)
        if (f[id] != HONE_TEXT_NONE && f[id] >= f[HONE_TEXT_N_TOKENS])
            return bad(err, "a special id is not in the vocabulary");
    return HONE_OK;
}

struct table {
    enum hone_text_field at;
    uint64_t count, item_bytes;
    const uint8_t **view;
};

static enum hone_status place_tables(struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    bool spm = f[HONE_TEXT_KIND] == HONE_TEXT_SPM;
    uint64_t n_scores = spm ? f[HONE_TEXT_N_TOKENS] : 0;
    uint64_t n_begins = spm ? 0 : f[HONE_TEXT_N_SYMBOLS] + 1ull;
    const uint64_t merge = HONE_TEXT_MERGE_BYTES, special = HONE_TEXT_SPECIAL_BYTES;
    const struct table tables[] = {
        {HONE_TEXT_BLOB_AT, f[HONE_TEXT_BLOB_BYTES], 1, &section->blob},
        {HONE_TEXT_ENDS_AT, f[HONE_TEXT_N_SYMBOLS], 4, &section->ends},
        {HONE_TEXT_ATTRIBUTES_AT, f[HONE_TEXT_N_TOKENS], 1, &section->attributes},
        {HONE_TEXT_SCORES_AT, n_scores, 4, &section->scores},
        {HONE_TEXT_SLOTS_AT, f[HONE_TEXT_N_SLOTS], 4, &section->slots},
        {HONE_TEXT_BEGINS_AT, n_begins, 4, &section->begins},
        {HONE_TEXT_MERGES_AT, f[HONE_TEXT_N_MERGES], merge, &section->merges},
        {HONE_TEXT_BYTES_AT, 256, 4, &section->bytes},
        {HONE_TEXT_SPECIALS_AT, f[HONE_TEXT_N_SPECIALS], special, &section->specials},
        {HONE_TEXT_REGEXES_AT, f[HONE_TEXT_N_REGEXES], HONE_TEXT_REGEX_BYTES, &section->regexes},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint64_t n_bytes;
        if (!hone_mul(tables[i].count, tables[i].item_bytes, &n_bytes) ||
            !hone_in_range(f[tables[i].at], n_bytes, f[HONE_TEXT_N_BYTES]))
            return bad(err, "a table reaches past its end");
        *tables[i].view = section->base + f[tables[i].at];
    }
    return HONE_OK;
}

static enum hone_status check_tokens(struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    uint32_t before = 0;
    for (uint32_t i = 0; i < f[HONE_TEXT_N_SYMBOLS]; i++) {
        uint32_t end = text_load(section->ends, i);
        if (end < before || end > f[HONE_TEXT_BLOB_BYTES]) return bad(err, "a text out of place");
        if (end - before > section->max_symbol_bytes) section->max_symbol_bytes = end - before;
        before = end;
    }
    for (uint32_t i = 0; i < f[HONE_TEXT_N_TOKENS]; i++) {
        uint32_t type = section->attributes[i] & HONE_TEXT_TYPE_MASK;
        if (type < HONE_TEXT_NORMAL || type > HONE_TEXT_BYTE) return bad(err, "unknown token type");
        if (f[HONE_TEXT_KIND] == HONE_TEXT_SPM && !isfinite(text_score(section, i)))
            return bad(err, "a score is not a number");
    }
    return HONE_OK;
}

static enum hone_status check_slots(const struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    uint32_t n = f[HONE_TEXT_N_SLOTS];
    if ((n & (n - 1)) != 0 && n != 0) return bad(err, "number of slots is no power of two");
    if (f[HONE_TEXT_N_PROBES] > HONE_TEXT_MAX_PROBES) return bad(err, "too many probes");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = text_load(section->slots, i);
        if (id != HONE_TEXT_NONE && id >= f[HONE_TEXT_N_TOKENS])
            return bad(err, "a slot is not in the vocabulary");
    }
    return HONE_OK;
}

static bool joins(const struct text_section *section, uint32_t left, uint32_t right,
                  uint32_t result)
{
    struct text_bytes a = text_symbol_bytes(section, left);
    struct text_bytes b = text_symbol_bytes(section, right);
    struct text_bytes c = text_symbol_bytes(section, result);
    return a.n_bytes > 0 && b.n_bytes > 0 && c.n_bytes == a.n_bytes + b.n_bytes &&
           memcmp(c.data, a.data, a.n_bytes) == 0 &&
           memcmp(c.data + a.n_bytes, b.data, b.n_bytes) == 0;
}

static enum hone_status check_merges(const struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    uint32_t n_symbols = f[HONE_TEXT_N_SYMBOLS];
    if (f[HONE_TEXT_KIND] == HONE_TEXT_SPM) return HONE_OK;
    if (text_load(section->begins, 0) != 0 ||
        text_load(section->begins, n_symbols) != f[HONE_TEXT_N_MERGES])
        return bad(err, "the merges do not begin or end where they should");
    for (uint32_t left = 0; left < n_symbols; left++) {
        uint32_t begin = text_load(section->begins, left);
        uint32_t end = text_load(section->begins, left + 1);
        if (end < begin || end > f[HONE_TEXT_N_MERGES]) return bad(err, "merges out of place");
        for (uint32_t i = begin; i < end; i++) {
            uint32_t right = text_load(section->merges, 3 * (size_t)i);
            uint32_t result = text_load(section->merges, 3 * (size_t)i + 2);
            if (right >= n_symbols || result >= n_symbols) return bad(err, "a merge out of range");
            if (i > begin && right <= text_load(section->merges, 3 * (size_t)(i - 1)))
                return bad(err, "merges out of order");
            if (!joins(section, left, right, result))
                return bad(err, "a merge does not give the text of its parts");
        }
    }
    return HONE_OK;
}

static enum hone_status check_bytes(const struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t symbol = text_load(section->bytes, byte);
        if (symbol == HONE_TEXT_NONE && f[HONE_TEXT_KIND] == HONE_TEXT_SPM) continue;
        uint32_t limit =
            f[f[HONE_TEXT_KIND] == HONE_TEXT_SPM ? HONE_TEXT_N_TOKENS : HONE_TEXT_N_SYMBOLS];
        if (symbol >= limit) return bad(err, "a byte without its symbol");
        struct text_bytes text = text_symbol_bytes(section, symbol);
        if (text.n_bytes != 1 || text.data[0] != byte)
            return bad(err, "a byte with a wrong symbol");
    }
    return HONE_OK;
}

static enum hone_status check_specials(const struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    struct text_bytes before = {NULL, 0};
    for (uint32_t i = 0; i < f[HONE_TEXT_N_SPECIALS]; i++) {
        const uint8_t *record = section->specials + (size_t)i * HONE_TEXT_SPECIAL_BYTES;
        uint32_t begin = text_load(record, 1), n_bytes = text_load(record, 2);
        if (text_load(record, 0) >= f[HONE_TEXT_N_TOKENS] || n_bytes == 0 ||
            !hone_in_range(begin, n_bytes, f[HONE_TEXT_BLOB_BYTES]))
            return bad(err, "a special token out of range");
        struct text_bytes text = {section->blob + begin, n_bytes};
        size_t common = before.n_bytes < n_bytes ? before.n_bytes : n_bytes;
        int order = common ? memcmp(before.data, text.data, common) : 0;
        if (order > 0 || (order == 0 && before.n_bytes >= n_bytes))
            return bad(err, "special tokens out of order");
        before = text;
    }
    return HONE_OK;
}

static enum hone_status check_texts(const struct text_section *section, struct hone_error *err)
{
    const uint32_t *f = section->fields;
    uint32_t blob = f[HONE_TEXT_BLOB_BYTES];
    for (uint32_t i = 0; i < f[HONE_TEXT_N_REGEXES]; i++) {
        uint32_t n_bytes = text_load(section->regexes, 2 * i + 1);
        if (n_bytes > HONE_TEXT_MAX_REGEX_BYTES ||
            !hone_in_range(text_load(section->regexes, 2 * i), n_bytes, blob))
            return bad(err, "an expression out of range");
    }
    if (!hone_in_range(f[HONE_TEXT_PRE_BEGIN], f[HONE_TEXT_PRE_BYTES], blob) ||
        (f[HONE_TEXT_TEMPLATE_BEGIN] != HONE_TEXT_NONE &&
         !hone_in_range(f[HONE_TEXT_TEMPLATE_BEGIN], f[HONE_TEXT_TEMPLATE_BYTES], blob)))
        return bad(err, "a text out of range");
    return HONE_OK;
}

enum hone_status text_section_read(const void *bytes, size_t n_bytes, struct text_section *out,
                                   struct hone_error *err)
{
    *out = (struct text_section){0};
    HONE_TRY(read_header(bytes, n_bytes, out, err));
    HONE_TRY(place_tables(out, err));
    HONE_TRY(check_tokens(out, err));
    HONE_TRY(check_slots(out, err));
    HONE_TRY(check_merges(out, err));
    HONE_TRY(check_bytes(out, err));
    HONE_TRY(check_specials(out, err));
    return check_texts(out, err);
}

struct text_bytes text_symbol_bytes(const struct text_section *section, uint32_t symbol)
{
    uint32_t begin = symbol ? text_load(section->ends, symbol - 1) : 0;
    return (struct text_bytes){section->blob + begin, text_load(section->ends, symbol) - begin};
}

struct text_bytes text_special(const struct text_section *section, uint32_t index, uint32_t *out_id)
{
    const uint8_t *record = section->specials + (size_t)index * HONE_TEXT_SPECIAL_BYTES;
    *out_id = text_load(record, 0);
    return (struct text_bytes){section->blob + text_load(record, 1), text_load(record, 2)};
}

enum hone_text_type text_type(const struct text_section *section, uint32_t id)
{
    return (enum hone_text_type)(section->attributes[id] & HONE_TEXT_TYPE_MASK);
}

float text_score(const struct text_section *section, uint32_t id)
{
    uint32_t bits = text_load(section->scores, id);
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

uint32_t text_lookup(const struct text_section *section, const uint8_t *data, size_t n_bytes)
{
    const uint32_t *f = section->fields;
    uint32_t mask = f[HONE_TEXT_N_SLOTS] - 1;
    if (f[HONE_TEXT_N_SLOTS] == 0 || n_bytes > section->max_symbol_bytes) return HONE_TEXT_NONE;
    uint32_t slot = hone_text_hash(data, n_bytes, f[HONE_TEXT_HASH_SEED]) & mask;
    for (uint32_t i = 0; i < f[HONE_TEXT_N_PROBES]; i++, slot = (slot + 1) & mask) {
        uint32_t id = text_load(section->slots, slot);
        if (id == HONE_TEXT_NONE) return HONE_TEXT_NONE;
        struct text_bytes text = text_symbol_bytes(section, id);
        if (text.n_bytes == n_bytes && memcmp(text.data, data, n_bytes) == 0) return id;
    }
    return HONE_TEXT_NONE;
}

bool text_find_merge(const struct text_section *section, uint32_t left, uint32_t right,
                     uint32_t *out_rank, uint32_t *out_result)
{
    uint32_t low = text_load(section->begins, left), high = text_load(section->begins, left + 1);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const uint8_t *merge = section->merges + (size_t)middle * HONE_TEXT_MERGE_BYTES;
        uint32_t found = text_load(merge, 0);
        if (found == right) {
            *out_rank = text_load(merge, 1);
            *out_result = text_load(merge, 2);
            return true;
        }
        if (found < right)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
