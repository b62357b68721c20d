/* SPDX-License-Identifier: MIT */
/* What a target family answers: how to compile for it and the facts that templates and default
 * formulas may ask. One struct per family, filled in one place. */
#ifndef HONE_CODEGEN_TARGET_H
#define HONE_CODEGEN_TARGET_H

#include "codegen/compile/compile.h"
#include "codegen/template/expr.h"
#include "runtime/base/target.h"

struct hone_codegen_target {
    const char *family;   /* "cpu" */
    const char *compiler; /* row of the compiler table */
    const char *comment;  /* leader of the header comment of rendered text, ";" */

    /* Sets facts in `env`: family, arch, isa (vocabulary file name: "avx512", "avx2", "portable"),
     * vl (f32 lanes of the widest register), vregs, has_<feature> 0/1 for every feature, n_cpus,
     * l1_bytes, l2_bytes, l3_bytes; and what a core does in a cycle, for costs (ports.c). */
    enum hone_status (*facts)(const struct hone_target *target, const struct hone_cpu_facts *cpu,
                              struct hone_env *env, struct hone_error *err);

    /* Fills arch, cpu, features, level and compiler of a job. Texts are static or owned by
     * `out_text` (capacity bytes). */
    enum hone_status (*job)(const struct hone_target *target, struct hone_compile_job *out_job,
                            char *out_text, size_t capacity, struct hone_error *err);
};

/* What is known of a machine that runs the target: this one if it has the target's architecture,
 * else nobody's in particular, 4 CPUs with small caches. */
void hone_target_facts(const struct hone_target *target, struct hone_cpu_facts *out_facts);

/* NULL when no such family is built in. */
const struct hone_codegen_target *hone_codegen_target_find(const char *family);

#endif
