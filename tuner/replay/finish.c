/* SPDX-License-Identifier: MIT */
/* The last step of every reader: distinct values, configs as indices, points in order. */
#include "tuner/replay/finish.h"

#include <stdlib.h>
#include <string.h>

static double number_of(const struct hone_value *value)
{
    return value->kind == HONE_VALUE_INT ? (double)value->i : value->f;
}

/* Numbers ascending, then texts. */
static int by_value(const void *a, const void *b)
{
    const struct hone_value *x = a, *y = b;
    bool x_text = x->kind == HONE_VALUE_TEXT, y_text = y->kind == HONE_VALUE_TEXT;
    if (x_text != y_text) return x_text - y_text;
    if (x_text) return strcmp(x->text, y->text);
    return (number_of(x) > number_of(y)) - (number_of(x) < number_of(y));
}

/* The place of `value` in values[]; n when it is not there. */
static size_t place_of(const struct hone_value *values, size_t n, const struct hone_value *value)
{
    for (size_t i = 0; i < n; i++)
        if (by_value(&values[i], value) == 0) return i;
    return n;
}

static enum hone_status add_parameter(const struct build *build, size_t column, size_t *out_columns,
                                      struct hone_error *err)
{
    struct hone_value values[HONE_SPACE_MAX_VALUES];
    struct hone_record *record = build->record;
    size_t n = 0;
    for (size_t p = 0; p < build->n_points; p++) {
        const struct hone_value *value = &build->rows[p * build->n_columns + column];
        if (place_of(values, n, value) < n) continue;
        if (n == HONE_SPACE_MAX_VALUES)
            return hone_fail(err, HONE_ERR_LIMIT, "%s: parameter '%s' has more than %d values",
                             build->file, build->columns[column], HONE_SPACE_MAX_VALUES);
        values[n++] = *value;
    }
    if (n < 2)
        return record->op[0] ? hone_env_set(&record->facts, build->columns[column], values, err)
                             : HONE_OK;
    if (record->n_parameters == HONE_SPACE_MAX_PARAMETERS)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %d parameters that vary", build->file,
                         HONE_SPACE_MAX_PARAMETERS);
    qsort(values, n, sizeof *values, by_value);
    struct hone_value *copy = hone_arena_array(&record->arena, n, sizeof *copy);
    if (!copy) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", build->file);
    memcpy(copy, values, n * sizeof *copy);
    out_columns[record->n_parameters] = column;
    record->parameters[record->n_parameters++] =
        (struct hone_record_parameter){build->columns[column], copy, n};
    return HONE_OK;
}

static void set_configs(const struct build *build, const size_t *columns)
{
    const struct hone_record *record = build->record;
    for (size_t p = 0; p < build->n_points; p++)
        for (size_t i = 0; i < record->n_parameters; i++)
            build->points[p].config.index[i] =
                (uint8_t)place_of(record->parameters[i].values, record->parameters[i].n_values,
                                  &build->rows[p * build->n_columns + columns[i]]);
}

/* Points of one config stand in the order of the file: `ns` of none of them is negative, so the
 * place is kept in memory order by a second key. */
struct placed {
    struct hone_record_point point;
    size_t place;
};

static int by_config(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = memcmp(&x->point.config, &y->point.config, sizeof x->point.config);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* A config that was recorded twice counts as it was recorded last: that is how a run that was
 * resumed or repeated appends. */
static enum hone_status sort_points(const struct build *build, struct hone_error *err)
{
    struct hone_record *record = build->record;
    size_t n = build->n_points, n_kept = 0;
    struct placed *all = calloc(n, sizeof *all);
    struct hone_record_point *kept = hone_arena_array(&record->arena, n, sizeof *kept);
    if (!all || !kept) {
        free(all);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", build->file);
    }
    for (size_t i = 0; i < n; i++) all[i] = (struct placed){build->points[i], i};
    qsort(all, n, sizeof *all, by_config);
    for (size_t i = 0; i < n; i++) {
        bool is_last = i + 1 == n || memcmp(&all[i].point.config, &all[i + 1].point.config,
                                            sizeof all[i].point.config) != 0;
        if (is_last) kept[n_kept++] = all[i].point;
    }
    free(all);
    record->points = kept;
    record->n_points = n_kept;
    return HONE_OK;
}

enum hone_status build_finish(const struct build *build, struct hone_error *err)
{
    struct hone_record *record = build->record;
    size_t columns[HONE_SPACE_MAX_PARAMETERS];
    if (build->n_points == 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: no points recorded", build->file);
    for (size_t c = 0; c < build->n_columns; c++) HONE_TRY(add_parameter(build, c, columns, err));
    set_configs(build, columns);
    HONE_TRY(sort_points(build, err));
    for (size_t i = 0; i < record->n_points; i++) {
        double ns = record->points[i].ns;
        record->n_failed += ns == 0;
        if (ns > 0 && (record->best_ns == 0 || ns < record->best_ns)) record->best_ns = ns;
    }
    if (record->best_ns == 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: none of the %zu points has a time", build->file,
                         record->n_points);
    return HONE_OK;
}
