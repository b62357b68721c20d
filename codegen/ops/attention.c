/* SPDX-License-Identifier: MIT */
/* attention: row i over positions 0..positions[i] of its sequence, in pages; query heads share KV
 * heads in groups. Where the arithmetic asked for is int8 and the KV is q8_0, q is first rounded as
 * a row of q8a is, by every kernel: the products of a score are then products of int8, whether they
 * are summed as integers or not. Its result has the bounds it has without.
 *
 * attention_split, attention_combine: the same in two steps, for more workers than KV heads. The
 * first works out every part of the keys alone, the second weighs the parts. Page j belongs to part
 * j % n_parts whatever the row, so that a row's numbers depend on no other row of the step. A part
 * gives `o`, attention over its keys alone, and `lse`, the logarithm of the sum of the exponentials
 * of its scores: both have one right value, however a kernel keeps its sums. A part without a key
 * that the row sees gives zeros and LSE_OF_NO_KEY. */
#include <math.h>
#include <stdlib.h>

#include "codegen/ops/op_list.h"
#include "codegen/ops/reference.h"
#include "codegen/ops/type.h"

enum { N_HEADS, N_KV_HEADS, HEAD_DIM, PAGE_TOKENS, PART_HEADS };
enum { Q, KCACHE, VCACHE, Y };
enum { O = Y, LSE }; /* of attention_split */
enum { MAX_PARTS = 64 };

static enum hone_status valid(const struct hone_problem *problem, struct hone_error *err)
{
    const uint32_t *dims = problem->dims;
    if (dims[N_HEADS] % dims[N_KV_HEADS])
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: %u heads do not share %u KV heads",
                         problem->op->name, dims[N_HEADS], dims[N_KV_HEADS]);
    if (problem->types[KCACHE] == HONE_TYPE_Q8_0 && dims[HEAD_DIM] % 32)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: KV of q8_0 in heads of %u values",
                         problem->op->name, dims[HEAD_DIM]);
    return HONE_OK;
}

enum hone_status attention_parts_valid(const struct hone_problem *problem, uint32_t part_heads,
                                       struct hone_error *err)
{
    const uint32_t *dims = problem->dims;
    if (part_heads % dims[N_HEADS] || part_heads / dims[N_HEADS] > MAX_PARTS)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "%s: %u heads of parts, up to %u times %u expected", problem->op->name,
                         part_heads, MAX_PARTS, dims[N_HEADS]);
    return HONE_OK;
}

static enum hone_status split_valid(const struct hone_problem *problem, struct hone_error *err)
{
    HONE_TRY(valid(problem, err));
    return attention_parts_valid(problem, problem->dims[PART_HEADS], err);
}

/* One head of one row, over the pages of one part. */
struct head {
    uint32_t seq, position, kv_head, dim;
    uint32_t part, n_parts, page_tokens;
    double scale;
    double *query, *vector, *weights; /* [dim], [dim], [position + 1] */
};

static bool sees(const struct head *h, uint32_t position)
{
    return position / h->page_tokens % h->n_parts == h->part;
}

/* What softmax() finds beside the weights. */
struct scores {
    double size; /* of the largest score's terms */
    double lse;  /* LSE_OF_NO_KEY when there is none */
};

/* Softmax weights into h->weights, 0 for keys of other parts. */
static struct scores softmax(const struct hone_case *c, const struct head *h)
{
    double largest = -INFINITY, size = 0, sum = 0;
    for (uint32_t p = 0; p <= h->position; p++) {
        h->weights[p] = -INFINITY;
        if (!sees(h, p)) continue;
        double score = 0, terms = 0;
        case_key(c, KCACHE, h->seq, p, h->kv_head, h->vector);
        for (uint32_t d = 0; d < h->dim; d++) {
            double term = h->query[d] * h->vector[d];
            score += term;
            terms += fabs(term);
        }
        h->weights[p] = score * h->scale;
        largest = fmax(largest, h->weights[p]);
        size = fmax(size, terms * fabs(h->scale));
    }
    for (uint32_t p = 0; p <= h->position; p++) {
        h->weights[p] = sees(h, p) ? exp(h->weights[p] - largest) : 0;
        sum += h->weights[p];
    }
    for (uint32_t p = 0; sum > 0 && p <= h->position; p++) h->weights[p] /= sum;
    return (struct scores){size, sum > 0 ? largest + log(sum) : (double)LSE_OF_NO_KEY};
}

/* Weights below this, relative to the row's largest, may lose their bits: f16 holds no smaller
 * ones. */
static const double SMALLEST = 0x1p-24;

/* Dims [d, d + n) of the head. An f32 score of large terms has a large error, and exp() makes it a
 * relative error of every weight: the scale grows with the terms. */
