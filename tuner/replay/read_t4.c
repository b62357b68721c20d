/* SPDX-License-Identifier: MIT */
/* T4 files (auto-tuning results, schema 1.0): one object per config with its samples, or why it has
 * none. */
#include <string.h>

#include "tuner/replay/build.h"

/* Nanoseconds in the file's unit; milliseconds, as nearly all files have it, when it says nothing
 * that is known. */
static double unit_of(const json_t *root)
{
    static const struct {
        const char *prefix;
        double ns;
    } units[] = {{"nano", 1}, {"micro", 1e3}, {"mili", 1e6}, {"milli", 1e6}, {"sec", 1e9}};
    const char *unit =
        json_string_value(json_object_get(json_object_get(root, "metadata"), "timeunit"));
    for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++)
        if (strncmp(unit, units[i].prefix, strlen(units[i].prefix)) == 0) return units[i].ns;
    return 1e6;
}

static enum hone_status fail_at(const struct build *build, struct hone_error *err, const char *what)
{
    return hone_fail(err, HONE_ERR_FORMAT, "%s: result %zu: %s", build->file, build->n_points,
                     what);
}

/* The measured value that the first objective names, for results without samples. */
static double objective_of(const json_t *result)
{
    const char *name = json_string_value(json_array_get(json_object_get(result, "objectives"), 0));
    const json_t *measurements = json_object_get(result, "measurements");
    for (size_t i = 0; name && i < json_array_size(measurements); i++) {
        const json_t *m = json_array_get(measurements, i);
        const char *of = json_string_value(json_object_get(m, "name"));
        if (of && strcmp(of, name) == 0) return json_number_value(json_object_get(m, "value"));
    }
    return 0;
}

static enum hone_status read_columns(struct build *build, json_t *configuration,
                                     struct hone_error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(configuration, name, value) HONE_TRY(build_column(build, name, err));
    return HONE_OK;
}

static enum hone_status read_result(struct build *build, const json_t *result, double unit,
                                    struct hone_error *err)
{
    struct hone_record_point *point;
    struct hone_value *row;
    json_t *configuration = json_object_get(result, "configuration");
    HONE_TRY(build_point(build, &point, &row, err));
    if (!json_is_object(configuration)) return fail_at(build, err, "no 'configuration'");
    if (json_object_size(configuration) != build->n_columns)
        return fail_at(build, err, "its 'configuration' has other parameters than the first");
    for (size_t c = 0; c < build->n_columns; c++) {
        const json_t *value = json_object_get(configuration, build->columns[c]);
        if (!value)
            return fail_at(build, err, "its 'configuration' has other parameters than the first");
        HONE_TRY(build_value(build, value, &row[c], err));
    }
    const char *invalidity = json_string_value(json_object_get(result, "invalidity"));
    if (!invalidity) return fail_at(build, err, "no 'invalidity'");
    if (strcmp(invalidity, "correct") != 0) return build_failure(build, point, invalidity, err);
    const json_t *samples = json_object_get(json_object_get(result, "times"), "runtimes");
    HONE_TRY(build_samples(build, point, samples, unit, err));
    if (point->n_samples == 0) point->ns = unit * objective_of(result);
    return build_is_time(point->ns) ? HONE_OK : fail_at(build, err, "correct, but without a time");
}

enum hone_status read_t4(struct build *build, const json_t *root, struct hone_error *err)
{
    const json_t *results = json_object_get(root, "results");
    double unit = unit_of(root);
    if (!json_is_array(results))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: 'results' must be an array", build->file);
    HONE_TRY(
        read_columns(build, json_object_get(json_array_get(results, 0), "configuration"), err));
    for (size_t i = 0; i < json_array_size(results); i++)
        HONE_TRY(read_result(build, json_array_get(results, i), unit, err));
    return HONE_OK;
}
