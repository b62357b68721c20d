/* SPDX-License-Identifier: MIT */
/* What show prints, as data. */
#include "tuner/show_json.h"

#include <string.h>

#include "tuner/report/table.h"
#include "tuner/show_variant.h"

static json_t *text_of(const char *text)
{
    return report_json_text(text, strlen(text));
}

/* ---- spaces ---- */

static json_t *json_parameter(const struct hone_space_parameter *parameter)
{
    json_t *values = json_array();
    for (size_t v = 0; values && v < parameter->n_values; v++) {
        char text[HONE_SPACE_NAME_BYTES];
        hone_value_print(&parameter->values[v], text, sizeof text);
        json_array_append_new(values, text_of(text));
    }
    return json_pack("{s:o, s:o, s:o}", "name", text_of(parameter->name), "values", values,
                     "default", text_of(hone_expr_source(parameter->preset)));
}

json_t *show_json_space(const struct hone_space *space)
{
    json_t *parameters = json_array(), *constraints = json_array();
    for (size_t p = 0; parameters && p < space->n_parameters; p++)
        json_array_append_new(parameters, json_parameter(&space->parameters[p]));
    for (size_t c = 0; constraints && c < space->n_constraints; c++)
        json_array_append_new(constraints, text_of(hone_expr_source(space->constraints[c])));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "space", text_of(space->name), "op",
                     text_of(space->op), "template", text_of(space->template_path), "about",
                     text_of(space->about), "applies", text_of(hone_expr_source(space->applies)),
                     "parameters", parameters, "constraints", constraints);
}

/* ---- a variant ---- */

/* Threads and their memory, of kernels that have them. */
static void add_block(json_t *object, const struct hone_launch_record *launch)
{
    if (!object || !launch->block_threads) return;
    json_object_set_new(object, "block_threads", json_integer(launch->block_threads));
    json_object_set_new(object, "shared_bytes", json_integer(launch->shared_bytes));
    json_object_set_new(object, "cluster_blocks", json_integer(launch->cluster_blocks));
}

static json_t *json_facts(const struct hone_static_facts *facts)
{
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I}", "instructions", (json_int_t)facts->n_instructions,
                  "vector_spills", (json_int_t)facts->n_vector_spills, "stack_bytes",
                  (json_int_t)facts->stack_bytes, "code_bytes", (json_int_t)facts->code_bytes);
    if (!object || !facts->n_registers) return object;
    json_object_set_new(object, "registers", json_integer(facts->n_registers));
    json_object_set_new(object, "shared_bytes", json_integer(facts->shared_bytes));
    return object;
}

static json_t *json_call(const struct hone_variant *v, const char *config)
{
    char formats[HONE_FORMAT_TUPLE_BYTES], key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(&v->call.problem, key);
    hone_variant_format_tuple(v, formats);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:s, s:I, s:o, s:I, s:s}", "problem",
                     text_of(key), "space", text_of(v->space->name), "template",
                     text_of(v->space->template_path), "config", text_of(config), "formats",
                     text_of(formats), "grid_rule", v->launch.grid_rule, "grid_p0",
                     (json_int_t)v->launch.grid_p0, "grid_p1", (json_int_t)v->launch.grid_p1,
                     "schedule", v->launch.is_dynamic ? "dynamic" : "static", "scratch_bytes",
                     (json_int_t)v->launch.scratch_bytes, "numerics", text_of(v->launch.numerics),
                     "rank", (json_int_t)v->launch.rank, "code_key", v->code_key);
}

static enum hone_status add_binary(struct hone_kernels *kernels, const struct hone_variant *variant,
                                   unsigned parts, json_t *object, struct hone_error *err)
{
    struct hone_binary binary;
    const char *compiler;
    struct hone_error none = {0};
    if (hone_kernels_compiler(kernels, &compiler, &none) != HONE_OK && !(parts & SHOW_ASSEMBLY))
        return HONE_OK;
    HONE_TRY(hone_kernels_assemble(kernels, variant, &binary, err));
    json_object_set_new(object, "facts", json_facts(&binary.facts));
    if (parts & SHOW_ASSEMBLY && binary.assembly)
        json_object_set_new(object, "assembly", text_of(binary.assembly));
    hone_binary_release(&binary);
    return HONE_OK;
}

