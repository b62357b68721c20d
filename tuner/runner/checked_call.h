/* SPDX-License-Identifier: MIT */
/* One call of a CPU kernel, and what it must leave as it was: the stack, callee-saved registers,
 * control registers of the arithmetic, the signal mask, the process. */
#ifndef HONE_RUNNER_CHECKED_CALL_H
#define HONE_RUNNER_CHECKED_CALL_H

#include <stdint.h>

#include "runtime/device/device.h"
#include "tuner/runner/defect.h"

/* Control bits that a kernel must leave as they were: rounding, flush to zero, exception masks. */
unsigned float_control(void);
void set_float_control(unsigned control);

struct checked_defect {
    enum runner_defect defect;
    const char *words;
};
/* NULL, or the first defect; the state is put right again. Vector registers and the stack
 * below hold `pattern` when the kernel begins. A process that the kernel forked ends here. */
const struct checked_defect *checked_call(hone_cpu_kernel *kernel, const void *args, uint32_t first,
                                          uint32_t last, void *scratch, uint8_t pattern);

#endif
