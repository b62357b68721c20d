/* SPDX-License-Identifier: MIT */
/* The session's loop: the next trial goes where the most is to be gained, finals come at the end.
 */
#include "tuner/session/session.h"

#include <math.h>
#include <string.h>

#include "tuner/session/final.h"
#include "tuner/session/starts.h"

/* An untried problem has everything to gain. */
static const double UNTRIED_GAIN = 4, UNTRIED_SECONDS = 0.5;
/* Untried problems with at least this part of the whole come before any search: lowering compares
 * the ways to compute a region by time, and a time is better than a guess. */
static const double NOTICEABLE = 1e-4;
/* Trials that bring nothing before a problem is left alone. */
enum { PATIENCE = 60, NEIGHBOUR_STARTS = 2, SETTLED = 12 };
/* What a problem must have gained for the mix before a final is held while the search goes on. */
static const double WORTH_A_FINAL = 0.005;
/* A budget of which less than this is left is spent: a command that is repeated does nothing. */
static const double CRUMBS_SECONDS = 0.25;

static bool stopped(const struct session *session)
{
    return session->options->stop && *session->options->stop;
}

static bool open_for_trials(const struct session *session, const struct problem_state *problem)
{
    uint32_t most = session->options->max_trials;
    if (most && problem->n_trials >= most) return false;
    if (problem->n_since_better > PATIENCE) return false;
    for (uint32_t s = 0; s < problem->n_spaces; s++)
        if (!problem->spaces[s].exhausted) return true;
    return false;
}

static bool has_untried_space(const struct problem_state *problem)
{
    for (uint32_t s = 0; s < problem->n_spaces; s++)
        if (problem->spaces[s].n_trials == 0 && !problem->spaces[s].exhausted) return true;
    return false;
}

static double gain_per_second(const struct problem_state *problem, double whole)
{
    double runs = problem->item->runs, guess = runs * problem->guess_ns;
    if (guess > NOTICEABLE * whole && has_untried_space(problem)) return 1e30 * guess / whole;
    if (problem->n_trials == 0) return guess * UNTRIED_GAIN / UNTRIED_SECONDS;
    double ns = problem->best_ns > 0 ? problem->best_ns : problem->guess_ns;
    double cost = problem->seconds / problem->n_trials + 1e-3;
    return runs * ns * (1 - exp(-gain_of(&problem->gain, 1))) / cost;
}

static struct problem_state *pick_problem(struct session *session)
{
    struct problem_state *best = NULL;
    double most = 0, whole = 0;
    for (uint32_t i = 0; i < session->n_problems; i++)
        whole += session->problems[i].item->runs * session->problems[i].guess_ns;
    for (uint32_t i = 0; i < session->n_problems; i++) {
        struct problem_state *problem = &session->problems[i];
        if (!open_for_trials(session, problem)) continue;
        double gain = gain_per_second(problem, whole);
        if (best && gain <= most) continue;
        most = gain;
        best = problem;
    }
    return best;
}

static double best_of(const struct space_state *space)
{
    double best = 0;
    for (size_t i = 0; i < space->n_trials; i++)
        if (space->trials[i].valid && (best == 0 || space->trials[i].ns < best))
            best = space->trials[i].ns;
    return best;
}

/* Spaces without a trial first; then the one with few trials and a good best. */
static struct space_state *pick_space(struct problem_state *problem)
{
    struct space_state *best = NULL;
    double least = 0;
    for (uint32_t s = 0; s < problem->n_spaces; s++) {
        struct space_state *space = &problem->spaces[s];
        if (space->exhausted) continue;
        if (space->n_trials == 0) return space;
        double ns = best_of(space);
        double slower = ns > 0 && problem->best_ns > 0 ? ns / problem->best_ns : 2;
        double order = (double)space->n_trials * slower * slower * slower;
        if (best && order >= least) continue;
        least = order;
        best = space;
    }
    return best;
}

