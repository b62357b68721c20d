/* SPDX-License-Identifier: MIT */
/* What a kernel can do wrong: numbers of the protocol, and the reason codes of a trial's record. */
#ifndef HONE_RUNNER_DEFECT_H
#define HONE_RUNNER_DEFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "codegen/ops/case.h"

/* The runner's own, beside enum hone_defect. Numbers are pinned. */
enum runner_defect {
    RUNNER_DEFECT_SCRATCH = 16,
    RUNNER_DEFECT_FLOAT_ENVIRONMENT = 17,
    RUNNER_DEFECT_STACK = 18,
    RUNNER_DEFECT_REGISTERS = 19,
    RUNNER_DEFECT_SIGNALS = 20,
    RUNNER_DEFECT_PROCESS = 21,
    RUNNER_DEFECT_LEAK = 22,
    RUNNER_DEFECT_UNINITIALIZED = 23,
    RUNNER_DEFECT_SECOND_CALL = 24,
    RUNNER_DEFECT_ORDER = 25,
    RUNNER_DEFECT_UNSTABLE = 26,
    RUNNER_DEFECT_TOO_FAST = 27,
};

struct runner_defect_info {
    uint32_t defect;
    const char *reason;
    bool breaks; /* what was not its own: that process is not used again */
};
/* NULL: no such number. HONE_DEFECT_NONE is "wrong", of a runner that does not say more. */
const struct runner_defect_info *runner_defect_find(uint32_t defect);

#endif
