/* SPDX-License-Identifier: MIT */
/* One variant: compiled, then run at edge sizes in a child process and judged. */
#ifndef HONE_TEST_KERNELS_VARIANT_CHECK_H
#define HONE_TEST_KERNELS_VARIANT_CHECK_H

#include "codegen/kernel.h"
#include "codegen/ops/case.h"
#include "runtime/device/device.h"
#include "tuner/runner/runner.h"

/* A binary in executable memory, with scratch that ends at an unmapped page. */
struct loaded_variant {
    hone_cpu_kernel *kernel;
    void *code, *scratch_map;
    size_t n_code_bytes, n_map_bytes;
    void *scratch;
    uint64_t scratch_bytes;
};
enum hone_status variant_load(const struct hone_binary *binary, uint64_t scratch_bytes,
                              struct loaded_variant *out_loaded, struct hone_error *err);
void variant_unload(struct loaded_variant *loaded);

/* Blocks of a launch of `variant` on `c`. */
uint32_t variant_blocks(const struct hone_variant *variant, const struct hone_case *c);

/* Where variants run: in children of this process, behind a runner, or nowhere. */
struct variant_place {
    struct hone_runner *runner; /* NULL: here */
    bool only_compile;
    uint32_t max_rows; /* counts of rows tried with each variant, drawn by the seed; 0 for all */
};

/* Renders, compiles and checks one config. *out_n_cases counts calls that were judged. */
enum hone_status variant_check(struct hone_kernels *kernels, const struct hone_space *space,
                               const struct hone_problem *problem, const struct hone_config *config,
                               uint64_t seed, const struct variant_place *place,
                               uint32_t *out_n_cases, struct hone_error *err);

#endif
