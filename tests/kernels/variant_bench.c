/* SPDX-License-Identifier: MIT */
/* Configs of one problem side by side on the device: rounds of one sample each, beside the
 * machine's multiply-add peak of the same moment. */
#include "tests/kernels/variant_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kernels/variant_check.h"

enum { MAX_CONTENDERS = 64, MAX_ROUNDS = 4096, MAX_CALLS = 4096 };
enum { PEAK_ROUNDS = 200000, PEAK_REPEATS = 4, PEAK_BYTES = 4096, MAX_WORKERS = 64 };

struct contender {
    char text[HONE_CONFIG_TEXT_BYTES];
    struct hone_variant variant;
    struct hone_module *module;
    struct hone_launch launch;
    uint32_t n_spills, n_calls;
    double samples[MAX_ROUNDS]; /* seconds of one call */
};

struct bench {
    struct hone_kernels *kernels;
    const struct hone_space *space;
    const struct hone_problem *problem;
    const struct bench_options *options;
    struct hone_device *device;
    struct hone_case *c; /* of the formats that all contenders share */
    uint32_t n_contenders, n_rounds;
    uint32_t n_copies, next_copy; /* of the weights, in rotation through all contenders */
    struct contender *contenders;
    struct hone_module *peak_module;
    struct hone_launch peak_launch;
    double peak_operations, peaks[MAX_ROUNDS];
};

/* Arguments of probe kernels; each block writes its sums to n_bytes of its own. */
static _Alignas(64) uint8_t peak_buffer[PEAK_BYTES * MAX_WORKERS];
static const struct {
    void *buffer;
    uint64_t n_bytes, n_iterations;
} peak_args = {peak_buffer, PEAK_BYTES, PEAK_ROUNDS};

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

static double median(const double *samples, uint32_t n)
{
    static double sorted[MAX_ROUNDS];
    memcpy(sorted, samples, n * sizeof *samples);
    qsort(sorted, n, sizeof *sorted, ascending);
    return sorted[n / 2];
}

static enum hone_status load(struct bench *b, const struct hone_binary *binary,
                             struct hone_module **out_module, struct hone_launch *launch,
                             struct hone_error *err)
{
    HONE_TRY(
        hone_device_cpu.load(b->device, binary->code, binary->n_bytes, -1, 0, out_module, err));
    launch->module = *out_module;
    launch->entry = binary->entry;
    return HONE_OK;
}

static enum hone_status load_peak(struct bench *b, struct hone_error *err)
{
    struct hone_env env;
    struct hone_variant variant;
    struct hone_value vl, vregs;
    const struct hone_binary *binary;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_env_set_int(&env, "repeats", PEAK_REPEATS, err);
    if (status == HONE_OK)
        status =
            hone_kernels_plain(b->kernels, "cpu/probe_fma.ll.t", "kernel", &env, &variant, err);
    if (status == HONE_OK && hone_env_get(&env, "vl", &vl) && hone_env_get(&env, "vregs", &vregs))
        b->peak_operations = 2.0 * (double)vl.i * (vregs.i == 32 ? 24 : 12) * PEAK_REPEATS *
                             PEAK_ROUNDS * hone_device_cpu.n_workers(b->device);
    hone_env_release(&env);
    HONE_TRY(status);
    status = hone_kernels_compile(b->kernels, &variant, &binary, err);
    hone_variant_release(&variant);
    HONE_TRY(status);
    if (hone_device_cpu.n_workers(b->device) > MAX_WORKERS)
        return hone_fail(err, HONE_ERR_LIMIT, "more than %d threads", MAX_WORKERS);
    b->peak_launch.args = &peak_args;
    b->peak_launch.n_blocks = hone_device_cpu.n_workers(b->device);
    return load(b, binary, &b->peak_module, &b->peak_launch, err);
}

/* The device needs the largest scratch, so variants come first. Configs of other formats than the
 * first's cannot run on its operands: they stay out. */
