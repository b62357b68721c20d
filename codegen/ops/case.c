/* SPDX-License-Identifier: MIT */
/* Making a case: shapes, buffers, inputs, the argument block; and what a reference reads of it. */
#include "codegen/ops/case.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/ops/case_private.h"
#include "codegen/ops/fill.h"
#include "codegen/ops/type.h"
#include "runtime/base/checked.h"

enum { SLOT = 8, ALIGNMENT = 64, N_TOKENS_EXTRA = 3 };

const struct hone_problem *case_problem(const struct hone_case *c)
{
    return &c->spec.call.problem;
}

const struct hone_format *case_format(const struct hone_case *c, uint32_t operand)
{
    return c->spec.call.formats[operand];
}

uint32_t case_rows(const struct hone_case *c, uint32_t operand)
{
    return c->operands[operand].rows;
}

uint32_t case_cols(const struct hone_case *c, uint32_t operand)
{
    return c->operands[operand].cols;
}

const uint32_t *case_batch(const struct hone_case *c, enum hone_batch_field field)
{
    return (const uint32_t *)(const void *)(c->batch.data + c->batch_layout.offset[field]);
}

bool case_is_output(const struct hone_case *c, uint32_t operand)
{
    enum hone_role role = c->operands[operand].role;
    return role == HONE_ROLE_OUT || role == HONE_ROLE_INOUT ||
           (role == HONE_ROLE_KV && case_problem(c)->op->appends_kv);
}

static const uint8_t *stored(const struct hone_case *c, uint32_t operand)
{
    const struct case_operand *o = &c->operands[operand];
    return o->original ? o->original : case_buffer(c, operand)->data;
}

void case_row_f32(const struct hone_case *c, uint32_t operand, uint32_t row, float *out_values)
{
    const struct case_operand *o = &c->operands[operand];
    hone_format_decode_row(case_format(c, operand), stored(c, operand), o->rows, o->cols, row,
                           out_values);
}

/* The f32 values are put at the end of the row of doubles and widened from its start. */
void case_row(const struct hone_case *c, uint32_t operand, uint32_t row, double *out_values)
{
    const struct case_operand *o = &c->operands[operand];
    enum hone_type type = case_format(c, operand)->type;
    if (type_is_q8(type)) {
        uint64_t row_bytes = hone_format_row_bytes(case_format(c, operand), o->cols);
        q8_decode(type, stored(c, operand) + row * row_bytes, o->cols, out_values);
        return;
    }
    float *narrow = (float *)(void *)out_values + o->cols;
    case_row_f32(c, operand, row, narrow);
    for (uint32_t i = 0; i < o->cols; i++) {
        float value;
        memcpy(&value, narrow + i, sizeof value);
        double wide = (double)value;
        memcpy(out_values + i, &wide, sizeof wide);
    }
}

static void kv_head(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position,
                    uint32_t head, double *out_values)
{
    const uint8_t *page = stored(c, operand) + case_kv_page(c, operand, seq, position);
    for (uint32_t d = 0; d < c->kv.head_dim; d++)
        out_values[d] =
            (double)hone_kv_value(case_format(c, operand), &c->kv, case_is_key(c, operand), page,
                                  head, position % c->kv.page_tokens, d);
}

void case_key(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position,
              uint32_t head, double *out_values)
{
    kv_head(c, operand, seq, position, head, out_values);
}

void case_value(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position,
                uint32_t head, double *out_values)
{
    kv_head(c, operand, seq, position, head, out_values);
}

static bool format_fits(enum hone_role role, const struct hone_format *format, enum hone_type type)
{
    if (role == HONE_ROLE_WEIGHT || role == HONE_ROLE_KV) {
        bool is_kv = format->layout == HONE_LAYOUT_KV;
        return is_kv == (role == HONE_ROLE_KV) && format->type == type && !type_is_q8(type);
    }
    return format->layout == HONE_LAYOUT_ROWS &&
           (format->type == HONE_TYPE_F32 || format->type == HONE_TYPE_BF16 ||
            type_is_q8(format->type));
}

