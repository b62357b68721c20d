/* SPDX-License-Identifier: MIT */
/* The level of the machine at every sample, and times at equal level.
 *
 * A sample is time x level of the moment x own disturbance. The level at a sample is what its
 * neighbours in time say, samples of other contenders only; where it has just changed (somebody
 * began or ended to use the machine) those before and those after disagree, and the side that fits
 * counts. Times are where most samples lie once the level is divided out. One needs the other: they
 * are found in turns. */
#include "tuner/measure/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 8, SIDE = 2 };
/* Sides that differ by less are one level (of logarithms). */
static const double STEP = 0.10;
static const double SLOWED = 0.095; /* logarithm of 1.1 */

struct point {
    double at, log, level;
    uint32_t of; /* contender */
};

struct work {
    struct point *points; /* by time */
    uint32_t n_points, n;
    double *scratch; /* n_points */
    double value[HONE_MAX_COMPARED];
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    if (left->at != right->at) return left->at < right->at ? -1 : 1;
    return (left->of > right->of) - (left->of < right->of);
}

/* Samples without times are as far apart as their rounds, each round visited there and back. */
static void take_points(struct work *work, const struct hone_measurement *const *of)
{
    bool known = true;
    for (uint32_t i = 0; i < work->n; i++)
        for (uint32_t r = 1; r < of[i]->n_samples; r++) known &= of[i]->at[r] > of[i]->at[r - 1];
    for (uint32_t i = 0; i < work->n; i++)
        for (uint32_t r = 0; r < of[i]->n_samples; r++) {
            double order = r % 2 ? work->n - 1 - i : i;
            work->points[work->n_points++] =
                (struct point){.at = known ? of[i]->at[r] : r * (double)work->n + order,
                               .log = log(of[i]->samples[r]),
                               .of = i};
        }
    qsort(work->points, work->n_points, sizeof *work->points, compare_points);
}

/* All samples of one contender at equal level, ascending. */
static uint32_t own(const struct work *work, uint32_t i)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < work->n_points; p++)
        if (work->points[p].of == i)
            work->scratch[n++] = work->points[p].log - work->points[p].level;
    qsort(work->scratch, n, sizeof *work->scratch, compare_doubles);
    return n;
}

/* What the nearest samples of others on one side say of the level. */
struct side {
    uint32_t n;
    double level, at;
};

static struct side look(const struct work *work, uint32_t p, int step)
{
    struct side side = {0};
    for (int64_t q = (int64_t)p + step; q >= 0 && q < work->n_points && side.n < SIDE; q += step) {
        const struct point *point = &work->points[q];
        if (point->of == work->points[p].of) continue;
        side.level += point->log - work->value[point->of];
        side.at += point->at;
        side.n++;
    }
    if (side.n) side.level /= side.n, side.at /= side.n;
    return side;
}

static double level_at(const struct work *work, uint32_t p)
{
    const struct point *point = &work->points[p];
    struct side before = look(work, p, -1), after = look(work, p, 1);
    if (!before.n || !after.n) return before.n ? before.level : after.level;
    double here = point->log - work->value[point->of];
    if (fabs(before.level - after.level) >= STEP)
        return fabs(here - before.level) < fabs(here - after.level) ? before.level : after.level;
    /* A coarse clock may give all of them one moment. */
    double between = after.at - before.at;
    double part = between > 0 ? (point->at - before.at) / between : 0.5;
    return before.level + part * (after.level - before.level);
}

static void solve(struct work *work)
{
    for (uint32_t i = 0; i < work->n; i++) {
        uint32_t n = own(work, i);
        work->value[i] = work->scratch[n / 2];
    }
    /* One contender at a time, each with what was just found of the others: of two that were
     * changed at once, either would undo what the other did. */
    for (int turn = 0; turn < TURNS; turn++)
        for (uint32_t i = 0; i < work->n; i++) {
            for (uint32_t p = 0; p < work->n_points; p++)
                if (work->points[p].of == i) work->points[p].level = level_at(work, p);
            uint32_t n = own(work, i);
            work->value[i] = location_of_sorted(work->scratch, n);
        }
}

