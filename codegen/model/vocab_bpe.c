/* SPDX-License-Identifier: MIT */
/* Byte-level BPE vocabularies: from the printable alphabet of the file to bytes, merges to ids. */
#include <stdlib.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "codegen/model/vocab.h"

enum { ALPHABET_END = 0x144 }; /* one past the last character of the alphabet */

/* The file writes bytes as characters: printable Latin-1 as itself, the other 68 bytes, in order,
 * as U+0100 and on. */
struct alphabet {
    int16_t byte_of[ALPHABET_END]; /* -1: not a character of the alphabet */
    uint16_t char_of[256];
};

static void make_alphabet(struct alphabet *alphabet)
{
    uint16_t next = 0x100;
    for (int i = 0; i < ALPHABET_END; i++) alphabet->byte_of[i] = -1;
    for (uint16_t byte = 0; byte < 256; byte++) {
        bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
        alphabet->char_of[byte] = printable ? byte : next++;
        alphabet->byte_of[alphabet->char_of[byte]] = (int16_t)byte;
    }
}

/* Characters outside the alphabet, and bytes that are no UTF-8, stay as they are. */
static bool decode(struct vocab *vocab, const struct alphabet *alphabet, struct hone_gguf_text raw,
                   struct hone_gguf_text *out)
{
    uint8_t *text = hone_arena_alloc(&vocab->arena, raw.n_bytes + 1);
    const uint8_t *from = (const uint8_t *)raw.data;
    size_t used = 0;
    if (!text) return false;
    for (size_t at = 0; at < raw.n_bytes;) {
        bool pair = at + 1 < raw.n_bytes && from[at] >= 0xc2 && from[at] <= 0xdf &&
                    (from[at + 1] & 0xc0) == 0x80;
        uint32_t c = pair ? (from[at] & 0x1fu) << 6 | (from[at + 1] & 0x3fu) : from[at];
        if ((pair || c < 0x80) && c < ALPHABET_END && alphabet->byte_of[c] >= 0) {
            text[used++] = (uint8_t)alphabet->byte_of[c];
            at += pair ? 2 : 1;
        } else {
            text[used++] = from[at++];
        }
    }
    *out = (struct hone_gguf_text){(const char *)text, used};
    return true;
}

/* Texts in order, each with its symbol; looked up by halving. */
struct entry {
    struct hone_gguf_text raw;
    uint32_t symbol;
};

