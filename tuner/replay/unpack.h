/* SPDX-License-Identifier: MIT */
/* Text that may be packed with gzip. */
#ifndef HONE_REPLAY_UNPACK_H
#define HONE_REPLAY_UNPACK_H

#include <stddef.h>

#include "runtime/base/status.h"

/* A copy of the data, unpacked where it begins like gzip; the caller frees *out_text. FORMAT for a
 * damaged or cut stream, LIMIT when it would be longer than `limit` bytes. */
enum hone_status unpack(const void *data, size_t n_bytes, size_t limit, const char *name,
                        char **out_text, size_t *out_bytes, struct hone_error *err);

#endif
