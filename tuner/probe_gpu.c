/* SPDX-License-Identifier: MIT */
/* Ceilings of a GPU from probe kernels: multiply-add on registers, copying and reading memory,
 * reading the L2, launches. */
#include "tuner/probe_gpu.h"

#include <string.h>

#include "tuner/runner/runner.h"

enum { FMA, COPY, READ, KERNELS };
enum { BLOCK = 256, CHAINS = 16, REPEATS = 8, BLOCKS_SM = 8, ARGS_BYTES = 24, UNIT = 128 * BLOCK };
static const uint64_t LEAST_MEMORY = UINT64_C(512) << 20;

struct probing {
    const struct probe_options *options;
    struct probe_report *report;
    struct hone_error *err;
    struct hone_runner *runner;
    uint32_t n_blocks;
    bool is_emulated;
    struct hone_measurement measurement;
};

static enum hone_status set_names(int kernel, struct hone_env *env, struct hone_error *err)
{
    const struct {
        const char *name;
        int value;
    } numbers[] = {{"block", BLOCK},           {"shared", 0},      {"args_bytes", ARGS_BYTES},
                   {"n_args", ARGS_BYTES / 8}, {"chains", CHAINS}, {"repeats", REPEATS}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        HONE_TRY(hone_env_set_int(env, numbers[i].name, numbers[i].value, err));
    return hone_env_set_text(env, "how", kernel == READ ? "read" : "copy", err);
}

static enum hone_status load_kernel(struct probing *p, int kernel)
{
    struct hone_env env;
    struct hone_variant variant;
    const struct hone_binary *binary;
    const char *path = kernel == FMA ? "gpu/probe_fma.cu.t" : "gpu/probe_move.cu.t";
    hone_env_init(&env, NULL);
    enum hone_status status = set_names(kernel, &env, p->err);
    if (status == HONE_OK)
        status = hone_kernels_plain(p->options->kernels, path, "kernel", &env, &variant, p->err);
    hone_env_release(&env);
    if (status != HONE_OK) return status;
    status = hone_kernels_compile(p->options->kernels, &variant, &binary, p->err);
    hone_variant_release(&variant);
    if (status != HONE_OK) return status;
    struct hone_runner_kernel code = {
        .code = binary->code, .n_bytes = binary->n_bytes, .entry = binary->entry};
    return hone_runner_load(p->runner, (uint32_t)kernel, &code, p->err);
}

/* `work` per call over its time is the rate; with work 0 the time in us is. */
static enum hone_status measure(struct probing *p, const struct hone_runner_probe *probe,
                                const struct hone_measure_plan *plan, double work,
                                const struct probe_ceiling *shown)
{
    struct probe_ceiling *item = &p->report->items[p->report->n_items++];
    *item = *shown;
    HONE_TRY(hone_runner_probe(p->runner, probe, plan, 20, &p->measurement, p->err));
    double ns = p->measurement.stats.median;
    if (!(ns > 0)) return hone_fail(p->err, HONE_ERR_IO, "probe %s took no time", item->name);
    item->all = (struct probe_rate){.measured = true,
                                    .value = work > 0 ? work / ns : ns * 1e-3,
                                    .spread = 1.4826 * p->measurement.stats.mad / ns};
    if (item->all.spread > p->report->worst_spread) p->report->worst_spread = item->all.spread;
    return HONE_OK;
}

static enum hone_status probe_arithmetic(struct probing *p)
{
    struct hone_measure_plan plan = {.sample_ns = 1000000, .limit_ns = 40000000};
    struct hone_runner_probe probe = {.kernel = FMA,
                                      .n_blocks = p->n_blocks,
                                      .n_bytes = 4 * BLOCK,
                                      .n_iterations = p->is_emulated ? 1 : 1000};
    double work = 2.0 * CHAINS * REPEATS * BLOCK * p->n_blocks * (double)probe.n_iterations;
    const struct probe_ceiling shown = {
        .name = "fma_f32", .unit = "GFLOP/s", .how = "f32 multiply-add on registers"};
    return measure(p, &probe, &plan, work, &shown);
}

/* `n_bytes` of all blocks together. */
static enum hone_status probe_bytes(struct probing *p, uint32_t kernel, uint64_t n_bytes,
                                    uint64_t n_rounds, const struct probe_ceiling *shown)
{
    struct hone_measure_plan plan = {.sample_ns = 1000000, .limit_ns = 60000000};
    uint64_t own = n_bytes / p->n_blocks / UNIT * UNIT;
    struct hone_runner_probe probe = {.kernel = kernel,
                                      .n_blocks = p->n_blocks,
                                      .n_bytes = own && !p->is_emulated ? own : UNIT,
                                      .n_iterations = p->is_emulated ? 1 : n_rounds};
    struct probe_ceiling item = *shown;
    item.unit = "GB/s";
    item.n_bytes = probe.n_bytes * p->n_blocks;
    double work = (double)item.n_bytes * (double)probe.n_iterations;
    return measure(p, &probe, &plan, work, &item);
}

static enum hone_status probe_memory(struct probing *p, const struct hone_machine_facts *facts)
{
    uint64_t memory = 8 * facts->l2_bytes;
    if (memory < LEAST_MEMORY) memory = LEAST_MEMORY;
    if (facts->memory_bytes && memory > facts->memory_bytes / 4) memory = facts->memory_bytes / 4;
    const struct probe_ceiling copy = {.name = "copy_memory",
                                       .how = "reading one half of it, writing the other"},
                               read = {.name = "read_memory", .how = "reading beyond the L2"},
                               l2 = {.name = "read_l2", .how = "reading part of the L2"};
    HONE_TRY(probe_bytes(p, COPY, memory, 1, &copy));
    HONE_TRY(probe_bytes(p, READ, memory, 1, &read));
    return probe_bytes(p, READ, facts->l2_bytes / 4, 16, &l2);
}

/* Nodes of a graph one after the other; and a graph of one. */
static enum hone_status probe_launch(struct probing *p)
{
    struct hone_runner_probe probe = {.kernel = FMA, .n_blocks = p->n_blocks, .n_bytes = 4 * BLOCK};
    struct hone_measure_plan plan = {.sample_ns = 200000, .limit_ns = 20000000, .n_calls_max = 256};
    const struct probe_ceiling dispatch = {
        .name = "dispatch", .unit = "us", .how = "one launch of many in a graph"};
    const struct probe_ceiling start = {
        .name = "start", .unit = "us", .how = "a graph of one launch, by the device's clock"};
    HONE_TRY(measure(p, &probe, &plan, 0, &dispatch));
    plan.n_calls_max = 1;
    return measure(p, &probe, &plan, 0, &start);
}

static enum hone_status probe_all(struct probing *p)
{
    struct hone_runner_info info;
    const struct hone_machine_facts *facts = &info.facts;
    HONE_TRY(hone_runner_info(p->runner, &info, p->err));
    p->is_emulated = hone_cpu_emulated(facts);
    p->n_blocks = p->is_emulated ? 2 : BLOCKS_SM * (facts->n_sms ? facts->n_sms : 1);
    p->report->n_threads = facts->n_sms;
    for (int k = 0; k < KERNELS; k++) HONE_TRY(load_kernel(p, k));
    HONE_TRY(probe_arithmetic(p));
    HONE_TRY(probe_memory(p, facts));
    return probe_launch(p);
}

enum hone_status probe_gpu_ceilings(const struct probe_options *options,
                                    struct probe_report *out_report, struct hone_error *err)
{
    struct probing p = {.options = options, .report = out_report, .err = err};
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = options->runner_command,
                                         .family = hone_kernels_target(options->kernels)->family};
    *out_report = (struct probe_report){0};
    HONE_TRY(hone_runner_open(&runner, &p.runner, err));
    enum hone_status status = probe_all(&p);
    hone_runner_close(p.runner);
    return status;
}
