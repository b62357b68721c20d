/* SPDX-License-Identifier: MIT */
/* Images of GPU kernels made by hand, around the smallest cubin: no compiler is needed. */
#ifndef HONE_TESTS_IMAGE_KIT_H
#define HONE_TESTS_IMAGE_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/device/gpu_image.h"

enum { KIT_CUBIN_INSTRUCTIONS = 6, KIT_REGISTERS = 40, KIT_FRAME_BYTES = 16, KIT_ARGS_BYTES = 24 };

/* A cubin of a kernel "kernel": two loads from local memory, one store to it, an HMMA, a NOP and
 * something else; launch bounds of 128 threads; 2048 bytes of shared memory. */
struct kit_cubin {
    uint8_t data[2048];
    size_t n_bytes;
};
void kit_cubin(struct kit_cubin *out_cubin);

/* An image for sm_90a of 128 threads around it, with `text` (may be NULL) behind the code. */
struct kit_image {
    uint8_t data[4096];
    size_t n_bytes;
};
void kit_image(const char *text, struct kit_image *out_image);

#endif
