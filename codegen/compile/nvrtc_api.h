/* SPDX-License-Identifier: MIT */
/* The functions of NVRTC that we call, declared here so that nothing of CUDA is needed to build,
 * and opened late so that none of it is needed to start. */
#ifndef HONE_COMPILE_NVRTC_API_H
#define HONE_COMPILE_NVRTC_API_H

#include <stddef.h>

#include "runtime/base/status.h"

/* 11.2 is the oldest that gives cubins and keeps its names. */
enum { NVRTC_OLDEST_MAJOR = 11, NVRTC_OLDEST_MINOR = 2 };

/* Results we tell apart, the same in all versions. */
enum { NVRTC_OK = 0, NVRTC_ERROR_OUT_OF_MEMORY = 1, NVRTC_ERROR_BUILTIN_OPERATION = 7 };

struct nvrtc_program;

/* clang-format off */
#define NVRTC_FUNCTIONS(X)                                                                         \
    X(int, Version, (int *, int *))                                                                \
    X(int, GetNumSupportedArchs, (int *))                                                          \
    X(int, GetSupportedArchs, (int *))                                                             \
    X(const char *, GetErrorString, (int))                                                         \
    X(int, CreateProgram, (struct nvrtc_program **, const char *, const char *, int,               \
      const char *const *, const char *const *))                                                   \
    X(int, DestroyProgram, (struct nvrtc_program **))                                              \
    X(int, CompileProgram, (struct nvrtc_program *, int, const char *const *))                     \
    X(int, GetProgramLogSize, (struct nvrtc_program *, size_t *))                                  \
    X(int, GetProgramLog, (struct nvrtc_program *, char *))                                        \
    X(int, GetCUBINSize, (struct nvrtc_program *, size_t *))                                       \
    X(int, GetCUBIN, (struct nvrtc_program *, char *))                                             \
    X(int, GetPTXSize, (struct nvrtc_program *, size_t *))                                         \
    X(int, GetPTX, (struct nvrtc_program *, char *))
/* clang-format on */

enum { NVRTC_MAX_ARCHS = 64 };

struct nvrtc_api {
    void *library;
    char version[32];                    /* "nvrtc 13.0" */
    char path[256];                      /* as it was opened */
    int archs[NVRTC_MAX_ARCHS], n_archs; /* numbers, 90 for sm_90 */
#define NVRTC_FIELD(type, name, arguments) type(*name) arguments;
    NVRTC_FUNCTIONS(NVRTC_FIELD)
#undef NVRTC_FIELD
};

/* Opened once per process and never closed; read-only afterwards. NOT_FOUND lists what was tried.
 * The library named by HONE_NVRTC is the only one tried when it is set. */
enum hone_status nvrtc_open(const struct nvrtc_api **out_api, struct hone_error *err);

#endif
