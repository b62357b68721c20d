/* SPDX-License-Identifier: MIT */
/* The request that proves a kernel right on one case. */
#include "tuner/runner/checked_call.h"
#include "tuner/runner/defect.h"
#include "tuner/runner/server.h"
#include "tuner/runner/watchdog.h"

/* Time for repeats: a trial makes about a dozen small checks and takes 65 ms in all. */
static const double REPEAT_SECONDS = 0.4e-3;

static enum hone_status run_once(struct server *server, struct hone_case *c,
                                 const struct hone_launch *launch, double run_seconds,
                                 uint32_t n_samples, struct hone_case_result *result,
                                 struct hone_error *err)
{
    hone_case_poison(c);
    watchdog_arm(run_seconds);
    enum hone_status status = server->vtable->run(server->device, launch, 1, NULL, err);
    watchdog_arm(0);
    return status == HONE_OK ? hone_case_check(c, n_samples, result, err) : status;
}

static enum hone_status run_far(struct server *server, const struct hone_runner_call *call,
                                struct far_case *far, const struct hone_launch *launch,
                                double run_seconds, uint32_t n_samples,
                                struct hone_case_result *result, struct hone_error *err)
{
    struct far_request request = {.launch = launch,
                                  .n_samples = n_samples,
                                  .n_copies = call->spec.n_copies,
                                  .run_seconds = run_seconds,
                                  .repeat_seconds =
                                      call->repeat_us ? 1e-6 * call->repeat_us : REPEAT_SECONDS};
    if (call->scratch_bytes > server->scratch_bytes)
        return hone_fail(err, HONE_ERR_LIMIT, "kernel wants %llu bytes of scratch per worker",
                         (unsigned long long)call->scratch_bytes);
    return far_case_verify(far, &request, result, err);
}

static enum hone_status rerun(struct server *server, const struct hone_runner_call *call,
                              struct hone_case *c, const struct hone_launch *launch,
                              double run_seconds, uint32_t n_samples,
                              struct hone_case_result *result, struct hone_error *err)
{
    const struct server_kernel *kernel = &server->kernels[call->kernel];
    struct rerun_request request = {
        .vtable = server->vtable,
        .device = server->device,
        .c = c,
        .launch = *launch,
        .scratch_bytes = call->scratch_bytes ? call->scratch_bytes : kernel->scratch_bytes,
        .n_samples = n_samples,
        .n_copies = call->spec.n_copies,
        .run_seconds = run_seconds,
        .repeat_seconds = call->repeat_us ? 1e-6 * call->repeat_us : REPEAT_SECONDS};
    if (request.scratch_bytes > server->scratch_bytes)
        return hone_fail(
            err, HONE_ERR_LIMIT, "kernel wants %llu bytes of scratch per worker, %llu are there",
            (unsigned long long)request.scratch_bytes, (unsigned long long)server->scratch_bytes);
    return rerun_verify(&server->rerun, &request, result, err);
}

enum hone_status server_verify(struct server *server, struct wire_in *in, struct wire_out *out,
                               struct hone_error *err)
{
    struct hone_runner_call call;
    struct hone_launch launch;
    struct hone_case *c;
    struct hone_case_result result = {0};
    double run_seconds = wire_f64(in);
    uint32_t n_samples = wire_u32(in);
    HONE_TRY(protocol_get_call(in, &call, err));
    if (!wire_done(in)) return hone_fail(err, HONE_ERR_FORMAT, "runner: bad verify request");
    HONE_TRY(cases_get(&server->cases, &call.spec, &c, err));
    HONE_TRY(server_launch(server, &call, c, &launch, err));
    struct far_case *far = cases_far(&server->cases, c);
    enum hone_status status =
        far ? run_far(server, &call, far, &launch, run_seconds, n_samples, &result, err)
        : server->kernels[call.kernel].stub_bytes
            ? rerun(server, &call, c, &launch, run_seconds, n_samples, &result, err)
            : run_once(server, c, &launch, run_seconds, n_samples, &result, err);
    /* Also where it was changed while the kernel was timed. */
    if (float_control() != server->float_control) {
        set_float_control(server->float_control);
        if (status == HONE_OK) {
            result.defect = RUNNER_DEFECT_FLOAT_ENVIRONMENT;
            status = hone_fail(err, HONE_ERR_WRONG, "float environment changed by the kernel");
        }
    }
    server->defect = result.defect;
    if (status != HONE_OK) cases_drop(&server->cases, c);
    if (status == HONE_OK) protocol_put_result(out, &result);
    return status;
}
