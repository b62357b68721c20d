/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: the ops there are, one per file or family; op_table.c lists them. */
#ifndef HONE_OPS_OP_LIST_H
#define HONE_OPS_OP_LIST_H

#include "codegen/ops/ops.h"

extern const struct hone_op op_gemm, op_gemm_add, op_gemm_silu_mul, op_gemm_qkv; /* gemm.c */
extern const struct hone_op op_rmsnorm;                             /* norm.c */
extern const struct hone_op op_quantize;                            /* quantize.c */
extern const struct hone_op op_silu_mul, op_add;                    /* elementwise.c */
extern const struct hone_op op_embed;                               /* embed.c */
extern const struct hone_op op_rope_append;                         /* rope.c */
extern const struct hone_op op_attention;                           /* attention.c */
extern const struct hone_op op_gather_rows;                         /* gather.c */
extern const struct hone_op op_dequantize;                          /* dequantize.c */

#endif
