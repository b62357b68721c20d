/* SPDX-License-Identifier: MIT */
/* For tests of the PTX interpreter: modules from CUDA or PTX, buffers, launches and their errors.
 */
#ifndef HONE_TESTS_PTX_KIT_H
#define HONE_TESTS_PTX_KIT_H

#include "tests/emulators/ptx/ptx.h"

/* The only kernel of CUDA source (by NVRTC; the caller asked nvrtc_text_open()) or PTX text. Fails
 * the test when there is an error. Freed by kit_close. */
struct kit {
    struct ptx_module *module;
    const struct ptx_kernel *kernel;
    struct ptx_range ranges[8];
    size_t n_ranges;
    uint64_t params[16]; /* pointers and integers of 8 bytes, in order */
    size_t n_params;
    struct ptx_launch launch; /* what a test changes before kit_run: shared_bytes, seed ... */
    struct ptx_result result;
    struct hone_error err;
};
void kit_cuda(struct kit *k, const char *source);
void kit_cuda_for(struct kit *k, const char *source, const char *arch);
void kit_ptx(struct kit *k, const char *text);
/* Body of a kernel `k` with parameters out and in (u64) and some registers, as sm_90a PTX. */
void kit_body(struct kit *k, const char *body);
/* A buffer as the next parameter; its address in device memory is its own. */
void kit_buffer(struct kit *k, void *memory, size_t n_bytes);
void kit_number(struct kit *k, uint64_t value);
/* Launches; kit_run fails the test when there is a fault, kit_fault when there is none, or when it
 * is another or its message does not hold `text`. */
void kit_run(struct kit *k, uint32_t blocks, uint32_t threads);
void kit_fault(struct kit *k, uint32_t blocks, uint32_t threads, enum ptx_fault fault,
               const char *text);
void kit_close(struct kit *k);

/* The text is refused as PTX with a message that holds `wanted`. */
void kit_refused(const char *text, const char *wanted);
void kit_body_refused(const char *body, const char *wanted);

/* The value of a small float by its format's definition (sign, exponent, mantissa; the last
 * exponent is infinity and NaN). Bits above are ignored. */
double kit_float(uint64_t bits, int exponent_bits, int mantissa);

uint64_t kit_random(void);    /* the same sequence in each program */
float kit_random_float(void); /* in -2 .. 2 */

#endif
