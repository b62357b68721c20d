/* SPDX-License-Identifier: MIT */
/* Libraries of others that may be on this machine: GPU drivers and run-time compilers. Opened
 * late and asked for their version. */
#ifndef HONE_TUNER_FOREIGN_H
#define HONE_TUNER_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

enum { FOREIGN_VERSION_BYTES = 32, FOREIGN_LIBRARIES = 4 };

struct foreign {
    const char *name;    /* "nvrtc": static text */
    const char *purpose; /* "compiles for NVIDIA GPUs" */
    const char *looked_for;
    bool found;
    bool used;                           /* hone calls it */
    char library[256];                   /* as opened */
    char version[FOREIGN_VERSION_BYTES]; /* "13.0"; "" when it would not say */
};

/* The number-th; false beyond the last. */
bool foreign_look(size_t number, struct foreign *out_foreign);

#endif
