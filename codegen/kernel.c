/* SPDX-License-Identifier: MIT */
/* Problem + space + config -> variant: constraints, launch record, formats, rendered text. */
#include "codegen/kernel_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/package/format.h"

static const char *const grid_rules[HONE_GRID_RULES] = {
    [HONE_GRID_CONST] = "const", [HONE_GRID_TOKENS] = "tokens", [HONE_GRID_OUT] = "out"};

static enum hone_status open_data(struct hone_kernels *kernels, const char *data_dir,
                                  struct hone_error *err)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/search-spaces", data_dir) >= (int)sizeof path)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%.64s...: path too long", data_dir);
    HONE_TRY(hone_space_list_load(path, &kernels->spaces, err));
    snprintf(path, sizeof path, "%s/templates", data_dir);
    return hone_template_library_open_dir(path, &kernels->library, err);
}

static enum hone_status open_worker(struct hone_kernels *kernels,
                                    const struct hone_kernels_options *options,
                                    struct hone_error *err)
{
    if (!options->compile_command) return HONE_OK;
    struct hone_compile_worker_options worker = {
        .struct_size = sizeof worker,
        .command = options->compile_command,
        .deadline_seconds = options->compile_seconds,
        .memory_bytes = options->compile_bytes,
    };
    return hone_compile_worker_start(&worker, &kernels->worker, err);
}

enum hone_status hone_kernels_open(const struct hone_kernels_options *options,
                                   struct hone_kernels **out_kernels, struct hone_error *err)
{
    *out_kernels = NULL;
    struct hone_kernels *kernels = calloc(1, sizeof *kernels);
    if (!kernels) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the kernel maker");
    if (options->target)
        kernels->target = *options->target;
    else
        hone_target_detect(&kernels->target);
    if (options->facts)
        kernels->facts = *options->facts;
    else
        hone_target_facts(&kernels->target, &kernels->facts);
    hone_target_format(&kernels->target, kernels->target_text);
    kernels->cache = options->cache;
    kernels->keep_text = options->keep_text;
    kernels->codegen = hone_codegen_target_find(kernels->target.family);
    enum hone_status status =
        kernels->codegen ? HONE_OK
                         : hone_fail(err, HONE_ERR_TARGET, "no target family '%s' is built in",
                                     kernels->target.family);
    if (status == HONE_OK) status = open_data(kernels, options->data_dir, err);
    if (status == HONE_OK) status = open_worker(kernels, options, err);
    if (status != HONE_OK) {
        hone_kernels_close(kernels);
        return status;
    }
    *out_kernels = kernels;
    return HONE_OK;
}

void hone_kernels_close(struct hone_kernels *kernels)
{
    if (!kernels) return;
    if (kernels->worker) hone_compile_worker_stop(kernels->worker);
    if (kernels->library) hone_template_library_close(kernels->library);
    hone_space_list_free(&kernels->spaces);
    kernel_entries_free(kernels->entries);
    free(kernels);
}

const struct hone_space_list *hone_kernels_spaces(const struct hone_kernels *kernels)
{
    return &kernels->spaces;
}

const struct hone_target *hone_kernels_target(const struct hone_kernels *kernels)
{
    return &kernels->target;
}

const struct hone_machine_facts *hone_kernels_facts(const struct hone_kernels *kernels)
{
    return &kernels->facts;
}

bool hone_kernels_takes(const struct hone_kernels *kernels, const struct hone_space *space)
{
    return strcmp(space->family, kernels->codegen->spaces) == 0;
}

static enum hone_status resolve_formats(struct hone_variant *variant, struct hone_error *err)
{
    const struct hone_problem *problem = &variant->call.problem;
    const struct hone_op *op = problem->op;
    const char *file = variant->space->file;
    for (size_t i = 0; i < variant->launch.n_operands; i++) {
        const char *name = variant->launch.operands[i].operand;
        const char *format_name = variant->launch.operands[i].format;
        int operand = hone_op_operand(op, name);
        if (operand < 0)
            return hone_fail(err, HONE_ERR_TEMPLATE, "%s: op %s has no operand '%s'", file,
                             op->name, name);
        const struct hone_format *format = hone_format_find(format_name);
        if (!format)
            return hone_fail(err, HONE_ERR_TEMPLATE, "%s: operand '%s': no format '%s'", file, name,
                             format_name);
        if (format->type != problem->types[operand])
            return hone_fail(err, HONE_ERR_TEMPLATE,
                             "%s: operand '%s': format %s given, but the problem's type is %s",
                             file, name, format_name,
                             hone_type_info(problem->types[operand])->name);
        variant->call.formats[operand] = format;
    }
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (!variant->call.formats[i])
            return hone_fail(err, HONE_ERR_TEMPLATE, "%s: no format given for operand '%s'", file,
                             op->operands[i].name);
    return HONE_OK;
}

