/* SPDX-License-Identifier: MIT */
/* Search-space files: JSON with a strict schema, checked completely before anybody sees it. */
#include <stdlib.h>
#include <string.h>

#include "codegen/space/document.h"
#include "codegen/space/reader.h"
#include "codegen/space/rules.h"
#include "runtime/base/file.h"

/* The plain fields of a space, by the key they come from. */
static const struct {
    const char *key;
    size_t offset;
    enum word_kind kind;
} words[] = {
    {"space", offsetof(struct hone_space, name), WORD_NAME},
    {"op", offsetof(struct hone_space, op), WORD_NAME},
    {"family", offsetof(struct hone_space, family), WORD_NAME},
    {"template", offsetof(struct hone_space, template_path), WORD_PATH},
    {"entry", offsetof(struct hone_space, entry), WORD_NAME},
};

static const struct {
    const char *key;
    size_t offset;
} formulas[] = {
    {"applies", offsetof(struct hone_space, applies)},
    {"scratch", offsetof(struct hone_space, scratch)},
    {"rank", offsetof(struct hone_space, rank)},
    {"numerics", offsetof(struct hone_space, numerics)},
};

static const char *const keys[] = {"space",   "op",      "family",     "template",    "entry",
                                   "applies", "problem", "parameters", "constraints", "default",
                                   "formats", "grid",    "scratch",    "rank",        "numerics"};
static const char *const optional_keys[] = {"about", "unproven", "let",    "cost",
                                            "block", "shared",   "cluster"};

static enum hone_status load_words(const struct reader *r, const json_t *root)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char **field = (const char **)((char *)r->space + words[i].offset);
        HONE_TRY(reader_word(r, json_object_get(root, words[i].key), words[i].key, words[i].kind,
                             field));
    }
    const json_t *about = json_object_get(root, "about");
    const json_t *unproven = json_object_get(root, "unproven");
    r->space->about = "";
    if (about) HONE_TRY(reader_word(r, about, "about", WORD_ANY, &r->space->about));
    if (!unproven) return HONE_OK;
    return reader_word(r, unproven, "unproven", WORD_ANY, &r->space->unproven);
}

/* A let sees those before it. */
static enum hone_status load_lets(const struct reader *r, const json_t *root)
{
    json_t *object = json_object_get(root, "let");
    if (!object) return HONE_OK;
    HONE_TRY(reader_object(r, object, "let", HONE_SPACE_MAX_LETS));
    struct hone_expr_let *lets =
        hone_arena_array(&r->space->arena, json_object_size(object) + 1, sizeof *lets);
    if (!lets) return reader_no_memory(r);
    size_t n = 0;
    const char *name;
    json_t *formula;
    json_object_foreach(object, name, formula)
    {
        char key[KEY_BYTES];
        HONE_TRY(reader_name(r, name, "let", &lets[n].name));
        reader_member(key, "let", name);
        HONE_TRY(reader_expr(r, formula, key, &lets[n].expr));
        r->space->lets = lets;
        r->space->n_lets = ++n;
    }
    return HONE_OK;
}

static bool is_let(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_lets; i++)
        if (!strcmp(space->lets[i].name, name)) return true;
    return false;
}

static enum hone_status load_formulas(const struct reader *r, const json_t *root)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        const struct hone_expr **field =
            (const struct hone_expr **)((char *)r->space + formulas[i].offset);
        HONE_TRY(reader_expr(r, json_object_get(root, formulas[i].key), formulas[i].key, field));
    }
    return HONE_OK;
}

