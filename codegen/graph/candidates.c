/* SPDX-License-Identifier: MIT */
/* Candidates of a problem: the store's winners and the default configs for what it lacks. */
#include "codegen/graph/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "runtime/base/hash.h"
#include "runtime/package/format.h"

/* What a kernel that was never timed is taken to reach: only the order of alternatives hangs on it.
 */
static const double GUESSED_BYTES_PER_SECOND = 1e10, GUESSED_OPERATIONS_PER_SECOND = 1e11,
                    GUESSED_START_SECONDS = 2e-6, NOT_THE_DEFAULT = 1.5, MOST_COST = 1.05;
/* Of a GPU, of its memory's rate and per multiprocessor. */
static const double GUESSED_RATE = 0.5, GUESSED_OPERATIONS_PER_SM_SECOND = 2e11;
enum { MAX_SPACES = 16, FIRST_SLOTS = 1024, MAX_NEAR = 8 };

enum hone_status hone_candidate_cache_open(struct hone_kernels *kernels,
                                           const struct hone_winners *winners,
                                           struct hone_candidate_cache **out_cache,
                                           struct hone_error *err)
{
    struct hone_candidate_cache *cache = calloc(1, sizeof *cache);
    if (cache) cache->slots = calloc(FIRST_SLOTS, sizeof *cache->slots);
    *out_cache = cache;
    if (!cache || !cache->slots) return hone_fail(err, HONE_ERR_NO_MEMORY, "candidates: no memory");
    cache->kernels = kernels;
    cache->n_slots = FIRST_SLOTS;
    if (winners) cache->winners = *winners;
    return HONE_OK;
}

void hone_candidate_cache_close(struct hone_candidate_cache *cache)
{
    if (!cache) return;
    for (size_t s = 0; cache->slots && s < cache->n_slots; s++) {
        struct hone_candidates *set = cache->slots[s];
        for (uint32_t i = 0; set && i < set->n_items; i++)
            hone_variant_release(&set->items[i].variant);
        free(set);
    }
    free(cache->slots);
    free(cache);
}

/* The part of a GPU's multiprocessors that have a block; 1 elsewhere. */
static double part_at_work(const struct hone_machine_facts *facts,
                           const struct hone_variant *variant)
{
    uint64_t p0 = variant->launch.grid_p0, n_blocks = p0;
    if (variant->grid_rule != HONE_GRID_CONST)
        n_blocks = hone_ceil_div(variant->call.problem.m, p0) * variant->launch.grid_p1;
    if (facts->n_sms == 0 || n_blocks >= facts->n_sms) return 1;
    return (double)(n_blocks ? n_blocks : 1) / facts->n_sms;
}

static double guess_seconds(const struct hone_candidate_cache *cache,
                            const struct hone_variant *variant)
{
    const struct hone_problem *problem = &variant->call.problem;
    const struct hone_machine_facts *facts = hone_kernels_facts(cache->kernels);
    double operations = problem->op->operations(problem, problem->m);
    double bytes = problem->op->bytes(problem, problem->m);
    double rate =
        facts->memory_rate ? 1e9 * GUESSED_RATE * facts->memory_rate : GUESSED_BYTES_PER_SECOND;
    double speed = facts->n_sms ? GUESSED_OPERATIONS_PER_SM_SECOND * facts->n_sms
                                : GUESSED_OPERATIONS_PER_SECOND;
    double compute = operations / speed, memory = bytes / rate;
    double work = compute > memory ? compute : memory;
    return GUESSED_START_SECONDS + work / part_at_work(facts, variant);
}

static bool same_formats(const struct hone_variant *a, const struct hone_variant *b)
{
    return memcmp(a->call.formats, b->call.formats, sizeof a->call.formats) == 0;
}

static bool has_tuple(const struct hone_candidates *set, const struct hone_variant *variant)
{
    for (uint32_t i = 0; i < set->n_items; i++)
        if (same_formats(&set->items[i].variant, variant)) return true;
    return false;
}

/* A template or a compiler that changed since, or a store that was tampered with. */
static bool is_stale(const struct hone_candidate_cache *cache, const struct hone_winner *winner,
                     const struct hone_variant *variant)
{
    if (!winner->code_key[0] || strcmp(winner->code_key, variant->code_key) == 0) return false;
    if (cache->winners.stale) cache->winners.stale(cache->winners.context, winner);
    return true;
}

