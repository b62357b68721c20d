/* SPDX-License-Identifier: MIT */
/* Frames between a process and its worker: 4 bytes of length, 4 bytes of kind (little endian), then
 * the payload. Every wait has a deadline. Descriptors may be pipes, sockets or terminals. */
#ifndef HONE_COMPILE_FRAME_H
#define HONE_COMPILE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "codegen/compile/tail.h"
#include "runtime/base/status.h"

enum { HONE_FRAME_HEADER_BYTES = 8 };

struct hone_frame {
    uint32_t kind;
    uint8_t *data; /* freed by the caller; NULL when empty */
    size_t n_bytes;
};

/* Monotonic seconds. A deadline is a point on this clock; INFINITY waits for ever. */
double hone_clock_seconds(void);

/* CRASHED: the other end is closed. TIMEOUT. IO. `tail` may be NULL. Never raises SIGPIPE. */
enum hone_status hone_frame_write(int fd, uint32_t kind, const void *data, size_t n_bytes,
                                  double deadline, struct hone_tail *tail, struct hone_error *err);

/* As above, and FORMAT for a frame of more than `limit` bytes, NO_MEMORY. A payload takes memory
 * only as its bytes arrive. */
enum hone_status hone_frame_read(int fd, size_t limit, double deadline, struct hone_tail *tail,
                                 struct hone_frame *out_frame, struct hone_error *err);
void hone_frame_release(struct hone_frame *frame);

#endif
