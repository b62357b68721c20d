/* SPDX-License-Identifier: MIT */
/* Source text to binary, in a worker process: back ends abort on bad input, loop, or eat memory.
 *
 * A compiler is a row of a table (llvm, nvrtc) with two functions.
 * hone_compile_here runs it in this process (the worker does that); everything else talks to a
 * hone_compile_worker, which is started again after a crash or a time-out and costs one job. */
#ifndef HONE_COMPILE_H
#define HONE_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct hone_compile_job {
    const char *compiler; /* "llvm", "nvrtc" */
    const char *source;   /* rendered text */
    size_t n_source_bytes;
    const char *entry;    /* exported function */
    const char *arch;     /* triple for llvm, "sm_90a" for nvrtc */
    const char *cpu;      /* scheduling model, "sapphirerapids"; checked against LLVM's list */
    const char *features; /* "+avx2,+fma" */
    int level;            /* code generation 1..3 */
    int want_assembly;    /* GPUs: PTX */
    /* How a GPU's kernel is launched, part of its image; 0 elsewhere. */
    uint32_t block_threads, shared_bytes, cluster_blocks;
    uint32_t args_bytes; /* most that its parameter may take */
    int want_text;       /* the image holds the PTX too */
};

/* What can be known of a kernel without running it. */
struct hone_static_facts {
    uint32_t n_instructions;
    uint32_t n_vector_spills; /* stores and loads of vector registers to the stack; of a GPU: of
                               * local memory, which is where its threads spill */
    uint32_t stack_bytes;     /* of a GPU: local memory of a thread */
    uint32_t code_bytes;
    /* Of GPUs. */
    uint32_t n_registers;  /* of a thread; 0 says that it is no GPU's kernel */
    uint32_t shared_bytes; /* of a block: what the code reserves, and what the launch adds */
};

/* Owned by the caller; hone_binary_release frees the parts. */
struct hone_binary {
    uint8_t *code; /* position-independent blob, no relocation left; of a GPU: an image
                    * (runtime/device/gpu_image.h), and entry is 0 */
    size_t n_bytes;
    uint64_t entry;
    struct hone_static_facts facts;
    char *assembly; /* NULL unless asked for */
};
void hone_binary_release(struct hone_binary *binary);
/* Facts of a GPU that stores do not keep, read from the code again; leaves others as they are. */
void hone_binary_read_facts(struct hone_binary *binary);

/* "llvm 22.1.8" or "nvrtc 13.0", part of every code key. HONE_ERR_NOT_FOUND when no library can be
 * opened; the message lists what was looked for (HONE_LLVM, HONE_NVRTC: the only library that is
 * tried). */
enum hone_status hone_compiler_version(const char *compiler, char *out_text, size_t capacity,
                                       struct hone_error *err);

/* In this process: parse, verify and pass errors come back; back-end errors end the process. */
enum hone_status hone_compile_here(const struct hone_compile_job *job,
                                   struct hone_binary *out_binary, struct hone_error *err);

struct hone_compile_worker;
struct hone_compile_worker_options {
    size_t struct_size;
    const char *const *command; /* argv of a program that calls hone_compile_worker_main */
    double deadline_seconds;    /* per job; 0 = 20 */
    uint64_t memory_bytes;      /* address-space limit of the worker; 0 = 4 GiB */
};

/* Started lazily. Not thread safe: one worker per thread. */
enum hone_status hone_compile_worker_start(const struct hone_compile_worker_options *options,
                                           struct hone_compile_worker **out_worker,
                                           struct hone_error *err);
/* HONE_ERR_COMPILE (message of the compiler), _CRASHED (signal and last stderr line), _TIMEOUT. */
enum hone_status hone_compile(struct hone_compile_worker *worker,
                              const struct hone_compile_job *job, struct hone_binary *out_binary,
                              struct hone_error *err);
/* hone_compiler_version asked of the worker: the compiler is not loaded into this process. */
enum hone_status hone_compile_worker_version(struct hone_compile_worker *worker,
                                             const char *compiler, char *out_text, size_t capacity,
                                             struct hone_error *err);
void hone_compile_worker_stop(struct hone_compile_worker *worker);

/* The worker's side: serves jobs on stdin/stdout until end of file; returns the exit code. */
int hone_compile_worker_main(void);

#endif
