/* SPDX-License-Identifier: MIT */
/* The row of the compiler table that stands for LLVM. */
#ifndef HONE_COMPILE_LLVM_H
#define HONE_COMPILE_LLVM_H

#include "codegen/compile/compile.h"

enum hone_status llvm_version(char *out_text, size_t capacity, struct hone_error *err);
enum hone_status llvm_compile(const struct hone_compile_job *job, struct hone_binary *out_binary,
                              struct hone_error *err);

#endif
