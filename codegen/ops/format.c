/* SPDX-License-Identifier: MIT */
/* The table of formats, their sizes, and rows in and out of them. */
#include "codegen/ops/format.h"

#include <string.h>

#include "codegen/ops/layout.h"
#include "codegen/ops/type.h"
#include "runtime/base/checked.h"

static const struct hone_format formats[] = {
    {"f32", HONE_TYPE_F32, HONE_LAYOUT_ROWS, 1},
    {"f16", HONE_TYPE_F16, HONE_LAYOUT_ROWS, 1},
    {"bf16", HONE_TYPE_BF16, HONE_LAYOUT_ROWS, 1},
    {"q8_0", HONE_TYPE_Q8_0, HONE_LAYOUT_ROWS, 1},
    {"q4_0", HONE_TYPE_Q4_0, HONE_LAYOUT_ROWS, 1},
    {"q6_k", HONE_TYPE_Q6_K, HONE_LAYOUT_ROWS, 1},
    {"q4_1", HONE_TYPE_Q4_1, HONE_LAYOUT_ROWS, 1},
    {"q5_0", HONE_TYPE_Q5_0, HONE_LAYOUT_ROWS, 1},
    {"q5_1", HONE_TYPE_Q5_1, HONE_LAYOUT_ROWS, 1},
    {"q4_k", HONE_TYPE_Q4_K, HONE_LAYOUT_ROWS, 1},
    {"q5_k", HONE_TYPE_Q5_K, HONE_LAYOUT_ROWS, 1},
    {"iq4_nl", HONE_TYPE_IQ4_NL, HONE_LAYOUT_ROWS, 1},
    {"mxfp4", HONE_TYPE_MXFP4, HONE_LAYOUT_ROWS, 1},
    {"i8", HONE_TYPE_I8, HONE_LAYOUT_ROWS, 1},
    {"f32/r8", HONE_TYPE_F32, HONE_LAYOUT_INTERLEAVED, 8},
    {"f16/r8", HONE_TYPE_F16, HONE_LAYOUT_INTERLEAVED, 8},
    {"bf16/r8", HONE_TYPE_BF16, HONE_LAYOUT_INTERLEAVED, 8},
    {"q8_0/r8", HONE_TYPE_Q8_0, HONE_LAYOUT_INTERLEAVED, 8},
    {"q4_0/r8", HONE_TYPE_Q4_0, HONE_LAYOUT_INTERLEAVED, 8},
    {"q6_k/r8", HONE_TYPE_Q6_K, HONE_LAYOUT_INTERLEAVED, 8},
    {"q4_1/r8", HONE_TYPE_Q4_1, HONE_LAYOUT_INTERLEAVED, 8},
    {"q5_0/r8", HONE_TYPE_Q5_0, HONE_LAYOUT_INTERLEAVED, 8},
    {"q5_1/r8", HONE_TYPE_Q5_1, HONE_LAYOUT_INTERLEAVED, 8},
    {"q4_k/r8", HONE_TYPE_Q4_K, HONE_LAYOUT_INTERLEAVED, 8},
    {"q5_k/r8", HONE_TYPE_Q5_K, HONE_LAYOUT_INTERLEAVED, 8},
    {"iq4_nl/r8", HONE_TYPE_IQ4_NL, HONE_LAYOUT_INTERLEAVED, 8},
    {"mxfp4/r8", HONE_TYPE_MXFP4, HONE_LAYOUT_INTERLEAVED, 8},
    {"i8/r8", HONE_TYPE_I8, HONE_LAYOUT_INTERLEAVED, 8},
    {"f32/r16", HONE_TYPE_F32, HONE_LAYOUT_INTERLEAVED, 16},
    {"f16/r16", HONE_TYPE_F16, HONE_LAYOUT_INTERLEAVED, 16},
    {"bf16/r16", HONE_TYPE_BF16, HONE_LAYOUT_INTERLEAVED, 16},
    {"q8_0/r16", HONE_TYPE_Q8_0, HONE_LAYOUT_INTERLEAVED, 16},
    {"q4_0/r16", HONE_TYPE_Q4_0, HONE_LAYOUT_INTERLEAVED, 16},
    {"q6_k/r16", HONE_TYPE_Q6_K, HONE_LAYOUT_INTERLEAVED, 16},
    {"q4_1/r16", HONE_TYPE_Q4_1, HONE_LAYOUT_INTERLEAVED, 16},
    {"q5_0/r16", HONE_TYPE_Q5_0, HONE_LAYOUT_INTERLEAVED, 16},
    {"q5_1/r16", HONE_TYPE_Q5_1, HONE_LAYOUT_INTERLEAVED, 16},
    {"q4_k/r16", HONE_TYPE_Q4_K, HONE_LAYOUT_INTERLEAVED, 16},
    {"q5_k/r16", HONE_TYPE_Q5_K, HONE_LAYOUT_INTERLEAVED, 16},
    {"iq4_nl/r16", HONE_TYPE_IQ4_NL, HONE_LAYOUT_INTERLEAVED, 16},
    {"mxfp4/r16", HONE_TYPE_MXFP4, HONE_LAYOUT_INTERLEAVED, 16},
    {"i8/r16", HONE_TYPE_I8, HONE_LAYOUT_INTERLEAVED, 16},
    {"bf16/r8p2", HONE_TYPE_BF16, HONE_LAYOUT_PAIRS, 8},
    {"bf16/r16p2", HONE_TYPE_BF16, HONE_LAYOUT_PAIRS, 16},
    {"q8_0/p", HONE_TYPE_Q8_0, HONE_LAYOUT_PLANES, 1},
    {"q4_0/p", HONE_TYPE_Q4_0, HONE_LAYOUT_PLANES, 1},
    {"q6_k/p", HONE_TYPE_Q6_K, HONE_LAYOUT_PLANES, 1},
    {"q4_1/p", HONE_TYPE_Q4_1, HONE_LAYOUT_PLANES, 1},
    {"q5_0/p", HONE_TYPE_Q5_0, HONE_LAYOUT_PLANES, 1},
    {"q5_1/p", HONE_TYPE_Q5_1, HONE_LAYOUT_PLANES, 1},
    {"q4_k/p", HONE_TYPE_Q4_K, HONE_LAYOUT_PLANES, 1},
    {"q5_k/p", HONE_TYPE_Q5_K, HONE_LAYOUT_PLANES, 1},
    {"iq4_nl/p", HONE_TYPE_IQ4_NL, HONE_LAYOUT_PLANES, 1},
    {"mxfp4/p", HONE_TYPE_MXFP4, HONE_LAYOUT_PLANES, 1},
    {"q8a", HONE_TYPE_Q8A, HONE_LAYOUT_ROWS, 1},
    {"q8r", HONE_TYPE_Q8R, HONE_LAYOUT_ROWS, 1},
    {"f32/kv", HONE_TYPE_F32, HONE_LAYOUT_KV, 1},
    {"f16/kv", HONE_TYPE_F16, HONE_LAYOUT_KV, 1},
    {"bf16/kv", HONE_TYPE_BF16, HONE_LAYOUT_KV, 1},
    {"q8_0/kv", HONE_TYPE_Q8_0, HONE_LAYOUT_KV, 1},
};

