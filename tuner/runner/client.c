/* SPDX-License-Identifier: MIT */
/* The client of a runner: starts it, sends requests, and ends it when it crashes, hangs or talks
 * nonsense. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/child.h"
#include "codegen/compile/frame.h"
#include "tuner/runner/defect.h"
#include "tuner/runner/protocol.h"
#include "tuner/runner/watchdog.h"

struct hone_runner {
    struct hone_runner_options options;
    struct hone_child child;
    struct hone_runner_info info;
    struct hone_machine machine;
    uint32_t generation;
    const char *reason;
};

static const uint64_t SCRATCH_BYTES = 32 << 20, CASE_BYTES = UINT64_C(2) << 30;
static const double REQUEST_SECONDS = 60, START_SECONDS = 20, DYING_SECONDS = 5, REPLY_SECONDS = 5,
                    EMULATOR_SLOWER = 30;

static const struct {
    enum hone_status status;
    const char *reason;
} reasons[] = {
    {HONE_ERR_TIMEOUT, "hang"},    {HONE_ERR_NO_MEMORY, "memory"}, {HONE_ERR_LIMIT, "limit"},
    {HONE_ERR_FORMAT, "protocol"}, {HONE_ERR_VERSION, "protocol"}, {HONE_ERR_ARGUMENT, "shape"},
    {HONE_ERR_DEVICE, "crash"},    {HONE_ERR_UNSUPPORTED, "link"}, {HONE_ERR_COMPILE, "link"},
};

/* Of a kernel that is not WRONG. What has no code of its own is the device's doing. */
static const char *reason_of(enum hone_status status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "device";
}

enum hone_status hone_runner_open(const struct hone_runner_options *options,
                                  struct hone_runner **out_runner, struct hone_error *err)
{
    struct hone_runner *runner = calloc(1, sizeof *runner);
    *out_runner = runner;
    if (!runner) return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory");
    runner->options = *options;
    struct hone_runner_options *o = &runner->options;
    if (!o->family) o->family = "cpu";
    if (!o->scratch_bytes) o->scratch_bytes = SCRATCH_BYTES;
    if (!o->case_bytes) o->case_bytes = CASE_BYTES;
    if (!(o->request_seconds > 0)) o->request_seconds = REQUEST_SECONDS;
    runner->reason = "ok";
    return HONE_OK;
}

void hone_runner_close(struct hone_runner *runner)
{
    if (!runner) return;
    if (runner->child.pid > 0) hone_child_stop(&runner->child, 2.0, NULL, 0);
    free(runner);
}

uint32_t hone_runner_generation(const struct hone_runner *runner)
{
    return runner->generation;
}

const char *hone_runner_reason(const struct hone_runner *runner)
{
    return runner->reason;
}

/* The runner is beyond use: how it ended becomes the message. */
static enum hone_status bury(struct hone_runner *runner, enum hone_status status, double seconds,
                             struct hone_error *err)
{
    char end[320], said[HONE_ERROR_TEXT_BYTES] = "";
    if (err) snprintf(said, sizeof said, "%s", err->text);
    bool dying = status == HONE_ERR_CRASHED || status == HONE_ERR_IO;
    hone_child_stop(&runner->child, dying ? DYING_SECONDS : 0, end, sizeof end);
    runner->reason = reason_of(status);
    if (status == HONE_ERR_TIMEOUT)
        return hone_fail(err, status, "no answer within %.1f s, killed", seconds);
    if (!dying) return hone_fail(err, status, "broke the protocol: %.200s", said);
    int code;
    if (sscanf(end, "exit code %d", &code) == 1 && code == WATCHDOG_EXIT_CODE) {
        runner->reason = "hang";
        return hone_fail(err, HONE_ERR_TIMEOUT, "kernel did not come back in time");
    }
    runner->reason = strncmp(end, "exit", 4) == 0 ? "exit" : "crash";
    return hone_fail(err, HONE_ERR_CRASHED, "runner ended: %s", end);
}

