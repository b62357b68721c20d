/* SPDX-License-Identifier: MIT */
/* Choosing and loading the reference of a problem. */
#include "tuner/session/reference.h"

#include <string.h>

#include "tuner/session/trial.h"

/* A reference that takes much longer than what is timed beside it costs more than it tells. */
static const double TOO_SLOW = 2;

/* The first trial after `last` that may take over from it. */
static const struct tried *successor(const struct problem_state *problem, const struct tried *last,
                                     const struct hone_space **out_space)
{
    const struct tried *found = NULL;
    for (uint32_t s = 0; s < problem->n_spaces; s++)
        for (size_t t = 0; t < problem->spaces[s].n_trials; t++) {
            const struct tried *trial = &problem->spaces[s].trials[t];
            if (!trial->valid || (found && trial->id >= found->id)) continue;
            if (last ? trial->id <= last->id || TOO_SLOW * trial->ns > last->ns
                     : !trial->is_default)
                continue;
            found = trial;
            *out_space = problem->spaces[s].space;
        }
    return found;
}

static const struct tried *choose(const struct problem_state *problem,
                                  const struct hone_space **out_space)
{
    const struct tried *last = NULL, *next;
    while ((next = successor(problem, last, out_space))) last = next;
    return last;
}

void reference_release(struct reference *reference)
{
    if (reference->held) hone_variant_release(&reference->variant);
    *reference = (struct reference){0};
}

static enum hone_status make(struct session *session, const struct problem_state *problem,
                             const struct tried *trial, const struct hone_space *space,
                             struct hone_error *err)
{
    struct reference *r = &session->reference;
    reference_release(r);
    HONE_TRY(hone_kernels_variant(session->options->kernels, space, &problem->item->problem,
                                  &trial->config, &r->variant, err));
    r->held = true;
    r->id = trial->id;
    r->ns = trial->ns;
    trial_spec(session, problem, &r->variant, &r->spec);
    const struct hone_binary *binary;
    HONE_TRY(hone_kernels_compile(session->options->kernels, &r->variant, &binary, err));
    HONE_TRY(trial_load(session, &r->variant, binary, REFERENCE_KERNEL, err));
    r->generation = hone_runner_generation(session->options->runner);
    r->problem = problem;
    return HONE_OK;
}

enum hone_status reference_load(struct session *session, const struct problem_state *problem,
                                struct hone_runner_call *out_call, double *out_ns,
                                struct hone_error *err)
{
    struct reference *r = &session->reference;
    const struct hone_space *space = NULL;
    const struct tried *trial = choose(problem, &space);
    struct hone_error local = {0};
    *out_ns = 0;
    if (!trial) return HONE_OK;
    bool there = r->problem == problem && r->id == trial->id &&
                 r->generation == hone_runner_generation(session->options->runner);
    if (!there) {
        enum hone_status status = make(session, problem, trial, space, &local);
        if (status == HONE_ERR_NO_MEMORY) return hone_fail(err, status, "%s", local.text);
        if (status != HONE_OK) return HONE_OK; /* timed alone, then */
    }
    *out_call = edges_call(&r->variant, &r->spec);
    out_call->kernel = REFERENCE_KERNEL;
    *out_ns = r->ns;
    return HONE_OK;
}
