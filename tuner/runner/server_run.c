/* SPDX-License-Identifier: MIT */
/* Requests that time kernels: time, probe. */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "runtime/package/format.h"
#include "tuner/measure/compare.h"
#include "tuner/runner/defect.h"
#include "tuner/runner/server.h"
#include "tuner/runner/watchdog.h"

static enum hone_status n_blocks_of(const struct hone_runner_call *call, const struct hone_case *c,
                                    uint32_t *out_n_blocks, struct hone_error *err)
{
    uint64_t n_blocks = call->grid_p0;
    if (call->grid_rule != HONE_GRID_CONST) {
        uint64_t n_rows =
            call->grid_rule == HONE_GRID_OUT ? hone_case_n_out(c) : hone_case_n_tokens(c);
        n_blocks = hone_ceil_div(n_rows, call->grid_p0) * call->grid_p1;
    }
    if (n_blocks > UINT32_MAX / 2)
        return hone_fail(err, HONE_ERR_LIMIT, "grid of %llu blocks", (unsigned long long)n_blocks);
    *out_n_blocks = (uint32_t)n_blocks;
    return HONE_OK;
}

static enum hone_status find_kernel(struct server *server, uint32_t id,
                                    const struct server_kernel **out_kernel, struct hone_error *err)
{
    if (id >= HONE_RUNNER_MAX_KERNELS || !server->kernels[id].module)
        return hone_fail(err, HONE_ERR_ARGUMENT, "runner: kernel %u is not loaded", id);
    *out_kernel = &server->kernels[id];
    return HONE_OK;
}

const void *server_args(struct server *server, const struct hone_case *c, uint32_t copy)
{
    const struct far_case *far = cases_far(&server->cases, c);
    return far ? far_case_args(far, copy) : hone_case_args(c, copy);
}

enum hone_status server_launch(struct server *server, const struct hone_runner_call *call,
                               struct hone_case *c, struct hone_launch *out_launch,
                               struct hone_error *err)
{
    const struct server_kernel *kernel = NULL;
    HONE_TRY(find_kernel(server, call->kernel, &kernel, err));
    *out_launch = (struct hone_launch){.module = kernel->module,
                                       .entry = kernel->entry,
                                       .args = server_args(server, c, 0),
                                       .schedule = call->schedule};
    return n_blocks_of(call, c, &out_launch->n_blocks, err);
}

/* One contender: launches that differ in the copy of the weights they read. */
struct timed {
    struct server *server;
    struct hone_case *c;
    struct hone_launch *launches;
    uint32_t n_copies, *next_copy;
};

static enum hone_status run_timed(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct timed *timed = context;
    for (uint32_t i = 0; i < n_calls; i++) {
        timed->launches[i] = timed->launches[0];
        timed->launches[i].args = server_args(timed->server, timed->c, *timed->next_copy);
        *timed->next_copy = (*timed->next_copy + 1) % timed->n_copies;
    }
    const struct server *server = timed->server;
    return server->vtable->run(server->device, timed->launches, n_calls, NULL, err);
}

static enum hone_status prepare_timed(struct server *server, const struct hone_runner_call *call,
                                      uint32_t n_calls_max, struct timed *timed,
                                      struct hone_error *err)
{
    timed->server = server;
    timed->n_copies = call->spec.n_copies ? call->spec.n_copies : 1;
    HONE_TRY(cases_get(&server->cases, &call->spec, &timed->c, err));
    timed->next_copy = cases_next_copy(&server->cases, timed->c);
    timed->launches = calloc((size_t)n_calls_max + 1, sizeof *timed->launches);
    if (!timed->launches) return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory");
    struct far_case *far = cases_far(&server->cases, timed->c);
    if (far)
        HONE_TRY(far_case_poison(far, err));
    else
        hone_case_poison(timed->c);
    return server_launch(server, call, timed->c, timed->launches, err);
}

/* What the contenders say of the machine while they ran. */
static void look_back(const struct hone_measurement *measurements, uint32_t n,
                      struct hone_machine *machine)
{
    const struct hone_measurement *of[HONE_RUNNER_MAX_CONTENDERS] = {0};
    struct hone_comparison comparison;
    for (uint32_t i = 0; i < n; i++) of[i] = &measurements[i];
    if (hone_compare(of, n, &comparison, NULL) != HONE_OK) return;
    machine->drift = comparison.drift;
    machine->slow = comparison.slow;
    machine->error = comparison.error;
}

static uint64_t device_now(void *context)
{
    const struct server *server = context;
    return server->vtable->clock_ns(server->device);
}

/* An emulator counts instructions, the same ones every time. */
static void shorten(struct hone_measure_plan *plan)
{
    plan->sample_ns = 1;
    plan->n_calls_max = 1;
    plan->n_rounds_min = plan->n_rounds_max = 4;
}