static enum hone_status get_failure(struct hone_runner *runner, const struct hone_frame *reply,
                                    struct hone_error *err)
{
    struct wire_in in = {.data = reply->data, .n_bytes = reply->n_bytes};
    char text[HONE_ERROR_TEXT_BYTES];
    enum hone_status status;
    uint32_t defect;
    protocol_get_failure(&in, &status, &defect, text, sizeof text);
    if (!wire_done(&in)) {
        hone_fail(err, HONE_ERR_FORMAT, "a failure without a status that is known");
        return bury(runner, HONE_ERR_FORMAT, 0, err);
    }
    const struct runner_defect_info *info = runner_defect_find(defect);
    runner->reason = status == HONE_ERR_WRONG ? info->reason : reason_of(status);
    /* What a kernel broke may be anything, and a lost device is lost to that process. */
    if (status == HONE_ERR_DEVICE || info->breaks) hone_child_stop(&runner->child, 0, NULL, 0);
    if (status == HONE_ERR_DEVICE) status = HONE_ERR_CRASHED;
    return hone_fail(err, status, "%s", text);
}

/* Sends `out` (freed) and reads the reply's payload, which the caller releases. */
static enum hone_status exchange(struct hone_runner *runner, uint32_t kind, struct wire_out *out,
                                 double seconds, struct hone_frame *reply, struct hone_error *err)
{
    struct hone_error local = {0};
    if (!err) err = &local;
    *reply = (struct hone_frame){0};
    if (out->bad) {
        free(out->data);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory for a request");
    }
    double deadline = hone_clock_seconds() + seconds;
    enum hone_status status = hone_frame_write(runner->child.to, kind, out->data, out->n_bytes,
                                               deadline, &runner->child.log, err);
    free(out->data);
    out->data = NULL;
    if (status == HONE_OK) status = hone_child_await(&runner->child, seconds, err);
    if (status == HONE_OK) {
        status =
            hone_frame_read(runner->child.from, RUNNER_REPLY_BYTES,
                            hone_clock_seconds() + REPLY_SECONDS, &runner->child.log, reply, err);
        if (status == HONE_ERR_TIMEOUT)
            status = hone_fail(err, HONE_ERR_FORMAT, "a reply that broke off");
    }
    if (status != HONE_OK) return bury(runner, status, seconds, err);
    if (reply->kind == RUNNER_DONE) return HONE_OK;
    if (reply->kind == RUNNER_FAILED)
        status = get_failure(runner, reply, err);
    else {
        hone_fail(err, HONE_ERR_FORMAT, "reply of kind %u", reply->kind);
        status = bury(runner, HONE_ERR_FORMAT, seconds, err);
    }
    hone_frame_release(reply);
    return status;
}

/* A reply with bytes missing or too many. */
static enum hone_status close_reply(struct hone_runner *runner, struct hone_frame *reply,
                                    const struct wire_in *in, struct hone_error *err)
{
    bool good = wire_done(in);
    hone_frame_release(reply);
    if (good) return HONE_OK;
    hone_fail(err, HONE_ERR_FORMAT, "a reply of the wrong length");
    return bury(runner, HONE_ERR_FORMAT, 0, err);
}

static enum hone_status say_hello(struct hone_runner *runner, struct hone_error *err)
{
    const struct hone_runner_options *o = &runner->options;
    struct runner_hello hello = {.protocol = HONE_RUNNER_PROTOCOL,
                                 .n_threads = o->n_threads,
                                 .scratch_bytes = o->scratch_bytes,
                                 .case_bytes = o->case_bytes};
    struct wire_out out = {0};
    struct hone_frame reply;
    snprintf(hello.family, sizeof hello.family, "%s", o->family);
    protocol_put_hello(&out, &hello);
    double seconds = o->request_seconds < START_SECONDS ? o->request_seconds : START_SECONDS;
    HONE_TRY(exchange(runner, RUNNER_HELLO, &out, seconds, &reply, err));
    struct wire_in in = {.data = reply.data, .n_bytes = reply.n_bytes};
    protocol_get_info(&in, &runner->info);
    return close_reply(runner, &reply, &in, err);
}

static enum hone_status ensure_started(struct hone_runner *runner, struct hone_error *err)
{
    if (runner->child.pid > 0 && hone_child_running(&runner->child)) return HONE_OK;
    if (runner->child.pid > 0) hone_child_stop(&runner->child, 0, NULL, 0);
    runner->reason = "runner";
    HONE_TRY(hone_child_start(runner->options.command, 0, &runner->child, err));
    runner->generation++;
    enum hone_status status = say_hello(runner, err);
    if (status == HONE_OK) return HONE_OK;
    if (runner->child.pid > 0) hone_child_stop(&runner->child, 0, NULL, 0);
    runner->reason = "runner";
    return hone_fail_in(err, status, "%s", runner->options.command[0]);
}

