/* SPDX-License-Identifier: MIT */
/* Proving a kernel on a device that the host cannot look into. */
#include "codegen/compile/frame.h"
#include "tuner/runner/defect.h"
#include "tuner/runner/far_private.h"
#include "tuner/runner/watchdog.h"

enum { MOST_RUNS = 64 };

struct far_run {
    struct far_case *far;
    const struct far_request *request;
    uint64_t hash; /* of the outputs of the first run */
    uint32_t n_runs;
};

/* What is found there before the judge looks lies in red zones. */
static enum hone_status fetch(struct far_run *run, uint32_t copy, bool all,
                              struct hone_case_result *result, struct hone_error *err)
{
    enum hone_status status = far_case_fetch(run->far, copy, all, err);
    result->defect = status == HONE_ERR_WRONG ? HONE_DEFECT_BOUNDS : HONE_DEFECT_NONE;
    return status;
}

/* In what way a run differs says more than what was wrong then, unless it broke something. */
static void differs(struct hone_case_result *result, enum runner_defect defect)
{
    if (!runner_defect_find(result->defect)->breaks) result->defect = defect;
}

static enum hone_status judge(struct far_run *run, uint32_t copy, bool all,
                              struct hone_case_result *result, struct hone_error *err)
{
    if (all) HONE_TRY(fetch(run, copy, true, result, err));
    return hone_case_check(run->far->c, run->request->n_samples, result, err);
}

/* At the tuned size inputs are large: they come back once, at the end. */
static enum hone_status one(struct far_run *run, struct hone_case_result *result,
                            struct hone_error *err)
{
    const struct far_place *place = &run->far->place;
    const struct far_request *request = run->request;
    uint32_t number = run->n_runs++;
    uint32_t copy = request->n_copies > 1 ? number % request->n_copies : 0;
    struct hone_launch launch = *request->launch;
    launch.args = far_case_args(run->far, copy);
    result->defect = HONE_DEFECT_NONE;
    HONE_TRY(far_case_poison(run->far, err));
    watchdog_arm(request->run_seconds);
    enum hone_status status = place->vtable->run(place->device, &launch, 1, NULL, err);
    if (status == HONE_OK) status = fetch(run, copy, false, result, err);
    watchdog_arm(0);
    HONE_TRY(status);
    uint64_t hash = hone_case_output_hash(run->far->c);
    if (number == 0) {
        run->hash = hash;
        return judge(run, copy, request->n_samples == 0, result, err);
    }
    if (hash == run->hash) return HONE_OK;
    status = judge(run, copy, true, result, err);
    differs(result, status == HONE_ERR_WRONG ? RUNNER_DEFECT_SECOND_CALL : RUNNER_DEFECT_UNSTABLE);
    if (status == HONE_ERR_WRONG) return hone_fail_in(err, status, "differs called a second time");
    if (status != HONE_OK) return status;
    return hone_fail(err, HONE_ERR_WRONG, "differs from run to run: right, but in other bits");
}

enum hone_status far_case_verify(struct far_case *far, const struct far_request *request,
                                 struct hone_case_result *out_result, struct hone_error *err)
{
    struct far_run run = {.far = far, .request = request};
    struct hone_case_result again = {0};
    HONE_TRY(one(&run, out_result, err));
    double end = hone_clock_seconds() + request->repeat_seconds;
    enum hone_status status;
    do status = one(&run, &again, err);
    while (status == HONE_OK && request->n_samples == 0 && run.n_runs < MOST_RUNS &&
           hone_clock_seconds() < end);
    uint32_t last = request->n_copies > 1 ? (run.n_runs - 1) % request->n_copies : 0;
    if (status == HONE_OK) status = judge(&run, last, true, &again, err);
    out_result->defect = again.defect;
    return status;
}
