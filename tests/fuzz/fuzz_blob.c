/* SPDX-License-Identifier: MIT */
/* Fuzzes the object linker; a corpus starts well with any `cc -c` output that defines k(). */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "codegen/compile/blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct hone_blob blob;
    struct hone_error err;
    if (hone_blob_link(data, n_bytes, "k", &blob, &err) != HONE_OK) return 0;
    if (blob.entry >= blob.n_code_bytes || blob.n_code_bytes > blob.n_bytes) abort();
    free(blob.data);
    return 0;
}
