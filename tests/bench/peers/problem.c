/* SPDX-License-Identifier: MIT */
/* hone's side of a comparison: one problem's kernels, timed in turns as the tuner times them.
 *
 *   case PROBLEM          ->  ok default SPACE CONFIG [| tuned SPACE CONFIG]  |  no REASON
 *   time SECONDS          ->  time NAME MEDIAN LOW HIGH SAMPLES ...    (ns per call)
 *   tune SECONDS          ->  ok N trials; the winner is the next case's `tuned`
 *
 * PROBLEM is a problem's key, as `hone trials` prints it. Kernels are proven at the size timed. */
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tuner/problem_text.h"
#include "tuner/session/edges.h"
#include "tuner/session/session.h"

enum { CONTENDERS = 2, MAX_COPIES = 256, MAX_SPACES = 12, MAX_WINNERS = 32, LINE = 1024 };
static const char *const names[CONTENDERS] = {"default", "tuned"};

struct bench {
    char folder[PATH_MAX], worker[PATH_MAX + 32], runner_path[PATH_MAX + 32];
    const char *worker_argv[2], *runner_argv[2];
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_store *store; /* NULL: defaults only */
    char device[512];
    uint64_t cold_bytes;
    struct hone_problem problem;
    char key[HONE_PROBLEM_KEY_BYTES];
    struct hone_variant variants[CONTENDERS];
    struct hone_runner_call calls[CONTENDERS];
    uint32_t n;
};

static enum hone_status find_programs(struct bench *b, struct hone_error *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0) return hone_fail(err, HONE_ERR_IO, "/proc/self/exe cannot be read");
    self[n] = '\0';
    snprintf(b->folder, sizeof b->folder, "%s", dirname(self));
    snprintf(b->worker, sizeof b->worker, "%s/hone-compile-worker", b->folder);
    snprintf(b->runner_path, sizeof b->runner_path, "%s/hone-runner", b->folder);
    b->worker_argv[0] = b->worker;
    b->runner_argv[0] = b->runner_path;
    return HONE_OK;
}

static enum hone_status open_all(struct bench *b, uint32_t n_threads, const char *store,
                                 struct hone_error *err)
{
    const char *data = getenv("HONE_DATA");
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = data ? data : HONE_DATA_DIR,
                                           .compile_command = b->worker_argv};
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = b->runner_argv,
                                         .n_threads = n_threads,
                                         .case_bytes = UINT64_C(3) << 30};
    struct hone_runner_info info;
    HONE_TRY(hone_kernels_open(&kernels, &b->kernels, err));
    HONE_TRY(hone_runner_open(&runner, &b->runner, err));
    HONE_TRY(hone_runner_info(b->runner, &info, err));
    hone_tune_device(&info, b->device);
    if (!b->cold_bytes) b->cold_bytes = hone_cold_bytes(&info.facts);
    return store ? hone_store_open(store, NULL, &b->store, err) : HONE_OK;
}

static void drop_variants(struct bench *b)
{
    for (uint32_t i = 0; i < CONTENDERS; i++) hone_variant_release(&b->variants[i]);
    memset(b->variants, 0, sizeof b->variants);
    b->n = 0;
}

static uint32_t copies(const struct bench *b, const struct hone_variant *variant)
{
    const struct hone_problem *p = &variant->call.problem;
    uint64_t weight_bytes = 0, n_bytes;
    for (uint32_t i = 0; i < p->op->n_operands; i++)
        if (p->op->operands[i].role == HONE_ROLE_WEIGHT &&
            hone_format_bytes(variant->call.formats[i], hone_operand_rows(p, i, p->m, p->m),
                              hone_operand_cols(p, i), &n_bytes, NULL) == HONE_OK)
            weight_bytes += n_bytes;
    uint64_t n = weight_bytes ? (b->cold_bytes + weight_bytes - 1) / weight_bytes : 1;
    return n < 1 ? 1 : n > MAX_COPIES ? MAX_COPIES : (uint32_t)n;
}

/* Makes contender `b->n`: compiled, loaded, proven. */
static enum hone_status add(struct bench *b, const struct hone_space *space,
                            const struct hone_config *config, struct hone_error *err)
{
    uint32_t i = b->n;
    struct hone_variant *variant = &b->variants[i];
    const struct hone_binary *binary;
    struct hone_case_spec spec;
    struct hone_case_result result;
    HONE_TRY(hone_kernels_variant(b->kernels, space, &b->problem, config, variant, err));
    HONE_TRY(hone_kernels_compile(b->kernels, variant, &binary, err));
    struct hone_runner_kernel kernel = {binary->code, binary->n_bytes, binary->entry,
                                        variant->launch.scratch_bytes};
    HONE_TRY(hone_runner_load(b->runner, i, &kernel, err));
    edges_tuned_spec(&b->problem, &spec);
    spec.n_copies = copies(b, variant);
    b->calls[i] = edges_call(variant, &spec);
    b->calls[i].kernel = i;
    HONE_TRY(hone_runner_verify(b->runner, &b->calls[i], EDGES_SAMPLES, 60, &result, err));
    b->n++;
    return HONE_OK;
}

/* The store's fastest for this problem, this machine and this number of threads, if it has one that
 * is not the default and still makes the text it had. */
