/* SPDX-License-Identifier: MIT */
/* hone-run compare: two packages, interleaved in one process, so that what drifts hits both. */
#include <stdbool.h>
#include <stdlib.h>

#include "runtime/cli/command.h"
#include "runtime/cli/compare_table.h"

enum { CHAT_PROMPT = 512, CHAT_GEN = 128, LEAST_PAIRS = 6 /* for an interval of 95 % */ };

static struct {
    uint32_t n_prompt, n_gen, n_depth, n_threads, n_pairs, json;
    float seconds;
    const char *weights;
} asked = {.n_prompt = CHAT_PROMPT, .n_gen = CHAT_GEN, .n_pairs = 7};

static const struct option options[] = {
    {'p', "n-prompt", OPTION_U32, &asked.n_prompt, "N", "length of the prompt; 512"},
    {'n', "n-gen", OPTION_U32, &asked.n_gen, "N", "tokens to decode after it; 128"},
    {'d', "n-depth", OPTION_U32, &asked.n_depth, "N", "positions held before; 0"},
    {'r', "repetitions", OPTION_U32, &asked.n_pairs, "R", "pairs of timed runs; 7"},
    {'t', "threads", OPTION_U32, &asked.n_threads, "T", "threads; one per CPU"},
    {0, "seconds", OPTION_FLOAT, &asked.seconds, "S", "pairs for so long, 6 or more; not -r"},
    {0, "weights", OPTION_TEXT, &asked.weights, "HOW,..", "mapped or huge, for both or for each"},
    {0, "json", OPTION_FLAG, &asked.json, NULL, "one object, with all samples"},
};

static const struct command_line line = {
    .usage = "compare PACKAGE OTHER [-p N] [-n N] [-d N] [-r R | --seconds S] [-t T] [--json]",
    .purpose = "Times two packages in turns and prints how many times faster the first is.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 2,
};

