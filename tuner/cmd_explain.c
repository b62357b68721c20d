/* SPDX-License-Identifier: MIT */
/* hone explain: where the time of a package goes, and how near each kernel is to the machine's
 * ceilings; or the same of a store's winners. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tuner/command.h"
#include "tuner/explain_kit.h"
#include "tuner/explain_problem.h"
#include "tuner/explain_store.h"
#include "tuner/report/table.h"

static uint32_t n_prompt, n_gen, n_threads, n_repeats = 5, json, csv, configs;
static const char *activations = "int8", *kv = "f16", *mix = "chat", *trace_path, *device;

static const struct option options[] = {
    {'p', "n-prompt", OPTION_U32, &n_prompt, "N", "rows of the prompt; 512, as the package allows"},
    {'n', "n-gen", OPTION_U32, &n_gen, "N", "decode steps; 128"},
    {'r', "repetitions", OPTION_U32, &n_repeats, "N", "forwards whose median is taken; 5"},
    {'t', "threads", OPTION_U32, &n_threads, "N", "1 or one per CPU; one per CPU"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "what a store was tuned with; int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "what a store was tuned with; f16"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what a store's times are summed over; chat"},
    {0, "trace", OPTION_TEXT, &trace_path, "FILE", "of a package: a Chrome trace of its forwards"},
    {0, "configs", OPTION_FLAG, &configs, NULL, "show each kernel's config"},
    {0, "device", OPTION_TEXT, &device, "TEXT", "with PROBLEM: a device with this in its text"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
    {0, "csv", OPTION_FLAG, &csv, NULL, "comma-separated values with a heading"},
};

static const struct command_line line = {
    .usage = "explain FILE.hone | FILE.store [MODEL.gguf | PROBLEM] [options]",
    .purpose = "where the time goes and what bounds it; of a store's PROBLEM: why its winner won",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
    .n_optional = 1,
};

static enum hone_status explain_store_file(struct explain_kit *kit, const char *path,
                                           const char *model, struct explain_report *report,
                                           struct hone_error *err)
{
    struct explain_store_options store = {
        .path = path,
        .model = model,
        .kernels = kit->kernels,
        .workload = {.struct_size = sizeof store.workload, .mix = mix}};
    uint32_t threads;
    HONE_TRY(hone_acts_parse(activations, &store.workload.acts, err));
    HONE_TRY(hone_kv_type_parse(kv, &store.workload.kv_type, err));
    HONE_TRY(explain_store_threads(path, &threads, err));
    HONE_TRY(explain_kit_ceilings(kit, threads, &report->ceilings, NULL, err));
    return explain_store(&store, report, err);
}

/* What is no file is part of a problem's key. */
static bool is_text(const char *model)
{
    return model && access(model, F_OK) != 0;
}

static enum hone_status take_page_ceilings(struct explain_kit *kit, struct page *page)
{
    struct hone_error why = {0};
    uint32_t threads;
    enum hone_status status =
        explain_device_threads(page->path, page->devices[0].text, &threads, &why);
    if (status == HONE_OK) status = explain_kit_open(kit, NULL, &why);
    if (status == HONE_OK) status = explain_kit_ceilings(kit, threads, &page->ceilings, NULL, &why);
    page->has_ceilings = status == HONE_OK;
    if (status != HONE_OK)
        snprintf(page->no_ceilings, sizeof page->no_ceilings, "not known: %.230s", why.text);
    return HONE_OK;
}

static enum hone_status explain_problem(const char *path, const char *text, struct hone_error *err)
{
    struct hone_store_options reader = {
        .struct_size = sizeof reader, .read_only = true, .must_exist = true};
    struct explain_kit kit = {0};
    struct hone_store *store;
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    struct page *page = calloc(1, sizeof *page);
    enum hone_status status = page ? page_gather(store, path, device, page, err)
                                   : hone_fail(err, HONE_ERR_NO_MEMORY, "explain: no memory");
    hone_store_close(store);
    if (status == HONE_OK) status = take_page_ceilings(&kit, page);
    if (status == HONE_OK) status = explain_problems(page, text, records_mode(json, csv), err);
    if (page) page_release(page);
    free(page);
    explain_kit_close(&kit);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

static enum hone_status explain(struct explain_kit *kit, const char *const files[2],
                                struct explain_report *report, struct hone_error *err)
{
    struct trace trace = {0};
    struct explain_options package = {n_prompt, n_gen, n_repeats, trace_path ? &trace : NULL};
    HONE_TRY(explain_kit_open(kit, explain_is_package(files[0]) ? files[0] : NULL, err));
    if (trace_path && !explain_is_package(files[0]))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "--trace: %s is no package, and only a package runs a forward", files[0]);
    if (!explain_is_package(files[0]))
        return explain_store_file(kit, files[0], files[1], report, err);
    if (files[1])
        return hone_fail(err, HONE_ERR_ARGUMENT, "a package needs no other file: '%s'", files[1]);
    HONE_TRY(explain_sizes(files[0], &package, err));
    HONE_TRY(explain_kit_ceilings(kit, n_threads, &report->ceilings, NULL, err));
    enum hone_status status = explain_package(files[0], &package, report, err);
    if (status == HONE_OK && trace_path) status = trace_write(&trace, trace_path, err);
    trace_release(&trace);
    return status;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *files[2] = {NULL, NULL};
    struct explain_kit kit = {0};
    struct explain_report report = {0};
    HONE_TRY(options_parse(&line, argc, argv, files, err));
    if (access(files[0], F_OK) != 0)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: cannot open: %s", files[0], strerror(errno));
    if (is_text(files[1]) && !explain_is_package(files[0]))
        return explain_problem(files[0], files[1], err);
    enum hone_status status = explain(&kit, files, &report, err);
    if (status == HONE_OK)
        status = json  ? explain_print_json(&report, err)
                 : csv ? explain_print_csv(&report, err)
                       : explain_print(&report, configs, err);
    explain_release(&report);
    explain_kit_close(&kit);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

const struct command command_explain = {"explain", &line, run};
