/* SPDX-License-Identifier: MIT */
/* Winners as rows: all of them, or those that the choice for a model takes. */
#include "tuner/explain_store.h"

#include <stdio.h>
#include <string.h>

#include "cache/keys.h"
#include "codegen/graph/choose.h"
#include "tuner/pack_store.h"
#include "tuner/problem_text.h"

/* Timed as deployed: up to as many rows of as many sequences, and weights out of every cache. */
enum { DECODE_ROWS = 64 };
static const double COLD = EXPLAIN_COLD, IN_THE_MIX = 0.5;

static enum hone_status open_store(const char *path, struct hone_store **out_store,
                                   struct hone_error *err)
{
    struct hone_store_options reader = {
        .struct_size = sizeof reader, .read_only = true, .must_exist = true};
    return hone_store_open(path, &reader, out_store, err);
}

enum hone_status explain_device_threads(const char *path, const char *device, uint32_t *out_threads,
                                        struct hone_error *err)
{
    struct hone_timing_key_fields stored, here;
    HONE_TRY(hone_timing_key_parse(device, &stored, err));
    hone_timing_key_here(stored.n_threads, &here);
    *out_threads = stored.n_threads;
    if (strcmp(stored.model, here.model) == 0 && stored.n_cpus == here.n_cpus) return HONE_OK;
    return hone_fail(err, HONE_ERR_UNSUPPORTED,
                     "%s: timed on %.64s with %u CPUs, whose ceilings cannot be measured here",
                     path, stored.model, stored.n_cpus);
}

enum hone_status explain_store_threads(const char *path, uint32_t *out_threads,
                                       struct hone_error *err)
{
    struct hone_store *store;
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n;
    HONE_TRY(open_store(path, &store, err));
    enum hone_status status = hone_store_winners_read(store, NULL, &arena, &winners, &n, err);
    if (status == HONE_OK && n == 0)
        status = hone_fail(err, HONE_ERR_NOT_FOUND, "%s: it has no winners", path);
    if (status == HONE_OK)
        status = explain_device_threads(path, winners[0].device, out_threads, err);
    hone_arena_release(&arena);
    hone_store_close(store);
    return status;
}

void explain_store_work(const struct hone_problem *problem, struct work *out_work)
{
    work_of(problem, problem->m, problem->m <= DECODE_ROWS ? problem->m : 1, out_work);
}

static void set_problem(const struct hone_problem *problem, struct explain_row *row)
{
    hone_problem_key(problem, row->problem);
    snprintf(row->what, sizeof row->what, "%s", row->problem);
    explain_store_work(problem, &row->work);
}

/* ---- all winners ---- */

static enum hone_status add_winners(struct hone_store *store, struct explain_report *report,
                                    struct hone_error *err)
{
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n;
    enum hone_status status = hone_store_winners_read(store, NULL, &arena, &winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        const struct hone_store_winner *w = &winners[i];
        struct hone_problem problem;
        struct explain_row row = {.n = 1, .seconds = w->median_ns * 1e-9, .measured = true};
        status = problem_parse(w->variant.problem, &problem, err);
        if (status != HONE_OK) break;
        set_problem(&problem, &row);
        /* One for each tuple of formats. */
        snprintf(row.kernel, sizeof row.kernel, "%s %.70s", w->variant.space, w->variant.formats);
        snprintf(row.config, sizeof row.config, "%s", w->variant.config);
        status = explain_add_row(report, &row, err);
    }
    hone_arena_release(&arena);
    return status;
}

/* ---- the choice for a model ---- */

static enum hone_status add_scheduled(const struct hone_workload *w,
                                      const struct hone_list_range *list,
                                      const struct hone_scheduled *node,
                                      struct explain_report *report, struct hone_error *err)
{
    const struct hone_variant *variant = &node->candidate->variant;
    struct hone_problem problem;
    struct explain_row row = {
        .n = 1, .seconds = node->candidate->seconds, .measured = node->candidate->tuned};
    hone_node_problem(&w->graph, node->node, list, &problem);
    set_problem(&problem, &row);
    snprintf(row.kernel, sizeof row.kernel, "%s", variant->space->name);
    char config[HONE_CONFIG_TEXT_BYTES];
    HONE_TRY(hone_config_print(variant->space, &variant->config, config));
    snprintf(row.config, sizeof row.config, "%.*s", (int)sizeof row.config - 1, config);
    return explain_add_row(report, &row, err);
}

static enum hone_status add_lists(const struct hone_workload *w, const struct hone_choice *choice,
                                  struct explain_report *report, struct hone_error *err)
{
    for (uint32_t l = 0; l < w->mix.n_lists; l++) {
        const struct hone_list_range *list = &w->mix.lists[l];
        char title[160];
        if (list->weight < IN_THE_MIX) continue;
        snprintf(title, sizeof title, "forwards of %u..%u rows, tuned at %u, %g of them",
                 list->m_min, list->m_max, list->m, list->weight);
        HONE_TRY(explain_add_part(report, title, list->weight, err));
        for (uint32_t i = 0; i < choice->n_nodes[l]; i++)
            HONE_TRY(add_scheduled(w, list, &choice->nodes[l][i], report, err));
        explain_end_part(report, COLD);
    }
    return HONE_OK;
}

static enum hone_status add_model(const struct explain_store_options *options,
                                  struct hone_store *store, struct explain_report *report,
                                  struct hone_error *err)
{
    struct hone_pack_store from = {.store = store};
    struct hone_workload w;
    struct hone_choice choice = {0};
    hone_target_format(hone_kernels_target(options->kernels), from.target);
    struct hone_winners winners = hone_pack_winners(&from);
    HONE_TRY(hone_workload_open(options->model, &options->workload, &w, err));
    enum hone_status status = hone_choice_make(&w.graph, &w.regions, &w.mix, options->kernels,
                                               &winners, NULL, &choice, err);
    if (status == HONE_OK) status = add_lists(&w, &choice, report, err);
    hone_choice_release(&choice);
    hone_workload_close(&w);
    return status;
}

enum hone_status explain_store(const struct explain_store_options *options,
                               struct explain_report *report, struct hone_error *err)
{
    struct hone_store *store;
    HONE_TRY(open_store(options->path, &store, err));
    enum hone_status status = HONE_OK;
    if (options->model) {
        status = add_model(options, store, report, err);
    } else {
        status = explain_add_part(report, "winners, each alone", 0, err);
        if (status == HONE_OK) status = add_winners(store, report, err);
        if (status == HONE_OK) explain_end_part(report, COLD);
    }
    hone_store_close(store);
    return status;
}
