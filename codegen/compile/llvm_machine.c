/* SPDX-License-Identifier: MIT */
/* Tables of machine families with the processor and feature names that LLVM 19 to 22 all know. */
#include "codegen/compile/llvm_machine.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const x86_cpus[] = {
    "generic",        "x86-64",         "x86-64-v2",      "x86-64-v3",
    "x86-64-v4",      "nehalem",        "sandybridge",    "haswell",
    "skylake",        "skylake-avx512", "cascadelake",    "cooperlake",
    "icelake-client", "icelake-server", "sapphirerapids", "alderlake",
    "graniterapids",  "sierraforest",   "znver1",         "znver2",
    "znver3",         "znver4",         "znver5",         NULL,
};
static const char *const x86_features[] = {
    "sse3",       "ssse3",      "sse4.1",     "sse4.2",     "popcnt",      "avx",
    "avx2",       "fma",        "f16c",       "bmi",        "bmi2",        "lzcnt",
    "movbe",      "avx512f",    "avx512bw",   "avx512dq",   "avx512vl",    "avx512cd",
    "avx512vnni", "avx512bf16", "avx512vbmi", "avx512fp16", "avx512vbmi2", "avxvnni",
    "amx-tile",   "amx-int8",   "amx-bf16",   "amx-fp16",   NULL,
};

static const char *const aarch64_cpus[] = {
    "generic",     "cortex-a53",  "cortex-a55",  "cortex-a72", "cortex-a76", "neoverse-n1",
    "neoverse-n2", "neoverse-v1", "neoverse-v2", "apple-m1",   "ampere1",    NULL,
};
static const char *const aarch64_features[] = {
    "neon", "dotprod", "fullfp16", "i8mm", "bf16", "sve", NULL,
};
static const char *const riscv64_cpus[] = {
    "generic-rv64",
    "sifive-x280",
    "sifive-p670",
    NULL,
};
static const char *const riscv64_features[] = {
    "m", "a", "f", "d", "c", "v", "zvl256b", "zvl512b", "zba", "zbb", "zvfhmin", NULL,
};

static const struct llvm_machine_family families[] = {
    {"x86_64-", "X86", "x86-64", x86_cpus, x86_features},
    {"aarch64-", "AArch64", "generic", aarch64_cpus, aarch64_features},
    {"riscv64-", "RISCV", "generic-rv64", riscv64_cpus, riscv64_features},
};
enum { N_FAMILIES = sizeof families / sizeof *families };

const struct llvm_machine_family *llvm_machine_families(size_t *out_count)
{
    *out_count = N_FAMILIES;
    return families;
}

static void call_initializer(void *library, const char *component, const char *part)
{
    char name[64];
    snprintf(name, sizeof name, "LLVMInitialize%s%s", component, part);
    void *symbol = dlsym(library, name);
    if (!symbol) return;
    void (*initialize)(void);
    memcpy(&initialize, &symbol, sizeof symbol);
    initialize();
}

void llvm_machine_initialize(void *library)
{
    static const char *const parts[] = {"TargetInfo", "Target",    "TargetMC",
                                        "AsmPrinter", "AsmParser", "Disassembler"};
    for (size_t f = 0; f < N_FAMILIES; f++)
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
            call_initializer(library, families[f].component, parts[p]);
}

static bool known(const char *const *names, const char *name, size_t length)
{
    for (; *names; names++)
        if (strlen(*names) == length && memcmp(*names, name, length) == 0) return true;
    return false;
}

/* "+avx2,-fma": every item has a sign, and commas stand between items only. */
static enum hone_status check_features(const struct llvm_machine_family *family, const char *text,
                                       struct hone_error *err)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        bool has_sign = *text == '+' || *text == '-';
        if (!has_sign || !known(family->features, text + 1, length - 1))
            return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: unknown %s feature '%.*s'",
                             family->component, (int)length, text);
        text += length;
        if (*text == ',' && *++text == '\0')
            return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: feature list ends with a comma");
    }
    return HONE_OK;
}

enum hone_status llvm_machine_check(const char *triple, const char *cpu, const char *features,
                                    const struct llvm_machine_family **out_family,
                                    struct hone_error *err)
{
    for (size_t f = 0; f < N_FAMILIES; f++) {
        const struct llvm_machine_family *family = families + f;
        if (strncmp(triple, family->triple_prefix, strlen(family->triple_prefix)) != 0) continue;
        if (!known(family->cpus, cpu, strlen(cpu)))
            return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: unknown %s processor '%s'",
                             family->component, cpu);
        HONE_TRY(check_features(family, features, err));
        *out_family = family;
        return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_ARGUMENT, "llvm: no machine family for triple '%s'", triple);
}
