/* SPDX-License-Identifier: MIT */
/* The winner of a problem, held against its runner-up and its default. */
#include "tuner/explain_problem.h"

#include <math.h>
#include <string.h>

#include "tuner/explain_differences.h"
#include "tuner/explain_store.h"
#include "tuner/measure/stats.h"
#include "tuner/problem_text.h"
#include "tuner/report/table.h"

/* Timed in turns in the last final, or each alone in the search where there was none. */
struct case_of {
    const struct page *page;
    const struct page_problem *problem;
    const struct hone_store_trial *winner, *runner_up, *standard; /* NULL: there is none */
    bool in_turns;
    struct hone_stats gap; /* time of the winner over the runner-up's; n 0: not known */
};

static bool same(const struct hone_store_variant *a, const struct hone_store_variant *b)
{
    return strcmp(a->space, b->space) == 0 && strcmp(a->config, b->config) == 0 &&
           strcmp(a->formats, b->formats) == 0;
}

static const struct hone_store_trial *best_of(const struct hone_store_trial *const *trials,
                                              size_t n, const struct hone_store_variant *except)
{
    const struct hone_store_trial *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (trials[i]->valid && !(except && same(&trials[i]->variant, except)) &&
            (!best || trials[i]->median_ns < best->median_ns))
            best = trials[i];
    return best;
}

static const struct hone_store_trial *trial_of(const struct hone_store_trial *const *trials,
                                               size_t n, const struct hone_store_variant *variant)
{
    for (size_t i = 0; i < n; i++)
        if (same(&trials[i]->variant, variant)) return trials[i];
    return NULL;
}

/* Sample i of each is of round i, in turns; one that was dropped early has fewer. */
static void set_gap(struct case_of *c)
{
    const struct hone_store_trial *a = c->winner, *b = c->runner_up;
    if (!a || !b || !(a->median_ns > 0) || !(b->median_ns > 0)) return;
    size_t n = a->n_samples < b->n_samples ? a->n_samples : b->n_samples;
    if (c->in_turns && n >= 2) {
        hone_stats_ratio(a->samples, b->samples, n, &c->gap);
        return;
    }
    c->gap = (struct hone_stats){.median = a->median_ns / b->median_ns,
                                 .low = a->low_ns / b->high_ns,
                                 .high = a->high_ns / b->low_ns,
                                 .n = 1};
}

static void find(const struct page *page, const struct page_problem *problem, struct case_of *out)
{
    const struct hone_store_trial *const *trials = problem->finals;
    size_t n = problem->n_finals;
    *out = (struct case_of){.page = page, .problem = problem, .in_turns = n > 1};
    if (!out->in_turns) trials = problem->search, n = problem->n_search;
    if (problem->winner) out->winner = trial_of(trials, n, &problem->winner->variant);
    if (!out->winner) out->winner = best_of(trials, n, NULL);
    if (out->winner) out->runner_up = best_of(trials, n, &out->winner->variant);
    if (problem->n_search) out->standard = trial_of(trials, n, &problem->search[0]->variant);
    set_gap(out);
}

/* ---- the table ---- */

static const struct record_column columns[] = {
    {"problem", NULL, RECORD_TEXT},
    {"role", "", RECORD_TEXT},
    {"ns", "time", RECORD_NS},
    {"ratio", "of default", RECORD_RATIO},
    {"ratio_low", "from", RECORD_RATIO},
    {"ratio_high", "to", RECORD_RATIO},
    {"instructions", "instr", RECORD_INTEGER},
    {"vector_spills", "spills", RECORD_INTEGER},
    {"stack_bytes", "stack", RECORD_INTEGER},
    {"code_bytes", "code", RECORD_INTEGER},
    {"scratch_bytes", "scratch", RECORD_INTEGER},
    {"bytes", "touched", RECORD_BYTES},
    {"rank", "rank", RECORD_INTEGER},
    {"space", "kernel", RECORD_TEXT},
    {"config", "config", RECORD_TEXT},
    {"formats", "formats", RECORD_TEXT},
    {NULL, NULL, RECORD_END},
};

static void number_or_none(struct records *records, double value)
{
    record_number(records, value > 0 ? value : NAN);
}

