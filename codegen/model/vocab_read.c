/* SPDX-License-Identifier: MIT */
/* The vocabulary keys that every kind of tokenizer has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "codegen/model/vocab.h"

#define KEY(name) "tokenizer.ggml." name

enum hone_status vocab_no_memory(const struct vocab *vocab, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", hone_gguf_path(vocab->gguf));
}

static enum hone_status read_kind(struct vocab *vocab, struct hone_error *err)
{
    struct hone_gguf_text model, pre = {"default", 7};
    char quoted[GGUF_QUOTE_BYTES];
    HONE_TRY(hone_gguf_get_text(vocab->gguf, KEY("model"), &model, err));
    HONE_TRY(hone_gguf_opt_text(vocab->gguf, KEY("pre"), &pre, err));
    vocab->pre = pre;
    if (hone_gguf_text_equals(model, "llama")) {
        vocab->kind = HONE_TEXT_SPM;
        return HONE_OK;
    }
    if (!hone_gguf_text_equals(model, "gpt2"))
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: vocabulary of kind %s (tokenizer.ggml.model), 'llama' or 'gpt2' "
                         "expected",
                         hone_gguf_path(vocab->gguf), gguf_quote(model, quoted));
    vocab->kind = HONE_TEXT_BPE;
    vocab->pretokenizer = pretokenizer_find(pre);
    if (!vocab->pretokenizer)
        return hone_fail(err, HONE_ERR_UNSUPPORTED,
                         "%s: pre-tokenizer %s (tokenizer.ggml.pre) is not known",
                         hone_gguf_path(vocab->gguf), gguf_quote(pre, quoted));
    return HONE_OK;
}

static enum hone_status read_tokens(struct vocab *vocab, struct hone_error *err)
{
    struct hone_gguf_array tokens;
    HONE_TRY(hone_gguf_get_array(vocab->gguf, KEY("tokens"), HONE_GGUF_STRING, &tokens, err));
    if (tokens.count == 0 || tokens.count > HONE_TEXT_MAX_TOKENS)
        return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, tokens.data), err,
                            "%llu tokens, 1 to 2^24 expected", (unsigned long long)tokens.count);
    vocab->n_tokens = (uint32_t)tokens.count;
    vocab->raw = hone_arena_array(&vocab->arena, vocab->n_tokens, sizeof *vocab->raw);
    vocab->attributes = hone_arena_array(&vocab->arena, vocab->n_tokens, 1);
    if (!vocab->raw || !vocab->attributes) return vocab_no_memory(vocab, err);
    uint64_t cursor = 0;
    for (uint32_t i = 0; i < vocab->n_tokens; i++)
        hone_gguf_array_next_text(&tokens, &cursor, &vocab->raw[i]);
    return HONE_OK;
}

static enum hone_status check_count(const struct vocab *vocab, const struct hone_gguf_array *array,
                                    const char *what, struct hone_error *err)
{
    if (array->count == vocab->n_tokens) return HONE_OK;
    return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, array->data), err,
                        "%llu %s for %u tokens", (unsigned long long)array->count, what,
                        vocab->n_tokens);
}

static enum hone_status read_types(struct vocab *vocab, struct hone_error *err)
{
    struct hone_gguf_array types;
    memset(vocab->attributes, HONE_TEXT_NORMAL, vocab->n_tokens);
    if (!hone_gguf_has(vocab->gguf, KEY("token_type"))) return HONE_OK;
    HONE_TRY(hone_gguf_get_any_array(vocab->gguf, KEY("token_type"), &types, err));
    HONE_TRY(check_count(vocab, &types, "token types", err));
    for (uint32_t i = 0; i < vocab->n_tokens; i++) {
        uint64_t type;
        if (types.type == HONE_GGUF_STRING || !hone_gguf_array_u64(&types, i, &type) ||
            type < HONE_TEXT_NORMAL || type > HONE_TEXT_BYTE)
            return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, types.data), err,
                                "the type of token %u is not an integer from 1 to 6", i);
        vocab->attributes[i] = (uint8_t)type;
    }
    return HONE_OK;
}

static enum hone_status read_scores(struct vocab *vocab, struct hone_error *err)
{
    if (vocab->kind != HONE_TEXT_SPM) return HONE_OK;
    HONE_TRY(hone_gguf_get_array(vocab->gguf, KEY("scores"), HONE_GGUF_F32, &vocab->scores, err));
    HONE_TRY(check_count(vocab, &vocab->scores, "scores", err));
    for (uint32_t i = 0; i < vocab->n_tokens; i++)
        if (!isfinite(hone_gguf_array_f32(&vocab->scores, i)))
            return gguf_fail_at(vocab->gguf, hone_gguf_offset_of(vocab->gguf, vocab->scores.data),
                                err, "the score of token %u is not finite", i);
    return HONE_OK;
}

/* `usual`: what the reference assumes when an SPM file does not say. */
static enum hone_status read_id(struct vocab *vocab, const char *key, uint32_t usual, uint32_t *out,
                                struct hone_error *err)
{
    uint64_t id = HONE_TEXT_NONE;
    if (vocab->kind == HONE_TEXT_SPM && usual < vocab->n_tokens &&
        vocab->attributes[usual] != HONE_TEXT_NORMAL)
        id = usual;
    HONE_TRY(hone_gguf_opt_u64(vocab->gguf, key, &id, err));
    if (id != HONE_TEXT_NONE && id >= vocab->n_tokens)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: key '%s' is %llu, the vocabulary has %u tokens",
                         hone_gguf_path(vocab->gguf), key, (unsigned long long)id, vocab->n_tokens);
    *out = (uint32_t)id;
    return HONE_OK;
}

