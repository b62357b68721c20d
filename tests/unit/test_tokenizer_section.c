/* SPDX-License-Identifier: MIT */
/* From vocabulary keys to a section and back to text: bad keys, bad sections, streaming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "codegen/model/pretokenizers.h"
#include "codegen/model/tokenizer_section.h"
#include "tests/fuzz/gguf_exercise.h"
#include "tests/unit/vocab_kit.h"

static const struct vocab_token tokens[] = {
    {"<s>", 3, 0},
    {"he", 1, -1},
    {"hel", 1, -2},
    {"<tool>", 4, -1.5},
};
enum { N_TOKENS = 4 };
static const char *const merges[] = {"h e", "he l"};

static void section_is_read_back_for_every_pretokenizer(void **state)
{
    static const char *const names[] = {
        "gpt-2",  "mpt",     "starcoder",    "smollm",         "refact",      "llama-bpe",
        "llama3", "qwen2",   "qwen35",       "gpt-4o",         "llama4",      "tekken",
        "falcon", "default", "deepseek-llm", "deepseek-coder", "deepseek-v3", "bloom",
        "glm4",   "dbrx",    "seed-coder",   "bailingmoe",     NULL};
    static const char text[] = "Hello he'll  \t hello\n\n 12345 <tool>\xe4\xbd\xa0\xe5\xa5\xbd, "
                               "\xc3\x89t\xc3\xa9! HTTPServer's \xf0\x9f\x98\x80 \xd7\xa9 a_b+c  ";
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct vocab_plan plan = {"gpt2", names[i], tokens, N_TOKENS, merges, 2, NULL};
        struct vocab_made made = vocab_kit_make(&plan);
        struct hone_error err;
        int32_t ids[256];
        size_t n, n_bytes;
        assert_int_equal(
            hone_tokenize(made.tokenizer, text, sizeof text - 1, NULL, ids, 256, &n, &err),
            HONE_OK);
        char *joined = vocab_kit_join(&made, ids, n, &n_bytes);
        assert_string_equal(joined, text);
        free(joined);
        vocab_kit_free(&made);
    }
}

/* Published as a literal list: 2,677 letters beyond ASCII and the 52 of ASCII. */
static void deepseek_letters_are_counted(void **state)
{
    const struct pretokenizer *pre = pretokenizer_find((struct hone_gguf_text){"deepseek-llm", 12});
    int code;
    PCRE2_SIZE offset;
    unsigned n_ascii = 0, n_more = 0;
    (void)state;
    pcre2_code *regex = pcre2_compile((PCRE2_SPTR)pre->regexes[1], PCRE2_ZERO_TERMINATED,
                                      PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &code, &offset, NULL);
    assert_non_null(regex);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint8_t text[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (c >= 0xd800 && c < 0xe000) continue;
        for (size_t i = 1; i < n; i++) text[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        text[0] = (uint8_t)(n == 1 ? c : (0xf0 << (4 - n) & 0xff) | c >> 6 * (n - 1));
        if (pcre2_match(regex, text, n, 0, 0, match, NULL) < 0) continue;
        if (c < 0x80)
            n_ascii++;
        else
            n_more++;
    }
    pcre2_match_data_free(match);
    pcre2_code_free(regex);
    assert_int_equal(n_ascii, 52);
    assert_int_equal(n_more, 2677);
}

struct bad_keys {
    const char *fragment;
    struct vocab_plan plan;
};

static void bad_bos(struct gguf_kit *kit)
{
    kit_u32(kit, "tokenizer.ggml.bos_token_id", N_TOKENS + 256);
}

static void last_eos(struct gguf_kit *kit)
{
    kit_u32(kit, "tokenizer.ggml.eos_token_id", N_TOKENS + 255);
}

static void text_bos(struct gguf_kit *kit)
{
    kit_text(kit, "tokenizer.ggml.bos_token_id", "1");
}

static void short_scores(struct gguf_kit *kit)
{
    kit_array(kit, "tokenizer.ggml.scores", HONE_GGUF_F32, 1);
    kit_put32(kit, 0);
}

static void bad_keys_are_named(void **state)
{
    static const char *const cut[] = {"h e", "he"}, *const cut2[] = {"h e", " he "};
    static const char *const half[] = {"\xc4 \xa0"};
    static const struct vocab_token minus[] = {{"<0x-1>", 6, 0}}, long_byte[] = {{"<0x100>", 6, 0}},
                                    type0[] = {{"a", 0, 0}}, type7[] = {{"a", 7, 0}},
                                    nan[] = {{"a", 1, 0.0f / 0.0f}},
                                    infinite[] = {{"a", 1, 1.0f / 0.0f}};
    const struct bad_keys cases[] = {
        {"vocabulary of kind 'bert'", {"bert", NULL, tokens, N_TOKENS, NULL, 0, NULL}},
        {"pre-tokenizer 'gpt-3' (token", {"gpt2", "gpt-3", tokens, N_TOKENS, merges, 2, NULL}},
        {"pre-tokenizer '' (token", {"gpt2", "", tokens, N_TOKENS, merges, 2, NULL}},
        {"merges' is missing", {"gpt2", "gpt-2", tokens, N_TOKENS, NULL, 0, NULL}},
        {"merge 1 is 'he', two parts", {"gpt2", "gpt-2", tokens, N_TOKENS, cut, 2, NULL}},
        {"merge 1 is ' he ', two parts", {"gpt2", "gpt-2", tokens, N_TOKENS, cut2, 2, NULL}},
        {"merge 0 cuts a character", {"gpt2", "gpt-2", tokens, N_TOKENS, half, 1, NULL}},
        {"id' is 260, the vocabulary", {"gpt2", "gpt-2", tokens, N_TOKENS, merges, 2, bad_bos}},
        {"", {"gpt2", "gpt-2", tokens, N_TOKENS, merges, 2, last_eos}},
        {"id' is a string, an integer", {"gpt2", "gpt-2", tokens, N_TOKENS, merges, 2, text_bos}},
        {"a byte called '<0x-1>'", {"llama", NULL, minus, 1, NULL, 0, NULL}},
        {"a byte called '<0x100>'", {"llama", NULL, long_byte, 1, NULL, 0, NULL}},
        {"type of token 0 is not", {"llama", NULL, type0, 1, NULL, 0, NULL}},
        {"type of token 0 is not", {"gpt2", NULL, type7, 1, merges, 0, NULL}},
        {"score of token 0 is not", {"llama", NULL, nan, 1, NULL, 0, NULL}},
        {"score of token 0 is not", {"llama", NULL, infinite, 1, NULL, 0, NULL}},
        {"scores' is there twice", {"llama", NULL, tokens, N_TOKENS, NULL, 0, short_scores}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gguf_kit kit = {0};
        struct hone_gguf *gguf;
        struct hone_error err = {HONE_OK, ""};
        void *section;
        size_t n;
        vocab_kit_write(&kit, &cases[i].plan);
        if (hone_gguf_open_memory("m", kit.data, kit.n_bytes, &gguf, &err) == HONE_OK)
            hone_tokenizer_section_build(gguf, &section, &n, &err);
        else
            section = NULL;
        if (!strstr(err.text, cases[i].fragment) || !section != (cases[i].fragment[0] != 0))
            fail_msg("case %zu: '%s', expected '%s'", i, err.text, cases[i].fragment);
        free(section);
        hone_gguf_close(gguf);
        free(kit.data);
    }
}

/* A section that was changed is refused or does no harm; a shorter one is refused. */
static void damaged_sections_do_no_harm(void **state)
{
    static const char text[] = "hello <tool> <s> \xc3\xa9";
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct vocab_plan plan = {kind ? "llama" : "gpt2",
                                  kind ? NULL : "llama-bpe",
                                  tokens,
                                  N_TOKENS,
                                  kind ? NULL : merges,
                                  2,
                                  NULL};
        struct vocab_made made = vocab_kit_make(&plan);
        struct hone_tokenizer *tokenizer;
        struct hone_error err;
        uint8_t *copy = malloc(made.n_bytes);
        for (size_t n = 0; n < made.n_bytes; n += n < 2048 ? 1 : 7) {
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, made.section, n);
            assert_int_not_equal(hone_tokenizer_open(part, n, &tokenizer, &err), HONE_OK);
            free(part);
        }
        for (size_t at = 0; at < made.n_bytes; at++)
            for (int change = 1; change < 256; change += at < HONE_TEXT_HEADER_BYTES ? 1 : change) {
                memcpy(copy, made.section, made.n_bytes);
                copy[at] ^= (uint8_t)change;
                tokenizer_exercise(copy, made.n_bytes, text, sizeof text - 1);
            }
        free(copy);
        vocab_kit_free(&made);
    }
}

