/* SPDX-License-Identifier: MIT */
/* Fuzzes what reads GPU binaries: an image, the walk of a section of them, and the cubin within. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/compile.h"
#include "codegen/compile/cubin.h"
#include "runtime/base/checked.h"
#include "runtime/device/gpu_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void read_image(const uint8_t *data, size_t n_bytes)
{
    struct hone_gpu_image image;
    struct cubin_kernel kernel;
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    if (!copy) abort();
    if (n_bytes) memcpy(copy, data, n_bytes);
    if (hone_gpu_image_read(copy, n_bytes, &image, NULL) == HONE_OK) {
        if (!hone_in_range(image.code_offset, image.code_bytes, n_bytes)) abort();
        if (!hone_in_range(image.text_offset, image.text_bytes, n_bytes)) abort();
        if (image.text_bytes && copy[image.text_offset + image.text_bytes - 1]) abort();
        const uint8_t *code = copy + image.code_offset;
        if (cubin_read(code, image.code_bytes, image.entry, &kernel, NULL) == HONE_OK &&
            !hone_in_range((uint64_t)(kernel.code - code), kernel.n_code_bytes, image.code_bytes))
            abort();
        struct hone_binary binary = {.code = copy, .n_bytes = n_bytes};
        hone_binary_read_facts(&binary);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    struct cubin_kernel kernel;
    struct hone_gpu_image image;
    bool found = true;
    read_image(data, n_bytes);
    cubin_read(data, n_bytes, "kernel", &kernel, NULL);
    for (uint64_t at = 0; found; at += image.n_bytes)
        if (hone_gpu_image_next(data, n_bytes, &at, &image, &found, NULL) != HONE_OK) break;
    return 0;
}
