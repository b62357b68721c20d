/* SPDX-License-Identifier: MIT */
/* Who holds which KV page: a free list shared by all sequences of a session, and each one's
 * table. Pages of a sequence need not be neighbours. */
#ifndef HONE_PLAN_KV_H
#define HONE_PLAN_KV_H

#include <stdint.h>

struct hone_kv {
    uint32_t n_seqs, max_pages; /* rows and columns of `pages` */
    uint32_t page_tokens;
    uint32_t n_free;
    uint32_t *free_pages; /* [n_pages], the first n_free are free; the last is taken first */
    uint32_t *pages;      /* [n_seqs][max_pages] */
    uint32_t *lengths;    /* [n_seqs] positions held */
};

/* Arrays are the caller's: free_pages[n_pages], pages[n_seqs * max_pages], lengths[n_seqs]. */
void hone_kv_init(struct hone_kv *kv, uint32_t n_pages);

/* Pages that `n_tokens` more positions of a sequence would take from the free list. */
uint32_t hone_kv_pages_needed(const struct hone_kv *kv, uint32_t seq, uint32_t n_tokens);

/* The pages must be free: see above. */
void hone_kv_extend(struct hone_kv *kv, uint32_t seq, uint32_t n_tokens);

/* n_positions <= length. */
void hone_kv_truncate(struct hone_kv *kv, uint32_t seq, uint32_t n_positions);

static inline const uint32_t *hone_kv_row(const struct hone_kv *kv, uint32_t seq)
{
    return kv->pages + (uint64_t)seq * kv->max_pages;
}

#endif
