/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: what a case is made of. */
#ifndef HONE_OPS_CASE_PRIVATE_H
#define HONE_OPS_CASE_PRIVATE_H

#include "codegen/ops/case.h"
#include "codegen/ops/guard.h"
#include "codegen/ops/random.h"
#include "codegen/ops/reference.h"

/* 16 bits that are not a number in f32 (as a pair), f16 and bf16. */
enum { POISON = 0x7FA5 };

struct case_operand {
    enum hone_role role;
    uint32_t rows, cols, n_copies;
    struct guarded *copies; /* what rotates has n_copies; none if buffer_of is another */
    uint32_t buffer_of; /* the operand whose buffer this one uses: itself, or r for y in place */
    uint64_t n_bytes;   /* without the tail */
    uint64_t hash;      /* of what must not change */
    uint8_t *original;  /* in-out and KV: the bytes before the run, tail included */
};

/* Reference values of one output, kept for further checks. */
struct case_answers {
    struct hone_span *spans;
    uint32_t n_spans;
    double *numbers;             /* all values, then all scales */
    double *signs;               /* of the projection; NULL when there is none */
    struct hone_span projection; /* one value per row */
};

struct hone_case {
    struct hone_case_spec spec;
    uint32_t n_tokens, n_out, n_seqs;
    struct hone_kv_shape kv;
    uint32_t n_pages;
    struct case_operand operands[HONE_MAX_OPERANDS];
    struct hone_batch_layout batch_layout;
    struct guarded batch, args;
    uint64_t batch_hash, args_hash, args_stride;
    struct case_answers answers[HONE_MAX_OPERANDS];
    bool answered;
    uint32_t answered_samples;
};

static inline struct guarded *case_buffer(const struct hone_case *c, uint32_t operand)
{
    return &c->operands[c->operands[operand].buffer_of].copies[0];
}

/* Weights, and KV that is mostly older than the step: each layer has its own. */
bool case_rotates(const struct hone_case_spec *spec, uint32_t operand);

/* Is judged after a run: OUT, INOUT, and KV that the op appends to. */
bool case_is_output(const struct hone_case *c, uint32_t operand);

/* case_batch.c: the batch block and the page table; KV contents. */
enum hone_status case_batch_create(struct hone_case *c, struct random *random,
                                   struct hone_error *err);
void case_kv_fill(struct hone_case *c, uint32_t operand, struct random *random, float *row);
bool case_is_key(const struct hone_case *c, uint32_t operand);
/* Bytes from the operand's start to the page that holds a position. */
uint64_t case_kv_page(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position);

/* case_answer.c: which values to compute, and the reference's values of them. */
enum hone_status case_answer(struct hone_case *c, uint32_t n_samples, struct hone_error *err);
void case_answers_free(struct hone_case *c);

/* case_memory.c: what does not depend on the reference. */
enum hone_status case_check_memory(const struct hone_case *c, uint32_t *out_defect,
                                   struct hone_error *err);
double case_output(const struct hone_case *c, uint32_t operand, uint32_t row, uint32_t col);

#endif
