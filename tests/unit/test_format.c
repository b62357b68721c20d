/* SPDX-License-Identifier: MIT */
/* Formats: conversions over every half, block meanings by hand, relayouts against the documented
 * bytes and against decoding. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/ops/format.h"

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 24;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* From the definition, without bit tricks. */
static double half_value(uint16_t half)
{
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    double size = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return half & 0x8000 ? -size : size;
}

static void every_half_both_ways(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        uint16_t half = (uint16_t)h;
        float value = hone_f16_to_f32(half);
        if ((h & 0x7c00) != 0x7c00) {
            assert_true((double)value == half_value(half));
            assert_true((signbit(value) != 0) == (h >> 15 != 0));
            assert_int_equal(hone_f32_to_f16(value), half);
        } else if (h & 0x3ff) {
            assert_true(isnan(value));
            assert_int_equal(hone_f32_to_f16(value), half | 0x200);
        } else {
            assert_true(isinf(value) && (value < 0) == (h >> 15 != 0));
            assert_int_equal(hone_f32_to_f16(value), half);
        }
    }
}

/* Between neighbours: below, at and above the middle; ties go to the even one. */
static void f16_rounds_to_nearest_even(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7c00; h++) {
        double low = half_value((uint16_t)h);
        double high = h == 0x7bff ? 65536 : half_value((uint16_t)(h + 1));
        float middle = (float)((low + high) / 2);
        assert_true((double)middle == (low + high) / 2);
        assert_int_equal(hone_f32_to_f16(middle), h & 1 ? h + 1 : h);
        assert_int_equal(hone_f32_to_f16(nextafterf(middle, 0)), h);
        assert_int_equal(hone_f32_to_f16(nextafterf(middle, INFINITY)), h + 1);
        assert_int_equal(hone_f32_to_f16(-nextafterf(middle, INFINITY)), (h + 1) | 0x8000);
    }
    assert_int_equal(hone_f32_to_f16(1e30f), 0x7c00);
    assert_int_equal(hone_f32_to_f16(-INFINITY), 0xfc00);
    assert_int_equal(hone_f32_to_f16(1e-30f), 0);
    assert_int_equal(hone_f32_to_f16(-1e-30f), 0x8000);
    assert_int_equal(hone_f32_to_f16(float_of(0x7f800001)) & 0x7e00, 0x7e00);
}

static void every_bf16_both_ways(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        float value = hone_bf16_to_f32((uint16_t)h);
        assert_int_equal(bits_of(value), h << 16);
        bool nan = (h & 0x7fff) > 0x7f80;
        assert_int_equal(hone_f32_to_bf16(value), nan ? h | 0x40 : h);
        if ((h & 0x7fff) >= 0x7f80) continue;
        assert_int_equal(hone_f32_to_bf16(float_of(h << 16 | 0x7fff)), h);
        assert_int_equal(hone_f32_to_bf16(float_of(h << 16 | 0x8000)), h + (h & 1));
        assert_int_equal(hone_f32_to_bf16(float_of(h << 16 | 0x8001)), h + 1);
    }
    /* A NaN whose kept half has no mantissa must not become infinity. */
    assert_int_equal(hone_f32_to_bf16(float_of(0x7f800001)), 0x7fc0);
    assert_int_equal(hone_f32_to_bf16(float_of(0xff80ffff)), 0xffc0);
}

static void names_and_types(void **state)
{
    (void)state;
    size_t count;
    const struct hone_format *table = hone_format_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(hone_format_find(table[i].name), &table[i]);
        const char *type = hone_type_info(table[i].type)->name;
        assert_memory_equal(table[i].name, type, strlen(type));
        assert_int_equal(hone_type_by_name(type), table[i].type);
        assert_ptr_equal(hone_format_rows(table[i].type), hone_format_find(type));
    }
    assert_int_equal(count, 60);
    assert_null(hone_format_find("q4_0/r4"));
    assert_int_equal(hone_type_by_name("q3_k"), HONE_TYPE_NONE);
}

