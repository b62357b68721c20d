/* SPDX-License-Identifier: MIT */
/* libFuzzer harness: recorded spaces. What is taken must be whole: every point is found again, and
 * neighbours are points. */
#include <stdlib.h>
#include <string.h>

#include "tuner/replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

enum { MOST_LOOKED_AT = 64 };

static void exercise(const struct hone_record *record)
{
    static struct hone_config near[HONE_SPACE_MAX_NEIGHBOURS];
    struct hone_domain domain;
    double quality[8];
    size_t n;
    hone_record_domain(record, &domain);
    for (size_t i = 0; i < record->n_points && i < MOST_LOOKED_AT; i++) {
        const struct hone_record_point *point = &record->points[i];
        if (hone_record_find(record, &point->config) != point) abort();
        if ((point->ns > 0) == (point->reason != NULL)) abort();
        if (domain.neighbours(domain.context, &point->config, HONE_SPACE_MAX_NEIGHBOURS, near, &n,
                              NULL) != HONE_OK)
            abort();
        for (size_t k = 0; k < n; k++)
            if (!hone_record_find(record, &near[k])) abort();
    }
    if (hone_replay_run(record, &hone_strategy_evolve, 1, 8, quality, NULL) != HONE_OK) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct hone_record *record;
    struct hone_error err = {0};
    if (hone_record_parse(data, n_bytes, "space", &record, &err) == HONE_OK) {
        exercise(record);
        hone_record_free(record);
    } else if (!err.text[0] || strchr(err.text, '\n')) {
        abort();
    }
    return 0;
}
