/* SPDX-License-Identifier: MIT */
/* Barrier objects in shared memory: arrivals, expected bytes, phases.
 *
 * The state is beside the memory, not in it; the eight bytes hold a mark, so that whoever writes
 * over a barrier is found out. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/emulators/ptx/async_proxy.h"

enum { POLL_LIMIT = 100000 };

struct barriers {
    uint32_t n, n_polls;
    uint64_t polled_at; /* block->progress then */
    struct ptx_mbarrier of[PTX_MAX_MBARRIERS];
};

static uint64_t mark_of(uint64_t address)
{
    return 0x6d62617272696572ull ^ address * 0x9e3779b97f4a7c15ull;
}

static struct ptx_mbarrier *find(const struct ptx_block *block, uint64_t address)
{
    struct barriers *all = block->extra[PTX_EXTRA_MBARRIER];
    for (uint32_t i = 0; all != NULL && i < all->n; i++)
        if (all->of[i].address == address) return &all->of[i];
    return NULL;
}

static struct ptx_mbarrier *make(struct ptx_block *block, uint64_t address)
{
    struct ptx_mbarrier *b = find(block, address);
    if (b != NULL) return b;
    if (block->extra[PTX_EXTRA_MBARRIER] == NULL)
        block->extra[PTX_EXTRA_MBARRIER] = calloc(1, sizeof(struct barriers));
    struct barriers *all = block->extra[PTX_EXTRA_MBARRIER];
    if (all == NULL || all->n == PTX_MAX_MBARRIERS) return NULL;
    b = &all->of[all->n++];
    b->address = address;
    return b;
}

struct ptx_mbarrier *ptx_mbarrier_at(struct ptx_warp *w, uint32_t lane, uint64_t address)
{
    if (address % 8 != 0) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "an mbarrier at 0x%llx",
                  (unsigned long long)address);
        return NULL;
    }
    struct ptx_mbarrier *b = find(w->block, address);
    if (b == NULL || !b->live) {
        ptx_fault(w, (int)lane, PTX_FAULT_SYNC,
                  "no mbarrier has been initialised at shared address 0x%llx",
                  (unsigned long long)address);
        return NULL;
    }
    const unsigned char *bytes = ptx_shared(w, lane, address, 8);
    if (bytes == NULL) return NULL;
    const uint64_t mark = mark_of(address);
    if (memcmp(bytes, &mark, sizeof mark) != 0) {
        ptx_fault(w, (int)lane, PTX_FAULT_SYNC, "the mbarrier at 0x%llx has been written over",
                  (unsigned long long)address);
        return NULL;
    }
    return ptx_shared_read(w, lane, address, 8) ? b : NULL;
}

bool ptx_mbarrier_init(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t count)
{
    if (address % 8 != 0 || count == 0 || count > PTX_MAX_TX) {
        ptx_fault(w, (int)lane, PTX_FAULT_SYNC, "an mbarrier at 0x%llx for %u arrivals",
                  (unsigned long long)address, count);
        return false;
    }
    unsigned char *bytes = ptx_shared(w, lane, address, 8);
    if (bytes == NULL || !ptx_shared_wrote(w, lane, address, 8)) return false;
    struct ptx_mbarrier *b = make(w->block, address);
    if (b == NULL) {
        ptx_fault(w, (int)lane, PTX_FAULT_NO_MEMORY, "more than %d mbarriers", PTX_MAX_MBARRIERS);
        return false;
    }
    const uint64_t mark = mark_of(address);
    memcpy(bytes, &mark, sizeof mark);
    *b = (struct ptx_mbarrier){
        .address = address, .live = true, .expected = count, .pending = count};
    return true;
}

/* Ends the phase when nothing is missing any more. */
static void settle(struct ptx_block *block, struct ptx_mbarrier *b)
{
    if (b->pending > 0 || b->tx != 0) return;
    b->released[b->phase % 2] = b->gathered;
    b->gathered = (struct ptx_clocks){{0}};
    b->phase++;
    b->pending = b->expected;
    block->progress++;
}

bool ptx_mbarrier_arrive(struct ptx_warp *w, uint32_t lane, struct ptx_mbarrier *b, uint32_t count,
                         bool drop)
{
    if (count == 0 || count > b->pending) {
        ptx_fault(w, (int)lane, PTX_FAULT_SYNC,
                  "%u arrivals on the mbarrier at 0x%llx, which waits for %u (of %u) in phase %u",
                  count, (unsigned long long)b->address, b->pending, b->expected, b->phase);
        return false;
    }
    b->pending -= count;
    if (drop) b->expected -= count;
    settle(w->block, b);
    return true;
}

bool ptx_mbarrier_tx(struct ptx_warp *w, uint32_t lane, struct ptx_mbarrier *b, int64_t tx)
{
    b->tx += tx;
    const bool too_many = b->tx < 0 && b->pending == 0;
    if (too_many || b->tx > PTX_MAX_TX || b->tx < -PTX_MAX_TX) {
        ptx_fault(w, (int)lane, PTX_FAULT_SYNC,
                  "the mbarrier at 0x%llx gets %lld bytes %s than it expects in phase %u",
                  (unsigned long long)b->address, (long long)(b->tx < 0 ? -b->tx : b->tx),
                  b->tx < 0 ? "more" : "fewer", b->phase);
        return false;
    }
    settle(w->block, b);
    return true;
}

bool ptx_mbarrier_poll(struct ptx_block *block)
{
    struct barriers *all = block->extra[PTX_EXTRA_MBARRIER];
    if (all->polled_at != block->progress) all->n_polls = 0;
    all->polled_at = block->progress;
    return ++all->n_polls < POLL_LIMIT;
}

void ptx_mbarriers_say(const struct ptx_block *block, char *text, size_t room)
{
    const struct barriers *all = block->extra[PTX_EXTRA_MBARRIER];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; all != NULL && i < all->n && used + 1 < room; i++) {
        const struct ptx_mbarrier *b = &all->of[i];
        if (!b->live || (b->pending == b->expected && b->tx == 0)) continue;
        const int n =
            snprintf(text + used, room - used,
                     "; mbarrier 0x%llx in phase %u misses %u arrivals and %lld bytes",
                     (unsigned long long)b->address, b->phase, b->pending, (long long)b->tx);
        used += n > 0 ? (size_t)n : 0;
    }
}
