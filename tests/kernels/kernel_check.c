/* SPDX-License-Identifier: MIT */
/* Checks every search space: default, sampled points and corners, on each instruction-set level
 * this machine runs. See README.md for the options. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kernels/problems.h"
#include "tests/kernels/variant_bench.h"
#include "tests/kernels/variant_check.h"
#include "tuner/split.h"

enum { EXIT_SKIPPED = 77, MAX_TARGETS = 8, MAX_CONFIGS = 512, MAX_SPACES = 32 };

struct options {
    const char *space, *config, *problem, *data_dir, *runner;
    const char *targets[MAX_TARGETS];
    size_t n_targets, n_points, n_few;
    size_t n_problems; /* of a space, spread over those it serves and drawn by the seed; 0: all */
    uint32_t n_cpus;   /* taken for the machine's; 0: its own */
    bool bench, source, short_run;
    struct variant_place place;
    struct bench_options timing;
    uint64_t seed;
};

struct counts {
    uint32_t n_variants, n_cases, n_failed;
};

static const char *const all_targets[] = {
    "native",
    "cpu:x86_64:avx2+fma+f16c+avx512",
    "cpu:x86_64:avx2+fma+f16c+avxvnni",
    "cpu:x86_64:avx2+fma+f16c",
    "cpu:x86_64",
};

static void report(const struct hone_space *space, const struct hone_problem *problem,
                   const struct hone_config *config, const char *message)
{
    char text[HONE_CONFIG_TEXT_BYTES] = "default", line[512];
    if (config) hone_config_print(space, config, text);
    problem_print(problem, sizeof line, line);
    printf("FAILED %s --problem \"%s\" --config \"%s\": %s\n", space->name, line, text, message);
    fflush(stdout);
}

static bool known(const struct hone_config *configs, size_t n, const struct hone_config *config)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&configs[i], config, sizeof *config) == 0) return true;
    return false;
}

/* The default, n sampled points and, when asked for, the corners; each once. */
static enum hone_status choose(const struct hone_space *space, const struct hone_env *env,
                               const struct options *options, bool in_full,
                               struct hone_config configs[MAX_CONFIGS], size_t *out_n,
                               struct hone_error *err)
{
    static struct hone_config more[MAX_CONFIGS];
    size_t n = 1, n_more = 0, n_points = in_full ? options->n_points : options->n_few;
    if (options->config) {
        *out_n = 1;
        return hone_config_parse(space, options->config, configs, err);
    }
    HONE_TRY(hone_space_default(space, env, configs, err));
    if (n_points)
        HONE_TRY(hone_space_sample(space, env, options->seed, n_points, more, &n_more, err));
    for (size_t i = 0; i < n_more; i++)
        if (!known(configs, n, &more[i])) configs[n++] = more[i];
    n_more = 0;
    if (in_full && !options->short_run)
        HONE_TRY(hone_space_corners(space, env, more, &n_more, err));
    for (size_t i = 0; i < n_more; i++)
        if (!known(configs, n, &more[i])) configs[n++] = more[i];
    *out_n = n;
    return HONE_OK;
}

static void print_source(struct hone_kernels *kernels, const struct hone_space *space,
                         const struct hone_problem *problem, const struct hone_config *config)
{
    struct hone_variant variant;
    struct hone_binary binary;
    if (hone_kernels_variant(kernels, space, problem, config, &variant, NULL) != HONE_OK) return;
    fwrite(variant.source, 1, variant.n_source_bytes, stdout);
    if (hone_kernels_assemble(kernels, &variant, &binary, NULL) == HONE_OK) {
        fputs(binary.assembly, stdout);
        hone_binary_release(&binary);
    }
    hone_variant_release(&variant);
}

static void check_problem(struct hone_kernels *kernels, const struct hone_space *space,
                          const struct hone_problem *problem, const struct options *options,
                          bool in_full, struct counts *counts)
{
    static struct hone_config configs[MAX_CONFIGS];
    struct hone_error err = {0};
    struct hone_env env;
    size_t n = 0;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, &err);
    if (status == HONE_OK) status = choose(space, &env, options, in_full, configs, &n, &err);
    hone_env_release(&env);
    if (status != HONE_OK) {
        report(space, problem, NULL, err.text);
        counts->n_failed++;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (options->source) print_source(kernels, space, problem, &configs[i]);
        counts->n_variants++;
        if (variant_check(kernels, space, problem, &configs[i], options->seed + i, &options->place,
                          &counts->n_cases, &err) == HONE_OK)
            continue;
        report(space, problem, &configs[i], err.text);
        counts->n_failed++;
    }
}

