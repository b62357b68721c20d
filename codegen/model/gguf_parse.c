/* SPDX-License-Identifier: MIT */
/* The two record lists of a GGUF header: key/value pairs and tensor descriptions. */
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "runtime/base/checked.h"

enum { MAX_ARRAY_COUNT = 1 << 30 };

static enum hone_status check_bools(const struct hone_gguf *gguf, const uint8_t *data,
                                    uint64_t count, struct hone_error *err)
{
    for (uint64_t i = 0; i < count; i++)
        if (data[i] > 1)
            return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, data + i), err,
                                "a bool is %u, 0 or 1 expected", data[i]);
    return HONE_OK;
}

static enum hone_status read_scalars(struct gguf_cursor *cursor, struct gguf_value *value,
                                     uint32_t type)
{
    uint64_t n_bytes;
    if (!hone_mul(value->count, gguf_value_bytes(type), &n_bytes))
        return gguf_fail_at(cursor->gguf, cursor->at, cursor->err, "the size of an array wraps");
    HONE_TRY(gguf_read_bytes(cursor, "a value", n_bytes, &value->data));
    if (type == HONE_GGUF_BOOL)
        return check_bools(cursor->gguf, value->data, value->count, cursor->err);
    return HONE_OK;
}

static enum hone_status read_strings(struct gguf_cursor *cursor, struct gguf_value *value)
{
    value->data = cursor->gguf->data + cursor->at;
    for (uint64_t i = 0; i < value->count; i++) {
        struct hone_gguf_text ignored;
        HONE_TRY(gguf_read_text(cursor, "a string of an array", &ignored));
    }
    return HONE_OK;
}

static enum hone_status read_array(struct gguf_cursor *cursor, struct gguf_value *value)
{
    uint64_t start = cursor->at;
    uint32_t element;
    HONE_TRY(gguf_read_u32(cursor, "the element type of an array", &element));
    if (element == HONE_GGUF_ARRAY)
        return gguf_fail_at(cursor->gguf, start, cursor->err, "arrays of arrays are not read");
    if (element != HONE_GGUF_STRING && gguf_value_bytes(element) == 0)
        return gguf_fail_at(cursor->gguf, start, cursor->err,
                            "element type %u, a number from 0 to 12 expected", element);
    HONE_TRY(gguf_read_u64(cursor, "the length of an array", &value->count));
    if (value->count > MAX_ARRAY_COUNT)
        return gguf_fail_at(cursor->gguf, start + 4, cursor->err,
                            "an array has %llu elements, at most 2^30 expected",
                            (unsigned long long)value->count);
    value->element = (uint8_t)element;
    return element == HONE_GGUF_STRING ? read_strings(cursor, value)
                                       : read_scalars(cursor, value, element);
}

static enum hone_status read_value(struct gguf_cursor *cursor, struct gguf_value *value)
{
    uint64_t start = cursor->at;
    uint32_t type;
    HONE_TRY(gguf_read_u32(cursor, "a value type", &type));
    if (type != HONE_GGUF_STRING && type != HONE_GGUF_ARRAY && gguf_value_bytes(type) == 0)
        return gguf_fail_at(cursor->gguf, start, cursor->err,
                            "value type %u, a number from 0 to 12 expected", type);
    value->type = (uint8_t)type;
    value->count = 1;
    if (type == HONE_GGUF_STRING) {
        struct hone_gguf_text text;
        HONE_TRY(gguf_read_text(cursor, "a string", &text));
        value->data = (const uint8_t *)text.data;
        value->count = text.n_bytes;
    } else if (type == HONE_GGUF_ARRAY) {
        HONE_TRY(read_array(cursor, value));
    } else {
        HONE_TRY(read_scalars(cursor, value, type));
    }
    value->n_bytes = cursor->gguf->data + cursor->at - value->data;
    return HONE_OK;
}