static float half_of(const uint8_t *at)
{
    return hone_f16_to_f32((uint16_t)(at[0] | at[1] << 8));
}

static uint8_t *random_rows(enum hone_type type, uint64_t rows, uint64_t cols)
{
    uint64_t bytes = rows * hone_type_row_bytes(type, cols), seed = bytes;
    uint8_t *data = malloc(bytes + 1);
    for (uint64_t i = 0; i < bytes; i++) data[i] = (uint8_t)draw(&seed);
    return data;
}

/* From the file's rows, not through any layout. */
static void decode_file_row(enum hone_type type, const uint8_t *data, uint64_t cols, uint64_t row,
                            float *out)
{
    uint64_t bytes = hone_type_row_bytes(type, cols);
    hone_format_decode_row(hone_format_rows(type), data + row * bytes, 1, cols, 0, out);
}

static void check_relayout(const struct hone_format *format, uint64_t rows, uint64_t cols)
{
    uint64_t bytes, padded = (rows + format->group - 1) / format->group * format->group;
    assert_int_equal(hone_format_bytes(format, rows, cols, &bytes, NULL), HONE_OK);
    uint8_t *data = random_rows(format->type, rows, cols), *out = malloc(bytes + 16);
    float *a = malloc(cols * 4), *b = malloc(cols * 4);
    memset(out, 0x5a, bytes + 16);
    assert_int_equal(hone_format_relayout(format, data, rows, cols, out, NULL), HONE_OK);
    for (uint64_t row = 0; row < padded; row++) {
        hone_format_decode_row(format, out, rows, cols, row, b);
        if (row < rows)
            decode_file_row(format->type, data, cols, row, a);
        else
            memset(a, 0, cols * 4);
        for (uint64_t k = 0; k < cols && row >= rows; k++) assert_true(b[k] == 0);
        if (row < rows) assert_memory_equal(a, b, cols * 4);
    }
    for (uint64_t i = bytes - HONE_FORMAT_TAIL_BYTES; i < bytes; i++) assert_int_equal(out[i], 0);
    for (uint64_t i = bytes; i < bytes + 16; i++) assert_int_equal(out[i], 0x5a);
    free(data);
    free(out);
    free(a);
    free(b);
}

static void relayout_keeps_every_value(void **state)
{
    (void)state;
    size_t count;
    const struct hone_format *table = hone_format_table(&count);
    static const uint64_t rows[] = {0, 1, 7, 8, 9, 15, 16, 17, 33};
    for (size_t f = 0; f < count; f++) {
        if (table[f].layout == HONE_LAYOUT_KV || table[f].type == HONE_TYPE_Q8A ||
            table[f].type == HONE_TYPE_Q8R)
            continue;
        uint64_t unit = hone_type_info(table[f].type)->block_values;
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
            check_relayout(&table[f], rows[r], unit);
            check_relayout(&table[f], rows[r], 3 * unit);
            if (unit == 1) check_relayout(&table[f], rows[r], 301);
            if (unit == 32) check_relayout(&table[f], rows[r], 11 * unit);
        }
    }
}

struct bytes_view {
    const uint8_t *out;
    uint64_t cols;
    uint32_t group;
    float row[512];
};

/* One value from the relaid bytes, by the text of the README. */
static float q4_0_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    const uint8_t *block = v->out + k / 32 * 18 * v->group;
    uint64_t in = k % 32, g = in % 16 / 4, j = in % 4;
    uint8_t byte = block[2 * v->group + (g * v->group + lane) * 4 + j];
    return half_of(block + 2 * lane) * (float)((in < 16 ? byte & 15 : byte >> 4) - 8);
}

static float q8_0_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    const uint8_t *block = v->out + k / 32 * 34 * v->group;
    uint64_t g = k % 32 / 4, j = k % 4;
    uint8_t byte = block[2 * v->group + (g * v->group + lane) * 4 + j];
    return half_of(block + 2 * lane) * (float)(byte - 128);
}

