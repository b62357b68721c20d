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

/* A gain below this part is never claimed. */
#define HONE_SELECT_MARGIN 0.01

/* Sets every ratio (to finalist 0 when none is the default) and returns the winner among those of
 * `tuple`; n_finalists when none of them is valid. */
uint32_t hone_select(struct hone_finalist *finalists, uint32_t n_finalists, uint32_t tuple,
                     double margin);

#endif
