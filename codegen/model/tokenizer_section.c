/* SPDX-License-Identifier: MIT */
/* Laying a vocabulary out as a tokenizer section. */
#include "codegen/model/tokenizer_section.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/model/vocab.h"
#include "runtime/base/checked.h"

struct slots {
    uint32_t *ids;
    uint32_t n, n_probes, seed;
};

struct writer {
    const struct vocab *vocab;
    struct slots slots;
    uint8_t *bytes;
    uint32_t fields[HONE_TEXT_FIELDS];
    uint64_t used;
    uint32_t blob_used; /* within the blob */
};

static void store(uint8_t *table, uint64_t index, uint32_t value)
{
    for (int i = 0; i < 4; i++) table[index * 4 + i] = (uint8_t)(value >> (8 * i));
}

/* Tokens that are looked up by their bytes: by SPM's merges, or as whole pieces. */
static bool is_looked_up(const struct vocab *vocab, uint32_t id)
{
    uint32_t type = vocab->attributes[id] & HONE_TEXT_TYPE_MASK;
    if (vocab->text[id].n_bytes == 0) return false;
    if (vocab->kind == HONE_TEXT_SPM)
        return type == HONE_TEXT_NORMAL || type == HONE_TEXT_USER || type == HONE_TEXT_UNUSED;
    return (vocab->flags & HONE_TEXT_IGNORE_MERGES) &&
           (type == HONE_TEXT_NORMAL || type == HONE_TEXT_UNUSED || type == HONE_TEXT_BYTE);
}

static bool fill_slots(const struct vocab *vocab, struct slots *slots)
{
    for (uint32_t i = 0; i < slots->n; i++) slots->ids[i] = HONE_TEXT_NONE;
    slots->n_probes = 0;
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        if (!is_looked_up(vocab, id)) continue;
        struct hone_gguf_text text = vocab->text[id];
        uint32_t slot = hone_text_hash(text.data, text.n_bytes, slots->seed);
        uint32_t probe = 0;
        for (;; probe++, slot++) {
            if (probe == HONE_TEXT_MAX_PROBES) return false;
            uint32_t there = slots->ids[slot & (slots->n - 1)];
            if (there == HONE_TEXT_NONE) break;
            struct hone_gguf_text other = vocab->text[there];
            if (other.n_bytes == text.n_bytes && memcmp(other.data, text.data, text.n_bytes) == 0)
                break; /* of equal texts the last counts, as in the reference */
        }
        slots->ids[slot & (slots->n - 1)] = id;
        if (probe + 1 > slots->n_probes) slots->n_probes = probe + 1;
    }
    return true;
}

/* Tries seeds, then larger tables, until every token is found within the allowed probes. */
static enum hone_status make_slots(const struct vocab *vocab, struct slots *slots,
                                   struct hone_error *err)
{
    uint32_t n_tokens = 0, n = 1;
    for (uint32_t id = 0; id < vocab->n_tokens; id++) n_tokens += is_looked_up(vocab, id);
    if (n_tokens == 0) return HONE_OK;
    while (n < 2 * n_tokens) n *= 2;
    for (int growth = 0; growth < 3; growth++, n *= 2) {
        free(slots->ids);
        slots->n = n;
        slots->ids = malloc((size_t)n * sizeof *slots->ids);
        if (!slots->ids) return vocab_no_memory(vocab, err);
        for (slots->seed = 1; slots->seed <= 8; slots->seed++)
            if (fill_slots(vocab, slots)) return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_UNSUPPORTED, "%s: the token texts collide: no table holds them",
                     hone_gguf_path(vocab->gguf));
}

static uint32_t blob_bytes(const struct vocab *vocab, uint64_t *out)
{
    uint64_t total = vocab->pre.n_bytes + vocab->chat_template.n_bytes;
    for (uint32_t i = 0; i < vocab->n_symbols; i++) total += vocab->text[i].n_bytes;
    for (uint32_t i = 0; i < vocab->n_specials; i++) total += vocab->specials[i].text.n_bytes;
    uint32_t n_regexes = 0;
    if (vocab->kind == HONE_TEXT_BPE)
        for (; vocab->pretokenizer->regexes[n_regexes]; n_regexes++)
            total += strlen(vocab->pretokenizer->regexes[n_regexes]);
    *out = total;
    return n_regexes;
}