static float q6_k_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    uint64_t R = v->group, b = k % 256 / 32, in = k % 32, p = in / 4, j = in % 4;
    const uint8_t *block = v->out + k / 256 * 210 * R, *part = block + 18 * R + 24 * R * b;
    uint8_t ql = part[(p % 4 * R + lane) * 4 + j];
    uint8_t qh = part[16 * R + (p / 4 * R + lane) * 4 + j];
    int q = (p < 4 ? ql & 15 : ql >> 4) + 16 * (qh >> 2 * (p % 4) & 3);
    int8_t scale = (int8_t)block[2 * R + (2 * b + in / 16) * R + lane];
    return half_of(block + 2 * lane) * (float)scale * (float)(q - 32);
}

static float q4_1_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    const uint8_t *block = v->out + k / 32 * 20 * v->group;
    uint64_t in = k % 32, g = in % 16 / 4, j = in % 4;
    uint8_t byte = block[4 * v->group + (g * v->group + lane) * 4 + j];
    float q = (float)(in < 16 ? byte & 15 : byte >> 4);
    return half_of(block + 2 * lane) * q + half_of(block + 2 * v->group + 2 * lane);
}

static float q5_0_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    const uint8_t *block = v->out + k / 32 * 22 * v->group, *q = block + 2 * v->group;
    uint64_t in = k % 32, g = in % 16 / 4, j = in % 4;
    uint8_t byte = q[(g * v->group + lane) * 4 + j], fifth = q[(4 * v->group + lane) * 4 + j];
    int low = in < 16 ? byte & 15 : byte >> 4;
    return half_of(block + 2 * lane) * (float)(low + 16 * (fifth >> in / 4 & 1) - 16);
}

static float mxfp4_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    static const float fp4[8] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    const uint8_t *block = v->out + k / 32 * 17 * v->group;
    uint64_t in = k % 32, g = in % 16 / 4, j = in % 4;
    uint8_t byte = block[v->group + (g * v->group + lane) * 4 + j];
    int q = in < 16 ? byte & 15 : byte >> 4;
    return ldexpf(q < 8 ? fp4[q] : -fp4[q - 8], block[lane] - 127);
}

static float k_shared_value(const struct bytes_view *v, uint64_t lane, uint64_t k,
                            uint64_t part_bytes)
{
    uint64_t R = v->group, b = k % 256 / 32, in = k % 32, p = in / 4, j = in % 4;
    const uint8_t *block = v->out + k / 256 * (16 + 8 * part_bytes) * R;
    const uint8_t *part = block + 16 * R + part_bytes * R * b;
    uint8_t byte = part[(p % 4 * R + lane) * 4 + j];
    int q = p < 4 ? byte & 15 : byte >> 4;
    if (part_bytes == 20) q += 16 * (part[(4 * R + lane) * 4 + j] >> p & 1);
    uint8_t scale = block[(4 + b) * R + lane], mins = block[(12 + b % 4) * R + lane];
    int min = (b < 4 ? mins & 15 : mins >> 4) + 16 * (scale >> 6);
    float product = half_of(block + 2 * lane) * (float)(scale & 63) * (float)q;
    return product - half_of(block + 2 * R + 2 * lane) * (float)min;
}

static float q4_k_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    return k_shared_value(v, lane, k, 16);
}

static float q5_k_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    return k_shared_value(v, lane, k, 20);
}

static float pair_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    const uint8_t *at = v->out + ((k / 2 * v->group + lane) * 2 + k % 2) * 2;
    return hone_bf16_to_f32((uint16_t)(at[0] | at[1] << 8));
}

static float f16_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    return half_of(v->out + 2 * (k * v->group + lane));
}

static float f32_value(const struct bytes_view *v, uint64_t lane, uint64_t k)
{
    float value;
    memcpy(&value, v->out + 4 * (k * v->group + lane), 4);
    return value;
}

