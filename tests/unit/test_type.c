/* SPDX-License-Identifier: MIT */
/* Blocks of files by their definitions, and what quantizing to them loses. */
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

/* Blocks with every byte different, against the format's definition. */
static void blocks_by_hand(void **state)
{
    (void)state;
    uint8_t block[210];
    float out[256];
    for (int i = 0; i < 210; i++) block[i] = (uint8_t)(i * 37 + 11);
    block[0] = 0x00, block[1] = 0xb8; /* -0.5 */
    hone_format_decode_row(hone_format_find("q4_0"), block, 1, 32, 0, out);
    for (int i = 0; i < 16; i++) {
        assert_true(out[i] == -0.5f * (float)(block[2 + i] % 16 - 8));
        assert_true(out[i + 16] == -0.5f * (float)(block[2 + i] / 16 - 8));
    }
    hone_format_decode_row(hone_format_find("q8_0"), block, 1, 32, 0, out);
    for (int i = 0; i < 32; i++) assert_true(out[i] == -0.5f * (float)(int8_t)block[2 + i]);
    block[208] = 0x00, block[209] = 0x34; /* 0.25 */
    hone_format_decode_row(hone_format_find("q6_k"), block, 1, 256, 0, out);
    for (int v = 0; v < 256; v++) {
        int half = v / 128, quarter = v / 32 % 4, l = v % 32;
        int ql = block[64 * half + l + 32 * (quarter & 1)];
        int qh = block[128 + 32 * half + l];
        int q = (quarter < 2 ? ql & 15 : ql >> 4) + 16 * (qh >> 2 * quarter & 3);
        assert_true(out[v] == 0.25f * (float)(int8_t)block[192 + v / 16] * (float)(q - 32));
    }
}

static float half_of(const uint8_t *at)
{
    return hone_f16_to_f32((uint16_t)(at[0] | at[1] << 8));
}

/* One value of a file's block of a type with nibbles, from the definition. */
static float nibble_value(enum hone_type type, const uint8_t *block, int v)
{
    static const int nl[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                               1,    13,   25,  38,  53,  69,  89,  113};
    static const float fp4[8] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    bool with_min = type == HONE_TYPE_Q4_1 || type == HONE_TYPE_Q5_1;
    bool with_fifth = type == HONE_TYPE_Q5_0 || type == HONE_TYPE_Q5_1;
    int head = type == HONE_TYPE_MXFP4 ? 1 : with_min ? 4 : 2;
    int byte = block[head + (with_fifth ? 4 : 0) + v % 16], q = v < 16 ? byte % 16 : byte / 16;
    if (with_fifth) q += 16 * (block[head + v / 8] >> v % 8 & 1);
    if (type == HONE_TYPE_MXFP4) return ldexpf(q < 8 ? fp4[q] : -fp4[q - 8], block[0] - 127) + 0.0f;
    if (type == HONE_TYPE_IQ4_NL) return half_of(block) * (float)nl[q];
    if (type == HONE_TYPE_Q5_0) return half_of(block) * (float)(q - 16);
    return (float)((double)half_of(block) * q + (double)half_of(block + 2));
}

static float k_value(enum hone_type type, const uint8_t *block, int v)
{
    const uint8_t *s = block + 4;
    int b = v / 32, scale, min;
    if (b < 4)
        scale = s[b] % 64, min = s[b + 4] % 64;
    else
        scale = s[b + 4] % 16 + 16 * (s[b - 4] / 64), min = s[b + 4] / 16 + 16 * (s[b] / 64);
    int byte = block[(type == HONE_TYPE_Q5_K ? 48 : 16) + v / 64 * 32 + v % 32];
    int q = v % 64 < 32 ? byte % 16 : byte / 16;
    if (type == HONE_TYPE_Q5_K) q += 16 * (block[16 + v % 32] >> b & 1);
    return (float)((double)half_of(block) * scale * q - (double)half_of(block + 2) * min);
}

