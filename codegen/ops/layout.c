/* SPDX-License-Identifier: MIT */
/* Relayout: rows as files hold them to groups of interleaved rows, and one row back out of them. */
#include "codegen/ops/layout.h"

#include <string.h>

#include "codegen/ops/type.h"
#include "runtime/base/checked.h"

/* Quantized types: one file block of one row into, and out of, the block its group shares. */
struct block_layout {
    void (*put)(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                uint8_t *shared);
    void (*get)(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                uint8_t *out_block);
};

/* A file's nibble byte i holds values i and i+16 as the shared one does: four bytes move at a time.
 */
static void put_nibbles(const uint8_t *nibbles, uint32_t group, uint8_t *to)
{
    for (uint32_t g = 0; g < 4; g++) memcpy(to + 4 * g * group, nibbles + 4 * g, 4);
}

static void get_nibbles(const uint8_t *from, uint32_t group, uint8_t *out_nibbles)
{
    for (uint32_t g = 0; g < 4; g++) memcpy(out_nibbles + 4 * g, from + 4 * g * group, 4);
}

/* Bit 4p + j, the fifth of value 4p + j, becomes bit 8j + p: byte j of a row has one bit of each
 * piece of four values. */
uint32_t layout_fifth_by_bytes(uint32_t fifth)
{
    uint32_t out = 0;
    for (uint32_t j = 0; j < 4; j++) {
        uint32_t bits = fifth >> j & 0x11111111;
        bits = (bits | bits >> 3) & 0x03030303;
        bits = (bits | bits >> 6) & 0x000f000f;
        out |= ((bits | bits >> 12) & 0xff) << 8 * j;
    }
    return out;
}

uint32_t layout_fifth_by_values(uint32_t fifth)
{
    uint32_t out = 0;
    for (uint32_t j = 0; j < 4; j++) {
        uint32_t bits = fifth >> 8 * j & 0xff;
        bits = (bits | bits << 12) & 0x000f000f;
        bits = (bits | bits << 6) & 0x03030303;
        bits = (bits | bits << 3) & 0x11111111;
        out |= bits << j;
    }
    return out;
}

/* Shared: each scale of all rows, the nibbles, the fifth bits. */
static void put_simple(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                       uint8_t *shared)
{
    const struct nibble_block *kind = &nibble_blocks[type];
    uint32_t scale_bytes = kind->head_bytes < 2 ? 1 : 2;
    uint8_t *to = shared + kind->head_bytes * group + 4 * lane;
    for (uint32_t at = 0; at < kind->head_bytes; at += scale_bytes)
        memcpy(shared + at * group + scale_bytes * lane, block + at, scale_bytes);
    block += kind->head_bytes;
    if (kind->has_fifth) {
        store_u32(to + 16 * group, layout_fifth_by_bytes(load_u32(block)));
        block += 4;
    }
    put_nibbles(block, group, to);
}

static void get_simple(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                       uint8_t *out_block)
{
    const struct nibble_block *kind = &nibble_blocks[type];
    uint32_t scale_bytes = kind->head_bytes < 2 ? 1 : 2;
    const uint8_t *from = shared + kind->head_bytes * group + 4 * lane;
    for (uint32_t at = 0; at < kind->head_bytes; at += scale_bytes)
        memcpy(out_block + at, shared + at * group + scale_bytes * lane, scale_bytes);
    out_block += kind->head_bytes;
    if (kind->has_fifth) {
        store_u32(out_block, layout_fifth_by_values(load_u32(from + 16 * group)));
        out_block += 4;
    }
    get_nibbles(from, group, out_block);
}

static void copy_flipped(uint8_t *to, const uint8_t *from)
{
    uint32_t word;
    memcpy(&word, from, 4);
    word ^= 0x80808080;
    memcpy(to, &word, 4);
}

static void put_q8_0(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                     uint8_t *shared)
{
    (void)type;
    memcpy(shared + 2 * lane, block, 2);
    for (uint32_t g = 0; g < 8; g++)
        copy_flipped(shared + 2 * group + 4 * (g * group + lane), block + 2 + 4 * g);
}

