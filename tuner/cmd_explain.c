/* SPDX-License-Identifier: MIT */
/* hone explain: where the time of a package goes, and how near each kernel is to the machine's
 * ceilings; or the same of a store's winners. */
#include <stdio.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/explain.h"
#include "tuner/explain_store.h"
#include "tuner/paths.h"
#include "tuner/report/table.h"

static uint32_t n_prompt, n_gen, n_threads, n_repeats = 5, json, configs;
static const char *activations = "int8", *kv = "f16", *mix = "chat";

static const struct option options[] = {
    {'p', "prompt", OPTION_U32, &n_prompt, "N", "rows of the prompt; 512, as the package allows"},
    {'n', "gen", OPTION_U32, &n_gen, "N", "decode steps; 128"},
    {'r', "repeats", OPTION_U32, &n_repeats, "N", "forwards whose median is taken; 5"},
    {'t', "threads", OPTION_U32, &n_threads, "N", "1 or one per CPU; one per CPU"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "what a store was tuned with; int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "what a store was tuned with; f16"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what a store's times are summed over; chat"},
    {0, "configs", OPTION_FLAG, &configs, NULL, "show each kernel's config"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
};

static const struct command_line line = {
    .usage = "explain FILE.hone | FILE.store [MODEL.gguf] [options]",
    .purpose = "where the time goes: each kernel's share, what bounds it, percent of that ceiling",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
    .n_optional = 1,
};

enum { DEFAULT_PROMPT = 512, DEFAULT_GEN = 128 };

static bool is_package(const char *path)
{
    uint8_t magic[8] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file) fclose(file);
    return n == sizeof magic && memcmp(magic, HONE_PACKAGE_MAGIC, sizeof magic) == 0;
}

/* What nobody asked for is cut to what the package can do. */
static struct explain_options sizes_for(const struct hone_plan_header *h)
{
    struct explain_options o = {n_prompt, n_gen, n_repeats};
    if (n_prompt || n_gen) return o;
    o.n_gen = h->max_context / 4 < DEFAULT_GEN ? h->max_context / 4 : DEFAULT_GEN;
    o.n_prompt = h->max_context - o.n_gen;
    if (o.n_prompt > DEFAULT_PROMPT) o.n_prompt = DEFAULT_PROMPT;
    if (o.n_prompt > h->max_tokens) o.n_prompt = h->max_tokens;
    return o;
}

static enum hone_status set_sizes(const char *path, struct explain_options *out_options,
                                  struct hone_error *err)
{
    struct hone_package package;
    HONE_TRY(hone_package_open(path, &package, err));
    *out_options = sizes_for(package.plan.header);
    enum hone_status status = explain_options_check(&package, out_options, err);
    hone_package_close(&package);
    return status;
}

struct opened {
    struct hone_paths paths;
    struct hone_kernels *kernels;
};

static enum hone_status open_kernels(struct opened *o, struct hone_error *err)
{
    HONE_TRY(hone_paths_find(&o->paths, err));
    const char *const worker[] = {o->paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels = {
        .struct_size = sizeof kernels, .data_dir = o->paths.data, .compile_command = worker};
    return hone_kernels_open(&kernels, &o->kernels, err);
}

static enum hone_status take_ceilings(const struct opened *o, uint32_t threads,
                                      struct explain_report *report, struct hone_error *err)
{
    const struct hone_cpu_facts *facts = hone_kernels_facts(o->kernels);
    const char *const runner[] = {o->paths.runner, NULL};
    struct probe_options probe = {
        .kernels = o->kernels, .runner_command = runner, .n_threads = threads == 1 ? 0 : threads};
    struct probe_report probed;
    HONE_TRY(probe_ceilings(&probe, &probed, err));
    return ceilings_take(&probed, facts, threads ? threads : probed.n_threads, &report->ceilings,
                         err);
}

static enum hone_status explain_store_file(struct opened *o, const char *path, const char *model,
                                           struct explain_report *report, struct hone_error *err)
{
    struct explain_store_options store = {
        .path = path,
        .model = model,
        .kernels = o->kernels,
        .workload = {.struct_size = sizeof store.workload, .mix = mix}};
    uint32_t threads;
    HONE_TRY(hone_acts_parse(activations, &store.workload.acts, err));
    HONE_TRY(hone_kv_type_parse(kv, &store.workload.kv_type, err));
    HONE_TRY(explain_store_threads(path, &threads, err));
    HONE_TRY(take_ceilings(o, threads, report, err));
    return explain_store(&store, report, err);
}

static enum hone_status explain(struct opened *o, const char *const files[2],
                                struct explain_report *report, struct hone_error *err)
{
    struct explain_options package;
    HONE_TRY(open_kernels(o, err));
    if (!is_package(files[0])) return explain_store_file(o, files[0], files[1], report, err);
    if (files[1])
        return hone_fail(err, HONE_ERR_ARGUMENT, "a package needs no other file: '%s'", files[1]);
    HONE_TRY(set_sizes(files[0], &package, err));
    HONE_TRY(take_ceilings(o, n_threads, report, err));
    return explain_package(files[0], &package, report, err);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *files[2] = {NULL, NULL};
    struct opened opened = {0};
    struct explain_report report = {0};
    HONE_TRY(options_parse(&line, argc, argv, files, err));
    enum hone_status status = explain(&opened, files, &report, err);
    if (status == HONE_OK)
        status = json ? explain_print_json(&report, err) : explain_print(&report, configs, err);
    explain_release(&report);
    hone_kernels_close(opened.kernels);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

const struct command command_explain = {"explain", &line, run};
