/* SPDX-License-Identifier: MIT */
/* Requests and replies as bytes. */
#include "tuner/runner/protocol.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runtime/device/device.h"
#include "runtime/package/format.h"
#include "tuner/runner/defect.h"

void protocol_put_hello(struct wire_out *out, const struct runner_hello *hello)
{
    wire_put_u32(out, hello->protocol);
    wire_put_u32(out, hello->n_threads);
    wire_put_text(out, hello->family);
    wire_put_u64(out, hello->scratch_bytes);
    wire_put_u64(out, hello->case_bytes);
}

void protocol_get_hello(struct wire_in *in, struct runner_hello *out_hello)
{
    out_hello->protocol = wire_u32(in);
    out_hello->n_threads = wire_u32(in);
    wire_text(in, out_hello->family, sizeof out_hello->family);
    out_hello->scratch_bytes = wire_u64(in);
    out_hello->case_bytes = wire_u64(in);
}

void protocol_put_info(struct wire_out *out, const struct hone_runner_info *info)
{
    wire_put_text(out, info->target);
    wire_put_text(out, info->facts.model);
    wire_put_u32(out, info->facts.n_cpus);
    wire_put_u64(out, info->facts.l1_bytes);
    wire_put_u64(out, info->facts.l2_bytes);
    wire_put_u64(out, info->facts.l3_bytes);
    wire_put_u32(out, info->facts.n_sms);
    wire_put_u32(out, info->facts.shared_bytes);
    wire_put_u32(out, info->facts.shared_sm_bytes);
    wire_put_u32(out, info->facts.regs_sm);
    wire_put_u32(out, info->facts.threads_sm);
    wire_put_u32(out, info->facts.blocks_sm);
    wire_put_u32(out, info->facts.memory_rate);
    wire_put_u64(out, info->facts.memory_bytes);
    wire_put_u32(out, info->n_workers);
    wire_put_text(out, info->stack);
}

void protocol_get_info(struct wire_in *in, struct hone_runner_info *out_info)
{
    wire_text(in, out_info->target, sizeof out_info->target);
    wire_text(in, out_info->facts.model, sizeof out_info->facts.model);
    out_info->facts.n_cpus = wire_u32(in);
    out_info->facts.l1_bytes = wire_u64(in);
    out_info->facts.l2_bytes = wire_u64(in);
    out_info->facts.l3_bytes = wire_u64(in);
    out_info->facts.n_sms = wire_u32(in);
    out_info->facts.shared_bytes = wire_u32(in);
    out_info->facts.shared_sm_bytes = wire_u32(in);
    out_info->facts.regs_sm = wire_u32(in);
    out_info->facts.threads_sm = wire_u32(in);
    out_info->facts.blocks_sm = wire_u32(in);
    out_info->facts.memory_rate = wire_u32(in);
    out_info->facts.memory_bytes = wire_u64(in);
    out_info->n_workers = wire_u32(in);
    wire_text(in, out_info->stack, sizeof out_info->stack);
}

static const char *type_name(enum hone_type type)
{
    const struct hone_type_info *info = type == HONE_TYPE_NONE ? NULL : hone_type_info(type);
    return info ? info->name : "";
}

static void put_problem(struct wire_out *out, const struct hone_problem *problem)
{
    wire_put_text(out, problem->op->name);
    for (int i = 0; i < HONE_MAX_DIMS; i++) wire_put_u32(out, problem->dims[i]);
    for (int i = 0; i < HONE_MAX_ATTRS; i++) wire_put_f64(out, (double)problem->attrs[i]);
    for (int i = 0; i < HONE_MAX_OPERANDS; i++) wire_put_text(out, type_name(problem->types[i]));
    wire_put_text(out, type_name(problem->acts));
    wire_put_u32(out, problem->m_min);
    wire_put_u32(out, problem->m_max);
    wire_put_u32(out, problem->m);
    wire_put_u32(out, problem->context);
    wire_put_u32(out, problem->rows_are_out);
}

static void put_spec(struct wire_out *out, const struct hone_case_spec *spec)
{
    put_problem(out, &spec->call.problem);
    for (uint32_t i = 0; i < HONE_MAX_OPERANDS; i++)
        wire_put_text(out, spec->call.formats[i] ? spec->call.formats[i]->name : "");
    wire_put_u32(out, spec->m);
    wire_put_u32(out, spec->n_seqs);
    wire_put_u32(out, spec->kv_before);
    wire_put_u32(out, spec->family);
    wire_put_u64(out, spec->seed);
    wire_put_u32(out, spec->n_copies);
}

void protocol_put_call(struct wire_out *out, const struct hone_runner_call *call)
{
    wire_put_u32(out, call->kernel);
    wire_put_u32(out, call->grid_rule);
    wire_put_u32(out, call->grid_p0);
    wire_put_u32(out, call->grid_p1);
    wire_put_u32(out, call->schedule);
    wire_put_u32(out, call->group);
    wire_put_u32(out, call->stays);
    wire_put_u64(out, call->scratch_bytes);
    wire_put_u32(out, call->repeat_us);
    put_spec(out, &call->spec);
}

