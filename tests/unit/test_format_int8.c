/* SPDX-License-Identifier: MIT */
/* int8 rows: activations with a scale per block or per row, weights with a scale per row. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/ops/format.h"

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 24;
}

static void int8_rows(void **state)
{
    (void)state;
    enum { COLS = 96 };
    float values[COLS] = {0}, decoded[COLS], d[3];
    uint8_t row[2 * COLS * 3 / 2];
    int32_t sums[3], sums16[6];
    uint64_t seed = 5;
    memset(row, 0xee, sizeof row);
    /* d = 1 exactly: ties to even show as integers. */
    values[0] = -127, values[1] = 0.5f, values[2] = 1.5f, values[3] = 2.5f, values[20] = -3.5f;
    for (int i = 32; i < 64; i++) values[i] = (float)(draw(&seed) % 2001) / 1000 - 1;
    hone_format_encode_row(hone_format_find("q8a"), values, COLS, 1, row);
    const uint8_t *at = row + COLS * 3 / 2;
    assert_int_equal(row[COLS * 3 / 2 - 1], 0xee);
    const int8_t *q = (const int8_t *)at;
    assert_true(q[0] == -127 && q[1] == 0 && q[2] == 2 && q[3] == 2 && q[20] == -4);
    memcpy(d, at + COLS, 12);
    memcpy(sums, at + COLS + 12, 12);
    memcpy(sums16, at + COLS + 24, 24);
    assert_true(d[0] == 1 && d[2] == 0);
    assert_true(sums[0] == 127 && sums16[0] == 123 && sums16[1] == 4 && sums[2] == 0);
    float amax = 0;
    int total = 0;
    for (int i = 32; i < 64; i++) amax = fmaxf(amax, fabsf(values[i])), total += q[i];
    assert_true(d[1] == amax / 127 && sums[1] == -total);
    hone_format_decode_row(hone_format_find("q8a"), row, 2, COLS, 1, decoded);
    for (int i = 0; i < COLS; i++) {
        assert_true(fabsf(decoded[i] - values[i]) <= d[i / 32] * 0.50001f);
        assert_true(decoded[i] == d[i / 32] * (float)q[i]);
    }
}

/* One scale and one sum, behind the values; and a row whose values are all too small for a scale.
 */
static void int8_rows_of_one_scale(void **state)
{
    (void)state;
    enum { COLS = 96, STRIDE = COLS + 8 };
    float values[COLS] = {0}, decoded[COLS], d;
    uint8_t rows[2 * STRIDE];
    int32_t nsum, total = 0;
    values[0] = 63.5f, values[40] = 0.25f, values[41] = 0.75f, values[95] = -20;
    hone_format_encode_row(hone_format_find("q8r"), values, COLS, 1, rows);
    const uint8_t *at = rows + STRIDE;
    const int8_t *q = (const int8_t *)at;
    for (int i = 0; i < COLS; i++) total += q[i];
    memcpy(&d, at + COLS, 4);
    memcpy(&nsum, at + COLS + 4, 4);
    assert_true(d == 0.5f && nsum == -total && total == 127 + 0 + 2 - 40);
    assert_true(q[0] == 127 && q[40] == 0 && q[41] == 2 && q[95] == -40);
    hone_format_decode_row(hone_format_find("q8r"), rows, 2, COLS, 1, decoded);
    for (int i = 0; i < COLS; i++) assert_true(decoded[i] == 0.5f * (float)q[i]);
    memset(values, 0, sizeof values);
    values[3] = 0x1p-149f;
    hone_format_encode_row(hone_format_find("q8r"), values, COLS, 0, rows);
    for (int i = 0; i < STRIDE; i++) assert_int_equal(rows[i], 0);
}

static void int8_weights_of_one_scale(void **state)
{
    (void)state;
    enum { COLS = 64, ROW = COLS + 4 };
    float values[COLS] = {0}, d;
    uint8_t row[ROW], out[16 * ROW + HONE_FORMAT_TAIL_BYTES];
    values[0] = -254, values[33] = 3, values[34] = 5, values[35] = INFINITY, values[63] = 100;
    hone_type_quantize_row(HONE_TYPE_I8, values, COLS, row);
    memcpy(&d, row + COLS, 4);
    const int8_t *q = (const int8_t *)row;
    assert_true(d == 2 && q[0] == -127 && q[33] == 2 && q[34] == 2 && q[35] == 127 && q[63] == 50);
    const struct hone_format *format = hone_format_find("i8/r16");
    assert_int_equal(hone_format_relayout(format, row, 1, COLS, out, NULL), HONE_OK);
    memcpy(&d, out, 4);
    assert_true(d == 2);
    for (int i = 4; i < 64; i++) assert_int_equal(out[i], 0);
    for (int k = 0; k < COLS; k++) {
        assert_int_equal(out[64 + k / 4 * 64 + k % 4], (uint8_t)(q[k] + 128));
        assert_int_equal(out[64 + k / 4 * 64 + 60 + k % 4], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int8_rows),
        cmocka_unit_test(int8_rows_of_one_scale),
        cmocka_unit_test(int8_weights_of_one_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
