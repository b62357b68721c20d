/* SPDX-License-Identifier: MIT */
/* Barrier objects in shared memory, bulk copies that count on them, and what the async proxy may
 * see of the generic proxy's writes.
 *
 * A bulk copy stays under way until somebody has to wait for it: a wait on its mbarrier that would
 * block, or a wait for its group. So a wait that is missing, too lax or for the wrong phase leaves
 * bytes that nobody may touch. */
#ifndef HONE_TESTS_EMULATORS_ASYNC_PROXY_H
#define HONE_TESTS_EMULATORS_ASYNC_PROXY_H

#include "tests/emulators/ptx/ptx_internal.h"
#include "tests/emulators/ptx/tensor_map.h"

/* Places in ptx_block.extra and ptx_warp.extra. */
enum { PTX_EXTRA_MBARRIER = 0, PTX_EXTRA_BULK = 1, PTX_EXTRA_PROXY = 2, PTX_EXTRA_CLUSTER = 3 };
enum { PTX_EXTRA_WGMMA = 0 };

enum { PTX_MAX_MBARRIERS = 256, PTX_MAX_TX = (1 << 20) - 1 };

struct ptx_mbarrier {
    uint64_t address;
    bool live;
    uint32_t expected, pending;              /* arrivals */
    uint32_t phase;                          /* the one under way, from 0 */
    int64_t tx;                              /* bytes expected less bytes that came */
    struct ptx_clocks gathered, released[2]; /* released: by phase % 2 */
};

/* One address operand of an instruction that has several. */
struct ptx_place {
    int32_t slot;
    int64_t offset;
    bool wide; /* a 64-bit base */
};
bool ptx_place_of(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                  struct ptx_place *out);
static inline uint64_t ptx_place_at(const struct ptx_warp *w, const struct ptx_place *p,
                                    uint32_t lane)
{
    return (p->wide ? ptx_r64(w, p->slot)[lane] : ptx_r32(w, p->slot)[lane]) + (uint64_t)p->offset;
}

/* ---- mbarrier.c ---- */
/* The live barrier at a shared address; NULL: a fault was reported. */
struct ptx_mbarrier *ptx_mbarrier_at(struct ptx_warp *w, uint32_t lane, uint64_t address);
bool ptx_mbarrier_init(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t count);
bool ptx_mbarrier_arrive(struct ptx_warp *w, uint32_t lane, struct ptx_mbarrier *b, uint32_t count,
                         bool drop);
/* tx > 0: more bytes are expected; < 0: so many came. */
bool ptx_mbarrier_tx(struct ptx_warp *w, uint32_t lane, struct ptx_mbarrier *b, int64_t tx);
/* Counts polls that found nothing; false when nothing has happened for so long that nothing will.
 */
bool ptx_mbarrier_poll(struct ptx_block *block);
/* One line on every barrier somebody may be waiting for, for the report of a deadlock. */
void ptx_mbarriers_say(const struct ptx_block *block, char *text, size_t room);

/* ---- bulk.c ---- */
struct ptx_copy {
    enum { PTX_COPY_IN, PTX_COPY_OUT, PTX_COPY_AROUND } way; /* to shared, to global, s -> s */
    bool is_tensor, is_done, in_group;
    uint64_t shared, other; /* other: global, or the source in shared memory */
    uint64_t n_bytes, mbarrier;
    struct ptx_tensor_map map;
    int32_t at[PTX_MAP_RANK];
    struct ptx_warp *warp; /* who asked for it, and when */
    uint32_t lane, when, group;
};
bool ptx_bulk_begin(struct ptx_warp *w, uint32_t lane, struct ptx_copy copy);
/* Ends the copies that count on this mbarrier. */
bool ptx_bulk_land_on(struct ptx_block *block, uint64_t mbarrier);
void ptx_bulk_commit(struct ptx_warp *w, uint32_t lane);
/* Ends all committed groups of the lane but the last `n`. */
bool ptx_bulk_wait(struct ptx_warp *w, uint32_t lane, uint32_t n);
/* False, reported: the block ended with copies under way. */
bool ptx_bulk_none_left(struct ptx_warp *w);

/* ---- proxy.c ---- */
/* fence.proxy.async (or with `init_only` fence.mbarrier_init): what is known to warp w becomes
 * visible to the async proxy, or of it only the mbarriers. */
bool ptx_proxy_fence(struct ptx_warp *w, bool init_only);
/* A read by the async proxy: what generic writes left there must have been fenced. */
bool ptx_proxy_read(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);
/* The same for an mbarrier that a copy is to count on. */
bool ptx_proxy_sees_mbarrier(struct ptx_warp *w, uint32_t lane, uint64_t address);
/* These bytes were written by the async proxy just now. */
bool ptx_proxy_wrote(struct ptx_warp *w, uint64_t address, uint32_t n);
/* The async proxy reads these bytes until it is waited for (by: +1, then -1). */
bool ptx_proxy_reading(struct ptx_warp *w, uint64_t address, uint32_t n, int by);
/* False, reported: something under way reads some of these bytes. */
bool ptx_proxy_free(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n);

/* ---- bulk_tensor.c ---- */
uint32_t ptx_box_bytes(const struct ptx_tensor_map *map);
bool ptx_box_land(const struct ptx_copy *copy);

#endif
