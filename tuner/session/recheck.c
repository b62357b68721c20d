/* SPDX-License-Identifier: MIT */
/* Stored variants of a problem under the present stack. */
#include "tuner/session/recheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tuner/session/trial.h"

/* Standard errors to each side of a time: as many as those of a search trial have. */
static const double SIGMAS = 2;

struct checked {
    struct hone_variant variant; /* source NULL when it is gone */
    struct hone_case_spec spec;
    struct verdict verdict;
    struct hone_measurement measurement;
    char state[HONE_MACHINE_TEXT_BYTES]; /* of the machine while it was timed */
    double seconds;                      /* what all of this cost */
};

struct checking {
    struct session session;
    struct problem_state *problem;
    struct hone_recheck *entries;
    struct checked *checked;
    uint32_t n;
};

static void copy(char *to, size_t capacity, const char *from)
{
    snprintf(to, capacity, "%s", from);
}

/* Keys as stored, and of the same config made today. */
static void compare(struct checking *c, uint32_t i)
{
    const struct hone_store_trial *stored = c->entries[i].stored;
    const struct hone_store_variant *v = &stored->variant;
    const struct session *session = &c->session;
    struct hone_entry_key *was = calloc(2, sizeof *was), *now = was + 1;
    if (!was) return;
    copy(was->code.problem, sizeof was->code.problem, v->problem);
    copy(was->code.source_hash, sizeof was->code.source_hash, v->source_hash);
    copy(was->code.options, sizeof was->code.options, v->options);
    copy(was->code.compiler, sizeof was->code.compiler, v->compiler);
    copy(was->code.target, sizeof was->code.target, v->target);
    was->code.engine = v->engine;
    was->code.abi = v->abi;
    was->code.contract = v->contract;
    copy(was->regime, sizeof was->regime, stored->regime);
    copy(now->code.problem, sizeof now->code.problem, c->problem->key);
    copy(now->code.source_hash, sizeof now->code.source_hash, c->checked[i].variant.source_hash);
    copy(now->code.options, sizeof now->code.options, session->compile_options);
    copy(now->code.compiler, sizeof now->code.compiler, session->compiler);
    copy(now->code.target, sizeof now->code.target, session->target);
    now->code.engine = HONE_TEMPLATE_ENGINE_VERSION;
    now->code.abi = HONE_KERNEL_ABI;
    now->code.contract = HONE_OP_CONTRACT;
    copy(now->regime, sizeof now->regime, c->problem->regime);
    if (hone_timing_key_parse(stored->device, &was->timing, NULL) != HONE_OK ||
        hone_timing_key_parse(session->device, &now->timing, NULL) != HONE_OK)
        copy(was->timing.model, sizeof was->timing.model, "not known");
    hone_stack_parse(stored->stack, &was->stack, NULL);
    hone_stack_parse(session->info.stack, &now->stack, NULL);
    c->entries[i].match = hone_key_compare(was, now, &c->entries[i].field);
    free(was);
}

static void refuse(struct verdict *verdict, const char *reason, const char *detail)
{
    verdict->valid = false;
    verdict->reason = reason;
    copy(verdict->detail, sizeof verdict->detail, detail);
}

