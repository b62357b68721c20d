/* SPDX-License-Identifier: MIT */
/* Compiles GPU templates as HIP, with clang alone: the dialect is one for both makers of chips.
 *
 * hip_check [--arch gfx942,gfx1100] [--space NAME] [--all] [--print]
 *
 * For every search space of GPUs that applies under the facts of such a chip, the default on the
 * first problem (--all: on every one). No private memory may be used: that is where registers
 * spill. HONE_CLANG names the compiler; else clang-22 and older names are tried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/kernel.h"
#include "codegen/template/template.h"
#include "tests/kernels/problems.h"

enum { EXIT_SKIPPED = 77, MAX_SEEN = 64, MAX_ARCHS = 8 };

static const struct {
    const char *arch;
    int warp, n_units;
} chips[] = {
    {"gfx90a", 64, 104},
    {"gfx942", 64, 304},
    {"gfx1100", 32, 96},
};

struct check {
    const char *clang, *space;
    char folder[64];
    struct hone_kernels *kernels;
    struct hone_template_library *library;
    const char *arch;
    bool all, print;
    unsigned long n_compiled, n_bad;
};

/* Runs argv with its output in `log`; the exit status, or -1. */
static int run(char *const *argv, const char *log)
{
    pid_t child = fork();
    if (child == 0) {
        if (!freopen(log, "w", stderr) || !freopen("/dev/null", "w", stdout)) _exit(127);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

static const char *find_clang(void)
{
    static const char *const names[] = {"clang-22", "clang-21", "clang-20", "clang-19"};
    const char *named = getenv("HONE_CLANG");
    if (named) return named;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[16];
        strcpy(name, names[i]);
        char version[] = "--version", *const argv[] = {name, version, NULL};
        if (run(argv, "/dev/null") == 0) return names[i];
    }
    return NULL;
}

/* What differs from an NVIDIA chip of the same problem. */
static enum hone_status set_chip(struct hone_env *env, size_t chip, struct hone_error *err)
{
    static const char *const absent[] = {"has_cp_async", "has_mma_bf16", "has_ldmatrix", "has_tma",
                                         "has_wgmma"};
    HONE_TRY(hone_env_set_text(env, "family", "hip", err));
    HONE_TRY(hone_env_set_text(env, "arch", chips[chip].arch, err));
    HONE_TRY(hone_env_set_text(env, "isa", "hip", err));
    HONE_TRY(hone_env_set_int(env, "warp", chips[chip].warp, err));
    HONE_TRY(hone_env_set_int(env, "n_sms", chips[chip].n_units, err));
    HONE_TRY(hone_env_set_int(env, "shared_bytes", 65536, err));
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        HONE_TRY(hone_env_set_int(env, absent[i], 0, err));
    return HONE_OK;
}

static enum hone_status render(struct check *c, const struct hone_space *space,
                               const struct hone_env *env, char **out_text, size_t *out_bytes,
                               struct hone_error *err)
{
    struct hone_env own;
    struct hone_config config;
    struct hone_launch_record launch;
    const struct hone_template *template;
    HONE_TRY(hone_space_default(space, env, &config, err));
    HONE_TRY(hone_space_launch(space, env, &config, &launch, err));
    HONE_TRY(hone_template_load(c->library, space->template_path, &template, err));
    hone_env_init(&own, env);
    enum hone_status status = hone_config_bind(space, &config, &own, err);
    for (size_t i = 0; status == HONE_OK && i < launch.n_operands; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_format", launch.operands[i].operand);
        status = hone_env_set_text(&own, name, launch.operands[i].format, err);
    }
    struct hone_render_options options = {.comment = "//"};
    if (status == HONE_OK)
        status =
            hone_template_render(c->library, template, &own, &options, out_text, out_bytes, err);
    hone_env_release(&own);
    return status;
}

static bool uses_private_memory(const char *assembly)
{
    static const char key[] = ".amdhsa_private_segment_fixed_size ";
    char line[512];
    bool uses = false;
    FILE *file = fopen(assembly, "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, key);
        if (at && strtol(at + sizeof key - 1, NULL, 10) > 0) uses = true;
    }
    if (file) fclose(file);
    return uses || !file;
}

static void show_log(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");
    for (int n = 0; file && n < 12 && fgets(line, sizeof line, file); n++) fputs(line, stdout);
    if (file) fclose(file);
}

static bool compile(struct check *c, const char *text, size_t n_bytes)
{
    char source[96], assembly[96], log[96], arch[32], clang[256];
    snprintf(source, sizeof source, "%s/kernel.hip", c->folder);
    snprintf(assembly, sizeof assembly, "%s/kernel.s", c->folder);
    snprintf(log, sizeof log, "%s/log", c->folder);
    snprintf(arch, sizeof arch, "--offload-arch=%s", c->arch);
    snprintf(clang, sizeof clang, "%s", c->clang);
    FILE *file = fopen(source, "w");
    if (!file) return false;
    bool written = fwrite(text, 1, n_bytes, file) == n_bytes;
    if (fclose(file) || !written) return false;
    char *const argv[] = {clang,
                          "-x",
                          "hip",
                          arch,
                          "--offload-device-only",
                          "-nogpulib",
                          "-nogpuinc",
                          "-O3",
                          "-Wall",
                          "-Wno-unknown-cuda-version",
                          "-Wno-unused-function",
                          "-Wno-unused-variable",
                          "-Wno-pass-failed",
                          "-S",
                          "-o",
                          assembly,
                          source,
                          NULL};
    bool is_good = run(argv, log) == 0;
    if (!is_good) show_log(log);
    if (is_good && uses_private_memory(assembly)) {
        puts("private memory is used");
        is_good = false;
    }
    return is_good;
}

static void check_space(struct check *c, const struct hone_space *space, size_t chip,
                        const struct hone_problem *problem, bool *out_applies)
{
    struct hone_env machine, env;
    struct hone_error err = {0};
    char *text = NULL, line[512];
    size_t n_bytes = 0;
    *out_applies = false;
    hone_env_init(&machine, NULL);
    hone_env_init(&env, &machine);
    enum hone_status status = hone_kernels_env(c->kernels, problem, &machine, &err);
    if (status == HONE_OK) status = set_chip(&env, chip, &err);
    if (status == HONE_OK) status = hone_space_applies(space, &env, out_applies, &err);
    if (status == HONE_OK && *out_applies) status = render(c, space, &env, &text, &n_bytes, &err);
    bool is_good = status == HONE_OK && (!*out_applies || compile(c, text, n_bytes));
    if (*out_applies) c->n_compiled++;
    if (!is_good || (*out_applies && c->print)) {
        problem_print(problem, sizeof line, line);
        printf("%s %s %s: %s%s%s\n", is_good ? "compiled" : "FAILED", c->arch, space->name, line,
               status == HONE_OK ? "" : ": ", status == HONE_OK ? "" : err.text);
    }
    c->n_bad += !is_good;
    free(text);
    hone_env_release(&env);
    hone_env_release(&machine);
}

static void check_chip(struct check *c, size_t chip, const struct problem_list *problems)
{
    const struct hone_space_list *list = hone_kernels_spaces(c->kernels);
    c->arch = chips[chip].arch;
    for (size_t s = 0; s < list->n_spaces; s++) {
        const struct hone_space *space = list->spaces[s];
        bool applies = false;
        if (strcmp(space->family, "gpu") || (c->space && strcmp(space->name, c->space))) continue;
        for (size_t i = 0; i < problems->n_items && (c->all || !applies); i++)
            if (strcmp(problems->items[i].op->name, space->op) == 0)
                check_space(c, space, chip, &problems->items[i], &applies);
    }
}

static enum hone_status check_all(struct check *c, const char *archs, struct hone_error *err)
{
    const char *source = getenv("HONE_SOURCE");
    struct hone_target target;
    struct problem_list problems = {0};
    char path[4096];
    HONE_TRY(hone_target_parse("cuda:sm_80", &target, err));
    struct hone_kernels_options options = {
        .struct_size = sizeof options, .data_dir = source ? source : ".", .target = &target};
    snprintf(path, sizeof path, "%s/templates", options.data_dir);
    HONE_TRY(hone_kernels_open(&options, &c->kernels, err));
    enum hone_status status = hone_template_library_open_dir(path, &c->library, err);
    if (status == HONE_OK) status = problems_all(&problems, err);
    for (size_t i = 0; status == HONE_OK && i < sizeof chips / sizeof *chips; i++)
        if (!archs || strstr(archs, chips[i].arch)) check_chip(c, i, &problems);
    problems_free(&problems);
    if (c->library) hone_template_library_close(c->library);
    hone_kernels_close(c->kernels);
    return status;
}

int main(int argc, char **argv)
{
    struct check c = {.folder = "/tmp/hone-hip-XXXXXX", .clang = find_clang()};
    struct hone_error err = {0};
    const char *archs = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0) c.all = true;
        if (strcmp(argv[i], "--print") == 0) c.print = true;
        if (i + 1 < argc && strcmp(argv[i], "--arch") == 0)
            archs = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--space") == 0)
            c.space = argv[++i];
    }
    if (!c.clang) {
        puts("skipped: no clang of 19 or later that compiles HIP (HONE_CLANG names one)");
        return EXIT_SKIPPED;
    }
    if (!mkdtemp(c.folder)) {
        puts("FAILED: no temporary folder");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    enum hone_status status = check_all(&c, archs, &err);
    static const char *const files[] = {"kernel.hip", "kernel.s", "log"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", c.folder, files[i]);
        unlink(path);
    }
    rmdir(c.folder);
    if (status != HONE_OK) printf("FAILED %s\n", err.text);
    printf("%s: %lu kernels compiled, %lu failed\n", c.clang, c.n_compiled, c.n_bad);
    return status != HONE_OK || c.n_bad || !c.n_compiled;
}
