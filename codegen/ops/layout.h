/* SPDX-License-Identifier: MIT */
/* Private to codegen/ops: rows out of groups of interleaved rows. */
#ifndef HONE_OPS_LAYOUT_H
#define HONE_OPS_LAYOUT_H

#include "codegen/ops/format.h"

/* Values [k, k + n) of row `lane` of the group at `group_data`, as file blocks. k and n are
 * multiples of the type's block. */
void layout_extract(const struct hone_format *format, const uint8_t *group_data, uint32_t lane,
                    uint64_t k, uint64_t n, uint8_t *out_blocks);

#endif
