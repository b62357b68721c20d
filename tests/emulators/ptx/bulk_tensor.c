/* SPDX-License-Identifier: MIT */
/* Boxes of tensors: where each row lies on both sides, what is outside, the swizzle between. */
#include "tests/emulators/ptx/async_proxy.h"

enum { PIECE = 16 }; /* bytes that the swizzle moves as one */

static uint32_t side(const struct ptx_tensor_map *map, uint32_t i)
{
    return (map->box[i] + map->steps[i] - 1u) / map->steps[i];
}

uint32_t ptx_box_bytes(const struct ptx_tensor_map *map)
{
    uint32_t n = (uint32_t)map->box[0] * map->element_bytes;
    for (uint32_t i = 1; i < map->rank; i++) n *= side(map, i);
    return n;
}

/* One quiet or loud "nothing": zeros, or the number that is none. */
static void fill_outside(const struct ptx_tensor_map *map, unsigned char *to, uint32_t n)
{
    memset(to, map->fill ? 0xff : 0, n);
}

struct row {          /* along dimension 0 */
    uint64_t address; /* global, of element 0 */
    uint32_t shared;  /* offset of the row in the box */
    bool inside;      /* in dimensions 1 and up */
};

static struct row row_of(const struct ptx_copy *c, uint32_t index)
{
    const struct ptx_tensor_map *map = &c->map;
    struct row row = {.address = map->address, .inside = true};
    row.shared = index * map->box[0] * map->element_bytes;
    for (uint32_t i = 1; i < map->rank; i++) {
        const uint32_t n = side(map, i);
        const int64_t at = (int64_t)c->at[i] + (int64_t)(index % n) * map->steps[i];
        index /= n;
        if (at < 0 || at > (int64_t)map->last[i])
            row.inside = false;
        else
            row.address += (uint64_t)at * map->strides[i - 1];
    }
    return row;
}

/* One piece of a row: element by element where the tensor's edge goes through it. */
static bool move_piece(const struct ptx_copy *c, const struct row *row, int64_t element,
                       unsigned char *shared)
{
    const struct ptx_tensor_map *map = &c->map;
    const uint32_t each = map->element_bytes;
    for (uint32_t at = 0; at < PIECE; at += each, element++) {
        const bool inside = row->inside && element >= 0 && element <= (int64_t)map->last[0];
        if (!inside) {
            if (c->way == PTX_COPY_IN) fill_outside(map, shared + at, each);
            continue;
        }
        unsigned char *global =
            ptx_global_bytes(c->warp, c->lane, row->address + (uint64_t)element * each, each,
                             c->way == PTX_COPY_OUT);
        if (global == NULL) return false;
        if (c->way == PTX_COPY_IN)
            memcpy(shared + at, global, each);
        else
            memcpy(global, shared + at, each);
    }
    return true;
}

bool ptx_box_land(const struct ptx_copy *c)
{
    const struct ptx_tensor_map *map = &c->map;
    const uint32_t inner = (uint32_t)map->box[0] * map->element_bytes;
    const uint32_t n_rows = ptx_box_bytes(map) / inner;
    if (ptx_shared(c->warp, c->lane, c->shared, (uint32_t)c->n_bytes) == NULL) return false;
    for (uint32_t r = 0; r < n_rows; r++) {
        const struct row row = row_of(c, r);
        for (uint32_t at = 0; at < inner; at += PIECE) {
            /* the pattern is one of addresses, not of the box */
            const uint32_t address = (uint32_t)c->shared + row.shared + at;
            const uint32_t moved = ptx_swizzled((enum ptx_swizzle)map->swizzle, address);
            unsigned char *shared = ptx_shared(c->warp, c->lane, moved, PIECE);
            if (shared == NULL ||
                !move_piece(c, &row, (int64_t)c->at[0] + at / map->element_bytes, shared))
                return false;
        }
    }
    return true;
}