/* Rendered, compiled, loaded and verified. */
static enum hone_status prove(struct checking *c, uint32_t i, struct hone_error *err)
{
    struct hone_recheck *entry = &c->entries[i];
    struct checked *checked = &c->checked[i];
    struct hone_kernels *kernels = c->session.options->kernels;
    struct hone_error local = {0};
    struct hone_config config;
    const struct hone_binary *binary;
    const struct hone_space *space =
        hone_space_list_find(hone_kernels_spaces(kernels), entry->stored->variant.space);
    entry->match = HONE_KEY_MISS;
    entry->field = "space";
    refuse(&checked->verdict, "gone", "no such space, or it no longer serves this config here");
    if (!space ||
        hone_config_parse(space, entry->stored->variant.config, &config, NULL) != HONE_OK ||
        hone_kernels_variant(kernels, space, &c->problem->item->problem, &config, &checked->variant,
                             NULL) != HONE_OK)
        return HONE_OK;
    compare(c, i);
    copy(entry->code_key, sizeof entry->code_key, checked->variant.code_key);
    copy(entry->source_hash, sizeof entry->source_hash, checked->variant.source_hash);
    enum hone_status status = hone_kernels_compile(kernels, &checked->variant, &binary, &local);
    if (status == HONE_ERR_NOT_FOUND || status == HONE_ERR_NO_MEMORY)
        return hone_fail(err, status, "%s", local.text);
    if (status != HONE_OK) {
        refuse(&checked->verdict, trial_make_reason(status, local.text), local.text);
        return HONE_OK;
    }
    entry->facts = binary->facts;
    trial_spec(&c->session, c->problem, &checked->variant, &checked->spec);
    if (trial_load(&c->session, &checked->variant, binary, i, &local) != HONE_OK)
        refuse(&checked->verdict, hone_runner_reason(c->session.options->runner), local.text);
    else
        trial_verify(&c->session, &checked->variant, &checked->spec, i, EDGES_FINAL,
                     &checked->verdict);
    if (strcmp(checked->verdict.reason, "runner") == 0 || trial_is_devices(&checked->verdict))
        return hone_fail(err, HONE_ERR_IO, "runner: %s", checked->verdict.detail);
    checked->seconds = state_charge(&c->session);
    return HONE_OK;
}

/* A runner that died takes the kernels with it. */
static enum hone_status reload(struct checking *c, struct hone_error *err)
{
    for (uint32_t i = 0; i < c->n; i++) {
        const struct hone_binary *binary;
        if (!c->checked[i].verdict.valid) continue;
        HONE_TRY(hone_kernels_compile(c->session.options->kernels, &c->checked[i].variant, &binary,
                                      err));
        HONE_TRY(trial_load(&c->session, &c->checked[i].variant, binary, i, err));
    }
    return HONE_OK;
}

/* All that are right in one interleaved run; each alone should the run fail. */
static enum hone_status time_some(struct checking *c, const uint32_t *of, uint32_t n,
                                  struct hone_error *err)
{
    struct hone_runner_call calls[HONE_RECHECK_MOST];
    struct hone_measure_plan plan = {
        .n_rounds_min = 10, .n_rounds_max = 31, .precision = 0.003, .limit_ns = 400000000};
    struct hone_measurement *group = calloc(n + 1, sizeof *group);
    if (!group) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    for (uint32_t i = 0; i < n; i++) {
        calls[i] = edges_call(&c->checked[of[i]].variant, &c->checked[of[i]].spec);
        calls[i].kernel = of[i];
    }
    double limit = trial_limit_seconds(c->problem, 60.0 * n) + 2;
    enum hone_status status =
        n ? hone_runner_time(c->session.options->runner, calls, n, &plan, limit, group, err)
          : HONE_OK;
    if (n && status == HONE_OK) {
        char state[HONE_MACHINE_TEXT_BYTES];
        double seconds = state_charge(&c->session) / n;
        trial_say_state(&c->session, state);
        /* As stored times are, which were taken beside a reference or in a final. */
        trial_free_of_drift(group, n, SIGMAS);
        for (uint32_t i = 0; i < n; i++) {
            struct checked *checked = &c->checked[of[i]];
            checked->measurement = group[i];
            copy(checked->state, sizeof checked->state, state);
            checked->seconds += seconds;
        }
    }
    free(group);
    return status;
}

static enum hone_status time_all(struct checking *c, struct hone_error *err)
{
    uint32_t of[HONE_RECHECK_MOST], n = 0;
    struct hone_error local = {0};
    struct hone_runner *runner = c->session.options->runner;
    uint32_t generation = hone_runner_generation(runner);
    for (uint32_t i = 0; i < c->n; i++)
        if (c->checked[i].verdict.valid) of[n++] = i;
    /* Kernels of an earlier start are gone when a later one was refused. */
    HONE_TRY(reload(c, err));
    if (time_some(c, of, n, &local) == HONE_OK) return HONE_OK;
    for (uint32_t i = 0; i < n; i++) {
        if (hone_runner_generation(runner) != generation) HONE_TRY(reload(c, err));
        generation = hone_runner_generation(runner);
        if (time_some(c, &of[i], 1, &local) == HONE_OK) continue;
        refuse(&c->checked[of[i]].verdict, hone_runner_reason(runner), local.text);
    }
    return HONE_OK;
}

