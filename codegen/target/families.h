/* SPDX-License-Identifier: MIT */
/* The target families that are built in. */
#ifndef HONE_CODEGEN_TARGET_FAMILIES_H
#define HONE_CODEGEN_TARGET_FAMILIES_H

#include "codegen/target/target.h"

extern const struct hone_codegen_target hone_codegen_target_cpu;
extern const struct hone_codegen_target hone_codegen_target_cuda;

/* What a core of that level does in one cycle, as facts (ports.c): fma_ports, dot_ports,
 * load_ports, alu_ports, fma_latency; l2_rate, l3_rate, memory_rate in bytes. */
enum hone_status target_ports(const char *isa, struct hone_env *env, struct hone_error *err);

#endif
