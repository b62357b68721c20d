/* SPDX-License-Identifier: MIT */
/* Profiles the forwards of a package and says for each of its kernels what that should take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/hone.h"
#include "tuner/explain.h"
#include "tuner/package_calls.h"
#include "tuner/plan_calls.h"

enum { MAX_STEPS = 65536, MAX_REPEATS = 99 };

struct profiling {
    const struct explain_options *options;
    struct explain_report *report;
    struct hone_error *err;
    struct hone_package package;
    struct package_calls calls;
    struct hone_model *model;
    struct hone_session *session;
    struct hone_model_info info;
    int32_t *tokens;
    const char **names;
    uint64_t *ns, *samples; /* of one forward; [repeat][step] of all */
    uint64_t *spans;        /* for a trace: [step][worker][begin, end] */
    uint32_t n_workers;
};

static enum hone_status open_all(struct profiling *p, const char *path)
{
    struct hone_session_options session = {.struct_size = sizeof session,
                                           .n_threads = p->report->ceilings.n_threads};
    HONE_TRY(hone_package_open(path, &p->package, p->err));
    HONE_TRY(package_calls_read(&p->package, &p->calls, p->err));
    HONE_TRY(hone_open(path, NULL, &p->model, p->err));
    hone_model_info(p->model, &p->info);
    HONE_TRY(hone_session_create(p->model, &session, &p->session, p->err));
    p->tokens = calloc(p->info.max_tokens, sizeof *p->tokens);
    p->names = calloc(MAX_STEPS, sizeof *p->names);
    p->ns = calloc(MAX_STEPS, sizeof *p->ns);
    p->samples = calloc((size_t)MAX_STEPS * p->options->n_repeats, sizeof *p->samples);
    p->n_workers = hone_session_threads(p->session);
    if (p->options->trace)
        p->spans = calloc((size_t)MAX_STEPS * p->n_workers, 2 * sizeof *p->spans);
    if (!p->tokens || !p->names || !p->ns || !p->samples || (p->options->trace && !p->spans))
        return hone_fail(p->err, HONE_ERR_NO_MEMORY, "%s: no memory for a profile", path);
    for (uint32_t i = 0; i < p->info.max_tokens; i++)
        p->tokens[i] = (int32_t)((UINT64_C(2654435761) * (i + 1) >> 7) % p->info.n_vocab);
    return HONE_OK;
}

static void close_all(struct profiling *p)
{
    free(p->tokens);
    free(p->names);
    free(p->ns);
    free(p->samples);
    free(p->spans);
    hone_session_close(p->session);
    hone_close(p->model);
    package_calls_release(&p->calls);
    hone_package_close(&p->package);
}

static enum hone_status forward(struct profiling *p, uint32_t n_rows)
{
    struct hone_batch_entry entry = {
        .n_tokens = n_rows, .tokens = p->tokens, .logits = HONE_LOGITS_LAST};
    return hone_forward(p->session, &entry, 1, p->err);
}

static enum hone_status fill_context(struct profiling *p, uint32_t n_positions)
{
    for (uint32_t held = hone_seq_length(p->session, 0); held < n_positions;) {
        uint32_t n =
            n_positions - held < p->info.max_tokens ? n_positions - held : p->info.max_tokens;
        HONE_TRY(forward(p, n));
        held += n;
    }
    return HONE_OK;
}