static enum hone_status make_variants(struct bench *b, const struct hone_config *configs,
                                      uint64_t *out_scratch, struct hone_error *err)
{
    uint32_t n = 0;
    *out_scratch = 0;
    for (uint32_t i = 0; i < b->n_contenders; i++) {
        struct contender *one = &b->contenders[n];
        hone_config_print(b->space, &configs[i], one->text);
        HONE_TRY(hone_kernels_variant(b->kernels, b->space, b->problem, &configs[i], &one->variant,
                                      err));
        if (memcmp(one->variant.call.formats, b->contenders[0].variant.call.formats,
                   sizeof one->variant.call.formats) != 0) {
            hone_variant_release(&one->variant);
            continue;
        }
        uint64_t scratch = one->variant.launch.scratch_bytes;
        if (scratch > *out_scratch) *out_scratch = scratch;
        n++;
    }
    b->n_contenders = n;
    return HONE_OK;
}

static enum hone_status prepare(struct bench *b, const struct hone_config *configs,
                                struct hone_error *err)
{
    struct hone_device_options device = {.struct_size = sizeof device,
                                         .n_threads = b->options->n_threads};
    HONE_TRY(make_variants(b, configs, &device.scratch_bytes, err));
    HONE_TRY(hone_device_cpu.open(&device, &b->device, err));
    HONE_TRY(load_peak(b, err));
    const struct hone_variant *first = &b->contenders[0].variant;
    uint64_t n_bytes = weight_bytes(first);
    b->n_copies = n_bytes ? (uint32_t)(b->options->cold_bytes / n_bytes) + 1 : 1;
    struct hone_case_spec spec = {
        .call = first->call,
        .m = b->problem->m,
        .n_seqs = 1,
        .kv_before = b->problem->context > b->problem->m ? b->problem->context - b->problem->m : 0,
        .family = HONE_FAMILY_NORMAL,
        .seed = b->options->seed,
        .n_copies = b->n_copies};
    HONE_TRY(hone_case_create(&spec, &b->c, err));
    for (uint32_t i = 0; i < b->n_contenders; i++) {
        struct contender *one = &b->contenders[i];
        const struct hone_binary *binary;
        HONE_TRY(hone_kernels_compile(b->kernels, &one->variant, &binary, err));
        HONE_TRY(load(b, binary, &one->module, &one->launch, err));
        one->n_spills = binary->facts.n_vector_spills;
        one->launch.n_blocks = variant_blocks(&one->variant, b->c);
        one->launch.schedule =
            one->variant.launch.is_dynamic ? HONE_SCHEDULE_DYNAMIC : HONE_SCHEDULE_STATIC;
    }
    return HONE_OK;
}

static double run_calls(struct bench *b, struct contender *one)
{
    static struct hone_launch launches[MAX_CALLS];
    for (uint32_t i = 0; i < one->n_calls; i++) {
        launches[i] = one->launch;
        launches[i].args = hone_case_args(b->c, b->next_copy);
        b->next_copy = (b->next_copy + 1) % b->n_copies;
    }
    double start = now();
    hone_device_cpu.run(b->device, launches, one->n_calls, NULL, NULL);
    return (now() - start) / one->n_calls;
}

/* A batch of calls of a millisecond or more per sample. */
static void run_rounds(struct bench *b)
{
    for (uint32_t i = 0; i < b->n_contenders; i++) {
        b->contenders[i].n_calls = 1;
        run_calls(b, &b->contenders[i]);
        double n = 1e-3 / run_calls(b, &b->contenders[i]);
        b->contenders[i].n_calls = n < 1 ? 1 : n > MAX_CALLS ? MAX_CALLS : (uint32_t)n;
    }
    double end = now() + b->options->seconds * b->n_contenders;
    do {
        for (uint32_t i = 0; i < b->n_contenders; i++)
            b->contenders[i].samples[b->n_rounds] = run_calls(b, &b->contenders[i]);
        double start = now();
        hone_device_cpu.run(b->device, &b->peak_launch, 1, NULL, NULL);
        b->peaks[b->n_rounds] = b->peak_operations / (now() - start);
        b->n_rounds++;
    } while (b->n_rounds < MAX_ROUNDS && (now() < end || b->n_rounds < 3));
}

