/* SPDX-License-Identifier: MIT */
/* Opening a GGUF file: header and the sorted indices over keys and names. */
#include "codegen/model/gguf.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "runtime/base/checked.h"

enum {
    MIN_VERSION = 2, /* 2 and 3 have one layout; 1 had 32-bit lengths */
    MAX_VERSION = 3,
    MIN_VALUE_RECORD = 8 + 1 + 4 + 1,          /* key length, key, type, value */
    MIN_TENSOR_RECORD = 8 + 1 + 4 + 8 + 4 + 8, /* name length, name, n_dims, dim, type, offset */
};

static enum hone_status read_version(struct hone_gguf *gguf, struct gguf_cursor *cursor)
{
    const uint8_t *magic;
    HONE_TRY(gguf_read_bytes(cursor, "the magic \"GGUF\"", 4, &magic));
    if (memcmp(magic, "GGUF", 4) != 0)
        return gguf_fail_at(gguf, 0, cursor->err,
                            "not a GGUF file: it begins with %02x %02x %02x %02x, "
                            "47 47 55 46 (\"GGUF\") expected",
                            magic[0], magic[1], magic[2], magic[3]);
    HONE_TRY(gguf_read_u32(cursor, "the version", &gguf->version));
    if (gguf->version != 0 && (gguf->version & 0xffff) == 0)
        return hone_fail(cursor->err, HONE_ERR_VERSION,
                         "%s: offset 4: big-endian GGUF file, little-endian expected", gguf->path);
    if (gguf->version < MIN_VERSION || gguf->version > MAX_VERSION)
        return hone_fail(cursor->err, HONE_ERR_VERSION,
                         "%s: offset 4: GGUF version %u, version 2 or 3 expected", gguf->path,
                         gguf->version);
    return HONE_OK;
}

/* A count is checked against the bytes left before anything is allocated for it. */
static enum hone_status read_count(struct gguf_cursor *cursor, const char *what, uint64_t limit,
                                   uint64_t min_record, size_t *out)
{
    uint64_t count, start = cursor->at;
    HONE_TRY(gguf_read_u64(cursor, what, &count));
    uint64_t left = cursor->gguf->n_bytes - cursor->at;
    if (count > limit)
        return gguf_fail_at(cursor->gguf, start, cursor->err, "%s is %llu, at most %llu expected",
                            what, (unsigned long long)count, (unsigned long long)limit);
    if (count > left / min_record)
        return gguf_fail_at(cursor->gguf, start, cursor->err,
                            "%s is %llu, more than the %llu bytes that follow can hold", what,
                            (unsigned long long)count, (unsigned long long)left);
    *out = (size_t)count;
    return HONE_OK;
}

static struct hone_gguf_text key_of(const struct hone_gguf *gguf, uint32_t index)
{
    return (struct hone_gguf_text){gguf->values[index].key, gguf->values[index].key_bytes};
}

static struct hone_gguf_text name_of(const struct hone_gguf *gguf, uint32_t index)
{
    return gguf->tensors[index].name;
}

struct ordering {
    const struct hone_gguf *gguf;
    struct hone_gguf_text (*text_of)(const struct hone_gguf *gguf, uint32_t index);
};

static int compare_indices(const void *a, const void *b, void *context)
{
    const struct ordering *ordering = context;
    uint32_t ia = *(const uint32_t *)a, ib = *(const uint32_t *)b;
    struct hone_gguf_text ta = ordering->text_of(ordering->gguf, ia);
    struct hone_gguf_text tb = ordering->text_of(ordering->gguf, ib);
    int order = gguf_compare_text(ta.data, ta.n_bytes, tb.data, tb.n_bytes);
    return order != 0 ? order : (ia > ib) - (ia < ib);
}

/* Sorted indices into *out (owned by gguf); a name that is there twice is refused. */
static enum hone_status sort_unique(const struct ordering *ordering, size_t count, const char *what,
                                    uint32_t **out, struct hone_error *err)
{
    if (count == 0) return HONE_OK;
    uint32_t *order = malloc(count * sizeof *order);
    if (!order) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", ordering->gguf->path);
    *out = order;
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, compare_indices, (void *)(uintptr_t)ordering);
    for (size_t i = 1; i < count; i++) {
        struct hone_gguf_text a = ordering->text_of(ordering->gguf, order[i - 1]);
        struct hone_gguf_text b = ordering->text_of(ordering->gguf, order[i]);
        char quoted[GGUF_QUOTE_BYTES];
        if (gguf_compare_text(a.data, a.n_bytes, b.data, b.n_bytes) == 0)
            return gguf_fail_at(ordering->gguf, hone_gguf_offset_of(ordering->gguf, b.data), err,
                                "%s %s is there twice", what, gguf_quote(b, quoted));
    }
    return HONE_OK;
}

