/* SPDX-License-Identifier: MIT */
/* What a target family answers: how to compile for it and the facts that templates and default
 * formulas may ask. One struct per family, filled in one place. */
#ifndef HONE_CODEGEN_TARGET_H
#define HONE_CODEGEN_TARGET_H

#include <stdbool.h>

#include "codegen/compile/compile.h"
#include "codegen/template/expr.h"
#include "runtime/base/target.h"

struct hone_codegen_target {
    const char *family;   /* "cpu", "cuda" */
    const char *spaces;   /* what its search spaces call their family: "cpu", "gpu" */
    const char *compiler; /* row of the compiler table */
    const char *comment;  /* leader of the header comment of rendered text, ";" */
    bool bf16_blocks;     /* its gemms over quantized weights may read activations as bf16 */
    bool has_threads;     /* a block has threads and shared memory: spaces say how many */

    /* What is known of a machine that runs the target, where no device says it. */
    void (*machine)(const struct hone_target *target, struct hone_machine_facts *out_facts);

    /* Sets the facts that README.md lists in `env`: family, arch, isa (vocabulary), has_<feature>
     * 0/1 for every one, and sizes that follow from the target and from `machine`. */
    enum hone_status (*facts)(const struct hone_target *target,
                              const struct hone_machine_facts *machine, struct hone_env *env,
                              struct hone_error *err);

    /* Fills arch, cpu, features, level and compiler of a job, from the target text alone. Texts are
     * static or owned by `out_text` (capacity bytes). */
    enum hone_status (*job)(const struct hone_target *target, struct hone_compile_job *out_job,
                            char *out_text, size_t capacity, struct hone_error *err);
};

/* What is known of a machine that runs the target. Of a CPU: this one if it has the target's
 * architecture, else nobody's in particular, 4 CPUs with small caches. Of a GPU: a typical one. */
void hone_target_facts(const struct hone_target *target, struct hone_machine_facts *out_facts);

/* NULL when no such family is built in. */
const struct hone_codegen_target *hone_codegen_target_find(const char *family);

#endif