static enum hone_status get_type(struct wire_in *in, enum hone_type *out_type,
                                 struct hone_error *err)
{
    char name[32];
    wire_text(in, name, sizeof name);
    *out_type = name[0] ? hone_type_by_name(name) : HONE_TYPE_NONE;
    if (name[0] && *out_type == HONE_TYPE_NONE)
        return hone_fail(err, HONE_ERR_ARGUMENT, "runner: unknown type '%s'", name);
    return HONE_OK;
}

static enum hone_status get_problem(struct wire_in *in, struct hone_problem *problem,
                                    struct hone_error *err)
{
    char name[64];
    wire_text(in, name, sizeof name);
    problem->op = hone_op_find(name);
    if (!problem->op) return hone_fail(err, HONE_ERR_ARGUMENT, "runner: unknown op '%s'", name);
    for (int i = 0; i < HONE_MAX_DIMS; i++) problem->dims[i] = wire_u32(in);
    for (int i = 0; i < HONE_MAX_ATTRS; i++) {
        double value = wire_f64(in);
        if (!isfinite(value) || fabs(value) > 3e38)
            return hone_fail(err, HONE_ERR_ARGUMENT, "runner: attribute %d is not finite", i);
        problem->attrs[i] = (float)value;
    }
    for (int i = 0; i < HONE_MAX_OPERANDS; i++) HONE_TRY(get_type(in, &problem->types[i], err));
    HONE_TRY(get_type(in, &problem->acts, err));
    problem->m_min = wire_u32(in);
    problem->m_max = wire_u32(in);
    problem->m = wire_u32(in);
    problem->context = wire_u32(in);
    problem->rows_are_out = wire_u32(in) != 0;
    return HONE_OK;
}

static enum hone_status get_formats(struct wire_in *in, struct hone_call *call,
                                    struct hone_error *err)
{
    for (uint32_t i = 0; i < HONE_MAX_OPERANDS; i++) {
        char name[64];
        wire_text(in, name, sizeof name);
        call->formats[i] = name[0] ? hone_format_find(name) : NULL;
        if (call->formats[i] || (!name[0] && i >= call->problem.op->n_operands)) continue;
        return hone_fail(err, HONE_ERR_ARGUMENT, "runner: unknown format '%s'", name);
    }
    return HONE_OK;
}

enum hone_status protocol_get_call(struct wire_in *in, struct hone_runner_call *out_call,
                                   struct hone_error *err)
{
    struct hone_case_spec *spec = &out_call->spec;
    memset(out_call, 0, sizeof *out_call);
    out_call->kernel = wire_u32(in);
    out_call->grid_rule = wire_u32(in);
    out_call->grid_p0 = wire_u32(in);
    out_call->grid_p1 = wire_u32(in);
    out_call->schedule = wire_u32(in);
    out_call->group = wire_u32(in);
    out_call->stays = wire_u32(in);
    out_call->scratch_bytes = wire_u64(in);
    out_call->repeat_us = wire_u32(in);
    HONE_TRY(get_problem(in, &spec->call.problem, err));
    HONE_TRY(get_formats(in, &spec->call, err));
    spec->m = wire_u32(in);
    spec->n_seqs = wire_u32(in);
    spec->kv_before = wire_u32(in);
    uint32_t family = wire_u32(in);
    spec->family = (enum hone_family)family;
    spec->seed = wire_u64(in);
    spec->n_copies = wire_u32(in);
    if (in->bad) return hone_fail(err, HONE_ERR_FORMAT, "runner: request cut short");
    if (family >= HONE_FAMILIES || out_call->grid_rule >= HONE_GRID_RULES ||
        out_call->schedule > HONE_SCHEDULE_DYNAMIC || out_call->kernel >= HONE_RUNNER_MAX_KERNELS ||
        out_call->repeat_us > 60000000)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "runner: family, grid, schedule, repeats or kernel number "
                         "out of range");
    if (out_call->grid_rule != HONE_GRID_CONST && out_call->grid_p0 == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "runner: grid rule divides by zero");
    return HONE_OK;
}

void protocol_put_plan(struct wire_out *out, const struct hone_measure_plan *plan)
{
    wire_put_u64(out, plan->sample_ns);
    wire_put_u32(out, plan->n_calls_max);
    wire_put_u32(out, plan->n_rounds_min);
    wire_put_u32(out, plan->n_rounds_max);
    wire_put_u64(out, plan->limit_ns);
    wire_put_f64(out, plan->precision);
    wire_put_f64(out, plan->give_up_ns);
    wire_put_f64(out, plan->reference_ns);
    wire_put_f64(out, plan->sigmas);
    wire_put_u32(out, plan->n_samples_max);
    wire_put_f64(out, plan->floor_ns);
}

