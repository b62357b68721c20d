/* SPDX-License-Identifier: MIT */
/* One trial: rendered, compiled, verified, timed, verified again, committed. */
#include "tuner/session/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tuner/measure/compare.h"
#include "tuner/search/prune.h"

enum {
    MAX_COPIES = 256, /* each takes guard pages, and a process has 65,530 mappings */
    MOST_DEVICE_FAILURES = 4
};

static const struct {
    enum hone_status status;
    const char *reason;
} make_reasons[] = {
    {HONE_ERR_COMPILE, "compile"},
    {HONE_ERR_CRASHED, "compiler-crash"},
    {HONE_ERR_TIMEOUT, "compiler-timeout"},
    {HONE_ERR_UNSUPPORTED, "link"},
    {HONE_ERR_FORMAT, "link"},
    {HONE_ERR_TEMPLATE, "template"},
    {HONE_ERR_LIMIT, "template"},
    {HONE_ERR_ARGUMENT, "constraint"},
};

static const char *const quarantined[] = {"crash",          "hang",
                                          "exit",           "wrong",
                                          "unwritten",      "input-changed",
                                          "registers",      "out-of-bounds",
                                          "stack",          "scratch",
                                          "compiler-crash", "signals",
                                          "process",        "compiler-memory",
                                          "leak",           "uninitialized",
                                          "order",          "second-call",
                                          "unstable",       "compiler-timeout",
                                          "too-fast",       "float-environment"};

/* What a trial took, and beside what. */
struct timing {
    struct hone_measurement pair[2];        /* the reference, if any, and the variant */
    const struct hone_measurement *samples; /* of the variant */
    struct hone_stats ns;
    char state[HONE_MACHINE_TEXT_BYTES];
};

static void refuse(struct verdict *verdict, const char *reason, const struct hone_error *err)
{
    verdict->valid = false;
    verdict->reason = reason;
    snprintf(verdict->detail, sizeof verdict->detail, "%s", err->text);
}

const char *trial_make_reason(enum hone_status status, const char *text)
{
    if (status == HONE_ERR_CRASHED && strstr(text, "out of memory")) return "compiler-memory";
    if (status == HONE_ERR_COMPILE && strstr(text, ": object: ")) return "link";
    for (size_t i = 0; i < sizeof make_reasons / sizeof *make_reasons; i++)
        if (make_reasons[i].status == status) return make_reasons[i].reason;
    return "make";
}

bool trial_is_devices(const struct verdict *verdict)
{
    return strcmp(verdict->reason, "device") == 0;
}

void trial_free_of_drift(struct hone_measurement *group, uint32_t n, double sigmas)
{
    const struct hone_measurement *of[HONE_RUNNER_MAX_CONTENDERS] = {0};
    struct hone_comparison comparison;
    for (uint32_t i = 0; i < n; i++) of[i] = &group[i];
    if (hone_compare(of, n, &comparison, NULL) != HONE_OK) return;
    for (uint32_t i = 0; i < n; i++) {
        double min = group[i].stats.min;
        hone_compare_time(&comparison, i, sigmas, &group[i].stats);
        group[i].stats.min = min;
    }
}

void trial_spec(const struct session *session, const struct problem_state *problem,
                const struct hone_variant *variant, struct hone_case_spec *out_spec)
{
    const struct hone_problem *p = &variant->call.problem;
    *out_spec = problem->tuned;
    out_spec->call = variant->call;
    uint64_t cold_bytes = state_cold_bytes(session, p);
    uint64_t one = hone_case_rotating_bytes(out_spec);
    uint64_t copies = one ? (cold_bytes + one - 1) / one : 1;
    out_spec->n_copies = copies < 1 ? 1 : copies > MAX_COPIES ? MAX_COPIES : (uint32_t)copies;
}

double trial_limit_seconds(const struct problem_state *problem, double calls)
{
    /* A thousand times slower than guessed is not worth waiting for, nor a second less. */
    return 1 + 1000 * problem->guess_ns * 1e-9 + 30 * calls * problem->guess_ns * 1e-9;
}

