/* SPDX-License-Identifier: MIT */
/* Winners of neighbours: problems of the session first, then those of the store. */
#include "tuner/session/starts.h"

#include <math.h>
#include <string.h>

#include "tuner/problem_text.h"

/* Its winner is worth less than the nearest problem of the right types at any size. */
static const double OTHER_TYPES = 100;

struct known_winner {
    struct hone_problem problem;
    const char *space, *config;
};

double starts_distance(const struct hone_problem *a, const struct hone_problem *b)
{
    double sum = fabs(log2((double)a->m / (double)b->m));
    for (uint32_t i = 0; i < a->op->n_dims; i++)
        sum += fabs(log2((double)a->dims[i] / (double)b->dims[i]));
    return sum + (memcmp(a->types, b->types, sizeof a->types) ? OTHER_TYPES : 0);
}

static bool is_ours(const struct session *session, const char *key)
{
    for (uint32_t i = 0; i < session->n_problems; i++)
        if (strcmp(session->problems[i].key, key) == 0) return true;
    return false;
}

/* A winner that this hone cannot read, or of a default, is passed over. */
static void take(struct session *session, const struct hone_store_winner *winner)
{
    struct known_winner *known = &session->known[session->n_known];
    if (winner->is_default || strcmp(winner->variant.target, session->target) != 0 ||
        is_ours(session, winner->variant.problem) ||
        problem_parse(winner->variant.problem, &known->problem, NULL) != HONE_OK)
        return;
    known->space = winner->variant.space;
    known->config = winner->variant.config;
    session->n_known++;
}

enum hone_status starts_open(struct session *session, struct hone_error *err)
{
    const struct hone_store_filter any = {0};
    struct hone_store_winner *winners;
    size_t n;
    HONE_TRY(
        hone_store_winners_read(session->options->store, &any, &session->arena, &winners, &n, err));
    session->known = hone_arena_array(&session->arena, n + 1, sizeof *session->known);
    if (!session->known) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    for (size_t i = 0; i < n; i++) take(session, &winners[i]);
    return HONE_OK;
}

static bool tried_in(const struct space_state *space, const struct hone_config *config)
{
    for (size_t i = 0; i < space->n_trials; i++)
        if (memcmp(&space->trials[i].config, config, sizeof *config) == 0) return true;
    return false;
}

static bool fits(const struct space_state *space, const struct hone_env *env,
                 const struct hone_config *config)
{
    const char *broken = NULL;
    return !tried_in(space, config) &&
           hone_space_valid(space->space, env, config, &broken, NULL) == HONE_OK && !broken;
}

static const struct tried *best_trial(const struct space_state *space)
{
    const struct tried *best = NULL;
    for (size_t t = 0; t < space->n_trials; t++) {
        const struct tried *trial = &space->trials[t];
        if (trial->valid && (!best || trial->ns < best->ns)) best = trial;
    }
    return best;
}

/* Takes the best of another problem of the session if it is nearer than *nearest. */
static void look_at(const struct problem_state *problem, const struct problem_state *other,
                    const struct space_state *space, const struct hone_env *env, double *nearest,
                    struct hone_config *out_config)
{
    double away = starts_distance(&problem->item->problem, &other->item->problem);
    for (uint32_t s = 0; s < other->n_spaces && away < *nearest; s++) {
        if (other->spaces[s].space != space->space) continue;
        const struct tried *best = best_trial(&other->spaces[s]);
        if (!best || best->is_default || !fits(space, env, &best->config)) continue;
        *out_config = best->config;
        *nearest = away;
    }
}

bool starts_next(const struct session *session, const struct problem_state *problem,
                 const struct space_state *space, const struct hone_env *env,
                 struct hone_config *out_config)
{
    const struct hone_problem *p = &problem->item->problem;
    double nearest = INFINITY;
    for (uint32_t i = 0; i < session->n_problems; i++) {
        const struct problem_state *other = &session->problems[i];
        if (other != problem && other->item->problem.op == p->op)
            look_at(problem, other, space, env, &nearest, out_config);
    }
    for (size_t i = 0; i < session->n_known; i++) {
        const struct known_winner *known = &session->known[i];
        struct hone_config config;
        if (known->problem.op != p->op || strcmp(known->space, space->space->name) != 0) continue;
        double away = starts_distance(p, &known->problem);
        if (away >= nearest || hone_config_parse(space->space, known->config, &config, NULL) ||
            !fits(space, env, &config))
            continue;
        *out_config = config;
        nearest = away;
    }
    return nearest < INFINITY;
}