static void add_row(struct records *r, const struct case_of *c, const char *role,
                    const struct hone_store_trial *t)
{
    const struct hone_store_variant *v = &t->variant;
    record_text(r, v->problem);
    record_text(r, role);
    record_number(r, t->median_ns);
    number_or_none(r, t->ratio);
    number_or_none(r, t->ratio_low);
    number_or_none(r, t->ratio_high);
    record_integer(r, v->n_instructions);
    record_integer(r, v->n_vector_spills);
    record_integer(r, v->stack_bytes);
    record_integer(r, v->code_bytes);
    record_integer(r, (int64_t)v->scratch_bytes);
    number_or_none(r, differences_bytes(c->problem, v));
    record_integer(r, v->rank);
    record_text(r, v->space);
    record_text(r, v->config);
    record_text(r, v->formats);
}

static void add_rows(struct records *records, const struct case_of *c)
{
    if (c->winner)
        add_row(records, c, c->winner == c->standard ? "winner, default" : "winner", c->winner);
    if (c->runner_up)
        add_row(records, c, c->runner_up == c->standard ? "runner-up, default" : "runner-up",
                c->runner_up);
    if (c->standard && c->standard != c->winner && c->standard != c->runner_up)
        add_row(records, c, "default", c->standard);
}

/* ---- in words ---- */

static void why_text(const struct case_of *c, char *text, size_t capacity)
{
    const struct hone_stats *gap = &c->gap;
    const char *how = c->in_turns ? "timed in turns" : "each timed alone, in the search";
    if (!c->winner)
        snprintf(text, capacity, "nothing was right: no winner");
    else if (!c->runner_up)
        snprintf(text, capacity, "it is the only one that was right");
    else if (!c->problem->winner)
        snprintf(text, capacity, "the fastest trial so far; there was no final yet");
    else if (gap->n && gap->high < 1)
        snprintf(text, capacity,
                 "%.2f %% less time than the runner-up (%.2f to %.2f %%), %s: the interval "
                 "separates them",
                 100 * (1 - gap->median), 100 * (1 - gap->high), 100 * (1 - gap->low), how);
    else if (c->winner == c->standard)
        snprintf(text, capacity,
                 "it is the default, and nothing was faster outside the noise: the runner-up takes "
                 "%.3f of its time (%.3f to %.3f), %s",
                 1 / gap->median, 1 / gap->high, 1 / gap->low, how);
    else
        snprintf(text, capacity,
                 "%.3f of the runner-up's time (%.3f to %.3f), %s: a tie, which goes to fewer "
                 "resources (rank %lld against %lld), then to the earlier trial",
                 gap->median, gap->low, gap->high, how, (long long)c->winner->variant.rank,
                 (long long)c->runner_up->variant.rank);
}

static const char *note_of(double reached)
{
    return reached < 0.5 ? ": mostly latency, or what the counts do not see"
           : reached > 1.1
               ? ": the ceilings were taken on a busier machine, or it reads from nearer"
               : "";
}

/* Operations, bytes and a launch, each alone against its ceiling; what is left is latency. */
static void limits_text(const struct case_of *c, char *text, size_t capacity)
{
    const struct page *page = c->page;
    struct time_parts parts;
    struct least_time least;
    char op[32], bytes[32], launch[32], all[32];
    text[0] = '\0';
    if (!c->winner || !c->problem->is_known || !page->has_ceilings) return;
    ceilings_parts(&page->ceilings, &c->problem->work, EXPLAIN_COLD, &parts);
    ceilings_floor(&page->ceilings, &c->problem->work, EXPLAIN_COLD, &least);
    report_time(parts.operations * 1e9, op, sizeof op);
    report_time(parts.bytes * 1e9, bytes, sizeof bytes);
    report_time(parts.launch * 1e9, launch, sizeof launch);
    report_time(c->winner->median_ns, all, sizeof all);
    double reached = least.seconds / (c->winner->median_ns * 1e-9);
    snprintf(text, capacity,
             "%s: operations alone would take %s (%s), bytes %s (%s), a launch %s; it takes %s, "
             "%.0f %% of its ceiling%s",
             least.bound, op, parts.arithmetic, bytes, parts.level, launch, all, 100 * reached,
             note_of(reached));
}

