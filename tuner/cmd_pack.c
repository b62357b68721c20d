/* SPDX-License-Identifier: MIT */
/* hone pack: a model file and its store become one package file. */
#include <stdio.h>
#include <string.h>

#include "tuner/command.h"
#include "tuner/device_here.h"
#include "tuner/final.h"
#include "tuner/machine_text.h"
#include "tuner/memory_size.h"
#include "tuner/pack_report.h"
#include "tuner/paths.h"
#include "tuner/report/table.h"

static const char *out, *target = "native", *activations = "int8", *kv = "f16", *mix = "chat",
                        *weights_memory, *described;
static uint32_t context, max_seqs, max_tokens, page_tokens, quiet, json, no_final;

static const struct option options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the package to write"},
    {0, "target", OPTION_TEXT, &target, "T",
     "native, cpu, cuda (what is here), aarch64+dotprod, cuda:sm_90a; several with commas between"},
    {0, "machine", OPTION_TEXT, &described, "M", "of the target: cpus=8,l1=64KiB,l2=1MiB,l3=8MiB"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "lowest precision: f32, bf16, int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "of the KV pages: f32, f16, bf16, q8_0"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what times are summed over: chat, batch"},
    {0, "weights-memory", OPTION_TEXT, &weights_memory, "SIZE",
     "for all weights: 2GiB, or 1.5x what one layout takes; more buys second layouts"},
    {0, "context", OPTION_U32, &context, "N", "positions per sequence; the model's, at most 8192"},
    {0, "max-seqs", OPTION_U32, &max_seqs, "N", "sequences in one forward; 32"},
    {0, "max-tokens", OPTION_U32, &max_tokens, "N", "rows in one forward; 512"},
    {0, "page-tokens", OPTION_U32, &page_tokens, "N", "positions per KV page; 64"},
    {0, "no-final", OPTION_FLAG, &no_final, NULL, "keep what the store says, untimed"},
    {0, "json", OPTION_FLAG, &json, NULL, "the report as one object"},
    {'q', "quiet", OPTION_FLAG, &quiet, NULL, "print nothing on success"},
};

static const struct command_line line = {
    .usage = "pack MODEL.gguf [FILE.store] -o OUT.hone [options]",
    .purpose = "make a package of a model, with a store's winners or the default configs",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
    .n_optional = 1,
};

/* A final times both packages on the prompt and decode of the chat mix, on this machine. */
static const char *find_why_not(const struct hone_pack_options *pack)
{
    if (no_final) return "--no-final";
    if (pack->n_others) return "the package has several plans";
    if (!device_runs(&pack->target)) return "the target is not this machine";
    if (hone_cpu_emulated(pack->facts)) return "an emulator runs it: its times mean nothing";
    if (strcmp(mix, "chat") != 0) return "it times the chat mix only";
    return NULL;
}

static enum hone_status make(const struct hone_pack_options *pack, const char *run_path,
                             struct pack_result *out_result, struct hone_error *err)
{
    struct hone_final_options final = {.struct_size = sizeof final, .run = run_path};
    struct pack_result *result = out_result;
    *result = (struct pack_result){.out = pack->out};
    if (pack->store) {
        result->no_final = find_why_not(pack);
        result->has_final = !result->no_final;
    }
    return result->has_final ? hone_pack_final(pack, &final, &result->report, &result->final, err)
                             : hone_pack(pack, &result->report, err);
}

static enum hone_status print(const struct pack_result *result, struct hone_error *err)
{
    if (json)
        HONE_TRY(pack_print_json(stdout, result, err));
    else if (!quiet)
        pack_print_text(stdout, result);
    return report_flush(stdout, err);
}

/* The first is the package's own in what is said of it. */
static enum hone_status read_targets(struct hone_pack_target targets[HONE_MAX_PLANS],
                                     uint32_t *out_n, struct hone_error *err)
{
    *out_n = 0;
    for (const char *at = target;; at++) {
        char text[HONE_TARGET_TEXT_BYTES];
        size_t length = strcspn(at, ",");
        if (*out_n == HONE_MAX_PLANS)
            return hone_fail(err, HONE_ERR_LIMIT, "--target: more than %d", HONE_MAX_PLANS);
        if (length == 0 || length >= sizeof text)
            return hone_fail(err, HONE_ERR_ARGUMENT, "--target '%.100s': a name is missing",
                             target);
        memcpy(text, at, length);
        text[length] = '\0';
        struct hone_pack_target *to = &targets[(*out_n)++];
        HONE_TRY(device_target(text, &to->target, err));
        device_facts(&to->target, &to->facts);
        if (described && strcmp(to->target.family, "cpu") == 0)
            HONE_TRY(machine_text_parse(described, &to->facts, err));
        at += length;
        if (*at == '\0') return HONE_OK;
    }
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *files[2] = {NULL, NULL};
    HONE_TRY(options_parse(&line, argc, argv, files, err));
    if (!out) return hone_fail(err, HONE_ERR_ARGUMENT, "pack: -o OUT.hone is missing");
    struct hone_paths paths;
    HONE_TRY(hone_paths_find(&paths, err));
    const char *const worker[] = {paths.hone, "compile-worker", NULL};
    struct hone_pack_options pack = {.struct_size = sizeof pack,
                                     .model = files[0],
                                     .store = files[1],
                                     .out = out,
                                     .data_dir = paths.data,
                                     .compile_command = worker,
                                     .max_seqs = max_seqs,
                                     .workload = {.struct_size = sizeof pack.workload,
                                                  .mix = mix,
                                                  .max_context = context,
                                                  .page_tokens = page_tokens,
                                                  .max_tokens = max_tokens}};
    HONE_TRY(hone_acts_parse(activations, &pack.workload.acts, err));
    HONE_TRY(hone_kv_type_parse(kv, &pack.workload.kv_type, err));
    static struct hone_pack_target targets[HONE_MAX_PLANS];
    uint32_t n_targets;
    HONE_TRY(read_targets(targets, &n_targets, err));
    pack.target = targets[0].target;
    pack.facts = &targets[0].facts;
    pack.others = targets + 1;
    pack.n_others = n_targets - 1;
    if (weights_memory)
        HONE_TRY(memory_size_parse(weights_memory, &pack.limit.n_bytes, &pack.limit.ratio, err));
    struct pack_result result;
    HONE_TRY(make(&pack, paths.run, &result, err));
    return print(&result, err);
}

const struct command command_pack = {"pack", &line, run};
