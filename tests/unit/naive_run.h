/* SPDX-License-Identifier: MIT */
/* What the files of plain kernels share: a call's arguments by name, rows read and written. */
#ifndef HONE_TESTS_NAIVE_RUN_H
#define HONE_TESTS_NAIVE_RUN_H

#include "tests/unit/naive_kernels.h"

struct run {
    const struct hone_case_spec *spec;
    const uint64_t *slots;
    enum sabotage sabotage;
};

void *naive_pointer(const struct run *r, const char *name);
uint64_t naive_number(const struct run *r, const char *name);
uint32_t naive_rows(const struct run *r);
const struct hone_format *naive_format(const struct run *r, const char *name);
void naive_read_row(const struct run *r, const char *name, uint64_t rows, uint64_t cols,
                    uint64_t row, float *out);
/* A finished f32 row into any activation format. */
void naive_write_row(const struct run *r, const char *name, uint64_t cols, uint64_t row,
                     const float *values);
/* The ways of being wrong that any output can have. */
void naive_damage_output(const struct run *r, const char *name, uint64_t rows, uint64_t cols);
float naive_silu(float value);

/* naive_gemm.c */
void naive_run_gemm(const struct run *r);
void naive_run_gemm_qkv(const struct run *r);
void naive_run_gemm_split(const struct run *r);
void naive_run_gemm_combine(const struct run *r);

#endif
