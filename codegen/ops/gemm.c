/* SPDX-License-Identifier: MIT */
/* gemm, gemm_add, gemm_silu_mul, gemm_qkv: y = x w^T, alone, plus a residual, gated, or three of
 * them over the same rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

/* Rows of x that spans ask for, with their lengths. */
struct gemm_rows {
    double *values, *norms; /* [rows][k], [rows] */
    uint64_t k;
    uint8_t *wanted;
};

static void rows_free(struct gemm_rows *rows)
{
    free(rows->values);
    free(rows->norms);
    free(rows->wanted);
}

static double dot(const double *a, const double *b, uint64_t n)
{
    double part[8] = {0}, sum = 0;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int j = 0; j < 8; j++) part[j] += a[i + (uint64_t)j] * b[i + (uint64_t)j];
    for (; i < n; i++) sum += a[i] * b[i];
    for (int j = 0; j < 8; j++) sum += part[j];
    return sum;
}

static bool rows_read(const struct hone_case *c, uint32_t x, const struct hone_span *spans,
                      uint32_t n_spans, struct gemm_rows *out_rows)
{
    uint64_t n_rows = case_rows(c, x), k = case_cols(c, x);
    *out_rows = (struct gemm_rows){.values = malloc(n_rows * k * sizeof(double) + 1),
                                   .norms = malloc(n_rows * sizeof(double) + 1),
                                   .k = k,
                                   .wanted = calloc(n_rows + 1, 1)};
    if (!out_rows->values || !out_rows->norms || !out_rows->wanted) return false;
    for (uint32_t i = 0; i < n_spans; i++) {
        uint32_t row = spans[i].row;
        if (out_rows->wanted[row]) continue;
        double *values = out_rows->values + row * k;
        case_row(c, x, row, values);
        out_rows->norms[row] = sqrt(dot(values, values, k));
        out_rows->wanted[row] = 1;
    }
    return true;
}

/* One column of the product, for every span that has it. */
static void gemm_column(const struct gemm_rows *rows, const double *w, uint32_t col,
                        struct hone_span *spans, uint32_t n_spans)
{
    double size = sqrt(dot(w, w, rows->k) / (double)rows->k);
    for (uint32_t i = 0; i < n_spans; i++) {
        const struct hone_span *span = &spans[i];
        if (col < span->col || col - span->col >= span->n_cols) continue;
        span->values[col - span->col] = dot(rows->values + span->row * rows->k, w, rows->k);
        span->scales[col - span->col] = rows->norms[span->row] * size;
    }
}

/* Values and scales of x w^T; the scale |x||w|/sqrt(k) is what independent terms would give. */
static enum hone_status gemm_part(const struct hone_case *c, uint32_t x, uint32_t w,
                                  struct hone_span *spans, uint32_t n_spans)
{
    struct gemm_rows rows;
    uint32_t n = case_rows(c, w);
    uint64_t k = case_cols(c, x);
    uint8_t *wanted = calloc(n, 1);
    double *column = malloc(k * sizeof *column);
    bool ok = rows_read(c, x, spans, n_spans, &rows) && wanted && column;
    for (uint32_t i = 0; ok && i < n_spans; i++) memset(wanted + spans[i].col, 1, spans[i].n_cols);
    for (uint32_t col = 0; ok && col < n; col++) {
        if (!wanted[col]) continue;
        case_row(c, w, col, column);
        gemm_column(&rows, column, col, spans, n_spans);
    }
    rows_free(&rows);
    free(wanted);
    free(column);
    return ok ? HONE_OK : HONE_ERR_NO_MEMORY;
}

static enum hone_status gemm_reference(const struct hone_case *c, uint32_t operand,
                                       struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return gemm_part(c, 0, 1, spans, n_spans);
}

enum { FIRST_Y = 4 };

static enum hone_status gemm_qkv_reference(const struct hone_case *c, uint32_t operand,
                                           struct hone_span *spans, uint32_t n_spans)
{
    return gemm_part(c, 0, 1 + operand - FIRST_Y, spans, n_spans);
}

enum { RESIDUAL = 2 };

static enum hone_status add_part(const struct hone_case *c, struct hone_span *spans,
                                 uint32_t n_spans)
{
    double *row = malloc(case_cols(c, RESIDUAL) * sizeof *row);
    if (!row) return HONE_ERR_NO_MEMORY;
    uint32_t loaded = UINT32_MAX;
    for (uint32_t i = 0; i < n_spans; i++) {
        if (loaded != spans[i].row) case_row(c, RESIDUAL, spans[i].row, row);
        loaded = spans[i].row;
        for (uint32_t j = 0; j < spans[i].n_cols; j++) spans[i].values[j] += row[spans[i].col + j];
    }
    free(row);
    return HONE_OK;
}

