/* SPDX-License-Identifier: MIT */
/* Jobs and blobs for the tests of compiling. */
#include "tests/unit/compile_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

void compile_kit_job(struct compile_kit *kit, const char *target, const char *entry,
                     const char *source)
{
    struct hone_target parsed;
    struct hone_error err = {0};
    *kit = (struct compile_kit){0};
    assert_int_equal(hone_target_parse(target, &parsed, &err), HONE_OK);
    const struct hone_codegen_target *family = hone_codegen_target_find(parsed.family);
    assert_non_null(family);
    assert_int_equal(family->job(&parsed, &kit->job, kit->features, sizeof kit->features, &err),
                     HONE_OK);
    kit->job.entry = entry;
    kit->job.source = source;
    kit->job.n_source_bytes = strlen(source);
}

void compile_kit_load(const struct hone_binary *binary, struct loaded_blob *out_loaded)
{
    out_loaded->n_bytes = binary->n_bytes;
    out_loaded->memory =
        mmap(NULL, binary->n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(out_loaded->memory, MAP_FAILED);
    memcpy(out_loaded->memory, binary->code, binary->n_bytes);
    assert_int_equal(mprotect(out_loaded->memory, binary->n_bytes, PROT_READ | PROT_EXEC), 0);
    void *entry = (uint8_t *)out_loaded->memory + binary->entry;
    memcpy(&out_loaded->entry, &entry, sizeof entry);
}

void compile_kit_unload(struct loaded_blob *loaded)
{
    munmap(loaded->memory, loaded->n_bytes);
}

char *compile_kit_program(const char *name)
{
    const char *folder = getenv("HONE_BIN");
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", folder ? folder : "bin", name) > 0);
    return path;
}
