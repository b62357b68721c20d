/* SPDX-License-Identifier: MIT */
/* A driver that does nothing, as the toolkit ships one to link against: every call returns 34. */
#include "runtime/device/cuda_api.h"

enum { STUB_LIBRARY = 34 };

#define STUB(name, arguments)                                                                      \
    int stub_##name(void) __asm__(#name);                                                          \
    int stub_##name(void)                                                                          \
    {                                                                                              \
        return STUB_LIBRARY;                                                                       \
    }
HONE_CUDA_FUNCTIONS(STUB)
