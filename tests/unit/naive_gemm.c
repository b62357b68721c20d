/* SPDX-License-Identifier: MIT */
/* Products as plain C kernels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/naive_run.h"

static float add_bf16(float sum, float value)
{
    return hone_bf16_to_f32(hone_f32_to_bf16(sum + value));
}

static float sum_products(const struct run *r, const float *x, const float *w, uint64_t k)
{
    float sum = 0;
    if (r->sabotage == LAST_K) k--;
    for (uint64_t i = 0; i < k; i++)
        sum = r->sabotage == BF16_SUM ? add_bf16(sum, x[i] * w[i]) : sum + x[i] * w[i];
    return sum;
}

/* int8 activations: exact sums of 16 values (weights have one scale for each 16), then scales. */
static float sum_int8(const uint8_t *row, const float *w, uint64_t k)
{
    float sum = 0;
    for (uint64_t s = 0; s < k; s += 16) {
        float d, part = 0, step = 0;
        memcpy(&d, row + k + s / 32 * 4, sizeof d);
        for (uint64_t i = s; i < s + 16; i++) step = fmaxf(step, fabsf(w[i]));
        for (uint64_t i = s; i < s + 16; i++) part += w[i] * (float)(int8_t)row[i];
        sum += part * d;
    }
    return sum;
}

static void gemm_row(const struct run *r, const char *weight, uint64_t n, uint64_t row, float *out)
{
    uint64_t k = naive_number(r, "k");
    float *x = calloc(2 * k, sizeof *x), *w = x + k;
    const struct hone_format *f = naive_format(r, "x");
    const uint8_t *bytes =
        (const uint8_t *)naive_pointer(r, "x") + row * hone_format_row_bytes(f, k);
    naive_read_row(r, "x", row + 1, k, row, x);
    for (uint64_t col = 0; col < n; col++) {
        uint64_t from = r->sabotage == TILE_SHIFTED && col >= 16 ? col - 1 : col;
        naive_read_row(r, weight, n, k, from, w);
        if (f->type == HONE_TYPE_Q8A && r->sabotage == RIGHT)
            out[col] = sum_int8(bytes, w, k);
        else
            out[col] = sum_products(r, x, w, k);
    }
    free(x);
}

void naive_run_gemm(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool gated = strcmp(op, "gemm_silu_mul") == 0, residual = strcmp(op, "gemm_add") == 0;
    bool swapped = r->sabotage == GATE_SWAPPED;
    uint64_t n = naive_number(r, "n"), rows = naive_rows(r);
    float *y = calloc(3 * n, sizeof *y), *up = y + n, *add = up + n;
    for (uint64_t row = 0; row < rows; row++) {
        gemm_row(r, gated ? swapped ? "w1" : "w0" : "w", n, row, y);
        if (gated) gemm_row(r, swapped ? "w0" : "w1", n, row, up);
        if (residual) naive_read_row(r, "r", rows, n, row, add);
        for (uint64_t i = 0; i < n; i++) {
            if (gated) y[i] = naive_silu(y[i]) * up[i];
            if (residual && r->sabotage != RESIDUAL) y[i] += add[i];
        }
        naive_write_row(r, "y", n, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, gated ? "w1" : "w"))[5] ^= 1;
    free(y);
    naive_damage_output(r, "y", rows, n);
}

/* Three products of the same rows. */
void naive_run_gemm_qkv(const struct run *r)
{
    static const char *const weights[] = {"w0", "w1", "w2"}, *const results[] = {"y0", "y1", "y2"};
    uint64_t rows = naive_rows(r);
    for (int i = 0; i < 3; i++) {
        uint64_t n = naive_number(r, i ? "n1" : "n");
        float *y = calloc(n, sizeof *y);
        for (uint64_t row = 0; row < rows; row++) {
            bool swapped = r->sabotage == GATE_SWAPPED && i;
            gemm_row(r, weights[swapped ? 3 - i : i], n, row, y);
            naive_write_row(r, results[i], n, row, y);
        }
        free(y);
        if (i == 2) naive_damage_output(r, results[i], rows, n);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "w2"))[5] ^= 1;
}

/* Part p of k begins at floor(p * units / n_parts) units of 256. */
void naive_run_gemm_split(const struct run *r)
{
    uint64_t n = naive_number(r, "n"), k = naive_number(r, "k"),
             n_parts = naive_number(r, "n_parts");
    uint64_t rows = naive_rows(r), units = (k + 255) / 256;
    float *x = calloc(2 * k + n * n_parts, sizeof *x), *w = x + k, *y = w + k;
    for (uint64_t row = 0; row < rows; row++) {
        naive_read_row(r, "x", rows, k, row, x);
        for (uint64_t at = 0; at < n * n_parts; at++) {
            uint64_t part = at / n, col = at % n;
            uint64_t begin = part * units / n_parts * 256, end = (part + 1) * units / n_parts * 256;
            if (r->sabotage == OTHER_PARTS) begin = part * k / n_parts, end = begin + k / n_parts;
            if (end > k) end = k;
            naive_read_row(r, "w", n, k, col, w);
            y[at] = sum_products(r, x + begin, w + begin, end - begin);
        }
        naive_write_row(r, "y", n * n_parts, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "w"))[5] ^= 1;
    free(x);
    naive_damage_output(r, "y", rows, n * n_parts);
}

void naive_run_gemm_combine(const struct run *r)
{
    bool adds = strcmp(r->spec->call.problem.op->name, "gemm_combine_add") == 0;
    uint64_t n = naive_number(r, "n"), n_parts = naive_number(r, "n_parts"), rows = naive_rows(r);
    float *p = calloc(n * (n_parts + 2), sizeof *p), *y = p + n * n_parts, *add = y + n;
    for (uint64_t row = 0; row < rows; row++) {
        naive_read_row(r, "p", rows, n * n_parts, row, p);
        if (adds) naive_read_row(r, "r", rows, n, row, add);
        for (uint64_t i = 0; i < n; i++) {
            y[i] = 0;
            for (uint64_t part = 0; part < n_parts; part++) {
                if (r->sabotage == EMPTY_PARTS && part + 1 == n_parts) break;
                y[i] += p[part * n + i];
            }
            if (adds && r->sabotage != RESIDUAL) y[i] += add[i];
        }
        naive_write_row(r, "y", n, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "p"))[0] ^= 1;
    free(p);
    naive_damage_output(r, "y", rows, n);
}
