/* SPDX-License-Identifier: MIT */
/* A store as JSON and back. The form is canonical: equal content gives equal bytes, rows sorted by
 * their keys, no ids. store.schema.json describes it. Code is not in it: it is made again from the
 * text, so that a file from elsewhere brings claims to verify but nothing to run. */
#ifndef HONE_CACHE_EXCHANGE_H
#define HONE_CACHE_EXCHANGE_H

#include <stdio.h>

#include "cache/content.h"

enum { HONE_EXCHANGE_VERSION = 1, HONE_EXCHANGE_LIMIT_BYTES = 1 << 30 };

struct hone_export_options {
    size_t struct_size;
    bool comparable; /* without what differs from run to run: dates, costs, host and version */
};

/* Winners in quarantine are left out. UNSUPPORTED when a number has no JSON form. */
enum hone_status hone_export_json(const struct hone_content *content,
                                  const struct hone_export_options *options, FILE *to,
                                  struct hone_error *err);

/* `data` may be anything; messages name `name` and the place in it. Settled. FORMAT, VERSION. */
enum hone_status hone_import_json(const char *data, size_t n_bytes, const char *name,
                                  struct hone_arena *arena, struct hone_content *out_content,
                                  struct hone_error *err);

#endif