static enum hone_status read_alignment(struct hone_gguf *gguf, struct hone_error *err)
{
    gguf->alignment = GGUF_DEFAULT_ALIGNMENT;
    const struct gguf_value *value = gguf_find_value(gguf, "general.alignment");
    if (!value) return HONE_OK;
    uint64_t place = hone_gguf_offset_of(gguf, value->data);
    if (value->type != HONE_GGUF_U32)
        return gguf_fail_at(gguf, place, err,
                            "key 'general.alignment' is %s, an unsigned 32-bit integer was "
                            "expected",
                            gguf_value_name(value->type));
    uint32_t alignment = gguf_load_u32(value->data);
    if (alignment < GGUF_MIN_ALIGNMENT || alignment > GGUF_MAX_ALIGNMENT ||
        (alignment & (alignment - 1)) != 0)
        return gguf_fail_at(gguf, place, err,
                            "general.alignment is %u, a power of two from %d to %d expected",
                            alignment, GGUF_MIN_ALIGNMENT, GGUF_MAX_ALIGNMENT);
    gguf->alignment = alignment;
    return HONE_OK;
}

static enum hone_status parse(struct hone_gguf *gguf, struct hone_error *err)
{
    struct gguf_cursor cursor = {gguf, 0, err};
    HONE_TRY(read_version(gguf, &cursor));
    HONE_TRY(read_count(&cursor, "the number of tensors", GGUF_MAX_TENSORS, MIN_TENSOR_RECORD,
                        &gguf->n_tensors));
    HONE_TRY(read_count(&cursor, "the number of keys", GGUF_MAX_KEYS, MIN_VALUE_RECORD,
                        &gguf->n_values));
    if (gguf->n_values) gguf->values = calloc(gguf->n_values, sizeof *gguf->values);
    if (gguf->n_tensors) gguf->tensors = calloc(gguf->n_tensors, sizeof *gguf->tensors);
    if ((gguf->n_values && !gguf->values) || (gguf->n_tensors && !gguf->tensors))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", gguf->path);
    HONE_TRY(gguf_read_values(gguf, &cursor));
    struct ordering by_key = {gguf, key_of};
    HONE_TRY(sort_unique(&by_key, gguf->n_values, "key", &gguf->values_by_key, err));
    HONE_TRY(read_alignment(gguf, err));
    HONE_TRY(gguf_read_tensors(gguf, &cursor));
    struct ordering by_name = {gguf, name_of};
    return sort_unique(&by_name, gguf->n_tensors, "tensor", &gguf->tensors_by_name, err);
}

static enum hone_status open_bytes(const char *name, const uint8_t *data, size_t n_bytes,
                                   struct hone_file_map map, struct hone_gguf **out_gguf,
                                   struct hone_error *err)
{
    struct hone_gguf *gguf = calloc(1, sizeof *gguf);
    char *path = strdup(name);
    if (!gguf || !path) {
        free(gguf);
        free(path);
        hone_file_unmap(&map);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    }
    *gguf = (struct hone_gguf){.path = path, .map = map, .data = data, .n_bytes = n_bytes};
    enum hone_status status = parse(gguf, err);
    if (status != HONE_OK) {
        hone_gguf_close(gguf);
        return status;
    }
    *out_gguf = gguf;
    return HONE_OK;
}

enum hone_status hone_gguf_open(const char *path, struct hone_gguf **out_gguf,
                                struct hone_error *err)
{
    struct hone_file_map map;
    *out_gguf = NULL;
    HONE_TRY(hone_file_map(path, &map, err));
    return open_bytes(path, map.data, map.n_bytes, map, out_gguf, err);
}

enum hone_status hone_gguf_open_memory(const char *name, const void *data, size_t n_bytes,
                                       struct hone_gguf **out_gguf, struct hone_error *err)
{
    *out_gguf = NULL;
    return open_bytes(name, data, n_bytes, (struct hone_file_map){0}, out_gguf, err);
}

void hone_gguf_close(struct hone_gguf *gguf)
{
    if (!gguf) return;
    hone_file_unmap(&gguf->map);
    free(gguf->values);
    free(gguf->tensors);
    free(gguf->values_by_key);
    free(gguf->tensors_by_name);
    free(gguf->path);
    free(gguf);
}