struct index {
    struct entry *entries;
    size_t n;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = gguf_compare_text(x->raw.data, x->raw.n_bytes, y->raw.data, y->raw.n_bytes);
    return order != 0 ? order : (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* The last of equal texts, as the reference keeps it; HONE_TEXT_NONE when there is none. */
static uint32_t find(const struct index *index, struct hone_gguf_text raw)
{
    size_t low = 0, high = index->n;
    while (low < high) { /* first entry that is greater */
        size_t middle = low + (high - low) / 2;
        const struct entry *entry = &index->entries[middle];
        if (gguf_compare_text(entry->raw.data, entry->raw.n_bytes, raw.data, raw.n_bytes) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return HONE_TEXT_NONE;
    const struct entry *last = &index->entries[low - 1];
    return gguf_compare_text(last->raw.data, last->raw.n_bytes, raw.data, raw.n_bytes) == 0
               ? last->symbol
               : HONE_TEXT_NONE;
}

struct bpe_work {
    struct vocab *vocab;
    struct alphabet alphabet;
    struct index tokens, extras;       /* extras: texts of merges and bytes that are no tokens */
    struct hone_gguf_text (*parts)[3]; /* per merge: left, right, both */
    uint32_t n_parts;
    char byte_texts[256][2];
    struct hone_gguf_text byte_raw[256];
};

/* Control and user-defined tokens never come out of merges: they were cut out of the text. */
static enum hone_status index_tokens(struct bpe_work *work, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    work->tokens.entries =
        hone_arena_array(&vocab->arena, vocab->n_tokens, sizeof *work->tokens.entries);
    if (!work->tokens.entries) return vocab_no_memory(vocab, err);
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        uint32_t type = vocab->attributes[id] & HONE_TEXT_TYPE_MASK;
        if (type != HONE_TEXT_NORMAL && type != HONE_TEXT_UNUSED && type != HONE_TEXT_BYTE)
            continue;
        work->tokens.entries[work->tokens.n++] = (struct entry){vocab->raw[id], id};
    }
    qsort(work->tokens.entries, work->tokens.n, sizeof *work->tokens.entries, compare_entries);
    return HONE_OK;
}

static enum hone_status split_merge(struct bpe_work *work, struct hone_gguf_text merge,
                                    uint32_t rank, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    const char *space = merge.n_bytes > 1 ? memchr(merge.data + 1, ' ', merge.n_bytes - 1) : NULL;
    size_t left = space ? (size_t)(space - merge.data) : 0;
    if (!space || left + 1 == merge.n_bytes) {
        char quoted[GGUF_QUOTE_BYTES];
        return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, merge.data), err,
                            "merge %u is %s, two parts with a space between expected", rank,
                            gguf_quote(merge, quoted));
    }
    size_t right = merge.n_bytes - left - 1;
    char *both = hone_arena_alloc(&vocab->arena, left + right);
    if (!both) return vocab_no_memory(vocab, err);
    memcpy(both, merge.data, left);
    memcpy(both + left, space + 1, right);
    work->parts[rank][0] = (struct hone_gguf_text){merge.data, left};
    work->parts[rank][1] = (struct hone_gguf_text){space + 1, right};
    work->parts[rank][2] = (struct hone_gguf_text){both, left + right};
    return HONE_OK;
}

static enum hone_status read_merges(struct bpe_work *work, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    struct hone_gguf_array merges;
    HONE_TRY(
        hone_gguf_get_array(vocab->gguf, "tokenizer.ggml.merges", HONE_GGUF_STRING, &merges, err));
    if (merges.count > HONE_TEXT_MAX_TOKENS / 4)
        return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, merges.data), err,
                            "%llu merges, at most 2^22 expected", (unsigned long long)merges.count);
    work->n_parts = (uint32_t)merges.count;
    work->parts = hone_arena_array(&vocab->arena, work->n_parts + 1u, sizeof *work->parts);
    if (!work->parts) return vocab_no_memory(vocab, err);
    uint64_t cursor = 0;
    struct hone_gguf_text merge;
    for (uint32_t rank = 0; hone_gguf_array_next_text(&merges, &cursor, &merge); rank++)
        HONE_TRY(split_merge(work, merge, rank, err));
    return HONE_OK;
}

static void write_byte_texts(struct bpe_work *work)
{
    for (int byte = 0; byte < 256; byte++) {
        uint16_t c = work->alphabet.char_of[byte];
        char *text = work->byte_texts[byte];
        text[0] = (char)(c < 0x80 ? c : 0xc0 | c >> 6);
        text[1] = (char)(0x80 | (c & 0x3f));
        work->byte_raw[byte] = (struct hone_gguf_text){text, c < 0x80 ? 1 : 2};
    }
}

/* Gives symbols after the tokens to what is needed but is no token. */
static enum hone_status index_extras(struct bpe_work *work, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    size_t n = 0;
    struct entry *entries =
        hone_arena_array(&vocab->arena, 3 * (size_t)work->n_parts + 256, sizeof *entries);
    if (!entries) return vocab_no_memory(vocab, err);
    for (int byte = 0; byte < 256; byte++)
        if (find(&work->tokens, work->byte_raw[byte]) == HONE_TEXT_NONE)
            entries[n++].raw = work->byte_raw[byte];
    for (uint32_t i = 0; i < work->n_parts; i++)
        for (int part = 0; part < 3; part++)
            if (find(&work->tokens, work->parts[i][part]) == HONE_TEXT_NONE)
                entries[n++].raw = work->parts[i][part];
    qsort(entries, n, sizeof *entries, compare_entries);
    work->extras.entries = entries;
    for (size_t i = 0; i < n; i++) {
        struct entry *last = entries + work->extras.n;
        if (i > 0 && gguf_compare_text(last[-1].raw.data, last[-1].raw.n_bytes, entries[i].raw.data,
                                       entries[i].raw.n_bytes) == 0)
            continue;
        *last = (struct entry){entries[i].raw, vocab->n_tokens + (uint32_t)work->extras.n};
        work->extras.n++;
    }
    vocab->n_symbols = vocab->n_tokens + (uint32_t)work->extras.n;
    return HONE_OK;
}

