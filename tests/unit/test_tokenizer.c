/* SPDX-License-Identifier: MIT */
/* The tokenizer on small vocabularies: against plain references, at its edges, and under load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vocab_kit.h"

enum { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER = 4 };

/* BPE: ids 0.. as listed, bytes from BYTES on. */
static const struct vocab_token bpe_tokens[] = {
    {"ab", NORMAL, 0},
    {"bc", NORMAL, 0},
    {"abc", NORMAL, 0},
    {"cd", NORMAL, 0},
    {"\xc4\xa0"
     "a",
     NORMAL, 0}, /* " a" */
    {"<|stop|>", CONTROL, 0},
    {"<|stop|><|stop|>", USER, 0},
    {"op|", USER, 0},
    {"whole", NORMAL, 0}, /* no merge leads there */
    {"<|im_end|>", CONTROL, 0},
    {"zzzz", NORMAL, 0}, /* through "zz", which is no token */
};
enum { AB, BC, ABC, CD, SPACE_A, STOP, STOP2, OP, WHOLE, IM_END, ZZZZ, N_BPE, BYTES = N_BPE };
static const char *const bpe_merges[] = {"b c",        "a b",  "ab c", "c d",
                                         "\xc4\xa0 a", "a bc", "z z",  "zz zz"};

static void bpe_keys(struct gguf_kit *kit)
{
    kit_u32(kit, "tokenizer.ggml.bos_token_id", IM_END);
    kit_u32(kit, "tokenizer.ggml.eos_token_id", STOP);
    kit_bool(kit, "tokenizer.ggml.add_bos_token", 1);
    kit_bool(kit, "tokenizer.ggml.add_eos_token", 1);
    kit_text(kit, "tokenizer.chat_template", "{{ x }}");
}

static struct vocab_plan bpe_plan(const char *pre)
{
    return (struct vocab_plan){"gpt2", pre, bpe_tokens, N_BPE, bpe_merges, 8, bpe_keys};
}

#define B(c) (BYTES + (c))
#define EXPECT(made, text, special, ...)                                                           \
    vocab_kit_expect(made, text, strlen(text), special, (const int32_t[]){__VA_ARGS__, -1})

static void bpe_merges_by_rank(void **state)
{
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    (void)state;
    EXPECT(&made, "bc", 0, BC);
    EXPECT(&made, "abc", 0, ABC); /* b c first, then a bc */
    EXPECT(&made, "abd", 0, AB, B('d'));
    EXPECT(&made, "bcd", 0, BC, B('d')); /* not b cd */
    EXPECT(&made, "a a", 0, B('a'), SPACE_A);
    EXPECT(&made, "whole", 0, B('w'), B('h'), B('o'), B('l'), B('e'));
    EXPECT(&made, "zzzz", 0, ZZZZ);
    EXPECT(&made, "zzzzzz", 0, ZZZZ, B('z'), B('z')); /* zz is left as its bytes */
    EXPECT(&made, "\xc3\xa9", 0, B(0xc3), B(0xa9));
    vocab_kit_expect(&made, "", 0, 0, (const int32_t[]){-1});
    vocab_kit_expect(&made, "a\0b", 3, 0, (const int32_t[]){B('a'), B(0), B('b'), -1});
    vocab_kit_free(&made);
}

static void whole_tokens_where_the_vocabulary_says_so(void **state)
{
    struct vocab_plan plan = bpe_plan("llama-bpe");
    struct vocab_made made = vocab_kit_make(&plan);
    (void)state;
    EXPECT(&made, "whole", 0, WHOLE);
    EXPECT(&made, "wholes", 0, B('w'), B('h'), B('o'), B('l'), B('e'), B('s'));
    EXPECT(&made, "a whole", 0, B('a'), B(' '), B('w'), B('h'), B('o'), B('l'), B('e'));
    vocab_kit_free(&made);
}