static enum hone_status resolve_launch(const struct hone_kernels *kernels,
                                       struct hone_variant *variant, const struct hone_env *env,
                                       struct hone_error *err)
{
    const struct hone_space *space = variant->space;
    const char *broken = NULL;
    if (kernels->codegen->has_threads && !space->block)
        return hone_fail(err, HONE_ERR_TEMPLATE, "%s: keys 'block' and 'shared' are missing",
                         space->file);
    HONE_TRY(hone_space_valid(space, env, &variant->config, &broken, err));
    if (broken) {
        char text[HONE_CONFIG_TEXT_BYTES];
        hone_config_print(space, &variant->config, text);
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: %.200s: constraint %.160s does not hold",
                         space->name, text, broken);
    }
    HONE_TRY(hone_space_launch(space, env, &variant->config, &variant->launch, err));
    for (uint32_t rule = 0; rule < HONE_GRID_RULES; rule++)
        if (strcmp(variant->launch.grid_rule, grid_rules[rule]) == 0) {
            /* "tokens" means the problem's rows, whichever of the two they are. */
            bool out = rule == HONE_GRID_TOKENS && variant->call.problem.rows_are_out;
            variant->grid_rule = out ? HONE_GRID_OUT : rule;
            return resolve_formats(variant, err);
        }
    return hone_fail(err, HONE_ERR_TEMPLATE, "%s: unknown grid rule '%s'", space->file,
                     variant->launch.grid_rule);
}

/* A line of the text that is looked for; NULL: none. */
struct finding {
    uint32_t line;
    char *place;
};

static enum hone_status render(struct hone_kernels *kernels, const char *path,
                               struct hone_variant *variant, const struct hone_env *env,
                               const struct finding *finding, struct hone_error *err)
{
    const struct hone_template *tmpl;
    enum hone_status status = hone_template_load(kernels->library, path, &tmpl, err);
    if (variant->space && (status == HONE_ERR_NOT_FOUND || status == HONE_ERR_ARGUMENT))
        return hone_fail_in(err, HONE_ERR_TEMPLATE, "%s", variant->space->file);
    HONE_TRY(status);
    char config[HONE_CONFIG_TEXT_BYTES] = "";
    if (variant->space) {
        HONE_TRY(hone_space_check(variant->space, tmpl, err));
        HONE_TRY(hone_config_print(variant->space, &variant->config, config));
    }
    struct hone_render_options options = {.comment = kernels->codegen->comment,
                                          .config = variant->space ? config : NULL};
    if (finding) {
        options.find_line = finding->line;
        options.out_place = finding->place;
    }
    return hone_template_render(kernels->library, tmpl, env, &options, &variant->source,
                                &variant->n_source_bytes, err);
}

static enum hone_status bind_and_render(struct hone_kernels *kernels, struct hone_variant *variant,
                                        const struct hone_env *env, const struct finding *finding,
                                        struct hone_error *err)
{
    const struct hone_op *op = variant->call.problem.op;
    struct hone_env child;
    hone_env_init(&child, env);
    enum hone_status status = hone_config_bind(variant->space, &variant->config, &child, err);
    for (uint32_t i = 0; status == HONE_OK && i < op->n_operands; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_format", op->operands[i].name);
        status = hone_env_set_text(&child, name, variant->call.formats[i]->name, err);
    }
    if (status == HONE_OK)
        status = render(kernels, variant->space->template_path, variant, &child, finding, err);
    hone_env_release(&child);
    return status;
}

/* Everything but the text; `env` becomes the problem's. */
static enum hone_status resolve(const struct hone_kernels *kernels, const struct hone_space *space,
                                const struct hone_problem *problem,
                                const struct hone_config *config, struct hone_env *env,
                                struct hone_variant *out_variant, struct hone_error *err)
{
    memset(out_variant, 0, sizeof *out_variant);
    out_variant->space = space;
    out_variant->entry = space->entry;
    out_variant->call.problem = *problem;
    out_variant->args_bytes = 8 * problem->op->n_args;
    if (!hone_kernels_takes(kernels, space))
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: a space of family %s, not of target %s",
                         space->name, space->family, kernels->target_text);
    HONE_TRY(hone_kernels_env(kernels, problem, env, err));
    if (config)
        out_variant->config = *config;
    else
        HONE_TRY(hone_space_default(space, env, &out_variant->config, err));
    return resolve_launch(kernels, out_variant, env, err);
}