static bool applies(const struct hone_kernels *kernels, const struct hone_space *space,
                    const struct hone_problem *problem)
{
    const struct hone_space *spaces[MAX_SPACES];
    size_t n = 0;
    if (strcmp(space->op, problem->op->name) != 0) return false;
    if (hone_kernels_applicable(kernels, problem, MAX_SPACES, spaces, &n, NULL) != HONE_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (spaces[i] == space) return true;
    return false;
}

static uint32_t run_space(struct hone_kernels *kernels, const struct hone_space *space,
                          const char *target, const struct problem_list *problems,
                          const struct options *options)
{
    struct counts counts = {0};
    struct hone_error err = {0};
    size_t n_problems = 0, n_served = 0, stride = 1;
    if (options->n_problems) {
        for (size_t i = 0; i < problems->n_items; i++)
            n_served += applies(kernels, space, &problems->items[i]);
        stride = (n_served + options->n_problems - 1) / options->n_problems;
        n_served = 0;
    }
    for (size_t i = 0; i < problems->n_items; i++) {
        const struct hone_problem *problem = &problems->items[i];
        if (!applies(kernels, space, problem)) continue;
        if (stride > 1 && (n_served++ + options->seed) % stride != 0) continue;
        if (options->bench) {
            if (variant_bench(kernels, space, problem, &options->timing, &err) == HONE_OK) continue;
            report(space, problem, NULL, err.text);
            counts.n_failed++;
        } else {
            check_problem(kernels, space, problem, options, n_problems == 0, &counts);
        }
        n_problems++;
    }
    if (options->bench) return counts.n_failed;
    if (!n_problems && options->short_run) {
        printf("%-20s %-36s left out: not for this target\n", space->name, target);
        return 0;
    }
    if (!n_problems && !options->problem) {
        printf("FAILED %s: no problem of the list is one that it solves\n", space->name);
        return 1;
    }
    printf("%-20s %-36s %3zu problems %4u variants %5u calls, %u failed\n", space->name, target,
           n_problems, counts.n_variants, counts.n_cases, counts.n_failed);
    fflush(stdout);
    return counts.n_failed;
}

/* The target is what the runner's machine runs, or this one, or any where nothing runs. */
static bool find_facts(const struct hone_target *target, const struct options *options,
                       struct hone_machine_facts *out_facts, struct hone_error *err)
{
    struct hone_target machine;
    hone_target_detect(&machine);
    hone_target_facts(target, out_facts);
    if (options->place.runner) {
        struct hone_runner_info info;
        if (hone_runner_info(options->place.runner, &info, err) != HONE_OK ||
            hone_target_parse(info.target, &machine, err) != HONE_OK)
            return false;
        *out_facts = info.facts;
    }
    return options->place.only_compile || hone_target_runs(&machine, target);
}

static const char *beside(const char *name, char out_path[PATH_MAX])
{
    const char *folder = getenv("HONE_BIN");
    snprintf(out_path, PATH_MAX, "%s/%s", folder ? folder : "bin", name);
    return out_path;
}

static int check_target(const struct hone_target *target, const char *text,
                        const struct problem_list *problems, const struct options *options)
{
    struct hone_error err = {0};
    struct hone_kernels *kernels;
    const char *version;
    char worker[PATH_MAX];
    const char *const command[] = {beside("hone-compile-worker", worker), NULL};
    struct hone_machine_facts facts;
    if (!find_facts(target, options, &facts, &err)) {
        printf("skipped: %s does not run %s %s\n",
               options->runner ? options->runner : "this machine", text, err.text);
        return EXIT_SKIPPED;
    }
    if (options->n_cpus) facts.n_cpus = options->n_cpus;
    struct hone_kernels_options kernels_options = {.struct_size = sizeof kernels_options,
                                                   .data_dir = options->data_dir,
                                                   .target = target,
                                                   .facts = &facts,
                                                   .compile_command = command};
    if (hone_kernels_open(&kernels_options, &kernels, &err) != HONE_OK) {
        printf("FAILED %s\n", err.text);
        return EXIT_FAILURE;
    }
    uint32_t n_failed = 0, n_spaces = 0;
    int result = EXIT_SUCCESS;
    if (hone_kernels_compiler(kernels, &version, &err) == HONE_OK) {
        const struct hone_space_list *spaces = hone_kernels_spaces(kernels);
        for (size_t i = 0; i < spaces->n_spaces; i++) {
            if (options->space && strcmp(options->space, spaces->spaces[i]->name) != 0) continue;
            if (!options->space && !hone_kernels_takes(kernels, spaces->spaces[i])) continue;
            n_spaces++;
            n_failed += run_space(kernels, spaces->spaces[i], text, problems, options);
        }
        if (!n_spaces) printf("FAILED no space is called %s\n", options->space);
        if (n_failed || !n_spaces) result = EXIT_FAILURE;
    } else {
        printf("skipped: %s\n", err.text);
        result = EXIT_SKIPPED;
    }
    hone_kernels_close(kernels);
    return result;
}

/* Kernels of other devices than CPUs always run behind a runner. */
static int run_target(const char *text, const struct problem_list *problems,
                      const struct options *options)
{
    struct hone_target target;
    struct hone_error err = {0};
    char *words = NULL, path[PATH_MAX];
    const char *command[SPLIT_MAX_WORDS + 1] = {beside("hone-runner", path), NULL};
    if (hone_target_parse(text, &target, &err) != HONE_OK) {
        printf("skipped: %s\n", err.text);
        return EXIT_SKIPPED;
    }
    struct options own = *options;
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = command,
                                         .family = target.family,
                                         .n_threads = options->timing.n_threads};
    bool wanted = options->runner || strcmp(target.family, "cpu") != 0;
    if ((options->runner && split_words(options->runner, &words, command, &err) != HONE_OK) ||
        (wanted && !options->place.only_compile &&
         hone_runner_open(&runner, &own.place.runner, &err) != HONE_OK)) {
        printf("FAILED --runner: %s\n", err.text);
        return EXIT_FAILURE;
    }
    int result = check_target(&target, text, problems, &own);
    hone_runner_close(own.place.runner);
    free(words);
    return result;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"space", required_argument, NULL, 's'},    {"config", required_argument, NULL, 'c'},
        {"problem", required_argument, NULL, 'p'},  {"isa", required_argument, NULL, 'i'},
        {"points", required_argument, NULL, 'n'},   {"few", required_argument, NULL, 'f'},
        {"runner", required_argument, NULL, 'x'},   {"only-compile", no_argument, NULL, 'o'},
        {"short", no_argument, NULL, 'q'},          {"seed", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'},  {"cold", required_argument, NULL, 'm'},
        {"bench", no_argument, NULL, 'b'},          {"source", no_argument, NULL, 'l'},
        {"threads", required_argument, NULL, 'j'},  {"cpus", required_argument, NULL, 'u'},
        {"problems", required_argument, NULL, 'a'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 's': o->space = optarg; break;
        case 'c': o->config = optarg; break;
        case 'p': o->problem = optarg; break;
        case 'n': o->n_points = strtoul(optarg, NULL, 10); break;
        case 'a': o->n_problems = strtoul(optarg, NULL, 10); break;
        case 'f': o->n_few = strtoul(optarg, NULL, 10); break;
        case 'r': o->seed = strtoull(optarg, NULL, 10); break;
        case 't': o->timing.seconds = strtod(optarg, NULL); break;
        case 'm': o->timing.cold_bytes = strtoull(optarg, NULL, 10) << 20; break;
        case 'j': o->timing.n_threads = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'u': o->n_cpus = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'b': o->bench = true; break;
        case 'l': o->source = true; break;
        case 'x': o->runner = optarg; break;
        case 'q': o->short_run = true, o->place.max_rows = 3; break;
        case 'o': o->place.only_compile = true; break;
        case 'i':
            if (o->n_targets == MAX_TARGETS) return false;
            o->targets[o->n_targets++] = optarg;
            break;
        default: return false;
        }
    }
    if (o->bench && (o->runner || o->place.only_compile)) return false;
    return optind == argc && o->n_points <= 256 && o->n_few <= 256;
}

