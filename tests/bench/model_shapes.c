/* SPDX-License-Identifier: MIT */
/* Shapes as published models have them, odd ones that find bugs, and synthetic vocabularies. */
#include "tests/bench/model_shapes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct model_shape shapes[] = {
    {"tinyllama-1.1b", 22, 2048, 5632, 32, 4, 64, 32000,  2048,   1e4f, false, false, true },
    {"llama-3.2-1b",   16, 2048, 8192, 32, 8, 64, 128256, 131072, 5e5f, true,  true,  false},
    {"small-15m",      6,  288,  768,  6,  6, 48, 32000,  256,    1e4f, true,  false, true },
    {"tiny",           2,  256,  256,  8,  2, 32, 512,    256,    1e4f, false, false, false},
    {"odd7",           2,  224,  96,   7,  1, 32, 320,    128,    1e4f, false, false, false},
    {"head80",         2,  160,  224,  2,  1, 80, 384,    160,    1e4f, false, true,  false},
    {"head96",         2,  128,  160,  2,  2, 96, 400,    96,     1e4f, true,  false, false},
    {"primevocab",     2,  64,   176,  4,  2, 16, 1009,   64,     1e4f, false, false, true },
    {"blocks256",      2,  512,  768,  4,  2, 64, 607,    256,    1e4f, false, true,  false},
};

enum { N_LETTERS = 26, N_BYTES = 256, GGUF_TYPE_I32 = 5, GGUF_TYPE_F32 = 6, GGUF_TYPE_STRING = 8 };

const struct model_shape *model_shape_at(unsigned index)
{
    return index < sizeof shapes / sizeof *shapes ? &shapes[index] : NULL;
}

const struct model_shape *model_shape_find(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i].name, name) == 0) return &shapes[i];
    return NULL;
}

void model_rope_factors(const struct model_shape *shape, float *out)
{
    const double low = 1.0, high = 4.0, factor = 32.0, original = 8192.0, tau = 6.283185307179586;
    for (uint32_t i = 0; i < shape->head_dim / 2; i++) {
        double frequency = pow(shape->rope_base, -2.0 * i / shape->head_dim);
        double turns = original * frequency / tau; /* within the original context */
        double smooth = (turns - low) / (high - low);
        if (turns >= high)
            out[i] = 1.0f;
        else if (turns <= low)
            out[i] = (float)factor;
        else
            out[i] = (float)(1.0 / ((1.0 - smooth) / factor + smooth));
    }
}

/* Letter words in order of length: a..z, aa..zz, aaa.. ; returns the length. */
static int word(uint32_t index, char out[8])
{
    int length = 1;
    uint32_t count = N_LETTERS;
    for (; index >= count; length++, count *= N_LETTERS) index -= count;
    for (int i = length - 1; i >= 0; i--, index /= N_LETTERS)
        out[i] = (char)('a' + index % N_LETTERS);
    out[length] = '\0';
    return length;
}

/* A byte in the printable alphabet of byte-level vocabularies. */
static void byte_text(uint32_t byte, char out[3])
{
    uint32_t c = byte;
    bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
    if (!printable) /* 33 below the first run, 34 between, one alone */
        c = 0x100 + (byte < 0x21 ? byte : byte < 0xa1 ? byte - 0x7f + 0x21 : 67);
    out[0] = (char)(c < 0x80 ? c : 0xc0 | c >> 6);
    out[1] = (char)(c < 0x80 ? 0 : 0x80 | (c & 0x3f));
    out[2] = '\0';
}

/* 256 bytes, words of two letters and more with the merges that make them, begin and end. */
static void write_bpe(struct gguf_kit *kit, uint32_t n_vocab)
{
    uint32_t n_words = n_vocab - N_BYTES - 2;
    char text[16];
    kit_text(kit, "tokenizer.ggml.model", "gpt2");
    kit_text(kit, "tokenizer.ggml.pre", "llama-bpe");
    kit_array(kit, "tokenizer.ggml.tokens", GGUF_TYPE_STRING, n_vocab);
    for (uint32_t byte = 0; byte < N_BYTES; byte++) {
        byte_text(byte, text);
        kit_string(kit, text);
    }
    for (uint32_t i = 0; i < n_words; i++) {
        word(i + N_LETTERS, text);
        kit_string(kit, text);
    }
    kit_string(kit, "<|begin_of_text|>");
    kit_string(kit, "<|end_of_text|>");
    kit_array(kit, "tokenizer.ggml.token_type", GGUF_TYPE_I32, n_vocab);
    for (uint32_t i = 0; i < n_vocab; i++) kit_put32(kit, i < n_vocab - 2 ? 1 : 3);
    kit_array(kit, "tokenizer.ggml.merges", GGUF_TYPE_STRING, n_words);
    for (uint32_t i = 0; i < n_words; i++) {
        int length = word(i + N_LETTERS, text);
        char merge[20];
        snprintf(merge, sizeof merge, "%.*s %c", length - 1, text, text[length - 1]);
        kit_string(kit, merge);
    }
    kit_u32(kit, "tokenizer.ggml.bos_token_id", n_vocab - 2);
    kit_u32(kit, "tokenizer.ggml.eos_token_id", n_vocab - 1);
    kit_bool(kit, "tokenizer.ggml.add_bos_token", 1);
}

