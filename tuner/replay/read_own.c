/* SPDX-License-Identifier: MIT */
/* hone's own record: parameters with their values once, then one short row per config (README.md).
 */
#include <string.h>

#include "tuner/replay/build.h"

static enum hone_status fail(const struct build *build, struct hone_error *err, const char *what)
{
    return hone_fail(err, HONE_ERR_FORMAT, "%s: %s", build->file, what);
}

static enum hone_status read_text(struct build *build, const json_t *root, const char *key,
                                  const char **out_text, struct hone_error *err)
{
    const char *text = json_string_value(json_object_get(root, key));
    if (!text) return hone_fail(err, HONE_ERR_FORMAT, "%s: '%s' must be a text", build->file, key);
    *out_text = hone_arena_text(&build->record->arena, text, strlen(text));
    return *out_text ? HONE_OK : hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", build->file);
}

static enum hone_status read_facts(struct build *build, json_t *facts, struct hone_error *err)
{
    const char *name;
    json_t *json;
    if (!json_is_object(facts)) return fail(build, err, "'facts' must be an object");
    json_object_foreach(facts, name, json)
    {
        struct hone_value value;
        HONE_TRY(build_value(build, json, &value, err));
        enum hone_status status = hone_env_set(&build->record->facts, name, &value, err);
        if (status != HONE_OK) return hone_fail_in(err, status, "%s: 'facts'", build->file);
    }
    return HONE_OK;
}

static enum hone_status read_parameters(struct build *build, json_t *parameters,
                                        struct hone_error *err)
{
    const char *name;
    json_t *values;
    if (!json_is_object(parameters)) return fail(build, err, "'parameters' must be an object");
    json_object_foreach(parameters, name, values)
    {
        if (!json_is_array(values) || json_array_size(values) == 0)
            return fail(build, err, "'parameters' must be arrays of values");
        HONE_TRY(build_column(build, name, err));
    }
    return HONE_OK;
}

/* What is known of a kernel without running it: [vector spills, stack bytes, code bytes]. */
static void read_code_facts(const json_t *json, struct hone_static_facts *facts)
{
    uint32_t *const fields[] = {&facts->n_vector_spills, &facts->stack_bytes, &facts->code_bytes};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_int_t value = json_integer_value(json_array_get(json, i));
        if (value > 0 && value <= UINT32_MAX) *fields[i] = (uint32_t)value;
    }
}

static enum hone_status read_row(struct build *build, const json_t *parameters, const json_t *json,
                                 struct hone_error *err)
{
    struct hone_record_point *point;
    struct hone_value *row;
    const json_t *config = json_array_get(json, 0), *time = json_array_get(json, 1);
    HONE_TRY(build_point(build, &point, &row, err));
    if (json_array_size(config) != build->n_columns)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: point %zu: not one index per parameter",
                         build->file, build->n_points);
    for (size_t c = 0; c < build->n_columns; c++) {
        const json_t *index = json_array_get(config, c);
        const json_t *values = json_object_get(parameters, build->columns[c]);
        if (!json_is_integer(index) || json_integer_value(index) < 0 ||
            (size_t)json_integer_value(index) >= json_array_size(values))
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: point %zu: parameter '%s' has no such value", build->file,
                             build->n_points, build->columns[c]);
        HONE_TRY(build_value(build, json_array_get(values, (size_t)json_integer_value(index)),
                             &row[c], err));
    }
    read_code_facts(json_array_get(json, 3), &point->facts);
    if (json_is_string(time)) return build_failure(build, point, json_string_value(time), err);
    HONE_TRY(build_samples(build, point, json_array_get(json, 2), 1, err));
    point->ns = json_number_value(time);
    if (build_is_time(point->ns)) return HONE_OK;
    return hone_fail(err, HONE_ERR_FORMAT, "%s: point %zu: neither a time nor a reason",
                     build->file, build->n_points);
}

enum hone_status read_own(struct build *build, const json_t *root, struct hone_error *err)
{
    struct hone_record *record = build->record;
    const json_t *points = json_object_get(root, "points");
    json_t *parameters = json_object_get(root, "parameters");
    if (json_integer_value(json_object_get(root, "hone_record")) != 1)
        return hone_fail(err, HONE_ERR_VERSION, "%s: not version 1 of a record", build->file);
    HONE_TRY(read_text(build, root, "space", &record->space, err));
    HONE_TRY(read_text(build, root, "op", &record->op, err));
    HONE_TRY(read_text(build, root, "problem", &record->problem, err));
    HONE_TRY(read_facts(build, json_object_get(root, "facts"), err));
    HONE_TRY(read_parameters(build, parameters, err));
    if (!json_is_array(points)) return fail(build, err, "'points' must be an array");
    for (size_t i = 0; i < json_array_size(points); i++)
        HONE_TRY(read_row(build, parameters, json_array_get(points, i), err));
    return HONE_OK;
}
