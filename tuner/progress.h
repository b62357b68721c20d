/* SPDX-License-Identifier: MIT */
/* What a running tune shows: a bar with the time left on a terminal, a line per event elsewhere,
 * a JSON object per event where a program reads. */
#ifndef HONE_TUNER_PROGRESS_H
#define HONE_TUNER_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "tuner/session/session.h"

enum progress_style { PROGRESS_BAR, PROGRESS_LINES, PROGRESS_JSON, PROGRESS_QUIET };

struct progress {
    enum progress_style style;
    FILE *out;
    bool color;
    double shown_at; /* seconds spent when the bar was last drawn */
};

/* A bar when `out` is a terminal; NO_COLOR is honoured. */
void progress_init(struct progress *progress, FILE *out, bool json, bool quiet);
/* For struct hone_tune_options; context is the struct progress. */
void progress_event(void *context, const struct hone_tune_event *event);
/* Ends the bar's line. */
void progress_end(struct progress *progress);

/* "850 ns", "12.3 us", "4.56 ms" */
void progress_time(double ns, char *out_text, size_t capacity);

#endif
