/* SPDX-License-Identifier: MIT */
/* A runner whose kernels take made-up times: the same for the same code, call and kind of device on
 * every machine and at any load. It runs nothing, so that a fleet can be tested where its devices
 * are not, and two runs be compared to the byte.
 *
 *   made_up_runner KIND TARGET [MILLISECONDS [THREADS]]
 *
 * KIND names the device; each request takes as long. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "runtime/base/hash.h"
#include "tuner/runner/protocol.h"

enum { SAMPLES = 9 };

static uint64_t kernels[HONE_RUNNER_MAX_KERNELS]; /* hashes of their code */
static const char *kind, *target;
static uint32_t n_threads = 4;

static enum hone_status hello(struct wire_in *in, struct wire_out *out, struct hone_error *err)
{
    struct runner_hello request;
    struct hone_runner_info info = {0};
    protocol_get_hello(in, &request);
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_FORMAT, "made-up runner: bad hello");
    snprintf(info.target, sizeof info.target, "%s", target);
    snprintf(info.facts.model, sizeof info.facts.model, "made-up %s", kind);
    snprintf(info.stack, sizeof info.stack,
             "kernel=0; microcode=0; driver=%s-1; governor=; host=%.60s; hone=0", kind,
             getenv("SLURMD_NODENAME") ? getenv("SLURMD_NODENAME") : "here");
    info.facts.n_cpus = info.n_workers = n_threads;
    info.facts.l1_bytes = 32 << 10;
    info.facts.l2_bytes = 1 << 20;
    info.facts.l3_bytes = 8 << 20;
    protocol_put_info(out, &info);
    return HONE_OK;
}

static enum hone_status load(struct wire_in *in, struct hone_error *err)
{
    size_t n_bytes;
    uint32_t id = wire_u32(in);
    const uint8_t *code = wire_bytes(in, &n_bytes);
    wire_u64(in);
    wire_u64(in);
    if (!wire_done(in) || id >= HONE_RUNNER_MAX_KERNELS)
        return hone_fail(err, HONE_ERR_FORMAT, "made-up runner: bad load");
    kernels[id] = hone_fnv1a(code, n_bytes);
    return HONE_OK;
}

/* One to ten microseconds per thousand operations or so. */
static double time_of(const struct hone_runner_call *call)
{
    char key[HONE_PROBLEM_KEY_BYTES], text[512];
    hone_problem_key(&call->spec.call.problem, key);
    int n = snprintf(text, sizeof text, "%s %s %u %016llx", kind, key, call->spec.m,
                     (unsigned long long)kernels[call->kernel]);
    uint64_t hash = hone_fnv1a(text, (size_t)n);
    return 1000 + (double)(hash % 9000);
}

static enum hone_status take_time(struct wire_in *in, struct wire_out *out, struct hone_error *err)
{
    struct hone_measure_plan plan;
    struct hone_machine machine = {0};
    wire_f64(in);
    protocol_get_plan(in, &plan);
    uint32_t n = wire_u32(in);
    for (uint32_t i = 0; i < n; i++) {
        struct hone_runner_call call;
        struct hone_measurement m = {.n_calls = 1, .n_samples = SAMPLES};
        HONE_TRY(protocol_get_call(in, &call, err));
        for (int s = 0; s < SAMPLES; s++) {
            m.samples[s] = time_of(&call) * (1 + 1e-4 * ((s * 5) % SAMPLES));
            m.at[s] = 1e6 * (s * (double)n + i);
        }
        protocol_put_measurement(out, &m);
    }
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_FORMAT, "made-up runner: bad request");
    protocol_put_machine(out, &machine);
    return HONE_OK;
}

static enum hone_status serve(const struct hone_frame *request, struct wire_out *out,
                              struct hone_error *err)
{
    struct wire_in in = {.data = request->data, .n_bytes = request->n_bytes};
    struct hone_case_result right = {.n_compared = 1};
    switch (request->kind) {
    case RUNNER_HELLO: return hello(&in, out, err);
    case RUNNER_LOAD: return load(&in, err);
    case RUNNER_VERIFY: protocol_put_result(out, &right); return HONE_OK;
    case RUNNER_TIME: return take_time(&in, out, err);
    default:
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "made-up runner: request %u", request->kind);
    }
}

int main(int argc, char **argv)
{
    struct hone_frame request;
    enum hone_status sent = HONE_OK;
    if (argc < 3) return 2;
    kind = argv[1];
    target = argv[2];
    useconds_t pause = argc > 3 ? (useconds_t)(1000 * atoi(argv[3])) : 0;
    if (argc > 4) n_threads = (uint32_t)atoi(argv[4]);
    while (sent == HONE_OK && hone_frame_read(STDIN_FILENO, RUNNER_LIMIT_BYTES, INFINITY, NULL,
                                              &request, NULL) == HONE_OK) {
        struct wire_out out = {0};
        struct hone_error err = {0};
        enum hone_status status = serve(&request, &out, &err);
        if (status != HONE_OK) {
            out.n_bytes = 0;
            protocol_put_failure(&out, status, HONE_DEFECT_NONE, err.text);
        }
        usleep(pause);
        sent = hone_frame_write(STDOUT_FILENO, status == HONE_OK ? RUNNER_DONE : RUNNER_FAILED,
                                out.data, out.n_bytes, INFINITY, NULL, NULL);
        free(out.data);
        hone_frame_release(&request);
    }
    return sent == HONE_OK ? 0 : 1;
}
