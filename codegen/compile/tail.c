/* SPDX-License-Identifier: MIT */
/* Keeps the end of a stream in a buffer of fixed size. */
#include "codegen/compile/tail.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bytes read in one go: a worker that never stops writing must not keep us here. */
enum { READ_BYTES = 1024, MAX_READS = 64 };

static void append(struct hone_tail *tail, const char *text, size_t n_bytes)
{
    if (tail->n_bytes + n_bytes > HONE_TAIL_BYTES) {
        size_t surplus = tail->n_bytes + n_bytes - HONE_TAIL_BYTES;
        memmove(tail->text, tail->text + surplus, tail->n_bytes - surplus);
        tail->n_bytes -= surplus;
    }
    memcpy(tail->text + tail->n_bytes, text, n_bytes);
    tail->n_bytes += n_bytes;
}

void hone_tail_close(struct hone_tail *tail)
{
    if (tail->fd >= 0) close(tail->fd);
    tail->fd = -1;
}

void hone_tail_read(struct hone_tail *tail)
{
    for (int i = 0; i < MAX_READS && tail->fd >= 0; i++) {
        char text[READ_BYTES];
        ssize_t n_read = read(tail->fd, text, sizeof text);
        if (n_read > 0)
            append(tail, text, (size_t)n_read);
        else if (n_read == 0 || (errno != EAGAIN && errno != EINTR))
            hone_tail_close(tail);
        else if (errno == EAGAIN)
            return;
    }
}

static bool speaks_of_an_error(const char *line, size_t length)
{
    return memmem(line, length, "ERROR", 5) || memmem(line, length, "error:", 6) ||
           memmem(line, length, "Assertion", 9);
}

/* Control characters of a foreign program do not belong in a message. */
static void copy_line(const char *line, size_t length, char *out_text, size_t capacity)
{
    size_t n_bytes = length < capacity - 1 ? length : capacity - 1;
    for (size_t i = 0; i < n_bytes; i++)
        out_text[i] = (unsigned char)line[i] < ' ' || line[i] == 0x7f ? ' ' : line[i];
    out_text[n_bytes] = '\0';
}

void hone_tail_line(const struct hone_tail *tail, char *out_text, size_t capacity)
{
    bool found_error = false;
    out_text[0] = '\0';
    for (size_t start = 0; start < tail->n_bytes;) {
        const char *line = tail->text + start;
        const char *end = memchr(line, '\n', tail->n_bytes - start);
        size_t length = end ? (size_t)(end - line) : tail->n_bytes - start;
        bool is_error = speaks_of_an_error(line, length);
        if (length > 0 && (is_error || !found_error)) copy_line(line, length, out_text, capacity);
        found_error |= is_error;
        start += length + 1;
    }
}