static enum hone_status sample(struct profiling *p, uint32_t n_rows, uint32_t n_steps)
{
    struct hone_profile profile = {.names = p->names, .ns = p->ns, .capacity = MAX_STEPS};
    uint32_t before = hone_seq_length(p->session, 0);
    enum hone_status status = HONE_OK;
    for (uint32_t r = 0; status == HONE_OK && r <= p->options->n_repeats; r++) {
        hone_session_profile(p->session, &profile);
        status = forward(p, n_rows);
        hone_session_profile(p->session, NULL);
        if (status == HONE_OK) status = hone_seq_truncate(p->session, 0, before, p->err);
        if (r) memcpy(p->samples + (size_t)(r - 1) * n_steps, p->ns, n_steps * sizeof *p->ns);
    }
    return status;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One more forward, with the clock of every thread. */
static enum hone_status take_trace(struct profiling *p, const char *what, uint32_t n_rows)
{
    struct hone_profile profile = {.names = p->names,
                                   .ns = p->ns,
                                   .capacity = MAX_STEPS,
                                   .spans = p->spans,
                                   .n_workers = p->n_workers};
    uint32_t before = hone_seq_length(p->session, 0);
    char title[160];
    hone_session_profile(p->session, &profile);
    uint64_t begin = now_ns();
    enum hone_status status = forward(p, n_rows);
    uint64_t end = now_ns();
    hone_session_profile(p->session, NULL);
    HONE_TRY(status);
    HONE_TRY(hone_seq_truncate(p->session, 0, before, p->err));
    snprintf(title, sizeof title, "%s of %u row%s after %u positions", what, n_rows,
             n_rows == 1 ? "" : "s", before);
    return trace_forward(p->options->trace, title, begin, end, p->n_workers, p->err);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static double median_seconds(const struct profiling *p, uint32_t step, uint32_t n_steps)
{
    uint64_t sorted[MAX_REPEATS];
    uint32_t n = p->options->n_repeats;
    for (uint32_t r = 0; r < n; r++) sorted[r] = p->samples[(size_t)r * n_steps + step];
    qsort(sorted, n, sizeof *sorted, ascending);
    return 0.5e-9 * (double)(sorted[n / 2] + sorted[(n - 1) / 2]);
}

/* "blk.12.ffn_down gemm" -> "ffn_down gemm": layers are alike. */
static const char *without_layer(const char *name)
{
    if (strncmp(name, "blk.", 4) != 0) return name;
    size_t n_digits = strspn(name + 4, "0123456789");
    return n_digits && name[4 + n_digits] == '.' ? name + 5 + n_digits : name;
}

static enum hone_status trace_row(struct profiling *p, uint32_t s, const char *name,
                                  const struct explain_row *row)
{
    struct trace_step step = {.name = name,
                              .kernel = row->kernel,
                              .config = row->config,
                              .problem = row->problem,
                              .operations = row->work.operations,
                              .bytes = row->work.resident_bytes + row->work.activation_bytes,
                              .spans = p->spans + 2 * (size_t)s * p->n_workers};
    return trace_step(p->options->trace, &step, p->err);
}

static enum hone_status add_step(struct profiling *p, uint32_t list, uint32_t s, uint32_t n_rows,
                                 uint32_t n_positions)
{
    const struct hone_plan *plan = &p->package.plan;
    uint32_t number = plan->lists[list].first_step + s;
    const struct hone_plan_step *step = &plan->steps[number];
    struct hone_runner_call call;
    HONE_TRY(
        plan_call_of_step(&p->package, list, number, &p->calls.calls[step->kernel], &call, p->err));
    struct hone_problem *problem = &call.spec.call.problem;
    problem->m = problem->rows_are_out ? 1 : n_rows;
    if (problem->context) problem->context = n_positions;
    struct explain_row row = {
        .n = 1, .seconds = median_seconds(p, s, plan->lists[list].n_steps), .measured = true};
    snprintf(row.what, sizeof row.what, "%s", without_layer(plan->names + step->name_offset));
    snprintf(row.kernel, sizeof row.kernel, "%s",
             plan->names + plan->kernels[step->kernel].name_offset);
    snprintf(row.config, sizeof row.config, "%s", p->calls.configs[step->kernel]);
    hone_problem_key(problem, row.problem);
    work_of(problem, problem->m, 1, &row.work);
    if (p->options->trace) HONE_TRY(trace_row(p, s, plan->names + step->name_offset, &row));
    return explain_add_row(p->report, &row, p->err);
}

static enum hone_status add_forward(struct profiling *p, const char *what, double weight,
                                    uint32_t n_rows)
{
    const struct hone_plan *plan = &p->package.plan;
    char title[160];
    uint32_t l = 0, before = hone_seq_length(p->session, 0);
    while (n_rows > plan->lists[l].m_max) l++;
    if (plan->lists[l].n_steps > MAX_STEPS)
        return hone_fail(p->err, HONE_ERR_LIMIT, "%s: more than %d steps", p->package.path,
                         MAX_STEPS);
    HONE_TRY(sample(p, n_rows, plan->lists[l].n_steps));
    if (p->options->trace) HONE_TRY(take_trace(p, what, n_rows));
    snprintf(title, sizeof title, "%s of %u row%s after %u positions, median of %u", what, n_rows,
             n_rows == 1 ? "" : "s", before, p->options->n_repeats);
    HONE_TRY(explain_add_part(p->report, title, weight, p->err));
    for (uint32_t s = 0; s < plan->lists[l].n_steps; s++)
        HONE_TRY(add_step(p, l, s, n_rows, before + n_rows));
    explain_end_part(p->report, 0);
    return HONE_OK;
}

static enum hone_status profile(struct profiling *p)
{
    const struct explain_options *o = p->options;
    if (o->n_prompt) HONE_TRY(add_forward(p, "prompt", 1, o->n_prompt));
    if (!o->n_gen) return HONE_OK;
    HONE_TRY(fill_context(p, o->n_prompt + o->n_gen / 2));
    return add_forward(p, "decode", o->n_gen, 1);
}

enum hone_status explain_options_check(const struct hone_package *package,
                                       const struct explain_options *o, struct hone_error *err)
{
    const struct hone_plan_header *h = package->plan.header;
    if (o->n_repeats == 0 || o->n_repeats > MAX_REPEATS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "1 to %d repeats, not %u", MAX_REPEATS,
                         o->n_repeats);
    if (o->n_prompt == 0 && o->n_gen == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "nothing to explain: no prompt and no decode");
    if (o->n_prompt > h->max_tokens)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: a forward has 1 to %u rows, not %u",
                         package->path, h->max_tokens, o->n_prompt);
    if (o->n_gen > h->max_context || o->n_prompt + o->n_gen > h->max_context)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: a sequence has up to %u positions",
                         package->path, h->max_context);
    return HONE_OK;
}

enum hone_status explain_package(const char *path, const struct explain_options *options,
                                 struct explain_report *report, struct hone_error *err)
{
    struct profiling p = {.options = options, .report = report, .err = err, .package.fd = -1};
    enum hone_status status = open_all(&p, path);
    if (status == HONE_OK) status = profile(&p);
    close_all(&p);
    return status;
}
