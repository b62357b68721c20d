/* SPDX-License-Identifier: MIT */
/* Bulk copies under way: begun as late as can be told from their being asked for. */
#include <stdlib.h>

#include "tests/emulators/ptx/async_proxy.h"

struct queue {
    uint32_t n, room;
    uint32_t n_groups[PTX_MAX_WARPS][PTX_LANES]; /* committed */
    struct ptx_copy of[];
};

static struct queue *queue_with_room(struct ptx_warp *w)
{
    struct queue *q = w->block->extra[PTX_EXTRA_BULK];
    if (q != NULL && q->n < q->room) return q;
    const uint32_t room = q != NULL ? 2 * q->room : 32;
    struct queue *grown = realloc(q, sizeof *q + room * sizeof q->of[0]);
    if (grown == NULL) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_NO_MEMORY, "no memory");
        return NULL;
    }
    if (q == NULL) memset(grown, 0, sizeof *grown);
    grown->room = room;
    w->block->extra[PTX_EXTRA_BULK] = grown;
    return grown;
}

static bool check(struct ptx_warp *w, uint32_t lane, const struct ptx_copy *c)
{
    const uint32_t align = c->is_tensor ? 128 : 16;
    if (c->shared % align != 0 || c->n_bytes % 16 != 0 || c->n_bytes == 0 ||
        (!c->is_tensor && c->other % 16 != 0)) {
        ptx_fault(
            w, (int)lane, PTX_FAULT_MISALIGNED,
            "a bulk copy of %llu bytes, shared address 0x%llx, which must be a multiple of %u",
            (unsigned long long)c->n_bytes, (unsigned long long)c->shared, align);
        return false;
    }
    const uint64_t extent = c->is_tensor ? ptx_tensor_map_extent(&c->map) : c->n_bytes;
    const uint64_t address = c->is_tensor ? c->map.address : c->other;
    return ptx_global_bytes(w, lane, address, extent, c->way == PTX_COPY_OUT) != NULL;
}

bool ptx_bulk_begin(struct ptx_warp *w, uint32_t lane, struct ptx_copy copy)
{
    const uint32_t n = (uint32_t)copy.n_bytes;
    if (!check(w, lane, &copy)) return false;
    if (copy.way == PTX_COPY_IN) {
        if (ptx_mbarrier_at(w, lane, copy.mbarrier) == NULL ||
            !ptx_proxy_sees_mbarrier(w, lane, copy.mbarrier) ||
            !ptx_shared_begin(w, lane, copy.shared, n))
            return false;
    } else if (!ptx_proxy_read(w, lane, copy.shared, n) ||
               !ptx_proxy_reading(w, copy.shared, n, 1)) {
        return false;
    }
    struct queue *q = queue_with_room(w);
    if (q == NULL) return false;
    copy.warp = w;
    copy.lane = lane;
    copy.when = w->clocks.of[w->id]++;
    q->of[q->n++] = copy;
    return true;
}

static bool land_plain(const struct ptx_copy *c)
{
    unsigned char *global =
        ptx_global_bytes(c->warp, c->lane, c->other, c->n_bytes, c->way == PTX_COPY_OUT);
    unsigned char *shared = ptx_shared(c->warp, c->lane, c->shared, (uint32_t)c->n_bytes);
    if (global == NULL || shared == NULL) return false;
    memcpy(c->way == PTX_COPY_IN ? shared : global, c->way == PTX_COPY_IN ? global : shared,
           c->n_bytes);
    return true;
}

static bool land(struct ptx_copy *c)
{
    struct ptx_warp *w = c->warp;
    const uint32_t n = (uint32_t)c->n_bytes;
    c->is_done = true;
    w->block->progress++;
    if (!(c->is_tensor ? ptx_box_land(c) : land_plain(c))) return false;
    if (c->way == PTX_COPY_OUT) return ptx_proxy_reading(w, c->shared, n, -1);
    if (!ptx_shared_land(w, c->lane, c->shared, n, c->when) || !ptx_proxy_wrote(w, c->shared, n))
        return false;
    struct ptx_mbarrier *b = ptx_mbarrier_at(w, c->lane, c->mbarrier);
    if (b == NULL) return false;
    if (c->when > b->gathered.of[w->id]) b->gathered.of[w->id] = c->when;
    return ptx_mbarrier_tx(w, c->lane, b, -(int64_t)c->n_bytes);
}

static void forget_done(struct queue *q)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < q->n; i++)
        if (!q->of[i].is_done) q->of[kept++] = q->of[i];
    q->n = kept;
}

bool ptx_bulk_land_on(struct ptx_block *block, uint64_t mbarrier)
{
    struct queue *q = block->extra[PTX_EXTRA_BULK];
    if (q == NULL) return true;
    bool good = true;
    for (uint32_t i = 0; good && i < q->n; i++)
        if (q->of[i].way == PTX_COPY_IN && q->of[i].mbarrier == mbarrier) good = land(&q->of[i]);
    forget_done(q);
    return good;
}

void ptx_bulk_commit(struct ptx_warp *w, uint32_t lane)
{
    struct queue *q = queue_with_room(w);
    if (q == NULL) return;
    const uint32_t group = ++q->n_groups[w->id][lane];
    for (uint32_t i = 0; i < q->n; i++) {
        struct ptx_copy *c = &q->of[i];
        if (c->way != PTX_COPY_OUT || c->in_group || c->warp != w || c->lane != lane) continue;
        c->in_group = true;
        c->group = group;
    }
}

bool ptx_bulk_wait(struct ptx_warp *w, uint32_t lane, uint32_t n)
{
    struct queue *q = w->block->extra[PTX_EXTRA_BULK];
    if (q == NULL) return true;
    const uint32_t n_groups = q->n_groups[w->id][lane];
    bool good = true;
    for (uint32_t i = 0; good && i < q->n; i++) {
        struct ptx_copy *c = &q->of[i];
        if (c->in_group && c->warp == w && c->lane == lane && c->group + n <= n_groups)
            good = land(c);
    }
    forget_done(q);
    return good;
}

bool ptx_bulk_none_left(struct ptx_warp *w)
{
    const struct queue *q = w->block->extra[PTX_EXTRA_BULK];
    if (q == NULL || q->n == 0) return true;
    const struct ptx_copy *c = &q->of[0];
    ptx_fault(c->warp, (int)c->lane, PTX_FAULT_SHARED,
              "the block ends while a bulk copy %s shared address 0x%llx is under way: nobody "
              "waited for it",
              c->way == PTX_COPY_IN ? "to" : "from", (unsigned long long)c->shared);
    return false;
}
