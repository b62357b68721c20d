/* SPDX-License-Identifier: MIT */
/* Walks keys, arrays, tensors, parameters and the tokenizer of a model file. */
#include "tests/fuzz/gguf_exercise.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/model/hparams.h"
#include "codegen/model/tokenizer_section.h"
#include "runtime/text/tokenizer.h"

enum { KEY_ROOM = 256, ID_ROOM = 256 };

static uint64_t read_array(const struct hone_gguf_array *array)
{
    uint64_t sum = 0, cursor = 0, value = 0;
    struct hone_gguf_text text;
    if (array->type == HONE_GGUF_STRING) {
        while (hone_gguf_array_next_text(array, &cursor, &text))
            if (text.n_bytes) sum += (uint8_t)text.data[text.n_bytes - 1];
        return sum;
    }
    for (uint64_t i = 0; i < array->count; i++)
        if (hone_gguf_array_u64(array, i, &value)) sum += value;
    return sum;
}

static uint64_t read_key(const struct hone_gguf *gguf, const char *key)
{
    struct hone_error err;
    struct hone_gguf_array array;
    struct hone_gguf_text text = {NULL, 0};
    uint64_t wide = 0;
    uint32_t narrow = 0;
    float number = 0;
    bool flag = false;
    hone_gguf_get_u64(gguf, key, &wide, &err);
    hone_gguf_get_u32(gguf, key, &narrow, &err);
    hone_gguf_get_f32(gguf, key, &number, &err);
    hone_gguf_get_bool(gguf, key, &flag, &err);
    if (hone_gguf_get_text(gguf, key, &text, &err) == HONE_OK && text.n_bytes)
        wide += (uint8_t)text.data[text.n_bytes - 1];
    if (hone_gguf_get_any_array(gguf, key, &array, &err) == HONE_OK) wide += read_array(&array);
    if (hone_gguf_get_array(gguf, key, HONE_GGUF_F32, &array, &err) == HONE_OK && array.count)
        number += hone_gguf_array_f32(&array, array.count - 1);
    return wide + narrow + flag + (number > 0);
}

uint64_t tokenizer_exercise(const void *section, size_t n_bytes, const char *text,
                            size_t text_bytes)
{
    struct hone_error err;
    struct hone_tokenizer *tokenizer;
    struct hone_tokenizer_info info;
    int32_t ids[ID_ROOM];
    size_t n = 0, used;
    if (hone_tokenizer_open(section, n_bytes, &tokenizer, &err) != HONE_OK) return 0;
    hone_tokenizer_info(tokenizer, &info);
    struct hone_text_stream stream = {.tokenizer = tokenizer, .show_control = true};
    size_t capacity = hone_text_stream_capacity(tokenizer);
    char *out = malloc(capacity);
    uint64_t sum = info.pre_bytes ? (uint8_t)info.pre[info.pre_bytes - 1] : 0;
    for (int special = 0; special < 2; special++) {
        struct hone_tokenize_options options = {special, special};
        hone_tokenize(tokenizer, text, text_bytes, &options, ids, ID_ROOM, &n, &err);
        for (size_t i = 0; out && i < n && i < ID_ROOM; i++) {
            if (hone_text_stream_push(&stream, ids[i], out, capacity, &used, &err) != HONE_OK)
                abort(); /* an id that the tokenizer itself made */
            if (used) sum += (uint8_t)out[used - 1];
            sum += hone_tokenizer_is_stop(tokenizer, ids[i]);
        }
    }
    for (uint32_t id = 0; id < info.n_tokens && id < 4096; id++) {
        const char *piece;
        if (hone_detokenize(tokenizer, (int32_t)id, &piece, &used, &err) == HONE_OK && used)
            sum += (uint8_t)piece[0] + (uint8_t)piece[used - 1];
    }
    free(out);
    hone_tokenizer_close(tokenizer);
    return sum;
}

uint64_t gguf_exercise(const struct hone_gguf *gguf)
{
    struct hone_error err;
    struct hone_llama_params params;
    uint64_t sum = 0;
    void *section;
    size_t n_bytes;
    for (size_t i = 0; i < hone_gguf_n_keys(gguf); i++) {
        enum hone_gguf_value_type type;
        struct hone_gguf_text key = hone_gguf_key_at(gguf, i, &type);
        char name[KEY_ROOM];
        if (key.n_bytes >= sizeof name) continue;
        memcpy(name, key.data, key.n_bytes);
        name[key.n_bytes] = '\0';
        if (!hone_gguf_has(gguf, name)) abort();
        sum += read_key(gguf, name) + type;
    }
    for (size_t i = 0; i < hone_gguf_n_tensors(gguf); i++) {
        const struct hone_gguf_tensor *tensor = hone_gguf_tensor_at(gguf, i);
        sum += (uint64_t)tensor->data[0] + tensor->data[tensor->n_bytes - 1];
    }
    if (hone_llama_params_read(gguf, &params, &err) == HONE_OK) sum += params.dim;
    if (hone_tokenizer_section_build(gguf, &section, &n_bytes, &err) == HONE_OK) {
        static const char text[] = "Hello <s> \xc3\xa9\xff 123\n  w\xe2\x96\x81orld";
        sum += tokenizer_exercise(section, n_bytes, text, sizeof text - 1);
        free(section);
    }
    return sum;
}
