/* SPDX-License-Identifier: MIT */
/* hone probe: the targets and devices here, their features, and what they reach. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/probe.h"

static uint32_t json, n_threads, quick;

static const struct option options[] = {
    {'t', "threads", OPTION_U32, &n_threads, "N", "beside one thread; one per CPU"},
    {0, "quick", OPTION_FLAG, &quick, NULL, "measure nothing"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
};

static const struct command_line line = {
    .usage = "probe [--json]",
    .purpose = "what this machine is and what probe kernels reach on it",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

struct found {
    struct hone_target target;
    struct hone_cpu_facts facts;
    char compiler[128], note[HONE_ERROR_TEXT_BYTES];
    struct probe_ceiling ceilings[2 * PROBE_MAX_CEILINGS];
    uint32_t n_ceilings;
};

static enum hone_status probe_with(struct hone_kernels *kernels, const char *runner_path,
                                   uint32_t threads, struct found *found, struct hone_error *err)
{
    const char *const command[] = {runner_path, NULL};
    struct hone_runner_options options_of = {
        .struct_size = sizeof options_of, .command = command, .n_threads = threads};
    struct hone_runner *runner;
    uint32_t n = 0;
    HONE_TRY(hone_runner_open(&options_of, &runner, err));
    enum hone_status status =
        probe_measure(kernels, runner, found->ceilings + found->n_ceilings, &n, err);
    found->n_ceilings += n;
    hone_runner_close(runner);
    return status;
}

static enum hone_status measure(struct found *found, struct hone_error *err)
{
    struct hone_paths paths;
    HONE_TRY(hone_paths_find(&paths, err));
    const char *const worker[] = {paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels_options = {
        .struct_size = sizeof kernels_options, .data_dir = paths.data, .compile_command = worker};
    struct hone_kernels *kernels;
    HONE_TRY(hone_kernels_open(&kernels_options, &kernels, err));
    uint32_t all = n_threads ? n_threads : found->facts.n_cpus;
    enum hone_status status = probe_with(kernels, paths.runner, 1, found, err);
    if (status == HONE_OK && all > 1) status = probe_with(kernels, paths.runner, all, found, err);
    hone_kernels_close(kernels);
    return status;
}

static void features_text(const struct hone_target *target, char *out_text, size_t capacity)
{
    size_t at = 0;
    out_text[0] = '\0';
    for (int f = 0; f < HONE_CPU_FEATURES && at < capacity; f++)
        if (hone_target_has(target, (enum hone_cpu_feature)f))
            at += (size_t)snprintf(out_text + at, capacity - at, "%s%s", at ? " " : "",
                                   hone_cpu_feature_name((enum hone_cpu_feature)f));
}

static void print_text(const struct found *found)
{
    char target[HONE_TARGET_TEXT_BYTES], features[256];
    const struct hone_cpu_facts *facts = &found->facts;
    hone_target_format(&found->target, target);
    features_text(&found->target, features, sizeof features);
    printf("target     %s\n", target);
    printf("processor  %s, %u CPUs\n", facts->model, facts->n_cpus);
    printf("features   %s\n", features[0] ? features : "none");
    printf("caches     L1 %llu KiB, L2 %llu KiB, L3 %llu KiB\n",
           (unsigned long long)facts->l1_bytes >> 10, (unsigned long long)facts->l2_bytes >> 10,
           (unsigned long long)facts->l3_bytes >> 10);
    printf("compiler   %s\n", found->compiler[0] ? found->compiler : found->note);
    for (uint32_t i = 0; i < found->n_ceilings; i++) {
        const struct probe_ceiling *c = &found->ceilings[i];
        if (i == 0 || found->ceilings[i - 1].n_threads != c->n_threads)
            printf("\n%u thread%s\n", c->n_threads, c->n_threads == 1 ? "" : "s");
        printf("  %-14s %9.1f %s   (%.1f .. %.1f)\n", c->name, c->per_second / 1e9,
               c->unit == PROBE_BYTES ? "GB/s " : "Gop/s", c->low / 1e9, c->high / 1e9);
    }
}

static enum hone_status print_json(const struct found *found, struct hone_error *err)
{
    char target[HONE_TARGET_TEXT_BYTES];
    const struct hone_cpu_facts *facts = &found->facts;
    json_t *features = json_array(), *ceilings = json_array();
    hone_target_format(&found->target, target);
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (hone_target_has(&found->target, (enum hone_cpu_feature)f))
            json_array_append_new(features,
                                  json_string(hone_cpu_feature_name((enum hone_cpu_feature)f)));
    for (uint32_t i = 0; i < found->n_ceilings; i++) {
        const struct probe_ceiling *c = &found->ceilings[i];
        json_array_append_new(ceilings,
                              json_pack("{s:s, s:s, s:i, s:f, s:f, s:f}", "name", c->name, "unit",
                                        c->unit == PROBE_BYTES ? "bytes/s" : "operations/s",
                                        "threads", (int)c->n_threads, "value", c->per_second, "low",
                                        c->low, "high", c->high));
    }
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:s, s:o, s:o}", "target", target, "processor",
                  facts->model, "cpus", (int)facts->n_cpus, "l1_bytes", (json_int_t)facts->l1_bytes,
                  "l2_bytes", (json_int_t)facts->l2_bytes, "l3_bytes", (json_int_t)facts->l3_bytes,
                  "compiler", found->compiler, "features", features, "ceilings", ceilings);
    if (!object) return hone_fail(err, HONE_ERR_NO_MEMORY, "probe: no memory");
    json_dumpf(object, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(object);
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    HONE_TRY(options_parse(&line, argc, argv, NULL, err));
    struct found *found = calloc(1, sizeof *found);
    if (!found) return hone_fail(err, HONE_ERR_NO_MEMORY, "probe: no memory");
    struct hone_error missing = {0};
    hone_target_detect(&found->target);
    hone_cpu_facts_read(&found->facts);
    enum hone_status status = HONE_OK;
    if (hone_compiler_version("llvm", found->compiler, sizeof found->compiler, &missing))
        snprintf(found->note, sizeof found->note, "none (%.480s)", missing.text);
    else if (!quick)
        status = measure(found, err);
    if (status == HONE_OK && json) status = print_json(found, err);
    if (status == HONE_OK && !json) print_text(found);
    free(found);
    return status;
}

const struct command command_probe = {"probe", &line, run};
