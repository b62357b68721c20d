/* SPDX-License-Identifier: MIT */
/* Reads a step's argument block by its op. */
#include "tuner/plan_calls.h"

#include <string.h>

#include "runtime/base/checked.h"
#include "tuner/session/edges.h"

enum { SLOT_BYTES = 8, MOST_ROWS = 96 };

struct reading {
    const struct hone_package *package;
    const struct hone_plan_step *row;
    const char *name;
    struct hone_call *call;
    struct hone_error *err;
};

static enum hone_status bad(const struct reading *r, const char *argument, const char *what)
{
    return hone_fail(r->err, HONE_ERR_FORMAT, "%s: step '%.80s': argument %s: %s", r->package->path,
                     r->name, argument, what);
}

static const struct hone_plan_binding *binding_at(const struct reading *r, uint32_t offset)
{
    const struct hone_plan_binding *bindings = r->package->plan.bindings;
    for (uint32_t b = 0; b < r->row->n_bindings; b++)
        if (bindings[r->row->first_binding + b].args_offset == offset)
            return &bindings[r->row->first_binding + b];
    return NULL;
}

static uint64_t slot_at(const struct reading *r, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, r->package->plan.args + r->row->args_offset + offset, sizeof value);
    return value;
}

static bool operand_is_bound(const struct hone_operand *operand,
                             const struct hone_plan_binding *binding)
{
    uint32_t wanted = operand->role == HONE_ROLE_WEIGHT ? HONE_BIND_WEIGHT
                      : operand->role == HONE_ROLE_KV   ? HONE_BIND_KV
                                                        : HONE_BIND_ACTIVATION;
    return binding && binding->kind == wanted;
}

static enum hone_status read_argument(const struct reading *r, uint32_t i)
{
    struct hone_problem *problem = &r->call->problem;
    const struct hone_op *op = problem->op;
    const struct hone_arg *arg = &op->args[i];
    const struct hone_plan_binding *binding = binding_at(r, i * SLOT_BYTES);
    uint64_t slot = slot_at(r, i * SLOT_BYTES);
    bool is_batch = binding && binding->kind == HONE_BIND_BATCH;
    switch (arg->kind) {
    case HONE_ARG_DIM:
        if (binding || slot == 0 || slot > UINT32_MAX) return bad(r, arg->name, "no dimension");
        problem->dims[arg->index] = (uint32_t)slot;
        return HONE_OK;
    case HONE_ARG_ATTR:
        if (binding) return bad(r, arg->name, "a number was expected");
        memcpy(&problem->attrs[arg->index], &slot, sizeof problem->attrs[arg->index]);
        return HONE_OK;
    case HONE_ARG_BATCH:
        if (is_batch && binding->value == arg->index) return HONE_OK;
        return bad(r, arg->name, "not bound to its batch field");
    case HONE_ARG_ROWS:
        if (!is_batch ||
            (binding->value != HONE_BATCH_N_OUT && binding->value != HONE_BATCH_N_TOKENS))
            return bad(r, arg->name, "not bound to a count of rows");
        problem->rows_are_out = binding->value == HONE_BATCH_N_OUT;
        return HONE_OK;
    case HONE_ARG_OPERAND:
        if (operand_is_bound(&op->operands[arg->index], binding)) return HONE_OK;
        return bad(r, arg->name, "bound to another kind of memory");
    }
    return HONE_OK;
}

/* Every weight lies in the section as a whole, tail included. */
static enum hone_status check_weights(const struct reading *r)
{
    const struct hone_problem *problem = &r->call->problem;
    uint64_t limit = r->package->parts[HONE_SECTION_WEIGHTS].n_bytes, n_bytes;
    for (uint32_t i = 0; i < problem->op->n_args; i++) {
        const struct hone_arg *arg = &problem->op->args[i];
        if (arg->kind != HONE_ARG_OPERAND ||
            problem->op->operands[arg->index].role != HONE_ROLE_WEIGHT)
            continue;
        HONE_TRY(hone_format_bytes(r->call->formats[arg->index],
                                   hone_operand_rows(problem, arg->index, 1, 1),
                                   hone_operand_cols(problem, arg->index), &n_bytes, r->err));
        if (!hone_in_range(binding_at(r, i * SLOT_BYTES)->value, n_bytes, limit))
            return bad(r, arg->name, "reaches beyond the weights");
    }
    return HONE_OK;
}

enum hone_status plan_call_of_step(const struct hone_package *package, uint32_t list, uint32_t step,
                                   const struct hone_call *like, struct hone_runner_call *out_call,
                                   struct hone_error *err)
{
    const struct hone_plan *plan = &package->plan;
    const struct hone_plan_list *range = &plan->lists[list];
    struct hone_call call = *like;
    struct hone_problem *problem = &call.problem;
    struct reading r = {.package = package,
                        .row = &plan->steps[step],
                        .name = plan->names + plan->steps[step].name_offset,
                        .call = &call,
                        .err = err};
    if (r.row->args_bytes < problem->op->n_args * SLOT_BYTES)
        return bad(&r, problem->op->args[problem->op->n_args - 1].name, "not in its block");
    for (uint32_t i = 0; i < problem->op->n_args; i++) HONE_TRY(read_argument(&r, i));
    if (problem->op->valid) HONE_TRY(problem->op->valid(problem, err));
    HONE_TRY(check_weights(&r));
    problem->m = range->m_max < MOST_ROWS   ? range->m_max
                 : range->m_min > MOST_ROWS ? range->m_min
                                            : MOST_ROWS;
    if (problem->rows_are_out && problem->m > plan->header->max_out)
        problem->m = plan->header->max_out;
    if (problem->context > plan->header->max_context) problem->context = plan->header->max_context;
    problem->m_min = range->m_min < problem->m ? range->m_min : problem->m;
    problem->m_max = problem->m;
    *out_call = (struct hone_runner_call){.grid_rule = r.row->grid_rule,
                                          .grid_p0 = r.row->grid_p0,
                                          .grid_p1 = r.row->grid_p1,
                                          .schedule = r.row->schedule};
    edges_tuned_spec(problem, &out_call->spec);
    out_call->spec.call = call;
    return HONE_OK;
}
