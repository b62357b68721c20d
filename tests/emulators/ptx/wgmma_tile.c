/* SPDX-License-Identifier: MIT */
/* Matrices in shared memory as their descriptors say, and the product of a warp's rows.
 *
 * A descriptor: bits 0-13 the address, 16-29 the leading and 32-45 the stride offset (all in units
 * of 16 bytes), 49-51 the base offset, 62-63 the swizzle (0 none, 1: 128 bytes, 2: 64, 3: 32). The
 * unit of layout is 8 rows of 16 bytes. */
#include <math.h>

#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/wgmma.h"

enum { PIECE = 16 };

struct layout {
    uint32_t start, leading, stride, width; /* width: bytes of a swizzled row; 16: no swizzle */
    enum ptx_swizzle swizzle;
};

static bool read_descriptor(struct ptx_warp *w, const struct wgmma_tile *tile, struct layout *out)
{
    static const enum ptx_swizzle swizzles[4] = {PTX_SWIZZLE_NONE, PTX_SWIZZLE_128, PTX_SWIZZLE_64,
                                                 PTX_SWIZZLE_32};
    const uint64_t d = tile->descriptor;
    out->swizzle = swizzles[d >> 62];
    out->start = (uint32_t)(d & 0x3fff) << 4;
    out->leading = (uint32_t)(d >> 16 & 0x3fff) << 4;
    out->stride = (uint32_t)(d >> 32 & 0x3fff) << 4;
    out->width = 16u << out->swizzle;
    const uint64_t unused = d & (3ull << 14 | 3ull << 30 | 7ull << 46 | 0x3ffull << 52);
    const uint32_t pattern = 8 * out->width - 1, within = out->width - 1;
    const char *bad = NULL;
    if (unused != 0)
        bad = "has bits set that mean nothing: no descriptor";
    else if ((d >> 49 & 7) != 0)
        bad = "has a base offset, which is not interpreted";
    else if (out->swizzle != PTX_SWIZZLE_NONE && (out->start & pattern & ~within) != 0)
        bad = "begins where the swizzle's pattern does not";
    else if (out->stride == 0 && !(tile->mn_major && out->swizzle == PTX_SWIZZLE_NONE))
        bad = "has no stride";
    if (bad == NULL) return true;
    ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_INSTRUCTION, "descriptor 0x%016llx %s",
              (unsigned long long)d, bad);
    return false;
}

/* Address of 16 bytes along K of one row (K-major), or along 8 rows of one K (the other way). */
static uint32_t piece(const struct layout *l, const struct wgmma_tile *tile, uint32_t row,
                      uint32_t k)
{
    uint32_t at = l->start;
    const bool plain = l->swizzle == PTX_SWIZZLE_NONE;
    if (!tile->mn_major) /* k in bytes */
        at += row / 8 * l->stride + row % 8 * l->width + (plain ? k / PIECE * l->leading : k);
    else if (plain)
        at += row / 8 * l->stride + k % 8 * PIECE + k / 8 * l->leading;
    else
        at += row / (l->width / 2) * l->leading + row % (l->width / 2) / 8 * PIECE +
              k % 8 * l->width + k / 8 * l->stride;
    return ptx_swizzled(l->swizzle, at);
}

/* One piece: read and marked, or the mark taken back. */
static const unsigned char *take(struct ptx_warp *w, uint32_t address, int by)
{
    const unsigned char *bytes = ptx_shared(w, 0, address, PIECE);
    if (bytes == NULL) return NULL;
    if (by > 0 && !ptx_proxy_read(w, 0, address, PIECE)) return NULL;
    return ptx_proxy_reading(w, address, PIECE, by) ? bytes : NULL;
}

static bool walk_k_major(struct ptx_warp *w, const struct wgmma_tile *tile, const struct layout *l,
                         int by, unsigned char (*raw)[WGMMA_K_BYTES])
{
    for (uint32_t row = 0; row < tile->n_rows; row++)
        for (uint32_t k = 0; k < WGMMA_K_BYTES; k += PIECE) {
            const unsigned char *bytes = take(w, piece(l, tile, tile->first_row + row, k), by);
            if (bytes == NULL) return false;
            if (raw != NULL) memcpy(raw[row] + k, bytes, PIECE);
        }
    return true;
}

