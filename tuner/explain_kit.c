/* SPDX-License-Identifier: MIT */
/* Kernels, ceilings, and the sizes that a package is profiled at. */
#include "tuner/explain_kit.h"

#include <stdio.h>
#include <string.h>

#include "tuner/device_here.h"
#include "tuner/probe_gpu.h"

enum { DEFAULT_PROMPT = 512, DEFAULT_GEN = 128 };

static enum hone_status find_target(const char *path, struct hone_target *out_target,
                                    struct hone_error *err)
{
    struct hone_package package;
    HONE_TRY(hone_package_open(path, &package, err));
    *out_target = package.target;
    hone_package_close(&package);
    return HONE_OK;
}

enum hone_status explain_kit_open(struct explain_kit *kit, const char *package,
                                  struct hone_error *err)
{
    struct hone_target target;
    struct hone_machine_facts facts;
    HONE_TRY(hone_paths_find(&kit->paths, err));
    const char *const worker[] = {kit->paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels = {
        .struct_size = sizeof kernels, .data_dir = kit->paths.data, .compile_command = worker};
    if (package) {
        HONE_TRY(find_target(package, &target, err));
        if (strcmp(target.family, "cpu") != 0) {
            device_facts(&target, &facts);
            kernels.target = &target;
            kernels.facts = &facts;
        }
    }
    return hone_kernels_open(&kernels, &kit->kernels, err);
}

void explain_kit_close(struct explain_kit *kit)
{
    hone_kernels_close(kit->kernels);
    kit->kernels = NULL;
}

enum hone_status explain_kit_ceilings(const struct explain_kit *kit, uint32_t threads,
                                      struct ceilings *out_ceilings, double *out_spread,
                                      struct hone_error *err)
{
    const struct hone_machine_facts *facts = hone_kernels_facts(kit->kernels);
    const char *const runner[] = {kit->paths.runner, NULL};
    struct probe_options probe = {
        .kernels = kit->kernels, .runner_command = runner, .n_threads = threads == 1 ? 0 : threads};
    struct probe_report probed;
    HONE_TRY(facts->n_sms ? probe_gpu_ceilings(&probe, &probed, err)
                          : probe_ceilings(&probe, &probed, err));
    if (facts->n_sms) threads = probed.n_threads;
    if (out_spread) *out_spread = probed.worst_spread;
    return ceilings_take(&probed, facts, threads ? threads : probed.n_threads, out_ceilings, err);
}

bool explain_is_package(const char *path)
{
    uint8_t magic[8] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file) fclose(file);
    return n == sizeof magic && memcmp(magic, HONE_PACKAGE_MAGIC, sizeof magic) == 0;
}

static void set_sizes(const struct hone_plan_header *h, struct explain_options *o)
{
    if (o->n_prompt || o->n_gen) return;
    o->n_gen = h->max_context / 4 < DEFAULT_GEN ? h->max_context / 4 : DEFAULT_GEN;
    o->n_prompt = h->max_context - o->n_gen;
    if (o->n_prompt > DEFAULT_PROMPT) o->n_prompt = DEFAULT_PROMPT;
    if (o->n_prompt > h->max_tokens) o->n_prompt = h->max_tokens;
}

enum hone_status explain_sizes(const char *path, struct explain_options *options,
                               struct hone_error *err)
{
    struct hone_package package;
    HONE_TRY(hone_package_open(path, &package, err));
    set_sizes(package.plan.header, options);
    enum hone_status status = explain_options_check(&package, options, err);
    hone_package_close(&package);
    return status;
}