/* Levels count from where the machine mostly was. */
static void anchor(struct work *work)
{
    for (uint32_t p = 0; p < work->n_points; p++) work->scratch[p] = work->points[p].level;
    qsort(work->scratch, work->n_points, sizeof *work->scratch, compare_doubles);
    double mostly = location_of_sorted(work->scratch, work->n_points);
    for (uint32_t p = 0; p < work->n_points; p++) work->points[p].level -= mostly;
    for (uint32_t i = 0; i < work->n; i++) work->value[i] += mostly;
}

static void fill(const struct work *work, struct hone_comparison *out)
{
    double least = INFINITY, most = -INFINITY;
    uint32_t n_slow = 0, n_most = HONE_LEAST_JUDGED;
    for (uint32_t i = 0; i < work->n; i++) {
        uint32_t n = own(work, i);
        location_of(work->scratch, n, &out->log_ns[i]);
        if (n < n_most) continue;
        double error = out->log_ns[i].error;
        if (n > n_most || error > out->error) out->error = error;
        n_most = n;
    }
    for (uint32_t p = 0; p < work->n_points; p++) {
        least = fmin(least, work->points[p].level);
        most = fmax(most, work->points[p].level);
    }
    for (uint32_t p = 0; p < work->n_points; p++)
        work->scratch[p] = work->points[p].log - work->value[work->points[p].of];
    qsort(work->scratch, work->n_points, sizeof *work->scratch, compare_doubles);
    double most_say = location_of_sorted(work->scratch, work->n_points);
    for (uint32_t p = 0; p < work->n_points; p++) n_slow += work->scratch[p] > most_say + SLOWED;
    out->n = work->n;
    out->drift = exp(most - least);
    out->slow = (double)n_slow / work->n_points;
}

enum hone_status hone_compare(const struct hone_measurement *const *measurements, uint32_t n,
                              struct hone_comparison *out_comparison, struct hone_error *err)
{
    struct work work = {.n = n};
    size_t n_points = 0;
    memset(out_comparison, 0, sizeof *out_comparison);
    if (n == 0 || n > HONE_MAX_COMPARED)
        return hone_fail(err, HONE_ERR_LIMIT, "measure: %u contenders to compare", n);
    for (uint32_t i = 0; i < n; i++) {
        if (measurements[i]->n_samples == 0 || measurements[i]->n_samples > HONE_MAX_SAMPLES)
            return hone_fail(err, HONE_ERR_LIMIT, "measure: %u samples to compare",
                             measurements[i]->n_samples);
        n_points += measurements[i]->n_samples;
    }
    work.points = calloc(n_points, sizeof *work.points);
    work.scratch = calloc(n_points, sizeof *work.scratch);
    enum hone_status status = HONE_ERR_NO_MEMORY;
    if (work.points && work.scratch) {
        take_points(&work, measurements);
        solve(&work);
        anchor(&work);
        fill(&work, out_comparison);
        status = HONE_OK;
    } else {
        hone_fail(err, status, "measure: no memory");
    }
    free(work.points);
    free(work.scratch);
    return status;
}

/* exp of a normal variable: the interval in logarithms, taken back. */
static void from_log(double middle, double error, double sigmas, uint32_t n, struct hone_stats *out)
{
    memset(out, 0, sizeof *out);
    out->median = exp(middle);
    out->mad = 0.6745 * error * out->median;
    out->low = out->min = exp(middle - sigmas * error);
    out->high = out->max = exp(middle + sigmas * error);
    out->n = n;
}

void hone_compare_ratio(const struct hone_comparison *comparison, uint32_t a, uint32_t b,
                        double sigmas, struct hone_stats *out_ratio)
{
    const struct location *of_a = &comparison->log_ns[a], *of_b = &comparison->log_ns[b];
    double between = of_a->value - of_b->value;
    double error = a == b ? 0 : sqrt(of_a->error * of_a->error + of_b->error * of_b->error);
    from_log(between, error, sigmas, comparison->n, out_ratio);
}

void hone_compare_time(const struct hone_comparison *comparison, uint32_t i, double sigmas,
                       struct hone_stats *out_ns)
{
    const struct location *of = &comparison->log_ns[i];
    from_log(of->value, of->error, sigmas, comparison->n, out_ns);
}
