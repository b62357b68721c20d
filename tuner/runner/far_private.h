/* SPDX-License-Identifier: MIT */
/* Private to tuner/runner: what a case in device memory is made of. */
#ifndef HONE_RUNNER_FAR_PRIVATE_H
#define HONE_RUNNER_FAR_PRIVATE_H

#include "tuner/runner/far.h"

struct far_buffer {
    uint8_t *memory, *data; /* device addresses: of the allocation, of the buffer in it */
    uint64_t total, n_bytes;
};

struct far_case {
    struct far_place place;
    struct hone_case *c;
    uint32_t n_copies;
    struct hone_case_buffer host[HONE_CASE_BUFFERS];
    struct far_buffer
        *buffers;  /* [copy][HONE_CASE_BUFFERS]; of what rotates only, but for copy 0 */
    uint8_t *args; /* [copy], on the host */
    uint64_t args_stride;
    uint8_t *red, *seen; /* as a red zone must be; one that came back */
    uint64_t n_red_bytes;
};

#endif
