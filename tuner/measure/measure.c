/* SPDX-License-Identifier: MIT */
/* Calibration and rounds. */
#include "tuner/measure/measure.h"

#include <math.h>
#include <time.h>

#include "tuner/measure/race.h"

static uint64_t raw_now(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

const struct hone_clock hone_clock_raw = {raw_now, NULL};

/* Below this a call is preceded by an untimed one: it wakes the workers and warms what a batch
 * finds warm. A longer call does not notice. */
static const double LEAD_IN_NS = 1e6;

static struct hone_measure_plan complete(const struct hone_measure_plan *plan)
{
    struct hone_measure_plan p = *plan;
    if (!p.sample_ns) p.sample_ns = 200000;
    if (!p.n_calls_max) p.n_calls_max = 4096;
    if (!p.n_rounds_max) p.n_rounds_max = 31;
    if (p.n_rounds_max > HONE_MAX_SAMPLES) p.n_rounds_max = HONE_MAX_SAMPLES;
    if (!p.n_rounds_min) p.n_rounds_min = 5;
    if (p.n_rounds_min > p.n_rounds_max) p.n_rounds_min = p.n_rounds_max;
    if (!p.limit_ns) p.limit_ns = UINT64_C(100000000);
    if (!(p.precision > 0)) p.precision = 0.005;
    return p;
}

static enum hone_status time_calls(const struct hone_clock *clock,
                                   const struct hone_contender *contender, uint32_t n_calls,
                                   double *out_ns, struct hone_error *err)
{
    uint64_t start = clock->now_ns(clock->context);
    HONE_TRY(contender->run(contender->context, n_calls, err));
    uint64_t end = clock->now_ns(clock->context);
    *out_ns = end > start ? (double)(end - start) : 0;
    return HONE_OK;
}

/* Grows the batch until it is long enough; the first call of all is thrown away. */
static enum hone_status calibrate(const struct hone_clock *clock, struct race *race, uint32_t i,
                                  struct hone_error *err)
{
    const struct hone_contender *contender = &race->contenders[i];
    const struct hone_measure_plan *plan = race->plan;
    struct hone_measurement *out = &race->measurements[i];
    double ns, wanted = (double)plan->sample_ns, spent;
    uint32_t n_calls = 1;
    HONE_TRY(time_calls(clock, contender, 1, &ns, err));
    spent = ns;
    if (ns < 4 * wanted) {
        HONE_TRY(time_calls(clock, contender, 1, &ns, err));
        spent += ns;
    }
    while (ns < wanted && n_calls < plan->n_calls_max) {
        double grown = ns > 0 ? ceil(1.1 * wanted / ns * n_calls) : 16.0 * n_calls;
        if (grown > 16.0 * n_calls) grown = 16.0 * n_calls; /* short times are not trusted */
        if (grown < n_calls + 1.0) grown = n_calls + 1.0;
        n_calls = grown < plan->n_calls_max ? (uint32_t)grown : plan->n_calls_max;
        HONE_TRY(time_calls(clock, contender, n_calls, &ns, err));
        spent += ns;
    }
    out->n_calls = n_calls;
    out->n_samples = 0;
    out->samples[0] = ns / n_calls; /* says whether a lead-in is needed, then overwritten */
    race->n_samples += ns > 0 ? (uint32_t)ceil(spent / ns) : 1;
    return HONE_OK;
}

static enum hone_status take_sample(const struct hone_clock *clock, uint64_t start,
                                    struct race *race, uint32_t i, uint32_t round,
                                    struct hone_error *err)
{
    const struct hone_contender *contender = &race->contenders[i];
    struct hone_measurement *out = &race->measurements[i];
    double ns;
    double last = out->samples[round ? round - 1 : 0] * out->n_calls;
    if (last < LEAD_IN_NS) HONE_TRY(contender->run(contender->context, 1, err));
    HONE_TRY(time_calls(clock, contender, out->n_calls, &ns, err));
    out->samples[round] = ns / out->n_calls;
    out->at[round] = (double)(clock->now_ns(clock->context) - start) - ns / 2;
    out->n_samples = round + 1;
    race->n_samples++;
    if (out->samples[round] < race->plan->floor_ns)
        return hone_fail(err, HONE_ERR_WRONG, "a call took %.3g ns, which is faster than possible",
                         out->samples[round]);
    return HONE_OK;
}

/* Who comes at `step` of a round: 0, 1, n-1, 2, n-2 ... moved on by the round. Over n rounds
 * everyone has been at every place and has followed everyone else. */
static uint32_t balanced(uint32_t n, uint32_t round, uint32_t step)
{
    uint32_t at = step % 2 ? (step + 1) / 2 : n - step / 2;
    return (at + round) % n;
}

/* One sample of each that is still in; every second round goes the way back. */
static enum hone_status take_round(const struct hone_clock *clock, uint64_t start,
                                   struct race *race, uint32_t round, struct hone_error *err)
{
    uint32_t n = race->n;
    for (uint32_t step = 0; step < n; step++) {
        uint32_t at = balanced(n, round / 2, round % 2 ? n - 1 - step : step);
        if (race->out[at]) continue;
        HONE_TRY(take_sample(clock, start, race, at, round, err));
    }
    return HONE_OK;
}

enum hone_status hone_measure(const struct hone_clock *clock,
                              const struct hone_contender *contenders, uint32_t n_contenders,
                              const struct hone_measure_plan *plan,
                              struct hone_measurement *out_measurements, struct hone_error *err)
{
    struct hone_measure_plan p = complete(plan);
    struct race race = {
        .contenders = contenders, .plan = &p, .measurements = out_measurements, .n = n_contenders};
    if (n_contenders > RACE_MAX)
        return hone_fail(err, HONE_ERR_LIMIT, "measure: %u contenders", n_contenders);
    uint64_t start = clock->now_ns(clock->context);
    for (uint32_t i = 0; i < n_contenders; i++) HONE_TRY(calibrate(clock, &race, i, err));
    for (uint32_t round = 0;; round++) {
        if (round && race_over(&race, round, clock->now_ns(clock->context) - start)) break;
        HONE_TRY(take_round(clock, start, &race, round, err));
    }
    for (uint32_t i = 0; i < n_contenders; i++)
        hone_stats_of(out_measurements[i].samples, out_measurements[i].n_samples,
                      &out_measurements[i].stats);
    return HONE_OK;
}
