/* SPDX-License-Identifier: MIT */
/* hone-run run: continues a prompt and streams the text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/command.h"
#include "runtime/text/tokenizer.h"

static struct {
    const char *prompt, *ids, *weights;
    uint32_t n_tokens, n_threads, top_k, echo;
    float temperature, top_p;
    uint64_t seed;
} asked = {.n_tokens = 128, .temperature = 0.8f, .top_k = 40, .top_p = 0.95f, .seed = 1};

static const struct option options[] = {
    {'p', "prompt", OPTION_TEXT, &asked.prompt, "TEXT", "what to continue"},
    {0, "ids", OPTION_TEXT, &asked.ids, "IDS", "token ids to continue instead: \"1 17 4\""},
    {'n', "n", OPTION_U32, &asked.n_tokens, "N", "tokens to generate; 128"},
    {'t', "threads", OPTION_U32, &asked.n_threads, "T", "threads; one per CPU"},
    {0, "temp", OPTION_FLOAT, &asked.temperature, "X", "0 takes the likeliest; 0.8"},
    {0, "top-k", OPTION_U32, &asked.top_k, "K", "of the K likeliest, 0: all; 40"},
    {0, "top-p", OPTION_FLOAT, &asked.top_p, "P", "of those that make up P; 0.95"},
    {0, "seed", OPTION_U64, &asked.seed, "S", "same seed, same text; 1"},
    {0, "echo", OPTION_FLAG, &asked.echo, NULL, "print the prompt as well"},
    {0, "weights", OPTION_TEXT, &asked.weights, "HOW", "mapped, or huge: a copy in huge pages"},
};

static const struct command_line line = {
    .usage = "run PACKAGE -p TEXT [-n N] [options]",
    .purpose = "Continues a prompt; text goes to stdout, speeds to stderr.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

/* One generation: what `run` holds from the prompt to the last token. */
struct generation {
    struct loaded loaded;
    struct hone_tokenizer *tokenizer;
    int32_t *prompt;
    size_t n_prompt;
    struct hone_text_stream stream;
    char *text;
    size_t capacity;
    void *work;
};

static enum hone_status read_ids(struct generation *g, struct hone_error *err)
{
    g->prompt = malloc((strlen(asked.ids) / 2 + 2) * sizeof *g->prompt);
    if (!g->prompt) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the prompt");
    const char *at = asked.ids + strspn(asked.ids, " ,");
    while (*at) {
        char *end;
        long id = strtol(at, &end, 10);
        if (end == at || !strchr(" ,", *end) || id < 0 || id >= (long)g->loaded.info.n_vocab)
            return hone_fail(err, HONE_ERR_ARGUMENT, "--ids: '%.12s' is no token id below %u", at,
                             g->loaded.info.n_vocab);
        g->prompt[g->n_prompt++] = (int32_t)id;
        at = end + strspn(end, " ,");
    }
    return HONE_OK;
}

static enum hone_status tokenize(struct generation *g, struct hone_error *err)
{
    const struct hone_tokenize_options how = {.add_special = true, .parse_special = true};
    const char *prompt = asked.prompt ? asked.prompt : "";
    HONE_TRY(hone_tokenize(g->tokenizer, prompt, strlen(prompt), &how, NULL, 0, &g->n_prompt, err));
    g->prompt = malloc((g->n_prompt + 1) * sizeof *g->prompt);
    if (!g->prompt) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the prompt");
    return hone_tokenize(g->tokenizer, prompt, strlen(prompt), &how, g->prompt, g->n_prompt,
                         &g->n_prompt, err);
}

static enum hone_status make_prompt(struct generation *g, struct hone_error *err)
{
    if (asked.ids && asked.prompt)
        return hone_fail(err, HONE_ERR_ARGUMENT, "-p and --ids: one prompt is enough");
    HONE_TRY(asked.ids ? read_ids(g, err) : tokenize(g, err));
    if (g->n_prompt == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "the prompt is empty: give one with -p");
    if (g->n_prompt > g->loaded.info.max_context)
        return hone_fail(err, HONE_ERR_LIMIT, "the prompt has %zu tokens, the context holds %u",
                         g->n_prompt, g->loaded.info.max_context);
    return HONE_OK;
}

static enum hone_status print_token(struct generation *g, int32_t token, struct hone_error *err)
{
    size_t n_bytes;
    HONE_TRY(hone_text_stream_push(&g->stream, token, g->text, g->capacity, &n_bytes, err));
    if (fwrite(g->text, 1, n_bytes, stdout) != n_bytes || fflush(stdout) != 0)
        return hone_fail(err, HONE_ERR_IO, "cannot write to stdout");
    return HONE_OK;
}