static void push(struct hone_text_stream *stream, int32_t id, const char *expected)
{
    char out[256];
    size_t n;
    struct hone_error err;
    assert_int_equal(hone_text_stream_push(stream, id, out, sizeof out, &n, &err), HONE_OK);
    out[n] = '\0';
    assert_string_equal(out, expected);
}

static void streams_whole_characters(void **state)
{
    struct vocab_plan plan = {"llama", NULL, tokens, N_TOKENS, NULL, 0, NULL};
    struct vocab_made made = vocab_kit_make(&plan);
    struct hone_text_stream stream = {.tokenizer = made.tokenizer};
    char out[64];
    size_t n;
    struct hone_error err;
    (void)state;
    push(&stream, 1, "he");
    push(&stream, N_TOKENS + 0xf0, "");
    push(&stream, N_TOKENS + 0x9f, "");
    push(&stream, 0, ""); /* a control token gives no text, and does not disturb */
    push(&stream, N_TOKENS + 0x98, "");
    push(&stream, N_TOKENS + 0x80, "\xf0\x9f\x98\x80");
    assert_int_equal(hone_text_stream_flush(&stream, out), 0);
    push(&stream, N_TOKENS + 0xe2, "");
    push(&stream, 1, "\xef\xbf\xbdhe"); /* it will never become a character */
    push(&stream, N_TOKENS + 0xff, "\xef\xbf\xbd");
    push(&stream, N_TOKENS + 0xe2, "");
    push(&stream, N_TOKENS + 0xc3, "\xef\xbf\xbd"); /* one broken, the next begun */
    push(&stream, N_TOKENS + 0xa9, "\xc3\xa9");
    push(&stream, N_TOKENS + 0xc3, "");
    assert_int_equal(hone_text_stream_flush(&stream, out), 3);
    assert_memory_equal(out, "\xef\xbf\xbd", 3);
    assert_int_equal(hone_text_stream_flush(&stream, out), 0);
    stream.show_control = stream.drop_first_space = true;
    push(&stream, N_TOKENS + ' ', "");
    push(&stream, N_TOKENS + ' ', " ");
    push(&stream, 0, "<s>");
    assert_int_equal(hone_text_stream_push(&stream, 1, out, 1, &n, &err), HONE_ERR_LIMIT);
    assert_int_equal(hone_text_stream_push(&stream, -7, out, sizeof out, &n, &err),
                     HONE_ERR_ARGUMENT);
    vocab_kit_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_is_read_back_for_every_pretokenizer),
        cmocka_unit_test(deepseek_letters_are_counted),
        cmocka_unit_test(bad_keys_are_named),
        cmocka_unit_test(damaged_sections_do_no_harm),
        cmocka_unit_test(streams_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
