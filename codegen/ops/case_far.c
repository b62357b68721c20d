/* SPDX-License-Identifier: MIT */
/* A case for devices with memory of their own: which buffers a kernel is given, and an argument
 * block whose pointers lie elsewhere. */
#include <string.h>

#include "codegen/ops/case_private.h"

enum { SLOT = 8 };

static bool is_written(const struct hone_case *c, uint32_t operand)
{
    for (uint32_t i = 0; i < case_problem(c)->op->n_operands; i++)
        if (c->operands[i].buffer_of == operand && case_is_output(c, i)) return true;
    return false;
}

void hone_case_buffers(const struct hone_case *c,
                       struct hone_case_buffer out_buffers[HONE_CASE_BUFFERS])
{
    const struct hone_op *op = case_problem(c)->op;
    memset(out_buffers, 0, HONE_CASE_BUFFERS * sizeof *out_buffers);
    for (uint32_t i = 0; i < op->n_operands; i++) {
        const struct case_operand *o = &c->operands[i];
        if (!o->copies) continue;
        out_buffers[i] = (struct hone_case_buffer){.name = op->operands[i].name,
                                                   .data = o->copies[0].data,
                                                   .n_bytes = o->copies[0].n_bytes,
                                                   .rotates = case_rotates(&c->spec, i),
                                                   .is_written = is_written(c, i)};
    }
    out_buffers[HONE_CASE_BATCH] = (struct hone_case_buffer){
        .name = "the batch block", .data = c->batch.data, .n_bytes = c->batch.n_bytes};
}

uint64_t hone_case_args_bytes(const struct hone_case *c)
{
    return (uint64_t)case_problem(c)->op->n_args * SLOT;
}

void hone_case_args_at(const struct hone_case *c, const uint64_t addresses[HONE_CASE_BUFFERS],
                       void *out_args)
{
    const struct hone_problem *problem = case_problem(c);
    uint64_t batch = addresses[HONE_CASE_BATCH];
    enum hone_batch_field rows = problem->rows_are_out ? HONE_BATCH_N_OUT : HONE_BATCH_N_TOKENS;
    for (uint32_t i = 0; i < problem->op->n_args; i++) {
        const struct hone_arg *arg = &problem->op->args[i];
        uint64_t value = 0;
        switch (arg->kind) {
        case HONE_ARG_OPERAND: value = addresses[c->operands[arg->index].buffer_of]; break;
        case HONE_ARG_BATCH: value = batch + c->batch_layout.offset[arg->index]; break;
        case HONE_ARG_ROWS: value = batch + c->batch_layout.offset[rows]; break;
        case HONE_ARG_DIM: value = problem->dims[arg->index]; break;
        case HONE_ARG_ATTR: memcpy(&value, &problem->attrs[arg->index], sizeof(float)); break;
        }
        memcpy((uint8_t *)out_args + SLOT * i, &value, SLOT);
    }
}
