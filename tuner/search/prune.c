/* SPDX-License-Identifier: MIT */
/* Kernels that are not worth a run. */
#include "tuner/search/prune.h"

bool hone_spills_too_much(const struct hone_static_facts *facts,
                          const struct hone_static_facts *preset)
{
    uint64_t spills = facts->n_vector_spills, preset_spills = preset->n_vector_spills;
    uint64_t code_bytes_per_spill =
        facts->n_registers ? HONE_GPU_CODE_BYTES_PER_SPILL : HONE_CODE_BYTES_PER_SPILL;
    return spills * code_bytes_per_spill > facts->code_bytes &&
           spills * preset->code_bytes >= 2 * preset_spills * facts->code_bytes;
}
