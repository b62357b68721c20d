/* SPDX-License-Identifier: MIT */
/* Which machines we let LLVM generate code for. LLVM only warns on stderr about a processor or a
 * feature it does not know, so the names are checked against tables of our own. */
#ifndef HONE_COMPILE_LLVM_MACHINE_H
#define HONE_COMPILE_LLVM_MACHINE_H

#include <stddef.h>

#include "runtime/base/status.h"

struct llvm_machine_family {
    const char *triple_prefix; /* "x86_64-" */
    const char *component;     /* "X86", as in LLVMInitializeX86Target */
    const char *base_cpu;      /* instructions that need no feature */
    const char *const *cpus;   /* scheduling models, NULL-terminated */
    const char *const *features;
};

/* Registers the machine families that the library was built with. */
void llvm_machine_initialize(void *library);

/* All of them, for the test that LLVM knows every name. */
const struct llvm_machine_family *llvm_machine_families(size_t *out_count);

/* ARGUMENT names the word that is not known. */
enum hone_status llvm_machine_check(const char *triple, const char *cpu, const char *features,
                                    const struct llvm_machine_family **out_family,
                                    struct hone_error *err);

#endif