enum hone_status hone_runner_info(struct hone_runner *runner, struct hone_runner_info *out_info,
                                  struct hone_error *err)
{
    HONE_TRY(ensure_started(runner, err));
    *out_info = runner->info;
    return HONE_OK;
}

enum hone_status hone_runner_load(struct hone_runner *runner, uint32_t id,
                                  const struct hone_runner_kernel *kernel, struct hone_error *err)
{
    struct wire_out out = {0};
    struct hone_frame reply;
    HONE_TRY(ensure_started(runner, err));
    wire_put_u32(&out, id);
    wire_put_bytes(&out, kernel->code, kernel->n_bytes);
    wire_put_u64(&out, kernel->entry);
    wire_put_u64(&out, kernel->scratch_bytes);
    HONE_TRY(exchange(runner, RUNNER_LOAD, &out, runner->options.request_seconds, &reply, err));
    struct wire_in in = {.data = reply.data, .n_bytes = reply.n_bytes};
    return close_reply(runner, &reply, &in, err);
}

/* An emulator is given what it needs; the runner must have said that it is one. */
static double patience(const struct hone_runner *runner, double run_seconds)
{
    return hone_cpu_emulated(&runner->info.facts) ? EMULATOR_SLOWER * run_seconds : run_seconds;
}

enum hone_status hone_runner_verify(struct hone_runner *runner, const struct hone_runner_call *call,
                                    uint32_t n_samples, double run_seconds,
                                    struct hone_case_result *out_result, struct hone_error *err)
{
    struct wire_out out = {0};
    struct hone_frame reply;
    HONE_TRY(ensure_started(runner, err));
    run_seconds = patience(runner, run_seconds);
    wire_put_f64(&out, run_seconds);
    wire_put_u32(&out, n_samples);
    protocol_put_call(&out, call);
    double seconds = run_seconds + runner->options.request_seconds;
    HONE_TRY(exchange(runner, RUNNER_VERIFY, &out, seconds, &reply, err));
    struct wire_in in = {.data = reply.data, .n_bytes = reply.n_bytes};
    protocol_get_result(&in, out_result);
    return close_reply(runner, &reply, &in, err);
}

enum hone_status hone_runner_time(struct hone_runner *runner, const struct hone_runner_call *calls,
                                  uint32_t n_calls, const struct hone_measure_plan *plan,
                                  double run_seconds, struct hone_measurement *out_measurements,
                                  struct hone_error *err)
{
    struct wire_out out = {0};
    struct hone_frame reply;
    HONE_TRY(ensure_started(runner, err));
    run_seconds = patience(runner, run_seconds);
    wire_put_f64(&out, run_seconds);
    protocol_put_plan(&out, plan);
    wire_put_u32(&out, n_calls);
    for (uint32_t i = 0; i < n_calls; i++) protocol_put_call(&out, &calls[i]);
    double seconds = run_seconds + runner->options.request_seconds;
    HONE_TRY(exchange(runner, RUNNER_TIME, &out, seconds, &reply, err));
    struct wire_in in = {.data = reply.data, .n_bytes = reply.n_bytes};
    for (uint32_t i = 0; i < n_calls; i++) protocol_get_measurement(&in, &out_measurements[i]);
    protocol_get_machine(&in, &runner->machine);
    return close_reply(runner, &reply, &in, err);
}

const struct hone_machine *hone_runner_machine(const struct hone_runner *runner)
{
    return &runner->machine;
}

enum hone_status hone_runner_probe(struct hone_runner *runner,
                                   const struct hone_runner_probe *probe,
                                   const struct hone_measure_plan *plan, double run_seconds,
                                   struct hone_measurement *out_measurement, struct hone_error *err)
{
    struct wire_out out = {0};
    struct hone_frame reply;
    HONE_TRY(ensure_started(runner, err));
    run_seconds = patience(runner, run_seconds);
    wire_put_f64(&out, run_seconds);
    protocol_put_plan(&out, plan);
    wire_put_u32(&out, probe->kernel);
    wire_put_u32(&out, probe->n_blocks);
    wire_put_u64(&out, probe->n_bytes);
    wire_put_u64(&out, probe->n_iterations);
    double seconds = run_seconds + runner->options.request_seconds;
    HONE_TRY(exchange(runner, RUNNER_PROBE, &out, seconds, &reply, err));
    struct wire_in in = {.data = reply.data, .n_bytes = reply.n_bytes};
    protocol_get_measurement(&in, out_measurement);
    return close_reply(runner, &reply, &in, err);
}