static enum hone_status keep_found(struct checking *c, struct hone_error *err)
{
    struct hone_store_trial records[HONE_RECHECK_MOST];
    char formats[HONE_RECHECK_MOST][HONE_FORMAT_TUPLE_BYTES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        struct checked *checked = &c->checked[i];
        const struct hone_measurement *m = &checked->measurement;
        if (!checked->variant.source) continue;
        if (!checked->verdict.valid)
            HONE_TRY(trial_quarantine(&c->session, c->problem, &checked->variant, &checked->verdict,
                                      err));
        hone_variant_format_tuple(&checked->variant, formats[n]);
        records[n] = (struct hone_store_trial){.regime = c->problem->regime,
                                               .device = c->session.device,
                                               .valid = checked->verdict.valid,
                                               .reason = checked->verdict.reason,
                                               .detail = checked->verdict.detail,
                                               .proof = checked->verdict.proof,
                                               .samples = m->samples,
                                               .n_samples = m->n_samples,
                                               .n_calls = m->n_calls,
                                               .median_ns = m->stats.median,
                                               .low_ns = m->stats.low,
                                               .high_ns = m->stats.high,
                                               .min_ns = m->stats.min,
                                               .seconds = checked->seconds,
                                               .state = checked->state,
                                               .when = (int64_t)time(NULL),
                                               .stack = c->session.info.stack};
        trial_record(&c->session, c->problem, &checked->variant, &c->entries[i].facts,
                     c->entries[i].stored->variant.config, formats[n], &records[n].variant);
        n++;
    }
    return hone_store_trials_replace(c->session.options->store, c->problem->key, c->problem->regime,
                                     c->session.device, c->session.target, records, n, err);
}

static void give(struct checking *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        struct hone_recheck *entry = &c->entries[i];
        const struct verdict *verdict = &c->checked[i].verdict;
        entry->valid = verdict->valid;
        entry->reason = verdict->reason;
        copy(entry->detail, sizeof entry->detail, verdict->detail);
        copy(entry->proof, sizeof entry->proof, verdict->proof);
        if (verdict->valid) entry->stats = c->checked[i].measurement.stats;
    }
}

static enum hone_status check(struct checking *c, bool replace, struct hone_error *err)
{
    c->checked = calloc(c->n + 1, sizeof *c->checked);
    if (!c->checked) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    for (uint32_t i = 0; i < c->n; i++) HONE_TRY(prove(c, i, err));
    HONE_TRY(time_all(c, err));
    give(c);
    return replace ? keep_found(c, err) : HONE_OK;
}

static void describe(const struct checking *c, struct hone_recheck_stack *out)
{
    copy(out->compiler, sizeof out->compiler, c->session.compiler);
    copy(out->target, sizeof out->target, c->session.target);
    copy(out->stack, sizeof out->stack, c->session.info.stack);
    copy(out->device, sizeof out->device, c->session.device);
    copy(out->regime, sizeof out->regime, c->problem->regime);
}

enum hone_status hone_recheck(const struct hone_tune_options *options,
                              const struct hone_problem *problem, struct hone_recheck *entries,
                              uint32_t n_entries, bool replace,
                              struct hone_recheck_stack *out_stack, struct hone_error *err)
{
    struct hone_tune_options o = *options;
    struct hone_tune_item item = {.problem = *problem};
    struct hone_regime regime;
    memset(out_stack, 0, sizeof *out_stack);
    if (n_entries == 0 || n_entries > HONE_RECHECK_MOST)
        return hone_fail(err, HONE_ERR_ARGUMENT, "verify: %u variants of a problem", n_entries);
    if (hone_regime_parse(entries[0].stored->regime, &regime, NULL) == HONE_OK) {
        o.cold_bytes = regime.cold_bytes;
        o.hot = regime.cold_bytes == 0;
    }
    struct checking *c = calloc(1, sizeof *c);
    if (!c) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    c->session.options = &o;
    c->entries = entries;
    c->n = n_entries;
    enum hone_status status = state_open(&c->session, &item, 1, err);
    if (status == HONE_OK) {
        c->problem = &c->session.problems[0];
        describe(c, out_stack);
        status = check(c, replace, err);
    }
    for (uint32_t i = 0; c->checked && i < c->n; i++) hone_variant_release(&c->checked[i].variant);
    free(c->checked);
    state_close(&c->session);
    free(c);
    return status;
}
