/* SPDX-License-Identifier: MIT */
/* CUDA source to PTX text. */
#include "tests/emulators/nvrtc_text.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct program;
static struct {
    int (*create)(struct program **, const char *, const char *, int, const char *const *,
                  const char *const *);
    int (*compile)(struct program *, int, const char *const *);
    int (*log_size)(struct program *, size_t *);
    int (*log)(struct program *, char *);
    int (*size)(struct program *, size_t *);
    int (*text)(struct program *, char *);
    int (*destroy)(struct program **);
} api;

static const char *const FOLDERS[] = {"", "/usr/local/cuda-13.0/lib/", "/usr/local/cuda/lib64/",
                                      "/usr/local/cuda/lib/", "/usr/local/cuda-13.0/lib64/"};

/* The builtins first, from the same folder: NVRTC itself does not look beside itself. */
static void *open_in(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%slibnvrtc-builtins.so.13.0", folder);
    if (folder[0]) dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    snprintf(path, sizeof path, "%slibnvrtc.so.13", folder);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_any(void)
{
    const char *asked = getenv("HONE_NVRTC");
    void *library = NULL;
    if (asked && *asked) {
        char folder[400];
        const char *slash = strrchr(asked, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - asked + 1) : 0, asked);
        library = open_in(folder);
        if (!library) library = dlopen(asked, RTLD_NOW | RTLD_LOCAL);
    }
    for (size_t i = 0; !library && i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        library = open_in(FOLDERS[i]);
    return library;
}

static bool find(void *library, const char *name, void *out)
{
    void *symbol = dlsym(library, name);
    memcpy(out, &symbol, sizeof symbol);
    return symbol != NULL;
}

bool nvrtc_text_open(void)
{
    static int state; /* 1 open, -1 not there */
    if (state) return state > 0;
    void *library = open_any();
    const bool ok = library && find(library, "nvrtcCreateProgram", &api.create) &&
                    find(library, "nvrtcCompileProgram", &api.compile) &&
                    find(library, "nvrtcGetProgramLogSize", &api.log_size) &&
                    find(library, "nvrtcGetProgramLog", &api.log) &&
                    find(library, "nvrtcGetPTXSize", &api.size) &&
                    find(library, "nvrtcGetPTX", &api.text) &&
                    find(library, "nvrtcDestroyProgram", &api.destroy);
    state = ok ? 1 : -1;
    if (!ok)
        fprintf(stderr, "SKIPPED: NVRTC 13 is not here (%s); set HONE_NVRTC to its path\n",
                library ? "a function is missing" : dlerror());
    return ok;
}

static void print_log(struct program *program)
{
    size_t n = 0;
    char *log;
    if (api.log_size(program, &n) || !n || !(log = malloc(n))) return;
    if (!api.log(program, log)) fprintf(stderr, "%s\n", log);
    free(log);
}

char *nvrtc_text(const char *source, const char *arch)
{
    struct program *program = NULL;
    char option[64], *text = NULL;
    const char *const options[] = {option};
    size_t n = 0;
    /* compute_XX: PTX only, without the time of the assembler. */
    snprintf(option, sizeof option, "--gpu-architecture=compute_%s",
             strncmp(arch, "sm_", 3) ? arch : arch + 3);
    if (api.create(&program, source, "kernel.cu", 0, NULL, NULL)) return NULL;
    const int rc = api.compile(program, 1, options);
    if (rc)
        print_log(program);
    else if (!api.size(program, &n) && (text = malloc(n)) && api.text(program, text)) {
        free(text);
        text = NULL;
    }
    api.destroy(&program);
    return text;
}
