/* SPDX-License-Identifier: MIT */
/* What runs below the kernels on the machine of a runner. */
#ifndef HONE_RUNNER_STACK_H
#define HONE_RUNNER_STACK_H

#include <stddef.h>

#include "runtime/device/device.h"

/* "kernel=6.1.0; microcode=0x2b; driver=; governor=; host=a; hone=0.1", and "; unit=GPU-..." of a
 * device that has a name of its own: read by cache/keys.h. What cannot be read is empty. */
void stack_text(const struct hone_device_facts *device, char *out_text, size_t capacity);

#endif
