/* SPDX-License-Identifier: MIT */
/* Where an open model's weights lie: in the file's pages, copied to huge ones, or on a device. */
#ifndef HONE_PLAN_WEIGHTS_H
#define HONE_PLAN_WEIGHTS_H

#include "runtime/device/device.h"
#include "runtime/package/package.h"

struct hone_weights_memory {
    const uint8_t *data; /* as kernels see them; NULL when the package has none */
    void *copy;          /* memory of our own behind `data`, NULL when mapped */
    size_t copy_bytes;
    const struct hone_weight_part *parts; /* of the section that `data` holds; NULL: all */
    uint64_t *places;                     /* [n_parts] of each in `data` */
    size_t n_parts;
    const struct hone_device_vtable *vtable; /* NULL: the copy is the host's */
    struct hone_device *device;              /* opened for them alone */
};

/* `place`: enum hone_weights_place, for a device whose memory is the host's; any other device gets
 * a copy. n_threads: that copy, 0 = one per CPU. */
enum hone_status hone_weights_place(const struct hone_package *package,
                                    const struct hone_device_vtable *device, uint32_t place,
                                    uint32_t n_threads, struct hone_weights_memory *out_memory,
                                    struct hone_error *err);
/* Where kernels find byte `offset` of the section, one that the plan binds. */
const uint8_t *hone_weights_at(const struct hone_weights_memory *memory, uint64_t offset);
void hone_weights_release(struct hone_weights_memory *memory);

#endif
