/* SPDX-License-Identifier: MIT */
/* Cursor over the bytes of a GGUF file: every step checks what is left before it moves. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codegen/model/gguf_internal.h"
#include "runtime/base/checked.h"

enum { MAX_STRING_BYTES = 1 << 30 };

uint32_t gguf_load_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint64_t gguf_load_u64(const uint8_t *bytes)
{
    return gguf_load_u32(bytes) | (uint64_t)gguf_load_u32(bytes + 4) << 32;
}

int gguf_compare_text(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);
    if (order != 0) return order;
    return (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

const char *gguf_quote(struct hone_gguf_text text, char buffer[GGUF_QUOTE_BYTES])
{
    const size_t room = GGUF_QUOTE_BYTES - 6; /* quotes, dots, terminator */
    size_t used = 0;
    buffer[used++] = '\'';
    for (size_t i = 0; i < text.n_bytes && i < room; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        buffer[used++] = byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
    }
    snprintf(buffer + used, GGUF_QUOTE_BYTES - used, "%s'", text.n_bytes > room ? "..." : "");
    return buffer;
}

enum hone_status gguf_fail_at(const struct hone_gguf *gguf, uint64_t offset, struct hone_error *err,
                              const char *format, ...)
{
    char text[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return hone_fail(err, HONE_ERR_FORMAT, "%s: offset %llu: %s", gguf->path,
                     (unsigned long long)offset, text);
}

enum hone_status gguf_read_bytes(struct gguf_cursor *cursor, const char *what, uint64_t n_bytes,
                                 const uint8_t **out)
{
    const struct hone_gguf *gguf = cursor->gguf;
    if (!hone_in_range(cursor->at, n_bytes, gguf->n_bytes))
        return gguf_fail_at(gguf, cursor->at, cursor->err,
                            "%s needs %llu bytes, the file (%llu bytes) has %llu left", what,
                            (unsigned long long)n_bytes, (unsigned long long)gguf->n_bytes,
                            (unsigned long long)(gguf->n_bytes - cursor->at));
    *out = gguf->data + cursor->at;
    cursor->at += n_bytes;
    return HONE_OK;
}

enum hone_status gguf_read_u32(struct gguf_cursor *cursor, const char *what, uint32_t *out)
{
    const uint8_t *bytes;
    HONE_TRY(gguf_read_bytes(cursor, what, 4, &bytes));
    *out = gguf_load_u32(bytes);
    return HONE_OK;
}

enum hone_status gguf_read_u64(struct gguf_cursor *cursor, const char *what, uint64_t *out)
{
    const uint8_t *bytes;
    HONE_TRY(gguf_read_bytes(cursor, what, 8, &bytes));
    *out = gguf_load_u64(bytes);
    return HONE_OK;
}

enum hone_status gguf_read_text(struct gguf_cursor *cursor, const char *what,
                                struct hone_gguf_text *out)
{
    uint64_t n_bytes, start = cursor->at;
    const uint8_t *bytes;
    HONE_TRY(gguf_read_u64(cursor, what, &n_bytes));
    if (n_bytes > MAX_STRING_BYTES)
        return gguf_fail_at(cursor->gguf, start, cursor->err,
                            "%s has %llu bytes, at most 1 GiB expected", what,
                            (unsigned long long)n_bytes);
    HONE_TRY(gguf_read_bytes(cursor, what, n_bytes, &bytes));
    *out = (struct hone_gguf_text){(const char *)bytes, n_bytes};
    return HONE_OK;
}
