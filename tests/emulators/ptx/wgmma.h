/* SPDX-License-Identifier: MIT */
/* wgmma: matrix products of a warpgroup, from shared memory or registers, waited for by groups.
 *
 * A warp does its own 16 rows when it gets there; what a real machine would not have done yet is
 * watched instead of delayed. Accumulators are "pending" until their group is waited for: moving
 * them is let pass (the compiler does), using them is a fault. Operands in shared memory must be
 * visible to the async proxy, and nobody may write over them before that wait. */
#ifndef HONE_TESTS_EMULATORS_WGMMA_H
#define HONE_TESTS_EMULATORS_WGMMA_H

#include "tests/emulators/ptx/async_proxy.h"

enum { WGMMA_K_BYTES = 32, WGMMA_WARP_ROWS = 16, WGMMA_MAX_N = 256 };

/* A matrix in shared memory: rows (of A, or columns of B) by 32 bytes of K. */
struct wgmma_tile {
    uint64_t descriptor;
    uint32_t first_row, n_rows;
    bool mn_major; /* the rows, not K, lie side by side (16-bit types only) */
};

/* An instruction's fixed part. */
struct wgmma_form {
    uint32_t n; /* columns */
    enum ptx_type d_type, a_type, b_type;
    const int32_t *d, *a; /* slots; a: NULL when it comes from shared memory */
    uint32_t n_d;
    int32_t a_desc, b_desc, scale_d;
    bool negate_a, negate_b, a_mn_major, b_mn_major, saturate;
};

/* Reads the tile's bytes into raw[row][32]; marks them as being read (`by` 1) or no longer (-1,
 * with raw NULL). False: a fault was reported. */
bool wgmma_walk(struct ptx_warp *w, const struct wgmma_tile *tile, int by,
                unsigned char (*raw)[WGMMA_K_BYTES]);

/* d = a * b + (scale_d ? d : 0) for the warp's 16 rows. */
void wgmma_multiply(struct ptx_warp *w, const struct wgmma_form *f,
                    unsigned char (*a)[WGMMA_K_BYTES], unsigned char (*b)[WGMMA_K_BYTES],
                    bool keep_d);

/* ---- wgmma_watch.c: registers and groups of a warp ---- */
bool wgmma_fence(struct ptx_warp *w);
/* The instruction may use these registers now; from then on d is pending. */
bool wgmma_begin(struct ptx_warp *w, const struct wgmma_form *f, const struct wgmma_tile tiles[2]);
bool wgmma_commit(struct ptx_warp *w);
bool wgmma_wait(struct ptx_warp *w, uint32_t n);
bool wgmma_is(const struct ptx_inst *i); /* one of ops_wgmma.c */

/* For the core, before each instruction of a warp that has extra[PTX_EXTRA_WGMMA]. */
bool ptx_wgmma_allows(struct ptx_warp *w, const struct ptx_inst *i);
/* For the core, when the block ends: false, reported, when products were not waited for. */
bool ptx_wgmma_none_left(struct ptx_warp *w);

#endif