enum hone_status hone_kernels_launch(const struct hone_kernels *kernels,
                                     const struct hone_space *space,
                                     const struct hone_problem *problem,
                                     const struct hone_config *config,
                                     struct hone_variant *out_variant, struct hone_error *err)
{
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = resolve(kernels, space, problem, config, &env, out_variant, err);
    hone_env_release(&env);
    return status;
}

enum hone_status hone_kernels_variant(struct hone_kernels *kernels, const struct hone_space *space,
                                      const struct hone_problem *problem,
                                      const struct hone_config *config,
                                      struct hone_variant *out_variant, struct hone_error *err)
{
    struct hone_env env;
    hone_env_init(&env, NULL);
    enum hone_status status = resolve(kernels, space, problem, config, &env, out_variant, err);
    if (status == HONE_OK) status = bind_and_render(kernels, out_variant, &env, NULL, err);
    hone_env_release(&env);
    if (status == HONE_OK) status = kernel_key(kernels, out_variant, err);
    if (status != HONE_OK) hone_variant_release(out_variant);
    return status;
}

void kernel_place(struct hone_kernels *kernels, const struct hone_variant *variant, uint32_t number,
                  char out_place[HONE_TEMPLATE_PLACE_BYTES])
{
    struct hone_variant again = *variant;
    struct hone_env env;
    struct finding finding = {number, out_place};
    out_place[0] = '\0';
    if (!variant->space || number == 0) return;
    again.source = NULL;
    hone_env_init(&env, NULL);
    if (hone_kernels_env(kernels, &variant->call.problem, &env, NULL) == HONE_OK)
        bind_and_render(kernels, &again, &env, &finding, NULL);
    hone_env_release(&env);
    free(again.source);
}

static enum hone_status plain_launch(const struct hone_env *env, struct hone_variant *variant,
                                     struct hone_error *err)
{
    const struct {
        const char *name;
        uint32_t *number;
    } numbers[] = {{"block", &variant->launch.block_threads},
                   {"shared", &variant->launch.shared_bytes},
                   {"args_bytes", &variant->args_bytes}};
    variant->launch.cluster_blocks = 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct hone_value value;
        if (!hone_env_get(env, numbers[i].name, &value) || value.kind != HONE_VALUE_INT ||
            value.i < 0 || value.i > INT32_MAX)
            return hone_fail(err, HONE_ERR_ARGUMENT, "%s: '%s' must say how it is launched",
                             variant->entry, numbers[i].name);
        *numbers[i].number = (uint32_t)value.i;
    }
    return HONE_OK;
}

enum hone_status hone_kernels_plain(struct hone_kernels *kernels, const char *template_path,
                                    const char *entry, struct hone_env *env,
                                    struct hone_variant *out_variant, struct hone_error *err)
{
    memset(out_variant, 0, sizeof *out_variant);
    out_variant->entry = entry;
    HONE_TRY(kernels->codegen->facts(&kernels->target, &kernels->facts, env, err));
    if (kernels->codegen->has_threads) HONE_TRY(plain_launch(env, out_variant, err));
    enum hone_status status = render(kernels, template_path, out_variant, env, NULL, err);
    if (status == HONE_OK) status = kernel_key(kernels, out_variant, err);
    if (status != HONE_OK) hone_variant_release(out_variant);
    return status;
}

void hone_variant_release(struct hone_variant *variant)
{
    free(variant->source);
    memset(variant, 0, sizeof *variant);
}

void hone_variant_format_tuple(const struct hone_variant *variant,
                               char out_text[HONE_FORMAT_TUPLE_BYTES])
{
    const struct hone_op *op = variant->call.problem.op;
    size_t at = 0;
    out_text[0] = '\0';
    for (uint32_t i = 0; i < op->n_operands && at < HONE_FORMAT_TUPLE_BYTES; i++) {
        int n = snprintf(out_text + at, HONE_FORMAT_TUPLE_BYTES - at, "%s%s=%s", i ? " " : "",
                         op->operands[i].name, variant->call.formats[i]->name);
        at += (size_t)n;
    }
}
