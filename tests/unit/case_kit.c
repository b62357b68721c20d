/* SPDX-License-Identifier: MIT */
/* The table of calls, and cases made of its rows. */
#include "tests/unit/case_kit.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
const struct row kit_rows[] = {
    {.op = "gemm", .dims = {1, 1}, .formats = "f32 f32 f32", .m = 1},
    {.op = "gemm", .dims = {17, 33}, .formats = "f32 f32/r16 f32", .m = 3},
    {.op = "gemm", .dims = {31, 67}, .formats = "f32 f32/r8 f32", .m = 5, .rows_are_out = true},
    {.op = "gemm", .dims = {16, 37}, .formats = "f32 f16/r16 f32", .m = 2},
    {.op = "gemm", .dims = {15, 37}, .formats = "f32 bf16/r8 f32", .m = 2},
    {.op = "gemm", .dims = {23, 37}, .formats = "bf16 bf16/r16p2 f32", .m = 7},
    {.op = "gemm", .dims = {17, 96}, .formats = "f32 q8_0/r16 f32", .m = 2},
    {.op = "gemm", .dims = {17, 64}, .formats = "q8a q8_0/r8 f32", .m = 3},
    {.op = "gemm", .dims = {33, 96}, .formats = "q8a q4_0/r16 f32", .m = 3},
    {.op = "gemm", .dims = {9, 64}, .formats = "f32 q4_0 f32", .m = 2},
    {.op = "gemm", .dims = {17, 512}, .formats = "q8a q6_k/r16 f32", .m = 2},
    {.op = "gemm", .dims = {5, 256}, .formats = "f32 q6_k/r8 f32", .m = 2},
    {.op = "gemm", .dims = {5, 2048}, .formats = "f32 q8_0/r8 f32", .m = 1},
    {.op = "gemm_add", .dims = {19, 64}, .formats = "q8a q4_0/r8 f32 f32", .m = 3},
    {.op = "gemm_add", .dims = {19, 41}, .formats = "f32 f32/r16 f32 f32",
     .m = 3, .in_place = true},
    {.op = "gemm_silu_mul", .dims = {32, 64}, .formats = "q8a q8_0/r16 q8_0/r16 f32", .m = 3},
    {.op = "gemm_silu_mul", .dims = {64, 64}, .formats = "q8a q4_0/r16 q4_0/r16 q8a", .m = 3},
    {.op = "gemm_silu_mul", .dims = {33, 40}, .formats = "f32 f32 f32 bf16", .m = 2},
    {.op = "gemm_qkv", .dims = {33, 64, 17},
     .formats = "q8a q8_0/r16 q8_0/r16 q8_0/r16 f32 f32 f32", .m = 3},
    {.op = "gemm_qkv", .dims = {9, 37, 16}, .formats = "f32 f16/r8 f32 bf16 f32 f32 f32", .m = 2},
    {.op = "gemm_split", .dims = {19, 801, 3}, .formats = "f32 f32/r16 f32", .m = 3},
    {.op = "gemm_split", .dims = {17, 1280, 2}, .formats = "q8a q4_0/r8 f32", .m = 2},
    {.op = "gemm_split", .dims = {9, 513, 3}, .formats = "bf16 bf16/r16p2 f32", .m = 2},
    {.op = "gemm_combine", .dims = {37, 3}, .formats = "f32 f32", .m = 3},
    {.op = "gemm_combine_add", .dims = {19, 8}, .formats = "f32 f32 f32", .m = 2},
    {.op = "gemm_combine_add", .dims = {19, 2}, .formats = "f32 f32 f32",
     .m = 3, .in_place = true},
    {.op = "rmsnorm", .dims = {96}, .formats = "f32 f32 f32", .m = 5, .attr = 1e-5f},
    {.op = "rmsnorm", .dims = {96}, .formats = "f32 f32 q8a", .m = 5, .attr = 1e-5f},
    {.op = "rmsnorm", .dims = {97}, .formats = "f32 f32 bf16", .m = 5, .attr = 0.1f},
    {.op = "quantize", .dims = {160}, .formats = "f32 q8a", .m = 4},
    {.op = "quantize", .dims = {161}, .formats = "f32 bf16", .m = 4},
    {.op = "silu_mul", .dims = {101}, .formats = "f32 f32 f32", .m = 4},
    {.op = "silu_mul", .dims = {128}, .formats = "f32 f32 q8a", .m = 4},
    {.op = "add", .dims = {101}, .formats = "f32 f32 f32", .m = 4},
    {.op = "add", .dims = {16}, .formats = "f32 f32 f32", .m = 1, .in_place = true},
    {.op = "embed", .dims = {37, 64}, .formats = "q4_0/r16 f32", .m = 5},
    {.op = "embed", .dims = {37, 256}, .formats = "q6_k f32", .m = 5},
    {.op = "embed", .dims = {1, 33}, .formats = "bf16 f32", .m = 2},
    {.op = "gather_rows", .dims = {19}, .formats = "f32 f32", .m = 4, .rows_are_out = true},
    {.op = "dequantize", .dims = {17, 256}, .formats = "q6_k/r16 f32", .m = 1},
    {.op = "dequantize", .dims = {9, 64}, .formats = "q8_0/r8 f32", .m = 1},
    {.op = "rope_append", .dims = {4, 2, 16, 16, 16, 64},
     .formats = "f32 f32 f32 f32 f32/kv f32/kv",
     .m = 5, .n_seqs = 2, .kv_before = 14},
    {.op = "rope_append", .dims = {6, 2, 24, 10, 32, 64},
     .formats = "f32 f32 f32 f32 f16/kv f16/kv",
     .m = 7, .n_seqs = 3, .kv_before = 31},
    {.op = "rope_append", .dims = {2, 2, 8, 8, 16, 64},
     .formats = "f32 f32 f32 f32 bf16/kv bf16/kv",
     .m = 6, .n_seqs = 6, .kv_before = 40},
    {.op = "attention", .dims = {6, 2, 16, 16}, .formats = "f32 f32/kv f32/kv f32", .m = 5,
     .n_seqs = 2, .kv_before = 18, .attr = 0.25f},
    {.op = "attention", .dims = {4, 4, 24, 32}, .formats = "f32 f16/kv f16/kv f32", .m = 4,
     .n_seqs = 4, .kv_before = 37, .attr = 0.2f},
    {.op = "attention", .dims = {8, 4, 8, 16}, .formats = "f32 bf16/kv bf16/kv q8a", .m = 19,
     .n_seqs = 1, .kv_before = 0, .attr = 0.35f},
    {.op = "attention", .dims = {7, 1, 40, 48}, .formats = "f32 bf16/kv bf16/kv bf16", .m = 3,
     .n_seqs = 1, .kv_before = 50, .attr = 0.11f},
    {.op = "attention_split", .dims = {6, 2, 16, 16, 24}, .formats = "f32 f32/kv f32/kv f32 f32",
     .m = 5, .n_seqs = 2, .kv_before = 38, .attr = 0.25f},
    {.op = "attention_split", .dims = {4, 4, 24, 32, 12}, .formats = "f32 f16/kv f16/kv f32 f32",
     .m = 4, .n_seqs = 4, .kv_before = 61, .attr = 0.2f},
    {.op = "attention_combine", .dims = {6, 2, 16, 24}, .formats = "f32 f32 f32", .m = 3},
    {.op = "attention_combine", .dims = {4, 1, 32, 12}, .formats = "f32 f32 q8a", .m = 3},
    {.op = "attention_combine", .dims = {3, 1, 24, 6}, .formats = "f32 f32 bf16", .m = 3},
    {.op = "gemm", .dims = {17, 96}, .formats = "q8r i8/r16 f32", .m = 3},
    {.op = "gemm_add", .dims = {9, 64}, .formats = "q8r i8/r8 f32 f32", .m = 2},
    {.op = "quantize", .dims = {160}, .formats = "f32 q8r", .m = 4},
};
/* clang-format on */

