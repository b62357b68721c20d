/* SPDX-License-Identifier: MIT */
/* What runs below the kernels on the machine of a runner. */
#ifndef HONE_RUNNER_STACK_H
#define HONE_RUNNER_STACK_H

#include <stddef.h>

/* "kernel=6.1.0; microcode=0x2b; driver=; governor=; host=a; hone=0.1": read by cache/keys.h. What
 * cannot be read is empty. */
void stack_text(char *out_text, size_t capacity);

#endif