const struct hone_format *hone_format_table(size_t *out_count)
{
    *out_count = sizeof formats / sizeof *formats;
    return formats;
}

const struct hone_format *hone_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

const struct hone_format *hone_format_rows(enum hone_type type)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].type == type && formats[i].layout == HONE_LAYOUT_ROWS) return &formats[i];
    return NULL;
}

/* Columns as stored: bf16 dot products take two at a time. */
static uint64_t stored_cols(const struct hone_format *format, uint64_t cols)
{
    bool even = format->layout == HONE_LAYOUT_PAIRS ||
                (format->layout == HONE_LAYOUT_ROWS && format->type == HONE_TYPE_BF16);
    return even ? cols + (cols & 1) : cols;
}

uint64_t hone_format_row_bytes(const struct hone_format *format, uint64_t cols)
{
    uint64_t bytes = hone_type_row_bytes(format->type, stored_cols(format, cols));
    return format->layout == HONE_LAYOUT_PLANES ? (bytes + 15) / 16 * 16 : bytes;
}

enum hone_status hone_format_bytes(const struct hone_format *format, uint64_t rows, uint64_t cols,
                                   uint64_t *out_bytes, struct hone_error *err)
{
    const struct hone_type_info *info = hone_type_info(format->type);
    uint64_t stored_rows, bytes;
    if (format->layout == HONE_LAYOUT_KV)
        return hone_fail(err, HONE_ERR_ARGUMENT, "format %s is of KV pages, not of a matrix",
                         format->name);
    if (cols % info->block_values)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "format %s needs columns in multiples of %u, got %llu", format->name,
                         info->block_values, (unsigned long long)cols);
    uint32_t max_cols = type_max_cols(format->type);
    if (max_cols && cols > max_cols)
        return hone_fail(err, HONE_ERR_LIMIT,
                         "format %s holds at most %u columns (the sum of their products must fit "
                         "32 bits), got %llu",
                         format->name, max_cols, (unsigned long long)cols);
    if (cols > UINT64_MAX / 256 || !hone_round_up(rows, format->group, &stored_rows) ||
        !hone_mul(stored_rows, hone_format_row_bytes(format, cols), &bytes) ||
        !hone_add(bytes, HONE_FORMAT_TAIL_BYTES, &bytes) || bytes > INT64_MAX)
        return hone_fail(err, HONE_ERR_LIMIT, "%llu x %llu values of %s are too many bytes",
                         (unsigned long long)rows, (unsigned long long)cols, format->name);
    *out_bytes = bytes;
    return HONE_OK;
}