static void report(struct bench *b)
{
    double n_bytes = b->problem->op->bytes(b->problem, b->problem->m);
    double n_operations = b->problem->op->operations(b->problem, b->problem->m);
    double peak = median(b->peaks, b->n_rounds);
    uint32_t best = 0;
    printf("fma peak %.1f GFLOP/s, %u rounds\n", peak * 1e-9, b->n_rounds);
    for (uint32_t i = 0; i < b->n_contenders; i++) {
        struct contender *one = &b->contenders[i];
        double time = median(one->samples, b->n_rounds);
        if (time < median(b->contenders[best].samples, b->n_rounds)) best = i;
        printf("%10.1f us %7.1f GB/s %8.1f GOP/s %5.1f %% of fma %4u spills  %s\n", time * 1e6,
               n_bytes / time * 1e-9, n_operations / time * 1e-9, 100 * n_operations / time / peak,
               one->n_spills, one->text);
    }
    if (b->n_contenders > 1) printf("best: %s\n", b->contenders[best].text);
    fflush(stdout);
}

static void release(struct bench *b)
{
    hone_case_destroy(b->c);
    for (uint32_t i = 0; i < b->n_contenders; i++) {
        if (b->device) hone_device_cpu.unload(b->device, b->contenders[i].module);
        hone_variant_release(&b->contenders[i].variant);
    }
    if (b->device) hone_device_cpu.unload(b->device, b->peak_module);
    hone_device_cpu.close(b->device);
    free(b->contenders);
}

/* The configs of the options, one after the other with ';' between, or the default and samples. */
static enum hone_status choose(const struct hone_space *space, const struct hone_env *env,
                               const struct bench_options *options, struct hone_config *configs,
                               uint32_t *out_n, struct hone_error *err)
{
    size_t n_more = 0, n_points = options->n_points;
    *out_n = 0;
    for (const char *at = options->config; at && *at;) {
        char text[HONE_CONFIG_TEXT_BYTES];
        size_t length = strcspn(at, ";");
        snprintf(text, sizeof text, "%.*s", (int)length, at);
        if (*out_n == MAX_CONTENDERS) return hone_fail(err, HONE_ERR_LIMIT, "too many configs");
        HONE_TRY(hone_config_parse(space, text, &configs[(*out_n)++], err));
        at += length + (at[length] == ';');
    }
    if (*out_n) return HONE_OK;
    if (n_points >= MAX_CONTENDERS) n_points = MAX_CONTENDERS - 1;
    HONE_TRY(hone_space_default(space, env, configs, err));
    if (n_points)
        HONE_TRY(hone_space_sample(space, env, options->seed, n_points, configs + 1, &n_more, err));
    *out_n = 1 + (uint32_t)n_more;
    return HONE_OK;
}

enum hone_status variant_bench(struct hone_kernels *kernels, const struct hone_space *space,
                               const struct hone_problem *problem,
                               const struct bench_options *options, struct hone_error *err)
{
    struct hone_env env;
    static struct hone_config configs[MAX_CONTENDERS];
    struct bench b = {.kernels = kernels, .space = space, .problem = problem, .options = options};
    b.contenders = calloc(MAX_CONTENDERS, sizeof *b.contenders);
    if (!b.contenders) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for configs");
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    if (status == HONE_OK) status = choose(space, &env, options, configs, &b.n_contenders, err);
    hone_env_release(&env);
    if (status == HONE_OK) status = prepare(&b, configs, err);
    if (status == HONE_OK) {
        run_rounds(&b);
        report(&b);
    }
    release(&b);
    return status;
}
