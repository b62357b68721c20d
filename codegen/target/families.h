/* SPDX-License-Identifier: MIT */
/* The target families that are built in. */
#ifndef HONE_CODEGEN_TARGET_FAMILIES_H
#define HONE_CODEGEN_TARGET_FAMILIES_H

#include "codegen/target/target.h"

extern const struct hone_codegen_target hone_codegen_target_cpu;

#endif
