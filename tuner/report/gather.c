/* SPDX-License-Identifier: MIT */
/* What a store holds, in the order that its page tells it. */
#include <stdlib.h>
#include <string.h>

#include "tuner/explain_store.h"
#include "tuner/problem_text.h"
#include "tuner/report/page.h"

enum { LABEL_DIMS = 4 };

/* ---- labels ---- */

static const char *weight_of(const struct hone_problem *problem)
{
    for (uint32_t o = 0; o < problem->op->n_operands; o++)
        if (problem->op->operands[o].role == HONE_ROLE_WEIGHT ||
            problem->op->operands[o].role == HONE_ROLE_KV)
            return hone_type_info(problem->types[o])->name;
    return "";
}

static void set_label(struct page_problem *p)
{
    char dims[64] = "";
    size_t at = 0;
    if (!p->is_known) {
        snprintf(p->label, sizeof p->label, "%.90s", p->problem);
        return;
    }
    for (uint32_t d = 0; d < p->parsed.op->n_dims && d < LABEL_DIMS; d++)
        at += (size_t)snprintf(dims + at, sizeof dims - at, "%s%u", d ? "\xc3\x97" : "",
                               p->parsed.dims[d]);
    if (p->parsed.op->n_dims > LABEL_DIMS) snprintf(dims + at, sizeof dims - at, "\xe2\x80\xa6");
    at = (size_t)snprintf(p->label, sizeof p->label, "%s %s %s%sm=%u", p->parsed.op->name, dims,
                          weight_of(&p->parsed), *weight_of(&p->parsed) ? " " : "", p->parsed.m);
    if (p->parsed.context && at < sizeof p->label)
        snprintf(p->label + at, sizeof p->label - at, " of %u", p->parsed.context);
}

/* ---- devices ---- */

static enum hone_status count_devices(struct page *page, struct hone_error *err)
{
    for (size_t i = 0; i < page->n_trials; i++) {
        size_t d = 0;
        while (d < page->n_devices && strcmp(page->devices[d].text, page->trials[i].device) != 0)
            d++;
        if (d == page->n_devices) {
            struct page_device *grown = realloc(page->devices, (d + 1) * sizeof *grown);
            if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
            page->devices = grown;
            grown[page->n_devices++] = (struct page_device){page->trials[i].device, 0};
        }
        page->devices[d].n_trials++;
    }
    return HONE_OK;
}

static enum hone_status choose_device(struct page *page, const char *wanted, struct hone_error *err)
{
    size_t best = page->n_devices;
    for (size_t d = 0; d < page->n_devices; d++)
        if ((!wanted || strstr(page->devices[d].text, wanted)) &&
            (best == page->n_devices || page->devices[d].n_trials > page->devices[best].n_trials))
            best = d;
    if (best == page->n_devices && wanted)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no trial on a device with '%s' in its text",
                         page->path, wanted);
    if (best == page->n_devices)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: it has no trials", page->path);
    struct page_device first = page->devices[0];
    page->devices[0] = page->devices[best];
    page->devices[best] = first;
    size_t n = 0;
    for (size_t i = 0; i < page->n_winners; i++)
        if (strcmp(page->winners[i].device, page->devices[0].text) == 0)
            page->winners[n++] = page->winners[i];
    page->n_winners = n;
    return HONE_OK;
}

/* ---- problems ---- */

