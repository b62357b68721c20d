/* SPDX-License-Identifier: MIT */
/* Ceilings of a device, by probe kernels from templates/cpu/probe_*.ll.t. */
#include "tuner/probe.h"

#include <string.h>

/* One probe kernel: `kind` is its template's parameter; operations of one instruction per lane. */
static const struct {
    const char *name, *kind;
    double per_lane;
} arithmetic[] = {
    {"f32 fma", "fma", 2},
    {"bf16 dot", "dot2", 4},
    {"int8 dot", "dot4", 8},
};

enum { N_ITERATIONS = 20000, OPS_BYTES = 16384, STEP_BYTES = 1024 };

struct probing {
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_runner_info info;
    struct probe_ceiling *ceilings;
    uint32_t *n;
};

static enum hone_status load(const struct probing *p, const char *path, struct hone_env *env,
                             struct hone_error *err)
{
    struct hone_variant variant;
    const struct hone_binary *binary;
    HONE_TRY(hone_kernels_plain(p->kernels, path, "kernel", env, &variant, err));
    enum hone_status status = hone_kernels_compile(p->kernels, &variant, &binary, err);
    if (status == HONE_OK) {
        struct hone_runner_kernel kernel = {
            .code = binary->code, .n_bytes = binary->n_bytes, .entry = binary->entry};
        status = hone_runner_load(p->runner, 0, &kernel, err);
    }
    hone_variant_release(&variant);
    return status;
}

/* `work`: operations or bytes of one block in one call. */
static enum hone_status measure(const struct probing *p, const char *name, enum probe_unit unit,
                                double work, const struct hone_runner_probe *probe,
                                struct hone_error *err)
{
    struct hone_measurement m;
    struct hone_measure_plan plan = {
        .sample_ns = 1000000, .n_rounds_min = 9, .n_rounds_max = 60, .limit_ns = 200000000};
    HONE_TRY(hone_runner_probe(p->runner, probe, &plan, 30, &m, err));
    double total = work * probe->n_blocks * 1e9;
    p->ceilings[(*p->n)++] = (struct probe_ceiling){.name = name,
                                                    .unit = unit,
                                                    .n_threads = p->info.n_workers,
                                                    .per_second = total / m.stats.median,
                                                    .low = total / m.stats.high,
                                                    .high = total / m.stats.low};
    return HONE_OK;
}

static enum hone_status measure_arithmetic(const struct probing *p, size_t row,
                                           struct hone_error *err)
{
    struct hone_env env;
    struct hone_value lanes = {0}, registers = {0};
    struct hone_runner_probe probe = {
        .n_blocks = p->info.n_workers, .n_bytes = OPS_BYTES, .n_iterations = N_ITERATIONS};
    hone_env_init(&env, NULL);
    enum hone_status status = hone_env_set_text(&env, "probe", arithmetic[row].kind, err);
    if (status == HONE_OK) status = load(p, "cpu/probe_ops.ll.t", &env, err);
    if (status == HONE_OK &&
        !(hone_env_get(&env, "vl", &lanes) && hone_env_get(&env, "vregs", &registers)))
        status = hone_fail(err, HONE_ERR_TARGET, "probe: the target has no vector registers");
    hone_env_release(&env);
    if (status != HONE_OK) return status;
    double n_accumulators = (double)(registers.i - registers.i / 4); /* as in the template */
    double work = arithmetic[row].per_lane * (double)lanes.i * n_accumulators * N_ITERATIONS;
    return measure(p, arithmetic[row].name, PROBE_OPERATIONS, work, &probe, err);
}

static uint64_t steps(uint64_t bytes)
{
    uint64_t whole = bytes - bytes % STEP_BYTES;
    return whole ? whole : STEP_BYTES;
}

/* Half of each cache, so that nothing else pushes the data out; memory: far more than any. */
static enum hone_status measure_reading(const struct probing *p, struct hone_error *err)
{
    const struct hone_cpu_facts *facts = &p->info.facts;
    uint32_t n = p->info.n_workers;
    uint64_t memory = 2 * facts->l3_bytes;
    if (memory < UINT64_C(128) << 20) memory = UINT64_C(128) << 20;
    if (memory > UINT64_C(1) << 30) memory = UINT64_C(1) << 30;
    const struct {
        const char *name;
        uint64_t n_bytes, n_passes;
    } levels[] = {
        {"read, L1", facts->l1_bytes / 2, 400},
        {"read, L2", facts->l2_bytes / 2, 10},
        {"read, memory", memory / n, 1},
    };
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = load(p, "cpu/probe_read.ll.t", &env, err);
    hone_env_release(&env);
    for (size_t i = 0; status == HONE_OK && i < sizeof levels / sizeof *levels; i++) {
        if (levels[i].n_bytes == 0) continue;
        struct hone_runner_probe probe = {
            .n_blocks = n, .n_bytes = steps(levels[i].n_bytes), .n_iterations = levels[i].n_passes};
        double work = (double)probe.n_bytes * (double)probe.n_iterations;
        status = measure(p, levels[i].name, PROBE_BYTES, work, &probe, err);
    }
    return status;
}

enum hone_status probe_measure(struct hone_kernels *kernels, struct hone_runner *runner,
                               struct probe_ceiling out_ceilings[PROBE_MAX_CEILINGS],
                               uint32_t *out_n_ceilings, struct hone_error *err)
{
    struct probing p = {
        .kernels = kernels, .runner = runner, .ceilings = out_ceilings, .n = out_n_ceilings};
    *out_n_ceilings = 0;
    HONE_TRY(hone_runner_info(runner, &p.info, err));
    for (size_t row = 0; row < sizeof arithmetic / sizeof *arithmetic; row++)
        HONE_TRY(measure_arithmetic(&p, row, err));
    return measure_reading(&p, err);
}
