/* SPDX-License-Identifier: MIT */
/* Package verification: hashes first, then numbers. */
#include "tuner/verify_package.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/package/package.h"
#include "tuner/plan_calls.h"
#include "tuner/proof.h"
#include "tuner/report/table.h"
#include "tuner/session/edges.h"
#include "tuner/verify_times.h"

enum { MAX_STEP_CALLS = 32 };

struct verifying {
    const struct verify_options *options;
    struct hone_package package;
    struct hone_runner *runner;
    struct table table;
    json_t *proofs;
    struct proof proof; /* of the kernel at hand */
    struct hone_runner_call step_calls[MAX_STEP_CALLS];
    uint32_t n_step_calls, n_bad;
    uint32_t n_timed, n_slower, n_faster, n_other_threads;
    char changed[HONE_KEY_TEXT_BYTES]; /* of the stack, as far as the first timed kernel says */
    struct hone_error first;           /* of the first bad kernel */
};

static enum hone_status read_proofs(struct verifying *v, struct hone_error *err)
{
    const struct hone_package_part *part = &v->package.parts[HONE_SECTION_PROOFS];
    if (!part->data)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: it has no proofs, so its kernels cannot be run again "
                         "(--only-hashes checks the rest)",
                         v->package.path);
    json_error_t where;
    v->proofs = json_loadb((const char *)part->data, (size_t)part->n_bytes, 0, &where);
    if (!v->proofs)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: proofs: line %d: %s", v->package.path,
                         where.line, where.text);
    if (json_array_size(json_object_get(v->proofs, "kernels")) == v->package.plan.header->n_kernels)
        return HONE_OK;
    return hone_fail(err, HONE_ERR_FORMAT, "%s: proofs: %zu kernels, the plan has %u",
                     v->package.path, json_array_size(json_object_get(v->proofs, "kernels")),
                     v->package.plan.header->n_kernels);
}

static enum hone_status open_runner(struct verifying *v, struct hone_error *err)
{
    uint64_t scratch = v->package.plan.header->scratch_bytes;
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = v->options->runner_command,
                                         .family = v->package.target.family,
                                         .n_threads = v->options->n_threads,
                                         .scratch_bytes = scratch > 1 << 25 ? scratch : 0};
    struct hone_runner_info info;
    struct hone_target machine;
    HONE_TRY(hone_runner_open(&runner, &v->runner, err));
    HONE_TRY(hone_runner_info(v->runner, &info, err));
    HONE_TRY(hone_target_parse(info.target, &machine, err));
    if (hone_target_runs(&machine, &v->package.target)) return HONE_OK;
    char needed[HONE_TARGET_TEXT_BYTES];
    hone_target_format(&v->package.target, needed);
    return hone_fail(err, HONE_ERR_TARGET,
                     "%s: hashes are right, but its kernels are for %.120s and cannot run here",
                     v->package.path, needed);
}

static bool same_call(const struct hone_runner_call *a, const struct hone_runner_call *b)
{
    const struct hone_problem *p = &a->spec.call.problem, *q = &b->spec.call.problem;
    return memcmp(p->dims, q->dims, sizeof p->dims) == 0 &&
           memcmp(p->attrs, q->attrs, sizeof p->attrs) == 0 && a->spec.m == b->spec.m &&
           p->rows_are_out == q->rows_are_out && a->grid_rule == b->grid_rule &&
           a->grid_p0 == b->grid_p0 && a->grid_p1 == b->grid_p1;
}

/* Every step is held against its op; distinct calls are kept to be run. */
static enum hone_status collect_steps(struct verifying *v, uint32_t kernel, struct hone_error *err)
{
    const struct hone_plan *plan = &v->package.plan;
    v->n_step_calls = 0;
    for (uint32_t l = 0; l < plan->header->n_lists; l++)
        for (uint32_t s = 0; s < plan->lists[l].n_steps; s++) {
            uint32_t step = plan->lists[l].first_step + s;
            struct hone_runner_call call;
            bool known = false;
            if (plan->steps[step].kernel != kernel) continue;
            HONE_TRY(plan_call_of_step(&v->package, l, step, &v->proof.call, &call, err));
            for (uint32_t i = 0; i < v->n_step_calls; i++)
                known |= same_call(&v->step_calls[i], &call);
            if (!known && v->n_step_calls < MAX_STEP_CALLS) v->step_calls[v->n_step_calls++] = call;
        }
    return HONE_OK;
}

