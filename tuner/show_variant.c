/* SPDX-License-Identifier: MIT */
/* Prints variants and spaces. */
#include "tuner/show_variant.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tuner/report/table.h"
#include "tuner/sample_problem.h"
#include "tuner/show_json.h"

static enum hone_status print_launch(const struct hone_variant *variant)
{
    char text[HONE_CONFIG_TEXT_BYTES], formats[HONE_FORMAT_TUPLE_BYTES];
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(&variant->call.problem, key);
    HONE_TRY(hone_config_print(variant->space, &variant->config, text));
    hone_variant_format_tuple(variant, formats);
    printf("problem    %s\nspace      %s (%s)\nconfig     %s\nformats    %s\n", key,
           variant->space->name, variant->space->template_path, text, formats);
    printf("grid       %s, p0 %u, p1 %u, %s; %" PRIu64 " bytes of scratch per worker\n",
           variant->launch.grid_rule, variant->launch.grid_p0, variant->launch.grid_p1,
           variant->launch.is_dynamic ? "dynamic" : "static", variant->launch.scratch_bytes);
    if (variant->launch.block_threads)
        printf("block      %u threads, %u bytes of shared memory, clusters of %u\n",
               variant->launch.block_threads, variant->launch.shared_bytes,
               variant->launch.cluster_blocks);
    printf("numerics   %s, rank %" PRId64 "\ncode key   %s\n", variant->launch.numerics,
           variant->launch.rank, variant->code_key[0] ? variant->code_key : "no compiler");
    return HONE_OK;
}

static void print_facts(const struct hone_static_facts *facts)
{
    if (facts->n_registers)
        printf("facts      %u registers, %u instructions, %u of them on local memory (%u bytes of "
               "it), %u bytes of shared memory, %u bytes of code\n",
               facts->n_registers, facts->n_instructions, facts->n_vector_spills,
               facts->stack_bytes, facts->shared_bytes, facts->code_bytes);
    else
        printf(
            "facts      %u instructions, %u vector spills, %u bytes of stack, %u bytes of code\n",
            facts->n_instructions, facts->n_vector_spills, facts->stack_bytes, facts->code_bytes);
}

/* Facts, the assembly, or both. */
static enum hone_status print_binary(struct hone_kernels *kernels,
                                     const struct hone_variant *variant, bool facts, bool assembly,
                                     struct hone_error *err)
{
    struct hone_binary binary;
    HONE_TRY(hone_kernels_assemble(kernels, variant, &binary, err));
    if (facts) print_facts(&binary.facts);
    if (assembly && binary.assembly) fputs(binary.assembly, stdout);
    hone_binary_release(&binary);
    return HONE_OK;
}

static enum hone_status print_parts(struct hone_kernels *kernels,
                                    const struct hone_variant *variant, unsigned parts,
                                    struct hone_error *err)
{
    const char *compiler;
    bool can_compile = hone_kernels_compiler(kernels, &compiler, NULL) == HONE_OK;
    if (parts == 0 || parts & SHOW_LAUNCH) HONE_TRY(print_launch(variant));
    if (parts & SHOW_SOURCE) fwrite(variant->source, 1, variant->n_source_bytes, stdout);
    if (parts & SHOW_ASSEMBLY) return print_binary(kernels, variant, false, true, err);
    return parts == 0 && can_compile ? print_binary(kernels, variant, true, false, err) : HONE_OK;
}

enum hone_status show_variant(struct hone_kernels *kernels, const char *space_name,
                              const struct hone_problem *problem, const char *config,
                              unsigned parts, bool json, struct hone_error *err)
{
    json_t *object;
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), space_name);
    struct hone_config parsed;
    struct hone_variant variant;
    if (!space) return hone_fail(err, HONE_ERR_NOT_FOUND, "'%s' is no search space", space_name);
    if (config) HONE_TRY(hone_config_parse(space, config, &parsed, err));
    HONE_TRY(hone_kernels_variant(kernels, space, problem, config ? &parsed : NULL, &variant, err));
    enum hone_status status = json ? show_json_variant(kernels, &variant, parts, &object, err)
                                   : print_parts(kernels, &variant, parts, err);
    if (json && status == HONE_OK) status = report_json(object, stdout, err);
    hone_variant_release(&variant);
    return status;
}

void show_space(const struct hone_space *space)
{
    printf("space      %s\nop         %s\ntemplate   %s\nabout      %s\napplies    %s\n",
           space->name, space->op, space->template_path, space->about,
           hone_expr_source(space->applies));
    for (size_t p = 0; p < space->n_parameters; p++) {
        const struct hone_space_parameter *parameter = &space->parameters[p];
        char text[HONE_SPACE_NAME_BYTES];
        printf("  %-8s", parameter->name);
        for (size_t v = 0; v < parameter->n_values; v++) {
            hone_value_print(&parameter->values[v], text, sizeof text);
            printf(" %s", text);
        }
        printf("   (default %s)\n", hone_expr_source(parameter->preset));
    }
    for (size_t c = 0; c < space->n_constraints; c++)
        printf("  %s\n", hone_expr_source(space->constraints[c]));
}

static enum hone_status count_points(const struct hone_kernels *kernels,
                                     const struct hone_space *space,
                                     const struct hone_problem *problem, uint64_t *out_n,
                                     struct hone_error *err)
{
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, err);
    if (status == HONE_OK) status = hone_space_count(space, &env, out_n, err);
    hone_env_release(&env);
    return status;
}

static enum hone_status add_space(struct records *records, const struct hone_kernels *kernels,
                                  const struct hone_space *space, struct hone_error *err)
{
    struct hone_problem problem;
    uint64_t n_points = 0;
    char key[HONE_PROBLEM_KEY_BYTES], names[256] = "";
    struct hone_error none = {0};
    size_t at = 0;
    bool is_served = sample_problem(kernels, space, NULL, &problem, &none) == HONE_OK;
    if (is_served) {
        HONE_TRY(count_points(kernels, space, &problem, &n_points, err));
        hone_problem_key(&problem, key);
    }
    for (size_t p = 0; p < space->n_parameters && at + 1 < sizeof names; p++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", p ? " " : "",
                               space->parameters[p].name);
    record_text(records, space->name);
    record_text(records, space->op);
    if (is_served)
        record_integer(records, (int64_t)n_points);
    else
        record_none(records);
    record_text(records, names);
    record_text(records, is_served ? key : "none on this target");
    return HONE_OK;
}

enum hone_status show_spaces(const struct hone_kernels *kernels, enum records_mode mode,
                             struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"space", "space", RECORD_TEXT},         {"op", "op", RECORD_TEXT},
        {"points", "points", RECORD_INTEGER},    {"parameters", "parameters", RECORD_TEXT},
        {"example", "for example", RECORD_TEXT}, {NULL, NULL, RECORD_END}};
    const struct hone_space_list *spaces = hone_kernels_spaces(kernels);
    struct records records;
    enum hone_status status = HONE_OK;
    records_begin(&records, columns);
    for (size_t i = 0; status == HONE_OK && i < spaces->n_spaces; i++)
        if (hone_kernels_takes(kernels, spaces->spaces[i]))
            status = add_space(&records, kernels, spaces->spaces[i], err);
    if (status == HONE_OK) return records_end(&records, mode, stdout, err);
    records_drop(&records);
    return status;
}
