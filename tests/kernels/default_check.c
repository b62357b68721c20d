/* SPDX-License-Identifier: MIT */
/* The default of every space must be a listed, valid config for any machine and any problem it
 * applies to: many CPU counts, matrix sizes and ranges of rows, no compiler needed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/kernel.h"
#include "tests/kernels/problems.h"

enum { MAX_SPACES = 16, MAX_SHOWN = 20, A_GPU = 0x7fff };

static const char *const targets[] = {
    "cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni+avx512bf16+avx512fp16+amxint8+amxbf16",
    "cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni+avx512bf16+avx512fp16",
    "cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni+avx512bf16",
    "cpu:x86_64:avx2+fma+f16c+avx512",
    "cpu:x86_64:avx2+fma+f16c",
    "cpu:x86_64",
};
/* Whose facts are those of the chip. */
static const char *const gpus[] = {"cuda:sm_75", "cuda:sm_90a", "cuda:sm_120a"};
static const uint32_t cpu_counts[] = {0, 1, 2, 7, 256};
static const uint32_t n_sizes[] = {1, 48, 100, 288, 768, 2048, 32000};
static const struct {
    uint32_t m_min, m, m_max;
} rows[] = {{1, 1, 1},    {2, 3, 4},      {5, 6, 8},      {9, 11, 16},
            {17, 33, 64}, {65, 512, 512}, {65, 509, 512}, {1, 64, 4096}};

struct counts {
    unsigned long n_defaults, n_bad;
};

/* The default with what it is expected to cost, for spaces that say so. */
static enum hone_status check_default(const struct hone_kernels *kernels,
                                      const struct hone_space *space,
                                      const struct hone_problem *problem, struct hone_error *err)
{
    struct hone_variant variant;
    struct hone_env env;
    double cost;
    HONE_TRY(hone_kernels_launch(kernels, space, problem, NULL, &variant, err));
    bool is_sampled = hone_kernels_facts(kernels)->n_cpus % 7 == 0; /* 0 and 7: it takes as long */
    if (!space->n_cost || !is_sampled) return HONE_OK;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    if (status == HONE_OK) status = hone_space_cost(space, &env, &variant.config, &cost, err);
    hone_env_release(&env);
    return status;
}

static void check_problem(const struct hone_kernels *kernels, const char *target,
                          const struct hone_problem *problem, struct counts *counts)
{
    const struct hone_space *spaces[MAX_SPACES];
    struct hone_error err = {0};
    size_t n_spaces;
    char line[512];
    if (hone_kernels_applicable(kernels, problem, MAX_SPACES, spaces, &n_spaces, &err) != HONE_OK) {
        counts->n_bad++;
        printf("FAILED %s\n", err.text);
        return;
    }
    for (size_t i = 0; i < n_spaces; i++) {
        counts->n_defaults++;
        if (check_default(kernels, spaces[i], problem, &err) == HONE_OK) continue;
        problem_print(problem, sizeof line, line);
        if (counts->n_bad++ < MAX_SHOWN)
            printf("FAILED %s, %u CPUs, rows %u..%u: %s: %s\n", target,
                   hone_kernels_facts(kernels)->n_cpus, problem->m_min, problem->m_max, line,
                   err.text);
    }
}

static void check_sizes(const struct hone_kernels *kernels, const char *target,
                        const struct hone_problem *base, struct counts *counts)
{
    int n_dim = hone_op_dim(base->op, "n");
    size_t n_n = n_dim < 0 ? 1 : sizeof n_sizes / sizeof *n_sizes;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t i = 0; i < n_n; i++) {
            struct hone_problem problem = *base;
            if (n_dim >= 0) problem.dims[n_dim] = n_sizes[i];
            problem.m = rows[r].m;
            problem.m_min = rows[r].m_min;
            problem.m_max = rows[r].m_max;
            check_problem(kernels, target, &problem, counts);
        }
}

static enum hone_status check_machine(const char *text, uint32_t n_cpus,
                                      const struct problem_list *problems, struct counts *counts,
                                      struct hone_error *err)
{
    const char *source = getenv("HONE_SOURCE");
    struct hone_machine_facts facts = {.n_cpus = n_cpus, .l1_bytes = 32768, .l2_bytes = 1 << 20};
    struct hone_target target;
    struct hone_kernels *kernels;
    HONE_TRY(hone_target_parse(text, &target, err));
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source ? source : ".",
                                           .target = &target,
                                           .facts = n_cpus == A_GPU ? NULL : &facts};
    HONE_TRY(hone_kernels_open(&options, &kernels, err));
    for (size_t i = 0; i < problems->n_items; i++)
        check_sizes(kernels, text, &problems->items[i], counts);
    hone_kernels_close(kernels);
    return HONE_OK;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : ""; /* targets with this in their names */
    struct problem_list problems = {0};
    struct counts counts = {0};
    struct hone_error err = {0};
    enum hone_status status = problems_all(&problems, &err);
    for (size_t t = 0; status == HONE_OK && t < sizeof targets / sizeof *targets; t++)
        for (size_t c = 0; status == HONE_OK && c < sizeof cpu_counts / sizeof *cpu_counts; c++)
            if (strstr(targets[t], only))
                status = check_machine(targets[t], cpu_counts[c], &problems, &counts, &err);
    for (size_t g = 0; status == HONE_OK && g < sizeof gpus / sizeof *gpus; g++)
        if (strstr(gpus[g], only)) status = check_machine(gpus[g], A_GPU, &problems, &counts, &err);
    problems_free(&problems);
    if (status != HONE_OK) printf("FAILED %s\n", err.text);
    printf("%lu defaults, %lu failed\n", counts.n_defaults, counts.n_bad);
    return status != HONE_OK || counts.n_bad || !counts.n_defaults;
}
