/* SPDX-License-Identifier: MIT */
/* Problems, their spaces, and the trials that the store has of them. */
#include "tuner/session/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"

static const double GUESSED_BYTES_PER_NS = 10, GUESSED_OPERATIONS_PER_NS = 100, START_NS = 2000;
/* Of a GPU: the part of its memory's rate, and operations of a multiprocessor without its matrix
 * units. */
static const double GUESSED_RATE = 0.5, GUESSED_OPERATIONS_PER_SM_NS = 200;
static const double EMULATOR_SLOWER = 1000;

/* Beyond this many rows a weight is used so often per read that it hardly matters where it lies. */
enum { STREAMED_ROWS = 64, REUSED_BYTES = 64 << 20 };

uint64_t hone_cold_bytes(const struct hone_machine_facts *facts)
{
    long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    uint64_t most = UINT64_C(192) << 20;
    if (n_pages > 0 && page_bytes > 0) most = (uint64_t)n_pages * (uint64_t)page_bytes / 8;
    if (facts->memory_bytes) most = facts->memory_bytes / 8;
    uint64_t wanted = 2 * facts->l3_bytes;
    if (wanted == 0) wanted = 2 * facts->l2_bytes;
    return wanted == 0 || wanted > most ? most : wanted;
}

uint64_t state_cold_bytes(const struct session *session, const struct hone_problem *problem)
{
    /* A GPU does so much between two bytes that it matters there up to many more. */
    bool reused = problem->m > STREAMED_ROWS && session->cold_bytes > REUSED_BYTES &&
                  session->info.facts.memory_bytes == 0;
    return reused ? REUSED_BYTES : session->cold_bytes;
}

void hone_tune_regime(const struct hone_problem *problem, uint32_t n_threads, uint64_t cold_bytes,
                      char out_text[512])
{
    struct hone_case_spec spec;
    edges_tuned_spec(problem, &spec);
    struct hone_regime regime = {spec.m, spec.n_seqs, spec.kv_before, n_threads, cold_bytes};
    hone_regime_text(&regime, out_text);
}

void hone_tune_device(const struct hone_runner_info *info, char out_text[512])
{
    struct hone_timing_key_fields key;
    hone_timing_key_here(info->n_workers, &key);
    hone_key_text_field(info->stack, "governor", key.governor, sizeof key.governor);
    snprintf(key.model, sizeof key.model, "%s", info->facts.model);
    for (char *c = key.model; *c; c++)
        if (*c == ';') *c = ',';
    key.n_cpus = info->facts.n_sms ? info->facts.n_sms : info->facts.n_cpus;
    key.l2_bytes = info->facts.l2_bytes;
    key.l3_bytes = info->facts.l3_bytes;
    hone_timing_key_text(&key, out_text);
}

double state_spent(const struct session *session)
{
    return session->seconds_before + hone_clock_seconds() - session->started;
}

double state_charge(struct session *session)
{
    double now = hone_clock_seconds(), seconds = now - session->charged;
    session->charged = now;
    return seconds;
}

const char *state_formats(struct session *session, struct problem_state *problem, const char *text)
{
    for (uint32_t s = 0; s < problem->n_spaces; s++)
        for (size_t t = 0; t < problem->spaces[s].n_trials; t++) {
            const char *known = problem->spaces[s].trials[t].formats;
            if (known && strcmp(known, text) == 0) return known;
        }
    return hone_arena_text(&session->arena, text, strlen(text));
}

static enum hone_status grow(struct space_state *space, struct hone_error *err)
{
    if (space->n_trials < space->capacity) return HONE_OK;
    size_t capacity = space->capacity ? 2 * space->capacity : 32;
    struct tried *trials = realloc(space->trials, capacity * sizeof *trials);
    if (trials) space->trials = trials;
    struct hone_search_trial *search = realloc(space->search, capacity * sizeof *search);
    if (search) space->search = search;
    if (!trials || !search) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    space->capacity = capacity;
    return HONE_OK;
}

