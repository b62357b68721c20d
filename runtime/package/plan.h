/* SPDX-License-Identifier: MIT */
/* A plan section as tables that have been checked: every index, offset and count is in range. */
#ifndef HONE_PACKAGE_PLAN_H
#define HONE_PACKAGE_PLAN_H

#include <stdint.h>

#include "runtime/base/batch.h"
#include "runtime/base/status.h"
#include "runtime/package/format.h"

/* What a plan may say at most; beyond it lies a mistake, not a model. */
enum {
    HONE_PLAN_MAX_TOKENS = 65536,
    HONE_PLAN_MAX_SEQS = 65536,
    HONE_PLAN_MAX_CONTEXT = 1 << 24,
    HONE_PLAN_MAX_VOCAB = 1 << 24,
    HONE_PLAN_MAX_LISTS = 256,
    HONE_PLAN_MAX_KV_REGIONS = 65536,
    HONE_PLAN_MAX_BLOCKS = 1 << 30, /* of one launch */
    HONE_PLAN_MAX_SCRATCH_BYTES = 1 << 30,
};

struct hone_plan {
    const struct hone_plan_header *header;
    const struct hone_plan_list *lists;
    const struct hone_plan_step *steps;
    const struct hone_plan_binding *bindings;
    const struct hone_plan_kernel *kernels;
    const struct hone_plan_kv_region *kv_regions;
    const uint8_t *args;
    const char *names;
    uint64_t kv_bytes_per_page; /* sum over the regions */
    struct hone_batch_shape shape;
    struct hone_batch_layout batch;
};

/* `file` is named in messages. `data` (8-byte aligned) must outlive the plan. */
enum hone_status hone_plan_read(const char *file, const uint8_t *data, uint64_t n_bytes,
                                uint64_t code_bytes, uint64_t weight_bytes,
                                struct hone_plan *out_plan, struct hone_error *err);

/* Blocks of a launch with this rule in a forward of n_tokens rows and n_out rows of logits. */
uint64_t hone_plan_blocks(const struct hone_plan_step *step, uint32_t n_tokens, uint32_t n_out);

#endif
