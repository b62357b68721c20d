/* SPDX-License-Identifier: MIT */
/* The environment of a problem: the names that spaces and templates may ask about. */
#include "codegen/kernel_internal.h"

#include <stdio.h>
#include <string.h>

static const char *acts_name(enum hone_type acts)
{
    if (acts == HONE_TYPE_Q8A) return "int8";
    return acts == HONE_TYPE_BF16 ? "bf16" : "f32";
}

static enum hone_status set_suffixed(struct hone_env *env, const char *name, const char *suffix,
                                     const char *text, struct hone_error *err)
{
    char full[64];
    snprintf(full, sizeof full, "%s_%s", name, suffix);
    return hone_env_set_text(env, full, text, err);
}

static enum hone_status set_args(const struct hone_op *op, struct hone_env *env,
                                 struct hone_error *err)
{
    for (uint32_t i = 0; i < op->n_args; i++) {
        char full[64];
        snprintf(full, sizeof full, "arg_%s", op->args[i].name);
        HONE_TRY(hone_env_set_int(env, full, 8 * (int64_t)i, err));
    }
    return hone_env_set_int(env, "n_args", op->n_args, err);
}

static enum hone_status set_step(const struct hone_problem *problem, struct hone_env *env,
                                 struct hone_error *err)
{
    const struct {
        const char *name;
        int64_t value;
    } values[] = {
        {"m", problem->m},
        {"m_min", problem->m_min},
        {"m_max", problem->m_max},
        {"context", problem->context},
        {"rows_are_out", problem->rows_are_out},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        HONE_TRY(hone_env_set_int(env, values[i].name, values[i].value, err));
    return HONE_OK;
}

enum hone_status hone_kernels_env(const struct hone_kernels *kernels,
                                  const struct hone_problem *problem, struct hone_env *env,
                                  struct hone_error *err)
{
    const struct hone_op *op = problem->op;
    HONE_TRY(kernels->codegen->facts(&kernels->target, &kernels->facts, env, err));
    HONE_TRY(hone_env_set_text(env, "op", op->name, err));
    HONE_TRY(hone_env_set_text(env, "acts", acts_name(problem->acts), err));
    HONE_TRY(set_step(problem, env, err));
    for (uint32_t i = 0; i < op->n_dims; i++)
        HONE_TRY(hone_env_set_int(env, op->dims[i], problem->dims[i], err));
    for (uint32_t i = 0; i < op->n_attrs; i++)
        HONE_TRY(hone_env_set_float(env, op->attrs[i], (double)problem->attrs[i], err));
    for (uint32_t i = 0; i < op->n_operands; i++) {
        const struct hone_type_info *type = hone_type_info(problem->types[i]);
        HONE_TRY(set_suffixed(env, op->operands[i].name, "type", type ? type->name : "none", err));
    }
    return set_args(op, env, err);
}

/* The formats of the default hold the types asked for: a space need not repeat in `applies` what
 * its formats say. */
static enum hone_status serves_types(const struct hone_space *space, const struct hone_env *env,
                                     const struct hone_problem *problem, bool *out_serves,
                                     struct hone_error *err)
{
    struct hone_config preset;
    struct hone_launch_record launch;
    HONE_TRY(hone_space_default(space, env, &preset, err));
    HONE_TRY(hone_space_launch(space, env, &preset, &launch, err));
    *out_serves = true;
    for (size_t i = 0; i < launch.n_operands; i++) {
        int operand = hone_op_operand(problem->op, launch.operands[i].operand);
        const struct hone_format *format = hone_format_find(launch.operands[i].format);
        if (operand >= 0 && format && format->type != problem->types[operand]) *out_serves = false;
    }
    return HONE_OK;
}

enum hone_status hone_kernels_applicable(const struct hone_kernels *kernels,
                                         const struct hone_problem *problem, size_t capacity,
                                         const struct hone_space **out_spaces, size_t *out_n_spaces,
                                         struct hone_error *err)
{
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    size_t n = 0;
    for (size_t i = 0; status == HONE_OK && i < kernels->spaces.n_spaces; i++) {
        const struct hone_space *space = kernels->spaces.spaces[i];
        bool applies = false;
        if (strcmp(space->op, problem->op->name) || !hone_kernels_takes(kernels, space)) continue;
        status = hone_space_applies(space, &env, &applies, err);
        if (status == HONE_OK && applies)
            status = serves_types(space, &env, problem, &applies, err);
        if (status != HONE_OK || !applies) continue;
        if (n == capacity)
            status = hone_fail(err, HONE_ERR_LIMIT, "%s: more than %zu search spaces apply",
                               problem->op->name, capacity);
        else
            out_spaces[n++] = space;
    }
    hone_env_release(&env);
    *out_n_spaces = n;
    return status;
}