static enum hone_status propose(struct session *session, struct problem_state *problem,
                                struct space_state *space, const struct hone_env *env,
                                struct hone_config *out_config, bool *out_more,
                                struct hone_error *err)
{
    const struct hone_strategy *strategy = session->options->strategy;
    if (!strategy) strategy = &hone_strategy_model;
    *out_more = true;
    if (space->n_trials == 0) return hone_space_default(space->space, env, out_config, err);
    if (!session->options->alone && space->n_trials <= NEIGHBOUR_STARTS &&
        starts_next(session, problem, space, env, out_config))
        return HONE_OK;
    if (!space->pool) HONE_TRY(hone_pool_make(space->space, env, &space->pool, err));
    struct hone_space_domain of = {space->space, env, space->pool};
    struct hone_domain domain;
    hone_space_domain(&of, &domain);
    /* A seed of its own for each problem, the same whenever the session is resumed. */
    struct hone_search search = {
        &domain, session->options->seed ^ hone_fnv1a(problem->key, strlen(problem->key)),
        space->search, space->n_trials};
    return strategy->propose(&search, out_config, out_more, err);
}

static double finals_seconds(const struct session *session)
{
    double sum = 0;
    for (uint32_t i = 0; i < session->n_problems; i++)
        sum += final_seconds(session, &session->problems[i]);
    return sum;
}

static bool is_open(const struct problem_state *problem)
{
    return problem->n_spaces > 0 && problem->best_ns > 0;
}

/* What the mix is expected to gain while the rest of the budget is spent, shared by all problems:
 * 1.05 for five percent. */
static double expected_gain(const struct session *session)
{
    double now = 0, then = 0, seconds = 0, n_trials = 0;
    uint32_t n_open = 0;
    for (uint32_t i = 0; i < session->n_problems; i++) {
        const struct problem_state *problem = &session->problems[i];
        if (!is_open(problem)) continue;
        n_open++;
        seconds += problem->seconds;
        n_trials += problem->n_trials;
    }
    if (n_trials == 0) return 0;
    double left = session->options->budget_seconds - state_spent(session) - finals_seconds(session);
    double n_more = left / (seconds / n_trials + 1e-3) / n_open;
    for (uint32_t i = 0; i < session->n_problems; i++) {
        const struct problem_state *problem = &session->problems[i];
        if (!is_open(problem)) continue;
        bool goes_on = open_for_trials(session, problem);
        double share = problem->item->runs * problem->best_ns;
        now += share;
        then += share * exp(-(goes_on ? gain_of(&problem->gain, n_more) : 0));
    }
    return now / then;
}

static void tell(const struct session *session, const struct problem_state *problem,
                 enum hone_tune_event_kind kind, const char *space, const char *config,
                 const char *reason, double ns)
{
    if (!session->options->event) return;
    struct hone_tune_event event = {.kind = kind,
                                    .item = problem->item,
                                    .space = space,
                                    .config = config,
                                    .reason = reason,
                                    .ns = ns,
                                    .ratio = problem->final_ratio,
                                    .spent_seconds = state_spent(session),
                                    .budget_seconds = session->options->budget_seconds,
                                    .n_trials = session->n_trials,
                                    .n_failed = session->n_failed,
                                    .noisy = session->noisy,
                                    .n_problems = session->n_problems,
                                    .expected_gain = expected_gain(session)};
    for (uint32_t i = 0; i < session->n_problems; i++) {
        const struct problem_state *p = &session->problems[i];
        event.n_tuned += p->tuned_once;
        event.default_seconds += p->item->runs * p->default_ns * 1e-9;
        event.best_seconds += p->item->runs * (p->default_ns > 0 ? p->best_ns : 0) * 1e-9;
    }
    session->options->event(session->options->event_context, &event);
}

/* A search that may be stopped at any moment holds a final when a problem has first worked, and
 * when what it has gained since its last one is worth it and seems to be all for now. */
static bool wants_final(const struct session *session, const struct problem_state *problem)
{
    double whole = 0, gained = problem->final_ns - problem->best_ns;
    if (problem->best_ns == 0 || !final_due(problem)) return false;
    if (problem->n_trials == 1) return true;
    if (problem->n_since_better != SETTLED) return false;
    for (uint32_t i = 0; i < session->n_problems; i++)
        whole += session->problems[i].item->runs * session->problems[i].best_ns;
    return problem->item->runs * gained > WORTH_A_FINAL * whole;
}

static enum hone_status hold_final(struct session *session, struct problem_state *problem,
                                   struct hone_error *err)
{
    struct final_result result;
    problem->final_ns = problem->best_ns;
    HONE_TRY(final_run(session, problem, &result, err));
    if (result.n_winners == 0) problem->n_final_trials = problem->n_trials;
    if (result.n_winners > 0)
        tell(session, problem, HONE_TUNE_WINNER, result.space, result.config, "ok", result.ns);
    return HONE_OK;
}

