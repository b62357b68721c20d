/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: values of an input family. */
#ifndef HONE_OPS_FILL_H
#define HONE_OPS_FILL_H

#include "codegen/ops/case.h"
#include "codegen/ops/random.h"

void fill_floats(struct random *random, enum hone_family family, uint64_t n, float *out_values);
/* Integers whose q8a scales are exactly 1: each block of 32 has a value of magnitude 127. */
void fill_q8a_integers(struct random *random, uint64_t n, float *out_values);
/* Blocks of 32 times 127 or -127: with weights at one end, the largest sums that can be. */
void fill_q8a_extremes(struct random *random, uint64_t n, float *out_values);
/* A whole weight operand, tail included. False when there is no memory. */
bool fill_weights(struct random *random, enum hone_family family, const struct hone_format *format,
                  uint64_t rows, uint64_t cols, uint8_t *out);

#endif