static enum hone_status read_ids(struct vocab *vocab, struct hone_error *err)
{
    static const struct {
        const char *key;
        uint32_t usual;
    } ids[] = {
        {KEY("bos_token_id"),     1             },
        {KEY("eos_token_id"),     2             },
        {KEY("eot_token_id"),     HONE_TEXT_NONE},
        {KEY("eom_token_id"),     HONE_TEXT_NONE},
        {KEY("unknown_token_id"), 0             },
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        HONE_TRY(read_id(vocab, ids[i].key, ids[i].usual, &vocab->ids[i], err));
    return HONE_OK;
}

/* Names that published vocabularies give to tokens which end a turn; files name only one of them.
 */
static void mark_stops(struct vocab *vocab)
{
    static const char *const names[] = {"<|eot_id|>",      "<|eom_id|>",    "<|im_end|>",
                                        "<|end_of_text|>", "<|endoftext|>", "<end_of_turn>",
                                        "<EOT>",           "_<EOT>"};
    for (int i = HONE_TEXT_EOS; i <= HONE_TEXT_EOM; i++) {
        uint32_t id = vocab->ids[i - HONE_TEXT_BOS];
        if (id != HONE_TEXT_NONE) vocab->attributes[id] |= HONE_TEXT_STOP;
    }
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        if ((vocab->attributes[id] & HONE_TEXT_TYPE_MASK) != HONE_TEXT_CONTROL) continue;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (hone_gguf_text_equals(vocab->raw[id], names[i]))
                vocab->attributes[id] |= HONE_TEXT_STOP;
    }
}

static enum hone_status read_flags(struct vocab *vocab, struct hone_error *err)
{
    bool spm = vocab->kind == HONE_TEXT_SPM;
    bool bos = spm || vocab->pretokenizer->add_bos, eos = false, space = spm;
    HONE_TRY(hone_gguf_opt_bool(vocab->gguf, KEY("add_bos_token"), &bos, err));
    HONE_TRY(hone_gguf_opt_bool(vocab->gguf, KEY("add_eos_token"), &eos, err));
    HONE_TRY(hone_gguf_opt_bool(vocab->gguf, KEY("add_space_prefix"), &space, err));
    vocab->flags = (bos ? HONE_TEXT_ADD_BOS : 0) | (eos ? HONE_TEXT_ADD_EOS : 0) |
                   (spm && space ? HONE_TEXT_SPACE_PREFIX : 0) |
                   (!spm && vocab->pretokenizer->whole_tokens ? HONE_TEXT_IGNORE_MERGES : 0);
    return HONE_OK;
}

enum hone_status vocab_read(struct vocab *vocab, struct hone_error *err)
{
    HONE_TRY(read_kind(vocab, err));
    HONE_TRY(read_tokens(vocab, err));
    HONE_TRY(read_types(vocab, err));
    HONE_TRY(read_scores(vocab, err));
    HONE_TRY(read_ids(vocab, err));
    mark_stops(vocab);
    HONE_TRY(read_flags(vocab, err));
    return hone_gguf_opt_text(vocab->gguf, "tokenizer.chat_template", &vocab->chat_template, err);
}

static int compare_specials(const void *a, const void *b)
{
    const struct vocab_special *x = a, *y = b;
    int order = gguf_compare_text(x->text.data, x->text.n_bytes, y->text.data, y->text.n_bytes);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

enum hone_status vocab_list_specials(struct vocab *vocab, struct hone_error *err)
{
    uint32_t n = 0;
    vocab->specials = hone_arena_array(&vocab->arena, vocab->n_tokens, sizeof *vocab->specials);
    if (!vocab->specials) return vocab_no_memory(vocab, err);
    for (uint32_t id = 0; id < vocab->n_tokens; id++) {
        uint32_t type = vocab->attributes[id] & HONE_TEXT_TYPE_MASK;
        if ((type == HONE_TEXT_CONTROL || type == HONE_TEXT_UNKNOWN || type == HONE_TEXT_USER) &&
            vocab->raw[id].n_bytes > 0)
            vocab->specials[n++] = (struct vocab_special){vocab->raw[id], id};
    }
    qsort(vocab->specials, n, sizeof *vocab->specials, compare_specials);
    vocab->n_specials = 0; /* of equal texts the first id stays */
    for (uint32_t i = 0; i < n; i++) {
        struct vocab_special *last = vocab->specials + vocab->n_specials;
        if (i > 0 &&
            gguf_compare_text(last[-1].text.data, last[-1].text.n_bytes,
                              vocab->specials[i].text.data, vocab->specials[i].text.n_bytes) == 0)
            continue;
        vocab->specials[vocab->n_specials++] = vocab->specials[i];
    }
    return HONE_OK;
}
