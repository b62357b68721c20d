/* SPDX-License-Identifier: MIT */
/* Compiles what the search spaces of GPUs give, for architectures that need not be there: every
 * space's default on the problems it applies to, and its corners on the first of them. A default
 * may not use local memory, which is where registers spill.
 *
 * gpu_check [--arch sm_90a,sm_75] [--space NAME] [--problem LINE] [--config TEXT] [--all] [--print]
 *           [--source]
 *
 * --all: every problem on every architecture, not only on the first one; --print: a line for each
 * kernel; --source: its text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/kernel.h"
#include "tests/kernels/problems.h"

enum { EXIT_SKIPPED = 77, MAX_SPACES = 32, MAX_ARCHS = 16, MAX_SHOWN = 40, FEW_CORNERS = 8 };

struct options {
    const char *archs[MAX_ARCHS], *space, *problem, *config;
    bool all, print, source;
};

struct check {
    const struct options *options;
    struct hone_kernels *kernels;
    const char *arch;
    unsigned long n_compiled, n_bad;
};

static void complain(struct check *c, const struct hone_space *space,
                     const struct hone_problem *problem, const struct hone_config *config,
                     const char *message)
{
    char line[512], text[HONE_CONFIG_TEXT_BYTES] = "default";
    problem_print(problem, sizeof line, line);
    if (config) hone_config_print(space, config, text);
    if (c->n_bad++ < MAX_SHOWN)
        printf("FAILED %s %s: %s: %s\n  %s\n", c->arch, space->name, line, text, message);
}

static void print_kernel(const struct check *c, const struct hone_variant *variant,
                         const struct hone_static_facts *facts)
{
    char line[512], text[HONE_CONFIG_TEXT_BYTES] = "";
    problem_print(&variant->call.problem, sizeof line, line);
    hone_config_print(variant->space, &variant->config, text);
    printf("%s %s: %s: %s: %u threads, %u registers, %u local, %u shared, %u instructions\n",
           c->arch, variant->space->name, line, text, variant->launch.block_threads,
           facts->n_registers, facts->n_vector_spills + facts->stack_bytes, facts->shared_bytes,
           facts->n_instructions);
}

/* `config` NULL: the default, which may not spill. */
static void check_config(struct check *c, const struct hone_space *space,
                         const struct hone_problem *problem, const struct hone_config *config)
{
    struct hone_variant variant;
    struct hone_error err = {0};
    const struct hone_binary *binary;
    enum hone_status status =
        hone_kernels_variant(c->kernels, space, problem, config, &variant, &err);
    if (status != HONE_OK) {
        complain(c, space, problem, config, err.text);
        return;
    }
    if (c->options->source) fwrite(variant.source, 1, variant.n_source_bytes, stdout);
    status = hone_kernels_compile(c->kernels, &variant, &binary, &err);
    c->n_compiled++;
    if (status == HONE_OK && c->options->print) print_kernel(c, &variant, &binary->facts);
    if (status == HONE_OK && !config && binary->facts.n_vector_spills + binary->facts.stack_bytes)
        status = hone_fail(&err, HONE_ERR_WRONG, "%u spills, %u bytes of local memory",
                           binary->facts.n_vector_spills, binary->facts.stack_bytes);
    if (status != HONE_OK) complain(c, space, problem, &variant.config, err.text);
    hone_variant_release(&variant);
}

static void check_corners(struct check *c, const struct hone_space *space,
                          const struct hone_problem *problem)
{
    static struct hone_config corners[HONE_SPACE_MAX_CORNERS];
    struct hone_env env;
    struct hone_error err = {0};
    size_t n = 0, step = 1;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(c->kernels, problem, &env, &err);
    if (status == HONE_OK) status = hone_space_corners(space, &env, corners, &n, &err);
    hone_env_release(&env);
    if (status != HONE_OK) complain(c, space, problem, NULL, err.text);
    if (!c->options->all && n > FEW_CORNERS) step = (n + FEW_CORNERS - 1) / FEW_CORNERS;
    for (size_t i = 0; i < n; i += step) check_config(c, space, problem, &corners[i]);
}

static void check_named(struct check *c, const struct hone_space *space,
                        const struct hone_problem *problem)
{
    struct hone_config config;
    struct hone_error err = {0};
    if (hone_config_parse(space, c->options->config, &config, &err) != HONE_OK)
        complain(c, space, problem, NULL, err.text);
    else
        check_config(c, space, problem, &config);
}