static enum hone_status check_name(struct gguf_cursor *cursor, uint64_t start,
                                   struct hone_gguf_text name, const char *what, uint64_t limit)
{
    if (name.n_bytes == 0 || name.n_bytes > limit)
        return gguf_fail_at(cursor->gguf, start, cursor->err,
                            "%s has %llu bytes, 1 to %llu expected", what,
                            (unsigned long long)name.n_bytes, (unsigned long long)limit);
    if (memchr(name.data, 0, name.n_bytes))
        return gguf_fail_at(cursor->gguf, start, cursor->err, "%s holds a zero byte", what);
    return HONE_OK;
}

enum hone_status gguf_read_values(struct hone_gguf *gguf, struct gguf_cursor *cursor)
{
    for (size_t i = 0; i < gguf->n_values; i++) {
        uint64_t start = cursor->at;
        struct hone_gguf_text key;
        char quoted[GGUF_QUOTE_BYTES];
        HONE_TRY(gguf_read_text(cursor, "a key", &key));
        HONE_TRY(check_name(cursor, start, key, "a key", GGUF_MAX_KEY_BYTES));
        gguf->values[i].key = key.data;
        gguf->values[i].key_bytes = (uint16_t)key.n_bytes;
        enum hone_status status = read_value(cursor, &gguf->values[i]);
        if (status == HONE_OK) continue;
        if (cursor->err) { /* the place is already there; say whose value it was */
            size_t used = strlen(cursor->err->text);
            const char *tail = gguf_quote(key, quoted);
            if (used + strlen(tail) + 12 < sizeof cursor->err->text) {
                memcpy(cursor->err->text + used, " (of key ", 9);
                memcpy(cursor->err->text + used + 9, tail, strlen(tail));
                memcpy(cursor->err->text + used + 9 + strlen(tail), ")", 2);
            }
        }
        return status;
    }
    return HONE_OK;
}

static enum hone_status read_dims(struct gguf_cursor *cursor, struct hone_gguf_tensor *tensor,
                                  const char *quoted, uint64_t *out_values)
{
    const struct hone_gguf *gguf = cursor->gguf;
    uint64_t start = cursor->at;
    HONE_TRY(gguf_read_u32(cursor, "a number of dimensions", &tensor->n_dims));
    if (tensor->n_dims < 1 || tensor->n_dims > GGUF_MAX_DIMS)
        return gguf_fail_at(gguf, start, cursor->err,
                            "tensor %s has %u dimensions, 1 to 4 expected", quoted, tensor->n_dims);
    *out_values = 1;
    for (uint32_t i = 0; i < GGUF_MAX_DIMS; i++) {
        tensor->dims[i] = 1;
        if (i >= tensor->n_dims) continue;
        start = cursor->at;
        HONE_TRY(gguf_read_u64(cursor, "a dimension", &tensor->dims[i]));
        if (tensor->dims[i] == 0 || tensor->dims[i] > INT64_MAX)
            return gguf_fail_at(gguf, start, cursor->err,
                                "dimension %u of tensor %s is %lld, 1 or more expected", i, quoted,
                                (long long)tensor->dims[i]);
        if (!hone_mul(*out_values, tensor->dims[i], out_values) || *out_values > INT64_MAX)
            return gguf_fail_at(gguf, start, cursor->err,
                                "the dimensions of tensor %s multiply to 2^63 or more", quoted);
    }
    return HONE_OK;
}

