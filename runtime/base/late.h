/* SPDX-License-Identifier: MIT */
/* Libraries that are opened while the program runs: drivers and compilers that need not be there.
 */
#ifndef HONE_BASE_LATE_H
#define HONE_BASE_LATE_H

#include <stddef.h>

#include "runtime/base/status.h"

enum { HONE_LATE_PATH_BYTES = 256 };

struct hone_late_library {
    void *handle;
    char path[HONE_LATE_PATH_BYTES]; /* as it was opened: what messages name */
};

/* A function of the library, and where its address goes in the caller's table. */
struct hone_late_name {
    const char *name;
    size_t offset;
};

struct hone_late_request {
    const char *what;         /* begins messages: "cuda" */
    const char *environment;  /* variable with the one path to open instead; NULL: none */
    const char *const *paths; /* tried in this order, ended by NULL */
    const struct hone_late_name *names;
    size_t n_names;
};

/* Opens the first path that can be opened and fills the table. The library stays in the process
 * when it is closed: drivers keep threads and exit handlers. HONE_ERR_NOT_FOUND when there is none
 * or it lacks a name. Safe in several threads at once. */
enum hone_status hone_late_open(const struct hone_late_request *request, void *table,
                                struct hone_late_library *out_library, struct hone_error *err);
void hone_late_close(struct hone_late_library *library); /* zeroed is fine */

#endif
