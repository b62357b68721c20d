/* SPDX-License-Identifier: MIT */
/* Kernels on matrix tiles, as they are compiled for a processor that has them: every template's
 * text becomes a blob with the tile instructions in it, and nothing takes such a kernel untimed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/graph/candidates.h"
#include "codegen/kernel.h"
#include "tests/kernels/problems.h"

enum { EXIT_SKIPPED = 77, N_POINTS = 6, MAX_SPACES = 16 };

static const char machine[] =
    "cpu:x86_64:avx2+fma+f16c+avx512+avx512vnni+avx512bf16+avx512fp16+amxint8+amxbf16";
static const char *const always[] = {"ldtilecfg", "tilezero", "tileloadd", "tilestored",
                                     "tilerelease"};

static bool on_tiles(const struct hone_space *space)
{
    return strncmp(space->name, "gemm_tiles_", 11) == 0;
}

static enum hone_status check_assembly(const struct hone_space *space, const char *assembly,
                                       struct hone_error *err)
{
    const char *product = strstr(space->name, "bf16") ? "tdpbf16ps" : "tdpbsud";
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!strstr(assembly, always[i]))
            return hone_fail(err, HONE_ERR_WRONG, "no %s in the assembly", always[i]);
    if (!strstr(assembly, product))
        return hone_fail(err, HONE_ERR_WRONG, "no %s in the assembly", product);
    return HONE_OK;
}

static enum hone_status check_config(struct hone_kernels *kernels, const struct hone_space *space,
                                     const struct hone_problem *problem,
                                     const struct hone_config *config, struct hone_error *err)
{
    struct hone_variant variant;
    struct hone_binary assembled;
    const struct hone_binary *binary;
    HONE_TRY(hone_kernels_variant(kernels, space, problem, config, &variant, err));
    enum hone_status status = hone_kernels_compile(kernels, &variant, &binary, err);
    if (status == HONE_OK) status = hone_kernels_assemble(kernels, &variant, &assembled, err);
    hone_variant_release(&variant);
    if (status != HONE_OK) return status;
    status = check_assembly(space, assembled.assembly, err);
    hone_binary_release(&assembled);
    return status;
}

static enum hone_status check_space(struct hone_kernels *kernels, const struct hone_space *space,
                                    const struct hone_problem *problem, uint32_t *n_variants,
                                    struct hone_error *err)
{
    struct hone_config configs[N_POINTS];
    struct hone_env env;
    size_t n = 0;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    if (status == HONE_OK) status = hone_space_sample(space, &env, 1, N_POINTS, configs, &n, err);
    hone_env_release(&env);
    if (status == HONE_OK) status = check_config(kernels, space, problem, NULL, err);
    for (size_t i = 0; i < n && status == HONE_OK; i++)
        status = check_config(kernels, space, problem, &configs[i], err);
    *n_variants += (uint32_t)n + 1;
    return status;
}

/* Without times in a store, lowering knows the defaults of other spaces only. */
static enum hone_status check_untimed(struct hone_candidate_cache *cache,
                                      const struct hone_problem *problem, struct hone_error *err)
{
    const struct hone_candidates *set;
    HONE_TRY(hone_candidates_of(cache, problem, &set, err));
    if (!set->n_items) return hone_fail(err, HONE_ERR_WRONG, "no candidate");
    for (uint32_t i = 0; i < set->n_items; i++)
        if (on_tiles(set->items[i].variant.space))
            return hone_fail(err, HONE_ERR_WRONG, "%s is taken untimed",
                             set->items[i].variant.space->name);
    return HONE_OK;
}

static enum hone_status check_problem(struct hone_kernels *kernels,
                                      struct hone_candidate_cache *cache,
                                      const struct hone_problem *problem, uint32_t *n_variants,
                                      struct hone_error *err)
{
    const struct hone_space *spaces[MAX_SPACES];
    size_t n_spaces;
    HONE_TRY(hone_kernels_applicable(kernels, problem, MAX_SPACES, spaces, &n_spaces, err));
    for (size_t i = 0; i < n_spaces; i++) {
        if (!on_tiles(spaces[i])) continue;
        enum hone_status status = check_space(kernels, spaces[i], problem, n_variants, err);
        if (status == HONE_OK) status = check_untimed(cache, problem, err);
        if (status != HONE_OK) return hone_fail_in(err, status, "%s", spaces[i]->name);
    }
    return HONE_OK;
}

static enum hone_status run(const char *source, const char *worker, uint32_t *n_variants,
                            bool *out_skipped, struct hone_error *err)
{
    const char *const command[] = {worker, NULL};
    struct hone_target target;
    struct hone_kernels *kernels;
    struct hone_candidate_cache *cache = NULL;
    struct problem_list problems = {0};
    const char *version;
    HONE_TRY(hone_target_parse(machine, &target, err));
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source,
                                           .target = &target,
                                           .compile_command = command,
                                           .compile_seconds = 120};
    HONE_TRY(hone_kernels_open(&options, &kernels, err));
    enum hone_status status = problems_all(&problems, err);
    *out_skipped = hone_kernels_compiler(kernels, &version, err) != HONE_OK;
    if (status == HONE_OK && !*out_skipped)
        status = hone_candidate_cache_open(kernels, NULL, &cache, err);
    for (size_t i = 0; cache && i < problems.n_items && status == HONE_OK; i++)
        status = check_problem(kernels, cache, &problems.items[i], n_variants, err);
    hone_candidate_cache_close(cache);
    problems_free(&problems);
    hone_kernels_close(kernels);
    return status;
}

int main(void)
{
    const char *source = getenv("HONE_SOURCE"), *folder = getenv("HONE_BIN");
    struct hone_error err = {0};
    uint32_t n_variants = 0;
    bool is_skipped = false;
    char worker[4096];
    snprintf(worker, sizeof worker, "%s/hone-compile-worker", folder ? folder : "bin");
    enum hone_status status = run(source ? source : ".", worker, &n_variants, &is_skipped, &err);
    if (status == HONE_OK && is_skipped) {
        printf("skipped: %s\n", err.text);
        return EXIT_SKIPPED;
    }
    if (status != HONE_OK) printf("FAILED %s\n", err.text);
    printf("%u variants on matrix tiles compiled\n", n_variants);
    return status != HONE_OK || !n_variants;
}
