/* SPDX-License-Identifier: MIT */
/* The upgrade report: what changed below the kernels, and what became of each. */
#include "tuner/verify_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/report/table.h"

enum { MOST_CHANGES = 32, CHANGE_BYTES = HONE_KEY_TEXT_BYTES + 2 * 96 };

/* Distinct changes of the stack, with how many entries each concerns. */
struct changes {
    char texts[MOST_CHANGES][CHANGE_BYTES];
    size_t counts[MOST_CHANGES], n, n_more;
};

static void note(struct changes *changes, const char *text)
{
    for (size_t i = 0; i < changes->n; i++)
        if (strcmp(changes->texts[i], text) == 0) {
            changes->counts[i]++;
            return;
        }
    if (changes->n == MOST_CHANGES) {
        changes->n_more++;
        return;
    }
    snprintf(changes->texts[changes->n], CHANGE_BYTES, "%s", text);
    changes->counts[changes->n++] = 1;
}

static void note_pair(struct changes *changes, const char *what, const char *was, const char *now)
{
    char text[CHANGE_BYTES];
    if (strcmp(was, now) == 0) return;
    snprintf(text, sizeof text, "%s %.250s -> %.250s", what, was[0] ? was : "not known", now);
    note(changes, text);
}

static void note_entry(struct changes *changes, const struct verify_problem *problem,
                       const struct verify_entry *entry)
{
    char text[HONE_KEY_TEXT_BYTES];
    const struct hone_store_trial *was = entry->found.stored;
    const struct hone_recheck_stack *now = &problem->stack;
    note_pair(changes, "compiler", was->variant.compiler, now->compiler);
    if (hone_stack_difference(was->stack, now->stack, text)) note(changes, text);
    note_pair(changes, "device", was->device, now->device);
    note_pair(changes, "regime", was->regime, now->regime);
    if (entry->found.source_hash[0] && strcmp(was->variant.source_hash, entry->found.source_hash))
        note(changes, "text of the kernel (templates or engine)");
}

/* Freed by the caller; NULL when there is no memory. */
static struct changes *gather(const struct verify_result *result)
{
    struct changes *changes = calloc(1, sizeof *changes);
    if (!changes) return NULL;
    for (size_t p = 0; p < result->n_problems; p++)
        for (uint32_t i = 0; i < result->problems[p].n_entries; i++)
            note_entry(changes, &result->problems[p], &result->problems[p].entries[i]);
    return changes;
}

static size_t count_entries(const struct verify_result *result)
{
    size_t n = 0;
    for (size_t p = 0; p < result->n_problems; p++) n += result->problems[p].n_entries;
    return n;
}

/* "132 -> 140", one number where they are equal. */
static void put_pair(struct table *table, uint32_t was, uint32_t now, bool known)
{
    if (!known)
        table_cell(table, "%u", was);
    else if (was == now)
        table_cell(table, "%u", now);
    else
        table_cell(table, "%u -> %u", was, now);
}

static void put_entry(struct table *table, const struct verify_entry *entry)
{
    const struct hone_store_variant *was = &entry->found.stored->variant;
    const struct hone_static_facts *now = &entry->found.facts;
    char before[32], after[32] = "-";
    bool known = entry->found.facts.n_instructions > 0;
    report_time(entry->was_ns, before, sizeof before);
    if (entry->found.valid) report_time(entry->found.stats.median, after, sizeof after);
    table_cell(table, "%s", entry->is_winner ? "winner" : "runner-up");
    table_cell(table, "%s", verify_verdict_name(entry->verdict));
    table_cell(table, "%s", before);
    table_cell(table, "%s", after);
    if (entry->ratio > 0)
        table_cell(table, "x%.3f (%.3f to %.3f)", entry->ratio, entry->ratio_low,
                   entry->ratio_high);
    else
        table_cell(table, "-");
    put_pair(table, was->n_instructions, now->n_instructions, known);
    put_pair(table, was->n_vector_spills, now->n_vector_spills, known);
    put_pair(table, was->stack_bytes, now->stack_bytes, known);
    put_pair(table, was->code_bytes, now->code_bytes, known);
    table_cell(table, "%s %s", was->space, was->config);
    if (entry->found.valid)
        table_cell(table, "%s", entry->found.field ? entry->found.field : "");
    else
        table_cell(table, "%s: %s", entry->found.reason, entry->found.detail);
}

static enum hone_status put_problem(const struct verify_problem *problem, FILE *to,
                                    struct hone_error *err)
{
    static const char *const titles[] = {"",           "",        ">was",    ">now",
                                         ">now / was", ">instr.", ">spills", ">stack",
                                         ">code",      "kernel",  "",        NULL};
    struct table table;
    table_begin(&table, titles);
    for (uint32_t i = 0; i < problem->n_entries; i++) put_entry(&table, &problem->entries[i]);
    report_line(to, problem->problem);
    HONE_TRY(table_end(&table, to, err));
    if (problem->overtaken_by)
        fprintf(to, "overtaken: %s is faster today\n",
                problem->overtaken_by->found.stored->variant.config);
    if (problem->fixed)
        fputs("tuned again\n", to);
    else if (problem->needs_fix)
        fputs("to be tuned again (--fix)\n", to);
    fputc('\n', to);
    return HONE_OK;
}

static bool is_quiet(const struct verify_problem *problem)
{
    for (uint32_t i = 0; i < problem->n_entries; i++)
        if (problem->entries[i].verdict != VERIFY_SAME) return false;
    return !problem->needs_fix;
}

