/* SPDX-License-Identifier: MIT */
/* attention_combine: the parts that attention_split (attention.c) worked out, each weighed by the
 * exponential of its lse. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"

enum { N_HEADS, N_KV_HEADS, HEAD_DIM, PART_HEADS };
enum { O, LSE, Y };

static enum hone_status valid(const struct hone_problem *problem, struct hone_error *err)
{
    return attention_parts_valid(problem, problem->dims[PART_HEADS], err);
}

/* lse as attention_split gives it: far from 0, and of some parts that of no key. Part 0 has one. */
static void prepare(const struct hone_problem *problem, uint32_t operand, uint32_t row,
                    float *values)
{
    uint32_t n_heads = problem->dims[N_HEADS];
    for (uint32_t at = 0; operand == LSE && at < problem->dims[PART_HEADS]; at++) {
        uint32_t part = at / n_heads;
        values[at] += row % 2 ? 150 : -150;
        if (part && (part + row) % 3 == 2) values[at] = (float)LSE_OF_NO_KEY;
    }
}

/* One value: `o` has its parts' rows, `lse` theirs. */
static void combined(const struct hone_problem *problem, const double *o, const double *lse,
                     uint32_t col, double *out_value, double *out_scale)
{
    const uint32_t *dims = problem->dims;
    uint32_t n_heads = dims[N_HEADS], dim = dims[HEAD_DIM], head = col / dim;
    double largest = -INFINITY, sum = 0, value = 0, scale = 0;
    for (uint32_t at = head; at < dims[PART_HEADS]; at += n_heads) largest = fmax(largest, lse[at]);
    for (uint32_t at = head; at < dims[PART_HEADS]; at += n_heads) {
        double weight = exp(lse[at] - largest), term = weight * o[at * dim + col % dim];
        sum += weight;
        value += term;
        scale += fabs(term);
    }
    *out_value = value / sum;
    *out_scale = scale / sum;
}

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    (void)operand;
    size_t o_cols = case_cols(c, O);
    double *o = malloc((o_cols + case_cols(c, LSE)) * sizeof *o), *lse = o + o_cols;
    if (!o) return HONE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < n_spans; i++) {
        case_row(c, O, spans[i].row, o);
        case_row(c, LSE, spans[i].row, lse);
        for (uint32_t j = 0; j < spans[i].n_cols; j++)
            combined(case_problem(c), o, lse, spans[i].col + j, &spans[i].values[j],
                     &spans[i].scales[j]);
    }
    free(o);
    return HONE_OK;
}

static struct hone_tolerance tolerance(const struct hone_call *call, uint32_t operand,
                                       bool integers)
{
    (void)call, (void)operand, (void)integers;
    return (struct hone_tolerance){.nmse = 1e-12, .scaled = 0x1p-18};
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return 2.0 * m * problem->dims[PART_HEADS] * problem->dims[HEAD_DIM];
}

static uint32_t sample_cols(const struct hone_problem *problem)
{
    return problem->dims[HEAD_DIM] < 8 ? problem->dims[HEAD_DIM] : 8;
}

/* clang-format off */
const struct hone_op op_attention_combine = {
    .name = "attention_combine",
    .n_dims = 4,
    .dims = {"n_heads", "n_kv_heads", "head_dim", "part_heads"},
    .n_operands = 3,
    .operands = {
        {"o", HONE_ROLE_IN, HONE_ROWS_STEP, PART_HEADS, 1 + HEAD_DIM},
        {"lse", HONE_ROLE_IN, HONE_ROWS_STEP, PART_HEADS, 0},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, N_HEADS, 1 + HEAD_DIM},
    },
    .n_args = 8,
    .args = {
        {"o", HONE_ARG_OPERAND, O},
        {"lse", HONE_ARG_OPERAND, LSE},
        {"y", HONE_ARG_OPERAND, Y},
        {"rows", HONE_ARG_ROWS, 0},
        {"n_heads", HONE_ARG_DIM, N_HEADS},
        {"n_kv_heads", HONE_ARG_DIM, N_KV_HEADS},
        {"head_dim", HONE_ARG_DIM, HEAD_DIM},
        {"part_heads", HONE_ARG_DIM, PART_HEADS},
    },
    .sample_cols = sample_cols,
    .valid = valid,
    .prepare = prepare,
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = problem_bytes,
};
