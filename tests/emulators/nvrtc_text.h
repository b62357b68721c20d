/* SPDX-License-Identifier: MIT */
/* CUDA source to PTX text, by NVRTC opened directly; for tests of the interpreter. */
#ifndef HONE_TESTS_NVRTC_TEXT_H
#define HONE_TESTS_NVRTC_TEXT_H

#include <stdbool.h>

/* Opens NVRTC: HONE_NVRTC (a path), the loader's path, /usr/local/cuda*. False when there is none
 * (says so on stderr, once). */
bool nvrtc_text_open(void);

/* The PTX of `source` for `arch` ("sm_90a"), to be freed; NULL with the log on stderr. */
char *nvrtc_text(const char *source, const char *arch);

#endif
