/* SPDX-License-Identifier: MIT */
/* The binary of a GPU kernel: a header that says how it is launched, and the compiler's outputs.
 *
 * An image is position-independent and starts at a multiple of 4096 of a package's code section,
 * where many stand one behind the other. The compiler makes them, devices read them; all of it is
 * hostile until it was read here. Numbers are little-endian, as on every machine we run on. */
#ifndef HONE_GPU_IMAGE_H
#define HONE_GPU_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

#define HONE_GPU_IMAGE_MAGIC "HONEGPU"
enum {
    HONE_GPU_IMAGE_VERSION = 1,
    HONE_GPU_IMAGE_STEP = 4096,    /* images of a section start at multiples of it */
    HONE_GPU_CODE_ALIGNMENT = 64,  /* of the code in an image */
    HONE_GPU_MAX_THREADS = 1024,   /* of a block */
    HONE_GPU_MAX_SHARED = 1 << 20, /* bytes of a block, more than any GPU has */
    HONE_GPU_MAX_CLUSTER = 16,     /* blocks */
    HONE_GPU_MAX_ARGS = 4096       /* bytes of the parameter */
};

/* 152 bytes without a hole. Offsets count from its first byte. */
struct hone_gpu_image {
    char magic[8]; /* HONE_GPU_IMAGE_MAGIC with its terminator */
    uint32_t version;
    uint32_t n_header_bytes; /* sizeof(struct hone_gpu_image) */
    uint64_t n_bytes;        /* of the whole image */
    uint32_t block_threads;
    uint32_t shared_bytes;   /* dynamic, beside what the code reserves itself */
    uint32_t cluster_blocks; /* 1: no cluster */
    uint32_t args_bytes;     /* size of the parameter, which is passed by value; 0: it has none */
    char entry[64];          /* name of the kernel */
    char arch[16];           /* "sm_90a" */
    uint64_t code_offset, code_bytes; /* an ELF file: a cubin */
    uint64_t text_offset, text_bytes; /* PTX with its terminator; 0 bytes unless it was asked for */
};

/* Reads the image at `data`; `n_bytes` may go on behind it. After HONE_OK every offset lies in the
 * image, every text is terminated, and the code's section table and sections lie in the code: a
 * driver that is given a bare pointer does not leave it. FORMAT, VERSION. */
enum hone_status hone_gpu_image_read(const void *data, size_t n_bytes,
                                     struct hone_gpu_image *out_image, struct hone_error *err);

/* The first image of a section at or behind *offset; *offset becomes its place. What lies between
 * images (kernels of CPUs, padding) is passed over. Ask for the next one behind:
 *     for (uint64_t at = 0;; at += image.n_bytes) {
 *         HONE_TRY(hone_gpu_image_next(section, n_bytes, &at, &image, &found, err));
 *         if (!found) break;
 *         ...
 *     }
 */
enum hone_status hone_gpu_image_next(const void *section, size_t n_bytes, uint64_t *offset,
                                     struct hone_gpu_image *out_image, bool *out_found,
                                     struct hone_error *err);

#endif
