/* SPDX-License-Identifier: MIT */
/* silu_mul: y = silu(g) * u; add: y = x + r. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

typedef void binary(double a, double b, double *out_value, double *out_scale);

static enum hone_status each_element(const struct hone_case *c, struct hone_span *spans,
                                     uint32_t n_spans, binary *function)
{
    uint32_t k = case_cols(c, 0);
    double *a = malloc(2 * (size_t)k * sizeof *a), *b = a + k;
    if (!a) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, 0, spans[i].row, a);
        case_row(c, 1, spans[i].row, b);
        for (uint32_t j = 0; j < spans[i].n_cols; j++)
            function(a[spans[i].col + j], b[spans[i].col + j], &spans[i].values[j],
                     &spans[i].scales[j]);
    }
    free(a);
    return HONE_OK;
}

/* The second term lets a kernel's exp() end at the smallest normal number. */
static void silu_mul(double g, double u, double *out_value, double *out_scale)
{
    *out_value = g / (1 + exp(-g)) * u;
    *out_scale = fabs(*out_value) + fabs(u) * 0x1p-100;
}

static void add(double x, double r, double *out_value, double *out_scale)
{
    *out_value = x + r;
    *out_scale = fabs(*out_value);
}

static enum hone_status silu_mul_reference(const struct hone_case *c, uint32_t operand,
                                           struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return each_element(c, spans, n_spans, silu_mul);
}

static enum hone_status add_reference(const struct hone_case *c, uint32_t operand,
                                      struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    return each_element(c, spans, n_spans, add);
}

static struct hone_tolerance silu_mul_tolerance(const struct hone_call *call, uint32_t operand,
                                                bool integers)
{
    (void)call, (void)operand, (void)integers;
    return (struct hone_tolerance){.nmse = 1e-12, .scaled = 0x1p-18};
}

/* One addition is rounded once; f64 holds the exact sum well enough to predict it. */
static struct hone_tolerance add_tolerance(const struct hone_call *call, uint32_t operand,
                                           bool integers)
{
    (void)integers;
    return (struct hone_tolerance){
        .exact = call->formats[operand]->type == HONE_TYPE_F32, .nmse = 1e-12, .relative = 0x1p-24};
}

static double silu_mul_operations(const struct hone_problem *problem, uint32_t m)
{
    return 4.0 * m * problem->dims[0];
}

static double add_operations(const struct hone_problem *problem, uint32_t m)
{
    return (double)m * problem->dims[0];
}

/* clang-format off */
const struct hone_op op_silu_mul = {
    .name = "silu_mul",
    .n_dims = 1,
    .dims = {"k"},
    .n_operands = 3,
    .operands = {
        {"g", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"u", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 5,
    .args = {
        {"g", HONE_ARG_OPERAND, 0},
        {"u", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"k", HONE_ARG_DIM, 0},
    },
    .reference = silu_mul_reference,
    .tolerance = silu_mul_tolerance,
    .operations = silu_mul_operations,
    .bytes = problem_bytes,
};

const struct hone_op op_add = {
    .name = "add",
    .n_dims = 1,
    .dims = {"k"},
    .n_operands = 3,
    .operands = {
        {"x", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"r", HONE_ROLE_IN, HONE_ROWS_STEP, 0, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, 0, 0},
    },
    .n_args = 5,
    .args = {
        {"x", HONE_ARG_OPERAND, 0},
        {"r", HONE_ARG_OPERAND, 1},
        {"y", HONE_ARG_OPERAND, 2},
        {"rows", HONE_ARG_ROWS, 0},
        {"k", HONE_ARG_DIM, 0},
    },
    .reference = add_reference,
    .tolerance = add_tolerance,
    .operations = add_operations,
    .bytes = problem_bytes,
};
