/* SPDX-License-Identifier: MIT */
/* Finals: finalists, their proof, one interleaved measurement, the winners of each tuple. */
#include "tuner/session/final.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tuner/measure/compare.h"
#include "tuner/search/select.h"

enum { FINALISTS = 10, BEST_OF_ALL = 4, SAMPLES_GUESSED = 17, SAMPLE_GUESSED_NS = 500000 };
/* A tuple whose best is slower than this many times the best of all will not be wanted. */
static const double HOPELESS = 4;
/* Standard errors of the intervals that records give. */
static const double INTERVAL_SIGMAS = 2;

struct finalist {
    const struct tried *trial;
    const struct hone_space *space;
    struct hone_variant variant;
    struct hone_static_facts facts;
    struct hone_case_spec spec;
    struct verdict verdict;
};

struct final {
    struct session *session;
    struct problem_state *problem;
    struct finalist items[FINALISTS];
    struct hone_finalist judged[FINALISTS];
    struct hone_measurement *measurements; /* of item i */
    char state[HONE_MACHINE_TEXT_BYTES];   /* of the machine meanwhile */
    uint32_t n;
};

bool final_due(const struct problem_state *problem)
{
    return problem->best_ns > 0 && problem->n_trials != problem->n_final_trials;
}

double final_seconds(const struct session *session, const struct problem_state *problem)
{
    if (!final_due(problem)) return 0;
    if (problem->n_trials < 2) return 0.02;
    double timing = session->options->final_seconds > 0 ? session->options->final_seconds : 0.5;
    double sample = problem->best_ns < SAMPLE_GUESSED_NS ? SAMPLE_GUESSED_NS : problem->best_ns;
    double wanted = (BEST_OF_ALL + 1) * SAMPLES_GUESSED * sample * 1e-9;
    if (timing < wanted) wanted = timing;
    /* Proving a finalist takes longer than its trial: twice the checks, more runs at the tuned
     * size. */
    return wanted + 1.5 * BEST_OF_ALL * problem->seconds / problem->n_trials;
}

static bool chosen(const struct final *final, const struct tried *trial)
{
    for (uint32_t i = 0; i < final->n; i++)
        if (final->items[i].trial == trial) return true;
    return false;
}

static bool tuple_chosen(const struct final *final, const char *formats)
{
    for (uint32_t i = 0; i < final->n; i++)
        if (final->items[i].trial->formats == formats) return true;
    return false;
}

static void add(struct final *final, const struct tried *trial, const struct hone_space *space)
{
    if (!trial || final->n == FINALISTS || chosen(final, trial)) return;
    final->items[final->n].trial = trial;
    final->items[final->n++].space = space;
}

/* The fastest trial not chosen yet, of any tuple or only of a tuple without a finalist. */
static bool add_next(struct final *final, bool new_tuple)
{
    const struct tried *best = NULL;
    const struct hone_space *space = NULL;
    for (uint32_t s = 0; s < final->problem->n_spaces; s++) {
        const struct space_state *of = &final->problem->spaces[s];
        for (size_t t = 0; t < of->n_trials; t++) {
            const struct tried *trial = &of->trials[t];
            if (!trial->valid || chosen(final, trial)) continue;
            if (new_tuple && tuple_chosen(final, trial->formats)) continue;
            if (trial->ns > HOPELESS * final->problem->best_ns) continue;
            if (best && trial->ns >= best->ns) continue;
            best = trial;
            space = of->space;
        }
    }
    add(final, best, space);
    return best != NULL;
}

/* Winners that the store has: who holds the title is there when it is fought for. */
static enum hone_status add_incumbents(struct final *final, struct hone_error *err)
{
    const struct problem_state *problem = final->problem;
    struct hone_store_filter filter = {
        .problem = problem->key, .regime = problem->regime, .device = final->session->device};
    struct hone_arena arena = {0};
    struct hone_store_winner *winners;
    size_t n;
    enum hone_status status =
        hone_store_winners_read(final->session->options->store, &filter, &arena, &winners, &n, err);
    for (size_t w = 0; status == HONE_OK && w < n && final->n < FINALISTS - BEST_OF_ALL; w++)
        for (uint32_t s = 0; s < problem->n_spaces; s++) {
            const struct space_state *of = &problem->spaces[s];
            struct hone_config config;
            if (strcmp(of->space->name, winners[w].variant.space) != 0 ||
                hone_config_parse(of->space, winners[w].variant.config, &config, NULL) != HONE_OK)
                continue;
            for (size_t t = 0; t < of->n_trials; t++)
                if (of->trials[t].valid &&
                    memcmp(&of->trials[t].config, &config, sizeof config) == 0)
                    add(final, &of->trials[t], of->space);
        }
    hone_arena_release(&arena);
    return status;
}