static int run(struct options *o)
{
    struct problem_list problems = {0};
    struct hone_error err = {0};
    enum hone_status status =
        o->problem ? problems_add(&problems, o->problem, &err) : problems_all(&problems, &err);
    if (status != HONE_OK) {
        printf("FAILED %s\n", err.text);
        return EXIT_FAILURE;
    }
    printf("seed %llu\n", (unsigned long long)o->seed);
    int result = EXIT_SKIPPED;
    for (size_t i = 0; i < o->n_targets; i++) {
        int one = run_target(o->targets[i], &problems, o);
        if (one != EXIT_SKIPPED && result != EXIT_FAILURE) result = one;
    }
    problems_free(&problems);
    return result;
}

int main(int argc, char **argv)
{
    const char *source = getenv("HONE_SOURCE");
    struct options o = {.data_dir = source ? source : ".",
                        .n_points = 25,
                        .n_few = 2,
                        .seed = (uint64_t)time(NULL) % 1000000,
                        .timing = {.seconds = 0.2, .n_threads = 1}};
    if (!read_options(argc, argv, &o)) {
        fprintf(
            stderr,
            "usage: kernel_check [--space NAME] [--problem TEXT] [--config TEXT] "
            "[--isa TARGET]... [--cpus N] [--problems N] [--points N] [--few N] "
            "[--seed N] "
            "[--source] [--runner CMD | --only-compile] [--short] [--bench [--seconds S] [--cold "
            "MIB] [--threads N]]\n");
        return 2;
    }
    o.timing.config = o.config;
    o.timing.seed = o.seed;
    o.timing.n_points = o.n_points;
    if (!o.n_targets) {
        o.n_targets = o.bench ? 1 : sizeof all_targets / sizeof *all_targets;
        memcpy(o.targets, all_targets, o.n_targets * sizeof *o.targets);
    }
    return run(&o);
}
