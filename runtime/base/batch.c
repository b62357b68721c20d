/* SPDX-License-Identifier: MIT */
/* Offsets of the batch block's fields; codegen, runner and runtime all take them from here. */
#include "runtime/base/batch.h"

#include "runtime/base/checked.h"

enum { ALIGNMENT = 64, WORD = 4 };

bool hone_batch_layout(const struct hone_batch_shape *shape, struct hone_batch_layout *out_layout)
{
    uint64_t table;
    if (!hone_mul(shape->max_seqs, shape->max_pages, &table)) return false;
    const uint64_t n_words[HONE_BATCH_FIELDS] = {
        [HONE_BATCH_N_TOKENS] = 1,
        [HONE_BATCH_N_SEQS] = 1,
        [HONE_BATCH_N_OUT] = 1,
        [HONE_BATCH_MAX_KV] = 1,
        [HONE_BATCH_PAGE_STRIDE] = 1,
        [HONE_BATCH_TOKENS] = shape->max_tokens,
        [HONE_BATCH_POSITIONS] = shape->max_tokens,
        [HONE_BATCH_TOKEN_SEQ] = shape->max_tokens,
        [HONE_BATCH_Q_START] = (uint64_t)shape->max_seqs + 1,
        [HONE_BATCH_KV_LEN] = shape->max_seqs,
        [HONE_BATCH_OUT_ROWS] = shape->max_out,
        [HONE_BATCH_PAGE_TABLE] = table,
    };
    uint64_t at = 0;
    for (int f = 0; f < HONE_BATCH_FIELDS; f++) {
        uint64_t n_bytes;
        if (f >= HONE_BATCH_TOKENS && !hone_round_up(at, ALIGNMENT, &at)) return false;
        out_layout->offset[f] = at;
        if (!hone_mul(n_words[f], WORD, &n_bytes) || !hone_add(at, n_bytes, &at)) return false;
    }
    return hone_round_up(at, ALIGNMENT, &out_layout->n_bytes);
}
