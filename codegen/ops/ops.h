/* SPDX-License-Identifier: MIT */
/* Ops and problems: what a kernel must compute, and how it is called.
 *
 * An op is one file: its operands, its dimensions, its argument list, an f64-accumulating
 * reference, input families, tolerance, operation and byte counts. A new op is one file, a template
 * and a search space.
 *
 * A kernel's argument block is an array of 8-byte slots in the order of op->args (slot i at byte
 * 8*i): pointers; dimensions as u64; attributes as f32 in the low 4 bytes. */
#ifndef HONE_OPS_H
#define HONE_OPS_H

#include "codegen/ops/format.h"
#include "runtime/base/batch.h"

enum {
    HONE_MAX_DIMS = 6,
    HONE_MAX_OPERANDS = 8,
    HONE_MAX_ATTRS = 2,
    HONE_MAX_ARGS = 20,
    HONE_PROBLEM_KEY_BYTES = 256
};

enum hone_role {
    HONE_ROLE_IN,     /* activation read */
    HONE_ROLE_OUT,    /* activation written completely */
    HONE_ROLE_INOUT,  /* activation changed in place */
    HONE_ROLE_WEIGHT, /* constant of the model */
    HONE_ROLE_KV,     /* KV pages, read or appended to */
};

enum hone_arg_kind {
    HONE_ARG_OPERAND, /* pointer to operand[index] */
    HONE_ARG_DIM,     /* dims[index] */
    HONE_ARG_ATTR,    /* attrs[index] */
    HONE_ARG_BATCH,   /* pointer to batch field `index` */
    HONE_ARG_ROWS,    /* pointer to the u32 row count: n_tokens or n_out, as the problem says */
};

struct hone_operand {
    const char *name;
    enum hone_role role;
    /* Shape in terms of dims: index of the dim that is rows / cols; -1: rows of the step (M). For
     * HONE_ROLE_KV both are unused. */
    int8_t rows_dim, cols_dim;
};

struct hone_arg {
    const char *name;
    enum hone_arg_kind kind;
    uint8_t index;
};

struct hone_problem;
struct hone_case;

struct hone_op {
    const char *name;
    uint32_t n_dims, n_attrs, n_operands, n_args;
    const char *dims[HONE_MAX_DIMS];
    const char *attrs[HONE_MAX_ATTRS];
    struct hone_operand operands[HONE_MAX_OPERANDS];
    struct hone_arg args[HONE_MAX_ARGS];
    /* The reference over the case's stored inputs, into the case's reference outputs. */
    void (*reference)(struct hone_case *c);
    /* Floating-point or integer operations and bytes that must move, for `m` rows. */
    double (*operations)(const struct hone_problem *problem, uint32_t m);
    double (*bytes)(const struct hone_problem *problem, uint32_t m);
};

/* gemm, gemm_add, gemm_silu_mul, rmsnorm, quantize, silu_mul, add, embed, rope_append, attention,
 * gather_rows, dequantize. NULL when unknown. */
const struct hone_op *hone_op_find(const char *name);
const struct hone_op *const *hone_op_table(size_t *out_count);
int hone_op_operand(const struct hone_op *op, const char *name); /* -1 when there is none */
int hone_op_dim(const struct hone_op *op, const char *name);

/* What must be computed: op + logical types + allowed arithmetic + dims + a range of M. */
struct hone_problem {
    const struct hone_op *op;
    uint32_t dims[HONE_MAX_DIMS];
    float attrs[HONE_MAX_ATTRS];
    /* Weights and KV: their type. Activations: the type asked for, F32, BF16 or Q8A; a variant whose
     * format has another type does not serve the problem. */
    enum hone_type types[HONE_MAX_OPERANDS];
    enum hone_type acts; /* arithmetic asked for: F32, BF16 or Q8A (int8) */
    uint32_t m_min, m_max;                   /* range of rows the kernel must serve */
    uint32_t m;                              /* the size it is tuned at */
    uint32_t context;  /* KV positions it is tuned at; 0 where there is no KV */
    bool rows_are_out; /* rows = n_out instead of n_tokens */
};

/* One line that two equal problems share and no other: part of the store's keys. */
void hone_problem_key(const struct hone_problem *problem, char out_key[HONE_PROBLEM_KEY_BYTES]);

/* A problem with the format of every operand: what a variant is made for. */
struct hone_call {
    struct hone_problem problem;
    const struct hone_format *formats[HONE_MAX_OPERANDS];
};

#endif
