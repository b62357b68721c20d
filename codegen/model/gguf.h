/* SPDX-License-Identifier: MIT */
/* GGUF reader: a model file checked completely when opened, then read in place. */
#ifndef HONE_CODEGEN_MODEL_GGUF_H
#define HONE_CODEGEN_MODEL_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

/* Value types, with the numbers the file uses. */
enum hone_gguf_value_type {
    HONE_GGUF_U8 = 0,
    HONE_GGUF_I8 = 1,
    HONE_GGUF_U16 = 2,
    HONE_GGUF_I16 = 3,
    HONE_GGUF_U32 = 4,
    HONE_GGUF_I32 = 5,
    HONE_GGUF_F32 = 6,
    HONE_GGUF_BOOL = 7,
    HONE_GGUF_STRING = 8,
    HONE_GGUF_ARRAY = 9,
    HONE_GGUF_U64 = 10,
    HONE_GGUF_I64 = 11,
    HONE_GGUF_F64 = 12,
};

/* Tensor type numbers that hone computes with; hone_gguf_tensor_type() knows them all. */
enum {
    HONE_GGUF_T_F32 = 0,
    HONE_GGUF_T_F16 = 1,
    HONE_GGUF_T_Q4_0 = 2,
    HONE_GGUF_T_Q4_1 = 3,
    HONE_GGUF_T_Q5_0 = 6,
    HONE_GGUF_T_Q5_1 = 7,
    HONE_GGUF_T_Q8_0 = 8,
    HONE_GGUF_T_Q4_K = 12,
    HONE_GGUF_T_Q5_K = 13,
    HONE_GGUF_T_Q6_K = 14,
    HONE_GGUF_T_IQ4_NL = 20,
    HONE_GGUF_T_BF16 = 30,
    HONE_GGUF_T_MXFP4 = 39,
};

struct hone_gguf_tensor_type {
    uint32_t number;
    const char *name;      /* "f32", "q4_0", "mxfp4": lower case */
    uint32_t block_values; /* values that one block holds */
    uint32_t block_bytes;
};

/* Those, for messages. */
#define HONE_GGUF_COMPUTED_NAMES                                                                   \
    "f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, iq4_nl or mxfp4"
bool hone_gguf_is_computed(uint32_t type);

/* NULL for numbers that were never given out or are retired. */
const struct hone_gguf_tensor_type *hone_gguf_tensor_type(uint32_t number);
const struct hone_gguf_tensor_type *hone_gguf_tensor_type_named(const char *name);

/* Bytes inside the file: neither terminated nor owned, may hold anything. */
struct hone_gguf_text {
    const char *data;
    size_t n_bytes;
};

struct hone_gguf_tensor {
    struct hone_gguf_text name; /* 1 to 63 bytes, unique in the file */
    const struct hone_gguf_tensor_type *type;
    uint32_t n_dims;     /* 1 to 4, as stored */
    uint64_t dims[4];    /* fastest-varying first; 1 beyond n_dims; never 0 */
    uint64_t offset;     /* of the first byte, from the start of the file */
    uint64_t n_bytes;    /* exactly dims[0] / block * block_bytes * dims[1..3] */
    const uint8_t *data; /* file bytes at `offset`, aligned as the file says (8 or more) */
};

/* An array value; elements are packed and unaligned: use the accessors. */
struct hone_gguf_array {
    enum hone_gguf_value_type type; /* of the elements; never HONE_GGUF_ARRAY */
    uint64_t count;
    const uint8_t *data;
    uint64_t n_bytes;
};

struct hone_gguf;

/* Opens and checks `path`; nothing inside the file is trusted afterwards but what was checked
 * here. Tensor types unknown to hone's kernels are accepted as long as the format defines them.
 * HONE_ERR_NOT_FOUND, HONE_ERR_IO, HONE_ERR_FORMAT, HONE_ERR_VERSION, HONE_ERR_NO_MEMORY. */
enum hone_status hone_gguf_open(const char *path, struct hone_gguf **out_gguf,
                                struct hone_error *err);

/* The same over bytes of the caller's, which must outlive the reader; `name` is copied and stands
 * for the path in messages. */
enum hone_status hone_gguf_open_memory(const char *name, const void *data, size_t n_bytes,
                                       struct hone_gguf **out_gguf, struct hone_error *err);