/* Chooses where each table goes; fails when offsets would not fit. */
static enum hone_status plan(struct writer *writer, struct hone_error *err)
{
    const struct vocab *vocab = writer->vocab;
    uint32_t *f = writer->fields;
    bool spm = vocab->kind == HONE_TEXT_SPM;
    uint64_t n_blob;
    f[HONE_TEXT_N_REGEXES] = blob_bytes(vocab, &n_blob);
    const struct {
        enum hone_text_field at;
        uint64_t n_bytes;
    } tables[] = {
        {HONE_TEXT_ENDS_AT, 4ull * vocab->n_symbols},
        {HONE_TEXT_SCORES_AT, spm ? 4ull * vocab->n_tokens : 0},
        {HONE_TEXT_SLOTS_AT, 4ull * writer->slots.n},
        {HONE_TEXT_BEGINS_AT, spm ? 0 : 4ull * (vocab->n_symbols + 1ull)},
        {HONE_TEXT_MERGES_AT, (uint64_t)HONE_TEXT_MERGE_BYTES * vocab->n_merges},
        {HONE_TEXT_BYTES_AT, 4 * 256},
        {HONE_TEXT_SPECIALS_AT, (uint64_t)HONE_TEXT_SPECIAL_BYTES * vocab->n_specials},
        {HONE_TEXT_REGEXES_AT, (uint64_t)HONE_TEXT_REGEX_BYTES * f[HONE_TEXT_N_REGEXES]},
        {HONE_TEXT_ATTRIBUTES_AT, vocab->n_tokens},
        {HONE_TEXT_BLOB_AT, n_blob},
    };
    uint64_t at = HONE_TEXT_HEADER_BYTES;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        f[tables[i].at] = (uint32_t)at;
        if (!hone_add(at, tables[i].n_bytes, &at) || at > UINT32_MAX)
            return hone_fail(err, HONE_ERR_UNSUPPORTED, "%s: the vocabulary is over 4 GiB",
                             hone_gguf_path(vocab->gguf));
    }
    f[HONE_TEXT_BLOB_BYTES] = (uint32_t)n_blob;
    f[HONE_TEXT_N_BYTES] = (uint32_t)at;
    return HONE_OK;
}

static uint32_t put_text(struct writer *writer, const char *text, size_t n_bytes)
{
    uint32_t begin = writer->blob_used;
    if (n_bytes) memcpy(writer->bytes + writer->fields[HONE_TEXT_BLOB_AT] + begin, text, n_bytes);
    writer->blob_used += (uint32_t)n_bytes;
    return begin;
}

static void write_symbols(struct writer *writer)
{
    const struct vocab *vocab = writer->vocab;
    const uint32_t *f = writer->fields;
    for (uint32_t i = 0; i < vocab->n_symbols; i++) {
        put_text(writer, vocab->text[i].data, vocab->text[i].n_bytes);
        store(writer->bytes + f[HONE_TEXT_ENDS_AT], i, writer->blob_used);
    }
    memcpy(writer->bytes + f[HONE_TEXT_ATTRIBUTES_AT], vocab->attributes, vocab->n_tokens);
    if (vocab->kind == HONE_TEXT_SPM)
        memcpy(writer->bytes + f[HONE_TEXT_SCORES_AT], vocab->scores.data, 4ull * vocab->n_tokens);
    for (uint32_t i = 0; i < writer->slots.n; i++)
        store(writer->bytes + f[HONE_TEXT_SLOTS_AT], i, writer->slots.ids[i]);
    for (uint32_t i = 0; i < 256; i++)
        store(writer->bytes + f[HONE_TEXT_BYTES_AT], i, vocab->bytes[i]);
}

static void write_merges(struct writer *writer)
{
    const struct vocab *vocab = writer->vocab;
    uint8_t *begins = writer->bytes + writer->fields[HONE_TEXT_BEGINS_AT];
    uint8_t *merges = writer->bytes + writer->fields[HONE_TEXT_MERGES_AT];
    uint32_t at = 0;
    if (vocab->kind == HONE_TEXT_SPM) return;
    for (uint32_t left = 0; left <= vocab->n_symbols; left++) {
        store(begins, left, at);
        for (; at < vocab->n_merges && vocab->merges[at].left == left; at++) {
            store(merges, 3ull * at, vocab->merges[at].right);
            store(merges, 3ull * at + 1, vocab->merges[at].rank);
            store(merges, 3ull * at + 2, vocab->merges[at].result);
        }
    }
}

