/* SPDX-License-Identifier: MIT */
/* A cubin and how it is launched, as one image (runtime/device/gpu_image.h). */
#ifndef HONE_COMPILE_NVRTC_IMAGE_H
#define HONE_COMPILE_NVRTC_IMAGE_H

#include "codegen/compile/compile.h"

struct nvrtc_parts {
    const uint8_t *code; /* a cubin */
    size_t n_code_bytes;
    const char *text;    /* PTX */
    size_t n_text_bytes; /* with its terminator; 0: it stays out */
};

/* Checks launch and cubin against each other, builds the image and reads the facts. The job's texts
 * are those of the launch. COMPILE, NO_MEMORY. */
enum hone_status nvrtc_image_make(const struct hone_compile_job *job,
                                  const struct nvrtc_parts *parts, struct hone_binary *out_binary,
                                  struct hone_error *err);

#endif