static enum hone_status one_trial(struct session *session, struct problem_state *problem,
                                  struct hone_error *err)
{
    struct space_state *space = pick_space(problem);
    struct hone_env env;
    struct hone_config config;
    bool more = false;
    hone_env_init(&env, NULL);
    enum hone_status status =
        hone_kernels_env(session->options->kernels, &problem->item->problem, &env, err);
    if (status == HONE_OK) status = propose(session, problem, space, &env, &config, &more, err);
    hone_env_release(&env);
    if (status != HONE_OK) return status;
    if (!more) {
        space->exhausted = true;
        return HONE_OK;
    }
    HONE_TRY(trial_run(session, problem, space, &config, space->n_trials == 0, err));
    const struct tried *last = &space->trials[space->n_trials - 1];
    char text[HONE_CONFIG_TEXT_BYTES];
    HONE_TRY(hone_config_print(space->space, &config, text));
    tell(session, problem, HONE_TUNE_TRIAL, space->space->name, text, last->valid ? "ok" : "failed",
         last->valid ? last->ns : 0);
    return wants_final(session, problem) ? hold_final(session, problem, err) : HONE_OK;
}

static enum hone_status search(struct session *session, bool *out_more, struct hone_error *err)
{
    *out_more = true;
    while (!stopped(session) &&
           state_spent(session) + finals_seconds(session) < session->options->budget_seconds) {
        struct problem_state *problem = pick_problem(session);
        *out_more = problem != NULL;
        if (!problem) break;
        HONE_TRY(one_trial(session, problem, err));
    }
    return HONE_OK;
}

/* Largest share of the mix first, so that a stop loses little. */
static struct problem_state *pick_final(struct session *session)
{
    struct problem_state *best = NULL;
    for (uint32_t i = 0; i < session->n_problems; i++) {
        struct problem_state *problem = &session->problems[i];
        if (!final_due(problem)) continue;
        double share = problem->item->runs * problem->best_ns;
        if (!best || share > best->item->runs * best->best_ns) best = problem;
    }
    return best;
}

static enum hone_status finals(struct session *session, struct hone_error *err)
{
    struct problem_state *problem;
    while (!stopped(session) && (problem = pick_final(session)))
        HONE_TRY(hold_final(session, problem, err));
    return HONE_OK;
}

/* Finals may cost less than was kept back for them: what is left goes to the search again. */
static enum hone_status run(struct session *session, struct hone_error *err)
{
    double budget = session->options->budget_seconds;
    bool more = budget - session->seconds_before > CRUMBS_SECONDS;
    do {
        if (more) HONE_TRY(search(session, &more, err));
        HONE_TRY(finals(session, err));
    } while (more && !stopped(session) && state_spent(session) < budget);
    return HONE_OK;
}

static void summarize(const struct session *session, struct hone_tune_summary *summary)
{
    *summary = (struct hone_tune_summary){.n_trials = session->n_trials,
                                          .n_new_trials = session->n_new_trials,
                                          .n_failed = session->n_failed,
                                          .n_problems = session->n_problems,
                                          .spent_seconds = state_spent(session),
                                          .n_timed = session->n_timed,
                                          .n_noisy = session->n_noisy,
                                          .stopped = stopped(session)};
    for (uint32_t i = 0; i < session->n_problems; i++) {
        const struct problem_state *problem = &session->problems[i];
        summary->n_tuned += problem->tuned_once;
        summary->n_without_kernel += problem->n_spaces == 0;
        if (problem->default_ns == 0) continue;
        double ratio = problem->tuned_once && problem->final_ratio > 0 ? problem->final_ratio : 1;
        summary->default_seconds += problem->item->runs * problem->default_ns * 1e-9;
        summary->best_seconds += problem->item->runs * problem->default_ns * 1e-9 * ratio;
    }
}

enum hone_status hone_tune(const struct hone_tune_options *options,
                           const struct hone_tune_item *items, size_t n_items,
                           struct hone_tune_summary *out_summary, struct hone_error *err)
{
    struct session session = {.options = options};
    memset(out_summary, 0, sizeof *out_summary);
    enum hone_status status = state_open(&session, items, n_items, err);
    if (status == HONE_OK) status = starts_open(&session, err);
    if (status == HONE_OK) status = run(&session, err);
    if (session.problems) summarize(&session, out_summary);
    state_close(&session);
    return status;
}