static enum hone_status add_winners(struct hone_candidate_cache *cache,
                                    const struct hone_problem *problem, struct hone_candidates *set,
                                    struct hone_error *err)
{
    if (!cache->winners.find) return HONE_OK;
    struct hone_winner *winners = calloc(HONE_MAX_CANDIDATES, sizeof *winners);
    if (!winners) return hone_fail(err, HONE_ERR_NO_MEMORY, "candidates: no memory");
    size_t n = 0;
    enum hone_status status = cache->winners.find(cache->winners.context, set->key,
                                                  HONE_MAX_CANDIDATES / 2, winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        const struct hone_space *space =
            hone_space_list_find(hone_kernels_spaces(cache->kernels), winners[i].space);
        struct hone_config config;
        struct hone_candidate *item = &set->items[set->n_items];
        /* A winner of a space or config that is gone is one miss, not an error. */
        if (!space || hone_config_parse(space, winners[i].config, &config, NULL) != HONE_OK)
            continue;
        if (hone_kernels_variant(cache->kernels, space, problem, &config, &item->variant, NULL))
            continue;
        if (is_stale(cache, &winners[i], &item->variant)) {
            hone_variant_release(&item->variant);
            continue;
        }
        item->seconds = winners[i].seconds;
        item->tuned = true;
        set->n_items++;
    }
    free(winners);
    return status;
}

