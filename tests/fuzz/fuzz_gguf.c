/* SPDX-License-Identifier: MIT */
/* Fuzzes the GGUF reader and all that is built from a model file's keys. */
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/gguf_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct hone_gguf *gguf;
    struct hone_error err;
    if (hone_gguf_open_memory("fuzz", data, n_bytes, &gguf, &err) == HONE_OK) gguf_exercise(gguf);
    hone_gguf_close(gguf);
    return 0;
}