static void multiply(float *values, uint64_t n, float factor)
{
    for (uint64_t i = 0; i < n; i++) values[i] *= factor;
}

void hone_format_decode_row(const struct hone_format *format, const void *data, uint64_t rows,
                            uint64_t cols, uint64_t row, float *out_values)
{
    (void)rows;
    const uint8_t *bytes = data;
    uint64_t row_bytes = hone_format_row_bytes(format, cols);
    const struct hone_type_info *info = hone_type_info(format->type);
    bool has_scale = format->type == HONE_TYPE_I8;
    if (type_is_q8(format->type)) {
        struct q8_parts parts = q8_parts(format->type, cols);
        bytes += row * row_bytes;
        for (uint64_t k = 0; k < cols; k++)
            out_values[k] =
                load_f32(bytes + parts.d + k / parts.block * 4) * (float)(int8_t)bytes[k];
        return;
    }
    if (format->layout == HONE_LAYOUT_ROWS) {
        bytes += row * row_bytes;
        type_decode(format->type, bytes, cols / info->block_values, out_values);
        if (has_scale) multiply(out_values, cols, load_f32(bytes + cols));
        return;
    }
    if (format->layout == HONE_LAYOUT_PLANES) {
        uint8_t block[TYPE_MAX_VALUES];
        for (uint64_t b = 0; b < cols / info->block_values; b++) {
            layout_planes_get(format->type, bytes + row * row_bytes, cols, b, block);
            type_decode(format->type, block, 1, out_values + b * info->block_values);
        }
        return;
    }
    bytes += row / format->group * format->group * row_bytes;
    /* In pieces that are whole blocks of every type. */
    uint8_t piece[4 * TYPE_MAX_VALUES];
    for (uint64_t k = 0; k < cols; k += TYPE_MAX_VALUES) {
        uint64_t n = cols - k < TYPE_MAX_VALUES ? cols - k : TYPE_MAX_VALUES;
        layout_extract(format, bytes, (uint32_t)(row % format->group), k, n, piece);
        type_decode(format->type, piece, n / info->block_values, out_values + k);
    }
    if (has_scale) multiply(out_values, cols, load_f32(bytes + 4 * (row % format->group)));
}

void hone_format_encode_row(const struct hone_format *format, const float *values, uint64_t cols,
                            uint64_t row, void *data)
{
    uint8_t *bytes = (uint8_t *)data + row * hone_format_row_bytes(format, cols);
    if (type_is_q8(format->type)) {
        q8_encode(format->type, values, cols, bytes);
        return;
    }
    hone_type_quantize_row(format->type, values, cols, bytes);
    if (format->type == HONE_TYPE_BF16 && cols & 1) store_u16(bytes + 2 * cols, 0);
}
