/* SPDX-License-Identifier: MIT */
/* Amounts of memory as people write them. */
#ifndef HONE_TUNER_MEMORY_SIZE_H
#define HONE_TUNER_MEMORY_SIZE_H

#include <stdint.h>

#include "runtime/base/status.h"

/* "2GiB", "700MB", "4096" -> bytes and ratio 0; "1.5x", at least 1, -> ratio and 0 bytes.
 * ARGUMENT. */
enum hone_status memory_size_parse(const char *text, uint64_t *out_bytes, double *out_ratio,
                                   struct hone_error *err);

#endif