static void more_blocks_by_hand(void **state)
{
    (void)state;
    static const struct {
        enum hone_type type;
        float (*value)(enum hone_type type, const uint8_t *block, int v);
    } cases[] = {
        {HONE_TYPE_Q4_1, nibble_value},  {HONE_TYPE_Q5_0, nibble_value},
        {HONE_TYPE_Q5_1, nibble_value},  {HONE_TYPE_IQ4_NL, nibble_value},
        {HONE_TYPE_MXFP4, nibble_value}, {HONE_TYPE_Q4_K, k_value},
        {HONE_TYPE_Q5_K, k_value},
    };
    uint64_t seed = 3;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct hone_type_info *info = hone_type_info(cases[c].type);
        for (int round = 0; round < 300; round++) {
            uint8_t block[176];
            float out[256];
            for (int i = 0; i < 176; i++) block[i] = (uint8_t)draw(&seed);
            if (info->block_bytes != 17) block[1] &= 0xbf, block[3] &= 0xbf; /* finite halves */
            if (round < 256 && info->block_bytes == 17) block[0] = (uint8_t)round;
            hone_format_decode_row(hone_format_rows(cases[c].type), block, 1, info->block_values, 0,
                                   out);
            for (int v = 0; v < (int)info->block_values; v++)
                assert_true(out[v] == cases[c].value(cases[c].type, block, v));
        }
    }
}

/* Half a step each, where the step is what the block's range needs. */
static void quantizers_are_close(void **state)
{
    (void)state;
    static const struct {
        enum hone_type type;
        int unit, steps; /* values per scale; steps that the largest value has */
    } cases[] = {
        {HONE_TYPE_Q8_0, 32, 127},
        {HONE_TYPE_Q4_0, 32, 8},
        {HONE_TYPE_Q6_K, 16, 32},
    };
    uint64_t seed = 9;
    for (size_t c = 0; c < 3; c++) {
        for (int round = 0; round < 200; round++) {
            float values[256], back[256];
            uint8_t blocks[8 * 34];
            for (int i = 0; i < 256; i++)
                values[i] =
                    (float)((int)(draw(&seed) % 20001) - 10000) * ldexpf(1, round % 20 - 20);
            hone_type_quantize_row(cases[c].type, values, 256, blocks);
            hone_format_decode_row(hone_format_rows(cases[c].type), blocks, 1, 256, 0, back);
            float block_max = 0;
            for (int i = 0; i < 256; i++) block_max = fmaxf(block_max, fabsf(values[i]));
            for (int i = 0; i < 256; i++) {
                float amax = 0;
                int first = i / cases[c].unit * cases[c].unit;
                for (int j = first; j < first + cases[c].unit; j++)
                    amax = fmaxf(amax, fabsf(values[j]));
                /* Half a step, but a whole one at the end of the range that has one value less.
                 * The scales of q6_k are themselves rounded to 127 steps of the largest. */
                float step = amax / (float)cases[c].steps;
                bool clipped = cases[c].steps < 127 && fabsf(values[i]) > amax - step;
                float limit = step * (clipped ? 1.02f : 0.53f);
                if (cases[c].type == HONE_TYPE_Q6_K) limit += block_max / 127 / 2;
                assert_true(fabsf(values[i] - back[i]) <= limit);
            }
        }
    }
}

/* The error, as part of the size, of normal numbers with and without a mean; and nothing of a
 * quantizer's choice may be worse than taking zeros for all. */