static void special_tokens_are_cut_out_first(void **state)
{
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    (void)state;
    /* special = 1 also puts BOS and EOS around. */
    EXPECT(&made, "ab<|stop|>ab", 1, IM_END, AB, STOP, AB, STOP);
    EXPECT(&made, "<|stop|><|stop|>", 1, IM_END, STOP2, STOP); /* the longest first */
    EXPECT(&made, "<|stop|><|stop|><|stop|>", 1, IM_END, STOP2, STOP, STOP);
    EXPECT(&made, "x<|stop|", 1, IM_END, B('x'), B('<'), B('|'), B('s'), B('t'), OP, STOP);
    /* Without, the control token is text; user-defined tokens are cut out always. */
    EXPECT(&made, "<|stop|>", 0, B('<'), B('|'), B('s'), B('t'), OP, B('>'));
    EXPECT(&made, "<|stop|><|stop|>", 0, STOP2);
    EXPECT(&made, "<|im_end|>", 0, B('<'), B('|'), B('i'), B('m'), B('_'), B('e'), B('n'), B('d'),
           B('|'), B('>'));
    vocab_kit_free(&made);
}

static void ids_say_what_they_are(void **state)
{
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    struct hone_tokenizer_info info;
    struct hone_error err;
    const char *piece;
    size_t n;
    (void)state;
    hone_tokenizer_info(made.tokenizer, &info);
    assert_int_equal(info.n_tokens, N_BPE + 256);
    assert_int_equal(info.bos, IM_END);
    assert_int_equal(info.eos, STOP);
    assert_int_equal(info.unk, HONE_TOKEN_NONE);
    assert_true(info.add_bos && info.add_eos);
    assert_string_equal(info.model, "bpe");
    assert_memory_equal(info.pre, "gpt-2", info.pre_bytes);
    assert_memory_equal(info.chat_template, "{{ x }}", info.chat_template_bytes);
    assert_true(hone_tokenizer_is_stop(made.tokenizer, STOP));
    assert_true(hone_tokenizer_is_stop(made.tokenizer, IM_END)); /* by its name */
    assert_false(hone_tokenizer_is_stop(made.tokenizer, AB));
    assert_false(hone_tokenizer_is_stop(made.tokenizer, -1));
    assert_false(hone_tokenizer_is_stop(made.tokenizer, N_BPE + 256));
    assert_true(hone_tokenizer_is_control(made.tokenizer, STOP));
    assert_false(hone_tokenizer_is_control(made.tokenizer, OP));
    assert_int_equal(hone_detokenize(made.tokenizer, -1, &piece, &n, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_detokenize(made.tokenizer, N_BPE + 256, &piece, &n, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_detokenize(made.tokenizer, SPACE_A, &piece, &n, &err), HONE_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(piece, " a", 2);
    vocab_kit_free(&made);
}

static void counts_what_does_not_fit(void **state)
{
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    struct hone_error err;
    int32_t ids[3] = {7, 7, 7};
    size_t n;
    (void)state;
    assert_int_equal(hone_tokenize(made.tokenizer, "xyzzy", 5, NULL, NULL, 0, &n, &err), HONE_OK);
    assert_int_equal(n, 5);
    assert_int_equal(hone_tokenize(made.tokenizer, "xyz", 3, NULL, ids, 2, &n, &err),
                     HONE_ERR_LIMIT);
    assert_int_equal(n, 3);
    assert_int_equal(ids[1], B('y'));
    assert_int_equal(ids[2], 7);
    vocab_kit_free(&made);
}

static void broken_utf8_is_replaced(void **state)
{
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    (void)state;
    EXPECT(&made, "\xff", 0, B(0xef), B(0xbf), B(0xbd));
    /* One replacement for each maximal part: a cut-off character, a surrogate's three bytes. */
    EXPECT(&made, "x\xe2\x82", 0, B('x'), B(0xef), B(0xbf), B(0xbd));
    EXPECT(&made, "\xed\xa0\x80", 0, B(0xef), B(0xbf), B(0xbd), B(0xef), B(0xbf), B(0xbd), B(0xef),
           B(0xbf), B(0xbd));
    EXPECT(&made, "\xc0\xaf", 0, B(0xef), B(0xbf), B(0xbd), B(0xef), B(0xbf), B(0xbd));
    vocab_kit_free(&made);
}

/* SPM: higher scores first. */
static const struct vocab_token spm_tokens[] = {
    {"<unk>", UNKNOWN, 0},
    {"<s>", CONTROL, 0},
    {"</s>", CONTROL, 0},
    {"\xe2\x96\x81", NORMAL, -9},
    {"a", NORMAL, -9},
    {"b", NORMAL, -9},
    {"ab", NORMAL, -2},
    {"ba", NORMAL, -1},
    {"\xe2\x96\x81"
     "a",
     NORMAL, -3},
    {"aa", NORMAL, -4},
    {"<user>", USER, 0},
    {"\xc3\xa9", NORMAL, -5},
};
enum {
    UNK,
    BOS,
    EOS,
    SPM_SPACE,
    SPM_A,
    SPM_B,
    SPM_AB,
    SPM_BA,
    SPM_SP_A,
    SPM_AA,
    SPM_USER,
    SPM_E,
    N_SPM
};
#define S(c) (N_SPM + (c))

static void no_prefix(struct gguf_kit *kit)
{
    kit_bool(kit, "tokenizer.ggml.add_space_prefix", 0);
}

static void spm_merges_by_score(void **state)
{
    struct vocab_plan plan = {"llama", NULL, spm_tokens, N_SPM, NULL, 0, NULL};
    struct vocab_made made = vocab_kit_make(&plan);
    (void)state;
    EXPECT(&made, "a", 0, SPM_SP_A);
    EXPECT(&made, "ab", 0, SPM_SPACE, SPM_AB); /* ab (-2) before " a" (-3) */
    EXPECT(&made, "aba", 0, SPM_SP_A, SPM_BA); /* ba (-1) first */
    EXPECT(&made, "baaa", 0, SPM_SPACE, SPM_BA, SPM_AA);
    EXPECT(&made, "aaa", 0, SPM_SP_A, SPM_AA);
    EXPECT(&made, "b\xc3\xa9", 0, SPM_SPACE, SPM_B, SPM_E);
    EXPECT(&made, "z", 0, SPM_SPACE, S('z'));
    EXPECT(&made, "\xe2\x82\xac", 0, SPM_SPACE, S(0xe2), S(0x82), S(0xac));
    EXPECT(&made,
           "b\xe2\x96\x81"
           "a",
           0, SPM_SPACE, SPM_B, SPM_SP_A);
    EXPECT(&made, "<s>", 0, SPM_SPACE, S('<'), S('s'), S('>'));
    EXPECT(&made, "<s>a</s>", 1, BOS, BOS, SPM_SP_A, EOS);
    EXPECT(&made, "b<user>b", 0, SPM_SPACE, SPM_B, SPM_USER, SPM_SPACE, SPM_B);
    vocab_kit_expect(&made, "", 0, 0, (const int32_t[]){-1});
    vocab_kit_free(&made);
    plan.more = no_prefix;
    made = vocab_kit_make(&plan);
    EXPECT(&made, "a", 0, SPM_A);
    EXPECT(&made, "b a", 0, SPM_B, SPM_SP_A);
    vocab_kit_free(&made);
}

/* The plain way, quadratic: join the leftmost of the best pairs until none is left. */
static size_t plain_merge(const char *word, const char *const *pairs, size_t n_pairs,
                          char pieces[][128])
{
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++) snprintf(pieces[i], 128, "%c", word[i]);
    for (;;) {
        size_t best = n_pairs, at = 0;
        for (size_t i = 0; i + 1 < n; i++)
            for (size_t p = 0; p < n_pairs; p++) {
                char joined[260];
                snprintf(joined, sizeof joined, "%.127s %.127s", pieces[i], pieces[i + 1]);
                if (strcmp(joined, pairs[p]) == 0 && p < best) {
                    best = p;
                    at = i;
                }
            }
        if (best == n_pairs) return n;
        strncat(pieces[at], pieces[at + 1], 64);
        memmove(pieces[at + 1], pieces[at + 2], (n - at - 2) * 128);
        n--;
    }
}

static void agrees_with_the_plain_way(void **state)
{
    static char pieces[64][128];
    struct vocab_plan plan = bpe_plan("gpt-2");
    struct vocab_made made = vocab_kit_make(&plan);
    struct hone_error err;
    uint32_t seed = 1;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char word[41] = "";
        int32_t ids[64];
        size_t n, n_bytes, at = 0, length = 1 + (seed >> 16) % 39;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525 + 1013904223;
            word[i] = "abcdz"[(seed >> 20) % 5];
        }
        size_t n_plain = plain_merge(word, bpe_merges, 8, pieces);
        hone_tokenize(made.tokenizer, word, length, NULL, ids, 64, &n, &err);
        char *joined = vocab_kit_join(&made, ids, n, &n_bytes);
        assert_string_equal(joined, word);
        free(joined);
        for (size_t i = 0; i < n_plain; i++) {
            size_t n_ids = strcmp(pieces[i], "zz") == 0 ? 2 : 1; /* no token of its own */
            joined = vocab_kit_join(&made, ids + at, n_ids, &n_bytes);
            assert_string_equal(joined, pieces[i]);
            free(joined);
            at += n_ids;
        }
        assert_int_equal(at, n);
    }
    vocab_kit_free(&made);
}