static void head_values(const struct hone_case *c, const struct head *h, uint32_t d, uint32_t n,
                        double *values, double *scales)
{
    double growth = 1 + softmax(c, h).size / 16;
    for (uint32_t j = 0; j < n; j++) values[j] = scales[j] = 0;
    for (uint32_t p = 0; p <= h->position; p++) {
        if (!sees(h, p)) continue;
        double largest = 0;
        case_value(c, VCACHE, h->seq, p, h->kv_head, h->vector);
        for (uint32_t j = 0; j < h->dim; j++) largest = fmax(largest, fabs(h->vector[j]));
        for (uint32_t j = 0; j < n; j++) {
            values[j] += h->weights[p] * h->vector[d + j];
            scales[j] += (h->weights[p] * fabs(h->vector[d + j]) + SMALLEST * largest) * growth;
        }
    }
}

static void set_head(const struct hone_case *c, uint32_t part_head, const double *row,
                     struct head *h)
{
    const uint32_t *dims = case_problem(c)->dims;
    uint32_t head = part_head % dims[N_HEADS];
    h->part = part_head / dims[N_HEADS];
    h->kv_head = head / (dims[N_HEADS] / dims[N_KV_HEADS]);
    for (uint32_t i = 0; i < h->dim; i++) h->query[i] = row[head * h->dim + i];
}

static void span_values(const struct hone_case *c, const struct hone_span *span, const double *row,
                        struct head *h)
{
    for (uint32_t j = 0; j < span->n_cols;) {
        uint32_t d = (span->col + j) % h->dim;
        uint32_t n = h->dim - d < span->n_cols - j ? h->dim - d : span->n_cols - j;
        set_head(c, (span->col + j) / h->dim, row, h);
        head_values(c, h, d, n, span->values + j, span->scales + j);
        j += n;
    }
}

/* A score's error is what its terms make it; the logarithm carries it on as it is. */
static void span_lse(const struct hone_case *c, const struct hone_span *span, const double *row,
                     struct head *h)
{
    for (uint32_t j = 0; j < span->n_cols; j++) {
        set_head(c, span->col + j, row, h);
        struct scores scores = softmax(c, h);
        span->values[j] = scores.lse;
        span->scales[j] = 1 + scores.size / 16;
    }
}

static bool rounds_q(const struct hone_problem *problem)
{
    return problem->acts == HONE_TYPE_Q8A && problem->types[KCACHE] == HONE_TYPE_Q8_0;
}

/* Row `row` of q as it enters the scores. `room` holds as many values. */
static void query_row(const struct hone_case *c, uint32_t row, double *room, double *out_values)
{
    size_t cols = case_cols(c, Q);
    float *values = (float *)room;
    uint8_t *bytes = (uint8_t *)(values + cols);
    case_row(c, Q, row, out_values);
    if (!rounds_q(case_problem(c))) return;
    for (size_t i = 0; i < cols; i++) values[i] = (float)out_values[i];
    q8_encode(HONE_TYPE_Q8A, values, cols, bytes);
    q8_decode(HONE_TYPE_Q8A, bytes, cols, out_values);
}

static enum hone_status reference(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans)
{
    const struct hone_problem *problem = case_problem(c);
    const uint32_t *dims = problem->dims;
    size_t cols = case_cols(c, Q), dim = dims[HEAD_DIM];
    size_t max_kv = *case_batch(c, HONE_BATCH_MAX_KV);
    double *row = malloc((2 * cols + 2 * dim + max_kv) * sizeof *row);
    if (!row) return HONE_ERR_NO_MEMORY;
    struct head h = {.dim = dims[HEAD_DIM],
                     .n_parts = problem->op == &op_attention ? 1 : dims[PART_HEADS] / dims[N_HEADS],
                     .page_tokens = dims[PAGE_TOKENS],
                     .scale = (double)problem->attrs[0],
                     .query = row + 2 * cols,
                     .vector = row + 2 * cols + dim,
                     .weights = row + 2 * cols + 2 * dim};
    for (uint32_t i = 0; i < n_spans; i++) {
        query_row(c, spans[i].row, row + cols, row);
        h.seq = case_batch(c, HONE_BATCH_TOKEN_SEQ)[spans[i].row];
        h.position = case_batch(c, HONE_BATCH_POSITIONS)[spans[i].row];
        operand == LSE ? span_lse(c, &spans[i], row, &h) : span_values(c, &spans[i], row, &h);
    }
    free(row);
    return HONE_OK;
}

/* Where bf16 is asked for and the KV has 16 bits or fewer, q and the weights may be rounded to 16
 * bits: 2^-9 of a value, and of the terms of a score, which growth takes sixteenths of. */
static bool rounds_to_bf16(const struct hone_problem *problem)
{
    enum hone_type kv = problem->types[KCACHE];
    return problem->acts == HONE_TYPE_BF16 &&
           (kv == HONE_TYPE_BF16 || kv == HONE_TYPE_F16 || kv == HONE_TYPE_Q8_0);
}

static struct hone_tolerance tolerance(const struct hone_call *call, uint32_t operand,
                                       bool integers)
{
    (void)operand, (void)integers;
    if (rounds_to_bf16(&call->problem))
        return (struct hone_tolerance){.nmse = 1e-5, .scaled = 0x1p-5};
    return (struct hone_tolerance){.nmse = 1e-10, .scaled = 4e-5};
}

