/* SPDX-License-Identifier: MIT */
/* Enumeration: an odometer that tests each constraint as soon as its last parameter has a value. */
#include <string.h>

#include "codegen/space/rules.h"

enum { WALK_LIMIT = 4000000 };

/* How many parameters must have a value before an expression can be evaluated. */
static uint8_t depth_needed(const struct hone_space *space, const struct hone_expr *expr)
{
    for (size_t i = space->n_parameters; i > 0; i--)
        if (hone_expr_uses(expr, space->parameters[i - 1].name)) return (uint8_t)i;
    return 0;
}

enum hone_status hone_space_walk_init(struct hone_space_walk *walk, const struct hone_space *space,
                                      const struct hone_env *env, struct hone_error *err)
{
    (void)err;
    *walk = (struct hone_space_walk){.space = space, .fixed = -1};
    hone_env_init(&walk->env, env);
    for (size_t i = 0; i < space->n_constraints; i++)
        walk->depth_of[i] = depth_needed(space, space->constraints[i]);
    return HONE_OK;
}

void hone_space_walk_end(struct hone_space_walk *walk)
{
    hone_env_release(&walk->env);
    walk->ended = true;
}

/* Tests the constraints that need exactly the first `depth` parameters. */
static enum hone_status test(struct hone_space_walk *walk, size_t depth, bool *out_holds,
                             struct hone_error *err)
{
    const struct hone_space *space = walk->space;
    *out_holds = true;
    for (size_t i = 0; *out_holds && i < space->n_constraints; i++)
        if (walk->depth_of[i] == depth)
            HONE_TRY(hone_expr_eval_bool(space->constraints[i], &walk->env, out_holds, err));
    return HONE_OK;
}

/* Puts the next value into position `at`; false when there is none left. */
static bool advance(struct hone_space_walk *walk, size_t at, bool is_fresh)
{
    bool is_fixed = walk->fixed == (int)at;
    if (is_fixed) return is_fresh;
    if (is_fresh)
        walk->config.index[at] = 0;
    else
        walk->config.index[at]++;
    return walk->config.index[at] < walk->space->parameters[at].n_values;
}

static enum hone_status count_visit(struct hone_space_walk *walk, struct hone_error *err)
{
    if (walk->n_visited++ < WALK_LIMIT) return HONE_OK;
    return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %d configs have to be looked at",
                     walk->space->file, WALK_LIMIT);
}

/* Searches on from position `at`, which gets a first or a next value. */
static enum hone_status search(struct hone_space_walk *walk, size_t at, bool is_fresh,
                               bool *out_found, struct hone_error *err)
{
    const struct hone_space *space = walk->space;
    *out_found = false;
    for (;;) {
        if (!advance(walk, at, is_fresh)) {
            if (!at) return HONE_OK;
            at--;
            is_fresh = false;
            continue;
        }
        bool holds;
        HONE_TRY(count_visit(walk, err));
        HONE_TRY(rules_bind(space, at, walk->config.index[at], &walk->env, err));
        HONE_TRY(test(walk, at + 1, &holds, err));
        *out_found = holds && at + 1 == space->n_parameters;
        if (*out_found) return HONE_OK;
        is_fresh = holds;
        if (holds) at++;
    }
}

enum hone_status hone_space_walk_next(struct hone_space_walk *walk, struct hone_config *out_config,
                                      bool *out_more, struct hone_error *err)
{
    size_t n = walk->space->n_parameters;
    bool found = false;
    *out_more = false;
    if (walk->ended) return HONE_OK;
    if (!walk->started) {
        walk->started = true;
        HONE_TRY(test(walk, 0, &found, err));
        if (found && n) HONE_TRY(search(walk, 0, true, &found, err));
    } else if (n) {
        HONE_TRY(search(walk, n - 1, false, &found, err));
    }
    walk->ended = !found;
    *out_more = found;
    if (found) *out_config = walk->config;
    return HONE_OK;
}

enum hone_status hone_space_count(const struct hone_space *space, const struct hone_env *env,
                                  uint64_t *out_count, struct hone_error *err)
{
    struct hone_space_walk walk;
    struct hone_config config;
    bool more = true;
    *out_count = 0;
    enum hone_status status = hone_space_walk_init(&walk, space, env, err);
    while (status == HONE_OK && more) {
        status = hone_space_walk_next(&walk, &config, &more, err);
        *out_count += status == HONE_OK && more;
    }
    hone_space_walk_end(&walk);
    return status;
}
