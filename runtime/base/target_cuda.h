/* SPDX-License-Identifier: MIT */
/* NVIDIA's architectures by name: which are known, and which machine runs code for which. Private
 * to runtime/base. */
#ifndef HONE_BASE_TARGET_CUDA_H
#define HONE_BASE_TARGET_CUDA_H

#include <stdbool.h>
#include <stddef.h>

/* Both by name; the form of the machine's name says nothing: sm_90 and sm_90a are one chip. False
 * where one is not known. */
bool target_cuda_runs(const char *machine, const char *needed);

/* What a machine must be to run it, "compute capability 8.6 or a later 8.x". */
void target_cuda_wanted(const char *needed, char *out_text, size_t capacity);

/* "sm_75 sm_80 ...", for messages. */
void target_cuda_names(char *out_text, size_t capacity);

#endif
