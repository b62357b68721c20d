/* SPDX-License-Identifier: MIT */
/* dlopen, one symbol, one call. Declarations are our own: nothing is needed to build. Nothing is
 * closed again: run-time compilers leave memory behind that only they can find. */
#include "tuner/foreign.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/nvrtc_api.h"

/* All of them return 0 on success; the numbers are C ints. */
typedef int version_two(int *major, int *minor);
typedef int version_one(int *version);

static const struct {
    const char *name, *purpose;
    const char *variable;  /* names the only one to try; NULL: hone does not call it yet */
    const char *libraries; /* by spaces, newest first */
    const char *symbol;    /* NULL: found as the compiler finds it */
    int n_numbers;
    int major_unit, minor_unit; /* of a version in one number */
} known[FOREIGN_LIBRARIES] = {
    {"libcuda", "driver of NVIDIA GPUs", "HONE_CUDA", "libcuda.so.1", "cuDriverGetVersion", 1, 1000,
     10},
    {"nvrtc", "compiler for NVIDIA GPUs", "HONE_NVRTC",
     "libnvrtc.so.13 libnvrtc.so.12 libnvrtc.so.11.2 and CUDA's folders", NULL, 0, 0, 0},
    {"libamdhip64", "driver of AMD GPUs", NULL,
     "libamdhip64.so.7 libamdhip64.so.6 libamdhip64.so.5 libamdhip64.so", "hipRuntimeGetVersion", 1,
     10000000, 100000},
    {"hiprtc", "compiler for AMD GPUs", NULL,
     "libhiprtc.so.7 libhiprtc.so.6 libhiprtc.so.5 libhiprtc.so", "hiprtcVersion", 2, 0, 0},
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

static void look_for_nvrtc(struct foreign *out)
{
    const struct nvrtc_api *api;
    out->found = nvrtc_open(&api, NULL) == HONE_OK;
    if (!out->found) return;
    snprintf(out->library, sizeof out->library, "%s", api->path);
    snprintf(out->version, sizeof out->version, "%s", strchr(api->version, ' ') + 1);
}

bool foreign_look(size_t number, struct foreign *out_foreign)
{
    if (number >= FOREIGN_LIBRARIES) return false;
    const char *variable = known[number].variable, *only = variable ? getenv(variable) : NULL;
    *out_foreign = (struct foreign){.name = known[number].name,
                                    .purpose = known[number].purpose,
                                    .looked_for = known[number].libraries,
                                    .used = variable != NULL};
    if (!known[number].symbol) {
        look_for_nvrtc(out_foreign);
        return true;
    }
    const char *at = only && *only ? only : known[number].libraries;
    while (*at && !out_foreign->found) {
        size_t length = at == only ? strlen(at) : strcspn(at, " ");
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
