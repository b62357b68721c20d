/* SPDX-License-Identifier: MIT */
/* The table of what kernels do wrong. */
#include "tuner/runner/defect.h"

#include <stddef.h>

static const struct runner_defect_info defects[] = {
    {HONE_DEFECT_NONE, "wrong", false},
    {HONE_DEFECT_VALUES, "wrong", false},
    {HONE_DEFECT_UNWRITTEN, "unwritten", false},
    {HONE_DEFECT_BOUNDS, "out-of-bounds", true},
    {HONE_DEFECT_INPUT, "input-changed", true},
    {RUNNER_DEFECT_SCRATCH, "scratch", true},
    {RUNNER_DEFECT_FLOAT_ENVIRONMENT, "float-environment", true},
    {RUNNER_DEFECT_STACK, "stack", true},
    {RUNNER_DEFECT_REGISTERS, "registers", true},
    {RUNNER_DEFECT_SIGNALS, "signals", true},
    {RUNNER_DEFECT_PROCESS, "process", true},
    {RUNNER_DEFECT_LEAK, "leak", true},
    {RUNNER_DEFECT_UNINITIALIZED, "uninitialized", false},
    {RUNNER_DEFECT_SECOND_CALL, "second-call", false},
    {RUNNER_DEFECT_ORDER, "order", false},
    {RUNNER_DEFECT_UNSTABLE, "unstable", false},
    {RUNNER_DEFECT_TOO_FAST, "too-fast", false},
};

const struct runner_defect_info *runner_defect_find(uint32_t defect)
{
    for (size_t i = 0; i < sizeof defects / sizeof *defects; i++)
        if (defects[i].defect == defect) return &defects[i];
    return NULL;
}
