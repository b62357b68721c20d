/* SPDX-License-Identifier: MIT */
/* Defaults for what was not said, and a search over types for what a space serves. */
#include "tuner/sample_problem.h"

#include <stdio.h>
#include <string.h>

#include "tuner/problem_text.h"

enum { NAME_BYTES = 64 };

static const struct {
    const char *name, *value;
} defaults[] = {
    {"n", "2048"},         {"k", "2048"},           {"n_heads", "32"},     {"n_kv_heads", "8"},
    {"head_dim", "64"},    {"rope_dim", "64"},      {"scale", "0.125"},    {"eps", "1e-5"},
    {"page_tokens", "64"}, {"n_positions", "2048"}, {"part_heads", "128"}, {"n_parts", "4"},
};

static const enum hone_type activations[] = {HONE_TYPE_F32, HONE_TYPE_Q8A, HONE_TYPE_BF16,
                                             HONE_TYPE_Q8R};
static const enum hone_type weights[] = {
    HONE_TYPE_Q4_0, HONE_TYPE_Q8_0,   HONE_TYPE_Q6_K,  HONE_TYPE_F32,  HONE_TYPE_F16,
    HONE_TYPE_BF16, HONE_TYPE_Q4_K,   HONE_TYPE_Q5_K,  HONE_TYPE_Q4_1, HONE_TYPE_Q5_0,
    HONE_TYPE_Q5_1, HONE_TYPE_IQ4_NL, HONE_TYPE_MXFP4, HONE_TYPE_I8};
static const enum hone_type caches[] = {HONE_TYPE_F16, HONE_TYPE_F32, HONE_TYPE_BF16};
enum {
    N_ACTIVATIONS = sizeof activations / sizeof *activations,
    N_WEIGHTS = sizeof weights / sizeof *weights,
    N_CACHES = sizeof caches / sizeof *caches,
};

/* What was said of the problem. */
struct said {
    struct hone_problem problem;
    bool type[HONE_MAX_OPERANDS], acts, context, rows;
};

static void set_defaults(struct hone_problem *problem)
{
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        problem_set(problem, defaults[i].name, defaults[i].value, NULL); /* those it has */
}

static void note(struct said *said, const char *name)
{
    const struct hone_op *op = said->problem.op;
    said->acts |= strcmp(name, "acts") == 0;
    said->context |= strcmp(name, "context") == 0;
    said->rows |= strncmp(name, "rows", 4) == 0;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        size_t length = strlen(op->operands[i].name);
        bool named = strncmp(name, op->operands[i].name, length) == 0 &&
                     (name[length] == '\0' || strcmp(name + length, "_type") == 0);
        said->type[i] |= named || strcmp(name, "types") == 0;
    }
}

static enum hone_status read_assignments(const char *text, struct said *said,
                                         struct hone_error *err)
{
    char name[NAME_BYTES], value[NAME_BYTES];
    for (const char *at = text; *(at += strspn(at, ", "));) {
        size_t length = strcspn(at, ", "), n_name = strcspn(at, "=");
        if (n_name >= length || n_name >= sizeof name || length - n_name > sizeof value)
            return hone_fail(err, HONE_ERR_ARGUMENT, "--set: name=value expected at '%.60s'", at);
        snprintf(name, sizeof name, "%.*s", (int)n_name, at);
        snprintf(value, sizeof value, "%.*s", (int)(length - n_name - 1), at + n_name + 1);
        enum hone_status status = problem_set(&said->problem, name, value, err);
        if (status != HONE_OK) return hone_fail_in(err, status, "--set");
        note(said, name);
        at += length;
    }
    return HONE_OK;
}

/* The problem with types number `choice` for what was left open. */
static struct hone_problem with_types(const struct said *said, uint32_t choice)
{
    struct hone_problem problem = said->problem;
    const struct hone_op *op = problem.op;
    enum hone_type in = activations[choice % N_ACTIVATIONS], out, weight, cache;
    out = activations[choice / N_ACTIVATIONS % N_ACTIVATIONS];
    weight = weights[choice / (N_ACTIVATIONS * N_ACTIVATIONS) % N_WEIGHTS];
    cache = caches[choice / (N_ACTIVATIONS * N_ACTIVATIONS * N_WEIGHTS)];
    problem.types[0] =
        said->type[0] || op->operands[0].role != HONE_ROLE_IN ? problem.types[0] : in;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        if (said->type[i]) continue;
        if (op->operands[i].role == HONE_ROLE_OUT) problem.types[i] = out;
        if (op->operands[i].role == HONE_ROLE_WEIGHT) problem.types[i] = weight;
        if (op->operands[i].role == HONE_ROLE_KV) problem.types[i] = cache;
    }
    for (uint32_t i = 0; i < op->n_operands && !said->acts; i++) {
        enum hone_role role = op->operands[i].role;
        bool is_activation = role == HONE_ROLE_IN || role == HONE_ROLE_OUT;
        if (is_activation && problem.types[i] != HONE_TYPE_F32) problem.acts = problem.types[i];
    }
    return problem;
}

static bool is_served(const struct hone_kernels *kernels, const struct hone_space *space,
                      const struct hone_problem *problem)
{
    struct hone_env env;
    bool applies = false;
    hone_env_init(&env, NULL);
    if (hone_kernels_env(kernels, problem, &env, NULL) == HONE_OK &&
        hone_space_applies(space, &env, &applies, NULL) != HONE_OK)
        applies = false;
    hone_env_release(&env);
    return applies;
}

enum hone_status sample_problem(const struct hone_kernels *kernels, const struct hone_space *space,
                                const char *assignments, struct hone_problem *out_problem,
                                struct hone_error *err)
{
    const struct hone_op *op = hone_op_find(space->op);
    struct said said = {0};
    if (!op) return hone_fail(err, HONE_ERR_TEMPLATE, "%s: no op '%s'", space->file, space->op);
    if (!hone_kernels_takes(kernels, space))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "%s is a space of family %s: --target names a machine of that kind",
                         space->name, space->family);
    problem_init(&said.problem, op);
    set_defaults(&said.problem);
    if (assignments) HONE_TRY(read_assignments(assignments, &said, err));
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (op->operands[i].role == HONE_ROLE_KV && !said.context && !op->appends_kv)
            said.problem.context = 512;
    for (uint32_t i = 0; i < op->n_args && !said.rows; i++)
        if (op->args[i].kind == HONE_ARG_BATCH && op->args[i].index == HONE_BATCH_OUT_ROWS)
            said.problem.rows_are_out = true;
    if (op->valid) HONE_TRY(op->valid(&said.problem, err));
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, &said.problem, &env, err);
    hone_env_release(&env);
    HONE_TRY(status); /* a target that nothing is generated for */
    for (uint32_t choice = 0; choice < N_ACTIVATIONS * N_ACTIVATIONS * N_WEIGHTS * N_CACHES;
         choice++) {
        *out_problem = with_types(&said, choice);
        if (is_served(kernels, space, out_problem)) return HONE_OK;
    }
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(&said.problem, key);
    return hone_fail(err, HONE_ERR_ARGUMENT, "%s serves no problem like '%.160s': it wants %.160s",
                     space->name, key, hone_expr_source(space->applies));
}
