/* SPDX-License-Identifier: MIT */
/* The JSON document of a space, as its file and the one it is like say together. Private. */
#ifndef HONE_SPACE_DOCUMENT_H
#define HONE_SPACE_DOCUMENT_H

#include <jansson.h>

#include "runtime/base/status.h"

enum { SPACE_FILE_LIMIT = 1 << 20 }; /* bytes */

enum hone_status document_parse(const char *text, size_t n_bytes, const char *file,
                                json_t **out_root, struct hone_error *err);

/* Where the document says `"like": "other.json"`, replaces it by that file's, which lies beside
 * `path`, with its own members put over: those of let, parameters, default and cost one by one, all
 * others whole. */
enum hone_status document_resolve(const char *path, json_t **root, struct hone_error *err);

#endif
