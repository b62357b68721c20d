/* SPDX-License-Identifier: MIT */
/* Random contents of stores. */
#include "content_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/exchange.h"

uint32_t kit_random(unsigned *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(*state >> 4) * below) >> 28);
}

struct hone_store_trial kit_trial(const char *config, const char *device, double ns)
{
    static const double samples[] = {10.5, 11.25, 1.0 / 3};
    return (struct hone_store_trial){.variant = {.problem = "gemm n=3 k=4",
                                                 .op = "gemm",
                                                 .space = "gemm_f32",
                                                 .config = config,
                                                 .formats = "x=f32 w=f32 y=f32",
                                                 .code_key = config,
                                                 .source_hash = "50",
                                                 .target = "cpu:x86_64",
                                                 .compiler = "llvm 22",
                                                 .numerics = "seq",
                                                 .options = "x86_64 level=3",
                                                 .engine = 1,
                                                 .abi = 2,
                                                 .contract = 1,
                                                 .scratch_bytes = 1ull << 33,
                                                 .rank = -5,
                                                 .n_instructions = 11,
                                                 .code_bytes = 14},
                                     .regime = "m=1",
                                     .device = device,
                                     .valid = true,
                                     .reason = "ok",
                                     .detail = "",
                                     .proof = "3 checks",
                                     .samples = samples,
                                     .n_samples = 3,
                                     .n_calls = 8,
                                     .median_ns = ns,
                                     .low_ns = ns,
                                     .high_ns = ns,
                                     .min_ns = ns,
                                     .seconds = 1.5,
                                     .when = 1234567890,
                                     .stack = "kernel=6.1; microcode=2; driver=; host=a; hone=1",
                                     .state = ""};
}

enum { PROBLEMS = 3, CONFIGS = 6, DEVICES = 2, TARGETS = 2, MOST = 128 };

/* Every number hangs on the key but what stores may differ in, which hangs on `mood`. */
static struct hone_store_trial random_trial(unsigned *state, struct hone_arena *arena)
{
    static const char *const devices[DEVICES] = {"model=x", "model=y"};
    static const char *const targets[TARGETS] = {"cpu:x86_64:avx2", "cpu:aarch64:neon"};
    uint32_t p = kit_random(state, PROBLEMS), c = kit_random(state, CONFIGS),
             t = kit_random(state, TARGETS), mood = kit_random(state, 4);
    struct hone_store_trial trial = kit_trial("", devices[kit_random(state, DEVICES)], 100 + c);
    trial.variant.problem = hone_arena_printf(arena, "gemm n=%u", p);
    trial.variant.config = hone_arena_printf(arena, "MR=%u", c);
    trial.variant.code_key = hone_arena_printf(arena, "%u-%u", c, t);
    trial.variant.target = targets[t];
    trial.variant.formats = c % 2 ? "w=a" : "w=b";
    trial.round = kit_random(state, 3);
    /* an older hone knew less of the same variant */
    if (kit_random(state, 3) == 0) {
        trial.variant.options = "";
        trial.variant.contract = 0;
    }
    if (kit_random(state, 5) == 0) trial.variant.n_instructions = 0;
    if (mood == 1) trial.when += kit_random(state, 3);
    if (mood == 2) trial.median_ns += kit_random(state, 3);
    if (mood == 3 && kit_random(state, 3) == 0) {
        trial.valid = false;
        trial.reason = kit_random(state, 2) ? "wrong" : "hang";
        trial.median_ns = 0;
        trial.n_samples = 0;
    }
    return trial;
}

static void add_winners(unsigned *state, struct hone_content *content)
{
    for (size_t i = 0; i < content->n_trials && content->n_winners < MOST / 2; i++) {
        const struct hone_store_trial *trial = &content->trials[i];
        if (!trial->valid || kit_random(state, 3)) continue;
        struct hone_store_winner *winner = &content->winners[content->n_winners++];
        *winner = (struct hone_store_winner){.variant = trial->variant,
                                             .regime = trial->regime,
                                             .device = trial->device,
                                             .proof = trial->proof,
                                             .is_default = kit_random(state, 2),
                                             .median_ns = trial->median_ns,
                                             .ratio = 0.5 + 0.1 * kit_random(state, 3),
                                             .round = 1,
                                             .n_trials = kit_random(state, 2)};
    }
    /* winners of one final have one round and one count */
    uint32_t round = kit_random(state, 3), n_trials = kit_random(state, 3);
    for (size_t i = 0; i < content->n_winners; i++) {
        content->winners[i].round = round;
        content->winners[i].n_trials = n_trials;
    }
}

void kit_content(unsigned seed, struct hone_arena *arena, struct hone_content *out)
{
    unsigned state = seed * 2654435761u + 12345;
    memset(out, 0, sizeof *out);
    out->trials = hone_arena_array(arena, MOST, sizeof *out->trials);
    out->winners = hone_arena_array(arena, MOST, sizeof *out->winners);
    out->quarantine = hone_arena_array(arena, MOST, sizeof *out->quarantine);
    out->binaries = hone_arena_array(arena, MOST, sizeof *out->binaries);
    out->meta = hone_arena_array(arena, MOST, sizeof *out->meta);
    size_t n = 10 + kit_random(&state, 40);
    for (size_t i = 0; i < n; i++) out->trials[out->n_trials++] = random_trial(&state, arena);
    add_winners(&state, out);
    for (size_t i = 0; i < n; i++) {
        if (out->trials[i].valid || kit_random(&state, 2)) continue;
        const struct hone_store_variant *v = &out->trials[i].variant;
        out->quarantine[out->n_quarantine++] =
            (struct hone_store_quarantine){.target = v->target,
                                           .compiler = v->compiler,
                                           .code_key = v->code_key,
                                           .reason = out->trials[i].reason,
                                           .detail = kit_random(&state, 2) ? "x" : "y",
                                           .problem = v->problem,
                                           .space = v->space,
                                           .config = v->config,
                                           .when = 5 + kit_random(&state, 2)};
    }
    for (size_t i = 0; i < 4; i++) {
        struct hone_content_binary *row = &out->binaries[out->n_binaries++];
        row->code_key = out->trials[i].variant.code_key;
        row->binary.n_bytes = 1 + kit_random(&state, 2);
        row->binary.code = hone_arena_alloc(arena, 4);
        row->binary.code[0] = (uint8_t)kit_random(&state, 3);
    }
    out->meta[out->n_meta++] = (struct hone_content_meta){"a", kit_random(&state, 2) ? "1" : "2"};
    hone_content_settle(out, arena, NULL);
}

char *kit_export(const struct hone_content *content, bool comparable, size_t *out_bytes)
{
    char *text = NULL;
    struct hone_export_options options = {.struct_size = sizeof options, .comparable = comparable};
    struct hone_error err = {0};
    FILE *file = open_memstream(&text, out_bytes);
    if (hone_export_json(content, &options, file, &err) != HONE_OK) {
        fprintf(stderr, "export: %s\n", err.text);
        abort();
    }
    fclose(file);
    return text;
}
