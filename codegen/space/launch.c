/* SPDX-License-Identifier: MIT */
/* What a space says about a problem: whether it applies, and how a config of it is called. */
#include <stdio.h>
#include <string.h>

#include "codegen/space/rules.h"

static const char *const grid_rules[] = {"const", "tokens", "out"};

const char *rules_find_grid(const char *name)
{
    for (size_t i = 0; i < sizeof grid_rules / sizeof *grid_rules; i++)
        if (!strcmp(grid_rules[i], name)) return grid_rules[i];
    return NULL;
}

enum hone_status hone_space_applies(const struct hone_space *space, const struct hone_env *env,
                                    bool *out_applies, struct hone_error *err)
{
    for (size_t i = 0; i < space->n_parameters; i++) {
        struct hone_value value;
        if (hone_env_get(env, space->parameters[i].name, &value))
            return rules_fail(space, err, "parameter '%s' hides a name of the problem",
                              space->parameters[i].name);
    }
    return hone_expr_eval_bool(space->applies, env, out_applies, err);
}

static enum hone_status eval_name(const struct hone_space *space, const struct hone_expr *expr,
                                  const struct hone_env *env, const char *what,
                                  char out_name[HONE_SPACE_NAME_BYTES], struct hone_error *err)
{
    struct hone_arena scratch = {0};
    const char *text = "";
    enum hone_status status = hone_expr_eval_text(expr, env, &scratch, &text, err);
    if (status == HONE_OK && (!*text || strlen(text) >= HONE_SPACE_NAME_BYTES))
        status = rules_fail(space, err, "%s: 1 to %d bytes of text were expected", what,
                            HONE_SPACE_NAME_BYTES - 1);
    if (status == HONE_OK) snprintf(out_name, HONE_SPACE_NAME_BYTES, "%s", text);
    hone_arena_release(&scratch);
    return status;
}

static enum hone_status eval_count(const struct hone_space *space, const struct hone_expr *expr,
                                   const struct hone_env *env, const char *what, int64_t lowest,
                                   int64_t highest, int64_t *out_count, struct hone_error *err)
{
    HONE_TRY(hone_expr_eval_int(expr, env, out_count, err));
    if (*out_count >= lowest && *out_count <= highest) return HONE_OK;
    return rules_fail(space, err, "%s: %lld is not in %lld..%lld", what, (long long)*out_count,
                      (long long)lowest, (long long)highest);
}

static enum hone_status eval_schedule(const struct hone_space *space, const struct hone_env *env,
                                      bool *out_is_dynamic, struct hone_error *err)
{
    char name[HONE_SPACE_NAME_BYTES];
    *out_is_dynamic = false;
    if (!space->grid_schedule) return HONE_OK;
    HONE_TRY(eval_name(space, space->grid_schedule, env, "grid.schedule", name, err));
    *out_is_dynamic = strcmp(name, "dynamic") == 0;
    if (*out_is_dynamic || strcmp(name, "static") == 0) return HONE_OK;
    return rules_fail(space, err, "grid.schedule: '%s' is not static or dynamic", name);
}

enum { MAX_THREADS = 1024, MAX_SHARED = 1 << 20, MAX_CLUSTER = 16 }; /* beyond any GPU */

static enum hone_status eval_block(const struct hone_space *space, const struct hone_env *env,
                                   struct hone_launch_record *record, struct hone_error *err)
{
    int64_t count;
    if (!space->block) return HONE_OK;
    HONE_TRY(eval_count(space, space->block, env, "block", 1, MAX_THREADS, &count, err));
    record->block_threads = (uint32_t)count;
    HONE_TRY(eval_count(space, space->shared, env, "shared", 0, MAX_SHARED, &count, err));
    record->shared_bytes = (uint32_t)count;
    record->cluster_blocks = 1;
    if (!space->cluster) return HONE_OK;
    HONE_TRY(eval_count(space, space->cluster, env, "cluster", 1, MAX_CLUSTER, &count, err));
    record->cluster_blocks = (uint32_t)count;
    return HONE_OK;
}

static enum hone_status eval_record(const struct hone_space *space, const struct hone_env *env,
                                    struct hone_launch_record *record, struct hone_error *err)
{
    for (size_t i = 0; i < space->n_operands; i++) {
        record->operands[i].operand = space->operands[i].name;
        HONE_TRY(eval_name(space, space->operands[i].format, env, space->operands[i].name,
                           record->operands[i].format, err));
    }
    record->n_operands = space->n_operands;
    record->grid_rule = space->grid_rule;
    int64_t count;
    HONE_TRY(eval_count(space, space->grid_p0, env, "grid.p0", 1, UINT32_MAX, &count, err));
    record->grid_p0 = (uint32_t)count;
    HONE_TRY(eval_count(space, space->grid_p1, env, "grid.p1", 1, UINT32_MAX, &count, err));
    record->grid_p1 = (uint32_t)count;
    HONE_TRY(eval_schedule(space, env, &record->is_dynamic, err));
    HONE_TRY(eval_count(space, space->scratch, env, "scratch", 0, INT64_MAX, &count, err));
    record->scratch_bytes = (uint64_t)count;
    HONE_TRY(eval_block(space, env, record, err));
    HONE_TRY(hone_expr_eval_int(space->rank, env, &record->rank, err));
    return eval_name(space, space->numerics, env, "numerics", record->numerics, err);
}

enum hone_status hone_space_launch(const struct hone_space *space, const struct hone_env *env,
                                   const struct hone_config *config,
                                   struct hone_launch_record *out_record, struct hone_error *err)
{
    *out_record = (struct hone_launch_record){0};
    struct hone_env bound;
    hone_env_init(&bound, env);
    enum hone_status status = hone_config_bind(space, config, &bound, err);
    if (status == HONE_OK) status = eval_record(space, &bound, out_record, err);
    hone_env_release(&bound);
    return status;
}
