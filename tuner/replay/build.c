/* SPDX-License-Identifier: MIT */
/* Rows of values become a record: parameters with their values, configs in order, each once. */
#include "tuner/replay/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum hone_status no_memory(const struct build *build, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", build->file);
}

enum hone_status build_column(struct build *build, const char *name, struct hone_error *err)
{
    size_t n = strlen(name);
    if (n == 0 || n >= BUILD_NAME_BYTES)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: a parameter with a name of %zu bytes",
                         build->file, n);
    for (size_t i = 0; i < build->n_columns; i++)
        if (strcmp(build->columns[i], name) == 0)
            return hone_fail(err, HONE_ERR_FORMAT, "%s: parameter '%s' twice", build->file, name);
    if (build->n_columns == BUILD_MAX_COLUMNS)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %d parameters", build->file,
                         BUILD_MAX_COLUMNS);
    const char *copy = hone_arena_text(&build->record->arena, name, n);
    if (!copy) return no_memory(build, err);
    build->columns[build->n_columns++] = copy;
    return HONE_OK;
}

static enum hone_status grow(struct build *build, struct hone_error *err)
{
    size_t capacity = build->capacity ? 2 * build->capacity : 256;
    if (build->n_points == HONE_RECORD_MAX_POINTS)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: more than %d points", build->file,
                         HONE_RECORD_MAX_POINTS);
    struct hone_record_point *points = reallocarray(build->points, capacity, sizeof *points);
    if (points) build->points = points;
    size_t width = build->n_columns ? build->n_columns : 1;
    struct hone_value *rows = reallocarray(build->rows, capacity, width * sizeof *rows);
    if (rows) build->rows = rows;
    if (!points || !rows) return no_memory(build, err);
    build->capacity = capacity;
    return HONE_OK;
}

enum hone_status build_point(struct build *build, struct hone_record_point **out_point,
                             struct hone_value **out_row, struct hone_error *err)
{
    if (build->n_points == build->capacity) HONE_TRY(grow(build, err));
    *out_point = &build->points[build->n_points];
    *out_row = &build->rows[build->n_points * build->n_columns];
    **out_point = (struct hone_record_point){0};
    memset(*out_row, 0, build->n_columns * sizeof **out_row);
    build->n_points++;
    return HONE_OK;
}

enum hone_status build_value(struct build *build, const json_t *json, struct hone_value *out_value,
                             struct hone_error *err)
{
    if (json_is_integer(json)) {
        *out_value = (struct hone_value){HONE_VALUE_INT, {.i = json_integer_value(json)}};
    } else if (json_is_boolean(json)) {
        *out_value = (struct hone_value){HONE_VALUE_INT, {.i = json_is_true(json)}};
    } else if (json_is_real(json)) {
        *out_value = (struct hone_value){HONE_VALUE_FLOAT, {.f = json_real_value(json)}};
    } else if (json_is_string(json) && json_string_length(json) < BUILD_NAME_BYTES) {
        const char *text = hone_arena_text(&build->record->arena, json_string_value(json),
                                           json_string_length(json));
        if (!text) return no_memory(build, err);
        *out_value = (struct hone_value){HONE_VALUE_TEXT, {.text = text}};
    } else {
        return hone_fail(err, HONE_ERR_FORMAT,
                         "%s: point %zu: a value must be a number, a truth value or a short text",
                         build->file, build->n_points);
    }
    return HONE_OK;
}

bool build_is_time(double time)
{
    return time > 0 && time < 1e20;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum hone_status set_median(struct build *build, struct hone_record_point *point,
                                   struct hone_error *err)
{
    size_t n = point->n_samples;
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted) return no_memory(build, err);
    memcpy(sorted, point->samples, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_number);
    point->ns = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    free(sorted);
    return HONE_OK;
}

enum hone_status build_samples(struct build *build, struct hone_record_point *point,
                               const json_t *samples, double scale, struct hone_error *err)
{
    size_t n = json_array_size(samples);
    if (n > HONE_RECORD_MAX_SAMPLES)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: point %zu: more than %d samples", build->file,
                         build->n_points, HONE_RECORD_MAX_SAMPLES);
    if (n == 0) return HONE_OK;
    double *copy = hone_arena_array(&build->record->arena, n, sizeof *copy);
    if (!copy) return no_memory(build, err);
    for (size_t i = 0; i < n; i++) {
        copy[i] = scale * json_number_value(json_array_get(samples, i));
        if (!build_is_time(copy[i]))
            return hone_fail(err, HONE_ERR_FORMAT, "%s: point %zu: sample %zu is not a time",
                             build->file, build->n_points, i + 1);
    }
    point->samples = copy;
    point->n_samples = (uint32_t)n;
    return set_median(build, point, err);
}

enum hone_status build_failure(struct build *build, struct hone_record_point *point,
                               const char *reason, struct hone_error *err)
{
    size_t n = strnlen(reason, BUILD_NAME_BYTES);
    point->ns = 0;
    point->reason = hone_arena_text(&build->record->arena, reason, n);
    return point->reason ? HONE_OK : no_memory(build, err);
}