static enum hone_status check_spec(const struct hone_case_spec *spec, struct hone_error *err)
{
    const struct hone_problem *problem = &spec->call.problem;
    const struct hone_op *op = problem->op;
    for (uint32_t i = 0; i < op->n_dims; i++)
        if (problem->dims[i] == 0 || problem->dims[i] > INT32_MAX)
            return hone_fail(err, HONE_ERR_ARGUMENT, "%s: %s is %u", op->name, op->dims[i],
                             problem->dims[i]);
    for (uint32_t i = 0; i < op->n_operands; i++) {
        const struct hone_format *format = spec->call.formats[i];
        if (!format || !format_fits(op->operands[i].role, format, problem->types[i]))
            return hone_fail(err, HONE_ERR_ARGUMENT,
                             "%s: operand %s of type %s cannot have format %s", op->name,
                             op->operands[i].name, hone_type_info(problem->types[i])->name,
                             format ? format->name : "none");
        if (hone_operand_cols(problem, i) > INT32_MAX)
            return hone_fail(err, HONE_ERR_LIMIT, "%s: operand %s is too wide", op->name,
                             op->operands[i].name);
    }
    uint32_t page_tokens = problem_dim(problem, "page_tokens");
    if (page_tokens % 16)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: pages of %u positions, not a multiple of 16",
                         op->name, page_tokens);
    if (spec->m > INT32_MAX / 4 || spec->n_seqs > INT32_MAX / 4 ||
        spec->kv_before > INT32_MAX / 2 || (unsigned)spec->family >= HONE_FAMILIES)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: a case of %u rows, %u sequences, family %d",
                         op->name, spec->m, spec->n_seqs, (int)spec->family);
    return op->valid ? op->valid(problem, err) : HONE_OK;
}

bool case_rotates(const struct hone_case_spec *spec, uint32_t operand)
{
    const struct hone_op *op = spec->call.problem.op;
    enum hone_role role = op->operands[operand].role;
    return role == HONE_ROLE_WEIGHT ||
           (role == HONE_ROLE_KV && !op->appends_kv && spec->kv_before >= spec->m);
}

uint64_t hone_case_rotating_bytes(const struct hone_case_spec *spec)
{
    const struct hone_problem *p = &spec->call.problem;
    uint64_t sum = 0, n_bytes, n_seqs = spec->n_seqs ? spec->n_seqs : 1;
    uint32_t page_tokens = problem_dim(p, "page_tokens");
    struct hone_kv_shape kv = {problem_dim(p, "n_kv_heads"), problem_dim(p, "head_dim"),
                               page_tokens};
    for (uint32_t i = 0; i < p->op->n_operands; i++) {
        if (!case_rotates(spec, i)) continue;
        if (p->op->operands[i].role == HONE_ROLE_KV)
            sum += n_seqs * hone_ceil_div(spec->kv_before + spec->m / n_seqs, page_tokens) *
                   hone_kv_page_bytes(spec->call.formats[i], &kv);
        else if (hone_format_bytes(spec->call.formats[i], hone_operand_rows(p, i, spec->m, spec->m),
                                   hone_operand_cols(p, i), &n_bytes, NULL) == HONE_OK)
            sum += n_bytes;
    }
    return sum;
}

static enum hone_status alloc_operand(struct hone_case *c, uint32_t i, struct hone_error *err)
{
    const struct hone_problem *problem = case_problem(c);
    struct case_operand *o = &c->operands[i];
    uint64_t bytes;
    o->role = problem->op->operands[i].role;
    o->rows = (uint32_t)hone_operand_rows(problem, i, c->spec.m, c->n_tokens);
    o->cols = (uint32_t)hone_operand_cols(problem, i);
    o->buffer_of = i;
    o->n_copies = case_rotates(&c->spec, i) && c->spec.n_copies ? c->spec.n_copies : 1;
    if (o->role == HONE_ROLE_KV) {
        if (!hone_mul(hone_kv_page_bytes(case_format(c, i), &c->kv), c->n_pages, &bytes) ||
            !hone_add(bytes, HONE_FORMAT_TAIL_BYTES, &bytes))
            return hone_fail(err, HONE_ERR_LIMIT, "%s: too many KV pages", problem->op->name);
    } else {
        HONE_TRY(hone_format_bytes(case_format(c, i), o->rows, o->cols, &bytes, err));
    }
    o->n_bytes = bytes - HONE_FORMAT_TAIL_BYTES;
    int residual = hone_op_operand(problem->op, "r");
    if (c->spec.in_place && residual >= 0 && o->role == HONE_ROLE_OUT) {
        if (case_format(c, i) != case_format(c, (uint32_t)residual))
            return hone_fail(err, HONE_ERR_ARGUMENT, "%s: in place, r and y differ in format",
                             problem->op->name);
        o->buffer_of = (uint32_t)residual;
        return HONE_OK;
    }
    o->copies = calloc(o->n_copies, sizeof *o->copies);
    bool ok = o->copies != NULL;
    for (uint32_t copy = 0; ok && copy < o->n_copies; copy++)
        ok = guarded_alloc(&o->copies[copy], bytes);
    return ok ? HONE_OK
              : hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory for %u x %llu bytes of %s",
                          problem->op->name, o->n_copies, (unsigned long long)bytes,
                          problem->op->operands[i].name);
}