static void print_words(const struct case_of *c)
{
    char text[1024];
    report_line(stdout, c->problem->problem);
    why_text(c, text, sizeof text);
    printf("  why      %s\n", text);
    limits_text(c, text, sizeof text);
    if (*text) printf("  limits   %s\n", text);
    if (!*text && c->page->no_ceilings[0]) printf("  limits   %s\n", c->page->no_ceilings);
    if (c->winner && c->runner_up) {
        differences_text(c->problem, &c->winner->variant, &c->runner_up->variant, text,
                         sizeof text);
        printf("  differs  the runner-up from the winner: ");
        report_line(stdout, text);
    }
    if (c->winner && c->standard && c->standard != c->winner && c->standard != c->runner_up) {
        differences_text(c->problem, &c->winner->variant, &c->standard->variant, text, sizeof text);
        printf("  differs  the default from the winner: ");
        report_line(stdout, text);
    }
}

/* ---- output ---- */

static json_t *json_case(const struct case_of *c)
{
    char why[1024], limits[1024], differences[1024] = "";
    struct records records;
    struct least_time least = {0};
    records_begin(&records, columns);
    add_rows(&records, c);
    why_text(c, why, sizeof why);
    limits_text(c, limits, sizeof limits);
    if (c->winner && c->runner_up)
        differences_text(c->problem, &c->winner->variant, &c->runner_up->variant, differences,
                         sizeof differences);
    json_t *object =
        json_pack("{s:o, s:o, s:s, s:s, s:o, s:b, s:o}", "problem",
                  report_json_text(c->problem->problem, strlen(c->problem->problem)), "regime",
                  report_json_text(c->problem->regime, strlen(c->problem->regime)), "why", why,
                  "limits", limits, "differs", report_json_text(differences, strlen(differences)),
                  "in_turns", (int)c->in_turns, "variants", records_end_json(&records));
    if (object && c->gap.n)
        json_object_set_new(object, "gap",
                            json_pack("{s:f, s:f, s:f}", "ratio", c->gap.median, "low", c->gap.low,
                                      "high", c->gap.high));
    if (object && c->winner && c->problem->is_known && c->page->has_ceilings) {
        ceilings_floor(&c->page->ceilings, &c->problem->work, EXPLAIN_COLD, &least);
        json_object_set_new(object, "bound", json_string(least.bound));
        json_object_set_new(object, "floor_seconds", json_real(least.seconds));
        json_object_set_new(object, "reached",
                            json_real(least.seconds / (c->winner->median_ns * 1e-9)));
    }
    return object;
}

static enum hone_status print_case(const struct case_of *c, struct records *csv, json_t *list,
                                   enum records_mode mode, bool is_first, struct hone_error *err)
{
    if (mode == RECORDS_CSV) add_rows(csv, c);
    if (mode == RECORDS_JSON && json_array_append_new(list, json_case(c)) != 0)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "explain: no memory");
    if (mode != RECORDS_TEXT) return HONE_OK;
    struct records records;
    if (!is_first) putchar('\n');
    print_words(c);
    records_begin(&records, columns);
    add_rows(&records, c);
    return records_end(&records, mode, stdout, err);
}

enum hone_status explain_problems(const struct page *page, const char *text, enum records_mode mode,
                                  struct hone_error *err)
{
    struct records csv;
    json_t *list = json_array();
    size_t n = 0;
    enum hone_status status = HONE_OK;
    records_begin(&csv, columns);
    for (size_t i = 0; status == HONE_OK && i < page->n_problems; i++) {
        struct case_of c;
        if (!strstr(page->problems[i].problem, text)) continue;
        find(page, &page->problems[i], &c);
        status = print_case(&c, &csv, list, mode, n++ == 0, err);
    }
    if (status == HONE_OK && n == 0)
        status = hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no problem with '%s' in its key",
                           page->path, text);
    if (status == HONE_OK && mode == RECORDS_CSV)
        status = records_end(&csv, mode, stdout, err);
    else
        records_drop(&csv);
    if (status == HONE_OK && mode == RECORDS_JSON) return report_json(list, stdout, err);
    json_decref(list);
    return status;
}