static void get_q8_0(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                     uint8_t *out_block)
{
    (void)type;
    memcpy(out_block, shared + 2 * lane, 2);
    for (uint32_t g = 0; g < 8; g++)
        copy_flipped(out_block + 2 + 4 * g, shared + 2 * group + 4 * (g * group + lane));
}

static void put_i8(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                   uint8_t *shared)
{
    (void)type;
    for (uint32_t g = 0; g < 8; g++) copy_flipped(shared + 4 * (g * group + lane), block + 4 * g);
}

static void get_i8(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                   uint8_t *out_block)
{
    (void)type;
    for (uint32_t g = 0; g < 8; g++)
        copy_flipped(out_block + 4 * g, shared + 4 * (g * group + lane));
}

/* Of a shared q6_k block, in bytes per row of the group: d 2, scales 16, then 8 parts of 24 (16 of
 * low nibbles, 8 of upper bits). */
enum { SCALES = 2, PARTS = 18, PART = 24, PART_QH = 16 };

static void put_q6_k(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                     uint8_t *shared)
{
    (void)type;
    uint8_t q[256];
    type_unpack_q6_k(block, q);
    memcpy(shared + 2 * lane, block + 208, 2);
    for (uint32_t s = 0; s < 16; s++) shared[SCALES * group + s * group + lane] = block[192 + s];
    for (uint32_t b = 0; b < 8; b++) {
        const uint8_t *v = q + 32 * b;
        uint8_t *ql = shared + (PARTS + PART * b) * group + 4 * lane;
        uint8_t *qh = ql + PART_QH * group;
        for (uint32_t j = 0; j < 4; j++) {
            for (uint32_t g = 0; g < 4; g++)
                ql[4 * g * group + j] =
                    (uint8_t)((v[4 * g + j] & 15) | (v[16 + 4 * g + j] & 15) << 4);
            for (uint32_t h = 0; h < 2; h++) {
                uint32_t bits = 0;
                for (uint32_t i = 0; i < 4; i++)
                    bits |= (uint32_t)(v[4 * (4 * h + i) + j] >> 4) << 2 * i;
                qh[4 * h * group + j] = (uint8_t)bits;
            }
        }
    }
}

static void get_q6_k(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                     uint8_t *out_block)
{
    (void)type;
    uint8_t q[256];
    int8_t scales[16];
    for (uint32_t s = 0; s < 16; s++) scales[s] = (int8_t)shared[SCALES * group + s * group + lane];
    for (uint32_t b = 0; b < 8; b++) {
        const uint8_t *ql = shared + (PARTS + PART * b) * group + 4 * lane;
        const uint8_t *qh = ql + PART_QH * group;
        for (uint32_t k = 0; k < 32; k++) {
            uint32_t p = k / 4, j = k % 4;
            uint32_t low = ql[4 * (p % 4) * group + j] >> (p < 4 ? 0 : 4) & 15;
            uint32_t high = qh[4 * (p / 4) * group + j] >> 2 * (p % 4) & 3;
            q[32 * b + k] = (uint8_t)(low | high << 4);
        }
    }
    type_pack_q6_k(load_u16(shared + 2 * lane), scales, q, out_block);
}

/* Of a shared q4_k or q5_k block, in bytes per row of the group: d 2, dmin 2, 8 bytes of one scale
 * and the upper 2 bits of its min, 4 of two mins' low bits (of s and s + 4), then 8 parts of 16
 * (nibbles) and 4 (fifth bits of q5_k). */
enum { K_SCALES = 4, K_MINS = 12, K_PARTS = 16, K_PART_FIFTH = 16 };

static uint32_t k_part_bytes(enum hone_type type)
{
    return type == HONE_TYPE_Q5_K ? 20 : 16;
}

static void put_k_part(enum hone_type type, const uint8_t v[32], uint32_t group, uint8_t *to)
{
    for (uint32_t i = 0; i < 16; i++)
        to[4 * (i / 4) * group + i % 4] = (uint8_t)((v[i] & 15) | v[i + 16] << 4);
    for (uint32_t j = 0; type == HONE_TYPE_Q5_K && j < 4; j++) {
        uint32_t bits = 0;
        for (uint32_t p = 0; p < 8; p++) bits |= (uint32_t)(v[4 * p + j] >> 4) << p;
        to[K_PART_FIFTH * group + j] = (uint8_t)bits;
    }
}

