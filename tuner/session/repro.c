/* SPDX-License-Identifier: MIT */
/* One refused variant, tried again. */
#include "tuner/session/repro.h"

#include <stdio.h>
#include <string.h>

#include "tuner/session/trial.h"

static void take(const struct verdict *verdict, const struct hone_variant *variant, double ns,
                 struct hone_repro *repro)
{
    repro->valid = verdict->valid;
    repro->reason = verdict->reason;
    repro->ns = verdict->valid ? ns : 0;
    snprintf(repro->detail, sizeof repro->detail, "%s", verdict->detail);
    snprintf(repro->proof, sizeof repro->proof, "%s", verdict->proof);
    snprintf(repro->code_key, sizeof repro->code_key, "%s", variant->code_key);
}

static enum hone_status run(struct session *session, const struct hone_space *space,
                            const struct hone_config *config, struct hone_repro *repro,
                            struct hone_error *err)
{
    struct hone_variant variant;
    struct verdict verdict = {.reason = "ok"};
    double ns = 0;
    struct problem_state *problem = &session->problems[0];
    enum hone_status status = hone_kernels_variant(session->options->kernels, space,
                                                   &problem->item->problem, config, &variant, err);
    if (status == HONE_OK) status = trial_judge(session, problem, &variant, &verdict, &ns, err);
    if (status == HONE_OK) take(&verdict, &variant, ns, repro);
    hone_variant_release(&variant);
    return status;
}

enum hone_status hone_tune_repro(const struct hone_tune_options *options,
                                 const struct hone_problem *problem, const char *space_name,
                                 const char *config_text, struct hone_repro *out_repro,
                                 struct hone_error *err)
{
    struct session session = {.options = options};
    struct hone_tune_item item = {.problem = *problem};
    struct hone_config config;
    memset(out_repro, 0, sizeof *out_repro);
    const struct hone_space *space =
        hone_space_list_find(hone_kernels_spaces(options->kernels), space_name);
    if (!space) return hone_fail(err, HONE_ERR_NOT_FOUND, "there is no space '%s'", space_name);
    HONE_TRY(hone_config_parse(space, config_text, &config, err));
    enum hone_status status = state_open(&session, &item, 1, err);
    if (status == HONE_OK) status = run(&session, space, &config, out_repro, err);
    state_close(&session);
    return status;
}
