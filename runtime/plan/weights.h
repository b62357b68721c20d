/* SPDX-License-Identifier: MIT */
/* Where an open model's weights lie: in the file's pages, or copied to huge ones. */
#ifndef HONE_PLAN_WEIGHTS_H
#define HONE_PLAN_WEIGHTS_H

#include "runtime/package/package.h"

struct hone_weights_memory {
    const uint8_t *data; /* NULL when the package has none */
    void *copy;          /* memory of our own behind `data`, NULL when mapped */
    size_t copy_bytes;
};

/* `place`: enum hone_weights_place. n_threads: that copy, 0 = one per CPU. */
enum hone_status hone_weights_place(const struct hone_package *package, uint32_t place,
                                    uint32_t n_threads, struct hone_weights_memory *out_memory,
                                    struct hone_error *err);
void hone_weights_release(struct hone_weights_memory *memory);

#endif