enum hone_status trial_load(struct session *session, const struct hone_variant *variant,
                            const struct hone_binary *binary, uint32_t id, struct hone_error *err)
{
    struct hone_runner_kernel kernel = {.code = binary->code,
                                        .n_bytes = binary->n_bytes,
                                        .entry = binary->entry,
                                        .scratch_bytes = variant->launch.scratch_bytes};
    return hone_runner_load(session->options->runner, id, &kernel, err);
}

static void describe_edge(const struct hone_runner_call *call, char *out_text, size_t capacity)
{
    const struct hone_problem *problem = &call->spec.call.problem;
    int at = snprintf(out_text, capacity, "m=%u seqs=%u kv=%u %s", call->spec.m, call->spec.n_seqs,
                      call->spec.kv_before, hone_family_name(call->spec.family));
    for (uint32_t i = 0; i < problem->op->n_dims && at > 0 && (size_t)at < capacity; i++)
        at += snprintf(out_text + at, capacity - (size_t)at, " %s=%u", problem->op->dims[i],
                       problem->dims[i]);
}

bool trial_verify(struct session *session, const struct hone_variant *variant,
                  const struct hone_case_spec *spec, uint32_t id, enum edges_depth depth,
                  struct verdict *verdict)
{
    struct edge edges[EDGES_MAX];
    struct hone_error err = {0};
    uint32_t n_edges;
    double worst = 0;
    char place[200];
    if (edges_make(session->options->kernels, variant, spec, depth, edges, &n_edges, &err)) {
        refuse(verdict, "shape", &err);
        return false;
    }
    for (uint32_t i = 0; i < n_edges; i++) {
        struct hone_case_result result = {0};
        const struct hone_problem *p = &edges[i].call.spec.call.problem;
        double limit = 1 + 1e-8 * p->op->operations(p, edges[i].call.spec.m);
        edges[i].call.kernel = id;
        enum hone_status status = hone_runner_verify(session->options->runner, &edges[i].call,
                                                     edges[i].n_samples, limit, &result, &err);
        if (status != HONE_OK) {
            describe_edge(&edges[i].call, place, sizeof place);
            hone_fail_in(&err, status, "%s", place);
            refuse(verdict, hone_runner_reason(session->options->runner), &err);
            return false;
        }
        if (result.nmse > worst) worst = result.nmse;
    }
    describe_edge(&edges[n_edges - 1].call, place, sizeof place);
    snprintf(verdict->proof, sizeof verdict->proof, "%u checks, worst nmse %.2e, last at %s",
             n_edges, worst, place);
    verdict->valid = true;
    verdict->reason = "ok";
    return true;
}

enum hone_status trial_quarantine(struct session *session, const struct problem_state *problem,
                                  const struct hone_variant *variant, const struct verdict *verdict,
                                  struct hone_error *err)
{
    bool bad = false;
    for (size_t i = 0; i < sizeof quarantined / sizeof *quarantined; i++)
        bad |= strcmp(verdict->reason, quarantined[i]) == 0;
    if (!bad || !variant->code_key[0]) return HONE_OK;
    char config[HONE_CONFIG_TEXT_BYTES];
    HONE_TRY(hone_config_print(variant->space, &variant->config, config));
    struct hone_store_quarantine entry = {.target = session->target,
                                          .compiler = session->compiler,
                                          .code_key = variant->code_key,
                                          .reason = verdict->reason,
                                          .detail = verdict->detail,
                                          .problem = problem->key,
                                          .space = variant->space->name,
                                          .config = config,
                                          .when = (int64_t)time(NULL)};
    return hone_store_quarantine_put(session->options->store, &entry, err);
}

enum hone_status trial_in_quarantine(struct session *session, const struct hone_variant *variant,
                                     struct verdict *verdict, bool *out_found,
                                     struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_store_quarantine entry;
    enum hone_status status =
        hone_store_quarantine_find(session->options->store, session->target, session->compiler,
                                   variant->code_key, &arena, &entry, err);
    *out_found = status == HONE_OK;
    if (*out_found) {
        verdict->reason = "quarantined";
        snprintf(verdict->detail, sizeof verdict->detail, "%s: %.400s", entry.reason, entry.detail);
    }
    hone_arena_release(&arena);
    return status == HONE_ERR_NOT_FOUND ? HONE_OK : status;
}

