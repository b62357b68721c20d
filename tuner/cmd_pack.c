/* SPDX-License-Identifier: MIT */
/* hone pack: a model file and its store become one package file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tuner/command.h"
#include "tuner/pack.h"
#include "tuner/paths.h"

static const char *out, *target = "native", *activations = "int8", *kv = "f16", *mix = "chat";
static uint32_t context, max_seqs, max_tokens, page_tokens, quiet;

static const struct option options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the package to write"},
    {0, "target", OPTION_TEXT, &target, "T", "native, or cpu:x86_64:avx2+fma+f16c (hone probe)"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "lowest precision: f32, bf16, int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "of the KV pages: f32, f16, bf16"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what times are summed over: chat, batch"},
    {0, "context", OPTION_U32, &context, "N", "positions per sequence; the model's, at most 8192"},
    {0, "max-seqs", OPTION_U32, &max_seqs, "N", "sequences in one forward; 32"},
    {0, "max-tokens", OPTION_U32, &max_tokens, "N", "rows in one forward; 512"},
    {0, "page-tokens", OPTION_U32, &page_tokens, "N", "positions per KV page; 64"},
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

static void print_report(const struct hone_pack_report *r)
{
    printf("%s: %.1f MB: %" PRIu64 " KB of code (%u kernels, %u of them tuned), %" PRIu64
           " KB of plan (%u steps), %.1f MB of weights\n",
           out, (double)r->package_bytes / 1e6, r->code_bytes >> 10, r->n_kernels,
           r->n_tuned_kernels, r->plan_bytes >> 10, r->n_steps, (double)r->weight_bytes / 1e6);
    printf("a session adds %.1f MB of activations and %" PRIu64 " bytes of KV per token\n",
           (double)r->activation_bytes / 1e6, r->kv_bytes_per_token);
    for (uint32_t l = 0; r->all_tuned && l < r->n_lists; l++)
        printf("  %3u..%-3u rows: %9.3f ms predicted at %u\n", r->lists[l].m_min, r->lists[l].m_max,
               r->predicted_seconds[l] * 1e3, r->lists[l].m);
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
    HONE_TRY(hone_target_parse(target, &pack.target, err));
    struct hone_pack_report report;
    HONE_TRY(hone_pack(&pack, &report, err));
    if (!quiet) print_report(&report);
    return HONE_OK;
}

const struct command command_pack = {"pack", &line, run};
