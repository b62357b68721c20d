/* SPDX-License-Identifier: MIT */
/* What a run must have left alone, and that it wrote all it had to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/ops/case_private.h"
#include "codegen/ops/type.h"

static const char *name_of(const struct hone_case *c, uint32_t operand)
{
    return case_problem(c)->op->operands[operand].name;
}

static enum hone_status check_buffer(const struct hone_case *c, const struct guarded *buffer,
                                     const char *name, struct hone_error *err)
{
    int64_t offset = 0;
    if (guarded_intact(buffer, &offset)) return HONE_OK;
    const char *op = case_problem(c)->op->name;
    if (offset < 0)
        return hone_fail(err, HONE_ERR_WRONG, "%s: wrote %lld bytes before %s", op,
                         (long long)-offset, name);
    return hone_fail(err, HONE_ERR_WRONG, "%s: wrote behind the padding of %s (byte %lld)", op,
                     name, (long long)(offset - (int64_t)buffer->n_bytes));
}

static enum hone_status check_inputs(const struct hone_case *c, struct hone_error *err)
{
    const struct hone_op *op = case_problem(c)->op;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        const struct case_operand *o = &c->operands[i];
        if (!o->copies || o->original || o->role == HONE_ROLE_OUT) continue;
        if (guarded_hash(o->copies[0].data, o->copies[0].n_bytes) != o->hash)
            return hone_fail(err, HONE_ERR_WRONG, "%s: changed its input %s", op->name,
                             name_of(c, i));
    }
    if (guarded_hash(c->batch.data, c->batch.n_bytes) != c->batch_hash)
        return hone_fail(err, HONE_ERR_WRONG, "%s: changed the batch block", op->name);
    if (guarded_hash(c->args.data, c->args.n_bytes) != c->args_hash)
        return hone_fail(err, HONE_ERR_WRONG, "%s: changed its argument block", op->name);
    return HONE_OK;
}

static enum hone_status check_tail(const struct hone_case *c, uint32_t operand,
                                   struct hone_error *err)
{
    const struct case_operand *o = &c->operands[operand];
    const uint8_t *tail = case_buffer(c, operand)->data + o->n_bytes;
    for (uint32_t i = 0; i < HONE_FORMAT_TAIL_BYTES; i++)
        if (tail[i] != (uint8_t)(i & 1 ? POISON >> 8 : POISON & 0xff))
            return hone_fail(err, HONE_ERR_WRONG, "%s: wrote into the padding after %s (byte %u)",
                             case_problem(c)->op->name, name_of(c, operand), i);
    return HONE_OK;
}

/* KV outside of the appended positions. */
static enum hone_status check_other_kv(const struct hone_case *c, uint32_t operand,
                                       struct hone_error *err)
{
    const struct case_operand *o = &c->operands[operand];
    uint8_t *copy = malloc(o->n_bytes);
    if (!copy) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory to compare KV pages");
    memcpy(copy, case_buffer(c, operand)->data, o->n_bytes);
    for (uint32_t row = 0; row < o->rows; row++) {
        uint32_t seq = case_batch(c, HONE_BATCH_TOKEN_SEQ)[row];
        uint32_t position = case_batch(c, HONE_BATCH_POSITIONS)[row];
        uint64_t page = case_kv_page(c, operand, seq, position);
        for (uint32_t head = 0; head < c->kv.n_kv_heads; head++)
            hone_kv_copy(case_format(c, operand), &c->kv, case_is_key(c, operand), copy + page,
                         o->original + page, head, position % c->kv.page_tokens);
    }
    bool same = memcmp(copy, o->original, o->n_bytes) == 0;
    free(copy);
    return same ? HONE_OK
                : hone_fail(err, HONE_ERR_WRONG, "%s: changed positions of %s that are not its own",
                            case_problem(c)->op->name, name_of(c, operand));
}

static double kv_output(const struct hone_case *c, uint32_t operand, uint32_t row, uint32_t col)
{
    uint32_t seq = case_batch(c, HONE_BATCH_TOKEN_SEQ)[row];
    uint32_t position = case_batch(c, HONE_BATCH_POSITIONS)[row];
    const uint8_t *page = case_buffer(c, operand)->data + case_kv_page(c, operand, seq, position);
    return (double)hone_kv_value(case_format(c, operand), &c->kv, case_is_key(c, operand), page,
                                 col / c->kv.head_dim, position % c->kv.page_tokens,
                                 col % c->kv.head_dim);
}

double case_output(const struct hone_case *c, uint32_t operand, uint32_t row, uint32_t col)
{
    const struct case_operand *o = &c->operands[operand];
    const struct hone_format *format = case_format(c, operand);
    const uint8_t *data = case_buffer(c, operand)->data;
    uint32_t width = hone_type_info(format->type)->block_bytes;
    float value;
    if (o->role == HONE_ROLE_KV) return kv_output(c, operand, row, col);
    data += row * hone_format_row_bytes(format, o->cols);
    if (type_is_q8(format->type)) {
        struct q8_parts parts = q8_parts(format->type, o->cols);
        value = load_f32(data + parts.d + col / parts.block * 4);
        return (double)value * (int8_t)data[col];
    }
    data += (uint64_t)col * width;
    type_decode(format->type, data, 1, &value);
    return (double)value;
}

