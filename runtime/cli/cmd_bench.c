/* SPDX-License-Identifier: MIT */
/* hone-run bench: prompt and decode speed. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/bench_table.h"
#include "runtime/cli/command.h"
#include "runtime/cli/profile.h"

static struct {
    struct option_list prompts, gens;
    uint32_t n_threads, n_repeats, n_seqs, n_depth, json, profile;
    const char *weights;
} asked = {.prompts = {{512}, 1}, .gens = {{128}, 1}, .n_repeats = 5, .n_seqs = 1};

static const struct option options[] = {
    {'p', "n-prompt", OPTION_LIST, &asked.prompts, "N,..", "prompt lengths; 512"},
    {'n', "n-gen", OPTION_LIST, &asked.gens, "N,..", "tokens to decode; 128"},
    {'d', "n-depth", OPTION_U32, &asked.n_depth, "N", "positions held before; 0"},
    {'t', "threads", OPTION_U32, &asked.n_threads, "T", "threads; one per CPU"},
    {'r', "repetitions", OPTION_U32, &asked.n_repeats, "R", "timed runs of each; 5"},
    {0, "batch", OPTION_U32, &asked.n_seqs, "N", "sequences at once; 1"},
    {0, "weights", OPTION_TEXT, &asked.weights, "HOW,..",
     "mapped, huge (copied to huge pages), or both"},
    {0, "json", OPTION_FLAG, &asked.json, NULL, "rows with llama-bench's keys"},
    {0, "profile", OPTION_FLAG, &asked.profile, NULL, "where a step's time goes"},
};

static const struct command_line line = {
    .usage = "bench PACKAGE [-p N,..] [-n N,..] [-r R] [-t T] [options]",
    .purpose = "Prints prompt (pp) and decode (tg) speed in tokens per second.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

struct bench {
    struct loaded loaded;
    struct bench_model model;
    int32_t *tokens; /* [max_context] */
    struct hone_batch_entry *entries;
    uint32_t place;  /* of the weights: enum hone_weights_place */
    uint32_t n_rows; /* printed */
};

static void describe(struct bench *b, const char *path)
{
    char architecture[64], name[96], type[64], params[32];
    info_text(b->loaded.model, "architecture", architecture, sizeof architecture);
    info_text(b->loaded.model, "name", name, sizeof name);
    info_text(b->loaded.model, "type", type, sizeof type);
    info_text(b->loaded.model, "parameters", params, sizeof params);
    snprintf(b->model.type, sizeof b->model.type, "%s %s %s", architecture, name, type);
    backend_name(b->loaded.model, b->model.backend, sizeof b->model.backend);
    b->model.filename = path;
    b->model.n_bytes = b->loaded.info.weight_bytes;
    b->model.n_params = strtoull(params, NULL, 10);
    b->model.n_threads = hone_session_threads(b->loaded.session);
    b->model.weights = weights_names[b->place];
}

static enum hone_status allocate(struct bench *b, struct hone_error *err)
{
    const struct hone_model_info *info = &b->loaded.info;
    b->tokens = malloc(info->max_context * sizeof *b->tokens);
    b->entries = calloc(asked.n_seqs, sizeof *b->entries);
    if (!b->tokens || !b->entries) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    uint32_t random = 1;
    for (uint32_t i = 0; i < info->max_context; i++) {
        random = random * 1664525 + 1013904223;
        b->tokens[i] = (int32_t)((random >> 8) % info->n_vocab);
    }
    return HONE_OK;
}

/* Empties all sequences and brings each to the wanted depth. */
static enum hone_status prepare(struct bench *b, struct hone_error *err)
{
    uint32_t most = b->loaded.info.max_tokens;
    for (uint32_t s = 0; s < asked.n_seqs; s++) {
        HONE_TRY(hone_seq_truncate(b->loaded.session, s, 0, err));
        for (uint32_t at = 0; at < asked.n_depth; at += most) {
            struct hone_batch_entry entry = {
                .seq = s,
                .n_tokens = asked.n_depth - at < most ? asked.n_depth - at : most,
                .tokens = b->tokens + at,
            };
            HONE_TRY(hone_forward(b->loaded.session, &entry, 1, err));
        }
    }
    return HONE_OK;
}

/* The next token of every sequence. */
static void set_entries(struct bench *b, uint32_t position)
{
    for (uint32_t s = 0; s < asked.n_seqs; s++)
        b->entries[s] = (struct hone_batch_entry){
            .seq = s,
            .n_tokens = 1,
            .tokens = b->tokens + (position + s) % b->loaded.info.max_context,
            .logits = HONE_LOGITS_LAST,
        };
}

static enum hone_status run_test(struct bench *b, const struct bench_row *row,
                                 struct hone_error *err)
{
    if (row->n_prompt)
        return feed(&b->loaded, b->tokens, row->n_prompt, b->loaded.info.max_tokens, err);
    for (uint32_t i = 0; i < row->n_gen; i++) {
        set_entries(b, asked.n_depth + i);
        HONE_TRY(hone_forward(b->loaded.session, b->entries, asked.n_seqs, err));
    }
    return HONE_OK;
}

