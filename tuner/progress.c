/* SPDX-License-Identifier: MIT */
/* What a running tune shows. */
#include "tuner/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tuner/report/table.h"

enum { BAR_CELLS = 24, LEAST_CELLS = 6, NO_TERMINAL = 80, PARTS = 8, PART_BYTES = 64 };
static const double REDRAW_SECONDS = 0.2, LINE_SECONDS = 5;

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_init(struct progress *progress, FILE *out, const struct progress_options *options)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
    *progress = (struct progress){.out = out, .color = terminal && !(no_color && no_color[0])};
    progress->style = options->json    ? PROGRESS_JSON
                      : options->quiet ? PROGRESS_QUIET
                      : options->all   ? PROGRESS_ALL
                      : terminal       ? PROGRESS_BAR
                                       : PROGRESS_LINES;
    progress->shown_at = -1;
}

/* ---- one state, in parts ---- */

/* How much faster the mix has become. */
static double gain(const struct hone_tune_event *event)
{
    return event->best_seconds > 0 ? event->default_seconds / event->best_seconds : 1;
}

static double done(const struct hone_tune_event *event)
{
    double part = event->budget_seconds > 0 ? event->spent_seconds / event->budget_seconds : 1;
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

static void time_left(double seconds, char text[PART_BYTES])
{
    if (seconds < 0) seconds = 0;
    if (seconds < 100)
        snprintf(text, PART_BYTES, "%.0f s left", seconds);
    else if (seconds < 3600)
        snprintf(text, PART_BYTES, "%.0f:%02.0f min left", (double)(int)(seconds / 60),
                 (double)((int)seconds % 60));
    else
        snprintf(text, PART_BYTES, "%.1f h left", seconds / 3600);
}

/* The most important first. */
static void parts_of(const struct hone_tune_event *event, char parts[PARTS][PART_BYTES])
{
    memset(parts, 0, PARTS * sizeof *parts);
    snprintf(parts[0], PART_BYTES, "%3.0f %%", 100 * done(event));
    time_left(event->budget_seconds - event->spent_seconds, parts[1]);
    snprintf(parts[2], PART_BYTES, "x%.2f", gain(event));
    snprintf(parts[3], PART_BYTES, "%u/%u problems", event->n_tuned, event->n_problems);
    snprintf(parts[4], PART_BYTES, "%" PRIu64 " trials", event->n_trials);
    if (event->expected_gain > 1)
        snprintf(parts[5], PART_BYTES, "x%.2f more expected", event->expected_gain);
    if (event->n_failed) snprintf(parts[6], PART_BYTES, "%" PRIu64 " refused", event->n_failed);
    if (event->noisy) snprintf(parts[7], PART_BYTES, "noisy machine");
}

void progress_bar(const struct hone_tune_event *event, unsigned columns, char *out_text,
                  size_t capacity)
{
    char parts[PARTS][PART_BYTES], text[PARTS * PART_BYTES] = "";
    size_t at = 0, out = 0, cells = 0;
    parts_of(event, parts);
    for (int p = 0; p < PARTS; p++) {
        size_t n = strlen(parts[p]) + (at ? 2 : 0);
        if (!parts[p][0] || at + n > columns) continue;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", at ? "  " : "", parts[p]);
    }
    if (columns > at + 1 + LEAST_CELLS) cells = columns - at - 1;
    if (cells > BAR_CELLS) cells = BAR_CELLS;
    for (size_t cell = 0; cell < cells && out + 8 < capacity; cell++) {
        const char *mark =
            cell < (size_t)(done(event) * (double)cells) ? "\xe2\x96\x88" : "\xe2\x96\x91";
        memcpy(out_text + out, mark, 3);
        out += 3;
    }
    snprintf(out_text + out, capacity - out, "%s%s", cells ? " " : "", text);
}

/* ---- styles ---- */

static unsigned columns_of(FILE *out)
{
    struct winsize size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col - 1u;
    return NO_TERMINAL - 1;
}

static bool is_due(struct progress *progress, double every)
{
    double now = now_seconds();
    if (progress->shown_at >= 0 && now - progress->shown_at < every) return false;
    progress->shown_at = now;
    return true;
}

static void draw_bar(struct progress *progress, const struct hone_tune_event *event)
{
    char text[PARTS * PART_BYTES + 4 * BAR_CELLS];
    if (!is_due(progress, REDRAW_SECONDS)) return;
    progress_bar(event, columns_of(progress->out), text, sizeof text);
    size_t bar = strspn(text, "\xe2\x96\x88\x91");
    fprintf(progress->out, "\r\033[K%s%.*s%s%s", progress->color ? "\033[36m" : "", (int)bar, text,
            progress->color ? "\033[0m" : "", text + bar);
    fflush(progress->out);
    progress->is_drawn = true;
}

static void print_state(struct progress *progress, const struct hone_tune_event *event)
{
    char parts[PARTS][PART_BYTES];
    const char *comma = "";
    if (!is_due(progress, LINE_SECONDS)) return;
    parts_of(event, parts);
    for (int p = 0; p < PARTS; p++) {
        if (!parts[p][0]) continue;
        fprintf(progress->out, "%s%s", comma, parts[p] + strspn(parts[p], " "));
        comma = ", ";
    }
    fputc('\n', progress->out);
    fflush(progress->out);
}

static void print_event(struct progress *progress, const struct hone_tune_event *event)
{
    char key[HONE_PROBLEM_KEY_BYTES], time[32] = "-";
    hone_problem_key(&event->item->problem, key);
    if (event->ns > 0) report_time(event->ns, time, sizeof time);
    if (event->kind == HONE_TUNE_WINNER)
        fprintf(progress->out, "winner %s | %s %s | %s, %.3f of the default\n", key, event->space,
                event->config, time, event->ratio);
    else
        fprintf(progress->out, "trial %s | %s %s | %s %s | %.0f of %.0f s\n", key, event->space,
                event->config, event->reason, time, event->spent_seconds, event->budget_seconds);
    fflush(progress->out);
}

static void print_json(struct progress *progress, const struct hone_tune_event *event)
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
    json_object_set_new(object, "noisy", json_boolean(event->noisy));
    if (event->expected_gain > 0)
        json_object_set_new(object, "expected_gain", json_real(event->expected_gain));
    json_dumpf(object, progress->out, JSON_COMPACT);
    fputc('\n', progress->out);
    fflush(progress->out);
    json_decref(object);
}

void progress_event(void *context, const struct hone_tune_event *event)
{
    static void (*const styles[PROGRESS_STYLES])(struct progress *,
                                                 const struct hone_tune_event *) = {
        [PROGRESS_BAR] = draw_bar,
        [PROGRESS_LINES] = print_state,
        [PROGRESS_ALL] = print_event,
        [PROGRESS_JSON] = print_json,
    };
    struct progress *progress = context;
    if (styles[progress->style]) styles[progress->style](progress, event);
}

void progress_end(struct progress *progress)
{
    if (!progress->is_drawn) return;
    fprintf(progress->out, "\r\033[K");
    fflush(progress->out);
    progress->is_drawn = false;
}
