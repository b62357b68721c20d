/* SPDX-License-Identifier: MIT */
/* What the instructions of a kernel say about it, read from their text (AT&T's on x86-64). */
#ifndef HONE_COMPILE_FACTS_H
#define HONE_COMPILE_FACTS_H

#include <stdbool.h>

#include "codegen/compile/compile.h"

enum facts_machine { FACTS_X86_64, FACTS_AARCH64, FACTS_RISCV64 };

struct facts_reader {
    enum facts_machine machine;
    struct hone_static_facts facts;
    uint32_t frame_bytes, red_zone_bytes; /* stack_bytes is their sum */
    bool has_frame_pointer;               /* rbp was seen to take the value of rsp */
};

/* Of a triple, x86-64 for an unknown one. */
enum facts_machine facts_machine_of(const char *triple);

/* One instruction, "\tvmovups\t64(%rsp), %zmm1"; padding counts for nothing. Labels, directives and
 * comments are the caller's to leave out. */
void facts_add_instruction(struct facts_reader *reader, const char *text);

#endif
