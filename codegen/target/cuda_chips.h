/* SPDX-License-Identifier: MIT */
/* What is known of NVIDIA's chips by compute capability alone. Private to codegen/target. */
#ifndef HONE_CODEGEN_TARGET_CUDA_CHIPS_H
#define HONE_CODEGEN_TARGET_CUDA_CHIPS_H

#include "runtime/base/target.h"

/* Of a typical card of that compute capability (90 for 9.0), the last row for a later one; `model`
 * stays empty, it is nobody's in particular. */
void cuda_chip_facts(uint32_t capability, struct hone_machine_facts *out_facts);

#endif
