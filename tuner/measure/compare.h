/* SPDX-License-Identifier: MIT */
/* Contenders that were timed in rounds, compared: what happened to the machine meanwhile is
 * estimated from all of them and divided out. */
#ifndef HONE_MEASURE_COMPARE_H
#define HONE_MEASURE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "tuner/measure/location.h"
#include "tuner/measure/measure.h"

enum { HONE_MAX_COMPARED = 32, HONE_LEAST_JUDGED = 5 };

struct hone_comparison {
    uint32_t n;
    struct location log_ns[HONE_MAX_COMPARED]; /* at the level the machine mostly had */
    double drift; /* slowest over fastest level of the machine during the rounds */
    double slow;  /* part of the samples that took over a tenth more than most */
    double error; /* standard error (of logarithms) of the least certain of those with most samples;
                     0 below HONE_LEAST_JUDGED of them */
};

/* Sample i of every contender must be from round i; contenders may end early. LIMIT, NO_MEMORY. */
enum hone_status hone_compare(const struct hone_measurement *const *measurements, uint32_t n,
                              struct hone_comparison *out_comparison, struct hone_error *err);

/* Time of a over that of b, with its interval: `sigmas` standard errors to each side. */
void hone_compare_ratio(const struct hone_comparison *comparison, uint32_t a, uint32_t b,
                        double sigmas, struct hone_stats *out_ratio);

/* Time of contender i in ns, with its interval. */
void hone_compare_time(const struct hone_comparison *comparison, uint32_t i, double sigmas,
                       struct hone_stats *out_ns);

#endif
