/* SPDX-License-Identifier: MIT */
/* Byte layout of the tokenizer section: everything the runtime needs, ready to be read in place. */
#ifndef HONE_TEXT_SECTION_H
#define HONE_TEXT_SECTION_H

#include <stddef.h>
#include <stdint.h>

/* All numbers are little-endian u32 at any alignment. The section begins with HONE_TEXT_FIELDS
 * numbers, in the order of the enum below; `*_AT` fields are byte offsets from the start of the
 * section. "Blob" is one run of bytes that all texts are cut from; texts are not terminated.
 *
 *   text ends      u32 × n_symbols: where each symbol's bytes end in the blob, ascending;
 *                  each begins where the one before it ends, the first at 0
 *   attributes     u8 × n_tokens: type (1-6, as GGUF counts them) | HONE_TEXT_STOP
 *   scores         f32 × n_tokens (SPM), finite
 *   slots          u32 × n_slots: open-addressing table of token ids by bytes, HONE_TEXT_NONE when
 *                  empty; a token is within n_probes slots of hone_text_hash() mod n_slots
 *   merge begins   u32 × (n_symbols + 1) (BPE): the merges of left symbol s are
 *                  [begins[s], begins[s + 1])
 *   merges         {right, rank, result} × n_merges (BPE), right ascending within one left
 *   bytes          u32 × 256: symbol of each byte (BPE, always one; SPM, HONE_TEXT_NONE if absent)
 *   specials       {id, begin, bytes} × n_specials: tokens cut out of the text, their literal text
 *                  in the blob; in ascending order of the text, no text twice
 *   regexes        {begin, bytes} × n_regexes (BPE): PCRE2 expressions, applied one after the other
 *
 * Symbols are the tokens, then (BPE) the texts that merges pass through but that are no tokens;
 * those leave as the tokens of their bytes. Text of a symbol = the bytes that it stands for. */
enum hone_text_field {
    HONE_TEXT_MAGIC_FIELD, /* HONE_TEXT_MAGIC */
    HONE_TEXT_VERSION_FIELD,
    HONE_TEXT_N_BYTES, /* of the whole section */
    HONE_TEXT_KIND,    /* enum hone_text_kind */
    HONE_TEXT_FLAGS,   /* enum hone_text_flag */
    HONE_TEXT_N_TOKENS,
    HONE_TEXT_N_SYMBOLS,
    HONE_TEXT_BOS, /* ids, or HONE_TEXT_NONE */
    HONE_TEXT_EOS,
    HONE_TEXT_EOT,
    HONE_TEXT_EOM,
    HONE_TEXT_UNK,
    HONE_TEXT_BLOB_AT,
    HONE_TEXT_BLOB_BYTES,
    HONE_TEXT_ENDS_AT,
    HONE_TEXT_ATTRIBUTES_AT,
    HONE_TEXT_SCORES_AT,
    HONE_TEXT_SLOTS_AT,
    HONE_TEXT_N_SLOTS, /* a power of two, or 0: no lookup by bytes */
    HONE_TEXT_N_PROBES,
    HONE_TEXT_HASH_SEED,
    HONE_TEXT_BEGINS_AT,
    HONE_TEXT_MERGES_AT,
    HONE_TEXT_N_MERGES,
    HONE_TEXT_BYTES_AT,
    HONE_TEXT_SPECIALS_AT,
    HONE_TEXT_N_SPECIALS,
    HONE_TEXT_REGEXES_AT,
    HONE_TEXT_N_REGEXES,
    HONE_TEXT_PRE_BEGIN, /* name of the pre-tokenizer, in the blob */
    HONE_TEXT_PRE_BYTES,
    HONE_TEXT_TEMPLATE_BEGIN, /* chat template, in the blob; HONE_TEXT_NONE: none */
    HONE_TEXT_TEMPLATE_BYTES,
    HONE_TEXT_FIELDS
};

enum {
    HONE_TEXT_MAGIC = 0x4b544e48, /* "HNTK" */
    HONE_TEXT_VERSION = 1,
    HONE_TEXT_HEADER_BYTES = HONE_TEXT_FIELDS * 4,
    HONE_TEXT_MERGE_BYTES = 12,
    HONE_TEXT_SPECIAL_BYTES = 12,
    HONE_TEXT_REGEX_BYTES = 8,
    HONE_TEXT_MAX_PROBES = 128,
    HONE_TEXT_MAX_REGEXES = 16,
    HONE_TEXT_MAX_REGEX_BYTES = 65536,
    HONE_TEXT_MAX_TOKENS = 1 << 24,
    HONE_TEXT_TYPE_MASK = 0x07,
    HONE_TEXT_STOP = 0x80, /* the token ends a generation */
};

#define HONE_TEXT_NONE UINT32_MAX

enum hone_text_kind {
    HONE_TEXT_SPM = 1, /* merges by score, byte tokens for what is not in the vocabulary */
    HONE_TEXT_BPE = 2, /* byte-level, merges by rank, after splitting by expressions */
};

enum hone_text_flag {
    HONE_TEXT_ADD_BOS = 1,
    HONE_TEXT_ADD_EOS = 2,
    HONE_TEXT_SPACE_PREFIX = 4,  /* SPM: text begins as if after a space */
    HONE_TEXT_IGNORE_MERGES = 8, /* BPE: a piece that is a token is that token */
};

enum hone_text_type {
    HONE_TEXT_NORMAL = 1,
    HONE_TEXT_UNKNOWN = 2,
    HONE_TEXT_CONTROL = 3,
    HONE_TEXT_USER = 4,
    HONE_TEXT_UNUSED = 5,
    HONE_TEXT_BYTE = 6,
};

/* Seeded FNV-1a, folded: the one hash of the slots. */
static inline uint32_t hone_text_hash(const void *data, size_t n_bytes, uint32_t seed)
{
    const unsigned char *bytes = data;
    uint64_t hash = 0xcbf29ce484222325u ^ ((uint64_t)seed * 0x9e3779b97f4a7c15u);
    for (size_t i = 0; i < n_bytes; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    hash ^= hash >> 29;
    return (uint32_t)(hash ^ hash >> 32);
}

#endif