static enum hone_status put_changes(const struct verify_result *r, FILE *to, struct hone_error *err)
{
    struct changes *changes = gather(r);
    size_t n_entries = count_entries(r);
    if (!changes) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    for (size_t i = 0; i < changes->n; i++) {
        char line[CHANGE_BYTES + 48];
        snprintf(line, sizeof line, "changed: %s (%zu of %zu)", changes->texts[i],
                 changes->counts[i], n_entries);
        report_line(to, line);
    }
    if (changes->n == 0 && n_entries) fputs("changed: nothing below the kernels\n", to);
    if (changes->n_more) fprintf(to, "changed: %zu more\n", changes->n_more);
    fputc('\n', to);
    free(changes);
    return HONE_OK;
}

enum hone_status verify_report_text(const struct verify_result *r, FILE *to, struct hone_error *err)
{
    size_t n_quiet = 0;
    HONE_TRY(put_changes(r, to, err));
    for (size_t p = 0; p < r->n_problems; p++) {
        n_quiet += is_quiet(&r->problems[p]);
        if (!is_quiet(&r->problems[p])) HONE_TRY(put_problem(&r->problems[p], to, err));
    }
    if (n_quiet) fprintf(to, "%zu problems are as they were\n", n_quiet);
    if (r->n_other_targets)
        fprintf(to, "%zu winners are for targets that do not run here\n", r->n_other_targets);
    if (r->n_elsewhere)
        fprintf(to,
                "%zu winners were timed on another processor: proven here, their times are not "
                "compared\n",
                r->n_elsewhere);
    if (r->middle > 0)
        fprintf(to,
                "all kernels together: x%.3f of their times then (median); "
                "what moved them all is the machine, not one kernel\n",
                r->middle);
    fprintf(to,
            "%zu winners: %zu same, %zu faster, %zu regressed, %zu refused, %zu gone; "
            "%zu problems to be tuned again, %zu done\n",
            r->n_winners, r->n_verdicts[VERIFY_SAME], r->n_verdicts[VERIFY_FASTER],
            r->n_verdicts[VERIFY_REGRESSED], r->n_verdicts[VERIFY_REFUSED],
            r->n_verdicts[VERIFY_GONE], r->n_to_fix, r->n_fixed);
    return report_flush(to, err);
}

static json_t *text(const char *value)
{
    return report_json_text(value, strlen(value));
}

static json_t *facts_json(uint32_t instructions, uint32_t spills, uint32_t stack, uint32_t code)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "instructions", (json_int_t)instructions,
                     "vector_spills", (json_int_t)spills, "stack_bytes", (json_int_t)stack,
                     "code_bytes", (json_int_t)code);
}

static json_t *entry_json(const struct verify_entry *entry)
{
    const struct hone_recheck *found = &entry->found;
    const struct hone_store_variant *was = &found->stored->variant;
    const struct hone_static_facts *now = &found->facts;
    return json_pack(
        "{s:s, s:s, s:b, s:s, s:s, s:o, s:b, s:s, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, "
        "s:o, s:o}",
        "space", was->space, "config", was->config, "winner", entry->is_winner, "verdict",
        verify_verdict_name(entry->verdict), "key", hone_key_match_name(found->match), "differs",
        found->field ? json_string(found->field) : json_null(), "valid", found->valid, "reason",
        found->reason, "detail", text(found->detail), "proof", text(found->proof), "was_ns",
        entry->was_ns, "now_ns", found->stats.median, "now_low_ns", found->stats.low, "now_high_ns",
        found->stats.high, "ratio", entry->ratio, "ratio_low", entry->ratio_low, "ratio_high",
        entry->ratio_high, "was",
        facts_json(was->n_instructions, was->n_vector_spills, was->stack_bytes, was->code_bytes),
        "now",
        facts_json(now->n_instructions, now->n_vector_spills, now->stack_bytes, now->code_bytes));
}

static json_t *problem_json(const struct verify_problem *problem)
{
    json_t *entries = json_array();
    for (uint32_t i = 0; i < problem->n_entries; i++)
        json_array_append_new(entries, entry_json(&problem->entries[i]));
    return json_pack("{s:o, s:b, s:b, s:o, s:o}", "problem", text(problem->problem), "needs_fix",
                     problem->needs_fix, "fixed", problem->fixed, "overtaken_by",
                     problem->overtaken_by
                         ? text(problem->overtaken_by->found.stored->variant.config)
                         : json_null(),
                     "entries", entries);
}

enum hone_status verify_report_json(const struct verify_result *r, FILE *to, struct hone_error *err)
{
    struct changes *changes = gather(r);
    json_t *changed = json_array(), *problems = json_array(), *verdicts = json_object();
    for (size_t i = 0; changes && i < changes->n; i++)
        json_array_append_new(changed, json_pack("{s:o, s:I}", "change", text(changes->texts[i]),
                                                 "entries", (json_int_t)changes->counts[i]));
    free(changes);
    for (size_t p = 0; p < r->n_problems; p++)
        json_array_append_new(problems, problem_json(&r->problems[p]));
    for (int v = 0; v < VERIFY_VERDICTS; v++)
        json_object_set_new(verdicts, verify_verdict_name((enum verify_verdict)v),
                            json_integer((json_int_t)r->n_verdicts[v]));
    return report_json(
        json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:o}", "changed", changed, "winners",
                  verdicts, "n_winners", (json_int_t)r->n_winners, "n_other_targets",
                  (json_int_t)r->n_other_targets, "n_other_processors", (json_int_t)r->n_elsewhere,
                  "n_to_fix", (json_int_t)r->n_to_fix, "n_fixed", (json_int_t)r->n_fixed,
                  "median_ratio", r->middle, "problems", problems),
        to, err);
}