static void put_k(enum hone_type type, const uint8_t *block, uint32_t group, uint32_t lane,
                  uint8_t *shared)
{
    struct k_block k;
    type_unpack_k(type, block, &k);
    store_u16(shared + 2 * lane, k.d);
    store_u16(shared + 2 * group + 2 * lane, k.dmin);
    for (uint32_t s = 0; s < 8; s++)
        shared[(K_SCALES + s) * group + lane] = (uint8_t)(k.scales[s] | (k.mins[s] >> 4) << 6);
    for (uint32_t s = 0; s < 4; s++)
        shared[(K_MINS + s) * group + lane] = (uint8_t)((k.mins[s] & 15) | k.mins[s + 4] << 4);
    for (uint32_t b = 0; b < 8; b++)
        put_k_part(type, k.q + 32 * b, group,
                   shared + (K_PARTS + k_part_bytes(type) * b) * group + 4 * lane);
}

static void get_k(enum hone_type type, const uint8_t *shared, uint32_t group, uint32_t lane,
                  uint8_t *out_block)
{
    struct k_block k = {.d = load_u16(shared + 2 * lane),
                        .dmin = load_u16(shared + 2 * group + 2 * lane)};
    for (uint32_t s = 0; s < 8; s++) {
        uint8_t scale = shared[(K_SCALES + s) * group + lane];
        uint8_t mins = shared[(K_MINS + s % 4) * group + lane];
        k.scales[s] = scale & 63;
        k.mins[s] = (uint8_t)((mins >> (s < 4 ? 0 : 4) & 15) | (scale >> 6) << 4);
    }
    for (uint32_t i = 0; i < 256; i++) {
        const uint8_t *part =
            shared + (K_PARTS + k_part_bytes(type) * (i / 32)) * group + 4 * lane + i % 4;
        uint32_t p = i % 32 / 4;
        uint32_t low = part[4 * (p % 4) * group] >> (p < 4 ? 0 : 4) & 15;
        uint32_t fifth = type == HONE_TYPE_Q5_K ? part[K_PART_FIFTH * group] >> p & 1 : 0;
        k.q[i] = (uint8_t)(low | fifth << 4);
    }
    type_pack_k(type, &k, out_block);
}

static const struct block_layout block_layouts[HONE_TYPES] = {
    [HONE_TYPE_Q8_0] = {put_q8_0, get_q8_0},
    [HONE_TYPE_Q4_0] = {put_simple, get_simple},
    [HONE_TYPE_Q4_1] = {put_simple, get_simple},
    [HONE_TYPE_Q5_0] = {put_simple, get_simple},
    [HONE_TYPE_Q5_1] = {put_simple, get_simple},
    [HONE_TYPE_IQ4_NL] = {put_simple, get_simple},
    [HONE_TYPE_MXFP4] = {put_simple, get_simple},
    [HONE_TYPE_Q4_K] = {put_k, get_k},
    [HONE_TYPE_Q5_K] = {put_k, get_k},
    [HONE_TYPE_Q6_K] = {put_q6_k, get_q6_k},
    [HONE_TYPE_I8] = {put_i8, get_i8},
};

/* Plain types: index of (k, lane) in a group, in elements. */
static uint64_t element(const struct hone_format *format, uint64_t k, uint32_t lane)
{
    if (format->layout == HONE_LAYOUT_PAIRS) return (k / 2 * format->group + lane) * 2 + (k & 1);
    return k * format->group + lane;
}

static void extract_elements(const struct hone_format *format, const uint8_t *group_data,
                             uint32_t lane, uint64_t k, uint64_t n, uint8_t *out)
{
    if (format->type == HONE_TYPE_F32)
        for (uint64_t i = 0; i < n; i++)
            memcpy(out + 4 * i, group_data + 4 * element(format, k + i, lane), 4);
    else
        for (uint64_t i = 0; i < n; i++)
            memcpy(out + 2 * i, group_data + 2 * element(format, k + i, lane), 2);
}