/* NULL is fine. */
void hone_gguf_close(struct hone_gguf *gguf);

const char *hone_gguf_path(const struct hone_gguf *gguf);
size_t hone_gguf_file_bytes(const struct hone_gguf *gguf);
uint32_t hone_gguf_version(const struct hone_gguf *gguf);
uint64_t hone_gguf_alignment(const struct hone_gguf *gguf);

size_t hone_gguf_n_tensors(const struct hone_gguf *gguf);
/* index < n_tensors; in file order. */
const struct hone_gguf_tensor *hone_gguf_tensor_at(const struct hone_gguf *gguf, size_t index);
/* NULL when there is none. O(log n). */
const struct hone_gguf_tensor *hone_gguf_find_tensor(const struct hone_gguf *gguf,
                                                     const char *name);

size_t hone_gguf_n_keys(const struct hone_gguf *gguf);
/* index < n_keys; in file order. For an array *out_type is HONE_GGUF_ARRAY. */
struct hone_gguf_text hone_gguf_key_at(const struct hone_gguf *gguf, size_t index,
                                       enum hone_gguf_value_type *out_type);
bool hone_gguf_has(const struct hone_gguf *gguf, const char *key);

/* Typed reading. HONE_ERR_NOT_FOUND when the key is missing, HONE_ERR_FORMAT when it holds another
 * type; the message names file, key and both types. *out is written only on success. */

/* Any integer type whose value is not negative. */
enum hone_status hone_gguf_get_u64(const struct hone_gguf *gguf, const char *key, uint64_t *out,
                                   struct hone_error *err);
/* As above, and HONE_ERR_FORMAT when above UINT32_MAX. */
enum hone_status hone_gguf_get_u32(const struct hone_gguf *gguf, const char *key, uint32_t *out,
                                   struct hone_error *err);
/* f32, or f64 rounded to it; finite. */
enum hone_status hone_gguf_get_f32(const struct hone_gguf *gguf, const char *key, float *out,
                                   struct hone_error *err);
enum hone_status hone_gguf_get_bool(const struct hone_gguf *gguf, const char *key, bool *out,
                                    struct hone_error *err);
enum hone_status hone_gguf_get_text(const struct hone_gguf *gguf, const char *key,
                                    struct hone_gguf_text *out, struct hone_error *err);
/* An array whose elements are of exactly `element` type. */
enum hone_status hone_gguf_get_array(const struct hone_gguf *gguf, const char *key,
                                     enum hone_gguf_value_type element, struct hone_gguf_array *out,
                                     struct hone_error *err);
/* An array of any one element type, for keys that are integers of any width. */
enum hone_status hone_gguf_get_any_array(const struct hone_gguf *gguf, const char *key,
                                         struct hone_gguf_array *out, struct hone_error *err);

/* A missing key leaves *out as the caller set it; a mistyped one still fails. */
enum hone_status hone_gguf_opt_u64(const struct hone_gguf *gguf, const char *key, uint64_t *out,
                                   struct hone_error *err);
enum hone_status hone_gguf_opt_f32(const struct hone_gguf *gguf, const char *key, float *out,
                                   struct hone_error *err);
enum hone_status hone_gguf_opt_bool(const struct hone_gguf *gguf, const char *key, bool *out,
                                    struct hone_error *err);
enum hone_status hone_gguf_opt_text(const struct hone_gguf *gguf, const char *key,
                                    struct hone_gguf_text *out, struct hone_error *err);

/* True when the key holds an array (of anything). */
bool hone_gguf_is_array(const struct hone_gguf *gguf, const char *key);

/* index < count; elements of integer or bool type. False when the value is negative or the elements
 * are not integers. */
bool hone_gguf_array_u64(const struct hone_gguf_array *array, uint64_t index, uint64_t *out);
/* index < count; elements of type f32 (checked by the caller through get_array). */
float hone_gguf_array_f32(const struct hone_gguf_array *array, uint64_t index);
/* Walks an array of strings: start with *cursor = 0; false at the end. */
bool hone_gguf_array_next_text(const struct hone_gguf_array *array, uint64_t *cursor,
                               struct hone_gguf_text *out);

bool hone_gguf_text_equals(struct hone_gguf_text text, const char *literal);

/* Where in the file a pointer into it lies, for messages. */
uint64_t hone_gguf_offset_of(const struct hone_gguf *gguf, const void *pointer);

#endif
