/* SPDX-License-Identifier: MIT */
/* Looking up keys and tensors of an open GGUF file, with their types checked. */
#include <math.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"

const char *hone_gguf_path(const struct hone_gguf *gguf)
{
    return gguf->path;
}

size_t hone_gguf_file_bytes(const struct hone_gguf *gguf)
{
    return gguf->n_bytes;
}

uint32_t hone_gguf_version(const struct hone_gguf *gguf)
{
    return gguf->version;
}

uint64_t hone_gguf_alignment(const struct hone_gguf *gguf)
{
    return gguf->alignment;
}

size_t hone_gguf_n_tensors(const struct hone_gguf *gguf)
{
    return gguf->n_tensors;
}

const struct hone_gguf_tensor *hone_gguf_tensor_at(const struct hone_gguf *gguf, size_t index)
{
    return &gguf->tensors[index];
}

size_t hone_gguf_n_keys(const struct hone_gguf *gguf)
{
    return gguf->n_values;
}

struct hone_gguf_text hone_gguf_key_at(const struct hone_gguf *gguf, size_t index,
                                       enum hone_gguf_value_type *out_type)
{
    const struct gguf_value *value = &gguf->values[index];
    *out_type = (enum hone_gguf_value_type)value->type;
    return (struct hone_gguf_text){value->key, value->key_bytes};
}

uint64_t hone_gguf_offset_of(const struct hone_gguf *gguf, const void *pointer)
{
    return (uint64_t)((const uint8_t *)pointer - gguf->data);
}

bool hone_gguf_text_equals(struct hone_gguf_text text, const char *literal)
{
    return strlen(literal) == text.n_bytes && memcmp(text.data, literal, text.n_bytes) == 0;
}

const struct gguf_value *gguf_find_value(const struct hone_gguf *gguf, const char *key)
{
    size_t low = 0, high = gguf->n_values, n_bytes = strlen(key);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct gguf_value *value = &gguf->values[gguf->values_by_key[middle]];
        int order = gguf_compare_text(key, n_bytes, value->key, value->key_bytes);
        if (order == 0) return value;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct hone_gguf_tensor *hone_gguf_find_tensor(const struct hone_gguf *gguf, const char *name)
{
    size_t low = 0, high = gguf->n_tensors, n_bytes = strlen(name);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct hone_gguf_tensor *tensor = &gguf->tensors[gguf->tensors_by_name[middle]];
        int order = gguf_compare_text(name, n_bytes, tensor->name.data, tensor->name.n_bytes);
        if (order == 0) return tensor;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool hone_gguf_has(const struct hone_gguf *gguf, const char *key)
{
    return gguf_find_value(gguf, key) != NULL;
}

bool hone_gguf_is_array(const struct hone_gguf *gguf, const char *key)
{
    const struct gguf_value *value = gguf_find_value(gguf, key);
    return value && value->type == HONE_GGUF_ARRAY;
}

static enum hone_status find(const struct hone_gguf *gguf, const char *key,
                             const struct gguf_value **out, struct hone_error *err)
{
    *out = gguf_find_value(gguf, key);
    if (*out) return HONE_OK;
    return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: key '%s' is missing", gguf->path, key);
}

static enum hone_status mistyped(const struct hone_gguf *gguf, const struct gguf_value *value,
                                 const char *expected, struct hone_error *err)
{
    char quoted[GGUF_QUOTE_BYTES];
    struct hone_gguf_text key = {value->key, value->key_bytes};
    return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, value->data), err,
                        "key %s is %s, %s was expected", gguf_quote(key, quoted),
                        gguf_value_name(value->type), expected);
}

/* The integer at `data`; false for other types and for negative numbers. */
static bool load_unsigned(uint32_t type, const uint8_t *data, uint64_t *out)
{
    uint32_t n_bytes = gguf_value_bytes(type);
    bool is_signed = type == HONE_GGUF_I8 || type == HONE_GGUF_I16 || type == HONE_GGUF_I32 ||
                     type == HONE_GGUF_I64;
    if (n_bytes == 0 || type == HONE_GGUF_F32 || type == HONE_GGUF_F64) return false;
    uint64_t value = 0;
    for (uint32_t i = 0; i < n_bytes; i++) value |= (uint64_t)data[i] << (8 * i);
    if (is_signed && (data[n_bytes - 1] & 0x80)) return false;
    *out = value;
    return true;
}

enum hone_status hone_gguf_get_u64(const struct hone_gguf *gguf, const char *key, uint64_t *out,
                                   struct hone_error *err)
{
    const struct gguf_value *value;
    HONE_TRY(find(gguf, key, &value, err));
    if (value->type == HONE_GGUF_BOOL || !load_unsigned(value->type, value->data, out))
        return mistyped(gguf, value, "an integer that is not negative", err);
    return HONE_OK;
}

