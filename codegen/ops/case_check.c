/* SPDX-License-Identifier: MIT */
/* Judging a run: outputs against the reference, within the op's tolerance and the rounding of the
 * output's own format. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codegen/ops/case_private.h"
#include "codegen/ops/type.h"

/* Significand bits, exponent of the smallest step, and the most that rounding alone gives as NMSE:
 * a few values may all lie just above a power of two. */
static const struct rounding {
    int bits, least;
    double nmse;
} roundings[HONE_TYPES] = {
    [HONE_TYPE_F32] = {24, -149, 0},
    [HONE_TYPE_F16] = {11, -24, 2.5e-7},
    [HONE_TYPE_BF16] = {8, -133, 1.6e-5},
};

struct judge {
    const struct hone_case *c;
    struct hone_case_result *result;
    double worst_ratio; /* error / limit of result->worst */
    double all_error2, all_reference2;
    /* of the operand at hand */
    uint32_t operand;
    struct hone_tolerance tolerance;
    const struct rounding *rounding; /* NULL: a step is given by its block */
    double error2, floor2;
    uint32_t n_values;
};

static double half_step(const struct rounding *rounding, double value)
{
    int exponent;
    frexp(value, &exponent);
    int step = exponent - rounding->bits;
    return ldexp(0.5000001, value == 0 || step < rounding->least ? rounding->least : step);
}

static double rounded(enum hone_type type, double value)
{
    float narrow = (float)value;
    if (type == HONE_TYPE_BF16) narrow = hone_bf16_to_f32(hone_f32_to_bf16(narrow));
    if (type == HONE_TYPE_F16) narrow = hone_f16_to_f32(hone_f32_to_f16(narrow));
    return (double)narrow;
}

static void note(struct judge *j, uint32_t row, uint32_t col, double got, double wanted,
                 double limit)
{
    struct hone_case_result *r = j->result;
    double error = fabs(got - wanted);
    double ratio = isnan(error) ? INFINITY : error <= limit && limit == 0 ? 0 : error / limit;
    r->n_compared++;
    j->n_values++;
    if (!(error <= r->max_error)) r->max_error = error;
    if (!isnan(error)) j->error2 += error * error;
    j->all_reference2 += wanted * wanted;
    if (ratio <= j->worst_ratio && r->worst[0]) return;
    j->worst_ratio = ratio;
    snprintf(r->worst, sizeof r->worst, "%s[%u][%u]: got %.9g, expected %.9g (limit %.3g)",
             case_problem(j->c)->op->operands[j->operand].name, row, col, got, wanted, limit);
}

static double own_limit(const struct judge *j, const struct hone_span *span, uint32_t i)
{
    return j->tolerance.scaled * span->scales[i] + j->tolerance.relative * fabs(span->values[i]);
}

static void judge_plain(struct judge *j, const struct hone_span *span)
{
    enum hone_type type = case_format(j->c, j->operand)->type;
    for (uint32_t i = 0; i < span->n_cols; i++) {
        double wanted = span->values[i];
        double got = case_output(j->c, j->operand, span->row, span->col + i);
        double limit = own_limit(j, span, i) + half_step(j->rounding, wanted);
        if (j->tolerance.exact) {
            wanted = rounded(type, wanted);
            limit = 0;
        }
        note(j, span->row, span->col + i, got, wanted, limit);
        j->floor2 += fmax(wanted * wanted, span->scales[i] * span->scales[i]);
    }
}

/* Values within half a step of the block. The step is an f16 number, which changes it by half a
 * thousandth, or by the smallest f16 number. */
static void judge_q8_0(struct judge *j, const struct hone_span *span)
{
    for (uint32_t b = 0; b < span->n_cols; b += 32) {
        double amax = 0, slack = 0;
        for (uint32_t i = b; i < b + 32; i++) {
            amax = fmax(amax, fabs(span->values[i]));
            slack = fmax(slack, own_limit(j, span, i) + 0x1p-23 * fabs(span->values[i]));
        }
        double limit = 0.5005 * amax / 127 + 128 * 0x1p-25 + 2 * slack;
        for (uint32_t i = b; i < b + 32; i++)
            note(j, span->row, span->col + i,
                 case_output(j->c, j->operand, span->row, span->col + i), span->values[i], limit);
    }
}

/* Values within half a step of the block, a hair more where the scale itself is not exact; the
 * scale within 1e-6 beyond what the largest value may be off. */
