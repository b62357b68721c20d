/* SPDX-License-Identifier: MIT */
/* What is known of a compiled kernel, before any run, that says it is not worth one. */
#ifndef HONE_SEARCH_PRUNE_H
#define HONE_SEARCH_PRUNE_H

#include <stdbool.h>

#include "codegen/compile/compile.h"

/* About one instruction in fifty moves a vector to or from the stack: the tile does not fit the
 * registers. On the recorded spaces (tests/bench/replay) the best kernel so refused takes 1.29
 * times the best of all. */
enum {
    HONE_CODE_BYTES_PER_SPILL = 300,
    HONE_GPU_CODE_BYTES_PER_SPILL = 50 * 16, /* one in fifty too: an instruction takes 16 bytes */
};

/* More than that, and more than twice as often as in the space's default (zeros: it never does). */
bool hone_spills_too_much(const struct hone_static_facts *facts,
                          const struct hone_static_facts *preset);

#endif