/* Spaces that met one problem already get their default alone, and on later architectures nothing
 * but that first problem unless all are asked for. */
static void check_problem(struct check *c, const struct hone_problem *problem, bool is_first,
                          const struct hone_space **seen, size_t *n_seen)
{
    const struct hone_space *spaces[MAX_SPACES];
    struct hone_error err = {0};
    size_t n;
    if (hone_kernels_applicable(c->kernels, problem, MAX_SPACES, spaces, &n, &err) != HONE_OK) {
        printf("FAILED %s\n", err.text);
        c->n_bad++;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool met = false;
        for (size_t s = 0; s < *n_seen; s++) met |= seen[s] == spaces[i];
        if (c->options->space && strcmp(c->options->space, spaces[i]->name)) continue;
        if (met && !is_first && !c->options->all) continue;
        if (c->options->config)
            check_named(c, spaces[i], problem);
        else
            check_config(c, spaces[i], problem, NULL);
        if (met || c->options->config) continue;
        if (*n_seen < MAX_SPACES) seen[(*n_seen)++] = spaces[i];
        if (is_first || c->options->all) check_corners(c, spaces[i], problem);
    }
}

static enum hone_status check_arch(struct check *c, const struct problem_list *problems,
                                   bool is_first, bool *out_skipped, struct hone_error *err)
{
    const char *source = getenv("HONE_SOURCE"), *folder = getenv("HONE_BIN");
    const char *version;
    char worker[4096], text[64];
    struct hone_target target;
    snprintf(worker, sizeof worker, "%s/hone-compile-worker", folder ? folder : "bin");
    snprintf(text, sizeof text, "cuda:%s", c->arch);
    const char *const command[] = {worker, NULL};
    HONE_TRY(hone_target_parse(text, &target, err));
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = source ? source : ".",
                                           .target = &target,
                                           .compile_command = command,
                                           .compile_seconds = 120};
    HONE_TRY(hone_kernels_open(&options, &c->kernels, err));
    *out_skipped = hone_kernels_compiler(c->kernels, &version, err) != HONE_OK;
    const struct hone_space *seen[MAX_SPACES];
    size_t n_seen = 0;
    for (size_t i = 0; !*out_skipped && i < problems->n_items; i++)
        check_problem(c, &problems->items[i], is_first, seen, &n_seen);
    hone_kernels_close(c->kernels);
    return HONE_OK;
}

static bool read_options(int argc, char **argv, struct options *out_options)
{
    static char archs[] = "sm_90a,sm_75,sm_80,sm_120a";
    char *list = archs;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--all") == 0)
            out_options->all = true;
        else if (strcmp(argv[i], "--print") == 0)
            out_options->print = true;
        else if (strcmp(argv[i], "--source") == 0)
            out_options->source = true;
        else if (more && strcmp(argv[i], "--arch") == 0)
            list = argv[++i];
        else if (more && strcmp(argv[i], "--space") == 0)
            out_options->space = argv[++i];
        else if (more && strcmp(argv[i], "--problem") == 0)
            out_options->problem = argv[++i];
        else if (more && strcmp(argv[i], "--config") == 0)
            out_options->config = argv[++i];
        else
            return false;
    }
    size_t n = 0;
    for (char *arch = strtok(list, ","); arch && n + 1 < MAX_ARCHS; arch = strtok(NULL, ","))
        out_options->archs[n++] = arch;
    return n > 0;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct problem_list problems = {0};
    struct hone_error err = {0};
    struct check c = {.options = &options};
    bool is_skipped = false;
    if (!read_options(argc, argv, &options)) {
        fputs("usage: gpu_check [--arch A,B] [--space S] [--problem P] [--config C] [--all] "
              "[--print] [--source]\n",
              stderr);
        return 2;
    }
    enum hone_status status = options.problem ? problems_add(&problems, options.problem, &err)
                                              : problems_all(&problems, &err);
    for (size_t i = 0; status == HONE_OK && !is_skipped && options.archs[i]; i++) {
        c.arch = options.archs[i];
        status = check_arch(&c, &problems, i == 0, &is_skipped, &err);
    }
    problems_free(&problems);
    if (status == HONE_OK && is_skipped) {
        printf("skipped: %s\n", err.text);
        return EXIT_SKIPPED;
    }
    if (status != HONE_OK) printf("FAILED %s\n", err.text);
    printf("%lu kernels compiled, %lu failed\n", c.n_compiled, c.n_bad);
    return status != HONE_OK || c.n_bad || !c.n_compiled;
}