static bool walk_mn_major(struct ptx_warp *w, const struct wgmma_tile *tile, const struct layout *l,
                          int by, unsigned char (*raw)[WGMMA_K_BYTES])
{
    for (uint32_t k = 0; k < WGMMA_K_BYTES / 2; k++)
        for (uint32_t row = 0; row < tile->n_rows; row += 8) {
            const unsigned char *bytes = take(w, piece(l, tile, tile->first_row + row, k), by);
            if (bytes == NULL) return false;
            for (uint32_t i = 0; raw != NULL && i < 8; i++)
                memcpy(raw[row + i] + 2 * k, bytes + 2 * (size_t)i, 2);
        }
    return true;
}

bool wgmma_walk(struct ptx_warp *w, const struct wgmma_tile *tile, int by,
                unsigned char (*raw)[WGMMA_K_BYTES])
{
    struct layout l;
    if (!read_descriptor(w, tile, &l)) return false;
    return tile->mn_major ? walk_mn_major(w, tile, &l, by, raw)
                          : walk_k_major(w, tile, &l, by, raw);
}

/* K values of one row as numbers; returns how many. */
static uint32_t convert(const unsigned char *raw, enum ptx_type type, float *out)
{
    uint16_t half[WGMMA_K_BYTES / 2];
    uint32_t word[WGMMA_K_BYTES / 4];
    memcpy(half, raw, sizeof half);
    memcpy(word, raw, sizeof word);
    switch (type) {
    case PTX_BF16:
        for (int i = 0; i < 16; i++) out[i] = ptx_bf16_f32(half[i]);
        return 16;
    case PTX_F16:
        for (int i = 0; i < 16; i++) out[i] = ptx_f16_f32(half[i]);
        return 16;
    case PTX_TF32:
        for (int i = 0; i < 8; i++) out[i] = ptx_f32_of(word[i] & ~0x1fffu);
        return 8;
    case PTX_E4M3:
        for (int i = 0; i < 32; i++) out[i] = ptx_e4m3_f32(raw[i]);
        return 32;
    case PTX_E5M2:
        for (int i = 0; i < 32; i++) out[i] = ptx_e5m2_f32(raw[i]);
        return 32;
    case PTX_S8:
        for (int i = 0; i < 32; i++) out[i] = (float)(int8_t)raw[i];
        return 32;
    default:
        for (int i = 0; i < 32; i++) out[i] = (float)raw[i];
        return 32;
    }
}

/* Where an accumulator lives: register i of a lane (counted in values). */
static uint32_t value_index(uint32_t row, uint32_t column, uint32_t *out_lane)
{
    *out_lane = row % 8 * 4 + column % 8 / 2;
    return column / 8 * 4 + row / 8 * 2 + column % 2;
}

static void add_to(struct ptx_warp *w, const struct wgmma_form *f, uint32_t row, uint32_t column,
                   double sum, bool keep_d)
{
    uint32_t lane;
    const uint32_t at = value_index(row, column, &lane);
    if (f->d_type == PTX_F32) {
        float *d = &ptx_rf32(w, f->d[at])[lane];
        *d = (float)(sum + (keep_d ? (double)*d : 0));
    } else if (f->d_type == PTX_F16) {
        uint32_t *d = &ptx_r32(w, f->d[at / 2])[lane];
        const uint32_t shift = at % 2 * 16;
        const float old = keep_d ? ptx_f16_f32((uint16_t)(*d >> shift)) : 0;
        const uint32_t bits = ptx_f32_f16((float)(sum + (double)old));
        *d = (*d & ~(0xffffu << shift)) | bits << shift;
    } else {
        uint32_t *d = &ptx_r32(w, f->d[at])[lane];
        int64_t value = (int64_t)sum + (keep_d ? (int32_t)*d : 0);
        if (f->saturate && value > INT32_MAX) value = INT32_MAX;
        if (f->saturate && value < INT32_MIN) value = INT32_MIN;
        *d = (uint32_t)value;
    }
}

void wgmma_multiply(struct ptx_warp *w, const struct wgmma_form *f,
                    unsigned char (*a)[WGMMA_K_BYTES], unsigned char (*b)[WGMMA_K_BYTES],
                    bool keep_d)
{
    float rows[WGMMA_WARP_ROWS][32], column[32];
    uint32_t n_k = 0;
    for (uint32_t r = 0; r < WGMMA_WARP_ROWS; r++) n_k = convert(a[r], f->a_type, rows[r]);
    const double sign = f->negate_a != f->negate_b ? -1 : 1;
    for (uint32_t c = 0; c < f->n; c++) {
        convert(b[c], f->b_type, column);
        for (uint32_t r = 0; r < WGMMA_WARP_ROWS; r++) {
            double sum = 0;
            for (uint32_t k = 0; k < n_k; k++) sum += (double)rows[r][k] * (double)column[k];
            add_to(w, f, r, c, sign * sum, keep_d);
        }
    }
}
