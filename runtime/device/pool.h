/* SPDX-License-Identifier: MIT */
/* The CPU's thread pool: runs a whole list of launches inside its workers, one barrier between
 * launches. The thread that calls is worker 0. */
#ifndef HONE_DEVICE_POOL_H
#define HONE_DEVICE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/device/device.h"

struct hone_pool;

struct hone_module {
    const uint8_t *code; /* executable */
    size_t n_bytes;      /* of the mapping */
};

enum { HONE_POOL_MAX_WORKERS = 1024 };

/* `scratch` holds n_workers areas of scratch_stride bytes each; it stays the caller's. */
enum hone_status hone_pool_create(uint32_t n_workers, uint8_t *scratch, uint64_t scratch_stride,
                                  struct hone_pool **out_pool, struct hone_error *err);
void hone_pool_close(struct hone_pool *pool); /* NULL is fine */

/* out_ns may be NULL. */
void hone_pool_run(struct hone_pool *pool, const struct hone_launch *launches, size_t n_launches,
                   uint64_t *out_ns);
/* [launch][worker][begin, end]. */
void hone_pool_trace(struct hone_pool *pool, const struct hone_launch *launches, size_t n_launches,
                     uint64_t *out_spans);

uint32_t hone_pool_n_workers(const struct hone_pool *pool);

/* Processors this process may run on. */
uint32_t hone_pool_n_cpus(void);

#endif
