/* SPDX-License-Identifier: MIT */
/* Verification of a store. */
#include "tuner/verify_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/binaries.h"
#include "tuner/problem_text.h"
#include "tuner/verify_report.h"

struct verifying {
    const struct verify_store_options *options;
    struct hone_arena arena;
    struct hone_store *store;
    struct hone_store_winner *winners;
    struct hone_store_trial *trials;
    size_t n_winners, n_trials, n_places;
    struct hone_tune_options tune; /* kernels and runner of the target at hand */
    char target[HONE_TARGET_TEXT_BYTES];
    uint32_t n_threads;
    char family[16]; /* of the runner */
    struct verify_result result;
    const char *worker[3];
};

static bool same_place(const struct hone_store_winner *a, const struct hone_store_winner *b)
{
    return strcmp(a->variant.problem, b->variant.problem) == 0 &&
           strcmp(a->regime, b->regime) == 0 && strcmp(a->device, b->device) == 0 &&
           strcmp(a->variant.target, b->variant.target) == 0;
}

static bool same_variant(const struct hone_store_variant *a, const struct hone_store_variant *b)
{
    return strcmp(a->space, b->space) == 0 && strcmp(a->config, b->config) == 0 &&
           strcmp(a->code_key, b->code_key) == 0;
}

static bool in_place(const struct hone_store_trial *trial, const struct hone_store_winner *winner)
{
    return strcmp(trial->variant.problem, winner->variant.problem) == 0 &&
           strcmp(trial->regime, winner->regime) == 0 &&
           strcmp(trial->device, winner->device) == 0 &&
           strcmp(trial->variant.target, winner->variant.target) == 0;
}

static void add_entry(struct verify_problem *problem, const struct hone_store_trial *trial,
                      bool is_winner)
{
    if (problem->n_entries == HONE_RECHECK_MOST) return;
    problem->entries[problem->n_entries++] =
        (struct verify_entry){.found = {.stored = trial}, .is_winner = is_winner};
}

/* The last valid trial of a winner's variant. */
static const struct hone_store_trial *trial_of(const struct verifying *v,
                                               const struct hone_store_winner *winner)
{
    const struct hone_store_trial *best = NULL;
    for (size_t i = 0; i < v->n_trials; i++) {
        const struct hone_store_trial *trial = &v->trials[i];
        if (trial->valid && in_place(trial, winner) &&
            same_variant(&trial->variant, &winner->variant) &&
            (!best || trial->round > best->round))
            best = trial;
    }
    return best;
}

static bool is_entry(const struct verify_problem *problem, const struct hone_store_trial *trial)
{
    for (uint32_t i = 0; i < problem->n_entries; i++)
        if (same_variant(&problem->entries[i].found.stored->variant, &trial->variant)) return true;
    return false;
}

/* The best of those that did not win: finals before search, then by time. */
static const struct hone_store_trial *next_runner_up(const struct verifying *v,
                                                     const struct hone_store_winner *winner,
                                                     const struct verify_problem *problem)
{
    const struct hone_store_trial *best = NULL;
    for (size_t i = 0; i < v->n_trials; i++) {
        const struct hone_store_trial *trial = &v->trials[i];
        if (!trial->valid || !in_place(trial, winner) || is_entry(problem, trial)) continue;
        if (!best || trial->round > best->round ||
            (trial->round == best->round && trial->median_ns < best->median_ns))
            best = trial;
    }
    return best;
}

static enum hone_status gather_problem(struct verifying *v, size_t first,
                                       struct verify_problem *problem, struct hone_error *err)
{
    const struct hone_store_winner *winner = &v->winners[first];
    const struct hone_store_trial *trial;
    memset(problem, 0, sizeof *problem);
    problem->problem = winner->variant.problem;
    problem->entries = hone_arena_array(&v->arena, HONE_RECHECK_MOST, sizeof *problem->entries);
    if (!problem->entries) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    for (size_t i = first; i < v->n_winners; i++)
        if (same_place(&v->winners[i], winner) && (trial = trial_of(v, &v->winners[i])))
            add_entry(problem, trial, true);
    while (problem->n_entries < v->options->n_top && (trial = next_runner_up(v, winner, problem)))
        add_entry(problem, trial, false);
    return problem_parse(problem->problem, &problem->parsed, err);
}

static void close_tools(struct verifying *v)
{
    hone_runner_close(v->tune.runner);
    hone_kernels_close(v->tune.kernels);
    v->tune.runner = NULL;
    v->tune.kernels = NULL;
}

/* Kernels for a target and a runner of so many threads; kept while the next problem wants the same.
 * *out_runs: the runner's machine can run them. */
