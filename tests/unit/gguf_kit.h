/* SPDX-License-Identifier: MIT */
/* Writes the header of a GGUF file into memory, right or deliberately wrong. */
#ifndef HONE_TESTS_GGUF_KIT_H
#define HONE_TESTS_GGUF_KIT_H

#include <stddef.h>
#include <stdint.h>

/* Zero it, then kit_begin(); free(data) at the end. Out of memory ends the program. */
struct gguf_kit {
    uint8_t *data;
    size_t n_bytes, capacity;
    uint64_t n_tensors, n_keys;
    uint64_t next_offset; /* where the next tensor belongs in the data section */
    uint64_t alignment;
};

void kit_begin(struct gguf_kit *kit);
/* Writes the two counts and pads to the alignment: the data section begins at n_bytes. */
void kit_end(struct gguf_kit *kit);

void kit_bytes(struct gguf_kit *kit, const void *bytes, size_t n_bytes);
void kit_put32(struct gguf_kit *kit, uint32_t value);
void kit_put64(struct gguf_kit *kit, uint64_t value);
void kit_string(struct gguf_kit *kit, const char *text);
void kit_string_n(struct gguf_kit *kit, const void *text, size_t n_bytes);

/* A key and its type number; the value is put after it. */
void kit_key(struct gguf_kit *kit, const char *key, uint32_t type);
void kit_u32(struct gguf_kit *kit, const char *key, uint32_t value);
void kit_u64(struct gguf_kit *kit, const char *key, uint64_t value);
void kit_f32(struct gguf_kit *kit, const char *key, float value);
void kit_bool(struct gguf_kit *kit, const char *key, int value);
void kit_text(struct gguf_kit *kit, const char *key, const char *value);
/* Key, element type and count of an array; the elements are put after it. */
void kit_array(struct gguf_kit *kit, const char *key, uint32_t element, uint64_t count);

/* The place of the value of the last key, or of any put: n_bytes before it. */
void kit_store32(struct gguf_kit *kit, size_t at, uint32_t value);
void kit_store64(struct gguf_kit *kit, size_t at, uint64_t value);

/* A description with the right offset; n_bytes: of its data. */
void kit_tensor(struct gguf_kit *kit, const char *name, uint32_t n_dims, const uint64_t *dims,
                uint32_t type, uint64_t n_bytes);

#endif
