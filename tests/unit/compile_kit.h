/* SPDX-License-Identifier: MIT */
/* What the tests of compiling share: jobs for a target, and blobs that run. */
#ifndef HONE_TESTS_COMPILE_KIT_H
#define HONE_TESTS_COMPILE_KIT_H

#include <stdint.h>

#include "codegen/target/target.h"

/* A job for `target` ("native" or a target text); texts live in *kit. */
struct compile_kit {
    struct hone_compile_job job;
    char features[512];
};
void compile_kit_job(struct compile_kit *kit, const char *target, const char *entry,
                     const char *source);

/* A copy of a blob, readable and executable and not writable, at an address of its own. */
struct loaded_blob {
    void *memory;
    size_t n_bytes;
    void (*entry)(const void *args, uint32_t first, uint32_t last, void *scratch);
};
void compile_kit_load(const struct hone_binary *binary, struct loaded_blob *out_loaded);
void compile_kit_unload(struct loaded_blob *loaded);

/* $HONE_BIN/name; the caller frees it. */
char *compile_kit_program(const char *name);

#endif
