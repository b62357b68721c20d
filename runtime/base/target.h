/* SPDX-License-Identifier: MIT */
/* Targets: what code is generated for, and what this machine's CPU is.
 *
 * Written "cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni"; features in the order of the table. A CPU
 * may be given as "aarch64+dotprod" too. A machine runs a target when family and arch agree and it
 * has every feature named.
 *
 * NVIDIA GPUs are "cuda:sm_90a", or "sm_90a" alone; they have no features. A GPU runs code for a
 * lower minor number of its own major one: sm_86 runs sm_80. Names that end in 'a' are for one
 * chip alone, in 'f' for it and later ones of its major number. */
#ifndef HONE_BASE_TARGET_H
#define HONE_BASE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum hone_cpu_feature {
    HONE_CPU_AVX2 = 0,
    HONE_CPU_FMA = 1,
    HONE_CPU_F16C = 2,
    HONE_CPU_AVX512 = 3, /* F, BW, DQ and VL together */
    HONE_CPU_AVX512_VNNI = 4,
    HONE_CPU_AVX512_BF16 = 5,
    HONE_CPU_AVX512_VBMI = 6,
    HONE_CPU_AVX_VNNI = 7,
    HONE_CPU_AVX512_FP16 = 8,
    HONE_CPU_AMX_INT8 = 9,
    HONE_CPU_AMX_BF16 = 10,
    HONE_CPU_DOTPROD = 11, /* of AArch64, which always has NEON; likewise below */
    HONE_CPU_FP16 = 12,
    HONE_CPU_I8MM = 13,
    HONE_CPU_BF16 = 14,
    HONE_CPU_SVE = 15,
    HONE_CPU_V = 16,       /* of RISC-V: vector registers of at least 128 bits */
    HONE_CPU_ZVL256B = 17, /* of at least 256 */
    HONE_CPU_ZVL512B = 18,
    HONE_CPU_FEATURES
};

enum { HONE_TARGET_TEXT_BYTES = 192 };

struct hone_target {
    char family[16];   /* "cpu", "cuda" */
    char arch[16];     /* "x86_64", "sm_90a" */
    uint32_t features; /* bit per enum hone_cpu_feature */
};

/* What default formulas and schedules ask about a machine; 0 = not known, or not of its kind. */
struct hone_machine_facts {
    char model[64]; /* vendor's name for people */
    uint32_t n_cpus;
    uint64_t l1_bytes, l2_bytes, l3_bytes; /* data, per core; L3 as seen by one core */
    /* Of a GPU, whose l2_bytes all multiprocessors share. */
    uint32_t n_sms;
    uint32_t shared_bytes, shared_sm_bytes; /* most of a block that asks for it; of an SM */
    uint32_t regs_sm, threads_sm, blocks_sm;
    uint32_t memory_rate;  /* bytes per nanosecond */
    uint64_t memory_bytes; /* of the device */
};

const char *hone_cpu_feature_name(enum hone_cpu_feature feature);
uint32_t hone_cpu_features_of(const char *arch); /* all that there are, 0 for an unknown one */
/* `found` without those that lack a feature they need. */
uint32_t hone_cpu_features_kept(uint32_t found);

/* This machine. The operating system's saving of wide registers is checked as well. */
void hone_target_detect(struct hone_target *out_target);
void hone_cpu_facts_read(struct hone_machine_facts *out_facts);
/* The model's name says that an emulator runs here: its times mean nothing. */
bool hone_cpu_emulated(const struct hone_machine_facts *facts);

/* NVIDIA's name of a GPU of compute capability major.minor, the form for that chip alone where
 * there is one: "sm_90a" for 9.0; false for one that is not known. */
bool hone_cuda_arch(uint32_t major, uint32_t minor, char out_arch[16]);
/* The compute capability that an arch is named after, 90 for "sm_90a"; 0 for an unknown arch. */
uint32_t hone_cuda_capability(const char *arch);

/* "native" is this machine's CPU; "cpu:x86_64" alone means no optional feature. What a feature
 * needs must be named too: avx512vnni needs avx512, avx512 needs avx2+fma+f16c; a gap is an error.
 * Short: "riscv64+v", a CPU of an architecture that has features here. */
enum hone_status hone_target_parse(const char *text, struct hone_target *out_target,
                                   struct hone_error *err);
void hone_target_format(const struct hone_target *target, char out_text[HONE_TARGET_TEXT_BYTES]);

static inline bool hone_target_has(const struct hone_target *target, enum hone_cpu_feature feature)
{
    return target->features >> feature & 1;
}

/* Code made for `needed` runs on `machine`. */
bool hone_target_runs(const struct hone_target *machine, const struct hone_target *needed);
/* What `machine` lacks of it, in words; "" for nothing. */
void hone_target_lacks(const struct hone_target *machine, const struct hone_target *needed,
                       char out_text[HONE_TARGET_TEXT_BYTES]);

#endif