static void quantizers_err_little(void **state)
{
    (void)state;
    static const struct {
        enum hone_type type;
        double plain, shifted; /* mean of error^2 / value^2 */
    } cases[] = {
        {HONE_TYPE_Q4_0, 0.008, 0.005},    {HONE_TYPE_Q4_1, 0.007, 0.0013},
        {HONE_TYPE_Q5_0, 0.002, 0.0012},   {HONE_TYPE_Q5_1, 0.0016, 0.0003},
        {HONE_TYPE_Q4_K, 0.007, 0.0015},   {HONE_TYPE_Q5_K, 0.0018, 0.00035},
        {HONE_TYPE_Q6_K, 0.0004, 0.00026}, {HONE_TYPE_IQ4_NL, 0.007, 0.0055},
        {HONE_TYPE_MXFP4, 0.014, 0.013},   {HONE_TYPE_Q8_0, 0.000032, 0.00002},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double errors[2] = {0}, sizes[2] = {0};
        uint64_t seed = 4;
        for (int round = 0; round < 400; round++) {
            float values[256], back[256];
            uint8_t blocks[8 * 34];
            for (int i = 0; i < 256; i++) {
                int sum = 0;
                for (int j = 0; j < 4; j++) sum += (int)(draw(&seed) % 20001) - 10000;
                values[i] = ldexpf((float)sum + (round % 2 ? 25000 : 0), round % 20 - 22);
            }
            hone_type_quantize_row(cases[c].type, values, 256, blocks);
            hone_format_decode_row(hone_format_rows(cases[c].type), blocks, 1, 256, 0, back);
            for (int i = 0; i < 256; i++) {
                double error = (double)values[i] - (double)back[i];
                double relative = ldexp(1, -2 * (round % 20));
                errors[round % 2] += error * error * relative;
                sizes[round % 2] += (double)values[i] * (double)values[i] * relative;
            }
        }
        print_message("%s: %.2g plain, %.2g shifted\n", hone_type_info(cases[c].type)->name,
                      errors[0] / sizes[0], errors[1] / sizes[1]);
        assert_true(errors[0] <= cases[c].plain * sizes[0]);
        assert_true(errors[1] <= cases[c].shifted * sizes[1]);
    }
}

static void quantizers_survive_bad_numbers(void **state)
{
    (void)state;
    static const enum hone_type types[] = {
        HONE_TYPE_Q8_0, HONE_TYPE_Q4_0, HONE_TYPE_Q6_K, HONE_TYPE_Q4_1,   HONE_TYPE_Q5_0,
        HONE_TYPE_Q5_1, HONE_TYPE_Q4_K, HONE_TYPE_Q5_K, HONE_TYPE_IQ4_NL, HONE_TYPE_MXFP4};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        float values[256] = {0}, back[256];
        uint8_t blocks[8 * 34];
        hone_type_quantize_row(types[t], values, 256, blocks);
        hone_format_decode_row(hone_format_rows(types[t]), blocks, 1, 256, 0, back);
        for (int i = 0; i < 256; i++) assert_true(back[i] == 0);
        values[3] = NAN, values[5] = INFINITY, values[7] = -3e38f, values[9] = 1;
        hone_type_quantize_row(types[t], values, 256, blocks);
        hone_format_decode_row(hone_format_rows(types[t]), blocks, 1, 256, 0, back);
        for (int i = 0; i < 256; i++) assert_true(isfinite(back[i]));
    }
}

static void only_scales_of_mxfp4_are_too_large_for_int8(void **state)
{
    (void)state;
    uint8_t blocks[2 * 34];
    memset(blocks, 231, sizeof blocks);
    assert_true(hone_type_fits_int8(HONE_TYPE_MXFP4, blocks, 4));
    memset(blocks + 18, 255, 16); /* values of the second block */
    assert_true(hone_type_fits_int8(HONE_TYPE_MXFP4, blocks, 4));
    blocks[51] = 232;
    assert_true(hone_type_fits_int8(HONE_TYPE_MXFP4, blocks, 3));
    assert_false(hone_type_fits_int8(HONE_TYPE_MXFP4, blocks, 4));
    assert_true(hone_type_fits_int8(HONE_TYPE_Q8_0, blocks, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_by_hand),
        cmocka_unit_test(more_blocks_by_hand),
        cmocka_unit_test(quantizers_are_close),
        cmocka_unit_test(quantizers_err_little),
        cmocka_unit_test(quantizers_survive_bad_numbers),
        cmocka_unit_test(only_scales_of_mxfp4_are_too_large_for_int8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