static enum hone_status load_problem(const struct reader *r, const json_t *root)
{
    const json_t *list = json_object_get(root, "problem");
    HONE_TRY(reader_list(r, list, "problem", HONE_SPACE_MAX_PROBLEM));
    size_t n = json_array_size(list);
    const char **names = hone_arena_array(&r->space->arena, n + 1, sizeof *names);
    if (!names) return reader_no_memory(r);
    for (size_t i = 0; i < n; i++) {
        char key[KEY_BYTES];
        reader_key(key, "problem", i);
        HONE_TRY(reader_word(r, json_array_get(list, i), key, WORD_NAME, &names[i]));
        if (is_let(r->space, names[i])) return reader_fail(r, key, "'%s' is a let", names[i]);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(names[i], names[j]))
                return reader_fail(r, key, "'%s' is there twice", names[i]);
    }
    r->space->problem = names;
    r->space->n_problem = n;
    return HONE_OK;
}

static enum hone_status load_value(const struct reader *r, const json_t *json, const char *key,
                                   struct hone_value *out_value)
{
    if (json_is_integer(json)) {
        *out_value = (struct hone_value){HONE_VALUE_INT, .i = json_integer_value(json)};
        return HONE_OK;
    }
    if (!json_is_string(json)) return reader_fail(r, key, "an integer or text was expected");
    out_value->kind = HONE_VALUE_TEXT;
    return reader_word(r, json, key, WORD_VALUE, &out_value->text);
}

static enum hone_status load_values(const struct reader *r, const json_t *list,
                                    struct hone_space_parameter *parameter)
{
    char key[KEY_BYTES];
    reader_member(key, "parameters", parameter->name);
    HONE_TRY(reader_list(r, list, key, HONE_SPACE_MAX_VALUES));
    size_t n = json_array_size(list);
    if (!n) return reader_fail(r, key, "at least one value was expected");
    struct hone_value *values = hone_arena_array(&r->space->arena, n, sizeof *values);
    if (!values) return reader_no_memory(r);
    for (size_t i = 0; i < n; i++) {
        HONE_TRY(load_value(r, json_array_get(list, i), key, &values[i]));
        if (values[i].kind != values[0].kind)
            return reader_fail(r, key, "integers and texts cannot be mixed");
        for (size_t j = 0; j < i; j++)
            if (hone_value_equal(&values[i], &values[j]))
                return reader_fail(r, key, "value %zu is there already", i + 1);
    }
    parameter->values = values;
    parameter->n_values = n;
    return HONE_OK;
}

static bool is_problem_name(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_problem; i++)
        if (!strcmp(space->problem[i], name)) return true;
    return false;
}

static enum hone_status load_parameters(const struct reader *r, json_t *root)
{
    json_t *object = json_object_get(root, "parameters");
    const json_t *presets = json_object_get(root, "default");
    HONE_TRY(reader_object(r, object, "parameters", HONE_SPACE_MAX_PARAMETERS));
    HONE_TRY(reader_object(r, presets, "default", HONE_SPACE_MAX_PARAMETERS));
    size_t n = 0;
    struct hone_space_parameter *parameters =
        hone_arena_array(&r->space->arena, json_object_size(object) + 1, sizeof *parameters);
    if (!parameters) return reader_no_memory(r);
    const char *name;
    json_t *values;
    char key[KEY_BYTES];
    json_object_foreach(object, name, values)
    {
        struct hone_space_parameter *parameter = &parameters[n++];
        HONE_TRY(reader_name(r, name, "parameters", &parameter->name));
        reader_member(key, "default", name);
        if (is_problem_name(r->space, name))
            return reader_fail(r, "parameters", "'%s' is a name of the problem", name);
        if (is_let(r->space, name)) return reader_fail(r, "parameters", "'%s' is a let", name);
        HONE_TRY(load_values(r, values, parameter));
        HONE_TRY(reader_expr(r, json_object_get(presets, name), key, &parameter->preset));
    }
    json_object_foreach(
        (json_t *)presets, name,
        values) if (!json_object_get(object, name)) return reader_fail(r, "default",
                                                                       "'%.64s' is not a parameter",
                                                                       name);
    r->space->parameters = parameters;
    r->space->n_parameters = n;
    return HONE_OK;
}

static bool is_parameter(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_parameters; i++)
        if (!strcmp(space->parameters[i].name, name)) return true;
    return false;
}