static enum hone_status measure(struct server *server, const struct hone_contender *contenders,
                                uint32_t n, struct hone_measure_plan *plan, double run_seconds,
                                struct hone_machine *out_machine, struct wire_out *out,
                                struct hone_error *err)
{
    struct hone_machine_watch watch;
    struct hone_clock clock = hone_clock_raw;
    bool own_clock = server->vtable->clock_ns != NULL;
    if (own_clock) clock = (struct hone_clock){device_now, server};
    if (own_clock && server->is_emulated) shorten(plan);
    struct hone_measurement *measurements = calloc(n, sizeof *measurements);
    if (!measurements) return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory");
    watchdog_arm(run_seconds);
    hone_machine_begin(&watch);
    enum hone_status status = hone_measure(&clock, contenders, n, plan, measurements, err);
    hone_machine_end(&watch, out_machine);
    /* What the host's processors did meanwhile is nothing to a device with a clock of its own. */
    if (own_clock) out_machine->waited = out_machine->others = out_machine->steal = -1;
    watchdog_arm(0);
    if (status == HONE_OK) look_back(measurements, n, out_machine);
    for (uint32_t i = 0; status == HONE_OK && i < n; i++)
        protocol_put_measurement(out, &measurements[i]);
    free(measurements);
    return status;
}

static enum hone_status get_calls(struct wire_in *in, struct hone_runner_call *calls,
                                  uint32_t *out_n_calls, struct hone_error *err)
{
    uint32_t n = wire_u32(in);
    if (in->bad || n == 0 || n > HONE_RUNNER_MAX_CONTENDERS)
        return hone_fail(err, HONE_ERR_FORMAT, "runner: bad timing request");
    for (uint32_t i = 0; i < n; i++) HONE_TRY(protocol_get_call(in, &calls[i], err));
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_FORMAT, "runner: bad timing request");
    *out_n_calls = n;
    return HONE_OK;
}

enum hone_status server_time(struct server *server, struct wire_in *in, struct wire_out *out,
                             struct hone_error *err)
{
    struct hone_runner_call calls[HONE_RUNNER_MAX_CONTENDERS];
    struct timed timed[HONE_RUNNER_MAX_CONTENDERS] = {0};
    struct hone_contender contenders[HONE_RUNNER_MAX_CONTENDERS];
    struct hone_measure_plan plan;
    struct hone_machine machine;
    uint32_t n = 0;
    double run_seconds = wire_f64(in);
    protocol_get_plan(in, &plan);
    HONE_TRY(get_calls(in, calls, &n, err));
    if (!plan.n_calls_max) plan.n_calls_max = 4096;
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && i < n; i++) {
        status = prepare_timed(server, &calls[i], plan.n_calls_max, &timed[i], err);
        contenders[i] = (struct hone_contender){.run = run_timed,
                                                .context = &timed[i],
                                                .group = calls[i].group,
                                                .stays = calls[i].stays};
    }
    if (status == HONE_OK)
        status = measure(server, contenders, n, &plan, run_seconds, &machine, out, err);
    if (status == HONE_ERR_WRONG) server->defect = RUNNER_DEFECT_TOO_FAST;
    if (status == HONE_OK) protocol_put_machine(out, &machine);
    for (uint32_t i = 0; i < n; i++) free(timed[i].launches);
    return status;
}

struct probe_args {
    void *buffer;
    uint64_t n_bytes, n_iterations;
};

struct probed {
    struct server *server;
    struct hone_launch *launches;
};

static enum hone_status run_probe(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct probed *probed = context;
    for (uint32_t i = 1; i < n_calls; i++) probed->launches[i] = probed->launches[0];
    const struct server *server = probed->server;
    return server->vtable->run(server->device, probed->launches, n_calls, NULL, err);
}

enum hone_status server_probe(struct server *server, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err)
{
    const struct server_kernel *kernel = NULL;
    struct hone_measure_plan plan;
    void *buffer;
    uint64_t total;
    double run_seconds = wire_f64(in);
    protocol_get_plan(in, &plan);
    uint32_t id = wire_u32(in), n_blocks = wire_u32(in);
    struct probe_args args = {.n_bytes = wire_u64(in), .n_iterations = wire_u64(in)};
    if (!wire_done(in) || !hone_mul(args.n_bytes, n_blocks, &total) || total > UINT64_C(1) << 36)
        return hone_fail(err, HONE_ERR_FORMAT, "runner: bad probe request");
    HONE_TRY(find_kernel(server, id, &kernel, err));
    if (!plan.n_calls_max) plan.n_calls_max = 4096;
    HONE_TRY(server->vtable->alloc(server->device, total + 64, &buffer, err));
    /* Real pages: untouched ones are all the same zero page. */
    if (server->vtable->is_host) memset(buffer, 0, total + 64);
    args.buffer = buffer;
    struct probed probed = {server, calloc((size_t)plan.n_calls_max + 1, sizeof *probed.launches)};
    struct hone_contender contender = {.run = run_probe, .context = &probed};
    struct hone_machine machine;
    enum hone_status status = HONE_ERR_NO_MEMORY;
    if (probed.launches) {
        probed.launches[0] = (struct hone_launch){
            .module = kernel->module, .entry = kernel->entry, .args = &args, .n_blocks = n_blocks};
        status = measure(server, &contender, 1, &plan, run_seconds, &machine, out, err);
    } else {
        hone_fail(err, status, "runner: no memory");
    }
    free(probed.launches);
    server->vtable->free(server->device, buffer, total + 64);
    return status;
}
