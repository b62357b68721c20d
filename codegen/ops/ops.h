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

/* Rows of an operand when they are not a dim. */
enum {
    HONE_ROWS_STEP = -1,   /* M: n_tokens or n_out, as the problem says */
    HONE_ROWS_TOKENS = -2, /* always n_tokens */
    HONE_ROWS_ONE = -3
};

struct hone_operand {
    const char *name;
    enum hone_role role;
    /* Shape in terms of dims: index of the dim that is rows (or HONE_ROWS_...) / cols. For
     * HONE_ROLE_KV: cols of the row that one position has. */
    int8_t rows_dim, cols_dim;
    uint8_t cols_times; /* 1 + index of a dim that multiplies cols; 0: none */
};

struct hone_arg {
    const char *name;
    enum hone_arg_kind kind;
    uint8_t index;
};

struct hone_problem;
struct hone_call;
struct hone_case;
struct hone_span; /* part of an output row to compute: reference.h */

/* How far an output may be from its reference. An op gives each reference value a scale: the size
 * of what was summed to make it, so that cancellation is not held against a kernel. */
struct hone_tolerance {
    bool exact;      /* equal to the reference rounded to the output's type */
    double nmse;     /* sum of error^2 <= nmse * sum of max(reference^2, scale^2) */
    double scaled;   /* every error <= scaled * scale + relative * |reference|, */
    double relative; /* plus half a step of the output's type */
};

struct hone_op {
    const char *name;
    uint32_t n_dims, n_attrs, n_operands, n_args;
    const char *dims[HONE_MAX_DIMS];
    const char *attrs[HONE_MAX_ATTRS];
    struct hone_operand operands[HONE_MAX_OPERANDS];
    struct hone_arg args[HONE_MAX_ARGS];
    bool appends_kv; /* writes this step's positions into its KV operands */
    /* Columns of one sampled piece of an output row; 0: whole rows. */
    uint32_t (*sample_cols)(const struct hone_problem *problem);
    /* Rules between dims; NULL when there is none. */
    enum hone_status (*valid)(const struct hone_problem *problem, struct hone_error *err);
    /* Makes a random row of an input one that the op may meet; NULL where any is. */
    void (*prepare)(const struct hone_problem *problem, uint32_t operand, uint32_t row,
                    float *values);
    /* The f64 reference of spans of one output (or KV) operand, over the case's stored inputs. */
    enum hone_status (*reference)(const struct hone_case *c, uint32_t operand,
                                  struct hone_span *spans, uint32_t n_spans);
    /* Sums over all columns of signs[column] * output, for every row, without computing the
     * outputs; NULL where the op is not linear. */
    enum hone_status (*projection)(const struct hone_case *c, const double *signs,
                                   struct hone_span *out_rows);
    /* For `operand` written in call->formats; `integers`: the integer family. */
    struct hone_tolerance (*tolerance)(const struct hone_call *call, uint32_t operand,
                                       bool integers);
    /* Floating-point or integer operations and bytes that must move, for `m` rows. */
    double (*operations)(const struct hone_problem *problem, uint32_t m);
    double (*bytes)(const struct hone_problem *problem, uint32_t m);
};

/* gemm, gemm_add, gemm_silu_mul, gemm_qkv, gemm_split, gemm_combine, gemm_combine_add, rmsnorm,
 * quantize, silu_mul, add, embed, rope_append, attention, attention_split, attention_combine,
 * gather_rows, dequantize. NULL when unknown. */
const struct hone_op *hone_op_find(const char *name);
const struct hone_op *const *hone_op_table(size_t *out_count);
int hone_op_operand(const struct hone_op *op, const char *name); /* -1 when there is none */
int hone_op_dim(const struct hone_op *op, const char *name);
/* Shape of an operand of a problem at `m` rows; `n_tokens` is for HONE_ROWS_TOKENS. */
uint64_t hone_operand_rows(const struct hone_problem *problem, uint32_t operand, uint32_t m,
                           uint32_t n_tokens);
uint64_t hone_operand_cols(const struct hone_problem *problem, uint32_t operand);

/* What must be computed: op + logical types + allowed arithmetic + dims + a range of M. */
struct hone_problem {
    const struct hone_op *op;
    uint32_t dims[HONE_MAX_DIMS];
    float attrs[HONE_MAX_ATTRS];
    /* Weights and KV: their type. Activations: the type asked for, F32, BF16 or Q8A; a variant
     * whose format has another type does not serve the problem. */
    enum hone_type types[HONE_MAX_OPERANDS];
    enum hone_type acts;   /* arithmetic asked for: F32, BF16 or Q8A (int8) */
    uint32_t m_min, m_max; /* range of rows the kernel must serve */
    uint32_t m;            /* the size it is tuned at */
    uint32_t context;      /* KV positions it is tuned at; 0 where there is no KV */
    bool rows_are_out;     /* rows = n_out instead of n_tokens */
};

/* One line that two equal problems share and no other: part of the store's keys. */
void hone_problem_key(const struct hone_problem *problem, char out_key[HONE_PROBLEM_KEY_BYTES]);

/* A problem with the format of every operand: what a variant is made for. */
struct hone_call {
    struct hone_problem problem;
    const struct hone_format *formats[HONE_MAX_OPERANDS];
};

#endif
