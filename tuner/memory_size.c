/* SPDX-License-Identifier: MIT */
/* Amounts of memory as people write them. */
#include "tuner/memory_size.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *suffix;
    double n_bytes;
} units[] = {
    {"", 1},      {"B", 1},        {"kB", 1e3},     {"KB", 1e3},     {"MB", 1e6},     {"GB", 1e9},
    {"TB", 1e12}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40},
};

enum hone_status memory_size_parse(const char *text, uint64_t *out_bytes, double *out_ratio,
                                   struct hone_error *err)
{
    const char *end = text + strspn(text, "0123456789.");
    char *parsed;
    double value = strtod(text, &parsed);
    *out_bytes = 0;
    *out_ratio = 0;
    bool is_number = parsed == end && isfinite(value) && value > 0;
    if (is_number && strcmp(end, "x") == 0 && value >= 1) {
        *out_ratio = value;
        return HONE_OK;
    }
    for (size_t i = 0; is_number && i < sizeof units / sizeof *units; i++) {
        double n_bytes = value * units[i].n_bytes;
        if (strcmp(end, units[i].suffix) != 0 || n_bytes < 1 || n_bytes >= 0x1p62) continue;
        *out_bytes = (uint64_t)n_bytes;
        return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_ARGUMENT,
                     "'%s' is no amount of memory such as 2GiB, 700MB or 1.5x (at least 1x)", text);
}
