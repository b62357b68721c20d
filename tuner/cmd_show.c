/* SPDX-License-Identifier: MIT */
/* hone show: the winners of a store, or one variant: its call, facts, source and assembly. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/store.h"
#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/problem_text.h"
#include "tuner/progress.h"

static const char *problem, *config, *target = "native";
static uint32_t source, assembly;

static const struct option options[] = {
    {0, "problem", OPTION_TEXT, &problem, "KEY", "a problem's key; of a store: a part of it"},
    {0, "config", OPTION_TEXT, &config, "TEXT", "\"MR=4 NV=2\"; the default of the space"},
    {0, "target", OPTION_TEXT, &target, "T", "native, or cpu:x86_64:avx2+fma+f16c"},
    {0, "source", OPTION_FLAG, &source, NULL, "print the rendered text"},
    {0, "assembly", OPTION_FLAG, &assembly, NULL, "compile, and print the assembly"},
};

static const struct command_line line = {
    .usage = "show FILE.store|SPACE [--problem KEY] [--source] [--assembly]",
    .purpose = "winners of a store, or a variant: call, facts, source, assembly",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

struct shown {
    const char *space, *config;
    const struct hone_problem *problem;
};

static enum hone_status print_facts(struct hone_kernels *kernels,
                                    const struct hone_variant *variant, struct hone_error *err)
{
    struct hone_binary binary;
    HONE_TRY(hone_kernels_assemble(kernels, variant, &binary, err));
    printf("facts      %u instructions, %u vector spills, %u bytes of stack, %u bytes of code\n",
           binary.facts.n_instructions, binary.facts.n_vector_spills, binary.facts.stack_bytes,
           binary.facts.code_bytes);
    if (assembly && binary.assembly) printf("\n%s", binary.assembly);
    hone_binary_release(&binary);
    return HONE_OK;
}

static enum hone_status print_variant(struct hone_kernels *kernels,
                                      const struct hone_variant *variant, struct hone_error *err)
{
    char text[HONE_CONFIG_TEXT_BYTES], formats[HONE_FORMAT_TUPLE_BYTES];
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(&variant->call.problem, key);
    HONE_TRY(hone_config_print(variant->space, &variant->config, text));
    hone_variant_format_tuple(variant, formats);
    printf("problem    %s\nspace      %s (%s)\nconfig     %s\nformats    %s\n", key,
           variant->space->name, variant->space->template_path, text, formats);
    printf("grid       %s, p0 %u, p1 %u; %" PRIu64 " bytes of scratch per worker\n",
           variant->launch.grid_rule, variant->launch.grid_p0, variant->launch.grid_p1,
           variant->launch.scratch_bytes);
    printf("numerics   %s, rank %" PRId64 "\ncode key   %s\n", variant->launch.numerics,
           variant->launch.rank, variant->code_key[0] ? variant->code_key : "no compiler");
    if (source) printf("\n%s\n", variant->source);
    if (variant->code_key[0]) return print_facts(kernels, variant, err);
    return HONE_OK;
}

static enum hone_status show_variant(struct hone_kernels *kernels, const struct shown *shown,
                                     struct hone_error *err)
{
    const struct hone_space *space =
        hone_space_list_find(hone_kernels_spaces(kernels), shown->space);
    struct hone_config parsed;
    struct hone_variant variant;
    if (!space) return hone_fail(err, HONE_ERR_NOT_FOUND, "'%s' is no search space", shown->space);
    if (shown->config) HONE_TRY(hone_config_parse(space, shown->config, &parsed, err));
    HONE_TRY(hone_kernels_variant(kernels, space, shown->problem, shown->config ? &parsed : NULL,
                                  &variant, err));
    enum hone_status status = print_variant(kernels, &variant, err);
    hone_variant_release(&variant);
    return status;
}

static void print_space(const struct hone_space *space)
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

static enum hone_status show_space(struct hone_kernels *kernels, const char *name,
                                   struct hone_error *err)
{
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), name);
    if (!space)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "'%s' is neither a store nor a search space",
                         name);
    if (!problem) {
        print_space(space);
        return HONE_OK;
    }
    struct hone_problem parsed;
    HONE_TRY(problem_parse(problem, &parsed, err));
    struct shown shown = {name, config, &parsed};
    return show_variant(kernels, &shown, err);
}

static enum hone_status show_winner(struct hone_kernels *kernels,
                                    const struct hone_store_winner *winner, struct hone_error *err)
{
    char time[32];
    struct hone_problem parsed;
    progress_time(winner->median_ns, time, sizeof time);
    if (!source && !assembly) {
        printf("%s\n    %s, %.3f (%.3f .. %.3f) of the default  %s %s%s\n    %s; %s\n",
               winner->variant.problem, time, winner->ratio, winner->ratio_low, winner->ratio_high,
               winner->variant.space, winner->variant.config,
               winner->is_default ? "  (default)" : "", winner->variant.formats, winner->proof);
        return HONE_OK;
    }
    HONE_TRY(problem_parse(winner->variant.problem, &parsed, err));
    printf("winner     %s, %.3f (%.3f .. %.3f) of the default\nregime     %s\ndevice     %s\n"
           "proof      %s\n",
           time, winner->ratio, winner->ratio_low, winner->ratio_high, winner->regime,
           winner->device, winner->proof);
    struct shown shown = {winner->variant.space, winner->variant.config, &parsed};
    return show_variant(kernels, &shown, err);
}

static enum hone_status show_store(struct hone_kernels *kernels, const char *path,
                                   struct hone_error *err)
{
    struct hone_store *store;
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_store_winner *winners;
    struct hone_arena arena = {0};
    size_t n;
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    enum hone_status status = hone_store_winners_read(store, NULL, &arena, &winners, &n, err);
    for (size_t i = 0; status == HONE_OK && i < n; i++)
        if (!problem || strstr(winners[i].variant.problem, problem))
            status = show_winner(kernels, &winners[i], err);
    hone_arena_release(&arena);
    hone_store_close(store);
    return status;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *what;
    struct hone_paths paths;
    struct hone_target parsed;
    HONE_TRY(options_parse(&line, argc, argv, &what, err));
    HONE_TRY(hone_paths_find(&paths, err));
    HONE_TRY(hone_target_parse(target, &parsed, err));
    const char *const worker[] = {paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels_options = {.struct_size = sizeof kernels_options,
                                                   .data_dir = paths.data,
                                                   .target = &parsed,
                                                   .compile_command = worker};
    struct hone_kernels *kernels;
    HONE_TRY(hone_kernels_open(&kernels_options, &kernels, err));
    enum hone_status status =
        access(what, F_OK) == 0 ? show_store(kernels, what, err) : show_space(kernels, what, err);
    hone_kernels_close(kernels);
    return status;
}

const struct command command_show = {"show", &line, run};
