/* SPDX-License-Identifier: MIT */
/* Types and formats: a type is what a value means (GGUF's names), a format adds the layout. */

/* This is the only place that knows either. Formats by name; README.md has the exact bytes.
 *
 * Weight matrices, [rows = n][cols = k]:
 *
 *   f32 f16 bf16 q8_0 q4_0 q4_1 q5_0 q5_1 q4_k q5_k q6_k iq4_nl mxfp4
 *       row after row, as in a GGUF file; a bf16 row of an odd number of columns is followed by
 *       one zero value
 *   f32/r16 f16/r16 bf16/r16
 *       rows interleaved by 16: [n/16][k][16]
 *   bf16/r16p2
 *       for two-element dot products: [n/16][k/2][16][2], k padded to even
 *   q4_0/r16
 *       [n/16][k/32] of { f16 d[16]; u8 q[4][16][4] }: byte (g, row, j) holds value k = 4g+j in
 *       its low and k = 16+4g+j in its high nibble, both still offset by 8
 *   q8_0/r16
 *       [n/16][k/32] of { f16 d[16]; u8 q[8][16][4] }: byte (g, row, j) is value k = 4g+j offset
 *       by 128 (the sign bit flipped)
 *   q6_k/r16
 *       [n/16][k/256] of { f16 d[16]; i8 scales[16][16]; 8 parts of { ql, qh } }
 *   i8
 *       one row: i8 q[k] | f32 d; x = d*q, k a multiple of 32 and at most 131072, so that a sum of
 *       k products fits 32 bits
 *   i8/r16
 *       [n/16] of { f32 d[16]; u8 q[k/4][16][4] }: byte (g, row, j) is value k = 4g+j offset by 128
 *   q4_1/r16 q5_0/r16 q5_1/r16 iq4_nl/r16 mxfp4/r16
 *       [n/16][k/32] of { the scales one after the other, as d[16]; q as q4_0; u8 fifth[16][4] }:
 *       bit p of fifth byte (row, j) belongs to value k = 4p+j
 *   q4_k/r16 q5_k/r16
 *       [n/16][k/256] of { f16 d[16], dmin[16]; u8 scales and mins [12][16]; 8 parts as q4_0's or
 *       q5_0's }
 *   .../r8 .../r8p2
 *       the same with 8 rows
 *   q4_0/p q8_0/p q4_1/p q5_0/p q5_1/p q4_k/p q5_k/p q6_k/p iq4_nl/p mxfp4/p
 *       row after row, each padded to 16 bytes: the values of all blocks, then all upper bits, then
 *       all scales; so that 16 bytes of values are read from multiples of 16 (layout_planes.c)
 *
 * Row groups are padded with zero rows (d = 0).
 *
 * Activations, [rows = tokens][cols]:
 *
 *   f32, bf16
 *       row after row (bf16 as above)
 *   q8a
 *       one row: i8 q[k] | f32 d[k/32] | i32 nsum[k/32] | i32 nsum16[k/16], k a multiple of 32;
 *       x = d*q; nsum = -(sum of q) over the 32 values, nsum16 over each 16; d = amax/127 (f32),
 *       q = x * (127/amax) in f32 rounded to nearest even, all 0 when amax is 0
 *   q8r
 *       one row: i8 q[k] | f32 d | i32 nsum: the same with one block of k values, k as for i8
 *
 * KV pages of `page_tokens` positions (a multiple of 16) of all KV heads of a layer:
 *
 *   f32/kv f16/kv bf16/kv
 *       K: [head][position/16][head_dim][16], V: [head][position][head_dim]
 *   q8_0/kv
 *       K: [head][position/16] of { f16 d[head_dim/32][16]; i8 q[head_dim][16] },
 *       V: [head][position/16] of { f16 d[head_dim/32][16]; i8 q[16][head_dim] }: 17 * head_dim
 *       bytes for 16 positions, each with a scale of its own for 32 values; head_dim a multiple
 *       of 32; d and q as hone_type_quantize_row gives them
 *
 * Every operand starts at a multiple of 64 bytes and is followed by HONE_FORMAT_TAIL_BYTES that
 * kernels may read (never write), of any content. */
#ifndef HONE_OPS_FORMAT_H
#define HONE_OPS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum hone_type {
    HONE_TYPE_NONE = 0,
    HONE_TYPE_F32,
    HONE_TYPE_F16,
    HONE_TYPE_BF16,
    HONE_TYPE_Q8_0,
    HONE_TYPE_Q4_0,
    HONE_TYPE_Q6_K,
    HONE_TYPE_Q4_1,
    HONE_TYPE_Q5_0,
    HONE_TYPE_Q5_1,
    HONE_TYPE_Q4_K,
    HONE_TYPE_Q5_K,
    HONE_TYPE_IQ4_NL,
    HONE_TYPE_MXFP4,
    HONE_TYPE_I8, /* int8 with a scale per row, never in files */
    HONE_TYPE_I32,
    HONE_TYPE_Q8A, /* int8 activations, never in files */
    HONE_TYPE_Q8R, /* the same with a scale per row */
    HONE_TYPES
};