static enum hone_status open_tools(struct verifying *v, const struct hone_store_winner *winner,
                                   bool *out_runs, struct hone_error *err)
{
    struct hone_timing_key_fields key;
    struct hone_target target, machine;
    struct hone_runner_info info;
    uint32_t threads = v->options->n_threads;
    if (!threads && hone_timing_key_parse(winner->device, &key, NULL) == HONE_OK)
        threads = key.n_threads;
    *out_runs = false;
    if (hone_target_parse(winner->variant.target, &target, NULL) != HONE_OK) return HONE_OK;
    if (!v->tune.runner || threads != v->n_threads || strcmp(v->family, target.family) != 0) {
        close_tools(v);
        memcpy(v->family, target.family, sizeof v->family);
        struct hone_runner_options runner = {.struct_size = sizeof runner,
                                             .command = v->options->runner,
                                             .family = v->family,
                                             .n_threads = threads};
        HONE_TRY(hone_runner_open(&runner, &v->tune.runner, err));
        v->n_threads = threads;
    }
    HONE_TRY(hone_runner_info(v->tune.runner, &info, err));
    HONE_TRY(hone_target_parse(info.target, &machine, err));
    *out_runs = hone_target_runs(&machine, &target);
    if (!*out_runs || (v->tune.kernels && strcmp(v->target, winner->variant.target) == 0))
        return HONE_OK;
    hone_kernels_close(v->tune.kernels);
    v->tune.kernels = NULL;
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = v->options->data_dir,
                                           .target = &target,
                                           .compile_command = v->worker};
    if (v->options->fix) kernels.cache = hone_store_binaries(v->store);
    snprintf(v->target, sizeof v->target, "%s", winner->variant.target);
    return hone_kernels_open(&kernels, &v->tune.kernels, err);
}

/* Times of another processor say nothing of this one, whatever its target is called. */
static bool timed_elsewhere(const struct hone_store_trial *trial, const char *device)
{
    struct hone_timing_key_fields then, now;
    return hone_timing_key_parse(trial->device, &then, NULL) == HONE_OK &&
           hone_timing_key_parse(device, &now, NULL) == HONE_OK &&
           strcmp(then.model, now.model) != 0;
}

static void say_progress(const struct verifying *v, size_t n_done, size_t n_all)
{
    const struct verify_store_options *o = v->options;
    if (o->progress) o->progress(o->progress_context, n_done, n_all);
}

static enum hone_status check_problem(struct verifying *v, size_t first, struct hone_error *err)
{
    struct verify_problem *problem = &v->result.problems[v->result.n_problems];
    struct hone_recheck found[HONE_RECHECK_MOST];
    bool runs;
    HONE_TRY(open_tools(v, &v->winners[first], &runs, err));
    if (!runs) {
        v->result.n_other_targets++;
        return HONE_OK;
    }
    HONE_TRY(gather_problem(v, first, problem, err));
    if (problem->n_entries == 0) return HONE_OK;
    for (uint32_t i = 0; i < problem->n_entries; i++) found[i] = problem->entries[i].found;
    HONE_TRY(hone_recheck(&v->tune, &problem->parsed, found, problem->n_entries, false,
                          &problem->stack, err));
    for (uint32_t i = 0; i < problem->n_entries; i++) {
        problem->entries[i].found = found[i];
        problem->entries[i].elsewhere = timed_elsewhere(found[i].stored, problem->stack.device);
        verify_judge(&problem->entries[i], v->options->tolerance);
    }
    verify_judge_problem(problem);
    v->result.n_problems++;
    return HONE_OK;
}

static bool stopped(const struct verifying *v)
{
    return v->options->stop && *v->options->stop;
}

/* A problem, regime and device that was asked for; true for one of its winners. */
static bool is_first_of_its_place(const struct verifying *v, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_place(&v->winners[k], &v->winners[i])) return false;
    return !v->options->problem || strstr(v->winners[i].variant.problem, v->options->problem);
}

static enum hone_status check_all(struct verifying *v, struct hone_error *err)
{
    v->result.problems = hone_arena_array(&v->arena, v->n_winners + 1, sizeof *v->result.problems);
    if (!v->result.problems) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    size_t n_done = 0;
    for (size_t i = 0; i < v->n_winners; i++) v->n_places += is_first_of_its_place(v, i);
    for (size_t i = 0; i < v->n_winners && !stopped(v); i++) {
        if (!is_first_of_its_place(v, i)) continue;
        say_progress(v, n_done++, v->n_places);
        HONE_TRY(check_problem(v, i, err));
    }
    say_progress(v, v->n_places, v->n_places);
    return HONE_OK;
}

static size_t n_current_winners(struct verifying *v, const struct verify_problem *problem)
{
    struct hone_store_filter filter = {.problem = problem->problem,
                                       .regime = problem->stack.regime,
                                       .device = problem->stack.device};
    struct hone_store_winner *winners;
    size_t n = 0, n_of_target = 0;
    if (hone_store_winners_read(v->store, &filter, &v->arena, &winners, &n, NULL) != HONE_OK)
        return 0;
    for (size_t i = 0; i < n; i++)
        n_of_target += strcmp(winners[i].variant.target, problem->stack.target) == 0 &&
                       strcmp(winners[i].variant.compiler, problem->stack.compiler) == 0;
    return n_of_target;
}