/* Steps of a calculation: each sees those before it, the last one is the result. */
static enum hone_status load_cost(const struct reader *r, const json_t *root)
{
    json_t *object = json_object_get(root, "cost"), *formula;
    const char *name;
    size_t n = 0;
    if (!object) return HONE_OK;
    HONE_TRY(reader_object(r, object, "cost", HONE_SPACE_MAX_COST_STEPS));
    struct hone_expr_let *steps =
        hone_arena_array(&r->space->arena, json_object_size(object) + 1, sizeof *steps);
    if (!steps) return reader_no_memory(r);
    json_object_foreach(object, name, formula)
    {
        char key[KEY_BYTES];
        reader_member(key, "cost", name);
        HONE_TRY(reader_name(r, name, "cost", &steps[n].name));
        if (is_parameter(r->space, name))
            return reader_fail(r, "cost", "'%s' is a parameter", name);
        if (is_let(r->space, name)) return reader_fail(r, "cost", "'%s' is a let", name);
        HONE_TRY(reader_expr(r, formula, key, &steps[n++].expr));
    }
    r->space->cost = steps;
    r->space->n_cost = n;
    return HONE_OK;
}

static enum hone_status load_constraints(const struct reader *r, const json_t *root)
{
    const json_t *list = json_object_get(root, "constraints");
    HONE_TRY(reader_list(r, list, "constraints", HONE_SPACE_MAX_CONSTRAINTS));
    size_t n = json_array_size(list);
    const struct hone_expr **exprs = hone_arena_array(&r->space->arena, n + 1, sizeof *exprs);
    if (!exprs) return reader_no_memory(r);
    for (size_t i = 0; i < n; i++) {
        char key[KEY_BYTES];
        reader_key(key, "constraints", i);
        HONE_TRY(reader_expr(r, json_array_get(list, i), key, &exprs[i]));
    }
    r->space->constraints = exprs;
    r->space->n_constraints = n;
    return HONE_OK;
}

static enum hone_status load_formats(const struct reader *r, json_t *root)
{
    json_t *object = json_object_get(root, "formats");
    HONE_TRY(reader_object(r, object, "formats", HONE_SPACE_MAX_OPERANDS));
    struct hone_space_operand *operands =
        hone_arena_array(&r->space->arena, json_object_size(object) + 1, sizeof *operands);
    if (!operands) return reader_no_memory(r);
    const char *name;
    json_t *format;
    json_object_foreach(object, name, format)
    {
        struct hone_space_operand *operand = &operands[r->space->n_operands++];
        char key[KEY_BYTES];
        HONE_TRY(reader_name(r, name, "formats", &operand->name));
        reader_member(key, "formats", name);
        HONE_TRY(reader_expr(r, format, key, &operand->format));
    }
    r->space->operands = operands;
    return HONE_OK;
}

static enum hone_status load_grid(const struct reader *r, const json_t *root)
{
    static const char *const grid_keys[] = {"rule", "p0", "p1"};
    static const char *const optional[] = {"schedule"};
    const json_t *grid = json_object_get(root, "grid");
    const char *rule;
    HONE_TRY(reader_object(r, grid, "grid", 4));
    HONE_TRY(reader_keys(r, grid, "grid", grid_keys, 3, optional, 1));
    HONE_TRY(reader_word(r, json_object_get(grid, "rule"), "grid.rule", WORD_NAME, &rule));
    r->space->grid_rule = rules_find_grid(rule);
    if (!r->space->grid_rule)
        return reader_fail(r, "grid.rule", "'%s' is not a grid rule (const, tokens, out)", rule);
    HONE_TRY(reader_expr(r, json_object_get(grid, "p0"), "grid.p0", &r->space->grid_p0));
    HONE_TRY(reader_expr(r, json_object_get(grid, "p1"), "grid.p1", &r->space->grid_p1));
    const json_t *schedule = json_object_get(grid, "schedule");
    if (!schedule) return HONE_OK;
    return reader_expr(r, schedule, "grid.schedule", &r->space->grid_schedule);
}