void protocol_get_plan(struct wire_in *in, struct hone_measure_plan *out_plan)
{
    out_plan->sample_ns = wire_u64(in);
    out_plan->n_calls_max = wire_u32(in);
    out_plan->n_rounds_min = wire_u32(in);
    out_plan->n_rounds_max = wire_u32(in);
    out_plan->limit_ns = wire_u64(in);
    out_plan->precision = wire_f64(in);
    out_plan->give_up_ns = wire_f64(in);
    out_plan->reference_ns = wire_f64(in);
    out_plan->sigmas = wire_f64(in);
    out_plan->n_samples_max = wire_u32(in);
    out_plan->floor_ns = wire_f64(in);
    if (out_plan->n_calls_max > 1u << 20) in->bad = true;
}

void protocol_put_result(struct wire_out *out, const struct hone_case_result *result)
{
    wire_put_u32(out, result->n_compared);
    wire_put_f64(out, result->nmse);
    wire_put_f64(out, result->max_error);
    wire_put_text(out, result->worst);
}

void protocol_get_result(struct wire_in *in, struct hone_case_result *out_result)
{
    out_result->n_compared = wire_u32(in);
    out_result->nmse = wire_f64(in);
    out_result->max_error = wire_f64(in);
    wire_text(in, out_result->worst, sizeof out_result->worst);
}

void protocol_put_measurement(struct wire_out *out, const struct hone_measurement *measurement)
{
    wire_put_u32(out, measurement->n_calls);
    wire_put_u32(out, measurement->n_samples);
    for (uint32_t i = 0; i < measurement->n_samples; i++) {
        wire_put_f64(out, measurement->samples[i]);
        wire_put_f64(out, measurement->at[i]);
    }
}

void protocol_get_measurement(struct wire_in *in, struct hone_measurement *out_measurement)
{
    out_measurement->n_calls = wire_u32(in);
    out_measurement->n_samples = wire_u32(in);
    if (out_measurement->n_samples == 0 || out_measurement->n_samples > HONE_MAX_SAMPLES) {
        in->bad = true;
        out_measurement->n_samples = 0;
    }
    for (uint32_t i = 0; i < out_measurement->n_samples; i++) {
        double sample = wire_f64(in);
        /* A time that is not a positive number is a lie or an error, never a fast kernel. */
        if (!(sample > 0) || !isfinite(sample)) in->bad = true;
        out_measurement->samples[i] = sample;
        out_measurement->at[i] = wire_f64(in);
        if (!isfinite(out_measurement->at[i])) in->bad = true;
    }
    hone_stats_of(out_measurement->samples, out_measurement->n_samples, &out_measurement->stats);
}

enum { MACHINE_FIELDS = 9 };

/* One order for both ends. */
static void machine_fields(struct hone_machine *machine, double *out_fields[MACHINE_FIELDS])
{
    double *const fields[MACHINE_FIELDS] = {&machine->waited, &machine->others, &machine->steal,
                                            &machine->load,   &machine->mhz,    &machine->step_ns,
                                            &machine->drift,  &machine->slow,   &machine->error};
    memcpy(out_fields, fields, sizeof fields);
}

void protocol_put_machine(struct wire_out *out, const struct hone_machine *machine)
{
    struct hone_machine copy = *machine;
    double *fields[MACHINE_FIELDS];
    machine_fields(&copy, fields);
    for (int i = 0; i < MACHINE_FIELDS; i++) wire_put_f64(out, *fields[i]);
}

void protocol_get_machine(struct wire_in *in, struct hone_machine *out_machine)
{
    double *fields[MACHINE_FIELDS];
    machine_fields(out_machine, fields);
    for (int i = 0; i < MACHINE_FIELDS; i++) {
        *fields[i] = wire_f64(in);
        if (!isfinite(*fields[i])) in->bad = true;
    }
}

void protocol_put_failure(struct wire_out *out, enum hone_status status, uint32_t defect,
                          const char *text)
{
    wire_put_u32(out, (uint32_t)status);
    wire_put_u32(out, status == HONE_ERR_WRONG ? defect : HONE_DEFECT_NONE);
    wire_put_text(out, text);
}

void protocol_get_failure(struct wire_in *in, enum hone_status *out_status, uint32_t *out_defect,
                          char *out_text, size_t capacity)
{
    uint32_t status = wire_u32(in);
    *out_defect = wire_u32(in);
    wire_text(in, out_text, capacity);
    if (status == HONE_OK || status >= HONE_STATUS_COUNT) in->bad = true;
    if (*out_defect && (status != HONE_ERR_WRONG || !runner_defect_find(*out_defect)))
        in->bad = true;
    *out_status = in->bad ? HONE_ERR_FORMAT : (enum hone_status)status;
}