/* Quadratic behaviour anywhere here would take hours. */
static void long_texts_take_linear_time(void **state)
{
    static const char *const fills[] = {
        "a",        " ",     "\n",           "1",  "z", "!",  "'", "\xff",
        "<|stop|>", "ab cd", "\xe4\xb8\x80", "a ", "<", " \n"};
    static const char *const names[] = {
        "gpt-2",        "llama-bpe",      "qwen2",       "default", "starcoder",
        "deepseek-llm", "deepseek-coder", "deepseek-v3", "gpt-4o",  "tekken",
        "falcon",       "bloom",          "qwen35",      NULL};
    const size_t n_bytes = 300000;
    char *text = malloc(n_bytes);
    (void)state;
    for (size_t p = 0; p < sizeof names / sizeof *names; p++) {
        struct vocab_plan plan = bpe_plan(names[p]);
        if (!names[p]) plan = (struct vocab_plan){"llama", NULL, spm_tokens, N_SPM, NULL, 0, NULL};
        struct vocab_made made = vocab_kit_make(&plan);
        for (size_t f = 0; f < sizeof fills / sizeof *fills; f++) {
            struct hone_error err = {HONE_OK, ""};
            size_t n, length = strlen(fills[f]);
            for (size_t i = 0; i < n_bytes; i++) text[i] = fills[f][i % length];
            text[n_bytes - 1] = 'x';
            struct hone_tokenize_options options = {1, 1};
            if (hone_tokenize(made.tokenizer, text, n_bytes, &options, NULL, 0, &n, &err) !=
                HONE_OK)
                fail_msg("%s, '%s': %s", names[p] ? names[p] : "spm", fills[f], err.text);
        }
        vocab_kit_free(&made);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bpe_merges_by_rank),
        cmocka_unit_test(whole_tokens_where_the_vocabulary_says_so),
        cmocka_unit_test(special_tokens_are_cut_out_first),
        cmocka_unit_test(ids_say_what_they_are),
        cmocka_unit_test(counts_what_does_not_fit),
        cmocka_unit_test(broken_utf8_is_replaced),
        cmocka_unit_test(spm_merges_by_score),
        cmocka_unit_test(agrees_with_the_plain_way),
        cmocka_unit_test(long_texts_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
