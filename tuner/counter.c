/* SPDX-License-Identifier: MIT */
/* A counted job on a terminal. */
#include "tuner/counter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double REDRAW_SECONDS = 0.1;

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void counter_begin(struct counter *counter, FILE *out, const char *of)
{
    const char *term = getenv("TERM");
    *counter = (struct counter){
        .out = out,
        .of = of,
        .is_terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0,
        .began = now_seconds(),
    };
}

void counter_show(void *context, size_t n_done, size_t n_all)
{
    struct counter *c = context;
    double now = now_seconds();
    if (n_done == n_all) {
        counter_end(c);
        return;
    }
    if (!c->is_terminal || (c->is_drawn && now - c->shown_at < REDRAW_SECONDS)) return;
    fprintf(c->out, "\r\033[K%zu of %zu %s", n_done, n_all, c->of);
    if (n_done)
        fprintf(c->out, ", %.0f s left",
                (now - c->began) / (double)n_done * (double)(n_all - n_done));
    fflush(c->out);
    c->is_drawn = true;
    c->shown_at = now;
}

void counter_end(struct counter *counter)
{
    if (!counter->is_drawn) return;
    fputs("\r\033[K", counter->out);
    fflush(counter->out);
    counter->is_drawn = false;
}
