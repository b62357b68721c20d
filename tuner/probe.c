/* SPDX-License-Identifier: MIT */
/* Ceilings from probe kernels: arithmetic on registers, reading from each memory level, launches.
 */
#include "tuner/probe.h"

#include <string.h>
#include <unistd.h>

#include "tuner/runner/runner.h"

enum { FMA, DOT2, DOT4, READ, KERNELS };
enum { REPEATS = 4, WIDE_CHAINS = 24, NARROW_CHAINS = 12, REGISTER_BYTES = 4096 };
static const uint64_t READ_UNIT = 4096, MEMORY_BYTES = UINT64_C(256) << 20;
static const uint64_t MOST_MEMORY = UINT64_C(768) << 20, MOST_L3 = UINT64_C(32) << 20;

static const struct {
    const char *template_path;
    uint32_t operations; /* of one step on one f32 lane */
} kernels[KERNELS] = {
    [FMA] = {"cpu/probe_fma.ll.t", 2},
    [DOT2] = {"cpu/probe_dot2.ll.t", 4},
    [DOT4] = {"cpu/probe_dot4.ll.t", 8},
    [READ] = {"cpu/probe_read.ll.t", 0},
};

struct probing {
    const struct probe_options *options;
    struct probe_report *report;
    struct hone_error *err;
    const struct hone_binary *binaries[KERNELS];
    uint32_t lanes, chains;
    struct hone_runner *runner;
    uint32_t n_workers;
    bool all; /* filling in the rates of all threads */
    struct hone_measurement measurement;
};

static enum hone_status make_kernel(struct probing *p, int k)
{
    struct hone_env env;
    struct hone_variant variant;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_env_set_int(&env, "repeats", REPEATS, p->err);
    if (status == HONE_OK)
        status = hone_kernels_plain(p->options->kernels, kernels[k].template_path, "kernel", &env,
                                    &variant, p->err);
    struct hone_value value;
    if (status == HONE_OK && hone_env_get(&env, "vl", &value)) p->lanes = (uint32_t)value.i;
    if (status == HONE_OK && hone_env_get(&env, "vregs", &value))
        p->chains = value.i == 32 ? WIDE_CHAINS : NARROW_CHAINS;
    hone_env_release(&env);
    if (status != HONE_OK) return status;
    status = hone_kernels_compile(p->options->kernels, &variant, &p->binaries[k], p->err);
    hone_variant_release(&variant);
    return status;
}

static enum hone_status open_runner(struct probing *p)
{
    struct hone_runner_options options = {.struct_size = sizeof options,
                                          .command = p->options->runner_command,
                                          .n_threads = p->all ? p->options->n_threads : 1,
                                          .scratch_bytes = 1 << 16};
    struct hone_runner_info info;
    HONE_TRY(hone_runner_open(&options, &p->runner, p->err));
    HONE_TRY(hone_runner_info(p->runner, &info, p->err));
    p->n_workers = info.n_workers;
    for (uint32_t k = 0; k < KERNELS; k++) {
        struct hone_runner_kernel kernel = {.code = p->binaries[k]->code,
                                            .n_bytes = p->binaries[k]->n_bytes,
                                            .entry = p->binaries[k]->entry};
        HONE_TRY(hone_runner_load(p->runner, k, &kernel, p->err));
    }
    return HONE_OK;
}

static struct probe_ceiling *find_item(struct probing *p, const char *name, const char *unit,
                                       const char *how, uint64_t n_bytes)
{
    struct probe_report *report = p->report;
    for (uint32_t i = 0; i < report->n_items; i++)
        if (strcmp(report->items[i].name, name) == 0) return &report->items[i];
    struct probe_ceiling *item = &report->items[report->n_items++];
    *item = (struct probe_ceiling){.name = name, .unit = unit, .how = how, .n_bytes = n_bytes};
    return item;
}

/* Runs a probe; `work` per call over the time is the rate, and with work 0 the time in us is. */
static enum hone_status measure(struct probing *p, const struct hone_runner_probe *probe,
                                const struct hone_measure_plan *plan, double work,
                                struct probe_ceiling *item)
{
    HONE_TRY(hone_runner_probe(p->runner, probe, plan, 20, &p->measurement, p->err));
    double ns = p->measurement.stats.median;
    if (!(ns > 0)) return hone_fail(p->err, HONE_ERR_IO, "probe %s took no time", item->name);
    struct probe_rate *rate = p->all ? &item->all : &item->one;
    rate->measured = true;
    rate->value = work > 0 ? work / ns : ns * 1e-3;
    rate->spread = 1.4826 * p->measurement.stats.mad / ns;
    if (rate->spread > p->report->worst_spread) p->report->worst_spread = rate->spread;
    return HONE_OK;
}

