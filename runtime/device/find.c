/* SPDX-License-Identifier: MIT */
/* The devices this build knows, by target family. */
#include <string.h>

#include "runtime/device/device.h"

static const struct hone_device_vtable *const devices[] = {&hone_device_cpu, &hone_device_cuda};

const struct hone_device_vtable *hone_device_find(const char *family)
{
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (strcmp(devices[i]->name, family) == 0) return devices[i];
    return NULL;
}
