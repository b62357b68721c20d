/* SPDX-License-Identifier: MIT */
/* A stored winner under the present stack. */
#include "tuner/session/reverify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/session/trial.h"

static void copy(char *to, size_t capacity, const char *from)
{
    snprintf(to, capacity, "%s", from);
}

/* Keys of the winner as stored, and of the same config made today. */
static void compare(const struct session *session, const struct hone_store_winner *winner,
                    const struct hone_variant *variant, struct hone_reverify *result)
{
    struct hone_entry_key stored, now;
    memset(&stored, 0, sizeof stored);
    memset(&now, 0, sizeof now);
    copy(stored.code.source_hash, sizeof stored.code.source_hash, winner->variant.source_hash);
    copy(stored.code.compiler, sizeof stored.code.compiler, winner->variant.compiler);
    copy(stored.code.target, sizeof stored.code.target, winner->variant.target);
    stored.code.engine = winner->variant.engine;
    stored.code.abi = winner->variant.abi;
    copy(now.code.source_hash, sizeof now.code.source_hash, variant->source_hash);
    copy(now.code.compiler, sizeof now.code.compiler, session->compiler);
    copy(now.code.target, sizeof now.code.target, session->target);
    now.code.engine = HONE_TEMPLATE_ENGINE_VERSION;
    now.code.abi = HONE_KERNEL_ABI;
    if (hone_timing_key_parse(winner->device, &stored.timing, NULL) != HONE_OK ||
        hone_timing_key_parse(session->device, &now.timing, NULL) != HONE_OK)
        copy(stored.timing.model, sizeof stored.timing.model, "not known");
    result->match = hone_key_compare(&stored, &now, &result->field);
}

static enum hone_status measure(struct session *session, const struct problem_state *state,
                                const struct hone_variant *variant,
                                const struct hone_case_spec *spec, struct hone_reverify *result,
                                struct verdict *verdict, struct hone_error *err)
{
    struct hone_measurement *m = calloc(1, sizeof *m);
    struct hone_error local = {0};
    if (!m) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    struct hone_runner_call call = edges_call(variant, spec);
    struct hone_measure_plan plan = {.limit_ns = 100000000};
    if (hone_runner_time(session->options->runner, &call, 1, &plan, trial_limit_seconds(state, 60),
                         m, &local) == HONE_OK) {
        result->ns = m->stats.median;
    } else {
        verdict->valid = false;
        verdict->reason = hone_runner_reason(session->options->runner);
        copy(verdict->detail, sizeof verdict->detail, local.text);
    }
    free(m);
    return HONE_OK;
}

static enum hone_status prove(struct session *session, const struct problem_state *state,
                              const struct hone_variant *variant, struct hone_reverify *result,
                              struct hone_error *err)
{
    const struct hone_binary *binary;
    struct verdict verdict = {.reason = "compile"};
    struct hone_case_spec spec;
    enum hone_status status =
        hone_kernels_compile(session->options->kernels, variant, &binary, err);
    if (status == HONE_ERR_NOT_FOUND || status == HONE_ERR_NO_MEMORY) return status;
    if (status == HONE_OK) {
        trial_spec(session, state, variant, &spec);
        struct hone_error local = {0};
        if (trial_load(session, variant, binary, 0, &local) != HONE_OK) {
            verdict.reason = hone_runner_reason(session->options->runner);
            copy(verdict.detail, sizeof verdict.detail, local.text);
        } else if (trial_verify(session, variant, &spec, 0, EDGES_FINAL, &verdict)) {
            HONE_TRY(measure(session, state, variant, &spec, result, &verdict, err));
        }
    } else if (err) {
        copy(verdict.detail, sizeof verdict.detail, err->text);
    }
    result->valid = verdict.valid;
    result->reason = verdict.reason;
    copy(result->detail, sizeof result->detail, verdict.detail);
    copy(result->proof, sizeof result->proof, verdict.proof);
    return HONE_OK;
}

enum hone_status hone_tune_reverify(const struct hone_tune_options *options,
                                    const struct hone_problem *problem,
                                    const struct hone_store_winner *winner,
                                    struct hone_reverify *out_result, struct hone_error *err)
{
    struct session session = {.options = options};
    struct hone_tune_item item = {.problem = *problem};
    struct hone_config config;
    struct hone_variant variant;
    memset(out_result, 0, sizeof *out_result);
    *out_result =
        (struct hone_reverify){.match = HONE_KEY_MISS, .reason = "gone", .field = "space"};
    const struct hone_space *space =
        hone_space_list_find(hone_kernels_spaces(options->kernels), winner->variant.space);
    if (!space || hone_config_parse(space, winner->variant.config, &config, NULL) != HONE_OK ||
        hone_kernels_variant(options->kernels, space, problem, &config, &variant, NULL) != HONE_OK)
        return HONE_OK;
    enum hone_status status = state_open(&session, &item, 1, err);
    if (status == HONE_OK) {
        compare(&session, winner, &variant, out_result);
        status = prove(&session, &session.problems[0], &variant, out_result, err);
    }
    state_close(&session);
    hone_variant_release(&variant);
    return status;
}