static enum hone_status gemm_add_reference(const struct hone_case *c, uint32_t operand,
                                           struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    enum hone_status status = gemm_part(c, 0, 1, spans, n_spans);
    return status == HONE_OK ? add_part(c, spans, n_spans) : status;
}

/* silu(gate) * up, with the errors of both carried into the scale. As in silu_mul, a kernel's exp()
 * may end at the smallest normal number. */
static void gate_part(struct hone_span *spans, const struct hone_span *up, uint32_t n_spans)
{
    for (uint32_t i = 0; i < n_spans; i++) {
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            double gate = spans[i].values[j], u = up[i].values[j];
            double silu = gate / (1 + exp(-gate));
            spans[i].values[j] = silu * u;
            spans[i].scales[j] = 1.1 * spans[i].scales[j] * fabs(u) +
                                 (fabs(silu) + 0x1p-100) * (up[i].scales[j] + fabs(u));
        }
    }
}

static enum hone_status gemm_silu_mul_reference(const struct hone_case *c, uint32_t operand,
                                                struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    uint64_t n = 0;
    for (uint32_t i = 0; i < n_spans; i++) n += spans[i].n_cols;
    double *values = malloc(2 * n * sizeof *values + 1);
    struct hone_span *up = malloc(n_spans * sizeof *up + 1);
    enum hone_status status = values && up ? HONE_OK : HONE_ERR_NO_MEMORY;
    uint64_t at = 0;
    for (uint32_t i = 0; status == HONE_OK && i < n_spans; i++) {
        up[i] = spans[i];
        up[i].values = values + at;
        up[i].scales = values + n + at;
        at += spans[i].n_cols;
    }
    if (status == HONE_OK) status = gemm_part(c, 0, 1, spans, n_spans);
    if (status == HONE_OK) status = gemm_part(c, 0, 2, up, n_spans);
    if (status == HONE_OK) gate_part(spans, up, n_spans);
    free(values);
    free(up);
    return status;
}

/* sum over n of s[n] y[m][n] = x[m] . (w^T s): one pass over the weights serves all rows. */
static enum hone_status gemm_projection(const struct hone_case *c, const double *signs,
                                        struct hone_span *out_rows)
{
    uint32_t n = case_rows(c, 1);
    uint64_t k = case_cols(c, 0);
    double *sum = calloc(k, sizeof *sum), *row = malloc(k * sizeof *row), squares = 0;
    float *weights = malloc(k * sizeof *weights);
    enum hone_status status = sum && row && weights ? HONE_OK : HONE_ERR_NO_MEMORY;
    for (uint32_t col = 0; status == HONE_OK && col < n; col++) {
        case_row_f32(c, 1, col, weights);
        double sign = signs[col];
        for (uint64_t i = 0; i < k; i++) {
            row[i] = (double)weights[i];
            sum[i] += sign * row[i];
        }
        squares += dot(row, row, k);
    }
    for (uint32_t m = 0; status == HONE_OK && m < out_rows->n_cols; m++) {
        case_row(c, 0, m, row);
        out_rows->values[m] = dot(row, sum, k);
        out_rows->scales[m] = sqrt(dot(row, row, k) * squares / (double)k);
    }
    free(sum);
    free(row);
    free(weights);
    return status;
}

static enum hone_status gemm_add_projection(const struct hone_case *c, const double *signs,
                                            struct hone_span *out_rows)
{
    uint64_t n = case_cols(c, RESIDUAL);
    enum hone_status status = gemm_projection(c, signs, out_rows);
    double *row = malloc(n * sizeof *row);
    if (!row) status = HONE_ERR_NO_MEMORY;
    for (uint32_t m = 0; status == HONE_OK && m < out_rows->n_cols; m++) {
        case_row(c, RESIDUAL, m, row);
        out_rows->values[m] += dot(row, signs, n);
        out_rows->scales[m] = hypot(out_rows->scales[m], sqrt(dot(row, row, n)));
    }
    free(row);
    return status;
}

/* Adding k terms one after the other in f32 gives an NMSE of k * 2.7e-16 for independent terms (a
 * sum's rounding has a variance of 5.4e-16 of its square, and the sums grow evenly), twice that
 * when one early term outweighs the others: 2.2e-12 at k = 4096. int8 sums are exact inside a block
 * but add rounded scales; the bf16 dot instructions flush denormals and add pairs in an order of
 * their own. */
