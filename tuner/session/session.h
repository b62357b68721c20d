/* SPDX-License-Identifier: MIT */
/* A tuning session: from problems with weights to winners in a store, within a budget.
 *
 * Every trial is rendered, compiled, verified at edge sizes and at the tuned size, timed, verified
 * again, and committed to the store before the next one starts. The budget is what trials cost, as
 * the store has it: a session that was stopped, at any moment and by any means, resumes with what
 * is left of it, and one that had it all ends at once. The default of each space is always the
 * first trial of its problem and always in its final. */
#ifndef HONE_TUNE_SESSION_H
#define HONE_TUNE_SESSION_H

#include <signal.h>

#include "cache/store.h"
#include "codegen/kernel.h"
#include "tuner/runner/runner.h"
#include "tuner/search/strategy.h"

struct hone_tune_item {
    struct hone_problem problem;
    double runs; /* in the mix */
    const char *example;
};

enum hone_tune_event_kind {
    HONE_TUNE_TRIAL,  /* a trial is committed */
    HONE_TUNE_WINNER, /* the winners of a problem are committed */
};

struct hone_tune_event {
    enum hone_tune_event_kind kind;
    const struct hone_tune_item *item;
    const char *space, *config, *reason; /* of the trial or the best winner */
    double ns;                           /* median; 0 for an invalid trial */
    double ratio;                        /* best winner to default */
    double spent_seconds, budget_seconds;
    uint64_t n_trials, n_failed;          /* in the store, of these problems */
    bool noisy;                           /* the machine had too much else to do just now */
    uint32_t n_problems, n_tuned;         /* n_tuned: winners are there */
    double default_seconds, best_seconds; /* one pass of the mix: sum of runs x time so far */
    double expected_gain; /* of the mix by what is left of the budget, 1.05: 5 %; 0: not known */
};

struct hone_tune_options {
    size_t struct_size;
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_store *store;
    const struct hone_strategy *strategy; /* NULL: model */
    double budget_seconds;
    uint64_t seed;
    uint64_t cold_bytes;   /* weights rotate through this much; 0: hone_cold_bytes */
    bool hot;              /* nothing rotates: all that fits stays in the caches */
    uint64_t weight_bytes; /* of the whole model: it is never colder than that; 0 = not known */
    uint32_t max_trials;   /* per problem, 0 = no limit */
    bool alone;            /* no problem starts from another's winners: what is tried hangs on the
                              problem alone, whatever shard it is in */
    double final_seconds;  /* time limit of one final's timing, 0 = 0.5 */
    const volatile sig_atomic_t *stop; /* set by a signal handler; may be NULL */
    void (*event)(void *context, const struct hone_tune_event *event); /* may be NULL */
    void *event_context;
};

struct hone_tune_summary {
    uint64_t n_trials, n_new_trials, n_failed;
    uint32_t n_problems, n_tuned, n_without_kernel;
    double spent_seconds;
    double default_seconds, best_seconds;
    uint64_t n_timed, n_noisy; /* timings of this session; those on a noisy machine */
    bool stopped;              /* by `stop` */
};

/* HONE_OK also when stopped or out of budget: what was done is kept. An error is one of the store,
 * of a template, or of a runner that cannot be started; a variant's failure is its own. */
enum hone_status hone_tune(const struct hone_tune_options *options,
                           const struct hone_tune_item *items, size_t n_items,
                           struct hone_tune_summary *out_summary, struct hone_error *err);

/* Twice the last-level cache, at most an eighth of the memory. */
uint64_t hone_cold_bytes(const struct hone_machine_facts *facts);

/* The regime and device texts under which a problem's trials and winners are kept. */
void hone_tune_regime(const struct hone_problem *problem, uint32_t n_threads, uint64_t cold_bytes,
                      char out_text[512]);
void hone_tune_device(const struct hone_runner_info *info, char out_text[512]);

#endif