const int n_kit_rows = sizeof kit_rows / sizeof *kit_rows;

struct hone_case_spec kit_spec(const struct row *row, enum hone_family family)
{
    bool listed = row >= kit_rows && row < kit_rows + n_kit_rows;
    uint64_t seed = 20 + (listed ? (uint64_t)(row - kit_rows) : 0);
    struct hone_case_spec spec = {.m = row->m,
                                  .n_seqs = row->n_seqs,
                                  .kv_before = row->kv_before,
                                  .family = family,
                                  .seed = seed,
                                  .in_place = row->in_place};
    struct hone_problem *problem = &spec.call.problem;
    char names[128], *rest = names;
    problem->op = hone_op_find(row->op);
    assert_non_null(problem->op);
    memcpy(problem->dims, row->dims, sizeof problem->dims);
    problem->attrs[0] = row->attr;
    problem->rows_are_out = row->rows_are_out;
    snprintf(names, sizeof names, "%s", row->formats);
    for (uint32_t i = 0; i < problem->op->n_operands; i++) {
        spec.call.formats[i] = hone_format_find(strsep(&rest, " "));
        assert_non_null(spec.call.formats[i]);
        problem->types[i] = spec.call.formats[i]->type;
    }
    return spec;
}

const struct row *kit_find(const char *op, const char *formats)
{
    for (int i = 0; i < n_kit_rows; i++)
        if (strcmp(kit_rows[i].op, op) == 0 && strcmp(kit_rows[i].formats, formats) == 0)
            return &kit_rows[i];
    fail_msg("no row %s %s", op, formats);
    return NULL;
}

struct hone_case *kit_case(const struct hone_case_spec *spec)
{
    struct hone_case *c;
    struct hone_error err = {0};
    if (hone_case_create(spec, &c, &err) != HONE_OK) fail_msg("%s", err.text);
    return c;
}

int kit_child_signal(const struct hone_case *c, const struct hone_case_spec *spec,
                     enum sabotage sabotage, const uint8_t *read_at)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        if (read_at) _exit(*(const volatile uint8_t *)read_at == 77 ? 1 : 0);
        naive_run(c, spec, sabotage);
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