static enum hone_status run_call(struct verifying *v, const struct hone_runner_call *call,
                                 uint32_t n_samples, double *worst, struct hone_error *err)
{
    struct hone_case_result result = {0};
    const struct hone_problem *problem = &call->spec.call.problem;
    double seconds = 3 + 1e-8 * problem->op->operations(problem, call->spec.m);
    enum hone_status status = hone_runner_verify(v->runner, call, n_samples, seconds, &result, err);
    if (status != HONE_OK) return status;
    if (result.nmse > *worst) *worst = result.nmse;
    return HONE_OK;
}

static enum hone_status run_calls(struct verifying *v, double *worst, struct hone_error *err)
{
    *worst = 0;
    for (uint32_t i = 0; i < v->proof.n_calls; i++)
        HONE_TRY(run_call(v, &v->proof.calls[i], 0, worst, err));
    for (uint32_t i = 0; i < v->n_step_calls; i++)
        HONE_TRY(run_call(v, &v->step_calls[i], EDGES_SAMPLES, worst, err));
    return HONE_OK;
}

static bool is_tuned_for(const struct hone_problem *problem, const struct hone_problem *step)
{
    return problem->op == step->op && memcmp(problem->dims, step->dims, sizeof step->dims) == 0 &&
           memcmp(problem->attrs, step->attrs, sizeof step->attrs) == 0;
}

/* Of a kernel that is right and was timed: how it does today. False where that cannot be told. */
static bool time_kernel(struct verifying *v, const json_t *entry, struct timed *then,
                        struct timed_now *now)
{
    struct hone_error local = {0};
    struct hone_runner_info info;
    uint32_t i = 0;
    if (!timed_read(entry, then)) return false;
    while (i < v->n_step_calls &&
           !is_tuned_for(&v->proof.call.problem, &v->step_calls[i].spec.call.problem))
        i++;
    if (i == v->n_step_calls) return false;
    enum hone_status status = timed_again(v->runner, then, &v->step_calls[i], now, &local);
    v->n_other_threads += status == HONE_ERR_LIMIT;
    if (status != HONE_OK) return false;
    if (v->n_timed++ == 0 && hone_runner_info(v->runner, &info, NULL) == HONE_OK)
        hone_stack_difference(then->stack, info.stack, v->changed);
    v->n_slower += now->ratio_low > 1 + v->options->tolerance;
    v->n_faster += now->ratio_high < 1 / (1 + v->options->tolerance);
    return true;
}

static void put_times(struct verifying *v, const struct timed *then, const struct timed_now *now)
{
    char was[32], today[32];
    report_time(then->ns, was, sizeof was);
    report_time(now->ns, today, sizeof today);
    table_cell(&v->table, "%s", was);
    table_cell(&v->table, "%s", today);
    table_cell(&v->table, "x%.3f (%.3f to %.3f)", now->ratio, now->ratio_low, now->ratio_high);
}

static void sum_up_times(const struct verifying *v)
{
    if (v->n_timed)
        printf("%u kernels timed again: %u faster, %u slower by more than %.0f %%; changed: %s\n",
               v->n_timed, v->n_faster, v->n_slower, 100 * v->options->tolerance,
               v->changed[0] ? v->changed : "nothing below the kernels");
    if (v->n_other_threads)
        printf("%u kernels were timed with other threads than the runner has (-t): not compared\n",
               v->n_other_threads);
}

/* What a kernel may do wrong, as opposed to what this machine lacks. */
static bool is_kernels_fault(enum hone_status status)
{
    return status == HONE_ERR_WRONG || status == HONE_ERR_CRASHED || status == HONE_ERR_TIMEOUT;
}

