/* SPDX-License-Identifier: MIT */
/* A runner whose kernels take the time that their bytes say, on a clock of its own: a tuning
 * session over it ends the same however often it is broken off. It speaks the real protocol and
 * times with the real loop; it proves nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "runtime/base/hash.h"
#include "tuner/runner/protocol.h"

/* FAKE_FAILS=first:last: loads of these numbers end with a status that is no kernel's fault. */
struct fake {
    unsigned first_failing, last_failing, n_loads;
    uint64_t now_ns;
    double kernels[HONE_RUNNER_MAX_KERNELS]; /* ns per call; 0: not loaded */
};

struct fake_call {
    struct fake *fake;
    double ns;
};

static uint64_t read_clock(void *context)
{
    return ((struct fake *)context)->now_ns;
}

static enum hone_status run_calls(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct fake_call *call = context;
    (void)err;
    call->fake->now_ns += (uint64_t)(call->ns * n_calls);
    return HONE_OK;
}

static enum hone_status say_hello(struct wire_in *in, struct wire_out *out, struct hone_error *err)
{
    struct runner_hello hello;
    struct hone_target target;
    struct hone_runner_info info = {.n_workers = 1};
    protocol_get_hello(in, &hello);
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_VERSION, "another protocol");
    hone_target_detect(&target);
    hone_target_format(&target, info.target);
    strcpy(info.facts.model, "fake");
    info.facts.n_cpus = 1;
    info.facts.l1_bytes = 32 << 10;
    info.facts.l2_bytes = 1 << 20;
    info.facts.l3_bytes = 1 << 22;
    protocol_put_info(out, &info);
    return HONE_OK;
}

static enum hone_status load(struct fake *fake, struct wire_in *in, struct hone_error *err)
{
    size_t n_bytes;
    uint32_t id = wire_u32(in);
    const uint8_t *code = wire_bytes(in, &n_bytes);
    wire_u64(in);
    wire_u64(in);
    if (!wire_done(in) || id >= HONE_RUNNER_MAX_KERNELS)
        return hone_fail(err, HONE_ERR_FORMAT, "bad load request");
    fake->n_loads++;
    if (fake->n_loads >= fake->first_failing && fake->n_loads <= fake->last_failing)
        return hone_fail(err, HONE_ERR_TARGET, "the device has lost its context");
    fake->kernels[id] = 20000 + (double)(hone_fnv1a((const char *)code, n_bytes) % 100000);
    return HONE_OK;
}

static enum hone_status verify(const struct fake *fake, struct wire_in *in, struct wire_out *out,
                               struct hone_error *err)
{
    struct hone_runner_call call;
    wire_f64(in);
    wire_u32(in);
    HONE_TRY(protocol_get_call(in, &call, err));
    if (!wire_done(in) || fake->kernels[call.kernel] == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "bad verify request, or kernel not loaded");
    protocol_put_result(out, &(struct hone_case_result){.n_compared = 1, .worst = "none"});
    return HONE_OK;
}

static enum hone_status take_time(struct fake *fake, struct wire_in *in, struct wire_out *out,
                                  struct hone_error *err)
{
    static struct hone_measurement measurements[HONE_RUNNER_MAX_CONTENDERS];
    struct hone_contender contenders[HONE_RUNNER_MAX_CONTENDERS];
    struct fake_call calls[HONE_RUNNER_MAX_CONTENDERS];
    struct hone_measure_plan plan;
    struct hone_machine machine = {.drift = 1};
    struct hone_clock clock = {read_clock, fake};
    wire_f64(in);
    protocol_get_plan(in, &plan);
    uint32_t n = wire_u32(in);
    if (in->bad || n == 0 || n > HONE_RUNNER_MAX_CONTENDERS)
        return hone_fail(err, HONE_ERR_FORMAT, "bad timing request");
    for (uint32_t i = 0; i < n; i++) {
        struct hone_runner_call call;
        HONE_TRY(protocol_get_call(in, &call, err));
        calls[i] = (struct fake_call){fake, fake->kernels[call.kernel]};
        if (calls[i].ns == 0) return hone_fail(err, HONE_ERR_ARGUMENT, "kernel not loaded");
        contenders[i] = (struct hone_contender){
            .run = run_calls, .context = &calls[i], .group = call.group, .stays = call.stays};
    }
    plan.floor_ns = 0;
    fake->now_ns = 0;
    HONE_TRY(hone_measure(&clock, contenders, n, &plan, measurements, err));
    for (uint32_t i = 0; i < n; i++) protocol_put_measurement(out, &measurements[i]);
    protocol_put_machine(out, &machine);
    return HONE_OK;
}

static enum hone_status serve(struct fake *fake, const struct hone_frame *request,
                              struct wire_out *out, struct hone_error *err)
{
    struct wire_in in = {.data = request->data, .n_bytes = request->n_bytes};
    switch (request->kind) {
    case RUNNER_HELLO: return say_hello(&in, out, err);
    case RUNNER_LOAD: return load(fake, &in, err);
    case RUNNER_VERIFY: return verify(fake, &in, out, err);
    case RUNNER_TIME: return take_time(fake, &in, out, err);
    default: return hone_fail(err, HONE_ERR_UNSUPPORTED, "request %u", request->kind);
    }
}

int main(void)
{
    static struct fake fake;
    struct hone_frame request;
    const char *fails = getenv("FAKE_FAILS");
    if (fails && sscanf(fails, "%u:%u", &fake.first_failing, &fake.last_failing) != 2) return 2;
    while (hone_frame_read(STDIN_FILENO, RUNNER_LIMIT_BYTES, INFINITY, NULL, &request, NULL) ==
           HONE_OK) {
        struct wire_out out = {0};
        struct hone_error err = {0};
        enum hone_status status = serve(&fake, &request, &out, &err);
        if (status != HONE_OK) {
            out.n_bytes = 0;
            protocol_put_failure(&out, status, HONE_DEFECT_NONE, err.text);
        }
        enum hone_status sent =
            hone_frame_write(STDOUT_FILENO, status == HONE_OK ? RUNNER_DONE : RUNNER_FAILED,
                             out.data, out.n_bytes, INFINITY, NULL, NULL);
        free(out.data);
        hone_frame_release(&request);
        if (sent != HONE_OK) return 1;
    }
    return 0;
}
