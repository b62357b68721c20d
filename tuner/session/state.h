/* SPDX-License-Identifier: MIT */
/* What a session knows: its problems, the spaces that serve them, and the trials made so far. */
#ifndef HONE_TUNE_STATE_H
#define HONE_TUNE_STATE_H

#include "cache/keys.h"
#include "tuner/search/pool.h"
#include "tuner/session/edges.h"
#include "tuner/session/reference.h"
#include "tuner/session/gain.h"
#include "tuner/session/session.h"

enum { STATE_MAX_SPACES = 12 };

/* A trial of round 0 in memory. */
struct tried {
    uint64_t id; /* order of commit, over all problems */
    struct hone_config config;
    bool valid, is_default;
    double ns; /* median, the drift of the reference divided out */
    int64_t rank;
    const char *formats; /* tuple; equal texts are equal pointers within a problem */
    const char *proof;
};

struct space_state {
    const struct hone_space *space;
    struct tried *trials;
    struct hone_search_trial *search; /* the same trials as strategies see them */
    size_t n_trials, capacity;
    bool exhausted;
    struct hone_static_facts preset_facts; /* of the default's code */
    struct hone_pool *pool;                /* made when a strategy is first asked */
};

struct problem_state {
    const struct hone_tune_item *item;
    char key[HONE_PROBLEM_KEY_BYTES];
    char regime[HONE_KEY_TEXT_BYTES];
    struct hone_case_spec tuned; /* n_copies is set per variant */
    struct space_state spaces[STATE_MAX_SPACES];
    uint32_t n_spaces;
    double guess_ns;
    double default_ns, best_ns; /* 0: none yet */
    double seconds;             /* spent on trials of round 0 */
    uint32_t n_trials, n_since_better;
    struct gain gain;
    uint32_t n_final_trials; /* trials that the last final chose from */
    uint32_t final_round;
    double final_ns; /* best_ns when the last final was held */
    bool tuned_once;
    double final_ratio;
};

struct session {
    const struct hone_tune_options *options;
    struct hone_arena arena;
    struct problem_state *problems;
    uint32_t n_problems;
    struct known_winner *known; /* of problems that are not in this session (starts.h) */
    size_t n_known;
    struct hone_runner_info info;
    char device[HONE_KEY_TEXT_BYTES];
    char target[HONE_TARGET_TEXT_BYTES];
    const char *compiler;
    char compile_options[HONE_COMPILE_OPTIONS_BYTES];
    uint64_t cold_bytes;
    double seconds_before, started; /* spent by earlier sessions; clock at start */
    double charged;                 /* clock up to which trials have been charged */
    uint64_t next_id;
    uint64_t n_trials, n_new_trials, n_failed;
    uint64_t n_timed, n_noisy;  /* timings of this session; on a noisy machine */
    bool noisy;                 /* the last one */
    uint32_t n_device_failures; /* in a row */
    struct reference reference;
};

/* Problems with their spaces, and what the store has of them. Trials made with another text, config
 * or compiler are passed over. */
enum hone_status state_open(struct session *session, const struct hone_tune_item *items,
                            size_t n_items, struct hone_error *err);
void state_close(struct session *session);

/* Adds a trial to memory; NO_MEMORY. */
enum hone_status state_add(struct session *session, struct problem_state *problem,
                           struct space_state *space, const struct tried *trial,
                           struct hone_error *err);
/* Equal texts give equal pointers. */
const char *state_formats(struct session *session, struct problem_state *problem, const char *text);
double state_spent(const struct session *session);
/* What the weights of a problem rotate through while it is timed. */
uint64_t state_cold_bytes(const struct session *session, const struct hone_problem *problem);
/* Seconds since the last charge: what a trial costs, with all that was done to come to it. */
double state_charge(struct session *session);

#endif
