/* SPDX-License-Identifier: MIT */
/* Merging neighbours by priority with a binary heap: O(n log n) even for one endless word. */
#include <stdlib.h>

#include "runtime/base/checked.h"
#include "runtime/text/text_internal.h"

bool text_reserve(struct text_buffer *buffer, size_t count, size_t item_bytes)
{
    uint64_t needed;
    if (!hone_mul(count, item_bytes, &needed)) return false;
    if (needed <= buffer->capacity) return true;
    uint64_t capacity = buffer->capacity * 2 > needed ? buffer->capacity * 2 : needed;
    void *data = realloc(buffer->data, capacity);
    if (!data) return false;
    *buffer = (struct text_buffer){data, capacity};
    return true;
}

static bool heap_push(struct text_merger *merger, struct text_candidate candidate)
{
    if (!text_reserve(&merger->heap, merger->n_heap + 1, sizeof candidate)) return false;
    struct text_candidate *heap = merger->heap.data;
    size_t at = merger->n_heap++;
    while (at > 0 && heap[(at - 1) / 2].key > candidate.key) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = candidate;
    return true;
}

static struct text_candidate heap_pop(struct text_merger *merger)
{
    struct text_candidate *heap = merger->heap.data;
    struct text_candidate top = heap[0], last = heap[--merger->n_heap];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < merger->n_heap) {
        if (child + 1 < merger->n_heap && heap[child + 1].key < heap[child].key) child++;
        if (heap[child].key >= last.key) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

static bool offer(struct text_merger *merger, text_pair_fn *pair, const void *context,
                  uint32_t left, uint32_t right)
{
    const struct text_link *links = merger->links.data;
    uint32_t priority, symbol;
    if (left == HONE_TEXT_NONE || right == HONE_TEXT_NONE) return true;
    if (!pair(context, &links[left], &links[right], &priority, &symbol)) return true;
    return heap_push(merger,
                     (struct text_candidate){(uint64_t)priority << 32 | left, left, right,
                                             links[left].n_bytes + links[right].n_bytes, symbol});
}

bool text_merge(struct text_merger *merger, text_pair_fn *pair, const void *context)
{
    struct text_link *links = merger->links.data;
    uint32_t n = (uint32_t)merger->n_links;
    merger->n_heap = 0;
    for (uint32_t i = 0; i < n; i++) {
        links[i].prev = i ? i - 1 : HONE_TEXT_NONE;
        links[i].next = i + 1 < n ? i + 1 : HONE_TEXT_NONE;
    }
    for (uint32_t i = 0; i + 1 < n; i++)
        if (!offer(merger, pair, context, i, i + 1)) return false;
    while (merger->n_heap > 0) {
        struct text_candidate best = heap_pop(merger);
        struct text_link *left = &links[best.left], *right = &links[best.right];
        /* A link only ever grows or dies, so equal lengths mean that both are as they were. */
        if (left->n_bytes == 0 || right->n_bytes == 0 ||
            left->n_bytes + right->n_bytes != best.n_bytes)
            continue;
        left->n_bytes = best.n_bytes;
        left->symbol = best.symbol;
        left->next = right->next;
        right->n_bytes = 0;
        if (left->next != HONE_TEXT_NONE) links[left->next].prev = best.left;
        if (!offer(merger, pair, context, left->prev, best.left) ||
            !offer(merger, pair, context, best.left, left->next))
            return false;
    }
    return true;
}
