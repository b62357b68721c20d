/* SPDX-License-Identifier: MIT */
/* gemm_split, gemm_combine, gemm_combine_add: y = x w^T as sums over parts of k, side by side in a
 * row, and what adds them up. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

enum { N, K, N_PARTS };                         /* dims of gemm_split */
enum { COMBINED_PARTS = 1, UNIT_VALUES = 256 }; /* the longest block of a weight */

static uint32_t n_units(uint32_t k)
{
    return (k + UNIT_VALUES - 1) / UNIT_VALUES;
}

/* Where part number `part` begins; k for the one past the last. */
static uint32_t part_begin(const struct hone_problem *problem, uint32_t part)
{
    uint64_t units = n_units(problem->dims[K]), n_parts = problem->dims[N_PARTS];
    uint64_t begin = part * units / n_parts * UNIT_VALUES;
    return begin < problem->dims[K] ? (uint32_t)begin : problem->dims[K];
}

static enum hone_status parts_valid(const struct hone_problem *problem, uint32_t n_parts,
                                    uint32_t most, struct hone_error *err)
{
    if (n_parts >= 1 && n_parts <= most) return HONE_OK;
    return hone_fail(err, HONE_ERR_ARGUMENT, "%s: %u parts, where 1 to %u are possible",
                     problem->op->name, n_parts, most);
}

static enum hone_status split_valid(const struct hone_problem *problem, struct hone_error *err)
{
    return parts_valid(problem, problem->dims[N_PARTS], n_units(problem->dims[K]), err);
}

enum { MOST_PARTS = 64 };

static enum hone_status combine_valid(const struct hone_problem *problem, struct hone_error *err)
{
    return parts_valid(problem, problem->dims[COMBINED_PARTS], MOST_PARTS, err);
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double part[8] = {0}, sum = 0;
    uint32_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (uint32_t j = 0; j < 8; j++) part[j] += a[i + j] * b[i + j];
    for (; i < n; i++) sum += a[i] * b[i];
    for (int j = 0; j < 8; j++) sum += part[j];
    return sum;
}

/* The values of a row of w, for every part that the span has of them. */
static void split_column(const struct hone_problem *problem, const double *w, const double *x,
                         uint32_t col, struct hone_span *span)
{
    for (uint32_t part = 0; part < problem->dims[N_PARTS]; part++) {
        uint64_t at = (uint64_t)part * problem->dims[N] + col;
        if (at < span->col || at - span->col >= span->n_cols) continue;
        uint32_t begin = part_begin(problem, part), n = part_begin(problem, part + 1) - begin;
        const double *a = x + begin, *b = w + begin;
        span->values[at - span->col] = dot(a, b, n);
        span->scales[at - span->col] = sqrt(dot(a, a, n) * dot(b, b, n) / n);
    }
}

static enum hone_status split_reference(const struct hone_case *c, uint32_t operand,
                                        struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    const struct hone_problem *problem = case_problem(c);
    uint64_t k = problem->dims[K];
    double *x = malloc((n_spans + 1) * k * sizeof *x), *w = x + n_spans * k;
    if (!x) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) case_row(c, 0, spans[i].row, x + i * k);
    for (uint32_t col = 0; col < problem->dims[N]; col++) {
        case_row(c, 1, col, w);
        for (uint32_t i = 0; i < n_spans; i++) split_column(problem, w, x + i * k, col, &spans[i]);
    }
    free(x);
    return HONE_OK;
}

/* Adds sign * w to the sum of each part; the parts' squares of w. */
static void project_column(const struct hone_problem *problem, const double *w, const double *signs,
                           double *sum, double *squares)
{
    for (uint32_t part = 0; part < problem->dims[N_PARTS]; part++) {
        uint32_t begin = part_begin(problem, part), end = part_begin(problem, part + 1);
        double sign = signs[(uint64_t)part * problem->dims[N]];
        for (uint32_t i = begin; i < end; i++) sum[i] += sign * w[i];
        squares[part] += dot(w + begin, w + begin, end - begin);
    }
}

/* sum of s[p n + j] y[m][p n + j] = x[m] . (w^T s) where each part of k has signs of its own. */
static enum hone_status split_projection(const struct hone_case *c, const double *signs,
                                         struct hone_span *out_rows)
{
    const struct hone_problem *problem = case_problem(c);
    uint64_t k = problem->dims[K], n_parts = problem->dims[N_PARTS];
    double *sum = calloc(2 * k + n_parts, sizeof *sum), *row = sum + k, *squares = row + k;
    if (!sum) return HONE_ERR_NO_MEMORY;
    for (uint32_t col = 0; col < problem->dims[N]; col++) {
        case_row(c, 1, col, row);
        project_column(problem, row, signs + col, sum, squares);
    }
    for (uint32_t m = 0; m < out_rows->n_cols; m++) {
        double scale = 0;
        case_row(c, 0, m, row);
        for (uint32_t part = 0; part < n_parts; part++) {
            uint32_t begin = part_begin(problem, part), n = part_begin(problem, part + 1) - begin;
            scale += dot(row + begin, row + begin, n) * squares[part] / n;
        }
        out_rows->values[m] = dot(row, sum, (uint32_t)k);
        out_rows->scales[m] = sqrt(scale);
    }
    free(sum);
    return HONE_OK;
}