enum hone_status show_json_variant(struct hone_kernels *kernels, const struct hone_variant *variant,
                                   unsigned parts, json_t **out_json, struct hone_error *err)
{
    char config[HONE_CONFIG_TEXT_BYTES];
    HONE_TRY(hone_config_print(variant->space, &variant->config, config));
    json_t *object = json_call(variant, config);
    add_block(object, &variant->launch);
    if (!object) return hone_fail(err, HONE_ERR_NO_MEMORY, "show: no memory");
    if (parts & SHOW_SOURCE)
        json_object_set_new(object, "source",
                            report_json_text(variant->source, variant->n_source_bytes));
    enum hone_status status =
        parts == SHOW_LAUNCH ? HONE_OK : add_binary(kernels, variant, parts, object, err);
    if (status == HONE_OK)
        *out_json = object;
    else
        json_decref(object);
    return status;
}

/* ---- winners ---- */

void show_winners_begin(struct records *records)
{
    static const struct record_column columns[] = {{"problem", "problem", RECORD_TEXT},
                                                   {"space", "kernel", RECORD_TEXT},
                                                   {"config", "config", RECORD_TEXT},
                                                   {"formats", "formats", RECORD_TEXT},
                                                   {"is_default", "default", RECORD_FLAG},
                                                   {"median_ns", "time", RECORD_NS},
                                                   {"ratio", "of default", RECORD_RATIO},
                                                   {"ratio_low", NULL, RECORD_RATIO},
                                                   {"ratio_high", NULL, RECORD_RATIO},
                                                   {"round", NULL, RECORD_INTEGER},
                                                   {"n_trials", "trials", RECORD_INTEGER},
                                                   {"instructions", "instr", RECORD_INTEGER},
                                                   {"vector_spills", "spills", RECORD_INTEGER},
                                                   {"stack_bytes", NULL, RECORD_INTEGER},
                                                   {"code_bytes", "code", RECORD_INTEGER},
                                                   {"scratch_bytes", NULL, RECORD_INTEGER},
                                                   {"rank", NULL, RECORD_INTEGER},
                                                   {"numerics", NULL, RECORD_TEXT},
                                                   {"proof", NULL, RECORD_TEXT},
                                                   {"regime", NULL, RECORD_TEXT},
                                                   {"device", NULL, RECORD_TEXT},
                                                   {"target", NULL, RECORD_TEXT},
                                                   {"compiler", NULL, RECORD_TEXT},
                                                   {"code_key", NULL, RECORD_TEXT},
                                                   {NULL, NULL, RECORD_END}};
    records_begin(records, columns);
}

void show_winners_add(struct records *records, const struct hone_store_winner *w)
{
    const struct hone_store_variant *v = &w->variant;
    record_text(records, v->problem);
    record_text(records, v->space);
    record_text(records, v->config);
    record_text(records, v->formats);
    record_flag(records, w->is_default);
    record_number(records, w->median_ns);
    record_number(records, w->ratio);
    record_number(records, w->ratio_low);
    record_number(records, w->ratio_high);
    record_integer(records, w->round);
    record_integer(records, w->n_trials);
    record_integer(records, v->n_instructions);
    record_integer(records, v->n_vector_spills);
    record_integer(records, v->stack_bytes);
    record_integer(records, v->code_bytes);
    record_integer(records, (int64_t)v->scratch_bytes);
    record_integer(records, v->rank);
    record_text(records, v->numerics);
    record_text(records, w->proof);
    record_text(records, w->regime);
    record_text(records, w->device);
    record_text(records, v->target);
    record_text(records, v->compiler);
    record_text(records, v->code_key);
}