/* Threads of a block and their memory: of spaces for GPUs. */
static enum hone_status load_block(const struct reader *r, const json_t *root)
{
    const struct {
        const char *key;
        const struct hone_expr **expr;
    } formulas_of_block[] = {{"block", &r->space->block},
                             {"shared", &r->space->shared},
                             {"cluster", &r->space->cluster}};
    const json_t *block = json_object_get(root, "block"), *shared = json_object_get(root, "shared");
    if (!block != !shared)
        return reader_fail(r, block ? "shared" : "block", "missing: '%s' is there",
                           block ? "block" : "shared");
    if (!block && json_object_get(root, "cluster")) return reader_fail(r, "block", "missing");
    for (size_t i = 0; i < sizeof formulas_of_block / sizeof *formulas_of_block; i++) {
        const json_t *formula = json_object_get(root, formulas_of_block[i].key);
        if (formula)
            HONE_TRY(reader_expr(r, formula, formulas_of_block[i].key, formulas_of_block[i].expr));
    }
    return HONE_OK;
}

static enum hone_status load_root(const struct reader *r, json_t *root)
{
    size_t n_keys = sizeof keys / sizeof *keys;
    size_t n_optional = sizeof optional_keys / sizeof *optional_keys;
    HONE_TRY(reader_object(r, root, "the file", n_keys + n_optional));
    HONE_TRY(reader_keys(r, root, NULL, keys, n_keys, optional_keys, n_optional));
    HONE_TRY(load_words(r, root));
    HONE_TRY(load_lets(r, root));
    HONE_TRY(load_formulas(r, root));
    HONE_TRY(load_problem(r, root));
    HONE_TRY(load_parameters(r, root));
    HONE_TRY(load_constraints(r, root));
    HONE_TRY(load_cost(r, root));
    HONE_TRY(load_formats(r, root));
    HONE_TRY(load_block(r, root));
    return load_grid(r, root);
}

/* Takes the document. */
static enum hone_status build(json_t *root, const char *text, size_t n_bytes, const char *file,
                              struct hone_space **out_space, struct hone_error *err)
{
    struct hone_space *space = calloc(1, sizeof *space);
    if (space) space->file = hone_arena_text(&space->arena, file, strlen(file));
    enum hone_status status = HONE_ERR_NO_MEMORY;
    if (!space || !space->file) {
        hone_fail(err, status, "no memory for search space %s", file);
    } else {
        struct reader reader = {space, text, n_bytes, err};
        status = load_root(&reader, root);
    }
    json_decref(root);
    if (status != HONE_OK) {
        hone_space_free(space);
        return status;
    }
    *out_space = space;
    return HONE_OK;
}

enum hone_status hone_space_parse(const char *text, size_t n_bytes, const char *file,
                                  struct hone_space **out_space, struct hone_error *err)
{
    json_t *root;
    *out_space = NULL;
    HONE_TRY(document_parse(text, n_bytes, file, &root, err));
    return build(root, text, n_bytes, file, out_space, err);
}

enum hone_status hone_space_load(const char *path, struct hone_space **out_space,
                                 struct hone_error *err)
{
    char *text;
    size_t n_bytes;
    json_t *root;
    *out_space = NULL;
    HONE_TRY(hone_file_read(path, SPACE_FILE_LIMIT, &text, &n_bytes, err));
    enum hone_status status = document_parse(text, n_bytes, path, &root, err);
    if (status == HONE_OK) {
        status = document_resolve(path, &root, err);
        if (status == HONE_OK)
            status = build(root, text, n_bytes, path, out_space, err);
        else
            json_decref(root);
    }
    free(text);
    return status;
}

void hone_space_free(struct hone_space *space)
{
    if (!space) return;
    hone_arena_release(&space->arena);
    free(space);
}