static enum hone_status choose_finalists(struct final *final, struct hone_error *err)
{
    const struct problem_state *problem = final->problem;
    for (uint32_t s = 0; s < problem->n_spaces && final->n == 0; s++)
        for (size_t t = 0; t < problem->spaces[s].n_trials && final->n == 0; t++) {
            const struct tried *trial = &problem->spaces[s].trials[t];
            if (trial->is_default && trial->valid) add(final, trial, problem->spaces[s].space);
        }
    HONE_TRY(add_incumbents(final, err));
    for (uint32_t i = 0; i < BEST_OF_ALL - 1 && add_next(final, false); i++) continue;
    while (final->n < FINALISTS && add_next(final, true)) continue;
    return HONE_OK;
}

/* Renders, compiles, loads and proves one finalist; its verdict says whether it goes on. */
static enum hone_status prepare(struct final *final, uint32_t i, struct hone_error *err)
{
    struct session *session = final->session;
    struct finalist *f = &final->items[i];
    const struct hone_binary *binary;
    struct hone_error local = {0};
    HONE_TRY(hone_kernels_variant(session->options->kernels, f->space,
                                  &final->problem->item->problem, &f->trial->config, &f->variant,
                                  err));
    bool found;
    HONE_TRY(trial_in_quarantine(session, &f->variant, &f->verdict, &found, err));
    if (found) return HONE_OK;
    HONE_TRY(hone_kernels_compile(session->options->kernels, &f->variant, &binary, err));
    f->facts = binary->facts;
    trial_spec(session, final->problem, &f->variant, &f->spec);
    if (final->n == 1) { /* nothing to be compared with: its search trial stands */
        f->verdict = (struct verdict){.valid = true, .reason = "ok"};
        snprintf(f->verdict.proof, sizeof f->verdict.proof, "%s", f->trial->proof);
        return HONE_OK;
    }
    if (trial_load(session, &f->variant, binary, i, &local) != HONE_OK) {
        f->verdict.reason = hone_runner_reason(session->options->runner);
        snprintf(f->verdict.detail, sizeof f->verdict.detail, "%s", local.text);
        return HONE_OK;
    }
    trial_verify(session, &f->variant, &f->spec, i, EDGES_FINAL, &f->verdict);
    if (f->verdict.valid) return HONE_OK;
    return trial_quarantine(session, final->problem, &f->variant, &f->verdict, err);
}

/* A finalist that ends the runner takes the loaded kernels of the others with it. */
static enum hone_status prepare_all(struct final *final, struct hone_error *err)
{
    struct hone_runner *runner = final->session->options->runner;
    for (uint32_t i = 0; i < final->n; i++) HONE_TRY(prepare(final, i, err));
    if (final->n == 1) return HONE_OK;
    uint32_t generation = hone_runner_generation(runner);
    for (uint32_t i = 0; i < final->n; i++) {
        const struct hone_binary *binary;
        struct finalist *f = &final->items[i];
        if (!f->verdict.valid) continue;
        HONE_TRY(hone_kernels_compile(final->session->options->kernels, &f->variant, &binary, err));
        HONE_TRY(trial_load(final->session, &f->variant, binary, i, err));
    }
    return hone_runner_generation(runner) == generation
               ? HONE_OK
               : hone_fail(err, HONE_ERR_CRASHED, "runner: ended while kernels were loaded");
}

/* Tuples are numbered by their first finalist. */
static uint32_t tuple_of(const struct final *final, uint32_t i)
{
    uint32_t tuple = 0;
    while (final->items[tuple].trial->formats != final->items[i].trial->formats) tuple++;
    return tuple;
}

static bool is_default(const struct final *final, uint32_t i)
{
    return i == 0 && final->items[0].trial->is_default;
}

/* In the scratch that thousands of timed calls left: what stops working when it is called often is
 * no winner. */
