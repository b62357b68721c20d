/* SPDX-License-Identifier: MIT */
/* The byte order and record layout of GGUF, from the writing side. */
#include "tests/unit/gguf_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSOR_COUNT_AT = 8, KEY_COUNT_AT = 16, ALIGNMENT = 32 };

void kit_bytes(struct gguf_kit *kit, const void *bytes, size_t n_bytes)
{
    if (kit->n_bytes + n_bytes > kit->capacity) {
        kit->capacity = 2 * (kit->n_bytes + n_bytes) + 256;
        kit->data = realloc(kit->data, kit->capacity);
        if (!kit->data) {
            fputs("no memory\n", stderr);
            exit(1);
        }
    }
    if (n_bytes) memcpy(kit->data + kit->n_bytes, bytes, n_bytes);
    kit->n_bytes += n_bytes;
}

void kit_store64(struct gguf_kit *kit, size_t at, uint64_t value)
{
    for (int i = 0; i < 8; i++) kit->data[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

void kit_store32(struct gguf_kit *kit, size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++) kit->data[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

void kit_put32(struct gguf_kit *kit, uint32_t value)
{
    kit_bytes(kit, "\0\0\0\0", 4);
    kit_store32(kit, kit->n_bytes - 4, value);
}

void kit_put64(struct gguf_kit *kit, uint64_t value)
{
    kit_bytes(kit, "\0\0\0\0\0\0\0\0", 8);
    kit_store64(kit, kit->n_bytes - 8, value);
}

void kit_string_n(struct gguf_kit *kit, const void *text, size_t n_bytes)
{
    kit_put64(kit, n_bytes);
    kit_bytes(kit, text, n_bytes);
}

void kit_string(struct gguf_kit *kit, const char *text)
{
    kit_string_n(kit, text, strlen(text));
}

void kit_begin(struct gguf_kit *kit)
{
    if (kit->alignment == 0) kit->alignment = ALIGNMENT;
    kit_bytes(kit, "GGUF", 4);
    kit_put32(kit, 3);
    kit_put64(kit, 0);
    kit_put64(kit, 0);
}

void kit_end(struct gguf_kit *kit)
{
    kit_store64(kit, TENSOR_COUNT_AT, kit->n_tensors);
    kit_store64(kit, KEY_COUNT_AT, kit->n_keys);
    while (kit->n_bytes % kit->alignment != 0) kit_bytes(kit, "", 1);
}

void kit_key(struct gguf_kit *kit, const char *key, uint32_t type)
{
    kit_string(kit, key);
    kit_put32(kit, type);
    kit->n_keys++;
}

void kit_u32(struct gguf_kit *kit, const char *key, uint32_t value)
{
    kit_key(kit, key, 4);
    kit_put32(kit, value);
}

void kit_u64(struct gguf_kit *kit, const char *key, uint64_t value)
{
    kit_key(kit, key, 10);
    kit_put64(kit, value);
}

void kit_f32(struct gguf_kit *kit, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    kit_key(kit, key, 6);
    kit_put32(kit, bits);
}

void kit_bool(struct gguf_kit *kit, const char *key, int value)
{
    kit_key(kit, key, 7);
    kit_bytes(kit, value ? "\1" : "\0", 1);
}

void kit_text(struct gguf_kit *kit, const char *key, const char *value)
{
    kit_key(kit, key, 8);
    kit_string(kit, value);
}

void kit_array(struct gguf_kit *kit, const char *key, uint32_t element, uint64_t count)
{
    kit_key(kit, key, 9);
    kit_put32(kit, element);
    kit_put64(kit, count);
}

void kit_tensor(struct gguf_kit *kit, const char *name, uint32_t n_dims, const uint64_t *dims,
                uint32_t type, uint64_t n_bytes)
{
    kit_string(kit, name);
    kit_put32(kit, n_dims);
    for (uint32_t i = 0; i < n_dims; i++) kit_put64(kit, dims[i]);
    kit_put32(kit, type);
    kit_put64(kit, kit->next_offset);
    kit->next_offset += (n_bytes + kit->alignment - 1) / kit->alignment * kit->alignment;
    kit->n_tensors++;
}
