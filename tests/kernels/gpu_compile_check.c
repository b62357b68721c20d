/* SPDX-License-Identifier: MIT */
/* Compiles every search space of GPUs for a list of chips: texts that NVRTC takes, defaults that
 * stay in registers. Runs nothing; skipped where NVRTC is absent. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/kernel.h"
#include "tests/kernels/problems.h"

enum { EXIT_SKIPPED = 77, MAX_ARCHS = 32, MAX_POINTS = 64 };

struct options {
    const char *archs[MAX_ARCHS], *space, *data_dir;
    size_t n_archs, n_problems, n_points;
    uint64_t seed;
};

/* Of one space on one chip. */
struct counts {
    uint32_t n_texts, n_failed, n_local; /* points, not defaults, that use local memory */
    uint32_t most_registers, most_shared;
};

struct check {
    struct hone_kernels *kernels;
    const struct hone_space *space;
    const struct hone_problem *problem;
    struct counts *counts;
};

static void report(const struct check *c, const struct hone_config *config, const char *message)
{
    char text[HONE_CONFIG_TEXT_BYTES] = "default", line[512], target[HONE_TARGET_TEXT_BYTES];
    if (config) hone_config_print(c->space, config, text);
    problem_print(c->problem, sizeof line, line);
    hone_target_format(hone_kernels_target(c->kernels), target);
    printf("FAILED %s on %s, %s, %s: %s\n", c->space->name, target, line, text, message);
    c->counts->n_failed++;
}

static void take_facts(const struct check *c, const struct hone_config *config,
                       const struct hone_static_facts *facts)
{
    char message[160];
    struct counts *counts = c->counts;
    bool is_local = facts->n_vector_spills || facts->stack_bytes;
    counts->n_texts++;
    counts->n_local += is_local && config;
    if (facts->n_registers > counts->most_registers) counts->most_registers = facts->n_registers;
    if (facts->shared_bytes > counts->most_shared) counts->most_shared = facts->shared_bytes;
    if (!is_local || config) return;
    snprintf(message, sizeof message,
             "%u registers, %u loads and stores of %u bytes of local memory", facts->n_registers,
             facts->n_vector_spills, facts->stack_bytes);
    report(c, config, message);
}

/* `config` NULL: the default. */
static void check_config(const struct check *c, const struct hone_config *config)
{
    struct hone_variant variant;
    const struct hone_binary *binary;
    struct hone_error err = {0};
    if (hone_kernels_variant(c->kernels, c->space, c->problem, config, &variant, &err) != HONE_OK) {
        report(c, config, err.text);
        return;
    }
    if (hone_kernels_compile(c->kernels, &variant, &binary, &err) == HONE_OK)
        take_facts(c, config, &binary->facts);
    else
        report(c, config, err.text);
    hone_variant_release(&variant);
}

static void check_points(const struct check *c, const struct options *options)
{
    static struct hone_config points[MAX_POINTS];
    struct hone_env env;
    struct hone_error err = {0};
    size_t n = 0;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(c->kernels, c->problem, &env, &err);
    if (status == HONE_OK)
        status =
            hone_space_sample(c->space, &env, options->seed, options->n_points, points, &n, &err);
    hone_env_release(&env);
    if (status != HONE_OK) report(c, NULL, err.text);
    for (size_t i = 0; i < n; i++) check_config(c, &points[i]);
}