static int by_problem(const void *a, const void *b)
{
    const struct hone_store_trial *x = *(const struct hone_store_trial *const *)a;
    const struct hone_store_trial *y = *(const struct hone_store_trial *const *)b;
    int order = strcmp(x->variant.problem, y->variant.problem);
    if (order == 0) order = strcmp(x->regime, y->regime);
    if (order) return order;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_time(const void *a, const void *b)
{
    const struct hone_store_trial *x = *(const struct hone_store_trial *const *)a;
    const struct hone_store_trial *y = *(const struct hone_store_trial *const *)b;
    if (x->valid != y->valid) return x->valid ? -1 : 1;
    if (x->median_ns != y->median_ns) return x->median_ns < y->median_ns ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_cost(const void *a, const void *b)
{
    const struct page_problem *x = a, *y = b;
    if (x->seconds != y->seconds) return x->seconds > y->seconds ? -1 : 1;
    int order = strcmp(x->problem, y->problem);
    return order ? order : strcmp(x->regime, y->regime);
}

static void find_winner(const struct page *page, struct page_problem *p)
{
    for (size_t i = 0; i < page->n_winners; i++) {
        const struct hone_store_winner *w = &page->winners[i];
        if (strcmp(w->variant.problem, p->problem) != 0 || strcmp(w->regime, p->regime) != 0)
            continue;
        if (!p->winner || w->median_ns < p->winner->median_ns) p->winner = w;
    }
}

static void sum_up(struct page_problem *p, const struct hone_store_trial **trials, size_t n)
{
    uint32_t last_round = 0;
    size_t n_search = 0;
    for (size_t i = 0; i < n; i++) {
        p->seconds += trials[i]->seconds;
        p->n_refused += !trials[i]->valid;
        if (trials[i]->round > last_round) last_round = trials[i]->round;
    }
    /* Search trials to the front, keeping their order; the last final behind them. */
    p->search = trials;
    for (size_t i = 0; i < n; i++) {
        const struct hone_store_trial *t = trials[i];
        if (t->round != 0) continue;
        if (t->valid && (p->best_ns <= 0 || t->median_ns < p->best_ns)) p->best_ns = t->median_ns;
        if (n_search == 0 && t->valid) p->default_ns = t->median_ns;
        memmove(&trials[n_search + 1], &trials[n_search], (i - n_search) * sizeof(*trials));
        trials[n_search++] = t;
    }
    p->n_search = n_search;
    p->finals = trials + n_search;
    for (size_t i = n_search; i < n; i++)
        if (trials[i]->round == last_round) trials[n_search + p->n_finals++] = trials[i];
    if (p->n_finals) qsort(p->finals, p->n_finals, sizeof *p->finals, by_time);
}

static enum hone_status set_best(struct page *page, struct page_problem *p, struct hone_error *err)
{
    double best = 0;
    p->best = hone_arena_array(&page->arena, p->n_search + 1, sizeof *p->best);
    if (!p->best) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    for (size_t i = 0; i < p->n_search; i++) {
        const struct hone_store_trial *t = p->search[i];
        if (t->valid && (best <= 0 || t->median_ns < best)) best = t->median_ns;
        p->best[i] = best;
    }
    return HONE_OK;
}

static enum hone_status add_problem(struct page *page, const struct hone_store_trial **trials,
                                    size_t n, struct hone_error *err)
{
    struct page_problem *p = &page->problems[page->n_problems++];
    *p = (struct page_problem){.problem = trials[0]->variant.problem, .regime = trials[0]->regime};
    struct hone_error none = {0};
    p->is_known = problem_parse(p->problem, &p->parsed, &none) == HONE_OK;
    if (p->is_known) explain_store_work(&p->parsed, &p->work);
    p->family = svg_family_of(p->problem);
    set_label(p);
    sum_up(p, trials, n);
    find_winner(page, p);
    return set_best(page, p, err);
}

static enum hone_status group(struct page *page, struct hone_error *err)
{
    const struct hone_store_trial **sorted =
        hone_arena_array(&page->arena, page->n_trials + 1, sizeof *sorted);
    size_t n = 0;
    page->problems = hone_arena_array(&page->arena, page->n_trials + 1, sizeof *page->problems);
    if (!sorted || !page->problems) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    for (size_t i = 0; i < page->n_trials; i++) {
        const struct hone_store_trial *t = &page->trials[i];
        if (strcmp(t->device, page->devices[0].text) != 0) continue;
        if (n == 0 || t->when < page->first) page->first = t->when;
        if (n == 0 || t->when > page->last) page->last = t->when;
        sorted[n++] = t;
    }
    qsort(sorted, n, sizeof *sorted, by_problem);
    for (size_t i = 0, begin = 0; i < n; i++)
        if (i + 1 == n ||
            strcmp(sorted[begin]->variant.problem, sorted[i + 1]->variant.problem) != 0 ||
            strcmp(sorted[begin]->regime, sorted[i + 1]->regime) != 0) {
            HONE_TRY(add_problem(page, sorted + begin, i + 1 - begin, err));
            begin = i + 1;
        }
    qsort(page->problems, page->n_problems, sizeof *page->problems, by_cost);
    return HONE_OK;
}

enum hone_status page_gather(struct hone_store *store, const char *path, const char *device,
                             struct page *out_page, struct hone_error *err)
{
    *out_page = (struct page){.path = path};
    HONE_TRY(hone_store_trials_read(store, NULL, &out_page->arena, &out_page->trials,
                                    &out_page->n_trials, err));
    HONE_TRY(hone_store_winners_read(store, NULL, &out_page->arena, &out_page->winners,
                                     &out_page->n_winners, err));
    HONE_TRY(hone_store_quarantine_read(store, &out_page->arena, &out_page->quarantine,
                                        &out_page->n_quarantine, err));
    HONE_TRY(count_devices(out_page, err));
    HONE_TRY(choose_device(out_page, device, err));
    return group(out_page, err);
}

/* ---- points ---- */

static int slowest_first(const void *a, const void *b)
{
    const struct page_point *x = a, *y = b;
    if (x->winner->median_ns != y->winner->median_ns)
        return x->winner->median_ns > y->winner->median_ns ? -1 : 1;
    return strcmp(x->winner->variant.problem, y->winner->variant.problem);
}

static const struct page_problem *problem_of(const struct page *page,
                                             const struct hone_store_winner *winner)
{
    for (size_t i = 0; i < page->n_problems; i++)
        if (strcmp(page->problems[i].problem, winner->variant.problem) == 0 &&
            strcmp(page->problems[i].regime, winner->regime) == 0)
            return &page->problems[i];
    return NULL;
}

enum hone_status page_set_points(struct page *page, struct hone_error *err)
{
    page->points = hone_arena_array(&page->arena, page->n_winners + 1, sizeof *page->points);
    if (!page->points) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    for (size_t i = 0; i < page->n_winners; i++) {
        struct page_point point = {.winner = &page->winners[i]};
        point.of = problem_of(page, point.winner);
        if (!point.of || !point.of->is_known || !(point.winner->median_ns > 0)) continue;
        point.is_best = point.of->winner == point.winner;
        if (page->has_ceilings)
            ceilings_floor(&page->ceilings, &point.of->work, EXPLAIN_COLD, &point.least);
        page->points[page->n_points++] = point;
    }
    qsort(page->points, page->n_points, sizeof *page->points, slowest_first);
    for (size_t i = 0; i < page->n_points; i++) page->points[i].number = (unsigned)i + 1;
    return HONE_OK;
}

double page_best_after(const struct page_problem *problem, size_t n_trials)
{
    if (n_trials > problem->n_search) n_trials = problem->n_search;
    return n_trials && problem->best_ns > 0 ? problem->best[n_trials - 1] / problem->best_ns : 0;
}

void page_release(struct page *page)
{
    free(page->devices);
    explain_release(&page->model);
    hone_arena_release(&page->arena);
    *page = (struct page){0};
}