static enum hone_status add_winner(struct bench *b, struct hone_error *err)
{
    struct hone_store_filter filter = {.problem = b->key, .device = b->device};
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    struct hone_config config;
    size_t n = 0;
    if (!b->store) return HONE_OK;
    enum hone_status status = hone_store_winners_read(b->store, &filter, &arena, &winners, &n, err);
    if (status == HONE_OK && n > 0 && !winners[0].is_default) {
        const struct hone_space *space =
            hone_space_list_find(hone_kernels_spaces(b->kernels), winners[0].variant.space);
        if (space && hone_config_parse(space, winners[0].variant.config, &config, NULL) == HONE_OK)
            status = add(b, space, &config, err);
    }
    hone_arena_release(&arena);
    return status;
}

static void print_case(const struct bench *b)
{
    char config[HONE_CONFIG_TEXT_BYTES];
    printf("ok");
    for (uint32_t i = 0; i < b->n; i++) {
        if (hone_config_print(b->variants[i].space, &b->variants[i].config, config) != HONE_OK)
            config[0] = '\0';
        printf("%s %s %s %s", i ? " |" : "", names[i], b->variants[i].space->name, config);
    }
    printf("\n");
}

static enum hone_status take_case(struct bench *b, const char *text, struct hone_error *err)
{
    const struct hone_space *spaces[MAX_SPACES];
    size_t n_spaces = 0;
    drop_variants(b);
    HONE_TRY(problem_parse(text, &b->problem, err));
    snprintf(b->key, sizeof b->key, "%.*s", (int)sizeof b->key - 1, text);
    HONE_TRY(hone_kernels_applicable(b->kernels, &b->problem, MAX_SPACES, spaces, &n_spaces, err));
    if (n_spaces == 0) return hone_fail(err, HONE_ERR_UNSUPPORTED, "no space serves it");
    HONE_TRY(add(b, spaces[0], NULL, err));
    HONE_TRY(add_winner(b, err));
    print_case(b);
    return HONE_OK;
}

static enum hone_status take_time(struct bench *b, double seconds, struct hone_error *err)
{
    if (b->n == 0) return hone_fail(err, HONE_ERR_ARGUMENT, "no case");
    struct hone_measure_plan plan = {.n_rounds_max = HONE_MAX_SAMPLES,
                                     .limit_ns = (uint64_t)(seconds * 1e9 * b->n),
                                     .precision = 1e-6};
    struct hone_measurement *m = calloc(CONTENDERS, sizeof *m);
    if (!m) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    enum hone_status status =
        hone_runner_time(b->runner, b->calls, b->n, &plan, 60 + 10 * seconds, m, err);
    if (status == HONE_OK) {
        printf("time");
        for (uint32_t i = 0; i < b->n; i++)
            printf(" %s %.1f %.1f %.1f %" PRIu32, names[i], m[i].stats.median, m[i].stats.low,
                   m[i].stats.high, m[i].n_samples);
        printf("\n");
    }
    free(m);
    return status;
}

static enum hone_status take_tune(struct bench *b, double seconds, struct hone_error *err)
{
    if (!b->store) return hone_fail(err, HONE_ERR_ARGUMENT, "no store");
    if (!b->key[0]) return hone_fail(err, HONE_ERR_ARGUMENT, "no case");
    struct hone_tune_item item = {.problem = b->problem, .runs = 1, .example = ""};
    struct hone_tune_summary summary;
    struct hone_tune_options options = {.struct_size = sizeof options,
                                        .kernels = b->kernels,
                                        .runner = b->runner,
                                        .store = b->store,
                                        .budget_seconds = seconds,
                                        .seed = 1,
                                        .cold_bytes = b->cold_bytes};
    drop_variants(b);
    HONE_TRY(hone_tune(&options, &item, 1, &summary, err));
    printf("ok %" PRIu64 " trials\n", summary.n_trials);
    return HONE_OK;
}

static void answer(struct bench *b, char *line)
{
    struct hone_error err = {0};
    double seconds;
    enum hone_status status;
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "case ", 5) == 0)
        status = take_case(b, line + 5, &err);
    else if (sscanf(line, "time %lf", &seconds) == 1 && seconds > 0 && seconds <= 60)
        status = take_time(b, seconds, &err);
    else if (sscanf(line, "tune %lf", &seconds) == 1 && seconds > 0)
        status = take_tune(b, seconds, &err);
    else
        status = hone_fail(&err, HONE_ERR_ARGUMENT, "case, time or tune expected");
    if (status != HONE_OK) {
        if (strncmp(line, "time", 4) != 0) drop_variants(b);
        printf("no %s\n", err.text);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct hone_error err = {0};
    char line[LINE];
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: %s THREADS [STORE|- [COLD_BYTES]] < cases\n", argv[0]);
        return 2;
    }
    struct bench *b = calloc(1, sizeof *b);
    if (!b) return 1;
    if (argc > 3) b->cold_bytes = strtoull(argv[3], NULL, 10);
    const char *store = argc > 2 && strcmp(argv[2], "-") != 0 ? argv[2] : NULL;
    enum hone_status status = find_programs(b, &err);
    if (status == HONE_OK) status = open_all(b, (uint32_t)strtoul(argv[1], NULL, 10), store, &err);
    if (status == HONE_OK) {
        printf("ready cold %" PRIu64 "\n", b->cold_bytes);
        fflush(stdout);
        while (fgets(line, sizeof line, stdin)) answer(b, line);
    } else {
        fprintf(stderr, "%s\n", err.text);
    }
    drop_variants(b);
    hone_store_close(b->store);
    hone_runner_close(b->runner);
    hone_kernels_close(b->kernels);
    free(b);
    return hone_status_exit_code(status);
}