static void poison(uint8_t *data, uint64_t n_bytes)
{
    for (uint64_t i = 0; i + 2 <= n_bytes; i += 2) store_u16(data + i, POISON);
}

/* Blocks whose scale is a denormal float, and such as have none: 127 / amax is not finite. */
static void make_tiny_blocks(struct random *random, uint32_t cols, float *row)
{
    for (uint32_t at = 0; at + 32 <= cols; at += 32) {
        uint32_t draw = random_below(random, 8);
        float factor = draw == 0 ? 0x1p-120f : draw == 1 ? 0x1p-135f : 1;
        for (uint32_t i = at; i < at + 32; i++) row[i] *= factor;
    }
}

/* Only rounding to int8 and what reads it: elsewhere such values are lost beside others. */
static bool wants_tiny_blocks(const struct hone_case *c, uint32_t i)
{
    const struct hone_op *op = case_problem(c)->op;
    bool rounds = strcmp(op->name, "quantize") == 0 && type_is_q8(case_format(c, 1)->type);
    return c->spec.family == HONE_FAMILY_SPARSE && (rounds || type_is_q8(case_format(c, i)->type));
}

static void fill_activation(struct hone_case *c, uint32_t i, struct random *random, float *row)
{
    struct case_operand *o = &c->operands[i];
    const struct hone_format *format = case_format(c, i);
    const struct hone_op *op = case_problem(c)->op;
    enum hone_family q8_family = type_is_q8(format->type) ? c->spec.family : HONE_FAMILIES;
    for (uint32_t r = 0; r < o->rows; r++) {
        if (q8_family == HONE_FAMILY_INTEGERS)
            fill_q8a_integers(random, o->cols, row);
        else if (q8_family == HONE_FAMILY_EXTREMES)
            fill_q8a_extremes(random, o->cols, row);
        else
            fill_floats(random, c->spec.family, o->cols, row);
        if (wants_tiny_blocks(c, i)) make_tiny_blocks(random, o->cols, row);
        if (op->prepare) op->prepare(case_problem(c), i, r, row);
        hone_format_encode_row(format, row, o->cols, r, case_buffer(c, i)->data);
    }
}

/* Each operand has a stream of its own, so that a format's layout changes no other's values. */
static bool fill_operand(struct hone_case *c, uint32_t i)
{
    struct case_operand *o = &c->operands[i];
    struct random random = {c->spec.seed * 0x9E3779B97F4A7C15 +
                            ((uint64_t)i + 1) * 0xD1B54A32D192ED03};
    if (!o->copies) return true;
    uint8_t *data = o->copies[0].data;
    uint64_t total = o->n_bytes + HONE_FORMAT_TAIL_BYTES;
    float *row = malloc(o->cols * sizeof *row);
    if (!row) return false;
    bool ok = true;
    if (o->role == HONE_ROLE_WEIGHT)
        ok = fill_weights(&random, c->spec.family, case_format(c, i), o->rows, o->cols, data);
    else if (o->role == HONE_ROLE_KV)
        case_kv_fill(c, i, &random, row);
    else if (o->role != HONE_ROLE_OUT)
        fill_activation(c, i, &random, row);
    free(row);
    poison(data + o->n_bytes, HONE_FORMAT_TAIL_BYTES);
    for (uint32_t copy = 1; copy < o->n_copies; copy++) memcpy(o->copies[copy].data, data, total);
    o->hash = guarded_hash(data, total);
    return ok;
}

/* What the run changes, and the reference still needs. */
static bool keep_original(struct hone_case *c, uint32_t i)
{
    struct case_operand *o = &c->operands[i];
    bool overwritten =
        o->role == HONE_ROLE_INOUT || (o->role == HONE_ROLE_KV && case_is_output(c, i));
    for (uint32_t j = 0; j < case_problem(c)->op->n_operands; j++)
        overwritten |= j != i && c->operands[j].buffer_of == i;
    if (!overwritten) return true;
    uint64_t total = o->n_bytes + HONE_FORMAT_TAIL_BYTES;
    o->original = malloc(total);
    if (o->original) memcpy(o->original, o->copies[0].data, total);
    return o->original != NULL;
}

