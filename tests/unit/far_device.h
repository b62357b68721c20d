/* SPDX-License-Identifier: MIT */
/* A device whose memory nobody may touch: CPU kernels in an arena of pages that are unmapped except
 * while the device itself copies or runs. What reads or writes device memory from the host crashes.
 *
 * A program that is linked with far_device.c finds it in the place of the CPU. FAR_LOST=n: the n-th
 * run loses the device for this process. */
#ifndef HONE_TESTS_FAR_DEVICE_H
#define HONE_TESTS_FAR_DEVICE_H

#include "runtime/device/device.h"

extern const struct hone_device_vtable far_device;

#endif
