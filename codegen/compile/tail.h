/* SPDX-License-Identifier: MIT */
/* The last bytes of a stream that somebody else writes, kept for an error message. */
#ifndef HONE_COMPILE_TAIL_H
#define HONE_COMPILE_TAIL_H

#include <stddef.h>

enum { HONE_TAIL_BYTES = 4096 };

/* A worker's stderr: it must be read while we wait, or the worker would block on it. `fd` is
 * non-blocking, and -1 when there is none or it has ended (it is closed then). */
struct hone_tail {
    int fd;
    size_t n_bytes;
    char text[HONE_TAIL_BYTES];
};

/* Reads what is there now without waiting. */
void hone_tail_read(struct hone_tail *tail);
void hone_tail_close(struct hone_tail *tail);

/* The line that says most: the last one that speaks of an error, else the last one; "" if none. */
void hone_tail_line(const struct hone_tail *tail, char *out_text, size_t capacity);

#endif
