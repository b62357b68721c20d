/* SPDX-License-Identifier: MIT */
/* dlopen, one symbol, one call. Declarations are our own: nothing is needed to build. Nothing is
 * closed again: run-time compilers leave memory behind that only they can find. */
#include "tuner/foreign.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* All of them return 0 on success; the numbers are C ints. */
typedef int version_two(int *major, int *minor);
typedef int version_one(int *version);

static const struct {
    const char *name, *purpose;
    const char *libraries; /* by spaces, newest first */
    const char *symbol;
    int n_numbers;
    int major_unit, minor_unit; /* of a version in one number */
} known[FOREIGN_LIBRARIES] = {
    {"libcuda", "driver of NVIDIA GPUs", "libcuda.so.1", "cuDriverGetVersion", 1, 1000, 10},
    {"nvrtc", "compiler for NVIDIA GPUs",
     "libnvrtc.so.13 libnvrtc.so.12 libnvrtc.so.11.2 libnvrtc.so", "nvrtcVersion", 2, 0, 0},
    {"libamdhip64", "driver of AMD GPUs",
     "libamdhip64.so.7 libamdhip64.so.6 libamdhip64.so.5 libamdhip64.so", "hipRuntimeGetVersion", 1,
     10000000, 100000},
    {"hiprtc", "compiler for AMD GPUs", "libhiprtc.so.7 libhiprtc.so.6 libhiprtc.so.5 libhiprtc.so",
     "hiprtcVersion", 2, 0, 0},
};

static void ask_version(size_t number, void *symbol, char out_text[FOREIGN_VERSION_BYTES])
{
    int major = 0, minor = 0;
    if (known[number].n_numbers == 2) {
        version_two *ask;
        memcpy(&ask, &symbol, sizeof ask);
        if (ask(&major, &minor) != 0) return;
    } else {
        version_one *ask;
        int version = 0;
        memcpy(&ask, &symbol, sizeof ask);
        if (ask(&version) != 0) return;
        major = version / known[number].major_unit;
        minor = version % known[number].major_unit / known[number].minor_unit;
    }
    snprintf(out_text, FOREIGN_VERSION_BYTES, "%d.%d", major, minor);
}

bool foreign_look(size_t number, struct foreign *out_foreign)
{
    if (number >= FOREIGN_LIBRARIES) return false;
    *out_foreign = (struct foreign){.name = known[number].name,
                                    .purpose = known[number].purpose,
                                    .looked_for = known[number].libraries};
    for (const char *at = known[number].libraries; *at && !out_foreign->found;) {
        size_t length = strcspn(at, " ");
        snprintf(out_foreign->library, sizeof out_foreign->library, "%.*s", (int)length, at);
        void *library = dlopen(out_foreign->library, RTLD_LAZY | RTLD_LOCAL);
        void *symbol = library ? dlsym(library, known[number].symbol) : NULL;
        out_foreign->found = symbol != NULL;
        if (symbol) ask_version(number, symbol, out_foreign->version);
        at += length + (at[length] == ' ');
    }
    if (!out_foreign->found) out_foreign->library[0] = '\0';
    return true;
}