static bool applies(const struct check *c)
{
    const struct hone_space *spaces[64];
    size_t n = 0;
    if (strcmp(c->space->op, c->problem->op->name) != 0) return false;
    if (hone_kernels_applicable(c->kernels, c->problem, 64, spaces, &n, NULL) != HONE_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (spaces[i] == c->space) return true;
    return false;
}

/* Up to n_problems of those that the space applies to, spread over the list. */
static uint32_t check_space(struct hone_kernels *kernels, const struct hone_space *space,
                            const char *arch, const struct problem_list *problems,
                            const struct options *options)
{
    struct counts counts = {0};
    struct check c = {.kernels = kernels, .space = space, .counts = &counts};
    size_t n = 0, at = 0, *found = calloc(problems->n_items + 1, sizeof *found);
    if (!found) return 1;
    for (size_t i = 0; i < problems->n_items; i++) {
        c.problem = &problems->items[i];
        if (applies(&c)) found[n++] = i;
    }
    for (size_t i = 0; i < options->n_problems && at < n; i++) {
        c.problem = &problems->items[found[at]];
        check_config(&c, NULL);
        if (i == 0 && options->n_points) check_points(&c, options);
        at += n > options->n_problems ? n / options->n_problems : 1;
    }
    free(found);
    if (n == 0)
        printf("%-28s %-14s left out: solves no problem of the list here\n", space->name, arch);
    else
        printf("%-28s %-14s %3u texts of %3zu problems, up to %3u registers and %6u bytes shared, "
               "%u in local memory, %u failed\n",
               space->name, arch, counts.n_texts, n, counts.most_registers, counts.most_shared,
               counts.n_local, counts.n_failed);
    fflush(stdout);
    return counts.n_failed;
}

static int check_arch(const char *arch, const struct problem_list *problems,
                      const struct options *options)
{
    struct hone_target target;
    struct hone_kernels *kernels;
    struct hone_error err = {0};
    const char *folder = getenv("HONE_BIN"), *version;
    char worker[4096];
    snprintf(worker, sizeof worker, "%s/hone-compile-worker", folder ? folder : "bin");
    const char *const command[] = {worker, NULL};
    struct hone_kernels_options kernels_options = {.struct_size = sizeof kernels_options,
                                                   .data_dir = options->data_dir,
                                                   .target = &target,
                                                   .compile_command = command};
    if (hone_target_parse(arch, &target, &err) != HONE_OK ||
        hone_kernels_open(&kernels_options, &kernels, &err) != HONE_OK) {
        printf("FAILED %s: %s\n", arch, err.text);
        return EXIT_FAILURE;
    }
    uint32_t n_failed = 0, n_spaces = 0;
    int result = EXIT_SKIPPED;
    if (hone_kernels_compiler(kernels, &version, &err) == HONE_OK) {
        const struct hone_space_list *spaces = hone_kernels_spaces(kernels);
        for (size_t i = 0; i < spaces->n_spaces; i++) {
            const struct hone_space *space = spaces->spaces[i];
            if (options->space && strcmp(options->space, space->name) != 0) continue;
            if (!hone_kernels_takes(kernels, space)) continue;
            n_spaces++;
            n_failed += check_space(kernels, space, arch, problems, options);
        }
        result = n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
        if (!n_spaces) printf("FAILED no such space of family gpu\n"), result = EXIT_FAILURE;
    } else {
        printf("skipped: %s\n", err.text);
    }
    hone_kernels_close(kernels);
    return result;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"arch", required_argument, NULL, 'a'},     {"space", required_argument, NULL, 's'},
        {"problems", required_argument, NULL, 'p'}, {"points", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 'r'},     {0}};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'a':
            if (o->n_archs == MAX_ARCHS) return false;
            o->archs[o->n_archs++] = optarg;
            break;
        case 's': o->space = optarg; break;
        case 'p': o->n_problems = strtoul(optarg, NULL, 10); break;
        case 'n': o->n_points = strtoul(optarg, NULL, 10); break;
        case 'r': o->seed = strtoull(optarg, NULL, 10); break;
        default: return false;
        }
    }
    return optind == argc && o->n_points <= MAX_POINTS && o->n_problems > 0;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"sm_80", "sm_90a"};
    const char *source = getenv("HONE_SOURCE");
    struct options o = {.data_dir = source ? source : ".", .n_problems = 2, .seed = 1};
    struct problem_list problems = {0};
    struct hone_error err = {0};
    if (!read_options(argc, argv, &o)) {
        fprintf(stderr, "usage: gpu_compile_check [--arch sm_90a]... [--space NAME] [--problems N] "
                        "[--points N] [--seed N]\n");
        return 2;
    }
    if (!o.n_archs) {
        o.n_archs = sizeof usual / sizeof *usual;
        memcpy(o.archs, usual, sizeof usual);
    }
    if (problems_all(&problems, &err) != HONE_OK) {
        printf("FAILED %s\n", err.text);
        return EXIT_FAILURE;
    }
    int result = EXIT_SKIPPED;
    for (size_t i = 0; i < o.n_archs; i++) {
        int one = check_arch(o.archs[i], &problems, &o);
        if (one != EXIT_SKIPPED && result != EXIT_FAILURE) result = one;
    }
    problems_free(&problems);
    return result;
}
