/* SPDX-License-Identifier: MIT */
/* Configs: as text, as names in an env, against the constraints, and the default one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codegen/space/rules.h"

enum hone_status rules_fail(const struct hone_space *space, struct hone_error *err,
                            const char *format, ...)
{
    char message[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hone_fail(err, HONE_ERR_TEMPLATE, "%s: %s", space->file, message);
}

enum hone_status rules_bind(const struct hone_space *space, size_t parameter, size_t index,
                            struct hone_env *env, struct hone_error *err)
{
    const struct hone_space_parameter *p = &space->parameters[parameter];
    if (index >= p->n_values)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: '%s' has no value number %zu", space->file,
                         p->name, index);
    return hone_env_set(env, p->name, &p->values[index], err);
}

enum hone_status hone_config_bind(const struct hone_space *space, const struct hone_config *config,
                                  struct hone_env *env, struct hone_error *err)
{
    for (size_t i = 0; i < space->n_parameters; i++)
        HONE_TRY(rules_bind(space, i, config->index[i], env, err));
    return HONE_OK;
}

enum hone_status hone_config_print(const struct hone_space *space, const struct hone_config *config,
                                   char out_text[HONE_CONFIG_TEXT_BYTES])
{
    size_t used = 0;
    *out_text = 0;
    for (size_t i = 0; i < space->n_parameters; i++) {
        const struct hone_space_parameter *p = &space->parameters[i];
        char value[HONE_SPACE_NAME_BYTES];
        if (config->index[i] >= p->n_values) return HONE_ERR_ARGUMENT;
        hone_value_print(&p->values[config->index[i]], value, sizeof value);
        used += (size_t)snprintf(out_text + used, HONE_CONFIG_TEXT_BYTES - used, "%s%s=%s",
                                 i ? " " : "", p->name, value);
    }
    return HONE_OK;
}

/* Index of the value that prints as those bytes, or -1. */
static int find_printed(const struct hone_space_parameter *p, const char *text, size_t n_bytes)
{
    for (size_t i = 0; i < p->n_values; i++) {
        char value[HONE_SPACE_NAME_BYTES];
        hone_value_print(&p->values[i], value, sizeof value);
        if (strlen(value) == n_bytes && !memcmp(value, text, n_bytes)) return (int)i;
    }
    return -1;
}

static int find_parameter(const struct hone_space *space, const char *name, size_t n_bytes)
{
    for (size_t i = 0; i < space->n_parameters; i++)
        if (strlen(space->parameters[i].name) == n_bytes &&
            !memcmp(space->parameters[i].name, name, n_bytes))
            return (int)i;
    return -1;
}

/* One "NAME=value". */
static enum hone_status parse_pair(const struct hone_space *space, const char *pair, size_t n_bytes,
                                   bool seen[HONE_SPACE_MAX_PARAMETERS], struct hone_config *config,
                                   struct hone_error *err)
{
    const char *equals = memchr(pair, '=', n_bytes);
    int shown = n_bytes > 80 ? 80 : (int)n_bytes;
    if (!equals)
        return hone_fail(err, HONE_ERR_ARGUMENT, "config: NAME=value was expected, not '%.*s'",
                         shown, pair);
    int parameter = find_parameter(space, pair, (size_t)(equals - pair));
    if (parameter < 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "config: space %s has no parameter for '%.*s'",
                         space->name, shown, pair);
    const struct hone_space_parameter *p = &space->parameters[parameter];
    if (seen[parameter])
        return hone_fail(err, HONE_ERR_ARGUMENT, "config: '%s' is there twice", p->name);
    seen[parameter] = true;
    int index = find_printed(p, equals + 1, n_bytes - (size_t)(equals + 1 - pair));
    if (index < 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "config: '%.*s' is not a listed value of space %s",
                         shown, pair, space->name);
    config->index[parameter] = (uint8_t)index;
    return HONE_OK;
}

enum hone_status hone_config_parse(const struct hone_space *space, const char *text,
                                   struct hone_config *out_config, struct hone_error *err)
{
    bool seen[HONE_SPACE_MAX_PARAMETERS] = {false};
    struct hone_config config = {{0}};
    while (*(text += strspn(text, " "))) {
        size_t n_bytes = strcspn(text, " ");
        HONE_TRY(parse_pair(space, text, n_bytes, seen, &config, err));
        text += n_bytes;
    }
    for (size_t i = 0; i < space->n_parameters; i++)
        if (!seen[i])
            return hone_fail(err, HONE_ERR_ARGUMENT,
                             "config: parameter '%s' of space %s is missing",
                             space->parameters[i].name, space->name);
    *out_config = config;
    return HONE_OK;
}

enum hone_status hone_space_valid(const struct hone_space *space, const struct hone_env *env,
                                  const struct hone_config *config, const char **out_broken,
                                  struct hone_error *err)
{
    struct hone_env bound;
    hone_env_init(&bound, env);
    *out_broken = NULL;
    enum hone_status status = hone_config_bind(space, config, &bound, err);
    for (size_t i = 0; status == HONE_OK && !*out_broken && i < space->n_constraints; i++) {
        bool holds = true;
        status = hone_expr_eval_bool(space->constraints[i], &bound, &holds, err);
        if (status == HONE_OK && !holds) *out_broken = hone_expr_source(space->constraints[i]);
    }
    hone_env_release(&bound);
    return status;
}

static enum hone_status preset_index(const struct hone_space *space, size_t parameter,
                                     const struct hone_env *bound, uint8_t *out_index,
                                     struct hone_error *err)
{
    const struct hone_space_parameter *p = &space->parameters[parameter];
    struct hone_arena scratch = {0};
    struct hone_value value;
    enum hone_status status = hone_expr_eval(p->preset, bound, &scratch, &value, err);
    if (status == HONE_OK) {
        size_t i = 0;
        while (i < p->n_values && !hone_value_equal(&p->values[i], &value)) i++;
        *out_index = (uint8_t)i;
        char text[HONE_SPACE_NAME_BYTES];
        hone_value_print(&value, text, sizeof text);
        if (i == p->n_values)
            status = rules_fail(space, err, "default: %s=%s is not a listed value", p->name, text);
    }
    hone_arena_release(&scratch);
    return status;
}

enum hone_status hone_space_default(const struct hone_space *space, const struct hone_env *env,
                                    struct hone_config *out_config, struct hone_error *err)
{
    struct hone_config config = {{0}};
    struct hone_env bound; /* a formula sees the parameters before its own */
    hone_env_init(&bound, env);
    enum hone_status status = HONE_OK;
    for (size_t i = 0; status == HONE_OK && i < space->n_parameters; i++) {
        status = preset_index(space, i, &bound, &config.index[i], err);
        if (status == HONE_OK) status = rules_bind(space, i, config.index[i], &bound, err);
    }
    hone_env_release(&bound);
    HONE_TRY(status);
    const char *broken;
    HONE_TRY(hone_space_valid(space, env, &config, &broken, err));
    if (broken) {
        char text[HONE_CONFIG_TEXT_BYTES];
        hone_config_print(space, &config, text);
        return rules_fail(space, err, "default: %s breaks the constraint '%s'", text, broken);
    }
    *out_config = config;
    return HONE_OK;
}