static uint32_t symbol_of(const struct bpe_work *work, struct hone_gguf_text raw)
{
    uint32_t symbol = find(&work->tokens, raw);
    return symbol != HONE_TEXT_NONE ? symbol : find(&work->extras, raw);
}

static enum hone_status write_texts(struct bpe_work *work, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    vocab->text = hone_arena_array(&vocab->arena, vocab->n_symbols, sizeof *vocab->text);
    if (!vocab->text) return vocab_no_memory(vocab, err);
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        uint32_t type = vocab->attributes[id] & HONE_TEXT_TYPE_MASK;
        if (type == HONE_TEXT_CONTROL || type == HONE_TEXT_UNKNOWN || type == HONE_TEXT_USER)
            vocab->text[id] = vocab->raw[id];
        else if (!decode(vocab, &work->alphabet, vocab->raw[id], &vocab->text[id]))
            return vocab_no_memory(vocab, err);
    }
    for (size_t i = 0; i < work->extras.n; i++)
        if (!decode(vocab, &work->alphabet, work->extras.entries[i].raw,
                    &vocab->text[vocab->n_tokens + i]))
            return vocab_no_memory(vocab, err);
    for (int byte = 0; byte < 256; byte++)
        vocab->bytes[byte] = symbol_of(work, work->byte_raw[byte]);
    return HONE_OK;
}

static int compare_merges(const void *a, const void *b)
{
    const struct vocab_merge *x = a, *y = b;
    if (x->left != y->left) return x->left > y->left ? 1 : -1;
    if (x->right != y->right) return x->right > y->right ? 1 : -1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static enum hone_status write_merges(struct bpe_work *work, struct hone_error *err)
{
    struct vocab *vocab = work->vocab;
    struct vocab_merge *merges =
        hone_arena_array(&vocab->arena, work->n_parts + 1u, sizeof *merges);
    if (!merges) return vocab_no_memory(vocab, err);
    for (uint32_t rank = 0; rank < work->n_parts; rank++) {
        struct hone_gguf_text *part = work->parts[rank];
        merges[rank] = (struct vocab_merge){symbol_of(work, part[0]), symbol_of(work, part[1]),
                                            rank, symbol_of(work, part[2])};
        /* Cutting inside a character would change what the parts stand for. */
        if (vocab->text[merges[rank].left].n_bytes + vocab->text[merges[rank].right].n_bytes !=
            vocab->text[merges[rank].result].n_bytes)
            return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, part[0].data), err,
                                "merge %u cuts a character in two", rank);
    }
    qsort(merges, work->n_parts, sizeof *merges, compare_merges);
    vocab->merges = merges;
    for (uint32_t i = 0; i < work->n_parts; i++) { /* of equal pairs the first rank counts */
        struct vocab_merge *last = merges + vocab->n_merges;
        if (i > 0 && last[-1].left == merges[i].left && last[-1].right == merges[i].right) continue;
        *last = merges[i];
        vocab->n_merges++;
    }
    return HONE_OK;
}

enum hone_status vocab_finish_bpe(struct vocab *vocab, struct hone_error *err)
{
    struct bpe_work *work = hone_arena_alloc(&vocab->arena, sizeof *work);
    if (!work) return vocab_no_memory(vocab, err);
    work->vocab = vocab;
    make_alphabet(&work->alphabet);
    write_byte_texts(work);
    HONE_TRY(index_tokens(work, err));
    HONE_TRY(read_merges(work, err));
    HONE_TRY(index_extras(work, err));
    HONE_TRY(write_texts(work, err));
    return write_merges(work, err);
}