enum hone_status state_add(struct session *session, struct problem_state *problem,
                           struct space_state *space, const struct tried *trial,
                           struct hone_error *err)
{
    HONE_TRY(grow(space, err));
    space->trials[space->n_trials] = *trial;
    space->search[space->n_trials++] =
        (struct hone_search_trial){.config = trial->config, .valid = trial->valid, .ns = trial->ns};
    problem->n_trials++;
    session->n_trials++;
    if (problem->best_ns > 0)
        gain_learn(&problem->gain, problem->best_ns, trial->valid ? trial->ns : problem->best_ns);
    if (!trial->valid) {
        session->n_failed++;
        problem->n_since_better++;
        return HONE_OK;
    }
    if (trial->is_default && problem->default_ns == 0) problem->default_ns = trial->ns;
    bool better = problem->best_ns == 0 || trial->ns < 0.99 * problem->best_ns;
    problem->n_since_better = better ? 0 : problem->n_since_better + 1;
    if (problem->best_ns == 0 || trial->ns < problem->best_ns) problem->best_ns = trial->ns;
    return HONE_OK;
}

static struct space_state *find_space(struct problem_state *problem, const char *name)
{
    for (uint32_t s = 0; s < problem->n_spaces; s++)
        if (strcmp(problem->spaces[s].space->name, name) == 0) return &problem->spaces[s];
    return NULL;
}

static bool same_as_default(const struct session *session, const struct problem_state *problem,
                            const struct hone_space *space, const struct hone_config *config)
{
    struct hone_variant preset;
    return hone_kernels_launch(session->options->kernels, space, &problem->item->problem, NULL,
                               &preset, NULL) == HONE_OK &&
           memcmp(&preset.config, config, sizeof *config) == 0;
}

/* A stored trial counts when its config renders today to the code it was made with. */
static enum hone_status take_stored(struct session *session, struct problem_state *problem,
                                    const struct hone_store_trial *stored, struct hone_error *err)
{
    struct space_state *space = find_space(problem, stored->variant.space);
    struct tried trial = {.valid = stored->valid, .ns = stored->median_ns};
    if (!space || hone_config_parse(space->space, stored->variant.config, &trial.config, NULL))
        return HONE_OK;
    struct hone_variant variant;
    bool current = !stored->variant.code_key[0]; /* could not be rendered then, and cannot now */
    if (hone_kernels_variant(session->options->kernels, space->space, &problem->item->problem,
                             &trial.config, &variant, NULL) == HONE_OK) {
        current = strcmp(variant.code_key, stored->variant.code_key) == 0;
        trial.rank = variant.launch.rank;
        hone_variant_release(&variant);
    }
    if (!current) return HONE_OK;
    trial.id = (uint64_t)stored->id;
    trial.is_default = same_as_default(session, problem, space->space, &trial.config);
    if (trial.is_default)
        space->preset_facts =
            (struct hone_static_facts){.n_vector_spills = stored->variant.n_vector_spills,
                                       .code_bytes = stored->variant.code_bytes};
    trial.formats = state_formats(session, problem, stored->variant.formats);
    trial.proof = hone_arena_text(&session->arena, stored->proof, strlen(stored->proof));
    if (!trial.formats || !trial.proof)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    problem->seconds += stored->seconds;
    return state_add(session, problem, space, &trial, err);
}

static enum hone_status take_trials(struct session *session, struct problem_state *problem,
                                    struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_store_filter filter = {
        .problem = problem->key, .regime = problem->regime, .device = session->device};
    struct hone_store_trial *trials;
    size_t n;
    enum hone_status status =
        hone_store_trials_read(session->options->store, &filter, &arena, &trials, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        session->seconds_before += trials[i].seconds;
        if (trials[i].round > problem->final_round) problem->final_round = trials[i].round;
        if (trials[i].round == 0) status = take_stored(session, problem, &trials[i], err);
    }
    hone_arena_release(&arena);
    return status;
}

