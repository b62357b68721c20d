/* SPDX-License-Identifier: MIT */
/* The row of the compiler table that stands for NVRTC. */
#ifndef HONE_COMPILE_NVRTC_H
#define HONE_COMPILE_NVRTC_H

#include "codegen/compile/compile.h"

enum hone_status nvrtc_version(char *out_text, size_t capacity, struct hone_error *err);

/* Error messages begin with "line N: " where a line of the source is to blame. */
enum hone_status nvrtc_compile(const struct hone_compile_job *job, struct hone_binary *out_binary,
                               struct hone_error *err);

#endif
