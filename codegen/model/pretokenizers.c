/* SPDX-License-Identifier: MIT */
/* The table of pre-tokenizers: facts about published vocabularies, written for PCRE2. */
#include "codegen/model/pretokenizers.h"

#include <string.h>

/* The first byte-level expression; what it does not match stays as a piece of its own. */
#define GPT2 "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)"
/* ASCII letters spelled out: (?i:'s) would match U+017F as well. */
#define CONTRACTION    "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define SPACES         "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define TAIL           " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" SPACES
#define LLAMA3(digits) CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits "|" TAIL

/* Words that change case inside: an optional mark, capitals, then small letters. */
#define MARK    "[^\\r\\n\\p{L}\\p{N}]?"
#define UPPER   "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER   "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define SLASHES " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" SPACES

/* DeepSeek LLM lists the letters it knows: the cased ones (\p{L&}) without these alphabets and
 * later additions. 2,677 letters beyond ASCII are left; a test counts them. */
#define DEEPSEEK_LETTERS                                                                           \
    "[^\\P{L&}\\x{560}-\\x{588}\\x{10c6}-\\x{10ff}\\x{1c80}-\\x{1c8f}\\x{2d00}-\\x{2d2f}"          \
    "\\x{a790}-\\x{a7ff}\\x{ab30}-\\x{ab6f}\\x{10570}-\\x{105bf}\\x{10d50}-\\x{10d8f}"             \
    "\\x{16e40}-\\x{16e7f}\\x{16ea0}-\\x{16edf}\\x{1d400}-\\x{1d7ff}\\x{1df00}-\\x{1dfff}]"
#define DEEPSEEK_MARKS                                                                             \
    "[!-/:-~\\x{ff01}-\\x{ff0f}\\x{ff1a}-\\x{ff5e}\\x{2018}-\\x{201f}\\x{3000}-\\x{3002}]"
#define HAN_KANA_HANGUL "[\\x{4e00}-\\x{9fa5}\\x{800}-\\x{4e00}\\x{ac00}-\\x{d7ff}]+"
/* The published form is \s+$; without the look-behind a long run of spaces inside a text would be
 * tried from each of its spaces. The leftmost match is the same. */
#define SPACES_AT_END "(?<!\\s)\\s+$"
#define PUNCTUATION   "[\\p{P}\\$\\+<=>\\^~\\|]+"

static const char *const gpt2[] = {GPT2, NULL};
static const char *const digits_gpt2[] = {"\\p{N}", GPT2, NULL};
static const char *const llama3[] = {LLAMA3("\\p{N}{1,3}"), NULL};
static const char *const qwen2[] = {LLAMA3("\\p{N}"), NULL};
static const char *const qwen35[] = {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
                                                 " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" SPACES,
                                     NULL};
static const char *const gpt4o[] = {MARK UPPER "*" LOWER "+" CONTRACTION "?|" MARK UPPER "+" LOWER
                                               "*" CONTRACTION "?|\\p{N}{1,3}|" SLASHES,
                                    NULL};
static const char *const tekken[] = {
    MARK UPPER "*" LOWER "+|" MARK UPPER "+" LOWER "*|\\p{N}|" SLASHES, NULL};
static const char *const deepseek_llm[] = {"[\\r\\n]",
                                           "\\s?" DEEPSEEK_LETTERS "+",
                                           "\\s?" DEEPSEEK_MARKS "+",
                                           SPACES_AT_END,
                                           HAN_KANA_HANGUL,
                                           "\\p{N}+",
                                           NULL};
static const char *const deepseek_coder[] = {"[\\r\\n]",      "\\s?\\p{L}+", "\\s?\\p{P}+",
                                             HAN_KANA_HANGUL, "\\p{N}",      NULL};
static const char *const deepseek_v3[] = {
    "\\p{N}{1,3}", "[\\x{4e00}-\\x{9fa5}\\x{3040}-\\x{309f}\\x{30a0}-\\x{30ff}]+",
    "[!-/:-@\\[-`{-~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
    " ?[\\p{P}\\p{S}]+[\\r\\n]*|" SPACES,
    NULL};
static const char *const falcon[] = {"[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]", NULL};
static const char *const bloom[] = {
    " ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{ff0c}\\x{3001}\\x{964}\\x{6d4}\\x{60c})]+", NULL};
static const char *const seed_coder[] = {
    CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" SPACES, NULL};
static const char *const bailingmoe[] = {
    "'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
    NULL};
static const char *const by_default[] = {PUNCTUATION, GPT2, "\\p{N}+", "[0-9][0-9][0-9]", NULL};

#define GPT2_NAMES                                                                                 \
    "gpt-2 phi-2 mpt olmo jais exaone4 trillion granite-docling modern-bert jina-v1-en jina-v2-es" \
    " jina-v2-de jina-v2-code roberta-bpe"
#define DIGITS_NAMES "starcoder refact command-r smollm codeshell exaone minerva-7b mellum2"
#define LLAMA3_NAMES "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral lfm2"
#define QWEN2_NAMES  "qwen2 deepseek-r1-qwen stablelm2 hunyuan megrez grok-2 solar-open"

static const struct pretokenizer table[] = {
    {GPT2_NAMES, gpt2, false, false},
    {DIGITS_NAMES, digits_gpt2, false, false},
    {LLAMA3_NAMES, llama3, true, true},
    {"smaug-bpe dbrx glm4 chatglm-bpe", llama3, false, false},
    {QWEN2_NAMES, qwen2, false, false},
    {"qwen35", qwen35, false, false},
    {"gpt-4o llama4 kanana2 minimax-m2", gpt4o, false, false},
    {"tekken", tekken, true, true},
    {"deepseek-llm", deepseek_llm, false, false},
    {"deepseek-coder", deepseek_coder, false, false},
    {"deepseek-v3 hunyuan-dense joyai-llm", deepseek_v3, false, false},
    {"falcon", falcon, false, false},
    {"bloom gpt3-finnish poro-chat", bloom, false, false},
    {"seed-coder", seed_coder, false, false},
    {"bailingmoe llada-moe", bailingmoe, false, false},
    {"default", by_default, false, false},
};

static bool has_name(const char *names, struct hone_gguf_text name)
{
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, " ");
        if (length == name.n_bytes && memcmp(at, name.data, length) == 0) return true;
        at += length + (at[length] == ' ');
    }
    return false;
}

const struct pretokenizer *pretokenizer_find(struct hone_gguf_text name)
{
    if (name.n_bytes == 0 || memchr(name.data, ' ', name.n_bytes)) return NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (has_name(table[i].names, name)) return &table[i];
    return NULL;
}