struct compare {
    struct loaded loaded[COMPARE_SIDES];
    int32_t *tokens; /* [depth + prompt + gen] */
    struct comparison result;
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Prompt and decode keep their proportion when both do not fit. */
static enum hone_status fit(struct compare *c, struct hone_error *err)
{
    uint32_t context = smaller(c->loaded[0].info.max_context, c->loaded[1].info.max_context);
    uint64_t wanted = (uint64_t)asked.n_prompt + asked.n_gen;
    c->result.n_tokens[COMPARE_PROMPT] = asked.n_prompt;
    c->result.n_tokens[COMPARE_GEN] = asked.n_gen;
    if (wanted == 0) return hone_fail(err, HONE_ERR_ARGUMENT, "-p 0 and -n 0: nothing to time");
    if (asked.n_depth > context || context - asked.n_depth < 2)
        return hone_fail(err, HONE_ERR_LIMIT, "nothing fits the context of %u after %u positions",
                         context, asked.n_depth);
    uint32_t room = context - asked.n_depth;
    if (wanted <= room) return HONE_OK;
    uint32_t n_gen = (uint32_t)((uint64_t)asked.n_gen * room / wanted);
    if (asked.n_gen > 0 && n_gen == 0) n_gen = 1;
    if (asked.n_prompt > 0 && n_gen == room) n_gen = room - 1;
    c->result.n_tokens[COMPARE_PROMPT] = room - n_gen;
    c->result.n_tokens[COMPARE_GEN] = n_gen;
    c->result.context = context;
    return HONE_OK;
}

static enum hone_status make_tokens(struct compare *c, struct hone_error *err)
{
    uint32_t n_vocab = smaller(c->loaded[0].info.n_vocab, c->loaded[1].info.n_vocab);
    uint32_t n = asked.n_depth + c->result.n_tokens[0] + c->result.n_tokens[1];
    uint32_t random = 1;
    c->tokens = malloc(n * sizeof *c->tokens);
    if (!c->tokens) return hone_fail(err, HONE_ERR_NO_MEMORY, "compare: no memory");
    for (uint32_t i = 0; i < n; i++) {
        random = random * 1664525 + 1013904223;
        c->tokens[i] = (int32_t)((random >> 8) % n_vocab);
    }
    return HONE_OK;
}

/* After the positions held before, which stay from run to run. */
static enum hone_status run_parts(struct compare *c, int side, double out_ns[COMPARE_PARTS],
                                  struct hone_error *err)
{
    struct loaded *loaded = &c->loaded[side];
    uint32_t n_prompt = c->result.n_tokens[COMPARE_PROMPT];
    const int32_t *tokens = c->tokens + asked.n_depth;
    HONE_TRY(hone_seq_truncate(loaded->session, 0, asked.n_depth, err));
    uint64_t start = now_ns();
    HONE_TRY(feed(loaded, tokens, n_prompt, loaded->info.max_tokens, err));
    uint64_t between = now_ns();
    for (uint32_t i = 0; i < c->result.n_tokens[COMPARE_GEN]; i++)
        HONE_TRY(feed(loaded, tokens + n_prompt + i, 1, 1, err));
    out_ns[COMPARE_GEN] = (double)(now_ns() - between);
    out_ns[COMPARE_PROMPT] = (double)(between - start);
    return HONE_OK;
}

static enum hone_status run_side(struct compare *c, int side, struct compare_pair *pair,
                                 struct hone_error *err)
{
    enum hone_status status = run_parts(c, side, pair->ns[side], err);
    return status == HONE_OK ? HONE_OK : hone_fail_in(err, status, "%s", c->result.paths[side]);
}

static enum hone_status warm_up(struct compare *c, struct hone_error *err)
{
    struct compare_pair unused;
    for (int side = 0; side < COMPARE_SIDES; side++) {
        struct loaded *loaded = &c->loaded[side];
        HONE_TRY(feed(loaded, c->tokens, asked.n_depth, loaded->info.max_tokens, err));
        HONE_TRY(run_side(c, side, &unused, err));
    }
    return HONE_OK;
}

/* By time, an even number of pairs: as many with the one first as with the other. */
static bool want_more(uint32_t n_pairs, uint64_t start)
{
    if (asked.seconds <= 0) return n_pairs < asked.n_pairs;
    if (n_pairs < LEAST_PAIRS || n_pairs % 2) return true;
    return n_pairs < COMPARE_MAX_PAIRS && (double)(now_ns() - start) < (double)asked.seconds * 1e9;
}

static enum hone_status time_pairs(struct compare *c, struct hone_error *err)
{
    HONE_TRY(warm_up(c, err));
    for (uint64_t start = now_ns(); want_more(c->result.n_pairs, start); c->result.n_pairs++) {
        struct compare_pair *pair = &c->result.pairs[c->result.n_pairs];
        int first = c->result.n_pairs % 2;
        HONE_TRY(run_side(c, first, pair, err));
        HONE_TRY(run_side(c, 1 - first, pair, err));
    }
    return HONE_OK;
}

static enum hone_status print_result(const struct compare *c, struct hone_error *err)
{
    if (asked.json)
        compare_print_json(stdout, &c->result);
    else
        compare_print_table(stdout, &c->result);
    if (fflush(stdout) != 0 || ferror(stdout))
        return hone_fail(err, HONE_ERR_IO, "cannot write to stdout");
    return HONE_OK;
}

static enum hone_status compare_loaded(struct compare *c, struct hone_error *err)
{
    c->result.n_depth = asked.n_depth;
    c->result.n_threads = hone_session_threads(c->loaded[0].session);
    c->result.is_chat =
        asked.n_prompt == CHAT_PROMPT && asked.n_gen == CHAT_GEN && asked.n_depth == 0;
    HONE_TRY(fit(c, err));
    HONE_TRY(make_tokens(c, err));
    HONE_TRY(time_pairs(c, err));
    return print_result(c, err);
}

static enum hone_status compare(int argc, char **argv, struct hone_error *err)
{
    static struct compare c;
    HONE_TRY(options_parse(&line, argc, argv, c.result.paths, err));
    if (asked.n_pairs == 0 || asked.n_pairs > COMPARE_MAX_PAIRS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "-r takes 1 to %d", COMPARE_MAX_PAIRS);
    uint32_t places[COMPARE_SIDES], n_places;
    HONE_TRY(parse_weights(asked.weights, COMPARE_SIDES, places, &n_places, err));
    enum hone_status status = HONE_OK;
    for (int side = 0; side < COMPARE_SIDES && status == HONE_OK; side++) {
        const struct load_options how = {
            .n_threads = asked.n_threads, .n_seqs = 1, .weights = places[n_places > 1 ? side : 0]};
        c.result.weights[side] = weights_names[how.weights];
        status = load(c.result.paths[side], &how, &c.loaded[side], err);
    }
    if (status == HONE_OK) status = compare_loaded(&c, err);
    free(c.tokens);
    for (int side = 0; side < COMPARE_SIDES; side++) unload(&c.loaded[side]);
    return status;
}

const struct command command_compare = {"compare", &line, compare};