struct hone_tolerance gemm_tolerance(const struct hone_call *call, uint32_t operand, bool integers)
{
    double k = call->problem.dims[1], longer = fmax(1, k / 4096);
    enum hone_type x = call->formats[0]->type;
    bool plain = x == HONE_TYPE_F32;
    double nmse = plain ? 4e-12 : x == HONE_TYPE_BF16 ? 1e-10 : 1e-11;
    return (struct hone_tolerance){.exact = integers &&
                                            call->formats[operand]->type != HONE_TYPE_Q8A &&
                                            call->formats[operand]->type != HONE_TYPE_Q8R,
                                   .nmse = nmse * longer,
                                   .scaled = (plain ? 4 : 8) * (k + 4) * 0x1p-24,
                                   .relative = 0x1p-23};
}

static struct hone_tolerance gemm_silu_mul_tolerance(const struct hone_call *call, uint32_t operand,
                                                     bool integers)
{
    struct hone_tolerance t = gemm_tolerance(call, operand, integers);
    t.exact = false;
    t.nmse *= 2;
    t.relative = 0x1p-19;
    return t;
}

static uint32_t one_column(const struct hone_problem *problem)
{
    (void)problem;
    return 1;
}

static double gemm_operations(const struct hone_problem *problem, uint32_t m)
{
    return 2.0 * m * problem->dims[0] * problem->dims[1];
}

static double gemm_silu_mul_operations(const struct hone_problem *problem, uint32_t m)
{
    return 2 * gemm_operations(problem, m);
}

static double gemm_qkv_operations(const struct hone_problem *problem, uint32_t m)
{
    return 2.0 * m * ((double)problem->dims[0] + 2.0 * problem->dims[2]) * problem->dims[1];
}

/* clang-format off */
const struct hone_op op_gemm = {
    .name = "gemm",
    .n_dims = 2,
    .dims = {"n", "k"},
    .n_operands = 3,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 1, 0},
        {"w", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 6,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"w", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, 0},
        {"k", HONE_ARG_DIM, 1},
    },
    .sample_cols = one_column,
    .reference = gemm_reference,
    .projection = gemm_projection,
    .tolerance = gemm_tolerance,
    .operations = gemm_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_gemm_add = {
    .name = "gemm_add",
    .n_dims = 2,
    .dims = {"n", "k"},
    .n_operands = 4,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 1, 0},
        {"w", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"r", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 7,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"w", HONE_ARG_OPERAND, 1},
        {"r", HONE_ARG_OPERAND, 2},
        {"y", HONE_ARG_OPERAND, 3},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, 0},
        {"k", HONE_ARG_DIM, 1},
    },
    .sample_cols = one_column,
    .reference = gemm_add_reference,
    .projection = gemm_add_projection,
    .tolerance = gemm_tolerance,
    .operations = gemm_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_gemm_silu_mul = {
    .name = "gemm_silu_mul",
    .n_dims = 2,
    .dims = {"n", "k"},
    .n_operands = 4,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 1, 0},
        {"w0", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"w1", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 7,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"w0", HONE_ARG_OPERAND, 1},
        {"w1", HONE_ARG_OPERAND, 2},
        {"y", HONE_ARG_OPERAND, 3},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, 0},
        {"k", HONE_ARG_DIM, 1},
    },
    .sample_cols = one_column,
    .reference = gemm_silu_mul_reference,
    .tolerance = gemm_silu_mul_tolerance,
    .operations = gemm_silu_mul_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_gemm_qkv = {
    .name = "gemm_qkv",
    .n_dims = 3,
    .dims = {"n", "k", "n1"},
    .n_operands = 7,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 1, 0},
        {"w0", HONE_ROLE_WEIGHT, 0, 1, 0},
        {"w1", HONE_ROLE_WEIGHT, 2, 1, 0},
        {"w2", HONE_ROLE_WEIGHT, 2, 1, 0},
        {"y0", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
        {"y1", HONE_ROLE_OUT, HONE_ROWS_STEP, 2, 0},
        {"y2", HONE_ROLE_OUT, HONE_ROWS_STEP, 2, 0},
    },
    .n_args = 11,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"w0", HONE_ARG_OPERAND, 1},
        {"w1", HONE_ARG_OPERAND, 2},
        {"w2", HONE_ARG_OPERAND, 3},
        {"y0", HONE_ARG_OPERAND, 4},
        {"y1", HONE_ARG_OPERAND, 5},
        {"y2", HONE_ARG_OPERAND, 6},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, 0},
        {"n1", HONE_ARG_DIM, 2},
        {"k", HONE_ARG_DIM, 1},
    },
    .sample_cols = one_column,
    .reference = gemm_qkv_reference,
    .tolerance = gemm_tolerance,
    .operations = gemm_qkv_operations,
    .bytes = problem_bytes,
};