static enum hone_status combine_reference(const struct hone_case *c, uint32_t operand,
                                          struct hone_span *spans, uint32_t n_spans)
{
    const struct hone_problem *problem = case_problem(c);
    uint64_t n = problem->dims[N], n_parts = problem->dims[COMBINED_PARTS];
    double *parts = malloc((n_parts + 1) * n * sizeof *parts), *residual = parts + n_parts * n;
    if (!parts) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, 0, spans[i].row, parts);
        if (operand == 2) case_row(c, 1, spans[i].row, residual);
        for (uint32_t j = 0; j < spans[i].n_cols; j++) {
            double value = operand == 2 ? residual[spans[i].col + j] : 0, scale = fabs(value);
            for (uint64_t part = 0; part < n_parts; part++) {
                double term = parts[part * n + spans[i].col + j];
                value += term;
                scale += fabs(term);
            }
            spans[i].values[j] = value;
            spans[i].scales[j] = scale;
        }
    }
    free(parts);
    return HONE_OK;
}

/* Each addition rounds once. */
static struct hone_tolerance combine_tolerance(const struct hone_call *call, uint32_t operand,
                                               bool integers)
{
    (void)operand;
    double n = call->problem.dims[COMBINED_PARTS] + 1;
    return (struct hone_tolerance){
        .exact = integers, .nmse = 1e-12, .scaled = n * 0x1p-24, .relative = 0x1p-24};
}

static uint32_t one_column(const struct hone_problem *problem)
{
    (void)problem;
    return 1;
}

static double split_operations(const struct hone_problem *problem, uint32_t m)
{
    return 2.0 * m * problem->dims[N] * problem->dims[K];
}

static double combine_operations(const struct hone_problem *problem, uint32_t m)
{
    return (double)m * problem->dims[N] * problem->dims[COMBINED_PARTS];
}

/* clang-format off */
const struct hone_op op_gemm_split = {
    .name = "gemm_split",
    .n_dims = 3,
    .dims = {"n", "k", "n_parts"},
    .n_operands = 3,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, K, 0},
        {"w", HONE_ROLE_WEIGHT, N, K, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, N, 1 + N_PARTS},
    },
    .n_args = 7,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"w", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, N},
        {"k", HONE_ARG_DIM, K},
        {"n_parts", HONE_ARG_DIM, N_PARTS},
    },
    .sample_cols = one_column,
    .valid = split_valid,
    .reference = split_reference,
    .projection = split_projection,
    .tolerance = gemm_tolerance,
    .operations = split_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_gemm_combine = {
    .name = "gemm_combine",
    .n_dims = 2,
    .dims = {"n", "n_parts"},
    .n_operands = 2,
    .operands = {
        {"p", HONE_ROLE_IN, HONE_ROWS_STEP, N, 1 + COMBINED_PARTS},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, N, 0},
    },
    .n_args = 5,
    .args = {
        {"p", HONE_ARG_OPERAND, 0},
        {"y", HONE_ARG_OPERAND, 1},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, N},
        {"n_parts", HONE_ARG_DIM, COMBINED_PARTS},
    },
    .sample_cols = one_column,
    .valid = combine_valid,
    .reference = combine_reference,
    .tolerance = combine_tolerance,
    .operations = combine_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_gemm_combine_add = {
    .name = "gemm_combine_add",
    .n_dims = 2,
    .dims = {"n", "n_parts"},
    .n_operands = 3,
    .operands = {
        {"p", HONE_ROLE_IN, HONE_ROWS_STEP, N, 1 + COMBINED_PARTS},
        {"r", HONE_ROLE_IN, HONE_ROWS_STEP, N, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, N, 0},
    },
    .n_args = 6,
    .args = {
        {"p", HONE_ARG_OPERAND, 0},
        {"r", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"n", HONE_ARG_DIM, N},
        {"n_parts", HONE_ARG_DIM, COMBINED_PARTS},
    },
    .sample_cols = one_column,
    .valid = combine_valid,
    .reference = combine_reference,
    .tolerance = combine_tolerance,
    .operations = combine_operations,
    .bytes = problem_bytes,
};