static void bytes_are_as_documented(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        uint64_t cols, row_bytes; /* of one row's share of a group */
        float (*value)(const struct bytes_view *, uint64_t, uint64_t);
    } cases[] = {
        {"q4_0/r16", 96, 54, q4_0_value},   {"q4_0/r8", 96, 54, q4_0_value},
        {"q8_0/r16", 96, 102, q8_0_value},  {"q8_0/r8", 96, 102, q8_0_value},
        {"q6_k/r16", 512, 420, q6_k_value}, {"q6_k/r8", 512, 420, q6_k_value},
        {"q4_1/r16", 96, 60, q4_1_value},   {"q4_1/r8", 96, 60, q4_1_value},
        {"q5_0/r16", 96, 66, q5_0_value},   {"q5_0/r8", 96, 66, q5_0_value},
        {"mxfp4/r16", 96, 51, mxfp4_value}, {"mxfp4/r8", 96, 51, mxfp4_value},
        {"q4_k/r16", 512, 288, q4_k_value}, {"q4_k/r8", 512, 288, q4_k_value},
        {"q5_k/r16", 512, 352, q5_k_value}, {"q5_k/r8", 512, 352, q5_k_value},
        {"bf16/r16p2", 33, 68, pair_value}, {"bf16/r8p2", 33, 68, pair_value},
        {"f16/r16", 33, 66, f16_value},     {"f32/r8", 33, 132, f32_value},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hone_format *format = hone_format_find(cases[i].format);
        uint64_t bytes, rows = 2 * format->group - 1, cols = cases[i].cols;
        assert_int_equal(hone_format_bytes(format, rows, cols, &bytes, NULL), HONE_OK);
        assert_int_equal(bytes, 2 * format->group * cases[i].row_bytes + 128);
        uint8_t *data = random_rows(format->type, rows, cols), *out = malloc(bytes);
        assert_int_equal(hone_format_relayout(format, data, rows, cols, out, NULL), HONE_OK);
        for (uint64_t row = 0; row < rows; row++) {
            struct bytes_view view = {.cols = cols, .group = format->group};
            view.out = out + row / format->group * format->group * cases[i].row_bytes;
            decode_file_row(format->type, data, cols, row, view.row);
            for (uint64_t k = 0; k < cols; k++) {
                float value = cases[i].value(&view, row % format->group, k);
                assert_true(value == view.row[k] || (isnan(value) && isnan(view.row[k])));
            }
        }
        free(data);
        free(out);
    }
}