/* Few values of many heads say more than many of few. */
static uint32_t sample_cols(const struct hone_problem *problem)
{
    return problem->dims[HEAD_DIM] < 8 ? problem->dims[HEAD_DIM] : 8;
}

/* `context` positions are valid after the append: the first row sees m - 1 fewer. */
static double mean_positions(const struct hone_problem *problem, uint32_t m)
{
    return fmax(1, problem->context - (m ? m - 1 : 0) / 2.0);
}

static double operations(const struct hone_problem *problem, uint32_t m)
{
    return 4.0 * m * mean_positions(problem, m) * problem->dims[N_HEADS] * problem->dims[HEAD_DIM];
}

/* The KV of one sequence, once. */
static double bytes(const struct hone_problem *problem, uint32_t m)
{
    return problem_bytes(problem, m) + problem_kv_bytes(problem, KCACHE, problem->context) +
           problem_kv_bytes(problem, VCACHE, problem->context);
}

/* clang-format off */
const struct hone_op op_attention = {
    .name = "attention",
    .n_dims = 4,
    .dims = {"n_heads", "n_kv_heads", "head_dim", "page_tokens"},
    .n_attrs = 1,
    .attrs = {"scale"},
    .n_operands = 4,
    .operands = {
        {"q", HONE_ROLE_IN, HONE_ROWS_STEP, N_HEADS, 1 + HEAD_DIM},
        {"kcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"vcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"y", HONE_ROLE_OUT, HONE_ROWS_STEP, N_HEADS, 1 + HEAD_DIM},
    },
    .n_args = 14,
    .args = {
        {"q", HONE_ARG_OPERAND, Q},
        {"kcache", HONE_ARG_OPERAND, KCACHE},
        {"vcache", HONE_ARG_OPERAND, VCACHE},
        {"y", HONE_ARG_OPERAND, Y},
        {"positions", HONE_ARG_BATCH, HONE_BATCH_POSITIONS},
        {"token_seq", HONE_ARG_BATCH, HONE_BATCH_TOKEN_SEQ},
        {"page_table", HONE_ARG_BATCH, HONE_BATCH_PAGE_TABLE},
        {"page_stride", HONE_ARG_BATCH, HONE_BATCH_PAGE_STRIDE},
        {"rows", HONE_ARG_ROWS, 0},
        {"n_heads", HONE_ARG_DIM, N_HEADS},
        {"n_kv_heads", HONE_ARG_DIM, N_KV_HEADS},
        {"head_dim", HONE_ARG_DIM, HEAD_DIM},
        {"page_tokens", HONE_ARG_DIM, PAGE_TOKENS},
        {"scale", HONE_ARG_ATTR, 0},
    },
    .sample_cols = sample_cols,
    .valid = valid,
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = bytes,
};

const struct hone_op op_attention_split = {
    .name = "attention_split",
    .n_dims = 5,
    .dims = {"n_heads", "n_kv_heads", "head_dim", "page_tokens", "part_heads"},
    .n_attrs = 1,
    .attrs = {"scale"},
    .n_operands = 5,
    .operands = {
        {"q", HONE_ROLE_IN, HONE_ROWS_STEP, N_HEADS, 1 + HEAD_DIM},
        {"kcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"vcache", HONE_ROLE_KV, HONE_ROWS_STEP, N_KV_HEADS, 1 + HEAD_DIM},
        {"o", HONE_ROLE_OUT, HONE_ROWS_STEP, PART_HEADS, 1 + HEAD_DIM},
        {"lse", HONE_ROLE_OUT, HONE_ROWS_STEP, PART_HEADS, 0},
    },
    .n_args = 16,
    .args = {
        {"q", HONE_ARG_OPERAND, Q},
        {"kcache", HONE_ARG_OPERAND, KCACHE},
        {"vcache", HONE_ARG_OPERAND, VCACHE},
        {"o", HONE_ARG_OPERAND, O},
        {"lse", HONE_ARG_OPERAND, LSE},
        {"positions", HONE_ARG_BATCH, HONE_BATCH_POSITIONS},
        {"token_seq", HONE_ARG_BATCH, HONE_BATCH_TOKEN_SEQ},
        {"page_table", HONE_ARG_BATCH, HONE_BATCH_PAGE_TABLE},
        {"page_stride", HONE_ARG_BATCH, HONE_BATCH_PAGE_STRIDE},
        {"rows", HONE_ARG_ROWS, 0},
        {"n_heads", HONE_ARG_DIM, N_HEADS},
        {"n_kv_heads", HONE_ARG_DIM, N_KV_HEADS},
        {"head_dim", HONE_ARG_DIM, HEAD_DIM},
        {"page_tokens", HONE_ARG_DIM, PAGE_TOKENS},
        {"part_heads", HONE_ARG_DIM, PART_HEADS},
        {"scale", HONE_ARG_ATTR, 0},
    },
    .sample_cols = sample_cols,
    .valid = split_valid,
    .reference = reference,
    .tolerance = tolerance,
    .operations = operations,
    .bytes = bytes,
};