enum { HONE_FORMAT_TAIL_BYTES = 128 };

struct hone_type_info {
    const char *name;      /* "q4_0" */
    uint32_t block_values; /* values per block; 1 for plain types */
    uint32_t block_bytes;
};
const struct hone_type_info *hone_type_info(enum hone_type type);
enum hone_type hone_type_by_name(const char *name); /* HONE_TYPE_NONE when unknown */
/* Bytes of a row of `cols` values as in a file: its blocks and what the whole row has. */
uint64_t hone_type_row_bytes(enum hone_type type, uint64_t cols);
/* Whether int8 arithmetic holds every sum over these weights, in blocks as in a file: no scale of
 * mxfp4 beyond 2^104. */
bool hone_type_fits_int8(enum hone_type type, const void *blocks, uint64_t n_blocks);

enum hone_layout {
    HONE_LAYOUT_ROWS,        /* row after row */
    HONE_LAYOUT_INTERLEAVED, /* groups of `group` rows */
    HONE_LAYOUT_PAIRS,       /* interleaved, two k values together */
    HONE_LAYOUT_PLANES,      /* row after row, each with its values apart from their scales */
    HONE_LAYOUT_KV,          /* pages */
};

struct hone_format {
    const char *name;
    enum hone_type type;
    enum hone_layout layout;
    uint32_t group; /* rows interleaved; 1 otherwise */
};

/* NULL when unknown. Pointers are stable: compare them. */
const struct hone_format *hone_format_find(const char *name);
/* All formats, for enumeration in tests. */
const struct hone_format *hone_format_table(size_t *out_count);
/* Row-major format of a type. */
const struct hone_format *hone_format_rows(enum hone_type type);

/* Bytes of a [rows][cols] operand, tail included, weights and activations alike; HONE_ERR_ARGUMENT
 * when cols does not fit the block or the format is of KV pages, HONE_ERR_LIMIT when the size
 * wraps.
 */
enum hone_status hone_format_bytes(const struct hone_format *format, uint64_t rows, uint64_t cols,
                                   uint64_t *out_bytes, struct hone_error *err);
/* Bytes between rows of a row-layout format. */
uint64_t hone_format_row_bytes(const struct hone_format *format, uint64_t cols);

/* Relayout (the reference of the relayout op): from row-major `type` data, as in the model file, to
 * `format` of the same type. `out` has hone_format_bytes; all of them are written, tail zero. */
enum hone_status hone_format_relayout(const struct hone_format *format, const void *rows_data,
                                      uint64_t rows, uint64_t cols, void *out,
                                      struct hone_error *err);

/* Row `row` as f32, bit-exact by the type's definition, read through the layout. */
void hone_format_decode_row(const struct hone_format *format, const void *data, uint64_t rows,
                            uint64_t cols, uint64_t row, float *out_values);
/* f32 row -> row `row` of an activation format (f32, bf16 round-to-nearest-even, q8a, q8r).
 */
void hone_format_encode_row(const struct hone_format *format, const float *values, uint64_t cols,
                            uint64_t row, void *data);
/* f32 -> a file row of a weight type; used to make test weights and by make_model. */
void hone_type_quantize_row(enum hone_type type, const float *values, uint64_t cols, void *out);

float hone_f16_to_f32(uint16_t half);
uint16_t hone_f32_to_f16(float value);
float hone_bf16_to_f32(uint16_t bits);
uint16_t hone_f32_to_bf16(float value); /* round to nearest even, NaN kept quiet */

/* KV pages */
struct hone_kv_shape {
    uint32_t n_kv_heads, head_dim, page_tokens;
};
uint64_t hone_kv_page_bytes(const struct hone_format *format, const struct hone_kv_shape *shape);
/* Index, in elements from the page's start, of (head, position in page, d); not for q8_0. */
uint64_t hone_kv_k_index(const struct hone_kv_shape *shape, uint32_t head, uint32_t position,
                         uint32_t d);
uint64_t hone_kv_v_index(const struct hone_kv_shape *shape, uint32_t head, uint32_t position,
                         uint32_t d);
/* One value of a page; `head_dim` values of one position in, rounded as hone_type_quantize_row
 * does; their stored bytes from another page. `is_key`: K pages, else V. */
float hone_kv_value(const struct hone_format *format, const struct hone_kv_shape *shape,
                    bool is_key, const void *page, uint32_t head, uint32_t position, uint32_t d);
void hone_kv_write(const struct hone_format *format, const struct hone_kv_shape *shape, bool is_key,
                   void *page, uint32_t head, uint32_t position, const float *values);
void hone_kv_copy(const struct hone_format *format, const struct hone_kv_shape *shape, bool is_key,
                  void *to_page, const void *from_page, uint32_t head, uint32_t position);

#endif