static enum hone_status check_written(const struct hone_case *c, uint32_t operand,
                                      struct hone_error *err)
{
    const struct case_operand *o = &c->operands[operand];
    const uint8_t *row_data = case_buffer(c, operand)->data;
    const struct hone_format *format = case_format(c, operand);
    uint32_t width = format->type == HONE_TYPE_F32 ? 4 : 2;
    for (uint32_t row = 0; row < o->rows; row++) {
        for (uint32_t col = 0; col < o->cols; col++) {
            const uint8_t *at = row_data + (uint64_t)col * width;
            if (load_u16(at + width - 2) != POISON || load_u16(at) != POISON) continue;
            return hone_fail(err, HONE_ERR_WRONG, "%s: %s[%u][%u] is never written",
                             case_problem(c)->op->name, name_of(c, operand), row, col);
        }
        row_data += hone_format_row_bytes(format, o->cols);
    }
    return HONE_OK;
}

/* What of a block does not agree with its values, NULL when all does; the poison does not. */
static const char *wrong_q8_block(enum hone_type type, const uint8_t *row, uint64_t cols,
                                  uint64_t b)
{
    struct q8_parts parts = q8_parts(type, cols);
    int32_t nsum, nsum16[2], sums[2] = {0, 0};
    memcpy(&nsum, row + parts.nsum + 4 * b, 4);
    for (uint64_t i = 0; i < parts.block; i++) sums[i / 16 & 1] += (int8_t)row[parts.block * b + i];
    if (!isfinite(load_f32(row + parts.d + 4 * b))) return "d";
    if (nsum != -(sums[0] + sums[1])) return "nsum";
    if (type != HONE_TYPE_Q8A) return NULL;
    memcpy(nsum16, row + parts.nsum16 + 8 * b, 8);
    return nsum16[0] != -sums[0] || nsum16[1] != -sums[1] ? "nsum16" : NULL;
}

static enum hone_status check_q8_sums(const struct hone_case *c, uint32_t operand,
                                      struct hone_error *err)
{
    const struct case_operand *o = &c->operands[operand];
    enum hone_type type = case_format(c, operand)->type;
    uint64_t block = q8_parts(type, o->cols).block;
    const uint8_t *row_data = case_buffer(c, operand)->data;
    for (uint32_t row = 0; row < o->rows; row++) {
        for (uint32_t b = 0; b < o->cols / block; b++) {
            const char *wrong = wrong_q8_block(type, row_data, o->cols, b);
            if (wrong)
                return hone_fail(err, HONE_ERR_WRONG,
                                 "%s: %s[%u], block %u: %s is wrong or never written",
                                 case_problem(c)->op->name, name_of(c, operand), row, b, wrong);
        }
        row_data += hone_format_row_bytes(case_format(c, operand), o->cols);
    }
    return HONE_OK;
}

static enum hone_status check_output(const struct hone_case *c, uint32_t i, uint32_t *out_defect,
                                     struct hone_error *err)
{
    const struct case_operand *o = &c->operands[i];
    *out_defect = HONE_DEFECT_BOUNDS;
    HONE_TRY(check_tail(c, i, err));
    *out_defect = HONE_DEFECT_INPUT;
    if (o->role == HONE_ROLE_KV) return check_other_kv(c, i, err);
    *out_defect = HONE_DEFECT_VALUES;
    if (o->role == HONE_ROLE_INOUT || o->buffer_of != i) return HONE_OK;
    if (type_is_q8(case_format(c, i)->type)) return check_q8_sums(c, i, err);
    *out_defect = HONE_DEFECT_UNWRITTEN;
    return check_written(c, i, err);
}

/* *out_defect is what each step would find. */
enum hone_status case_check_memory(const struct hone_case *c, uint32_t *out_defect,
                                   struct hone_error *err)
{
    const struct hone_op *op = case_problem(c)->op;
    *out_defect = HONE_DEFECT_BOUNDS;
    for (uint32_t i = 0; i < op->n_operands; i++)
        for (uint32_t copy = 0; c->operands[i].copies && copy < c->operands[i].n_copies; copy++)
            HONE_TRY(check_buffer(c, &c->operands[i].copies[copy], name_of(c, i), err));
    HONE_TRY(check_buffer(c, &c->batch, "the batch block", err));
    HONE_TRY(check_buffer(c, &c->args, "the arguments", err));
    *out_defect = HONE_DEFECT_INPUT;
    HONE_TRY(check_inputs(c, err));
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (case_is_output(c, i)) HONE_TRY(check_output(c, i, out_defect, err));
    *out_defect = HONE_DEFECT_NONE;
    return HONE_OK;
}

uint64_t hone_case_output_hash(const struct hone_case *c)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < case_problem(c)->op->n_operands; i++) {
        const struct guarded *buffer = case_buffer(c, i);
        if (case_is_output(c, i))
            hash = hash * 0x9E3779B97F4A7C15 + guarded_hash(buffer->data, buffer->n_bytes);
    }
    return hash;
}