static enum hone_status probe_arithmetic(struct probing *p, uint32_t k, const char *name,
                                         const char *unit, const char *how)
{
    struct hone_measure_plan plan = {.sample_ns = 1000000, .limit_ns = 40000000};
    struct hone_runner_probe probe = {
        .kernel = k, .n_blocks = p->n_workers, .n_bytes = REGISTER_BYTES, .n_iterations = 2000};
    double work = (double)kernels[k].operations * p->lanes * p->chains * REPEATS *
                  (double)probe.n_iterations * p->n_workers;
    return measure(p, &probe, &plan, work, find_item(p, name, unit, how, 0));
}

static enum hone_status probe_read(struct probing *p, const char *name, const char *how,
                                   uint64_t n_bytes)
{
    n_bytes = n_bytes / READ_UNIT * READ_UNIT;
    if (n_bytes == 0) return HONE_OK; /* a size nobody knows */
    struct hone_measure_plan plan = {.sample_ns = 1000000, .limit_ns = 60000000};
    struct hone_runner_probe probe = {
        .kernel = READ, .n_blocks = p->n_workers, .n_bytes = n_bytes, .n_iterations = 1};
    if (n_bytes < UINT64_C(4) << 20) probe.n_iterations = (UINT64_C(4) << 20) / n_bytes;
    double work = (double)n_bytes * (double)probe.n_iterations * p->n_workers;
    return measure(p, &probe, &plan, work, find_item(p, name, "GB/s", how, n_bytes));
}

/* Sizes that a level holds with room to spare and the one before it does not. */
static enum hone_status probe_memory(struct probing *p)
{
    const struct hone_machine_facts *facts = hone_kernels_facts(p->options->kernels);
    uint64_t l3 = facts->l3_bytes / 2 / p->n_workers, memory = 2 * facts->l3_bytes;
    if (l3 > MOST_L3 / p->n_workers) l3 = MOST_L3 / p->n_workers;
    if (l3 < 2 * facts->l2_bytes) l3 = 2 * facts->l2_bytes;
    if (l3 * p->n_workers > facts->l3_bytes / 4 * 3) l3 = 0;
    if (memory < MEMORY_BYTES) memory = MEMORY_BYTES;
    if (memory > MOST_MEMORY) memory = MOST_MEMORY;
    long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    uint64_t present = n_pages > 0 && page_bytes > 0 ? (uint64_t)n_pages * (uint64_t)page_bytes : 0;
    if (present && memory > present / 4) memory = present / 4;
    HONE_TRY(probe_read(p, "read_l1", "reading half of L1", facts->l1_bytes / 2));
    HONE_TRY(probe_read(p, "read_l2", "reading half of L2", facts->l2_bytes / 2));
    HONE_TRY(probe_read(p, "read_l3", "reading part of L3", l3));
    return probe_read(p, "read_memory", "reading beyond the caches", memory / p->n_workers);
}

/* Launches back to back in one list, as steps of a plan are; and a list of one, which has to wake
 * the workers. */
static enum hone_status probe_launch(struct probing *p)
{
    struct hone_runner_probe probe = {
        .kernel = FMA, .n_blocks = p->n_workers, .n_bytes = REGISTER_BYTES};
    struct hone_measure_plan plan = {.sample_ns = 200000, .limit_ns = 20000000};
    HONE_TRY(
        measure(p, &probe, &plan, 0,
                find_item(p, "dispatch", "us", "one launch of many: dispatch and barrier", 0)));
    plan.n_calls_max = 1;
    return measure(p, &probe, &plan, 0,
                   find_item(p, "start", "us", "a list of one launch, workers woken", 0));
}

static enum hone_status probe_threads(struct probing *p)
{
    HONE_TRY(probe_arithmetic(p, FMA, "fma_f32", "GFLOP/s", "f32 multiply-add on registers"));
    HONE_TRY(probe_arithmetic(p, DOT2, "dot_bf16", "GFLOP/s", "bf16 dot product on registers"));
    HONE_TRY(probe_arithmetic(p, DOT4, "dot_int8", "GOP/s", "int8 dot product on registers"));
    HONE_TRY(probe_memory(p));
    return probe_launch(p);
}

enum hone_status probe_ceilings(const struct probe_options *options,
                                struct probe_report *out_report, struct hone_error *err)
{
    struct probing p = {.options = options, .report = out_report, .err = err};
    *out_report = (struct probe_report){0};
    for (int k = 0; k < KERNELS; k++) HONE_TRY(make_kernel(&p, k));
    enum hone_status status = HONE_OK;
    for (int all = 0; status == HONE_OK && all < 2; all++) {
        p.all = all;
        status = open_runner(&p);
        if (status == HONE_OK) status = probe_threads(&p);
        out_report->n_threads = p.n_workers;
        hone_runner_close(p.runner);
        p.runner = NULL;
    }
    return status;
}
