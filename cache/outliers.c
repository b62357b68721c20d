/* SPDX-License-Identifier: MIT */
/* Outlier devices, by robust statistics over the kernels that devices of a class share. */
#include "cache/outliers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cache/content_internal.h"
#include "cache/keys.h"

static const double DEVIATIONS = 3, MAD_TO_SIGMA = 1.4826;

/* One time of one kernel on one unit. */
struct timed {
    const struct hone_store_trial *trial;
    uint32_t unit;
    double ratio; /* log of its time over the median of all units */
};

struct finding {
    struct hone_device_unit *units;
    size_t n_units;
    struct timed *times;
    size_t n_times;
    double *scratch;
};

static int order_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median_of(double *values, size_t n)
{
    qsort(values, n, sizeof *values, order_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* What is timed: device, then kernel. */
static int order_kernels(const struct hone_store_trial *a, const struct hone_store_trial *b)
{
    int order = strcmp(a->device, b->device);
    if (order == 0) order = strcmp(a->regime, b->regime);
    return order ? order : content_variant_key_order(&a->variant, &b->variant);
}

/* Of one unit's times of a kernel the first counts: the lowest round. */
static int order_times(const void *a, const void *b)
{
    const struct timed *left = a, *right = b;
    int order = order_kernels(left->trial, right->trial);
    if (order == 0) order = (left->unit > right->unit) - (left->unit < right->unit);
    return order ? order : content_trial_order(left->trial, right->trial);
}

static int order_units(const void *a, const void *b)
{
    const struct hone_device_unit *left = a, *right = b;
    int order = strcmp(left->device, right->device);
    return order ? order : strcmp(left->unit, right->unit);
}

static uint32_t unit_of(struct finding *f, const char *device, const char *unit)
{
    for (size_t i = 0; i < f->n_units; i++)
        if (strcmp(f->units[i].device, device) == 0 && strcmp(f->units[i].unit, unit) == 0)
            return (uint32_t)i;
    f->units[f->n_units] = (struct hone_device_unit){.device = device, .unit = unit, .ratio = 1};
    return (uint32_t)f->n_units++;
}

static enum hone_status gather(struct finding *f, const struct hone_content *contents,
                               const char *const *names, size_t n_contents,
                               struct hone_arena *arena, struct hone_error *err)
{
    size_t n_trials = 1;
    for (size_t i = 0; i < n_contents; i++) n_trials += contents[i].n_trials;
    f->units = hone_arena_array(arena, n_trials, sizeof *f->units);
    f->times = hone_arena_array(arena, n_trials, sizeof *f->times);
    f->scratch = hone_arena_array(arena, n_trials, sizeof *f->scratch);
    for (size_t i = 0; f->units && f->times && f->scratch && i < n_contents; i++)
        for (size_t t = 0; t < contents[i].n_trials; t++) {
            const struct hone_store_trial *trial = &contents[i].trials[t];
            struct hone_stack_fields stack;
            struct hone_info_fields info;
            if (!trial->valid || !(trial->median_ns > 0)) continue;
            hone_stack_parse(trial->stack ? trial->stack : "", &stack, &info);
            /* A machine may hold several devices: each is a unit of its own. */
            const char *own = stack.unit[0] ? stack.unit : info.host;
            const char *unit = own[0] ? hone_arena_text(arena, own, strlen(own)) : names[i];
            if (!unit) return hone_fail(err, HONE_ERR_NO_MEMORY, "merge: no memory");
            f->times[f->n_times++] =
                (struct timed){.trial = trial, .unit = unit_of(f, trial->device, unit)};
        }
    if (f->units && f->times && f->scratch) return HONE_OK;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "merge: no memory");
}

/* One time per unit and kernel, and of those only kernels with several units. */
static void compare_times(struct finding *f)
{
    size_t n = 0;
    qsort(f->times, f->n_times, sizeof *f->times, order_times);
    for (size_t i = 0; i < f->n_times; i++)
        if (n == 0 || f->times[n - 1].unit != f->times[i].unit ||
            order_kernels(f->times[n - 1].trial, f->times[i].trial) != 0)
            f->times[n++] = f->times[i];
    f->n_times = 0;
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n; end++) {
            if (order_kernels(f->times[first].trial, f->times[end].trial) != 0) break;
            f->scratch[end - first] = log(f->times[end].trial->median_ns);
        }
        if (end - first < 2) continue;
        double middle = median_of(f->scratch, end - first);
        for (size_t i = first; i < end; i++) {
            f->times[f->n_times] = f->times[i];
            f->times[f->n_times++].ratio = log(f->times[i].trial->median_ns) - middle;
        }
    }
}

static void judge_units(struct finding *f)
{
    for (size_t u = 0; u < f->n_units; u++) {
        size_t n = 0;
        for (size_t i = 0; i < f->n_times; i++)
            if (f->times[i].unit == u) f->scratch[n++] = f->times[i].ratio;
        f->units[u].n_shared = n;
        if (n) f->units[u].ratio = exp(median_of(f->scratch, n));
    }
}

static bool judged(const struct hone_device_unit *unit)
{
    return unit->n_shared >= HONE_OUTLIER_SHARED;
}

static void judge_class(struct finding *f, struct hone_device_unit *units, size_t n_units)
{
    size_t n = 0;
    for (size_t u = 0; u < n_units; u++)
        if (judged(&units[u])) f->scratch[n++] = log(units[u].ratio);
    if (n < 2) return;
    double middle = median_of(f->scratch, n);
    for (size_t i = 0; i < n; i++) f->scratch[i] = fabs(f->scratch[i] - middle);
    double bound = DEVIATIONS * MAD_TO_SIGMA * median_of(f->scratch, n);
    double floor = log1p(HONE_OUTLIER_FLOOR);
    /* Of two units each is half their difference away from the middle between them. */
    if (n == 2) bound = floor / 2;
    if (n > 2 && bound < floor) bound = floor;
    for (size_t u = 0; u < n_units; u++) {
        units[u].bound = expm1(bound);
        bool far = judged(&units[u]) && fabs(log(units[u].ratio) - middle) > bound;
        units[u].outlier = far && n > 2;
        units[u].undecided = far && n == 2;
    }
}

enum hone_status hone_outliers_find(const struct hone_content *contents, const char *const *names,
                                    size_t n_contents, struct hone_arena *arena,
                                    struct hone_device_unit **out_units, size_t *out_n_units,
                                    struct hone_error *err)
{
    struct finding f = {0};
    *out_units = NULL;
    *out_n_units = 0;
    HONE_TRY(gather(&f, contents, names, n_contents, arena, err));
    compare_times(&f);
    judge_units(&f);
    qsort(f.units, f.n_units, sizeof *f.units, order_units);
    for (size_t first = 0, end; first < f.n_units; first = end) {
        for (end = first; end < f.n_units; end++)
            if (strcmp(f.units[first].device, f.units[end].device) != 0) break;
        judge_class(&f, &f.units[first], end - first);
    }
    *out_units = f.units;
    *out_n_units = f.n_units;
    return HONE_OK;
}