static void print_row(struct bench *b, const struct bench_row *row)
{
    if (asked.json) {
        printf("%s\n", b->n_rows++ ? "," : "[");
        bench_print_json_row(stdout, &b->model, row);
        return;
    }
    if (b->n_rows++ == 0) bench_print_table_head(stdout);
    bench_print_table_row(stdout, &b->model, row);
}

/* One run to warm up, then the timed ones. */
static enum hone_status time_row(struct bench *b, struct bench_row *row, struct hone_error *err)
{
    uint32_t n_tokens = row->n_prompt + row->n_gen;
    if (asked.n_depth > b->loaded.info.max_context ||
        n_tokens > b->loaded.info.max_context - asked.n_depth)
        return hone_fail(err, HONE_ERR_LIMIT, "%u tokens after %u do not fit the context of %u",
                         n_tokens, asked.n_depth, b->loaded.info.max_context);
    for (uint32_t r = 0; r <= asked.n_repeats; r++) {
        HONE_TRY(prepare(b, err));
        uint64_t before = now_ns();
        HONE_TRY(run_test(b, row, err));
        if (r > 0) row->ns[r - 1] = now_ns() - before;
    }
    print_row(b, row);
    return HONE_OK;
}

static enum hone_status time_all(struct bench *b, struct hone_error *err)
{
    static struct bench_row row;
    for (uint32_t i = 0; i < asked.prompts.n + asked.gens.n; i++) {
        bool is_prompt = i < asked.prompts.n;
        row = (struct bench_row){.n_depth = asked.n_depth, .n_repeats = asked.n_repeats};
        row.n_prompt = is_prompt ? asked.prompts.values[i] : 0;
        row.n_gen = is_prompt ? 0 : asked.gens.values[i - asked.prompts.n];
        row.n_seqs = is_prompt ? 1 : asked.n_seqs;
        if (row.n_prompt + row.n_gen > 0) HONE_TRY(time_row(b, &row, err));
    }
    return HONE_OK;
}

static enum hone_status profile_all(struct bench *b, struct hone_error *err)
{
    FILE *out = asked.json ? stderr : stdout;
    uint32_t n_prompt = asked.prompts.n ? asked.prompts.values[0] : 0;
    uint32_t most = b->loaded.info.max_tokens;
    struct hone_batch_entry prompt = {.n_tokens = n_prompt < most ? n_prompt : most,
                                      .tokens = b->tokens,
                                      .logits = HONE_LOGITS_LAST};
    HONE_TRY(prepare(b, err));
    if (n_prompt > 0)
        HONE_TRY(profile_forward(b->loaded.session, &prompt, 1, "prompt: one forward", out, err));
    set_entries(b, asked.n_depth);
    return profile_forward(b->loaded.session, b->entries, asked.n_seqs, "decode: one forward", out,
                           err);
}

static enum hone_status check_asked(struct hone_error *err)
{
    if (asked.n_repeats == 0 || asked.n_repeats > BENCH_MAX_REPEATS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "-r takes 1 to %d", BENCH_MAX_REPEATS);
    if (asked.n_seqs == 0) return hone_fail(err, HONE_ERR_ARGUMENT, "--batch takes 1 or more");
    return HONE_OK;
}

/* What it takes until the first token: to open, to make a session, and one forward of one row. */
static enum hone_status time_start(struct bench *b, uint64_t before, struct hone_error *err)
{
    set_entries(b, 0);
    HONE_TRY(hone_forward(b->loaded.session, b->entries, 1, err));
    b->model.start_ns = now_ns() - before;
    if (asked.json || !asked.weights) return HONE_OK;
    if (b->n_rows++ == 0) bench_print_table_head(stdout);
    bench_print_table_start(stdout, &b->model);
    return HONE_OK;
}

static enum hone_status bench_place(struct bench *b, const char *path, struct hone_error *err)
{
    const struct load_options how = {
        .n_threads = asked.n_threads, .n_seqs = asked.n_seqs, .weights = b->place};
    uint64_t before = now_ns();
    HONE_TRY(load(path, &how, &b->loaded, err));
    describe(b, path);
    enum hone_status status = allocate(b, err);
    if (status == HONE_OK) status = time_start(b, before, err);
    if (status == HONE_OK) status = time_all(b, err);
    if (status == HONE_OK && asked.profile) status = profile_all(b, err);
    free(b->tokens);
    free(b->entries);
    unload(&b->loaded);
    return status;
}

static enum hone_status bench(int argc, char **argv, struct hone_error *err)
{
    enum { MOST_PLACES = 2 };
    const char *path;
    uint32_t places[MOST_PLACES], n_places;
    struct bench b = {0};
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    HONE_TRY(check_asked(err));
    HONE_TRY(parse_weights(asked.weights, MOST_PLACES, places, &n_places, err));
    for (uint32_t i = 0; i < n_places; i++) {
        b.place = places[i];
        HONE_TRY(bench_place(&b, path, err));
    }
    if (asked.json) printf("%s\n]\n", b.n_rows ? "" : "[");
    if (fflush(stdout) != 0 || ferror(stdout))
        return hone_fail(err, HONE_ERR_IO, "cannot write to stdout");
    return HONE_OK;
}

const struct command command_bench = {"bench", &line, bench};
