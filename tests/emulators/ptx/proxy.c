/* SPDX-License-Identifier: MIT */
/* What the async proxy (bulk copies, wgmma) may see of ordinary stores to shared memory, and what
 * it is still reading.
 *
 * A store is visible once a fence.proxy.async came after it: executed by the storing warp, or by
 * one that had heard of the store. Of each warp it is kept up to which of its times that holds. */
#include <stdlib.h>

#include "tests/emulators/ptx/async_proxy.h"

enum { TIME_SHIFT = 4 }; /* of ptx_block.writes */

struct proxy {
    uint32_t fenced[PTX_MAX_WARPS], inited[PTX_MAX_WARPS];
    uint32_t *landed; /* by word: ptx_block.writes as a bulk copy left it */
    unsigned char *by, *reading;
};

static struct proxy *proxy_of(struct ptx_warp *w)
{
    struct ptx_block *b = w->block;
    if (b->extra[PTX_EXTRA_PROXY] != NULL) return b->extra[PTX_EXTRA_PROXY];
    const size_t n = b->n_shared / 4 + 4;
    struct proxy *p = calloc(1, sizeof *p + n * (sizeof *p->landed + 2));
    if (p == NULL) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_NO_MEMORY, "no memory");
        return NULL;
    }
    p->landed = (uint32_t *)(void *)(p + 1);
    p->by = (unsigned char *)(p->landed + n);
    p->reading = p->by + n;
    b->extra[PTX_EXTRA_PROXY] = p;
    return p;
}

bool ptx_proxy_fence(struct ptx_warp *w, bool init_only)
{
    struct proxy *p = proxy_of(w);
    if (p == NULL) return false;
    uint32_t *times = init_only ? p->inited : p->fenced;
    for (uint32_t i = 0; i < PTX_MAX_WARPS; i++)
        if (w->clocks.of[i] > times[i]) times[i] = w->clocks.of[i];
    w->clocks.of[w->id]++; /* what it stores from now on is not covered */
    return true;
}

static bool is_visible(const struct ptx_block *b, const struct proxy *p, uint32_t word,
                       const uint32_t *also)
{
    const uint32_t writer = b->writer[word], time = b->writes[word] >> TIME_SHIFT;
    if (p->landed[word] == b->writes[word] && p->by[word] == writer) return true;
    return time <= p->fenced[writer] || (also != NULL && time <= also[writer]);
}

static bool check(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n, bool is_mbarrier)
{
    const struct ptx_block *b = w->block;
    const struct proxy *p = proxy_of(w);
    if (p == NULL || !ptx_shared_read(w, lane, address, n)) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) {
        if (is_visible(b, p, word, is_mbarrier ? p->inited : NULL)) continue;
        ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
                  "the async proxy reads shared bytes %u.. that warp %u stored, with no "
                  "fence.proxy.async after the store%s",
                  word * 4, b->writer[word],
                  is_mbarrier ? " (nor fence.mbarrier_init): an mbarrier" : "");
        return false;
    }
    return true;
}

bool ptx_proxy_read(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    return check(w, lane, address, n, false);
}

bool ptx_proxy_sees_mbarrier(struct ptx_warp *w, uint32_t lane, uint64_t address)
{
    return check(w, lane, address, 8, true);
}

bool ptx_proxy_wrote(struct ptx_warp *w, uint64_t address, uint32_t n)
{
    const struct ptx_block *b = w->block;
    struct proxy *p = proxy_of(w);
    if (p == NULL) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) {
        p->landed[word] = b->writes[word];
        p->by[word] = b->writer[word];
    }
    return true;
}

bool ptx_proxy_reading(struct ptx_warp *w, uint64_t address, uint32_t n, int by)
{
    struct proxy *p = proxy_of(w);
    if (p == NULL) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++)
        p->reading[word] = (unsigned char)(p->reading[word] + by);
    return true;
}

bool ptx_proxy_free(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    const struct proxy *p = w->block->extra[PTX_EXTRA_PROXY];
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    for (uint32_t word = offset / 4; p != NULL && word * 4 < offset + n; word++) {
        if (p->reading[word] == 0) continue;
        ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
                  "writes shared bytes %u.. that a wgmma or bulk copy under way is reading",
                  word * 4);
        return false;
    }
    return true;
}
