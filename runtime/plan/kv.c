/* SPDX-License-Identifier: MIT */
/* KV pages: a stack of free ones, a table per sequence. */
#include "runtime/plan/kv.h"

#include "runtime/base/checked.h"

static uint32_t pages_of(const struct hone_kv *kv, uint32_t n_positions)
{
    return (uint32_t)hone_ceil_div(n_positions, kv->page_tokens);
}

void hone_kv_init(struct hone_kv *kv, uint32_t n_pages)
{
    /* Page 0 is taken first: a lone sequence gets its pages in order. */
    for (uint32_t i = 0; i < n_pages; i++) kv->free_pages[i] = n_pages - 1 - i;
    kv->n_free = n_pages;
    for (uint32_t i = 0; i < kv->n_seqs; i++) kv->lengths[i] = 0;
}

uint32_t hone_kv_pages_needed(const struct hone_kv *kv, uint32_t seq, uint32_t n_tokens)
{
    return pages_of(kv, kv->lengths[seq] + n_tokens) - pages_of(kv, kv->lengths[seq]);
}

void hone_kv_extend(struct hone_kv *kv, uint32_t seq, uint32_t n_tokens)
{
    uint32_t *row = kv->pages + (uint64_t)seq * kv->max_pages;
    uint32_t n_before = pages_of(kv, kv->lengths[seq]);
    kv->lengths[seq] += n_tokens;
    uint32_t n_after = pages_of(kv, kv->lengths[seq]);
    for (uint32_t i = n_before; i < n_after; i++) row[i] = kv->free_pages[--kv->n_free];
}

void hone_kv_truncate(struct hone_kv *kv, uint32_t seq, uint32_t n_positions)
{
    uint32_t *row = kv->pages + (uint64_t)seq * kv->max_pages;
    uint32_t n_kept = pages_of(kv, n_positions);
    for (uint32_t i = pages_of(kv, kv->lengths[seq]); i > n_kept; i--)
        kv->free_pages[kv->n_free++] = row[i - 1];
    kv->lengths[seq] = n_positions;
}