static enum hone_status prove_again(struct final *final, uint32_t i,
                                    const struct hone_runner_call *call, uint32_t generation,
                                    double limit, struct hone_error *err)
{
    struct session *session = final->session;
    struct finalist *f = &final->items[i];
    struct hone_case_result result;
    struct hone_error local = {0};
    if (hone_runner_generation(session->options->runner) != generation) { /* another ended it */
        const struct hone_binary *binary;
        HONE_TRY(hone_kernels_compile(session->options->kernels, &f->variant, &binary, err));
        HONE_TRY(trial_load(session, &f->variant, binary, i, err));
    }
    if (hone_runner_verify(session->options->runner, call, EDGES_SAMPLES, limit, &result, &local) ==
        HONE_OK)
        return HONE_OK;
    f->verdict.valid = false;
    f->verdict.reason = hone_runner_reason(session->options->runner);
    snprintf(f->verdict.detail, sizeof f->verdict.detail, "after the final: %.400s", local.text);
    return trial_quarantine(session, final->problem, &f->variant, &f->verdict, err);
}

/* Times all valid finalists together; when that fails, nobody has beaten the default. */
static enum hone_status measure(struct final *final, struct hone_error *err)
{
    const struct hone_tune_options *o = final->session->options;
    struct hone_runner_call calls[FINALISTS];
    struct hone_measurement *group = calloc(FINALISTS, sizeof *group);
    uint32_t of[FINALISTS], n = 0;
    if (!group) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    for (uint32_t i = 0; i < final->n; i++) {
        if (!final->items[i].verdict.valid) continue;
        calls[n] = edges_call(&final->items[i].variant, &final->items[i].spec);
        calls[n].kernel = i;
        calls[n].group = tuple_of(final, i);
        calls[n].stays = is_default(final, i);
        of[n++] = i;
    }
    double seconds = o->final_seconds > 0 ? o->final_seconds : 0.5;
    struct hone_measure_plan plan;
    hone_select_plan(n, seconds, &plan);
    struct hone_error local = {0};
    double limit = trial_limit_seconds(final->problem, 50.0 * n) + 4 * seconds;
    enum hone_status status =
        n == 0 ? HONE_OK : hone_runner_time(o->runner, calls, n, &plan, limit, group, &local);
    if (n > 0 && status == HONE_OK) {
        trial_say_state(final->session, final->state);
        trial_free_of_drift(group, n, INTERVAL_SIGMAS);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct finalist *f = &final->items[of[i]];
        if (status == HONE_OK) {
            final->measurements[of[i]] = group[i];
            continue;
        }
        f->verdict.valid = false;
        f->verdict.reason = hone_runner_reason(o->runner);
        snprintf(f->verdict.detail, sizeof f->verdict.detail, "in the final: %.400s", local.text);
    }
    free(group);
    uint32_t generation = hone_runner_generation(o->runner);
    for (uint32_t i = 0; status == HONE_OK && i < n; i++)
        HONE_TRY(prove_again(final, of[i], &calls[i], generation, limit, err));
    return HONE_OK;
}

static enum hone_status commit_trial(struct final *final, uint32_t i, double seconds,
                                     struct hone_error *err)
{
    const struct finalist *f = &final->items[i];
    const struct hone_measurement *m = &final->measurements[i];
    const struct hone_stats *ratio = &final->judged[i].ratio;
    char config[HONE_CONFIG_TEXT_BYTES];
    HONE_TRY(hone_config_print(f->space, &f->trial->config, config));
    struct hone_store_trial record = {.regime = final->problem->regime,
                                      .device = final->session->device,
                                      .round = final->problem->final_round,
                                      .valid = f->verdict.valid,
                                      .reason = f->verdict.reason,
                                      .detail = f->verdict.detail,
                                      .proof = f->verdict.proof,
                                      .seconds = seconds,
                                      .when = (int64_t)time(NULL),
                                      .stack = final->session->info.stack};
    if (f->verdict.valid) {
        record.samples = m->samples;
        record.n_samples = m->n_samples;
        record.n_calls = m->n_calls;
        record.median_ns = m->stats.median;
        record.low_ns = m->stats.low;
        record.high_ns = m->stats.high;
        record.state = final->state;
        record.min_ns = m->stats.min;
        record.ratio = ratio->median;
        record.ratio_low = ratio->low;
        record.ratio_high = ratio->high;
    }
    trial_record(final->session, final->problem, &f->variant, &f->facts, config, f->trial->formats,
                 &record.variant);
    return hone_store_trial_put(final->session->options->store, &record, NULL, err);
}