void layout_extract(const struct hone_format *format, const uint8_t *group_data, uint32_t lane,
                    uint64_t k, uint64_t n, uint8_t *out_blocks)
{
    const struct hone_type_info *info = hone_type_info(format->type);
    const struct block_layout *layout = &block_layouts[format->type];
    if (!layout->get) {
        extract_elements(format, group_data, lane, k, n, out_blocks);
        return;
    }
    uint64_t shared_bytes = (uint64_t)info->block_bytes * format->group;
    group_data += type_row_tail(format->type) * format->group;
    for (uint64_t b = 0; b < n / info->block_values; b++)
        layout->get(format->type, group_data + (k / info->block_values + b) * shared_bytes,
                    format->group, lane, out_blocks + b * info->block_bytes);
}

/* `n_lanes` file rows, `stride` bytes apart, into one zeroed or fully covered group. */
static void fill_group(const struct hone_format *format, const uint8_t *rows_data, uint64_t stride,
                       uint32_t n_lanes, uint64_t cols, uint8_t *out)
{
    const struct hone_type_info *info = hone_type_info(format->type);
    const struct block_layout *layout = &block_layouts[format->type];
    uint64_t n_blocks = cols / info->block_values, bytes = info->block_bytes;
    uint32_t tail = type_row_tail(format->type);
    for (uint32_t lane = 0; lane < n_lanes; lane++)
        memcpy(out + lane * tail, rows_data + lane * stride + n_blocks * bytes, tail);
    out += tail * format->group;
    for (uint64_t b = 0; b < n_blocks; b++) {
        for (uint32_t lane = 0; lane < n_lanes; lane++) {
            const uint8_t *from = rows_data + lane * stride + b * bytes;
            if (layout->put)
                layout->put(format->type, from, format->group, lane,
                            out + b * bytes * format->group);
            else if (bytes == 4)
                memcpy(out + 4 * element(format, b, lane), from, 4);
            else
                memcpy(out + 2 * element(format, b, lane), from, 2);
        }
    }
}

enum hone_status hone_format_relayout(const struct hone_format *format, const void *rows_data,
                                      uint64_t rows, uint64_t cols, void *out,
                                      struct hone_error *err)
{
    uint64_t bytes;
    HONE_TRY(hone_format_bytes(format, rows, cols, &bytes, err));
    if (type_is_q8(format->type))
        return hone_fail(err, HONE_ERR_ARGUMENT, "format %s is of activations, never of a file",
                         format->name);
    const uint8_t *from = rows_data;
    uint8_t *to = out;
    uint64_t stride = hone_type_row_bytes(format->type, cols);
    uint64_t out_stride = hone_format_row_bytes(format, cols);
    memset(to + bytes - HONE_FORMAT_TAIL_BYTES, 0, HONE_FORMAT_TAIL_BYTES);
    if (format->layout == HONE_LAYOUT_ROWS && stride == out_stride) {
        if (rows) memcpy(to, from, rows * stride);
        return HONE_OK;
    }
    if (format->layout == HONE_LAYOUT_PLANES) {
        const struct hone_type_info *info = hone_type_info(format->type);
        memset(to, 0, rows * out_stride);
        for (uint64_t row = 0; row < rows; row++)
            for (uint64_t b = 0; b < cols / info->block_values; b++)
                layout_planes_put(format->type, from + row * stride + b * info->block_bytes, cols,
                                  b, to + row * out_stride);
        return HONE_OK;
    }
    for (uint64_t row = 0; row < rows; row += format->group) {
        uint32_t n_lanes = rows - row < format->group ? (uint32_t)(rows - row) : format->group;
        if (n_lanes < format->group || out_stride != stride)
            memset(to, 0, out_stride * format->group);
        fill_group(format, from, stride, n_lanes, cols, to);
        from += n_lanes * stride;
        to += out_stride * format->group;
    }
    return HONE_OK;
}