static enum hone_status read_type(struct gguf_cursor *cursor, struct hone_gguf_tensor *tensor,
                                  const char *quoted, uint64_t n_values)
{
    const struct hone_gguf *gguf = cursor->gguf;
    uint64_t start = cursor->at;
    uint32_t number;
    HONE_TRY(gguf_read_u32(cursor, "a tensor type", &number));
    tensor->type = hone_gguf_tensor_type(number);
    if (!tensor->type)
        return gguf_fail_at(gguf, start, cursor->err,
                            "tensor %s has type %u, which is unknown or retired", quoted, number);
    if (tensor->dims[0] % tensor->type->block_values != 0)
        return gguf_fail_at(gguf, start, cursor->err,
                            "tensor %s of type %s has rows of %llu values, a multiple of %u "
                            "expected",
                            quoted, tensor->type->name, (unsigned long long)tensor->dims[0],
                            tensor->type->block_values);
    if (!hone_mul(n_values / tensor->type->block_values, tensor->type->block_bytes,
                  &tensor->n_bytes))
        return gguf_fail_at(gguf, start, cursor->err, "the size of tensor %s wraps", quoted);
    return HONE_OK;
}

/* *expected: where the format says this tensor begins, counted from the data section. */
static enum hone_status read_tensor(struct gguf_cursor *cursor, struct hone_gguf_tensor *tensor,
                                    uint64_t *expected)
{
    const struct hone_gguf *gguf = cursor->gguf;
    uint64_t n_values = 0, start = cursor->at;
    char quoted[GGUF_QUOTE_BYTES];
    HONE_TRY(gguf_read_text(cursor, "a tensor name", &tensor->name));
    HONE_TRY(check_name(cursor, start, tensor->name, "a tensor name", GGUF_MAX_NAME_BYTES));
    gguf_quote(tensor->name, quoted);
    HONE_TRY(read_dims(cursor, tensor, quoted, &n_values));
    HONE_TRY(read_type(cursor, tensor, quoted, n_values));
    start = cursor->at;
    HONE_TRY(gguf_read_u64(cursor, "a tensor offset", &tensor->offset));
    if (tensor->offset != *expected)
        return gguf_fail_at(gguf, start, cursor->err,
                            "tensor %s begins at %llu of the data section, %llu expected", quoted,
                            (unsigned long long)tensor->offset, (unsigned long long)*expected);
    uint64_t padded;
    if (!hone_round_up(tensor->n_bytes, gguf->alignment, &padded) ||
        !hone_add(*expected, padded, expected))
        return gguf_fail_at(gguf, start, cursor->err, "the sizes of the tensors up to %s wrap",
                            quoted);
    return HONE_OK;
}

/* The data section is placed only now: its start depends on where the header ends. */
static enum hone_status place_tensors(struct hone_gguf *gguf, struct gguf_cursor *cursor)
{
    if (!hone_round_up(cursor->at, gguf->alignment, &gguf->data_offset))
        return gguf_fail_at(gguf, cursor->at, cursor->err, "the header wraps");
    for (size_t i = 0; i < gguf->n_tensors; i++) {
        struct hone_gguf_tensor *tensor = &gguf->tensors[i];
        uint64_t begin, end;
        char quoted[GGUF_QUOTE_BYTES];
        if (!hone_add(gguf->data_offset, tensor->offset, &begin) ||
            !hone_add(begin, tensor->n_bytes, &end))
            return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, tensor->name.data), cursor->err,
                                "the place of tensor %s wraps", gguf_quote(tensor->name, quoted));
        if (end > gguf->n_bytes)
            return gguf_fail_at(gguf, hone_gguf_offset_of(gguf, tensor->name.data), cursor->err,
                                "tensor %s ends at %llu, past the end of the file (%llu bytes)",
                                gguf_quote(tensor->name, quoted), (unsigned long long)end,
                                (unsigned long long)gguf->n_bytes);
        tensor->offset = begin;
        tensor->data = gguf->data + begin;
    }
    return HONE_OK;
}

enum hone_status gguf_read_tensors(struct hone_gguf *gguf, struct gguf_cursor *cursor)
{
    uint64_t expected = 0;
    for (size_t i = 0; i < gguf->n_tensors; i++)
        HONE_TRY(read_tensor(cursor, &gguf->tensors[i], &expected));
    return place_tensors(gguf, cursor);
}