/* No machine of today does as many operations in a nanosecond, per processor or multiprocessor of a
 * GPU: with 4-bit numbers those of 2025 come to 60,000. */
static const double MOST_OPERATIONS_PER_NS = 20000, MOST_OPERATIONS_PER_SM_NS = 200000;
/* Standard errors of the interval that a trial's record gives. */
static const double SIGMAS = 2;

static double least_ns(const struct session *session, const struct problem_state *problem)
{
    const struct hone_problem *p = &problem->item->problem;
    uint32_t n_workers = session->info.n_workers ? session->info.n_workers : 1;
    double most = MOST_OPERATIONS_PER_NS * n_workers;
    if (session->info.facts.n_sms) most = MOST_OPERATIONS_PER_SM_NS * session->info.facts.n_sms;
    double least = p->op->operations(p, problem->tuned.m) / most;
    return least > 1 ? least : 1;
}

static void make_plan(const struct session *session, const struct problem_state *problem,
                      double reference_ns, struct hone_measure_plan *plan)
{
    double expected = problem->best_ns > 0 ? problem->best_ns : problem->guess_ns;
    *plan = (struct hone_measure_plan){.limit_ns = 30000000, .n_rounds_max = 16};
    plan->give_up_ns = 1.5 * problem->best_ns;
    plan->reference_ns = reference_ns;
    plan->floor_ns = least_ns(session, problem);
    expected += reference_ns;
    if (expected > 1e7) plan->n_rounds_min = 4;
    if (10 * expected > 3e7) plan->limit_ns = (uint64_t)(10 * expected);
    if (plan->limit_ns > 300000000) plan->limit_ns = 300000000;
}

/* What a trial takes, beside its reference where there is one: what the reference takes now against
 * what it took then is the machine's doing. */
static void take_time(const struct hone_measurement *pair, double reference_ns,
                      struct hone_stats *out_ns)
{
    const struct hone_measurement *of[2] = {&pair[0], &pair[1]};
    struct hone_comparison comparison;
    *out_ns = pair[0].stats;
    if (!(reference_ns > 0) || hone_compare(of, 2, &comparison, NULL) != HONE_OK) return;
    hone_compare_ratio(&comparison, 1, 0, SIGMAS, out_ns);
    out_ns->median *= reference_ns;
    out_ns->low *= reference_ns;
    out_ns->high *= reference_ns;
    out_ns->min = pair[1].stats.min;
}

void trial_say_state(struct session *session, char out_text[HONE_MACHINE_TEXT_BYTES])
{
    const struct hone_machine *machine = hone_runner_machine(session->options->runner);
    hone_machine_text(machine, out_text);
    session->n_timed++;
    session->noisy = hone_machine_noisy(machine);
    session->n_noisy += session->noisy;
}

/* Times kernel 0; the measurement's samples are those of the variant, its statistics are free of
 * drift. */
static bool measure(struct session *session, const struct problem_state *problem,
                    const struct hone_variant *variant, const struct hone_case_spec *spec,
                    struct timing *timing, struct verdict *verdict)
{
    struct hone_error err = {0};
    struct hone_runner_call calls[2], call = edges_call(variant, spec);
    struct hone_measure_plan plan;
    struct hone_measurement *pair = timing->pair;
    double reference_ns = 0;
    enum hone_status status = reference_load(session, problem, &calls[0], &reference_ns, &err);
    uint32_t n = reference_ns > 0 ? 2 : 1;
    calls[n - 1] = call;
    make_plan(session, problem, reference_ns, &plan);
    double limit = trial_limit_seconds(problem, 40) + 4e-9 * (double)plan.limit_ns;
    limit += 40e-9 * reference_ns;
    if (status == HONE_OK)
        status = hone_runner_time(session->options->runner, calls, n, &plan, limit, pair, &err);
    if (status != HONE_OK) {
        refuse(verdict, hone_runner_reason(session->options->runner), &err);
        return false;
    }
    trial_say_state(session, timing->state);
    take_time(pair, reference_ns, &timing->ns);
    timing->samples = &pair[n - 1];
    /* Once more after thousands of runs: a race does not show in one. */
    struct hone_case_result result;
    if (hone_runner_verify(session->options->runner, &call, EDGES_SAMPLES, limit, &result, &err) !=
        HONE_OK) {
        hone_fail_in(&err, err.status, "after timing");
        refuse(verdict, hone_runner_reason(session->options->runner), &err);
        return false;
    }
    return true;
}

