/* SPDX-License-Identifier: MIT */
/* What a running tune shows: a bar with the time left on a terminal; elsewhere a line now and then,
 * or one per event, or a JSON object per event where a program reads. */
#ifndef HONE_TUNER_PROGRESS_H
#define HONE_TUNER_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "tuner/session/session.h"

enum progress_style {
    PROGRESS_BAR,   /* redrawn in place, as wide as the terminal */
    PROGRESS_LINES, /* a line at most every few seconds */
    PROGRESS_ALL,   /* a line for every trial and winner */
    PROGRESS_JSON,
    PROGRESS_QUIET,
    PROGRESS_STYLES
};

struct progress_options {
    bool json, quiet, all;
};

struct progress {
    enum progress_style style;
    FILE *out;
    bool color, is_drawn;
    double shown_at; /* on the clock; negative: never */
};

/* A bar when `out` is a terminal; NO_COLOR is honoured. */
void progress_init(struct progress *progress, FILE *out, const struct progress_options *options);
/* For struct hone_tune_options; context is the struct progress. */
void progress_event(void *context, const struct hone_tune_event *event);
/* Takes the bar away. */
void progress_end(struct progress *progress);

/* The bar of an event in at most `columns` columns, without colour: what there is no room for is
 * left out, the least important first. */
void progress_bar(const struct hone_tune_event *event, unsigned columns, char *out_text,
                  size_t capacity);

#endif