static void fill_args(struct hone_case *c, uint32_t copy)
{
    uint64_t addresses[HONE_CASE_BUFFERS] = {0};
    for (uint32_t i = 0; i < case_problem(c)->op->n_operands; i++) {
        const struct case_operand *o = &c->operands[i];
        if (o->copies) addresses[i] = (uintptr_t)o->copies[copy % o->n_copies].data;
    }
    addresses[HONE_CASE_BATCH] = (uintptr_t)c->batch.data;
    hone_case_args_at(c, addresses, c->args.data + copy * c->args_stride);
}

static enum hone_status create(struct hone_case *c, struct hone_error *err)
{
    const struct hone_op *op = case_problem(c)->op;
    struct random random = {c->spec.seed};
    HONE_TRY(case_batch_create(c, &random, err));
    int positions = hone_op_dim(op, "n_positions");
    if (positions >= 0 && *case_batch(c, HONE_BATCH_MAX_KV) > case_problem(c)->dims[positions])
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: position %u of a table of %u", op->name,
                         *case_batch(c, HONE_BATCH_MAX_KV) - 1, case_problem(c)->dims[positions]);
    for (uint32_t i = 0; i < op->n_operands; i++) HONE_TRY(alloc_operand(c, i, err));
    uint32_t n_copies = c->spec.n_copies ? c->spec.n_copies : 1;
    c->args_stride = (op->n_args * SLOT + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    bool ok = guarded_alloc(&c->args, n_copies * c->args_stride);
    for (uint32_t i = 0; ok && i < op->n_operands; i++)
        ok = fill_operand(c, i) && keep_original(c, i);
    if (!ok) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory for a case", op->name);
    memset(c->args.data, 0, c->args.n_bytes);
    for (uint32_t copy = 0; copy < n_copies; copy++) fill_args(c, copy);
    c->args_hash = guarded_hash(c->args.data, c->args.n_bytes);
    c->batch_hash = guarded_hash(c->batch.data, c->batch.n_bytes);
    hone_case_poison(c);
    return HONE_OK;
}

enum hone_status hone_case_create(const struct hone_case_spec *spec, struct hone_case **out_case,
                                  struct hone_error *err)
{
    *out_case = NULL;
    HONE_TRY(check_spec(spec, err));
    const struct hone_problem *problem = &spec->call.problem;
    struct hone_case *c = calloc(1, sizeof *c);
    if (!c) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a case");
    uint32_t page_tokens = problem_dim(problem, "page_tokens");
    c->spec = *spec;
    /* The other count differs, or a kernel that reads the wrong one would pass. */
    c->n_tokens = problem->rows_are_out ? 2 * spec->m + N_TOKENS_EXTRA : spec->m;
    c->n_out = problem->rows_are_out ? spec->m : (spec->m + 1) / 2;
    c->n_seqs = spec->n_seqs ? spec->n_seqs : 1;
    c->kv =
        (struct hone_kv_shape){problem_dim(problem, "n_kv_heads"), problem_dim(problem, "head_dim"),
                               page_tokens ? page_tokens : 16};
    enum hone_status status = create(c, err);
    if (status != HONE_OK) {
        hone_case_destroy(c);
        return status;
    }
    *out_case = c;
    return HONE_OK;
}

void hone_case_destroy(struct hone_case *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < HONE_MAX_OPERANDS; i++) {
        struct case_operand *o = &c->operands[i];
        for (uint32_t copy = 0; o->copies && copy < o->n_copies; copy++)
            guarded_free(&o->copies[copy]);
        free(o->copies);
        free(o->original);
    }
    case_answers_free(c);
    guarded_free(&c->batch);
    guarded_free(&c->args);
    free(c);
}

const void *hone_case_args(const struct hone_case *c, uint32_t copy)
{
    uint32_t n_copies = c->spec.n_copies ? c->spec.n_copies : 1;
    return c->args.data + copy % n_copies * c->args_stride;
}

uint32_t hone_case_n_tokens(const struct hone_case *c)
{
    return c->n_tokens;
}

uint32_t hone_case_n_out(const struct hone_case *c)
{
    return c->n_out;
}

void hone_case_poison(struct hone_case *c)
{
    for (uint32_t i = 0; i < case_problem(c)->op->n_operands; i++) {
        struct case_operand *o = &c->operands[i];
        if (o->original)
            memcpy(o->copies[0].data, o->original, o->n_bytes + HONE_FORMAT_TAIL_BYTES);
        else if (o->role == HONE_ROLE_OUT && o->copies)
            poison(o->copies[0].data, o->n_bytes);
    }
}
