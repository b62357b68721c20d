/* SPDX-License-Identifier: MIT */
/* What the instructions of an x86-64 kernel say about it, read from their AT&T text. */
#ifndef HONE_COMPILE_FACTS_H
#define HONE_COMPILE_FACTS_H

#include <stdbool.h>

#include "codegen/compile/compile.h"

struct facts_reader {
    struct hone_static_facts facts;
    uint32_t frame_bytes, red_zone_bytes; /* stack_bytes is their sum */
    bool has_frame_pointer;               /* rbp was seen to take the value of rsp */
};

/* One instruction, "\tvmovups\t64(%rsp), %zmm1"; padding counts for nothing. Labels, directives and
 * comments are the caller's to leave out. */
void facts_add_instruction(struct facts_reader *reader, const char *text);

#endif
