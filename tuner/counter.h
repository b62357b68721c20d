/* SPDX-License-Identifier: MIT */
/* How far a job of equal pieces is, on a terminal; nothing elsewhere. */
#ifndef HONE_TUNER_COUNTER_H
#define HONE_TUNER_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct counter {
    FILE *out;
    const char *of; /* "problems" */
    bool is_terminal, is_drawn;
    double began, shown_at;
};

void counter_begin(struct counter *counter, FILE *out, const char *of);
/* `context` is the struct counter. "3 of 12 problems, 8 s left", drawn in place; gone when all are
 * done. */
void counter_show(void *context, size_t n_done, size_t n_all);
/* Takes the line away. */
void counter_end(struct counter *counter);

#endif