/* What was found takes the place of the old trials, then the search goes on from there. */
static enum hone_status fix_problem(struct verifying *v, struct verify_problem *problem,
                                    double seconds, struct hone_error *err)
{
    struct hone_recheck found[HONE_RECHECK_MOST];
    struct hone_tune_summary summary;
    struct hone_recheck_stack stack;
    struct hone_regime regime;
    bool runs;
    struct hone_store_winner place = {.device = problem->entries[0].found.stored->device,
                                      .variant = problem->entries[0].found.stored->variant};
    HONE_TRY(open_tools(v, &place, &runs, err));
    for (uint32_t i = 0; i < problem->n_entries; i++)
        found[i] = (struct hone_recheck){.stored = problem->entries[i].found.stored};
    HONE_TRY(
        hone_recheck(&v->tune, &problem->parsed, found, problem->n_entries, true, &stack, err));
    struct hone_tune_item item = {.problem = problem->parsed, .runs = 1};
    struct hone_tune_options tune = v->tune;
    struct hone_store_filter filter = {
        .problem = problem->problem, .regime = stack.regime, .device = stack.device};
    uint64_t n_trials;
    double spent = 0;
    HONE_TRY(hone_store_spent(v->store, &filter, &spent, &n_trials, err));
    if (hone_regime_parse(stack.regime, &regime, NULL) == HONE_OK) {
        tune.cold_bytes = regime.cold_bytes;
        tune.hot = regime.cold_bytes == 0;
    }
    tune.budget_seconds = spent + seconds;
    HONE_TRY(hone_tune(&tune, &item, 1, &summary, err));
    problem->fixed = n_current_winners(v, problem) > 0;
    v->result.n_fixed += problem->fixed;
    return HONE_OK;
}

static enum hone_status fix_all(struct verifying *v, struct hone_error *err)
{
    double seconds =
        v->options->fix_seconds / (v->result.n_to_fix ? (double)v->result.n_to_fix : 1);
    size_t n_done = 0, n_all = v->result.n_to_fix;
    for (size_t p = 0; p < v->result.n_problems && !stopped(v); p++) {
        if (!v->result.problems[p].needs_fix) continue;
        say_progress(v, n_done++, n_all);
        HONE_TRY(fix_problem(v, &v->result.problems[p], seconds, err));
    }
    say_progress(v, n_all, n_all);
    return HONE_OK;
}

/* Winners that are not right and were not replaced. */
static size_t n_wrong(const struct verify_result *result)
{
    size_t n = 0;
    for (size_t p = 0; p < result->n_problems; p++)
        for (uint32_t i = 0; i < result->problems[p].n_entries; i++) {
            const struct verify_entry *entry = &result->problems[p].entries[i];
            n += entry->is_winner && !entry->found.valid && !result->problems[p].fixed;
        }
    return n;
}

static enum hone_status verify(struct verifying *v, struct hone_error *err)
{
    HONE_TRY(hone_store_winners_read(v->store, NULL, &v->arena, &v->winners, &v->n_winners, err));
    HONE_TRY(hone_store_trials_read(v->store, NULL, &v->arena, &v->trials, &v->n_trials, err));
    HONE_TRY(check_all(v, err));
    verify_sum_up(&v->result);
    if (v->options->fix) HONE_TRY(fix_all(v, err));
    HONE_TRY(v->options->json ? verify_report_json(&v->result, stdout, err)
                              : verify_report_text(&v->result, stdout, err));
    if (stopped(v)) return hone_fail(err, HONE_ERR_INTERRUPTED, "verify: stopped");
    size_t wrong = n_wrong(&v->result);
    if (wrong == 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_WRONG, "%zu winners are not right under this stack%s", wrong,
                     v->options->fix ? "" : " (--fix tunes their problems again)");
}

enum hone_status verify_store(const char *path, const struct verify_store_options *options,
                              struct hone_error *err)
{
    struct hone_store_options open = {
        .struct_size = sizeof open, .read_only = !options->fix, .must_exist = true};
    struct verifying *v = calloc(1, sizeof *v);
    if (!v) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    v->options = options;
    v->tune.struct_size = sizeof v->tune;
    v->tune.stop = options->stop;
    v->worker[0] = options->hone;
    v->worker[1] = "compile-worker";
    enum hone_status status = hone_store_open(path, &open, &v->store, err);
    v->tune.store = v->store;
    if (status == HONE_OK) status = verify(v, err);
    close_tools(v);
    hone_store_close(v->store);
    hone_arena_release(&v->arena);
    free(v);
    return status;
}
