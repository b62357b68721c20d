/* SPDX-License-Identifier: MIT */
/* Calibration, rounds, and when to stop. */
#include "tuner/measure/measure.h"

#include <math.h>
#include <time.h>

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
static enum hone_status calibrate(const struct hone_clock *clock,
                                  const struct hone_contender *contender,
                                  const struct hone_measure_plan *plan,
                                  struct hone_measurement *out, struct hone_error *err)
{
    double ns, wanted = (double)plan->sample_ns;
    uint32_t n_calls = 1;
    HONE_TRY(time_calls(clock, contender, 1, &ns, err));
    if (ns < 4 * wanted) HONE_TRY(time_calls(clock, contender, 1, &ns, err));
    while (ns < wanted && n_calls < plan->n_calls_max) {
        double grown = ns > 0 ? ceil(1.1 * wanted / ns * n_calls) : 16.0 * n_calls;
        if (grown > 16.0 * n_calls) grown = 16.0 * n_calls; /* short times are not trusted */
        if (grown < n_calls + 1.0) grown = n_calls + 1.0;
        n_calls = grown < plan->n_calls_max ? (uint32_t)grown : plan->n_calls_max;
        HONE_TRY(time_calls(clock, contender, n_calls, &ns, err));
    }
    out->n_calls = n_calls;
    out->n_samples = 0;
    out->samples[0] = ns / n_calls; /* says whether a lead-in is needed, then overwritten */
    return HONE_OK;
}

static enum hone_status take_sample(const struct hone_clock *clock,
                                    const struct hone_contender *contender, uint32_t round,
                                    struct hone_measurement *out, struct hone_error *err)
{
    double ns;
    double last = out->samples[round ? round - 1 : 0] * out->n_calls;
    if (last < LEAD_IN_NS) HONE_TRY(contender->run(contender->context, 1, err));
    HONE_TRY(time_calls(clock, contender, out->n_calls, &ns, err));
    out->samples[round] = ns / out->n_calls;
    out->n_samples = round + 1;
    return HONE_OK;
}

static int precise(struct hone_measurement *measurements, uint32_t n, double precision)
{
    for (uint32_t i = 0; i < n; i++) {
        struct hone_stats *stats = &measurements[i].stats;
        hone_stats_of(measurements[i].samples, measurements[i].n_samples, stats);
        if (stats->high - stats->low > 2 * precision * stats->median) return 0;
    }
    return 1;
}

static int hopeless(const struct hone_measure_plan *plan, const struct hone_measurement *m)
{
    if (!(plan->give_up_ns > 0) || m->samples[0] <= plan->give_up_ns) return 0;
    if (m->samples[0] > 2 * plan->give_up_ns) return 1;
    return m->n_samples > 1 && m->samples[1] > plan->give_up_ns;
}

static int enough(const struct hone_measure_plan *plan, uint32_t n_rounds, uint64_t spent_ns,
                  struct hone_measurement *measurements, uint32_t n)
{
    if (n_rounds >= plan->n_rounds_max) return 1;
    if (n == 1 && hopeless(plan, &measurements[0])) return 1;
    if (n_rounds < plan->n_rounds_min) return spent_ns > 3 * plan->limit_ns;
    /* An even number of rounds: half of them forwards, half backwards. */
    if (n > 1 && n_rounds % 2) return 0;
    return spent_ns > plan->limit_ns || precise(measurements, n, plan->precision);
}

enum hone_status hone_measure(const struct hone_clock *clock,
                              const struct hone_contender *contenders, uint32_t n_contenders,
                              const struct hone_measure_plan *plan,
                              struct hone_measurement *out_measurements, struct hone_error *err)
{
    struct hone_measure_plan p = complete(plan);
    uint64_t start = clock->now_ns(clock->context);
    for (uint32_t i = 0; i < n_contenders; i++)
        HONE_TRY(calibrate(clock, &contenders[i], &p, &out_measurements[i], err));
    for (uint32_t round = 0;; round++) {
        if (round && enough(&p, round, clock->now_ns(clock->context) - start, out_measurements,
                            n_contenders))
            break;
        for (uint32_t i = 0; i < n_contenders; i++) {
            uint32_t at = round % 2 ? n_contenders - 1 - i : i;
            HONE_TRY(take_sample(clock, &contenders[at], round, &out_measurements[at], err));
        }
    }
    for (uint32_t i = 0; i < n_contenders; i++)
        hone_stats_of(out_measurements[i].samples, out_measurements[i].n_samples,
                      &out_measurements[i].stats);
    return HONE_OK;
}