/* Everything between the variant and its verdict. */
static enum hone_status judge(struct session *session, const struct problem_state *problem,
                              const struct hone_variant *variant, struct hone_static_facts *facts,
                              struct timing *timing, struct verdict *verdict,
                              struct hone_error *err)
{
    const struct hone_binary *binary;
    struct hone_error local = {0};
    enum hone_status status =
        hone_kernels_compile(session->options->kernels, variant, &binary, &local);
    if (status == HONE_ERR_NOT_FOUND || status == HONE_ERR_NO_MEMORY || status == HONE_ERR_IO ||
        status == HONE_ERR_BUSY)
        return hone_fail(err, status, "%s", local.text); /* not the variant's fault */
    if (status != HONE_OK) {
        refuse(verdict, trial_make_reason(status, local.text), &local);
        return HONE_OK;
    }
    *facts = binary->facts;
    struct hone_case_spec spec;
    trial_spec(session, problem, variant, &spec);
    if (trial_load(session, variant, binary, 0, &local) != HONE_OK) {
        refuse(verdict, hone_runner_reason(session->options->runner), &local);
    } else if (trial_verify(session, variant, &spec, 0, EDGES_SEARCH, verdict)) {
        measure(session, problem, variant, &spec, timing, verdict);
    }
    if (strcmp(verdict->reason, "runner") == 0) /* it cannot be started: nobody's trial */
        return hone_fail(err, HONE_ERR_IO, "runner: %s", verdict->detail);
    if (verdict->valid) session->n_device_failures = 0;
    if (trial_is_devices(verdict) && ++session->n_device_failures == MOST_DEVICE_FAILURES)
        return hone_fail(err, HONE_ERR_IO, "runner: its device failed %d times in a row: %.300s",
                         MOST_DEVICE_FAILURES, verdict->detail);
    return HONE_OK;
}

enum hone_status trial_judge(struct session *session, const struct problem_state *problem,
                             const struct hone_variant *variant, struct verdict *verdict,
                             double *out_ns, struct hone_error *err)
{
    struct hone_static_facts facts;
    struct timing *timing = calloc(1, sizeof *timing);
    if (!timing) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    enum hone_status status = judge(session, problem, variant, &facts, timing, verdict, err);
    *out_ns = status == HONE_OK && verdict->valid ? timing->ns.median : 0;
    free(timing);
    return status;
}

void trial_record(const struct session *session, const struct problem_state *problem,
                  const struct hone_variant *variant, const struct hone_static_facts *facts,
                  const char *config, const char *formats, struct hone_store_variant *out_record)
{
    *out_record = (struct hone_store_variant){
        .problem = problem->key,
        .op = problem->item->problem.op->name,
        .space = variant->space ? variant->space->name : "",
        .config = config,
        .formats = formats,
        .code_key = variant->code_key,
        .source_hash = variant->source_hash,
        .target = session->target,
        .compiler = session->compiler,
        .numerics = variant->launch.numerics,
        .engine = HONE_TEMPLATE_ENGINE_VERSION,
        .abi = HONE_KERNEL_ABI,
        .grid_rule = variant->grid_rule,
        .grid_p0 = variant->launch.grid_p0,
        .grid_p1 = variant->launch.grid_p1,
        .scratch_bytes = variant->launch.scratch_bytes,
        .rank = variant->launch.rank,
        .n_instructions = facts->n_instructions,
        .n_vector_spills = facts->n_vector_spills,
        .stack_bytes = facts->stack_bytes,
        .code_bytes = facts->code_bytes,
        .options = session->compile_options,
        .contract = HONE_OP_CONTRACT,
    };
}

