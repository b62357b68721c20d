/* SPDX-License-Identifier: MIT */
/* What a cubin says about a kernel in it: NVIDIA's ELF, read with bounds. */
#ifndef HONE_COMPILE_CUBIN_H
#define HONE_COMPILE_CUBIN_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum {
    CUBIN_INSTRUCTION_BYTES = 16,
    CUBIN_OPCODES = 1 << 12, /* an instruction's opcode is its low 12 bits */
};

/* Opcodes that are looked for, by the names of NVIDIA's assembler. Found by comparing kernels that
 * differ in one instruction of their PTX. */
enum cubin_opcode {
    CUBIN_NOP = 0x918,
    CUBIN_LDL = 0x983, /* load from local memory */
    CUBIN_STL = 0x387, /* store to it */
    CUBIN_HMMA = 0x23c,
    CUBIN_IMMA = 0x237,
    CUBIN_QMMA = 0x27a,
    CUBIN_LDSM = 0x83b,
    CUBIN_STSM = 0x844,
    CUBIN_LDGSTS = 0xfae,
    CUBIN_HGMMA = 0x9f0,
    CUBIN_IGMMA = 0x9f1,
    CUBIN_QGMMA = 0x9f3,
    CUBIN_USETMAXREG = 0x9c8,
    CUBIN_UTMALDG = 0x5b4,
    CUBIN_BAR = 0xb1d,
};

struct cubin_kernel {
    const uint8_t *code; /* in the cubin */
    size_t n_code_bytes;
    uint32_t n_registers;    /* of a thread */
    uint32_t frame_bytes;    /* local memory of a thread */
    uint32_t shared_bytes;   /* that the code reserves, 1 KiB of the system's on sm_90 and later */
    uint32_t args_bytes;     /* of its parameters */
    uint32_t max_threads;    /* of a block; 0: none was promised */
    uint32_t n_instructions; /* padding left out */
    uint32_t n_local;        /* loads from local memory and stores to it */
};

/* COMPILE for bytes that are no cubin or hold no kernel of that name. */
enum hone_status cubin_read(const uint8_t *data, size_t n_bytes, const char *entry,
                            struct cubin_kernel *out_kernel, struct hone_error *err);

/* How often each opcode stands in its code. */
void cubin_count(const struct cubin_kernel *kernel, uint32_t out_counts[CUBIN_OPCODES]);

#endif
