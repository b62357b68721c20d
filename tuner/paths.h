/* SPDX-License-Identifier: MIT */
/* Where this hone's other programs and data are. */
#ifndef HONE_TUNER_PATHS_H
#define HONE_TUNER_PATHS_H

#include <limits.h>

#include "runtime/base/status.h"

struct hone_paths {
    char hone[PATH_MAX];   /* this executable */
    char run[PATH_MAX];    /* hone-run, beside it */
    char runner[PATH_MAX]; /* hone-runner, beside it */
    char data[PATH_MAX];   /* holds templates/ and search-spaces/ */
};

/* Data: HONE_DATA if set, else ../share/hone of the executable, else the source tree it was built
 * from. HONE_ERR_NOT_FOUND names the places. */
enum hone_status hone_paths_find(struct hone_paths *out_paths, struct hone_error *err);

#endif
