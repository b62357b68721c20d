/* SPDX-License-Identifier: MIT */
/* Choosing winners from a final: a challenger must beat the default outside the noise; what cannot
 * be told apart goes to fewer resources, then to the lower id. */
#ifndef HONE_SEARCH_SELECT_H
#define HONE_SEARCH_SELECT_H

#include <stdbool.h>

#include "tuner/measure/measure.h"

struct hone_finalist {
    bool is_default;
    bool valid;                                 /* still proven right after the final */
    uint32_t tuple;                             /* finalists of one format tuple compete */
    int64_t rank;                               /* resources */
    uint64_t id;                                /* order of first trial */
    const struct hone_measurement *measurement; /* of one interleaved group */
    struct hone_stats ratio;                    /* set by hone_select: to the default */
};

/* A gain below this part is never claimed, whatever the interval says: a kernel's place in memory
 * is worth as much. */
#define HONE_SELECT_MARGIN 0.002
/* Who is that much slower than the best is no tie, even where the noise cannot tell. */
#define HONE_SELECT_TIE 0.004
/* Standard errors of the interval that a claim rests on, and of the one that drops a contender of
 * the race before. */
#define HONE_SELECT_SIGMAS 4.5
#define HONE_RACE_SIGMAS   2.5

/* How finalists race: what is proven on the simulated device is what a session does. */
void hone_select_plan(uint32_t n_finalists, double seconds, struct hone_measure_plan *out_plan);

/* Sets every ratio (to finalist 0 when none is the default) and returns the winner among those of
 * `tuple`; n_finalists when none of them is valid. */
uint32_t hone_select(struct hone_finalist *finalists, uint32_t n_finalists, uint32_t tuple,
                     double margin);

#endif
