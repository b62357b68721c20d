/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: the ops there are, one per file or family; op_table.c lists them. */
#ifndef HONE_OPS_OP_LIST_H
#define HONE_OPS_OP_LIST_H

#include "codegen/ops/ops.h"

extern const struct hone_op op_gemm, op_gemm_add, op_gemm_silu_mul, op_gemm_qkv; /* gemm.c */
extern const struct hone_op op_gemm_split, op_gemm_combine, op_gemm_combine_add; /* gemm_split.c */
extern const struct hone_op op_rmsnorm;                                          /* norm.c */
extern const struct hone_op op_quantize;                                         /* quantize.c */
extern const struct hone_op op_silu_mul, op_add;                                 /* elementwise.c */
extern const struct hone_op op_embed;                                            /* embed.c */
extern const struct hone_op op_rope_append;                                      /* rope.c */
extern const struct hone_op op_attention, op_attention_split;                    /* attention.c */
extern const struct hone_op op_attention_combine; /* attention_combine.c */
extern const struct hone_op op_gather_rows;       /* gather.c */
extern const struct hone_op op_dequantize;        /* dequantize.c */

/* What a part of the keys gives in which the row sees none (attention.c). */
#define LSE_OF_NO_KEY (-1e30f)
/* part_heads is n_heads, the first dimension, times the number of parts (attention.c). */
enum hone_status attention_parts_valid(const struct hone_problem *problem, uint32_t part_heads,
                                       struct hone_error *err);

/* By the length of k, dimension 1; a sum over a part of k is held to no more (gemm.c). */
struct hone_tolerance gemm_tolerance(const struct hone_call *call, uint32_t operand, bool integers);

#endif