static void sizes_are_checked(void **state)
{
    (void)state;
    struct hone_error err;
    uint64_t bytes;
    const struct hone_format *q4 = hone_format_find("q4_0/r16"), *f32 = hone_format_find("f32");
    assert_int_equal(hone_format_bytes(q4, 16, 33, &bytes, &err), HONE_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "multiples of 32"));
    assert_int_equal(hone_format_bytes(f32, UINT64_MAX / 8, 2, &bytes, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_format_bytes(f32, 2, UINT64_MAX / 4 + 2, &bytes, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_format_bytes(q4, UINT64_MAX, 32, &bytes, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_format_bytes(hone_format_find("f16/kv"), 1, 1, &bytes, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_format_relayout(hone_format_find("q8a"), "", 0, 32, &bytes, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_format_row_bytes(hone_format_find("bf16"), 5), 12);
    assert_int_equal(hone_format_relayout(hone_format_find("q8r"), "", 0, 32, &bytes, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_format_row_bytes(hone_format_find("q8a"), 64), 96);
    assert_int_equal(hone_format_row_bytes(hone_format_find("q8r"), 64), 72);
    assert_int_equal(hone_format_row_bytes(hone_format_find("i8"), 64), 68);
    static const char *const sums[] = {"i8", "i8/r8", "i8/r16", "q8r"};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        const struct hone_format *format = hone_format_find(sums[i]);
        assert_int_equal(hone_format_bytes(format, 1, 131072, &bytes, &err), HONE_OK);
        assert_int_equal(hone_format_bytes(format, 1, 131104, &bytes, &err), HONE_ERR_LIMIT);
        assert_non_null(strstr(err.text, "at most 131072 columns"));
    }
}

static void kv_places_are_all_different(void **state)
{
    (void)state;
    struct hone_kv_shape shape = {3, 24, 48};
    enum { VALUES = 3 * 24 * 48 };
    static uint8_t k_seen[VALUES], v_seen[VALUES];
    for (uint32_t head = 0; head < 3; head++)
        for (uint32_t position = 0; position < 48; position++)
            for (uint32_t d = 0; d < 24; d++) {
                uint64_t k = hone_kv_k_index(&shape, head, position, d);
                uint64_t v = hone_kv_v_index(&shape, head, position, d);
                assert_true(k < VALUES && v < VALUES && !k_seen[k]++ && !v_seen[v]++);
            }
    assert_int_equal(hone_kv_k_index(&shape, 2, 35, 5), ((2 * 3 + 2) * 24 + 5) * 16 + 3);
    assert_int_equal(hone_kv_v_index(&shape, 2, 35, 5), (2 * 48 + 35) * 24 + 5);
    assert_int_equal(hone_kv_page_bytes(hone_format_find("bf16/kv"), &shape), 2 * VALUES);
}

/* Every position of a q8_0 page has bytes of its own, which hold what was written. */
static void quantized_kv(void **state)
{
    (void)state;
    enum { HEADS = 3, DIM = 64, POSITIONS = 48, BYTES = HEADS * DIM * POSITIONS / 32 * 34 };
    struct hone_kv_shape shape = {HEADS, DIM, POSITIONS};
    const struct hone_format *format = hone_format_find("q8_0/kv");
    static uint8_t page[BYTES], other[BYTES];
    float values[DIM], decoded[DIM];
    uint8_t blocks[DIM / 32 * 34];
    assert_int_equal(hone_kv_page_bytes(format, &shape), BYTES);
    for (int is_key = 0; is_key < 2; is_key++) {
        for (int turn = 0; turn < 2; turn++)
            for (uint32_t head = 0; head < HEADS; head++)
                for (uint32_t p = 0; p < POSITIONS; p++) {
                    for (uint32_t d = 0; d < DIM; d++)
                        values[d] = (float)((head * POSITIONS + p) * 7 % 97 + 1) *
                                    sinf((float)(d + 3 * p + head)) / (float)(1 + d / 32);
                    if (turn == 0) {
                        hone_kv_write(format, &shape, is_key, page, head, p, values);
                        continue;
                    }
                    hone_type_quantize_row(HONE_TYPE_Q8_0, values, DIM, blocks);
                    hone_format_decode_row(hone_format_find("q8_0"), blocks, 1, DIM, 0, decoded);
                    for (uint32_t d = 0; d < DIM; d++)
                        assert_true(decoded[d] ==
                                    hone_kv_value(format, &shape, is_key, page, head, p, d));
                    hone_kv_copy(format, &shape, is_key, other, page, head, p);
                }
        assert_memory_equal(page, other, BYTES);
        memset(other, 0, BYTES);
    }
    /* As documented: position 37 of head 2 is lane 5 of its group 2. */
    uint8_t *group = page + (2 * 3 + 2) * 17 * DIM;
    for (uint32_t d = 0; d < DIM; d++) values[d] = d % 32 ? 0 : 127.0f * (float)(1 + d / 32);
    hone_kv_write(format, &shape, true, page, 2, 37, values);
    assert_int_equal(group[32 + 5 * 2] | group[32 + 5 * 2 + 1] << 8, hone_f32_to_f16(2));
    assert_int_equal(group[DIM + 32 * 16 + 5], 127);
    hone_kv_write(format, &shape, false, page, 2, 37, values);
    assert_int_equal(group[DIM + 5 * DIM + 32], 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_both_ways),        cmocka_unit_test(f16_rounds_to_nearest_even),
        cmocka_unit_test(every_bf16_both_ways),        cmocka_unit_test(names_and_types),
        cmocka_unit_test(relayout_keeps_every_value),  cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(sizes_are_checked),

        cmocka_unit_test(kv_places_are_all_different), cmocka_unit_test(quantized_kv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