static enum hone_status commit(struct session *session, struct problem_state *problem,
                               struct space_state *space, const struct hone_variant *variant,
                               const struct hone_static_facts *facts, const struct timing *timing,
                               const struct verdict *verdict, double seconds, struct tried *trial,
                               struct hone_error *err)
{
    char config[HONE_CONFIG_TEXT_BYTES], formats[HONE_FORMAT_TUPLE_BYTES] = "";
    HONE_TRY(hone_config_print(space->space, &trial->config, config));
    if (variant->source) hone_variant_format_tuple(variant, formats);
    trial->formats = state_formats(session, problem, formats);
    if (!trial->formats) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    struct hone_store_trial record = {.regime = problem->regime,
                                      .device = session->device,
                                      .valid = verdict->valid,
                                      .reason = verdict->reason,
                                      .detail = verdict->detail,
                                      .proof = verdict->proof,
                                      .seconds = seconds,
                                      .when = (int64_t)time(NULL),
                                      .stack = session->info.stack};
    trial_record(session, problem, variant, facts, config, formats, &record.variant);
    record.variant.space = space->space->name;
    if (verdict->valid) {
        record.samples = timing->samples->samples;
        record.n_samples = timing->samples->n_samples;
        record.n_calls = timing->samples->n_calls;
        record.median_ns = timing->ns.median;
        record.low_ns = timing->ns.low;
        record.high_ns = timing->ns.high;
        record.min_ns = timing->ns.min;
        record.state = timing->state;
        trial->ns = timing->ns.median;
    }
    trial->proof = hone_arena_text(&session->arena, verdict->proof, strlen(verdict->proof));
    if (!trial->proof) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    trial->valid = verdict->valid;
    trial->rank = variant->launch.rank;
    trial->id = session->next_id++;
    if (!trial_is_devices(verdict)) /* the next session tries it again */
        HONE_TRY(hone_store_trial_put(session->options->store, &record, NULL, err));
    HONE_TRY(state_add(session, problem, space, trial, err));
    problem->seconds += seconds;
    session->n_new_trials++;
    return HONE_OK;
}

/* Refuses what its code alone says is slow, before it costs a verification: not a failure, and
 * never the default. */
static bool is_pruned(struct session *session, const struct space_state *space,
                      const struct hone_variant *variant, struct hone_static_facts *facts,
                      struct verdict *verdict)
{
    const struct hone_binary *binary;
    struct hone_error why = {0};
    if (hone_kernels_compile(session->options->kernels, variant, &binary, &why) != HONE_OK ||
        !hone_spills_too_much(&binary->facts, &space->preset_facts))
        return false; /* what cannot be compiled is told by the trial */
    *facts = binary->facts;
    hone_fail(&why, HONE_ERR_LIMIT, "%u vector spills in %u bytes of code", facts->n_vector_spills,
              facts->code_bytes);
    refuse(verdict, "spills", &why);
    return true;
}

enum hone_status trial_run(struct session *session, struct problem_state *problem,
                           struct space_state *space, const struct hone_config *config,
                           bool is_default, struct hone_error *err)
{
    struct hone_error local = {0};
    struct hone_variant variant;
    struct hone_static_facts facts = {0};
    struct verdict verdict = {.reason = "ok"};
    struct timing *timing = calloc(1, sizeof *timing);
    if (!timing) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    struct tried trial = {.config = *config, .is_default = is_default};
    enum hone_status status = hone_kernels_variant(
        session->options->kernels, space->space, &problem->item->problem, config, &variant, &local);
    if (status == HONE_OK) {
        bool found;
        status = trial_in_quarantine(session, &variant, &verdict, &found, err);
        bool pruned = status == HONE_OK && !found && !is_default &&
                      is_pruned(session, space, &variant, &facts, &verdict);
        if (status == HONE_OK && !found && !pruned)
            status = judge(session, problem, &variant, &facts, timing, &verdict, err);
        if (is_default) space->preset_facts = facts;
        if (status == HONE_OK && !verdict.valid)
            status = trial_quarantine(session, problem, &variant, &verdict, err);
    } else {
        refuse(&verdict, trial_make_reason(status, local.text), &local);
        /* A default that cannot be rendered is an error of the template, not of a config. */
        bool ours = status == HONE_ERR_NO_MEMORY || is_default;
        status = ours ? hone_fail(err, status, "%s", local.text) : HONE_OK;
    }
    if (status == HONE_OK)
        status = commit(session, problem, space, &variant, &facts, timing, &verdict,
                        state_charge(session), &trial, err);
    hone_variant_release(&variant);
    free(timing);
    return status;
}