static void write_lists(struct writer *writer)
{
    const struct vocab *vocab = writer->vocab;
    uint32_t *f = writer->fields;
    for (uint32_t i = 0; i < vocab->n_specials; i++) {
        struct hone_gguf_text text = vocab->specials[i].text;
        uint8_t *record = writer->bytes + f[HONE_TEXT_SPECIALS_AT] + i * HONE_TEXT_SPECIAL_BYTES;
        store(record, 0, vocab->specials[i].id);
        store(record, 1, put_text(writer, text.data, text.n_bytes));
        store(record, 2, (uint32_t)text.n_bytes);
    }
    for (uint32_t i = 0; i < f[HONE_TEXT_N_REGEXES]; i++) {
        const char *regex = vocab->pretokenizer->regexes[i];
        uint8_t *record = writer->bytes + f[HONE_TEXT_REGEXES_AT] + i * HONE_TEXT_REGEX_BYTES;
        store(record, 0, put_text(writer, regex, strlen(regex)));
        store(record, 1, (uint32_t)strlen(regex));
    }
    f[HONE_TEXT_PRE_BEGIN] = put_text(writer, vocab->pre.data, vocab->pre.n_bytes);
    f[HONE_TEXT_PRE_BYTES] = (uint32_t)vocab->pre.n_bytes;
    f[HONE_TEXT_TEMPLATE_BEGIN] =
        vocab->chat_template.data
            ? put_text(writer, vocab->chat_template.data, vocab->chat_template.n_bytes)
            : HONE_TEXT_NONE;
    f[HONE_TEXT_TEMPLATE_BYTES] = (uint32_t)vocab->chat_template.n_bytes;
}

static void write_header(struct writer *writer)
{
    const struct vocab *vocab = writer->vocab;
    uint32_t *f = writer->fields;
    f[HONE_TEXT_MAGIC_FIELD] = HONE_TEXT_MAGIC;
    f[HONE_TEXT_VERSION_FIELD] = HONE_TEXT_VERSION;
    f[HONE_TEXT_KIND] = vocab->kind;
    f[HONE_TEXT_FLAGS] = vocab->flags;
    f[HONE_TEXT_N_TOKENS] = vocab->n_tokens;
    f[HONE_TEXT_N_SYMBOLS] = vocab->n_symbols;
    memcpy(f + HONE_TEXT_BOS, vocab->ids, sizeof vocab->ids);
    f[HONE_TEXT_N_SLOTS] = writer->slots.n;
    f[HONE_TEXT_N_PROBES] = writer->slots.n_probes;
    f[HONE_TEXT_HASH_SEED] = writer->slots.seed;
    f[HONE_TEXT_N_MERGES] = vocab->n_merges;
    f[HONE_TEXT_N_SPECIALS] = vocab->n_specials;
    for (uint32_t i = 0; i < HONE_TEXT_FIELDS; i++) store(writer->bytes, i, f[i]);
}

static enum hone_status write_all(struct writer *writer, struct hone_error *err)
{
    HONE_TRY(make_slots(writer->vocab, &writer->slots, err));
    HONE_TRY(plan(writer, err));
    writer->bytes = calloc(1, writer->fields[HONE_TEXT_N_BYTES]);
    if (!writer->bytes) return vocab_no_memory(writer->vocab, err);
    write_symbols(writer);
    write_merges(writer);
    write_lists(writer);
    write_header(writer);
    return HONE_OK;
}

enum hone_status vocab_write(const struct vocab *vocab, void **out_section, size_t *out_n_bytes,
                             struct hone_error *err)
{
    struct writer writer = {.vocab = vocab};
    enum hone_status status = write_all(&writer, err);
    free(writer.slots.ids);
    if (status != HONE_OK) {
        free(writer.bytes);
        return status;
    }
    *out_section = writer.bytes;
    *out_n_bytes = writer.fields[HONE_TEXT_N_BYTES];
    return HONE_OK;
}

static enum hone_status build(struct vocab *vocab, void **out_section, size_t *out_n_bytes,
                              struct hone_error *err)
{
    HONE_TRY(vocab_read(vocab, err));
    HONE_TRY(vocab->kind == HONE_TEXT_SPM ? vocab_finish_spm(vocab, err)
                                          : vocab_finish_bpe(vocab, err));
    HONE_TRY(vocab_list_specials(vocab, err));
    return vocab_write(vocab, out_section, out_n_bytes, err);
}

enum hone_status hone_tokenizer_section_build(const struct hone_gguf *gguf, void **out_section,
                                              size_t *out_n_bytes, struct hone_error *err)
{
    struct vocab vocab = {.gguf = gguf};
    *out_section = NULL;
    *out_n_bytes = 0;
    enum hone_status status = build(&vocab, out_section, out_n_bytes, err);
    hone_arena_release(&vocab.arena);
    return status;
}