enum hone_status hone_gguf_get_u32(const struct hone_gguf *gguf, const char *key, uint32_t *out,
                                   struct hone_error *err)
{
    uint64_t wide;
    HONE_TRY(hone_gguf_get_u64(gguf, key, &wide, err));
    if (wide > UINT32_MAX)
        return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, gguf_find_value(gguf, key)->data), err,
                            "key '%s' is %llu, less than 2^32 expected", key,
                            (unsigned long long)wide);
    *out = (uint32_t)wide;
    return HONE_OK;
}

enum hone_status hone_gguf_get_f32(const struct hone_gguf *gguf, const char *key, float *out,
                                   struct hone_error *err)
{
    const struct gguf_value *value;
    float number;
    HONE_TRY(find(gguf, key, &value, err));
    if (value->type == HONE_GGUF_F32) {
        uint32_t bits = gguf_load_u32(value->data);
        memcpy(&number, &bits, sizeof number);
    } else if (value->type == HONE_GGUF_F64) {
        uint64_t bits = gguf_load_u64(value->data);
        double wide;
        memcpy(&wide, &bits, sizeof wide);
        number = fabs(wide) <= 3.4e38 ? (float)wide : INFINITY;
    } else {
        return mistyped(gguf, value, "a float", err);
    }
    if (!isfinite(number))
        return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, value->data), err,
                            "key '%s' is not a finite number", key);
    *out = number;
    return HONE_OK;
}

enum hone_status hone_gguf_get_bool(const struct hone_gguf *gguf, const char *key, bool *out,
                                    struct hone_error *err)
{
    const struct gguf_value *value;
    HONE_TRY(find(gguf, key, &value, err));
    if (value->type != HONE_GGUF_BOOL) return mistyped(gguf, value, "a bool", err);
    *out = value->data[0] != 0;
    return HONE_OK;
}

enum hone_status hone_gguf_get_text(const struct hone_gguf *gguf, const char *key,
                                    struct hone_gguf_text *out, struct hone_error *err)
{
    const struct gguf_value *value;
    HONE_TRY(find(gguf, key, &value, err));
    if (value->type != HONE_GGUF_STRING) return mistyped(gguf, value, "a string", err);
    *out = (struct hone_gguf_text){(const char *)value->data, value->count};
    return HONE_OK;
}

enum hone_status hone_gguf_get_any_array(const struct hone_gguf *gguf, const char *key,
                                         struct hone_gguf_array *out, struct hone_error *err)
{
    const struct gguf_value *value;
    HONE_TRY(find(gguf, key, &value, err));
    if (value->type != HONE_GGUF_ARRAY) return mistyped(gguf, value, "an array", err);
    *out = (struct hone_gguf_array){(enum hone_gguf_value_type)value->element, value->count,
                                    value->data, value->n_bytes};
    return HONE_OK;
}

enum hone_status hone_gguf_get_array(const struct hone_gguf *gguf, const char *key,
                                     enum hone_gguf_value_type element, struct hone_gguf_array *out,
                                     struct hone_error *err)
{
    struct hone_gguf_array array;
    HONE_TRY(hone_gguf_get_any_array(gguf, key, &array, err));
    if (array.type != element)
        return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, array.data), err,
                            "each element of key '%s' is %s, %s was expected", key,
                            gguf_value_name(array.type), gguf_value_name(element));
    *out = array;
    return HONE_OK;
}

enum hone_status hone_gguf_opt_u64(const struct hone_gguf *gguf, const char *key, uint64_t *out,
                                   struct hone_error *err)
{
    return hone_gguf_has(gguf, key) ? hone_gguf_get_u64(gguf, key, out, err) : HONE_OK;
}

enum hone_status hone_gguf_opt_f32(const struct hone_gguf *gguf, const char *key, float *out,
                                   struct hone_error *err)
{
    return hone_gguf_has(gguf, key) ? hone_gguf_get_f32(gguf, key, out, err) : HONE_OK;
}

enum hone_status hone_gguf_opt_bool(const struct hone_gguf *gguf, const char *key, bool *out,
                                    struct hone_error *err)
{
    return hone_gguf_has(gguf, key) ? hone_gguf_get_bool(gguf, key, out, err) : HONE_OK;
}

enum hone_status hone_gguf_opt_text(const struct hone_gguf *gguf, const char *key,
                                    struct hone_gguf_text *out, struct hone_error *err)
{
    return hone_gguf_has(gguf, key) ? hone_gguf_get_text(gguf, key, out, err) : HONE_OK;
}

bool hone_gguf_array_u64(const struct hone_gguf_array *array, uint64_t index, uint64_t *out)
{
    return load_unsigned(array->type, array->data + index * gguf_value_bytes(array->type), out);
}

float hone_gguf_array_f32(const struct hone_gguf_array *array, uint64_t index)
{
    uint32_t bits = gguf_load_u32(array->data + index * 4);
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

bool hone_gguf_array_next_text(const struct hone_gguf_array *array, uint64_t *cursor,
                               struct hone_gguf_text *out)
{
    if (*cursor >= array->n_bytes) return false;
    const uint8_t *record = array->data + *cursor;
    *out = (struct hone_gguf_text){(const char *)record + 8, gguf_load_u64(record)};
    *cursor += 8 + out->n_bytes;
    return true;
}
