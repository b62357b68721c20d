/* SPDX-License-Identifier: MIT */
/* For tests of the CUDA device on the mock driver: processes of their own, since a driver reads
 * its environment once and a lost device stays lost; and images of hand-written kernels. */
#ifndef HONE_TEST_CUDA_KIT_H
#define HONE_TEST_CUDA_KIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "runtime/device/device.h"

/* In a child: says what failed and ends it; cmocka's own would go on with the next test. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        if ((call) != HONE_OK) {                                                                   \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err.text);               \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)
/* A status, and a message that holds this text and is one line. */
#define CHECK_FAILS(call, wanted, part) cuda_kit_fails(call, wanted, part, &err, __FILE__, __LINE__)
void cuda_kit_fails(enum hone_status got, enum hone_status wanted, const char *part,
                    const struct hone_error *err, const char *file, int line);

/* Runs `test` in a process of its own with these variables ("MOCK_CUDA_CC=8.0", ended by NULL)
 * and fails the cmocka test unless it ends well and leaves nothing behind on the driver. */
void cuda_kit_run(void (*test)(void), const char *const *variables);

/* The device, opened; in a child. */
struct hone_device *cuda_kit_device(void);

/* Makes the folder of PTX that HONE_PTX_DIR names, and removes it. */
int cuda_kit_open(void **state);
int cuda_kit_close(void **state);

/* out[i] = in[i] + add for i < n, u32; `block_threads` of them a block. */
struct cuda_kit_args {
    uint64_t in, out, n, add;
};
/* Writes an image of that kernel; `mark` makes it another one. Returns its bytes, at most
 * CUDA_KIT_IMAGE_BYTES; they start at any multiple of 4096. */
enum { CUDA_KIT_IMAGE_BYTES = 1024 };
size_t cuda_kit_image(uint8_t *out_image, const char *arch, uint32_t mark, uint32_t block_threads,
                      uint32_t shared_bytes);

#endif
