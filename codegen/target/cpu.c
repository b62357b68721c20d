/* SPDX-License-Identifier: MIT */
/* The CPU family: instruction-set levels, LLVM's names for our features, scheduling models. All of
 * it follows from the target text alone, so a package is the same wherever it is made. */
#include <stdio.h>
#include <string.h>

#include "codegen/target/families.h"

/* LLVM's names for a feature of ours, as they stand in a feature string. */
static const char *const llvm_features[HONE_CPU_FEATURES] = {
    [HONE_CPU_AVX2] = "+avx2",
    [HONE_CPU_FMA] = "+fma",
    [HONE_CPU_F16C] = "+f16c",
    [HONE_CPU_AVX512] = "+avx512f,+avx512bw,+avx512dq,+avx512vl",
    [HONE_CPU_AVX512_VNNI] = "+avx512vnni",
    [HONE_CPU_AVX512_BF16] = "+avx512bf16",
    [HONE_CPU_AVX512_VBMI] = "+avx512vbmi",
    [HONE_CPU_AVX_VNNI] = "+avxvnni",
    [HONE_CPU_AVX512_FP16] = "+avx512fp16",
    [HONE_CPU_AMX_INT8] = "+amx-tile,+amx-int8",
    [HONE_CPU_AMX_BF16] = "+amx-tile,+amx-bf16",
    [HONE_CPU_DOTPROD] = "+dotprod",
    [HONE_CPU_FP16] = "+fullfp16",
    [HONE_CPU_I8MM] = "+i8mm",
    [HONE_CPU_BF16] = "+bf16",
    [HONE_CPU_SVE] = "+sve",
    [HONE_CPU_V] = "+v",
    [HONE_CPU_ZVL256B] = "+zvl256b",
    [HONE_CPU_ZVL512B] = "+zvl512b",
};

/* Levels of the vocabulary, widest first; the last one needs nothing. One schedule per level: the
 * older models of AVX-512 spill in tiles that fill the register file, whatever machine runs them.
 */
struct level {
    const char *isa; /* vocabulary file */
    uint32_t needs;
    int vl, vregs; /* f32 lanes of a vector register, number of them */
    const char *schedule;
};

#define BIT(f) (UINT32_C(1) << HONE_CPU_##f)
static const struct level x86_levels[] = {
    {"avx512", BIT(AVX512), 16, 32, "sapphirerapids"},
    {"avx2", BIT(AVX2) | BIT(FMA) | BIT(F16C), 8, 16, "haswell"},
    {"portable", 0, 4, 16, "x86-64"},
};
static const struct level aarch64_levels[] = {
    {"neon_dotprod", BIT(DOTPROD), 4, 32, "neoverse-n1"},
    {"neon", 0, 4, 32, "cortex-a72"},
};
/* One vocabulary: the compiler fits its vectors to the registers that the target promises. */
static const struct level riscv64_levels[] = {
    {"rvv", BIT(ZVL512B), 16, 32, "generic-rv64"},
    {"rvv", BIT(ZVL256B), 8, 32, "generic-rv64"},
    {"rvv", BIT(V), 4, 32, "generic-rv64"},
    {"portable", 0, 4, 16, "generic-rv64"},
};
#undef BIT

static const struct arch {
    const char *name, *triple;
    const char *base;           /* features that every machine has, before ours */
    const struct level *levels; /* the last needs nothing */
} archs[] = {
    {"x86_64", "x86_64-unknown-linux-gnu", "", x86_levels},
    {"aarch64", "aarch64-unknown-linux-gnu", "+neon", aarch64_levels},
    {"riscv64", "riscv64-unknown-linux-gnu", "+m,+a,+f,+d,+c", riscv64_levels},
};

static const struct arch *arch_of(const struct hone_target *target, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (strcmp(target->arch, archs[i].name) == 0) return archs + i;
    hone_fail(err, HONE_ERR_UNSUPPORTED, "target cpu:%s: no code generation for this architecture",
              target->arch);
    return NULL;
}

static const struct level *level_of(const struct arch *arch, const struct hone_target *target)
{
    const struct level *level = arch->levels;
    while ((target->features & level->needs) != level->needs) level++;
    return level;
}

static enum hone_status set_features(const struct hone_target *target, struct hone_env *env,
                                     struct hone_error *err)
{
    for (int f = 0; f < HONE_CPU_FEATURES; f++) {
        char name[48];
        snprintf(name, sizeof name, "has_%s", hone_cpu_feature_name((enum hone_cpu_feature)f));
        for (char *c = name; *c; c++)
            if (*c == '-' || *c == '.') *c = '_';
        HONE_TRY(
            hone_env_set_int(env, name, hone_target_has(target, (enum hone_cpu_feature)f), err));
    }
    return HONE_OK;
}

/* This machine if it has the target's architecture, else a small one. */
static void machine(const struct hone_target *target, struct hone_machine_facts *out_facts)
{
    struct hone_target here;
    hone_target_detect(&here);
    *out_facts = (struct hone_machine_facts){
        .n_cpus = 4, .l1_bytes = 32 << 10, .l2_bytes = 512 << 10, .l3_bytes = 2 << 20};
    if (strcmp(here.arch, target->arch) == 0) hone_cpu_facts_read(out_facts);
}

static enum hone_status facts(const struct hone_target *target,
                              const struct hone_machine_facts *cpu, struct hone_env *env,
                              struct hone_error *err)
{
    const struct arch *arch = arch_of(target, err);
    if (!arch) return HONE_ERR_UNSUPPORTED;
    const struct level *level = level_of(arch, target);
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"vl", level->vl},
        {"vregs", level->vregs},
        {"n_cpus", cpu->n_cpus},
        {"l1_bytes", (int64_t)cpu->l1_bytes},
        {"l2_bytes", (int64_t)cpu->l2_bytes},
        {"l3_bytes", (int64_t)cpu->l3_bytes},
    };
    HONE_TRY(hone_env_set_text(env, "family", target->family, err));
    HONE_TRY(hone_env_set_text(env, "arch", target->arch, err));
    HONE_TRY(hone_env_set_text(env, "isa", level->isa, err));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        HONE_TRY(hone_env_set_int(env, numbers[i].name, numbers[i].value, err));
    HONE_TRY(target_ports(level->isa, env, err));
    return set_features(target, env, err);
}

static enum hone_status job(const struct hone_target *target, struct hone_compile_job *out_job,
                            char *out_text, size_t capacity, struct hone_error *err)
{
    const struct arch *arch = arch_of(target, err);
    if (!arch) return HONE_ERR_UNSUPPORTED;
    size_t used = strlen(arch->base);
    if (used >= capacity)
        return hone_fail(err, HONE_ERR_ARGUMENT, "target cpu: no room for the feature text");
    strcpy(out_text, arch->base);
    for (int f = 0; f < HONE_CPU_FEATURES; f++) {
        if (!hone_target_has(target, (enum hone_cpu_feature)f)) continue;
        int n =
            snprintf(out_text + used, capacity - used, "%s%s", used ? "," : "", llvm_features[f]);
        used += (size_t)n;
        if (used >= capacity)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target cpu: no room for the feature text");
    }
    out_job->compiler = "llvm";
    out_job->arch = arch->triple;
    out_job->cpu = level_of(arch, target)->schedule;
    out_job->features = used ? out_text : "";
    out_job->level = 3;
    return HONE_OK;
}

const struct hone_codegen_target hone_codegen_target_cpu = {
    .family = "cpu",
    .spaces = "cpu",
    .compiler = "llvm",
    .comment = ";",
    .machine = machine,
    .facts = facts,
    .job = job,
};
