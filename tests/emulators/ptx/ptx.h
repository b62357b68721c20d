/* SPDX-License-Identifier: MIT */
/* A strict interpreter of the PTX text that NVRTC returns: parse a module, launch its kernels.
 *
 * A module is immutable after parsing but for the bytes of its own .global variables; several
 * launches of one module may run at the same time in different threads when they share none of
 * those. Nothing here prints, exits or keeps global state. */
#ifndef HONE_TESTS_EMULATORS_PTX_H
#define HONE_TESTS_EMULATORS_PTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct ptx_module;
struct ptx_kernel;

/* One piece of device memory: `n_bytes` from device address `address` live at `host`.
 * Addresses must lie below 2^48 (the windows of shared, local and parameter memory lie above);
 * address == (uint64_t)host is a good choice. */
struct ptx_range {
    uint64_t address, n_bytes;
    unsigned char *host;
    bool read_only;   /* a store is a fault (.const variables) */
    const char *name; /* of a variable, for messages; NULL: an allocation */
};

/* What went wrong, coarsely: what a driver would return. */
enum ptx_fault {
    PTX_FAULT_NONE = 0,
    PTX_FAULT_ADDRESS,     /* outside every allocation, or a store to what is read-only */
    PTX_FAULT_MISALIGNED,  /* an address that is no multiple of the access */
    PTX_FAULT_INSTRUCTION, /* an instruction, or a use of one, that is not allowed or not known */
    PTX_FAULT_SYNC,        /* divergent collective, barrier mismatch, deadlock */
    PTX_FAULT_SHARED,      /* unset shared memory read, pending async copy touched, data race */
    PTX_FAULT_TIMEOUT,     /* max_instructions reached */
    PTX_FAULT_LAUNCH,      /* the launch itself: sizes that are wrong or too large */
    PTX_FAULT_NO_MEMORY
};

struct ptx_launch {
    uint32_t grid[3], block[3]; /* all at least 1 */
    uint32_t cluster[3];        /* 0 or 1: no clusters */
    uint32_t shared_bytes;      /* dynamic */
    const void *params;         /* the parameter block, in the layout of the kernel's .param list */
    size_t n_param_bytes;
    const struct ptx_range *ranges; /* live allocations, ascending, apart; the module's own
                                       variables need not be among them */
    size_t n_ranges;
    uint64_t seed;             /* 0: blocks and warps in order; else an order drawn from it */
    uint64_t max_instructions; /* of a warp, over the whole launch; 0: 2^33 */
    uint32_t n_sms;            /* %nsmid; block b runs on SM b mod n_sms; 0: 132 */
    uint64_t clock_ns;         /* %globaltimer at the start */
    bool allow_races;          /* do not report data races in shared memory */
};

struct ptx_result {
    enum ptx_fault fault;
    uint64_t n_instructions; /* executed by warps: what the clock of the mock driver counts */
    uint64_t n_thread_instructions; /* the same, counted by lane */
    uint32_t line;                  /* of the PTX text, where it went wrong; 0: at no line */
    uint32_t block[3];              /* the block in which it went wrong */
    uint32_t warp, lane;            /* lane 0xffffffff: the whole warp */
};

/* Parses `n_bytes` of PTX text (a trailing NUL is allowed). Unknown directives and opcodes are
 * refused by name and line. The text may be freed afterwards.
 * HONE_ERR_FORMAT, HONE_ERR_UNSUPPORTED, HONE_ERR_NO_MEMORY. */
enum hone_status ptx_module_parse(const char *text, size_t n_bytes, struct ptx_module **out_module,
                                  struct hone_error *err);
void ptx_module_free(struct ptx_module *module); /* NULL is fine */

/* As written after .target ("sm_90a"). */
const char *ptx_module_target(const struct ptx_module *module);

/* The module's .global and .const variables, in memory of the module's. */
const struct ptx_range *ptx_module_variables(const struct ptx_module *module, size_t *out_n);

size_t ptx_module_n_kernels(const struct ptx_module *module);
const struct ptx_kernel *ptx_module_kernel(const struct ptx_module *module, size_t index);
/* NULL when there is no .entry of that name. */
const struct ptx_kernel *ptx_module_find(const struct ptx_module *module, const char *name);

struct ptx_kernel_info {
    const char *name;
    size_t n_params;
    size_t n_param_bytes;     /* of the whole block, its parameters aligned one after the other */
    uint32_t n_static_shared; /* bytes */
    uint32_t n_local;         /* bytes of local memory of a thread */
    uint32_t n_registers;     /* virtual ones, as declared: no measure of real ones */
    uint32_t max_threads;     /* .maxntid or .reqntid, the product; 0: not said */
    uint32_t min_blocks;      /* .minnctapersm; 0: not said */
    bool threads_required;    /* .reqntid: a launch must have exactly these */
};
void ptx_kernel_info(const struct ptx_kernel *kernel, struct ptx_kernel_info *out);
/* Offset and size of a parameter in the block; false when there is none of that index. */
bool ptx_kernel_param(const struct ptx_kernel *kernel, size_t index, size_t *out_offset,
                      size_t *out_n_bytes);
/* How many instructions in the kernel's text (functions it calls included) begin with `opcode`:
 * "mma.sync", "ld.global". */
size_t ptx_kernel_count(const struct ptx_kernel *kernel, const char *opcode);

/* Runs the whole grid. On a fault: HONE_ERR_WRONG (what the kernel did), HONE_ERR_ARGUMENT (the
 * launch), HONE_ERR_TIMEOUT or HONE_ERR_NO_MEMORY with one line in *err that names kernel, block,
 * warp, lane, the PTX line and its text; memory keeps what was written until then.
 * `out` may be NULL. */
enum hone_status ptx_launch(const struct ptx_kernel *kernel, const struct ptx_launch *launch,
                            struct ptx_result *out, struct hone_error *err);

#endif
