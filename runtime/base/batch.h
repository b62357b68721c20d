/* SPDX-License-Identifier: MIT */
/* The batch block: the values of the moment, at one fixed address that every kernel reads.
 *
 * A step's arguments never change after a session is made; what changes from one forward to the
 * next lives here. Field f lies at layout.offset[f] from the block's start:
 *
 *   n_tokens, n_seqs, n_out, max_kv   u32 each: rows in this forward, sequences, rows whose logits
 *                                     are wanted, longest kv_len
 *   page_stride                       u32: entries per row of page_table (= shape.max_pages)
 *   tokens[max_tokens]                i32 token ids, sequence after sequence
 *   positions[max_tokens]             u32 position of each row in its own sequence
 *   token_seq[max_tokens]             u32 row of page_table / index into kv_len of each token
 *   q_start[max_seqs + 1]             u32 first row of each sequence; q_start[n_seqs] = n_tokens
 *   kv_len[max_seqs]                  u32 positions valid in the KV pages after this forward's
 * append out_rows[max_out]                 u32 rows whose logits are wanted, ascending
 *   page_table[max_seqs][max_pages]   u32 page number of position / page_tokens
 *
 * Position p of sequence s lies in page page_table[s][p / page_tokens] at slot p % page_tokens. */
#ifndef HONE_BASE_BATCH_H
#define HONE_BASE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

enum hone_batch_field {
    HONE_BATCH_N_TOKENS = 0,
    HONE_BATCH_N_SEQS = 1,
    HONE_BATCH_N_OUT = 2,
    HONE_BATCH_MAX_KV = 3,
    HONE_BATCH_PAGE_STRIDE = 4,
    HONE_BATCH_TOKENS = 5,
    HONE_BATCH_POSITIONS = 6,
    HONE_BATCH_TOKEN_SEQ = 7,
    HONE_BATCH_Q_START = 8,
    HONE_BATCH_KV_LEN = 9,
    HONE_BATCH_OUT_ROWS = 10,
    HONE_BATCH_PAGE_TABLE = 11,
    HONE_BATCH_FIELDS
};

struct hone_batch_shape {
    uint32_t max_tokens; /* rows in one forward */
    uint32_t max_seqs;
    uint32_t max_out;   /* rows with logits in one forward */
    uint32_t max_pages; /* per sequence */
};

struct hone_batch_layout {
    uint64_t offset[HONE_BATCH_FIELDS];
    uint64_t n_bytes; /* multiple of 64 */
};

/* Arrays start at multiples of 64. False when a size wraps. */
bool hone_batch_layout(const struct hone_batch_shape *shape, struct hone_batch_layout *out_layout);

#endif