static bool applies(const struct hone_candidate_cache *cache, const struct hone_space *space,
                    const struct hone_problem *problem)
{
    const struct hone_space *spaces[MAX_SPACES];
    size_t n;
    if (hone_kernels_applicable(cache->kernels, problem, MAX_SPACES, spaces, &n, NULL) != HONE_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (spaces[i] == space) return true;
    return false;
}

/* Adds the variant of `config` (NULL: the default) if its tuple of formats is new. */
static enum hone_status add_untimed(struct hone_candidate_cache *cache,
                                    const struct hone_problem *problem,
                                    const struct hone_space *space,
                                    const struct hone_config *config, struct hone_candidates *set,
                                    struct hone_error *err)
{
    if (set->n_items == HONE_MAX_CANDIDATES) return HONE_OK;
    struct hone_candidate *item = &set->items[set->n_items];
    *item = (struct hone_candidate){0};
    HONE_TRY(hone_kernels_variant(cache->kernels, space, problem, config, &item->variant, err));
    if (has_tuple(set, &item->variant)) {
        hone_variant_release(&item->variant);
        return HONE_OK;
    }
    item->seconds = guess_seconds(cache, &item->variant) * (config ? NOT_THE_DEFAULT : 1);
    set->n_items++;
    return HONE_OK;
}

/* What won for other rows or sizes need not suit these: the cost formula, where there is one, may
 * not say that the default is better. */
static bool suits(const struct hone_candidate_cache *cache, const struct hone_problem *problem,
                  const struct hone_space *space, const struct hone_config *config)
{
    struct hone_env env;
    struct hone_config preset;
    double cost, preset_cost;
    if (!space->n_cost) return true;
    hone_env_init(&env, NULL);
    bool is_known = hone_kernels_env(cache->kernels, problem, &env, NULL) == HONE_OK &&
                    hone_space_default(space, &env, &preset, NULL) == HONE_OK &&
                    hone_space_cost(space, &env, &preset, &preset_cost, NULL) == HONE_OK &&
                    hone_space_cost(space, &env, config, &cost, NULL) == HONE_OK;
    hone_env_release(&env);
    return is_known && cost <= MOST_COST * preset_cost;
}

/* The winners of the nearest problem, where they are valid and their tuple is new. */
static enum hone_status add_near(struct hone_candidate_cache *cache,
                                 const struct hone_problem *problem, struct hone_candidates *set,
                                 struct hone_error *err)
{
    if (!cache->winners.find_near) return HONE_OK;
    struct hone_winner *winners = calloc(MAX_NEAR, sizeof *winners);
    if (!winners) return hone_fail(err, HONE_ERR_NO_MEMORY, "candidates: no memory");
    size_t n = 0;
    enum hone_status status =
        cache->winners.find_near(cache->winners.context, problem, MAX_NEAR, winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n && set->n_items < MAX_NEAR; i++) {
        const struct hone_space *space =
            hone_space_list_find(hone_kernels_spaces(cache->kernels), winners[i].space);
        struct hone_config config;
        struct hone_candidate *item = &set->items[set->n_items];
        uint32_t before = set->n_items;
        if (!space || space->unproven ||
            hone_config_parse(space, winners[i].config, &config, NULL) != HONE_OK ||
            !applies(cache, space, problem) || !suits(cache, problem, space, &config) ||
            add_untimed(cache, problem, space, &config, set, NULL) != HONE_OK ||
            set->n_items == before)
            continue;
        item->seconds =
            guess_seconds(cache, &item->variant) * (winners[i].ratio > 0 ? winners[i].ratio : 1);
        memcpy(item->near, winners[i].problem, sizeof item->near);
    }
    free(winners);
    return status;
}

static bool decides_format(const struct hone_space *space, size_t parameter)
{
    for (size_t o = 0; o < space->n_operands; o++)
        if (hone_expr_uses(space->operands[o].format, space->parameters[parameter].name))
            return true;
    return false;
}

/* Makes `config` number `number` of the settings of the parameters that formats hang on; false when
 * there are fewer. */
static bool set_formats(const struct hone_space *space, uint32_t number, struct hone_config *config)
{
    for (size_t p = 0; p < space->n_parameters; p++) {
        if (!decides_format(space, p)) continue;
        config->index[p] = (uint8_t)(number % space->parameters[p].n_values);
        number /= (uint32_t)space->parameters[p].n_values;
    }
    return number == 0;
}

/* Formats hang on few parameters (the row group, pairs): the default with each setting of those. */
static enum hone_status add_neighbours(struct hone_candidate_cache *cache,
                                       const struct hone_problem *problem,
                                       const struct hone_space *space, struct hone_candidates *set,
                                       struct hone_error *err)
{
    struct hone_env env;
    struct hone_config config;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(cache->kernels, problem, &env, err);
    if (status == HONE_OK) status = hone_space_default(space, &env, &config, err);
    for (uint32_t i = 0; status == HONE_OK && set_formats(space, i, &config); i++) {
        const char *broken = NULL;
        status = hone_space_valid(space, &env, &config, &broken, err);
        if (status == HONE_OK && !broken)
            status = add_untimed(cache, problem, space, &config, set, err);
    }
    hone_env_release(&env);
    return status;
}

static enum hone_status fill(struct hone_candidate_cache *cache, const struct hone_problem *problem,
                             struct hone_candidates *set, struct hone_error *err)
{
    const struct hone_space *spaces[MAX_SPACES];
    size_t n_spaces;
    HONE_TRY(add_winners(cache, problem, set, err));
    if (set->n_items == 0) HONE_TRY(add_near(cache, problem, set, err));
    HONE_TRY(hone_kernels_applicable(cache->kernels, problem, MAX_SPACES, spaces, &n_spaces, err));
    for (size_t s = 0; s < n_spaces; s++)
        if (!spaces[s]->unproven) HONE_TRY(add_untimed(cache, problem, spaces[s], NULL, set, err));
    for (size_t s = 0; s < n_spaces; s++)
        if (!spaces[s]->unproven) HONE_TRY(add_neighbours(cache, problem, spaces[s], set, err));
    return HONE_OK;
}

static enum hone_status grow(struct hone_candidate_cache *cache, struct hone_error *err)
{
    if (cache->n_used * 2 < cache->n_slots) return HONE_OK;
    size_t n_slots = cache->n_slots * 2;
    struct hone_candidates **slots = calloc(n_slots, sizeof *slots);
    if (!slots) return hone_fail(err, HONE_ERR_NO_MEMORY, "candidates: no memory");
    for (size_t s = 0; s < cache->n_slots; s++) {
        struct hone_candidates *set = cache->slots[s];
        if (!set) continue;
        size_t at = hone_fnv1a(set->key, strlen(set->key)) % n_slots;
        while (slots[at]) at = (at + 1) % n_slots;
        slots[at] = set;
    }
    free(cache->slots);
    cache->slots = slots;
    cache->n_slots = n_slots;
    return HONE_OK;
}

enum hone_status hone_candidates_of(struct hone_candidate_cache *cache,
                                    const struct hone_problem *problem,
                                    const struct hone_candidates **out_candidates,
                                    struct hone_error *err)
{
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(problem, key);
    HONE_TRY(grow(cache, err));
    size_t at = hone_fnv1a(key, strlen(key)) % cache->n_slots;
    for (; cache->slots[at]; at = (at + 1) % cache->n_slots) {
        if (strcmp(cache->slots[at]->key, key) != 0) continue;
        *out_candidates = cache->slots[at];
        return HONE_OK;
    }
    struct hone_candidates *set = calloc(1, sizeof *set);
    if (!set) return hone_fail(err, HONE_ERR_NO_MEMORY, "candidates: no memory");
    memcpy(set->key, key, sizeof key);
    cache->slots[at] = set;
    cache->n_used++;
    *out_candidates = set;
    return fill(cache, problem, set, err);
}