static enum hone_status verify_kernel(struct verifying *v, uint32_t k, struct hone_error *err)
{
    const struct hone_plan_kernel *row = &v->package.plan.kernels[k];
    const char *name = v->package.plan.names + row->name_offset;
    const json_t *entry = json_array_get(json_object_get(v->proofs, "kernels"), k);
    struct hone_runner_kernel kernel = {.code = v->package.parts[HONE_SECTION_CODE].data +
                                                row->blob_offset,
                                        .n_bytes = (size_t)row->code_bytes,
                                        .entry = row->code_offset - row->blob_offset,
                                        .scratch_bytes = row->scratch_bytes};
    struct hone_error local = {0};
    double worst = 0;
    enum hone_status status = proof_read(entry, &v->proof, err);
    if (status != HONE_OK) return hone_fail_in(err, status, "%s: proofs", v->package.path);
    if (strcmp(v->proof.kernel, name) != 0)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: proofs: kernel %u is '%.60s', in the plan '%.60s'", v->package.path,
                         k, v->proof.kernel, name);
    HONE_TRY(collect_steps(v, k, err));
    HONE_TRY(hone_runner_load(v->runner, 0, &kernel, err));
    status = run_calls(v, &worst, &local);
    if (status != HONE_OK && !is_kernels_fault(status))
        return hone_fail(err, status, "kernel '%s': %s", name, local.text);
    if (status != HONE_OK && v->n_bad++ == 0)
        hone_fail(&v->first, HONE_ERR_WRONG, "%s: kernel '%s' is not right: %s", v->package.path,
                  name, local.text);
    table_cell(&v->table, "%s", name);
    table_cell(&v->table, "%s", v->proof.call.problem.op->name);
    table_cell(&v->table, "%u", v->proof.n_calls + v->n_step_calls);
    table_cell(&v->table, status == HONE_OK ? "%.1e" : "-", worst);
    struct timed then;
    struct timed_now now;
    if (status == HONE_OK && time_kernel(v, entry, &then, &now))
        put_times(v, &then, &now);
    else
        for (int i = 0; i < 3; i++) table_cell(&v->table, "-");
    table_cell(&v->table, "%s", status == HONE_OK ? "right" : local.text);
    return HONE_OK;
}

static void say_progress(const struct verifying *v, uint32_t n_done)
{
    const struct verify_options *o = v->options;
    if (o->progress) o->progress(o->progress_context, n_done, v->package.plan.header->n_kernels);
}

static enum hone_status verify_kernels(struct verifying *v, struct hone_error *err)
{
    static const char *const titles[] = {"kernel", "op",         ">calls", ">worst nmse", ">was",
                                         ">now",   ">now / was", "",       NULL};
    uint32_t n_kernels = v->package.plan.header->n_kernels;
    HONE_TRY(read_proofs(v, err));
    HONE_TRY(open_runner(v, err));
    table_begin(&v->table, titles);
    for (uint32_t k = 0; k < n_kernels; k++) {
        say_progress(v, k);
        HONE_TRY(verify_kernel(v, k, err));
    }
    say_progress(v, n_kernels);
    HONE_TRY(table_end(&v->table, stdout, err));
    if (v->n_bad) return hone_fail(err, HONE_ERR_WRONG, "%s", v->first.text);
    printf("%u kernels are right on this machine\n", n_kernels);
    sum_up_times(v);
    return HONE_OK;
}

static enum hone_status verify(struct verifying *v, const char *path, struct hone_error *err)
{
    char size[REPORT_SIZE_BYTES];
    HONE_TRY(hone_package_open(path, &v->package, err));
    HONE_TRY(hone_package_check_weights(&v->package, err));
    printf("%s: manifest, %u sections and %s of weights are as they were made\n", path,
           v->package.header->n_sections,
           report_size((double)v->package.parts[HONE_SECTION_WEIGHTS].n_bytes, size));
    if (v->options->only_hashes) return HONE_OK;
    fflush(stdout);
    return verify_kernels(v, err);
}

enum hone_status verify_package(const char *path, const struct verify_options *options,
                                struct hone_error *err)
{
    struct verifying *v = calloc(1, sizeof *v);
    if (!v) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    v->options = options;
    v->package.fd = -1;
    enum hone_status status = verify(v, path, err);
    hone_runner_close(v->runner);
    table_drop(&v->table);
    json_decref(v->proofs);
    hone_package_close(&v->package);
    free(v);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}
