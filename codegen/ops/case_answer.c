/* SPDX-License-Identifier: MIT */
/* Which values of the outputs are computed, and the reference's values of them. */
#include <stdlib.h>

#include "codegen/ops/case_private.h"

enum { MAX_FULL_VALUES = 1 << 20 };

void case_answers_free(struct hone_case *c)
{
    for (uint32_t i = 0; i < HONE_MAX_OPERANDS; i++) {
        struct case_answers *a = &c->answers[i];
        free(a->spans);
        free(a->numbers);
        free(a->signs);
        free(a->projection.values);
        *a = (struct case_answers){0};
    }
    c->answered = false;
}

/* Spans of `width` columns of rows; every row from its start when `n` is the number of rows. */
static void choose_spans(struct random *random, const struct case_operand *o, uint32_t width,
                         struct hone_span *spans, uint32_t n)
{
    uint32_t pieces = (o->cols + width - 1) / width;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = random_below(random, o->rows), piece = random_below(random, pieces);
        if (i == 0) row = piece = 0;
        if (i == 1) row = o->rows - 1, piece = pieces - 1;
        spans[i].row = row;
        spans[i].col = piece * width;
        spans[i].n_cols = o->cols - spans[i].col < width ? o->cols - spans[i].col : width;
    }
}

static bool alloc_spans(struct case_answers *a, uint32_t n_spans, uint64_t width)
{
    a->n_spans = n_spans;
    a->spans = calloc((size_t)n_spans + 1, sizeof *a->spans);
    a->numbers = malloc((2 * n_spans * width + 1) * sizeof *a->numbers);
    if (!a->spans || !a->numbers) return false;
    for (uint32_t i = 0; i < n_spans; i++) {
        a->spans[i].values = a->numbers + i * width;
        a->spans[i].scales = a->numbers + (n_spans + i) * width;
    }
    return true;
}

/* All rows, or a sample: single pieces where the op can compute them, whole rows where not. */
static bool plan_spans(struct hone_case *c, uint32_t operand, uint32_t n_samples)
{
    const struct case_operand *o = &c->operands[operand];
    const struct hone_problem *problem = case_problem(c);
    struct case_answers *a = &c->answers[operand];
    struct random random = {c->spec.seed ^ 0x5A3D1E5 ^ operand};
    uint64_t values = (uint64_t)o->rows * o->cols;
    uint32_t width = problem->op->sample_cols ? problem->op->sample_cols(problem) : o->cols;
    if (case_format(c, operand)->type == HONE_TYPE_Q8A && width < 32) width = 32;
    if (case_format(c, operand)->type == HONE_TYPE_Q8R) width = o->cols;
    if (!problem->op->sample_cols) n_samples = n_samples ? MAX_FULL_VALUES : 0;
    if (n_samples == 0 || values <= n_samples) {
        if (!alloc_spans(a, o->rows, o->cols)) return false;
        for (uint32_t row = 0; row < o->rows; row++) {
            a->spans[row].row = row;
            a->spans[row].n_cols = o->cols;
        }
        return true;
    }
    uint32_t n_spans = n_samples / width < 2 ? 2 : n_samples / width;
    if (!alloc_spans(a, n_spans, width)) return false;
    choose_spans(&random, o, width, a->spans, n_spans);
    return true;
}

/* A sign for every column: any wrong value moves the sum of its row. */
static enum hone_status project(struct hone_case *c, uint32_t operand)
{
    const struct case_operand *o = &c->operands[operand];
    const struct hone_op *op = case_problem(c)->op;
    struct case_answers *a = &c->answers[operand];
    struct random random = {c->spec.seed ^ 0x516E5};
    a->signs = malloc(o->cols * sizeof *a->signs);
    a->projection = (struct hone_span){.n_cols = o->rows,
                                       .values = malloc(2 * (size_t)o->rows * sizeof(double))};
    if (!a->signs || !a->projection.values) return HONE_ERR_NO_MEMORY;
    a->projection.scales = a->projection.values + o->rows;
    for (uint32_t i = 0; i < o->cols; i++) a->signs[i] = random_next(&random) >> 63 ? 1 : -1;
    return op->projection(c, a->signs, &a->projection);
}

enum hone_status case_answer(struct hone_case *c, uint32_t n_samples, struct hone_error *err)
{
    const struct hone_op *op = case_problem(c)->op;
    if (c->answered && c->answered_samples == n_samples) return HONE_OK;
    case_answers_free(c);
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && i < op->n_operands; i++) {
        const struct case_operand *o = &c->operands[i];
        if (!case_is_output(c, i)) continue;
        struct case_answers *a = &c->answers[i];
        status = plan_spans(c, i, n_samples) ? op->reference(c, i, a->spans, a->n_spans)
                                             : HONE_ERR_NO_MEMORY;
        bool sampled = n_samples && (uint64_t)o->rows * o->cols > n_samples;
        if (status == HONE_OK && sampled && op->projection &&
            case_format(c, i)->type == HONE_TYPE_F32)
            status = project(c, i);
    }
    if (status != HONE_OK) {
        case_answers_free(c);
        return hone_fail(err, status, "%s: no memory for the reference", op->name);
    }
    c->answered = true;
    c->answered_samples = n_samples;
    return HONE_OK;
}
