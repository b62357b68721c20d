/* SPDX-License-Identifier: MIT */
/* Best and median time of each config on one thread. */
#include "tests/kernels/variant_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kernels/variant_check.h"

struct timing {
    double best, median, n_bytes, n_operations;
    uint32_t n_spills;
};

enum { MAX_SAMPLES = 100000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t weight_bytes(const struct hone_variant *variant)
{
    uint64_t sum = 0, n_bytes;
    const struct hone_problem *problem = &variant->call.problem;
    for (uint32_t i = 0; i < problem->op->n_operands; i++) {
        if (problem->op->operands[i].role != HONE_ROLE_WEIGHT) continue;
        if (hone_format_bytes(variant->call.formats[i], hone_operand_rows(problem, i, 1, 1),
                              hone_operand_cols(problem, i), &n_bytes, NULL) == HONE_OK)
            sum += n_bytes;
    }
    return sum;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run_case(const struct hone_variant *variant, const struct loaded_variant *loaded,
                     const struct hone_case *c, uint32_t n_copies, double seconds,
                     struct timing *timing)
{
    static double samples[MAX_SAMPLES];
    uint32_t n_blocks = variant_blocks(variant, c), copy = 0;
    size_t n = 0;
    double end = now() + seconds;
    do {
        double start = now();
        loaded->kernel(hone_case_args(c, copy), 0, n_blocks, loaded->scratch);
        samples[n++] = now() - start;
        copy = (copy + 1) % n_copies;
    } while (n < MAX_SAMPLES && (now() < end || n < n_copies));
    qsort(samples, n, sizeof *samples, ascending);
    timing->best = samples[0];
    timing->median = samples[n / 2];
}

static enum hone_status time_config(struct hone_kernels *kernels, const struct hone_space *space,
                                    const struct hone_problem *problem,
                                    const struct hone_config *config,
                                    const struct bench_options *options, struct timing *out_timing,
                                    struct hone_error *err)
{
    struct hone_variant variant;
    const struct hone_binary *binary;
    struct loaded_variant loaded = {0};
    struct hone_case *c = NULL;
    HONE_TRY(hone_kernels_variant(kernels, space, problem, config, &variant, err));
    uint64_t n_bytes = weight_bytes(&variant);
    uint32_t n_copies = n_bytes ? (uint32_t)(options->cold_bytes / n_bytes) + 1 : 1;
    struct hone_case_spec spec = {
        .call = variant.call,
        .m = problem->m,
        .n_seqs = 1,
        .kv_before = problem->context > problem->m ? problem->context - problem->m : 0,
        .family = HONE_FAMILY_NORMAL,
        .seed = options->seed,
        .n_copies = n_copies};
    enum hone_status status = hone_kernels_compile(kernels, &variant, &binary, err);
    if (status == HONE_OK)
        status = variant_load(binary, variant.launch.scratch_bytes, &loaded, err);
    if (status == HONE_OK) status = hone_case_create(&spec, &c, err);
    if (status == HONE_OK) {
        run_case(&variant, &loaded, c, n_copies, options->seconds, out_timing);
        out_timing->n_bytes = problem->op->bytes(problem, problem->m);
        out_timing->n_operations = problem->op->operations(problem, problem->m);
        out_timing->n_spills = binary->facts.n_vector_spills;
    }
    hone_case_destroy(c);
    variant_unload(&loaded);
    hone_variant_release(&variant);
    return status;
}

static void print_line(const char *text, const struct timing *t)
{
    printf("%10.1f us %10.1f us median %7.1f GB/s %8.1f GOP/s %4u spills  %s\n", t->best * 1e6,
           t->median * 1e6, t->n_bytes / t->median * 1e-9, t->n_operations / t->best * 1e-9,
           t->n_spills, text);
    fflush(stdout);
}

static enum hone_status bench_all(struct hone_kernels *kernels, const struct hone_space *space,
                                  const struct hone_problem *problem,
                                  const struct bench_options *options,
                                  const struct hone_config *configs, size_t n_configs,
                                  struct hone_error *err)
{
    struct timing best = {.best = 1e30};
    char best_text[HONE_CONFIG_TEXT_BYTES] = "", text[HONE_CONFIG_TEXT_BYTES];
    for (size_t i = 0; i < n_configs; i++) {
        struct timing timing;
        hone_config_print(space, &configs[i], text);
        HONE_TRY(time_config(kernels, space, problem, &configs[i], options, &timing, err));
        print_line(text, &timing);
        if (timing.best >= best.best) continue;
        best = timing;
        memcpy(best_text, text, sizeof text);
    }
    if (n_configs > 1) printf("best:\n"), print_line(best_text, &best);
    return HONE_OK;
}

enum hone_status variant_bench(struct hone_kernels *kernels, const struct hone_space *space,
                               const struct hone_problem *problem,
                               const struct bench_options *options, struct hone_error *err)
{
    struct hone_env env;
    size_t n_configs = 1, n_more = 0;
    struct hone_config *configs = calloc(options->n_points + 1, sizeof *configs);
    if (!configs) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for configs");
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    if (status == HONE_OK && options->config)
        status = hone_config_parse(space, options->config, &configs[0], err);
    else if (status == HONE_OK)
        status = hone_space_default(space, &env, &configs[0], err);
    if (status == HONE_OK && !options->config && options->n_points)
        status = hone_space_sample(space, &env, options->seed, options->n_points, configs + 1,
                                   &n_more, err);
    if (status == HONE_OK)
        status = bench_all(kernels, space, problem, options, configs, n_configs + n_more, err);
    hone_env_release(&env);
    free(configs);
    return status;
}
