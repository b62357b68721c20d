/* SPDX-License-Identifier: MIT */
/* What the parts of the GGUF reader share. */
#ifndef HONE_CODEGEN_MODEL_GGUF_INTERNAL_H
#define HONE_CODEGEN_MODEL_GGUF_INTERNAL_H

#include "codegen/model/gguf.h"
#include "runtime/base/file.h"

enum {
    GGUF_MAX_KEYS = 16384, /* real files hold some tens; keeps the tables under 1 MiB */
    GGUF_MAX_TENSORS = 32768,
    GGUF_MAX_KEY_BYTES = 65535,
    GGUF_MAX_NAME_BYTES = 63,
    GGUF_MAX_DIMS = 4,
    GGUF_DEFAULT_ALIGNMENT = 32,
    GGUF_MIN_ALIGNMENT = 8,
    GGUF_MAX_ALIGNMENT = 1 << 20,
    GGUF_QUOTE_BYTES = 80,
};

struct gguf_value {
    const char *key;
    const uint8_t *data; /* scalar bytes, string bytes, or first element */
    uint64_t count;      /* elements of an array, bytes of a string, 1 for a scalar */
    uint64_t n_bytes;    /* from data to the end of the value */
    uint16_t key_bytes;
    uint8_t type;    /* enum hone_gguf_value_type */
    uint8_t element; /* of an array */
};

struct hone_gguf {
    char *path;
    struct hone_file_map map; /* data NULL when the bytes are the caller's */
    const uint8_t *data;
    uint64_t n_bytes;
    uint32_t version;
    uint64_t alignment;
    uint64_t data_offset;
    size_t n_values;
    size_t n_tensors;
    struct gguf_value *values;
    struct hone_gguf_tensor *tensors;
    uint32_t
        *values_by_key; /* sorted indices: a hash table would be slow on names made to collide */
    uint32_t *tensors_by_name;
};

/* A place in the file that is being read; `gguf` gives bytes and path. */
struct gguf_cursor {
    const struct hone_gguf *gguf;
    uint64_t at;
    struct hone_error *err;
};

/* Bytes of one value of a fixed-size type; 0 for strings, arrays and unknown numbers. */
uint32_t gguf_value_bytes(uint32_t type);
/* "an unsigned 32-bit integer"; never NULL. */
const char *gguf_value_name(uint32_t type);

/* Printable ASCII in single quotes, shortened: names come from the file. Returns `buffer`. */
const char *gguf_quote(struct hone_gguf_text text, char buffer[GGUF_QUOTE_BYTES]);

/* Orders byte strings by content, then length. */
int gguf_compare_text(const void *a, size_t a_bytes, const void *b, size_t b_bytes);

const struct gguf_value *gguf_find_value(const struct hone_gguf *gguf, const char *key);

uint32_t gguf_load_u32(const uint8_t *bytes);
uint64_t gguf_load_u64(const uint8_t *bytes);

/* "path: offset N: message" */
enum hone_status gguf_fail_at(const struct hone_gguf *gguf, uint64_t offset, struct hone_error *err,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Cursor steps; each checks what is left first. */
enum hone_status gguf_read_u32(struct gguf_cursor *cursor, const char *what, uint32_t *out);
enum hone_status gguf_read_u64(struct gguf_cursor *cursor, const char *what, uint64_t *out);
enum hone_status gguf_read_text(struct gguf_cursor *cursor, const char *what,
                                struct hone_gguf_text *out);
enum hone_status gguf_read_bytes(struct gguf_cursor *cursor, const char *what, uint64_t n_bytes,
                                 const uint8_t **out);

/* The two parts of the header after the counts. */
enum hone_status gguf_read_values(struct hone_gguf *gguf, struct gguf_cursor *cursor);
enum hone_status gguf_read_tensors(struct hone_gguf *gguf, struct gguf_cursor *cursor);

#endif