enum { SPM_SPECIALS = 3, SPM_WORDS_AT = SPM_SPECIALS + N_BYTES + 1 };

/* Unknown, begin, end, 256 bytes, the space mark, then words from single letters on. */
static void write_spm(struct gguf_kit *kit, uint32_t n_vocab)
{
    static const char *const specials[SPM_SPECIALS] = {"<unk>", "<s>", "</s>"};
    char text[16];
    kit_text(kit, "tokenizer.ggml.model", "llama");
    kit_text(kit, "tokenizer.ggml.pre", "default");
    kit_array(kit, "tokenizer.ggml.tokens", GGUF_TYPE_STRING, n_vocab);
    for (uint32_t i = 0; i < SPM_SPECIALS; i++) kit_string(kit, specials[i]);
    for (uint32_t byte = 0; byte < N_BYTES; byte++) {
        snprintf(text, sizeof text, "<0x%02X>", byte);
        kit_string(kit, text);
    }
    kit_string(kit, "\xe2\x96\x81");
    for (uint32_t i = SPM_WORDS_AT; i < n_vocab; i++) {
        word(i - SPM_WORDS_AT, text);
        kit_string(kit, text);
    }
    kit_array(kit, "tokenizer.ggml.scores", GGUF_TYPE_F32, n_vocab);
    for (uint32_t i = 0; i < n_vocab; i++) {
        float score = i < SPM_WORDS_AT ? 0.0f : -(float)(i - SPM_WORDS_AT);
        uint32_t bits;
        memcpy(&bits, &score, sizeof bits);
        kit_put32(kit, bits);
    }
    kit_array(kit, "tokenizer.ggml.token_type", GGUF_TYPE_I32, n_vocab);
    for (uint32_t i = 0; i < n_vocab; i++)
        kit_put32(kit, i == 0 ? 2 : i < SPM_SPECIALS ? 3 : i < SPM_SPECIALS + N_BYTES ? 6 : 1);
    kit_u32(kit, "tokenizer.ggml.bos_token_id", 1);
    kit_u32(kit, "tokenizer.ggml.eos_token_id", 2);
    kit_u32(kit, "tokenizer.ggml.unknown_token_id", 0);
    kit_bool(kit, "tokenizer.ggml.add_bos_token", 1);
    kit_bool(kit, "tokenizer.ggml.add_eos_token", 0);
}

void model_write_keys(struct gguf_kit *kit, const struct model_shape *shape, uint32_t file_type)
{
    kit_text(kit, "general.architecture", "llama");
    kit_text(kit, "general.name", shape->name);
    kit_u32(kit, "general.file_type", file_type);
    kit_u32(kit, "general.quantization_version", 2);
    kit_u32(kit, "llama.block_count", shape->n_layers);
    kit_u32(kit, "llama.context_length", shape->context);
    kit_u32(kit, "llama.embedding_length", shape->dim);
    kit_u32(kit, "llama.feed_forward_length", shape->ffn);
    kit_u32(kit, "llama.attention.head_count", shape->n_heads);
    kit_u32(kit, "llama.attention.head_count_kv", shape->n_kv_heads);
    kit_u32(kit, "llama.attention.key_length", shape->head_dim);
    kit_u32(kit, "llama.attention.value_length", shape->head_dim);
    kit_f32(kit, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    kit_u32(kit, "llama.rope.dimension_count", shape->head_dim);
    kit_f32(kit, "llama.rope.freq_base", shape->rope_base);
    kit_u32(kit, "llama.vocab_size", shape->n_vocab);
    if (shape->spm)
        write_spm(kit, shape->n_vocab);
    else
        write_bpe(kit, shape->n_vocab);
}
