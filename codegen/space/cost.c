/* SPDX-License-Identifier: MIT */
/* The cost formula: what a config is expected to take before any trial. */
#include "codegen/space/rules.h"

/* Each step becomes a name for those after it; the last value is the cost. */
static enum hone_status eval(const struct hone_space *space, struct hone_env *env, double *out_cost,
                             struct hone_error *err)
{
    struct hone_arena scratch = {0};
    struct hone_value value = {HONE_VALUE_INT, .i = 0};
    enum hone_status status = HONE_OK;
    for (size_t i = 0; status == HONE_OK && i < space->n_cost; i++) {
        status = hone_expr_eval(space->cost[i].expr, env, &scratch, &value, err);
        if (status == HONE_OK) status = hone_env_set(env, space->cost[i].name, &value, err);
    }
    if (status == HONE_OK && value.kind == HONE_VALUE_TEXT)
        status = rules_fail(space, err, "cost: its last step must be a number");
    *out_cost = value.kind == HONE_VALUE_FLOAT ? value.f : (double)value.i;
    if (status == HONE_OK && !(*out_cost > 0))
        status = rules_fail(space, err, "cost: %g is not above 0", *out_cost);
    hone_arena_release(&scratch);
    return status;
}

enum hone_status hone_space_cost(const struct hone_space *space, const struct hone_env *env,
                                 const struct hone_config *config, double *out_cost,
                                 struct hone_error *err)
{
    if (!space->n_cost)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: the space has no cost", space->file);
    struct hone_env bound;
    hone_env_init(&bound, env);
    enum hone_status status = config ? hone_config_bind(space, config, &bound, err) : HONE_OK;
    if (status == HONE_OK) status = eval(space, &bound, out_cost, err);
    hone_env_release(&bound);
    return status;
}
