/* SPDX-License-Identifier: MIT */
/* What a running tune shows. */
#include "tuner/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tuner/report/table.h"

enum { BAR_CELLS = 24 };
static const double REDRAW_SECONDS = 0.2;

void progress_init(struct progress *progress, FILE *out, bool json, bool quiet)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
    *progress = (struct progress){.out = out, .color = terminal && !(no_color && no_color[0])};
    progress->style = json       ? PROGRESS_JSON
                      : quiet    ? PROGRESS_QUIET
                      : terminal ? PROGRESS_BAR
                                 : PROGRESS_LINES;
    progress->shown_at = -1;
}

void progress_time(double ns, char *out_text, size_t capacity)
{
    report_time(ns, out_text, capacity);
}

/* How much faster the mix has become. */
static double gain(const struct hone_tune_event *event)
{
    return event->best_seconds > 0 ? event->default_seconds / event->best_seconds : 1;
}

static void draw_bar(struct progress *progress, const struct hone_tune_event *event)
{
    double part = event->budget_seconds > 0 ? event->spent_seconds / event->budget_seconds : 1;
    double left = event->budget_seconds - event->spent_seconds;
    if (part > 1) part = 1;
    if (left < 0) left = 0;
    char bar[3 * BAR_CELLS + 1];
    size_t at = 0;
    for (int cell = 0; cell < BAR_CELLS; cell++) {
        const char *mark = cell < (int)(part * BAR_CELLS) ? "\xe2\x96\x88" : "\xe2\x96\x91";
        memcpy(bar + at, mark, 3);
        at += 3;
    }
    bar[at] = '\0';
    const char *on = progress->color ? "\033[36m" : "", *off = progress->color ? "\033[0m" : "";
    fprintf(progress->out,
            "\r\033[K%s%s%s %3.0f %%  %.0f s left  %u/%u problems tuned  %" PRIu64
            " trials (%" PRIu64 " refused)  x%.2f",
            on, bar, off, 100 * part, left, event->n_tuned, event->n_problems, event->n_trials,
            event->n_failed, gain(event));
    fflush(progress->out);
    progress->shown_at = event->spent_seconds;
}

static void print_line(const struct progress *progress, const struct hone_tune_event *event)
{
    char key[HONE_PROBLEM_KEY_BYTES], time[32] = "-";
    hone_problem_key(&event->item->problem, key);
    if (event->ns > 0) progress_time(event->ns, time, sizeof time);
    if (event->kind == HONE_TUNE_WINNER)
        fprintf(progress->out, "winner %s | %s %s | %s, %.3f of the default\n", key, event->space,
                event->config, time, event->ratio);
    else
        fprintf(progress->out, "trial %s | %s %s | %s %s | %.0f of %.0f s\n", key, event->space,
                event->config, event->reason, time, event->spent_seconds, event->budget_seconds);
    fflush(progress->out);
}

static void print_json(const struct progress *progress, const struct hone_tune_event *event)
{
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(&event->item->problem, key);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:I, s:I, s:i, s:i}", "event",
        event->kind == HONE_TUNE_WINNER ? "winner" : "trial", "problem", key, "space", event->space,
        "config", event->config, "reason", event->reason, "ns", event->ns, "ratio", event->ratio,
        "spent_seconds", event->spent_seconds, "budget_seconds", event->budget_seconds, "n_trials",
        (json_int_t)event->n_trials, "n_failed", (json_int_t)event->n_failed, "n_problems",
        (int)event->n_problems, "n_tuned", (int)event->n_tuned);
    if (!object) return;
    json_dumpf(object, progress->out, JSON_COMPACT);
    fputc('\n', progress->out);
    fflush(progress->out);
    json_decref(object);
}

void progress_event(void *context, const struct hone_tune_event *event)
{
    struct progress *progress = context;
    switch (progress->style) {
    case PROGRESS_BAR:
        if (event->spent_seconds - progress->shown_at >= REDRAW_SECONDS) draw_bar(progress, event);
        break;
    case PROGRESS_LINES: print_line(progress, event); break;
    case PROGRESS_JSON: print_json(progress, event); break;
    case PROGRESS_QUIET: break;
    }
}

void progress_end(struct progress *progress)
{
    if (progress->style != PROGRESS_BAR || progress->shown_at < 0) return;
    fprintf(progress->out, "\r\033[K");
    fflush(progress->out);
}