/* Which finalists win, one per tuple. */
static uint32_t judge(struct final *final, uint32_t winners[FINALISTS])
{
    uint32_t n_winners = 0, n_valid = 0, of[FINALISTS];
    struct hone_finalist valid[FINALISTS];
    for (uint32_t i = 0; i < final->n; i++) {
        final->judged[i] = (struct hone_finalist){.is_default = is_default(final, i),
                                                  .valid = final->items[i].verdict.valid,
                                                  .tuple = tuple_of(final, i),
                                                  .rank = final->items[i].trial->rank,
                                                  .id = final->items[i].trial->id,
                                                  .measurement = &final->measurements[i]};
        if (!final->judged[i].valid) continue;
        of[n_valid] = i;
        valid[n_valid++] = final->judged[i];
    }
    for (uint32_t tuple = 0; n_valid && tuple < final->n; tuple++) {
        uint32_t winner = hone_select(valid, n_valid, tuple, HONE_SELECT_MARGIN);
        if (winner < n_valid) winners[n_winners++] = of[winner];
    }
    for (uint32_t v = 0; v < n_valid; v++) final->judged[of[v]].ratio = valid[v].ratio;
    return n_winners;
}

static enum hone_status commit_winners(struct final *final, const uint32_t *winners,
                                       uint32_t n_winners, struct final_result *result,
                                       struct hone_error *err)
{
    struct hone_store_winner records[FINALISTS];
    char(*configs)[HONE_CONFIG_TEXT_BYTES] = calloc(FINALISTS, sizeof *configs);
    if (!configs) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    struct problem_state *problem = final->problem;
    for (uint32_t w = 0; w < n_winners; w++) {
        const struct finalist *f = &final->items[winners[w]];
        const struct hone_stats *ratio = &final->judged[winners[w]].ratio;
        hone_config_print(f->space, &f->trial->config, configs[w]);
        records[w] =
            (struct hone_store_winner){.regime = problem->regime,
                                       .device = final->session->device,
                                       .proof = f->verdict.proof,
                                       .is_default = f->trial->is_default,
                                       .median_ns = final->measurements[winners[w]].stats.median,
                                       .ratio = ratio->median,
                                       .ratio_low = ratio->low,
                                       .ratio_high = ratio->high,
                                       .round = problem->final_round,
                                       .n_trials = problem->n_trials};
        trial_record(final->session, problem, &f->variant, &f->facts, configs[w], f->trial->formats,
                     &records[w].variant);
        if (result->n_winners++ && records[w].median_ns >= result->ns) continue;
        result->space = f->space->name;
        snprintf(result->config, sizeof result->config, "%s", configs[w]);
        result->ns = records[w].median_ns;
        result->ratio = ratio->median;
    }
    enum hone_status status = hone_store_winners_put(
        final->session->options->store, problem->key, problem->regime, final->session->device,
        final->session->target, records, n_winners, err);
    free(configs);
    return status;
}

static void take_search_time(struct final *final)
{
    struct hone_measurement *m = &final->measurements[0];
    m->n_calls = 1;
    m->n_samples = 1;
    m->samples[0] = final->items[0].trial->ns;
    hone_stats_of(m->samples, 1, &m->stats);
}

static enum hone_status run(struct final *final, struct final_result *result,
                            struct hone_error *err)
{
    uint32_t winners[FINALISTS];
    bool alone = final->n == 1;
    HONE_TRY(prepare_all(final, err));
    if (alone)
        take_search_time(final);
    else {
        final->problem->final_round++;
        HONE_TRY(measure(final, err));
    }
    uint32_t n_winners = judge(final, winners);
    double seconds = alone ? 0 : state_charge(final->session) / final->n;
    /* All of a final or nothing: a round of which a part is there would be run again as another. */
    struct hone_store *store = final->session->options->store;
    HONE_TRY(hone_store_begin(store, err));
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && !alone && i < final->n; i++)
        status = commit_trial(final, i, seconds, err);
    if (status == HONE_OK) status = commit_winners(final, winners, n_winners, result, err);
    HONE_TRY(hone_store_end(store, status, err));
    final->problem->n_final_trials = final->problem->n_trials;
    final->problem->tuned_once = n_winners > 0;
    final->problem->final_ratio = result->ratio;
    return HONE_OK;
}

enum hone_status final_run(struct session *session, struct problem_state *problem,
                           struct final_result *out_result, struct hone_error *err)
{
    struct final *final = calloc(1, sizeof *final);
    memset(out_result, 0, sizeof *out_result);
    if (final) final->measurements = calloc(FINALISTS, sizeof *final->measurements);
    enum hone_status status = HONE_OK;
    if (!final || !final->measurements)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    if (status == HONE_OK) {
        final->session = session;
        final->problem = problem;
        status = choose_finalists(final, err);
        if (status == HONE_OK && final->n > 0) status = run(final, out_result, err);
        for (uint32_t i = 0; i < final->n; i++) hone_variant_release(&final->items[i].variant);
        free(final->measurements);
    }
    free(final);
    return status;
}