static enum hone_status take_winners(struct session *session, struct problem_state *problem,
                                     struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_store_filter filter = {
        .problem = problem->key, .regime = problem->regime, .device = session->device};
    struct hone_store_winner *winners;
    size_t n;
    enum hone_status status =
        hone_store_winners_read(session->options->store, &filter, &arena, &winners, &n, err);
    if (status == HONE_OK && n > 0) {
        problem->tuned_once = true;
        problem->n_final_trials = winners[0].n_trials;
        problem->final_ratio = winners[0].ratio;
        problem->final_ns = problem->best_ns;
    }
    hone_arena_release(&arena);
    return status;
}

static enum hone_status open_problem(struct session *session, const struct hone_tune_item *item,
                                     struct problem_state *problem, struct hone_error *err)
{
    const struct hone_space *spaces[STATE_MAX_SPACES];
    const struct hone_problem *p = &item->problem;
    size_t n_spaces;
    problem->item = item;
    gain_begin(&problem->gain);
    hone_problem_key(p, problem->key);
    hone_tune_regime(p, session->info.n_workers, state_cold_bytes(session, p), problem->regime);
    edges_tuned_spec(p, &problem->tuned);
    double bytes = p->op->bytes(p, p->m), operations = p->op->operations(p, p->m);
    const struct hone_machine_facts *facts = &session->info.facts;
    double rate = facts->memory_rate ? GUESSED_RATE * facts->memory_rate : GUESSED_BYTES_PER_NS;
    double speed =
        facts->n_sms ? GUESSED_OPERATIONS_PER_SM_NS * facts->n_sms : GUESSED_OPERATIONS_PER_NS;
    double memory = bytes / rate, compute = operations / speed;
    problem->guess_ns = START_NS + (memory > compute ? memory : compute);
    if (hone_cpu_emulated(&session->info.facts)) problem->guess_ns *= EMULATOR_SLOWER;
    HONE_TRY(hone_kernels_applicable(session->options->kernels, p, STATE_MAX_SPACES, spaces,
                                     &n_spaces, err));
    for (size_t s = 0; s < n_spaces; s++) problem->spaces[s].space = spaces[s];
    problem->n_spaces = (uint32_t)n_spaces;
    HONE_TRY(take_trials(session, problem, err));
    return take_winners(session, problem, err);
}

enum hone_status state_open(struct session *session, const struct hone_tune_item *items,
                            size_t n_items, struct hone_error *err)
{
    const struct hone_tune_options *o = session->options;
    HONE_TRY(hone_runner_info(o->runner, &session->info, err));
    HONE_TRY(hone_kernels_compiler(o->kernels, &session->compiler, err));
    HONE_TRY(hone_kernels_compile_options(o->kernels, session->compile_options, err));
    hone_tune_device(&session->info, session->device);
    hone_target_format(hone_kernels_target(o->kernels), session->target);
    session->cold_bytes = o->cold_bytes ? o->cold_bytes : hone_cold_bytes(&session->info.facts);
    if (o->hot) session->cold_bytes = 0;
    if (o->weight_bytes && o->weight_bytes < session->cold_bytes)
        session->cold_bytes = o->weight_bytes;
    session->problems = calloc(n_items ? n_items : 1, sizeof *session->problems);
    if (!session->problems) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    session->n_problems = (uint32_t)n_items;
    for (size_t i = 0; i < n_items; i++)
        HONE_TRY(open_problem(session, &items[i], &session->problems[i], err));
    session->next_id = UINT64_C(1) << 40; /* trials of this session come after stored ones */
    session->started = session->charged = hone_clock_seconds(); /* opening is free */
    return HONE_OK;
}

void state_close(struct session *session)
{
    for (uint32_t i = 0; session->problems && i < session->n_problems; i++)
        for (uint32_t s = 0; s < session->problems[i].n_spaces; s++) {
            free(session->problems[i].spaces[s].trials);
            free(session->problems[i].spaces[s].search);
            hone_pool_free(session->problems[i].spaces[s].pool);
        }
    reference_release(&session->reference);
    free(session->problems);
    session->problems = NULL;
    hone_arena_release(&session->arena);
}
