/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: the reference of ops that copy rows (embed, gather_rows, dequantize). */
#ifndef HONE_OPS_COPY_H
#define HONE_OPS_COPY_H

#include "codegen/ops/reference.h"

/* Output row i is row `source[i]` of operand `from` (row i when source is NULL). */
enum hone_status copy_reference(const struct hone_case *c, uint32_t from, const uint32_t *source,
                                struct hone_span *spans, uint32_t n_spans);
/* Bit-exact in f32. */
struct hone_tolerance copy_tolerance(const struct hone_call *call, uint32_t operand, bool integers);

#endif
