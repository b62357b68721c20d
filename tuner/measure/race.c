/* SPDX-License-Identifier: MIT */
/* Losers are dropped as soon as their interval loses; the rest goes on until one of each group is
 * left, or those left are as good as equal. */
#include "tuner/measure/race.h"

#include <math.h>

#include "tuner/measure/compare.h"

enum { SURE_ROUNDS = 5 };
/* Five samples in a row above this part of the limit do not happen to one that is below it. */
static const double SURE_PART = 0.8;
/* A gain is claimed on wider intervals than those that drop a contender. */
static const double CLAIM = 1.9;
/* A gain of this part is worth more samples than a race has by itself, so many times as many. */
static const double WORTH = 0.03;
enum { MORE_SAMPLES = 5 };

static double disturbed_by(const struct race *race, uint32_t round)
{
    if (race->n != 2 || !(race->plan->reference_ns > 0)) return 1;
    return race->measurements[0].samples[round] / race->plan->reference_ns;
}

/* Only ever slower than the limit, the drift of the reference divided out. */
static bool hopeless(const struct race *race)
{
    double limit = race->plan->give_up_ns, least = INFINITY;
    const struct hone_measurement *m = &race->measurements[race->n - 1];
    if (!(limit > 0) || race->n > 2) return false;
    if (race->n == 2 && !(race->plan->reference_ns > 0)) return false;
    for (uint32_t r = 0; r < m->n_samples; r++) {
        double ns = m->samples[r] / disturbed_by(race, r);
        if (ns < least) least = ns;
    }
    if (least > 2 * limit) return true;
    if (m->n_samples > 1 && least > limit) return true;
    return m->n_samples >= SURE_ROUNDS && least > SURE_PART * limit;
}

static bool precise(const struct race *race)
{
    for (uint32_t i = 0; i < race->n; i++) {
        struct hone_measurement *m = &race->measurements[i];
        hone_stats_of(m->samples, m->n_samples, &m->stats);
        if (m->stats.high - m->stats.low > 2 * race->plan->precision * m->stats.median)
            return false;
    }
    return true;
}

static uint32_t leader_of(const struct race *race, const struct hone_comparison *c, uint32_t group)
{
    uint32_t leader = race->n;
    for (uint32_t i = 0; i < race->n; i++) {
        if (race->out[i] || race->contenders[i].group != group) continue;
        if (leader == race->n || c->log_ns[i].value < c->log_ns[leader].value) leader = i;
    }
    return leader;
}

/* Drops who has lost against the best of its group; true when no question is left open. */
static bool decide(struct race *race)
{
    const struct hone_measurement *of[RACE_MAX];
    struct hone_comparison c;
    bool open = false;
    race->promising = false;
    for (uint32_t i = 0; i < race->n; i++) of[i] = &race->measurements[i];
    if (hone_compare(of, race->n, &c, NULL) != HONE_OK) return false;
    for (uint32_t i = 0; i < race->n; i++) {
        struct hone_stats ratio;
        uint32_t leader = leader_of(race, &c, race->contenders[i].group);
        if (race->out[i] || i == leader) continue;
        double sigmas = race->plan->sigmas * (race->contenders[i].stays ? CLAIM : 1);
        hone_compare_ratio(&c, i, leader, sigmas, &ratio);
        bool lost = ratio.low > 1,
             even = ratio.high - 1 < race->plan->precision && 1 - ratio.low < race->plan->precision;
        if (lost && !race->contenders[i].stays) race->out[i] = true;
        open |= !lost && !even;
        race->promising |= !lost && race->contenders[i].stays && ratio.median > 1 + WORTH;
    }
    return !open;
}

bool race_over(struct race *race, uint32_t n_rounds, uint64_t spent_ns)
{
    const struct hone_measure_plan *plan = race->plan;
    uint32_t n_left = 0;
    if (n_rounds >= plan->n_rounds_max || hopeless(race)) return true;
    if (n_rounds < plan->n_rounds_min) return spent_ns > 3 * plan->limit_ns;
    /* An even number of rounds: half of them forwards, half backwards. */
    if (race->n > 1 && n_rounds % 2) return false;
    if (spent_ns > plan->limit_ns) return true;
    if (!(plan->sigmas > 0)) return precise(race);
    if (decide(race)) return true;
    for (uint32_t i = 0; i < race->n; i++) n_left += !race->out[i];
    uint32_t most = plan->n_samples_max * (race->promising ? MORE_SAMPLES : 1);
    return most && race->n_samples + 2 * n_left > most;
}
