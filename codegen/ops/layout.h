/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: rows out of groups of interleaved rows. */
#ifndef HONE_OPS_LAYOUT_H
#define HONE_OPS_LAYOUT_H

#include "codegen/ops/format.h"

/* Values [k, k + n) of row `lane` of the group at `group_data`, as file blocks. k and n are
 * multiples of the type's block. */
void layout_extract(const struct hone_format *format, const uint8_t *group_data, uint32_t lane,
                    uint64_t k, uint64_t n, uint8_t *out_blocks);

/* Rows of planes (layout_planes.c): one file block into a row and out of it. */
void layout_planes_put(enum hone_type type, const uint8_t *block, uint64_t cols, uint64_t number,
                       uint8_t *row);
void layout_planes_get(enum hone_type type, const uint8_t *row, uint64_t cols, uint64_t number,
                       uint8_t *out_block);
uint32_t layout_fifth_by_bytes(uint32_t fifth);
uint32_t layout_fifth_by_values(uint32_t fifth);

#endif
