/* SPDX-License-Identifier: MIT */
/* A growing byte buffer whose failure is sticky: check `failed` once at the end. */
#ifndef HONE_GRAPH_BYTES_H
#define HONE_GRAPH_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct hone_bytes {
    uint8_t *data;
    uint64_t n_bytes, capacity;
    bool failed;
};

/* Appends n_bytes of data (zeros when data is NULL) and returns the offset where they lie. */
static inline uint64_t hone_bytes_add(struct hone_bytes *bytes, const void *data, uint64_t n_bytes)
{
    uint64_t at = bytes->n_bytes;
    if (bytes->failed) return at;
    if (n_bytes > bytes->capacity - at) {
        uint64_t capacity = (at + n_bytes) * 2 + 4096;
        uint8_t *larger = realloc(bytes->data, capacity);
        if (!larger) {
            bytes->failed = true;
            return at;
        }
        bytes->data = larger;
        bytes->capacity = capacity;
    }
    if (n_bytes && data) memcpy(bytes->data + at, data, n_bytes);
    if (n_bytes && !data) memset(bytes->data + at, 0, n_bytes);
    bytes->n_bytes += n_bytes;
    return at;
}

/* Pads with zeros to a multiple of `unit`; returns the new end. */
static inline uint64_t hone_bytes_align(struct hone_bytes *bytes, uint64_t unit)
{
    uint64_t over = bytes->n_bytes % unit;
    if (over) hone_bytes_add(bytes, NULL, unit - over);
    return bytes->n_bytes;
}

#endif
