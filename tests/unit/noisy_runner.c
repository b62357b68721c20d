/* SPDX-License-Identifier: MIT */
/* A runner on a simulated device: it speaks the real protocol and times with the real loop, but its
 * kernels take the time that their bytes say on a machine that drifts, and it proves nothing.
 *
 *   noisy_runner TARGET LOG [waited]    what it was asked to time, with true times, goes to LOG
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "runtime/base/hash.h"
#include "tests/unit/noisy_device.h"
#include "tuner/runner/protocol.h"

struct simulated {
    struct noisy_device device;
    double true_ns[HONE_RUNNER_MAX_KERNELS];
    const char *target;
    FILE *log;
    double waited;
};

static enum hone_status hello(struct simulated *s, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err)
{
    struct runner_hello request;
    struct hone_runner_info info = {.n_workers = 1};
    protocol_get_hello(in, &request);
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_VERSION, "another protocol");
    snprintf(info.target, sizeof info.target, "%s", s->target);
    snprintf(info.facts.model, sizeof info.facts.model, "simulated");
    info.facts.n_cpus = 1;
    info.facts.l2_bytes = 1 << 20;
    info.facts.l3_bytes = 1 << 22;
    protocol_put_info(out, &info);
    return HONE_OK;
}

static enum hone_status load(struct simulated *s, struct wire_in *in, struct hone_error *err)
{
    size_t n_bytes;
    uint32_t id = wire_u32(in);
    const uint8_t *code = wire_bytes(in, &n_bytes);
    wire_u64(in);
    wire_u64(in);
    if (!wire_done(in) || id >= HONE_RUNNER_MAX_KERNELS)
        return hone_fail(err, HONE_ERR_FORMAT, "bad load");
    s->true_ns[id] = 1e6 + (double)(hone_fnv1a(code, n_bytes) % 1000000);
    return HONE_OK;
}

static enum hone_status take_time(struct simulated *s, struct wire_in *in, struct wire_out *out,
                                  struct hone_error *err)
{
    static struct hone_measurement m[HONE_RUNNER_MAX_CONTENDERS];
    struct noisy_kernel kernels[HONE_RUNNER_MAX_CONTENDERS];
    struct hone_contender contenders[HONE_RUNNER_MAX_CONTENDERS];
    struct hone_machine machine = {.waited = s->waited, .drift = 1};
    struct hone_clock clock = noisy_clock(&s->device);
    struct hone_measure_plan plan;
    wire_f64(in);
    protocol_get_plan(in, &plan);
    uint32_t n = wire_u32(in);
    if (n > HONE_RUNNER_MAX_CONTENDERS) return hone_fail(err, HONE_ERR_FORMAT, "bad request");
    for (uint32_t i = 0; i < n; i++) {
        struct hone_runner_call call;
        HONE_TRY(protocol_get_call(in, &call, err));
        kernels[i] = (struct noisy_kernel){.device = &s->device, .ns = s->true_ns[call.kernel]};
        contenders[i] = noisy_contender(&kernels[i]);
        contenders[i].group = call.group;
        contenders[i].stays = call.stays;
        fprintf(s->log, "%s%u:%u:%.1f", i ? " " : "", call.group, call.stays, kernels[i].ns);
    }
    fprintf(s->log, "\n");
    fflush(s->log);
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_FORMAT, "bad request");
    HONE_TRY(hone_measure(&clock, contenders, n, &plan, m, err));
    for (uint32_t i = 0; i < n; i++) protocol_put_measurement(out, &m[i]);
    protocol_put_machine(out, &machine);
    return HONE_OK;
}

static enum hone_status serve(struct simulated *s, const struct hone_frame *request,
                              struct wire_out *out, struct hone_error *err)
{
    struct wire_in in = {.data = request->data, .n_bytes = request->n_bytes};
    struct hone_case_result right = {.n_compared = 1};
    switch (request->kind) {
    case RUNNER_HELLO: return hello(s, &in, out, err);
    case RUNNER_LOAD: return load(s, &in, err);
    case RUNNER_VERIFY: protocol_put_result(out, &right); return HONE_OK;
    case RUNNER_TIME: return take_time(s, &in, out, err);
    default: return hone_fail(err, HONE_ERR_UNSUPPORTED, "request %u", request->kind);
    }
}

int main(int argc, char **argv)
{
    struct noisy_noise drifting = {.jitter = 0.003, .drift = 0.2, .drift_ns = 3e8};
    static struct simulated s;
    struct hone_frame request;
    enum hone_status sent = HONE_OK;
    if (argc < 3 || !(s.log = fopen(argv[2], "a"))) return 2;
    s.target = argv[1];
    s.waited = argc > 3 ? atof(argv[3]) : 0;
    noisy_device_start(&s.device, &drifting, 1);
    while (sent == HONE_OK && hone_frame_read(STDIN_FILENO, RUNNER_LIMIT_BYTES, INFINITY, NULL,
                                              &request, NULL) == HONE_OK) {
        struct wire_out out = {0};
        struct hone_error err = {0};
        enum hone_status status = serve(&s, &request, &out, &err);
        if (status != HONE_OK) {
            out.n_bytes = 0;
            protocol_put_failure(&out, status, HONE_DEFECT_NONE, err.text);
        }
        sent = hone_frame_write(STDOUT_FILENO, status == HONE_OK ? RUNNER_DONE : RUNNER_FAILED,
                                out.data, out.n_bytes, INFINITY, NULL, NULL);
        free(out.data);
        hone_frame_release(&request);
    }
    return sent == HONE_OK ? 0 : 1;
}
