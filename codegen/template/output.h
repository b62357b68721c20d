/* SPDX-License-Identifier: MIT */
/* The text a rendering grows. Private to codegen/template. */
#ifndef HONE_TEMPLATE_OUTPUT_H
#define HONE_TEMPLATE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
    char *text;
    size_t n_bytes, capacity;
    uint64_t limit;
};

enum output_result { OUTPUT_OK, OUTPUT_FULL, OUTPUT_NO_MEMORY };

enum output_result output_append(struct output *out, const char *text, size_t n_bytes);

#endif
