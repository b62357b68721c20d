/* SPDX-License-Identifier: MIT */
/* hone report: what a store holds, as one HTML page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tuner/command.h"
#include "tuner/explain_kit.h"
#include "tuner/explain_store.h"
#include "tuner/report/page.h"
#include "tuner/report/table.h"

static const char *out, *device, *activations = "int8", *kv = "f16", *mix = "chat";
static uint32_t no_ceilings, n_prompt, n_gen, n_repeats = 5;

static const struct option options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the page; - is standard output"},
    {0, "device", OPTION_TEXT, &device, "TEXT",
     "of a store of several: that with this in its text"},
    {0, "no-ceilings", OPTION_FLAG, &no_ceilings, NULL, "measure nothing"},
    {'p', "n-prompt", OPTION_U32, &n_prompt, "N", "rows of a package's prompt; as explain"},
    {'n', "n-gen", OPTION_U32, &n_gen, "N", "decode steps of a package; as explain"},
    {'r', "repetitions", OPTION_U32, &n_repeats, "N", "forwards whose median is taken; 5"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "what the store was tuned with; int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "what the store was tuned with; f16"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what the store's times are summed over; chat"},
};

static const struct command_line line = {
    .usage = "report FILE.store [MODEL.gguf | FILE.hone] -o report.html",
    .purpose = "one HTML page of a store: roofline, search, time by kernel, finals, refusals",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
    .n_optional = 1,
};

static const double NOISY = 0.10;

/* ---- what is measured now ---- */

static enum hone_status measure_ceilings(struct explain_kit *kit, struct page *page,
                                         struct hone_error *err)
{
    uint32_t threads;
    double spread = 0;
    struct hone_error why = {0};
    if (no_ceilings) {
        snprintf(page->no_ceilings, sizeof page->no_ceilings,
                 "No ceilings: none were asked for (--no-ceilings).");
        return HONE_OK;
    }
    enum hone_status status =
        explain_device_threads(page->path, page->devices[0].text, &threads, &why);
    if (status == HONE_OK)
        status = explain_kit_ceilings(kit, threads, &page->ceilings, &spread, &why);
    page->has_ceilings = status == HONE_OK;
    if (status == HONE_ERR_NO_MEMORY) return hone_fail(err, status, "report: no memory");
    if (!page->has_ceilings)
        snprintf(page->no_ceilings, sizeof page->no_ceilings, "No ceilings: %.230s.", why.text);
    else if (spread > NOISY)
        snprintf(page->no_ceilings, sizeof page->no_ceilings,
                 "The machine was too noisy to trust the ceilings: one spread by %.0f %%.",
                 100 * spread);
    return HONE_OK;
}

static enum hone_status add_package(const char *path, struct page *page, struct hone_error *err)
{
    struct explain_options package = {n_prompt, n_gen, n_repeats, NULL};
    page->is_measured = true;
    HONE_TRY(explain_sizes(path, &package, err));
    return explain_package(path, &package, &page->model, err);
}

static enum hone_status add_store_model(struct explain_kit *kit, const char *path,
                                        struct page *page, struct hone_error *err)
{
    struct explain_store_options store = {
        .path = page->path,
        .model = path,
        .kernels = kit->kernels,
        .workload = {.struct_size = sizeof store.workload, .mix = mix}};
    HONE_TRY(hone_acts_parse(activations, &store.workload.acts, err));
    HONE_TRY(hone_kv_type_parse(kv, &store.workload.kv_type, err));
    return explain_store(&store, &page->model, err);
}

static enum hone_status add_model(struct explain_kit *kit, const char *path, struct page *page,
                                  struct hone_error *err)
{
    if (!path) return HONE_OK;
    page->model_path = path;
    page->model.ceilings = page->ceilings;
    if (explain_is_package(path)) return add_package(path, page, err);
    return add_store_model(kit, path, page, err);
}

static enum hone_status gather(struct explain_kit *kit, const char *const files[2],
                               struct page *page, struct hone_error *err)
{
    struct hone_store_options reader = {
        .struct_size = sizeof reader, .read_only = true, .must_exist = true};
    struct hone_store *store;
    HONE_TRY(hone_store_open(files[0], &reader, &store, err));
    enum hone_status status = page_gather(store, files[0], device, page, err);
    hone_store_close(store);
    HONE_TRY(status);
    page->made = (int64_t)time(NULL);
    if (files[1] || !no_ceilings) HONE_TRY(explain_kit_open(kit, NULL, err));
    HONE_TRY(measure_ceilings(kit, page, err));
    HONE_TRY(add_model(kit, files[1], page, err));
    return page_set_points(page, err);
}

/* ---- the file: complete, or as it was ---- */

/* mkstemp's are for nobody else. */
static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static enum hone_status write_file(const struct page *page, struct hone_error *err)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s.XXXXXX", out) >= sizeof path)
        return hone_fail(err, HONE_ERR_ARGUMENT, "-o: a path of more than %zu bytes", sizeof path);
    int fd = mkstemp(path);
    FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!to) {
        if (fd >= 0) close(fd);
        return hone_fail(err, HONE_ERR_IO, "%s: cannot be written: %s", out, strerror(errno));
    }
    enum hone_status status = page_print(page, to, err);
    bool failed = fflush(to) != 0 || ferror(to) || fchmod(fd, mode_of_new_files()) != 0;
    failed = fclose(to) != 0 || failed;
    if (status == HONE_OK && (failed || rename(path, out) != 0))
        status = hone_fail(err, HONE_ERR_IO, "%s: cannot be written: %s", out, strerror(errno));
    if (status != HONE_OK) unlink(path);
    return status;
}

static enum hone_status write_page(const struct page *page, struct hone_error *err)
{
    if (strcmp(out, "-") != 0) return write_file(page, err);
    HONE_TRY(page_print(page, stdout, err));
    return report_flush(stdout, err);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *files[2] = {NULL, NULL};
    struct explain_kit kit = {0};
    HONE_TRY(options_parse(&line, argc, argv, files, err));
    if (!out) return hone_fail(err, HONE_ERR_ARGUMENT, "report: -o FILE.html is missing");
    struct page *page = calloc(1, sizeof *page);
    if (!page) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    enum hone_status status = gather(&kit, files, page, err);
    if (status == HONE_OK) status = write_page(page, err);
    page_release(page);
    free(page);
    explain_kit_close(&kit);
    return status;
}

const struct command command_report = {"report", &line, run};
