/* SPDX-License-Identifier: MIT */
/* Which registers a wgmma under way owns, which were used since the last fence, and the groups. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/wgmma.h"

enum { UNIT = 64, MAX_TILES = 256 };

struct tile_read {
    struct wgmma_tile tile;
    uint32_t group;
};

/* By 64 bytes of the register file: the group that will write there (0: none, or waited for), and
 * the fence after which an ordinary instruction used it. */
struct watch {
    uint32_t n_groups, n_done, n_fences, n_tiles;
    bool open; /* products that are in no group yet */
    struct tile_read tiles[MAX_TILES];
    uint32_t n_units;
    uint32_t units[][2];
};

static struct watch *watch_of(struct ptx_warp *w)
{
    if (w->extra[PTX_EXTRA_WGMMA] != NULL) return w->extra[PTX_EXTRA_WGMMA];
    const size_t n = w->block->state->n_image / UNIT;
    struct watch *watch = calloc(1, sizeof *watch + n * sizeof watch->units[0]);
    if (watch == NULL) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_NO_MEMORY, "no memory");
        return NULL;
    }
    watch->n_units = (uint32_t)n;
    w->extra[PTX_EXTRA_WGMMA] = watch;
    return watch;
}

static uint32_t *unit_of(const struct ptx_warp *w, struct watch *watch, int32_t slot)
{
    const int64_t at = ((int64_t)slot + (int64_t)w->block->state->n_below) / UNIT;
    return watch->units[at >= 0 && at < watch->n_units ? at : 0];
}

static bool is_pending(const struct watch *watch, const uint32_t *unit)
{
    return unit[0] > watch->n_done;
}

static bool report_pending(struct ptx_warp *w)
{
    ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
              "uses an accumulator of a wgmma that nobody has waited for (commit_group, "
              "wait_group)");
    return false;
}

static bool use(struct ptx_warp *w, struct watch *watch, int32_t slot)
{
    uint32_t *unit = unit_of(w, watch, slot);
    if (is_pending(watch, unit)) return report_pending(w);
    unit[1] = watch->n_fences;
    return true;
}

static bool is_move(const struct ptx_warp *w, const struct ptx_inst *i)
{
    const char *opcode = w->block->state->m->lines[i->statement].opcode;
    return strncmp(opcode, "mov.", 4) == 0 && i->slots == NULL;
}

bool ptx_wgmma_allows(struct ptx_warp *w, const struct ptx_inst *i)
{
    struct watch *watch = w->extra[PTX_EXTRA_WGMMA];
    if (watch == NULL || wgmma_is(i)) return true;
    if (is_move(w, i)) {
        const uint32_t *from = unit_of(w, watch, i->a);
        uint32_t *to = unit_of(w, watch, i->d);
        to[0] = from[0];
        to[1] = from[1];
        return true;
    }
    const int32_t slots[] = {i->d, i->e, i->a, i->b, i->c, i->x};
    for (size_t k = 0; k < sizeof slots / sizeof slots[0]; k++)
        if (slots[k] != 0 && !use(w, watch, slots[k])) return false;
    for (uint32_t k = 0; i->slots != NULL && k < i->vec; k++)
        if (!use(w, watch, i->slots[k])) return false;
    return true;
}

bool wgmma_fence(struct ptx_warp *w)
{
    struct watch *watch = watch_of(w);
    if (watch == NULL) return false;
    watch->n_fences++;
    return true;
}

static bool check_fenced(struct ptx_warp *w, struct watch *watch, const int32_t *slots, uint32_t n,
                         bool may_be_pending)
{
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t *unit = unit_of(w, watch, slots[k]);
        if (is_pending(watch, unit)) {
            if (may_be_pending) continue; /* of the same shape: ordered among themselves */
            return report_pending(w);
        }
        if (unit[1] != watch->n_fences) continue;
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "register %u of the %s was used after the last wgmma.fence", k,
                  may_be_pending ? "accumulator" : "A fragment");
        return false;
    }
    return true;
}

static bool remember(struct ptx_warp *w, struct watch *watch, const struct wgmma_tile *tile)
{
    if (watch->n_tiles == MAX_TILES) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                  "more than %d operands of wgmma that nobody has waited for", MAX_TILES);
        return false;
    }
    watch->tiles[watch->n_tiles++] = (struct tile_read){*tile, watch->n_groups + 1};
    return true;
}

bool wgmma_begin(struct ptx_warp *w, const struct wgmma_form *f, const struct wgmma_tile tiles[2])
{
    struct watch *watch = watch_of(w);
    if (watch == NULL) return false;
    if (watch->n_fences == 0) {
        ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "no wgmma.fence before the first wgmma");
        return false;
    }
    if (!check_fenced(w, watch, f->d, f->n_d, true)) return false;
    if (f->a != NULL && !check_fenced(w, watch, f->a, 4, false)) return false;
    if (f->a == NULL && !remember(w, watch, &tiles[0])) return false;
    if (!remember(w, watch, &tiles[1])) return false;
    for (uint32_t k = 0; k < f->n_d; k++) unit_of(w, watch, f->d[k])[0] = watch->n_groups + 1;
    watch->open = true;
    return true;
}

bool wgmma_commit(struct ptx_warp *w)
{
    struct watch *watch = watch_of(w);
    if (watch == NULL) return false;
    watch->n_groups++;
    watch->open = false;
    return true;
}

bool wgmma_wait(struct ptx_warp *w, uint32_t n)
{
    struct watch *watch = watch_of(w);
    if (watch == NULL) return false;
    if (watch->n_groups > n && watch->n_groups - n > watch->n_done)
        watch->n_done = watch->n_groups - n;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < watch->n_tiles; i++) {
        if (watch->tiles[i].group > watch->n_done)
            watch->tiles[kept++] = watch->tiles[i];
        else if (!wgmma_walk(w, &watch->tiles[i].tile, -1, NULL))
            return false;
    }
    watch->n_tiles = kept;
    return true;
}

bool ptx_wgmma_none_left(struct ptx_warp *w)
{
    const struct watch *watch = w->extra[PTX_EXTRA_WGMMA];
    if (watch == NULL || (!watch->open && watch->n_done == watch->n_groups)) return true;
    ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "the warp ends with a wgmma that was not %s",
              watch->open ? "committed" : "waited for");
    return false;
}