static enum hone_status end_text(struct generation *g, struct hone_error *err)
{
    size_t n_bytes = hone_text_stream_flush(&g->stream, g->text);
    if (fwrite(g->text, 1, n_bytes, stdout) != n_bytes || putchar('\n') == EOF ||
        fflush(stdout) != 0)
        return hone_fail(err, HONE_ERR_IO, "cannot write to stdout");
    return HONE_OK;
}

/* Draws, prints and feeds tokens until one ends the text, n are drawn or the context is full. */
static enum hone_status generate(struct generation *g, uint32_t *out_n, struct hone_error *err)
{
    struct hone_sampler sampler = {asked.temperature, asked.top_k, asked.top_p, asked.seed};
    for (*out_n = 0; *out_n < asked.n_tokens; ++*out_n) {
        const float *logits;
        HONE_TRY(logits_of(&g->loaded, 0, &logits, err));
        int32_t token = hone_sample(&sampler, logits, g->loaded.info.n_vocab, g->work);
        if (hone_tokenizer_is_stop(g->tokenizer, token)) break;
        HONE_TRY(print_token(g, token, err));
        if (*out_n + 1 == asked.n_tokens) continue; /* nobody asks for its logits */
        if (hone_seq_length(g->loaded.session, 0) == g->loaded.info.max_context) {
            ++*out_n;
            HONE_TRY(end_text(g, err));
            fprintf(stderr, "hone-run: stopped: the context of %u positions is full\n",
                    g->loaded.info.max_context);
            return HONE_OK;
        }
        HONE_TRY(feed(&g->loaded, &token, 1, 1, err));
    }
    return end_text(g, err);
}

static double per_second(uint64_t count, uint64_t ns)
{
    return ns ? (double)count * 1e9 / (double)ns : 0;
}

static enum hone_status run_loaded(struct generation *g, uint64_t start, struct hone_error *err)
{
    HONE_TRY(make_prompt(g, err));
    g->capacity = hone_text_stream_capacity(g->tokenizer);
    g->stream =
        (struct hone_text_stream){.tokenizer = g->tokenizer, .drop_first_space = asked.echo};
    g->text = malloc(g->capacity);
    g->work = malloc(hone_sample_work_bytes(g->loaded.info.n_vocab));
    if (!g->text || !g->work) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for text");
    for (size_t i = 0; asked.echo && i < g->n_prompt; i++)
        HONE_TRY(print_token(g, g->prompt[i], err));
    uint64_t before_prompt = now_ns();
    HONE_TRY(feed(&g->loaded, g->prompt, (uint32_t)g->n_prompt, g->loaded.info.max_tokens, err));
    uint64_t after_prompt = now_ns();
    uint32_t n_drawn;
    HONE_TRY(generate(g, &n_drawn, err));
    uint64_t end = now_ns();
    uint32_t n_fed = hone_seq_length(g->loaded.session, 0) - (uint32_t)g->n_prompt;
    fprintf(stderr,
            "prompt: %zu tokens, %.1f tokens/s; decode: %u tokens, %.1f tokens/s; "
            "first token after %.1f ms\n",
            g->n_prompt, per_second(g->n_prompt, after_prompt - before_prompt), n_drawn,
            per_second(n_fed, end - after_prompt), (double)(after_prompt - start) / 1e6);
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    uint64_t start = now_ns();
    const char *path;
    struct generation g = {0};
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    struct load_options how = {.n_threads = asked.n_threads, .n_seqs = 1};
    uint32_t n_places;
    HONE_TRY(parse_weights(asked.weights, 1, &how.weights, &n_places, err));
    HONE_TRY(load(path, &how, &g.loaded, err));
    size_t n_bytes;
    const void *section = hone_model_tokenizer(g.loaded.model, &n_bytes);
    enum hone_status status =
        section ? hone_tokenizer_open(section, n_bytes, &g.tokenizer, err)
                : hone_fail(err, HONE_ERR_UNSUPPORTED, "it has no tokenizer section");
    if (status == HONE_OK) status = run_loaded(&g, start, err);
    if (status != HONE_OK) hone_fail_in(err, status, "%s", path);
    hone_tokenizer_close(g.tokenizer);
    free(g.prompt);
    free(g.text);
    free(g.work);
    unload(&g.loaded);
    return status;
}

const struct command command_run = {"run", &line, run};
