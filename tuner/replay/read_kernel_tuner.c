/* SPDX-License-Identifier: MIT */
/* Kernel Tuner's cache files: an object of configs, times in milliseconds, a text in place of the
 * time where a config failed. */
#include <string.h>

#include "tuner/replay/build.h"

static enum hone_status fail_at(const struct build *build, struct hone_error *err, const char *key,
                                const char *what)
{
    return hone_fail(err, HONE_ERR_FORMAT, "%s: config '%.60s': %s", build->file, key, what);
}

static enum hone_status read_columns(struct build *build, const json_t *keys,
                                     struct hone_error *err)
{
    if (!json_is_array(keys) || json_array_size(keys) == 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: 'tune_params_keys' must be an array of names",
                         build->file);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *name = json_string_value(json_array_get(keys, i));
        if (!name)
            return hone_fail(err, HONE_ERR_FORMAT, "%s: 'tune_params_keys' must be names",
                             build->file);
        HONE_TRY(build_column(build, name, err));
    }
    return HONE_OK;
}

static enum hone_status read_time(struct build *build, struct hone_record_point *point,
                                  const char *key, const json_t *entry, struct hone_error *err)
{
    const json_t *time = json_object_get(entry, "time");
    if (json_is_string(time)) return build_failure(build, point, json_string_value(time), err);
    if (!json_is_number(time)) return fail_at(build, err, key, "no 'time'");
    if (json_number_value(time) >= 1e20) return build_failure(build, point, "failed", err);
    HONE_TRY(build_samples(build, point, json_object_get(entry, "times"), 1e6, err));
    if (point->n_samples == 0) point->ns = 1e6 * json_number_value(time);
    return build_is_time(point->ns) ? HONE_OK : fail_at(build, err, key, "'time' is not a time");
}

static enum hone_status read_entry(struct build *build, const char *key, const json_t *entry,
                                   struct hone_error *err)
{
    struct hone_record_point *point;
    struct hone_value *row;
    HONE_TRY(build_point(build, &point, &row, err));
    for (size_t c = 0; c < build->n_columns; c++) {
        const json_t *value = json_object_get(entry, build->columns[c]);
        if (!value) return fail_at(build, err, key, "a parameter is missing");
        HONE_TRY(build_value(build, value, &row[c], err));
    }
    return read_time(build, point, key, entry, err);
}

enum hone_status read_kernel_tuner(struct build *build, const json_t *root, struct hone_error *err)
{
    json_t *cache = json_object_get(root, "cache"), *entry;
    const char *key, *kernel = json_string_value(json_object_get(root, "kernel_name"));
    if (!json_is_object(cache))
        return hone_fail(err, HONE_ERR_FORMAT, "%s: 'cache' must be an object", build->file);
    HONE_TRY(read_columns(build, json_object_get(root, "tune_params_keys"), err));
    if (kernel) {
        build->record->space =
            hone_arena_text(&build->record->arena, kernel, strnlen(kernel, BUILD_NAME_BYTES));
        if (!build->record->space)
            return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", build->file);
    }
    json_object_foreach(cache, key, entry) HONE_TRY(read_entry(build, key, entry, err));
    return HONE_OK;
}
