/* SPDX-License-Identifier: MIT */
/* A text that grows by doubling up to its limit; always terminated once something was added. */
#include "codegen/template/output.h"

#include <stdlib.h>
#include <string.h>

enum output_result output_append(struct output *out, const char *text, size_t n_bytes)
{
    if (n_bytes > out->limit - out->n_bytes) return OUTPUT_FULL;
    size_t needed = out->n_bytes + n_bytes + 1;
    if (needed > out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 16384;
        if (capacity < needed) capacity = needed;
        char *grown = realloc(out->text, capacity);
        if (!grown) return OUTPUT_NO_MEMORY;
        out->text = grown;
        out->capacity = capacity;
    }
    memcpy(out->text + out->n_bytes, text, n_bytes);
    out->n_bytes += n_bytes;
    out->text[out->n_bytes] = 0;
    return OUTPUT_OK;
}