static void judge_q8(struct judge *j, const struct hone_span *span)
{
    const struct hone_format *format = case_format(j->c, j->operand);
    uint32_t cols = case_cols(j->c, j->operand);
    struct q8_parts parts = q8_parts(format->type, cols);
    for (uint32_t b = 0; b < span->n_cols; b += (uint32_t)parts.block) {
        double amax = 0, slack = 0;
        for (uint32_t i = b; i < b + parts.block; i++) {
            amax = fmax(amax, fabs(span->values[i]));
            slack = fmax(slack, own_limit(j, span, i) + 0x1p-23 * fabs(span->values[i]));
        }
        const uint8_t *row =
            case_buffer(j->c, j->operand)->data + span->row * hone_format_row_bytes(format, cols);
        float d = load_f32(row + parts.d + 4 * ((span->col + b) / parts.block));
        double step = amax / 127;
        double scale_limit = 1e-6 * step + slack / 127 + 0x1p-149;
        if (!(fabs((double)d - step) <= scale_limit)) {
            note(j, span->row, span->col + b, (double)d, step, scale_limit);
            continue;
        }
        for (uint32_t i = b; i < b + parts.block; i++) {
            double got = case_output(j->c, j->operand, span->row, span->col + i);
            note(j, span->row, span->col + i, got, span->values[i], 0.5002 * step + slack);
            if (row[span->col + i] == 0x80)
                note(j, span->row, span->col + i, NAN, span->values[i], 0);
        }
    }
}

/* Errors of a row add up like a random walk, and so do the values. With one row the sum is a
 * single draw: 32 allows for more than five deviations. */
static enum hone_status judge_projection(struct judge *j, const struct case_answers *a,
                                         struct hone_error *err)
{
    double error2 = 0, floor2 = 0;
    uint32_t cols = case_cols(j->c, j->operand);
    for (uint32_t row = 0; row < a->projection.n_cols; row++) {
        double sum = 0, squares = 0;
        for (uint32_t col = 0; col < cols; col++) {
            double got = case_output(j->c, j->operand, row, col);
            sum += a->signs[col] * got;
            squares += got * got;
        }
        double error = sum - a->projection.values[row];
        double scale = a->projection.scales[row];
        error2 += error * error;
        floor2 += fmax(squares, scale * scale);
    }
    double limit = 32 * j->tolerance.nmse * floor2;
    if (error2 <= limit) return HONE_OK;
    return hone_fail(err, HONE_ERR_WRONG,
                     "%s: sums over the columns of %s are off: error^2 %.3g, limit %.3g",
                     case_problem(j->c)->op->name,
                     case_problem(j->c)->op->operands[j->operand].name, error2, limit);
}

static enum hone_status judge_operand(struct judge *j, uint32_t operand, struct hone_error *err)
{
    const struct case_answers *a = &j->c->answers[operand];
    const struct hone_call *call = &j->c->spec.call;
    const struct hone_op *op = call->problem.op;
    enum hone_type type = call->formats[operand]->type;
    j->operand = operand;
    j->tolerance = op->tolerance(call, operand, j->c->spec.family == HONE_FAMILY_INTEGERS);
    bool blocks = type_is_q8(type) || type == HONE_TYPE_Q8_0;
    j->rounding = blocks ? NULL : &roundings[type];
    j->error2 = j->floor2 = 0;
    j->n_values = 0;
    for (uint32_t i = 0; i < a->n_spans; i++)
        type == HONE_TYPE_Q8_0 ? judge_q8_0(j, &a->spans[i])
        : j->rounding          ? judge_plain(j, &a->spans[i])
                               : judge_q8(j, &a->spans[i]);
    j->all_error2 += j->error2;
    if (j->worst_ratio > 1)
        return hone_fail(err, HONE_ERR_WRONG, "%s: %s", op->name, j->result->worst);
    /* Blocks have no floor: each of their values is held to half a step. */
    /* Of few values, one may well be five deviations from the mean. */
    double few = 1 + 24 / fmax(1, j->n_values);
    double nmse = few * j->tolerance.nmse + (j->rounding ? j->rounding->nmse : 0);
    if (j->rounding && !j->tolerance.exact && j->error2 > nmse * j->floor2)
        return hone_fail(err, HONE_ERR_WRONG, "%s: nmse of %s is %.3g, limit %.3g; worst %s",
                         op->name, op->operands[operand].name, j->error2 / j->floor2, nmse,
                         j->result->worst);
    return a->signs ? judge_projection(j, a, err) : HONE_OK;
}

enum hone_status hone_case_check(struct hone_case *c, uint32_t n_samples,
                                 struct hone_case_result *out_result, struct hone_error *err)
{
    struct hone_case_result ignored, *result = out_result ? out_result : &ignored;
    struct judge j = {.c = c, .result = result};
    *result = (struct hone_case_result){0};
    HONE_TRY(case_check_memory(c, &result->defect, err));
    HONE_TRY(case_answer(c, n_samples, err));
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && i < case_problem(c)->op->n_operands; i++)
        if (case_is_output(c, i)) status = judge_operand(&j, i, err);
    if (status == HONE_ERR_WRONG) result->defect = HONE_DEFECT_VALUES;
    result->nmse = j.all_error2 == 0 ? 0 : j.all_error2 / j.all_reference2;
    return status;
}
