/* SPDX-License-Identifier: MIT */
/* Framed reads and writes under a deadline, by poll. */
#include "codegen/compile/frame.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_ALLOCATION_BYTES = 64 << 10 };

double hone_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Milliseconds for poll, rounded up so that a wait never ends before its deadline. */
static int poll_milliseconds(double deadline)
{
    if (isinf(deadline)) return -1;
    double left = ceil((deadline - hone_clock_seconds()) * 1e3);
    if (left <= 0) return 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

/* Until `fd` is ready for `events`, or closed; the tail is read meanwhile. */
static enum hone_status wait_ready(int fd, short events, double deadline, struct hone_tail *tail,
                                   struct hone_error *err)
{
    for (;;) {
        struct pollfd polled[2] = {
            {.fd = fd,                   .events = events},
            {.fd = tail ? tail->fd : -1, .events = POLLIN}
        };
        int n_ready = poll(polled, 2, poll_milliseconds(deadline));
        if (n_ready < 0 && errno != EINTR)
            return hone_fail(err, HONE_ERR_IO, "frame: poll: %s", strerror(errno));
        if (n_ready > 0 && polled[1].revents) hone_tail_read(tail);
        if (n_ready > 0 && polled[0].revents) return HONE_OK;
        if (hone_clock_seconds() >= deadline)
            return hone_fail(err, HONE_ERR_TIMEOUT, "frame: deadline passed");
    }
}

/* A write to a closed pipe must be an error, not a signal, whatever the program does with SIGPIPE:
 * it is blocked meanwhile, and the one that we caused is taken back. */
static ssize_t write_quietly(int fd, const void *data, size_t n_bytes)
{
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t written = write(fd, data, n_bytes);
    int reason = errno;
    if (written < 0 && reason == EPIPE && !sigismember(&pending, SIGPIPE)) {
        static const struct timespec now = {0};
        while (sigtimedwait(&pipe_only, NULL, &now) < 0 && errno == EINTR) continue;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return written;
}

static bool try_again(int reason)
{
    return reason == EINTR || reason == EAGAIN;
}

/* At most PIPE_BUF bytes at once: that much never blocks after poll said there is room. */
static enum hone_status write_all(int fd, const uint8_t *data, size_t n_bytes, double deadline,
                                  struct hone_tail *tail, struct hone_error *err)
{
    while (n_bytes > 0) {
        HONE_TRY(wait_ready(fd, POLLOUT, deadline, tail, err));
        ssize_t written = write_quietly(fd, data, n_bytes < PIPE_BUF ? n_bytes : PIPE_BUF);
        if (written < 0 && try_again(errno)) continue;
        if (written < 0 && (errno == EPIPE || errno == ECONNRESET))
            return hone_fail(err, HONE_ERR_CRASHED, "frame: the other end is closed");
        if (written < 0) return hone_fail(err, HONE_ERR_IO, "frame: write: %s", strerror(errno));
        data += written;
        n_bytes -= (size_t)written;
    }
    return HONE_OK;
}

static enum hone_status read_all(int fd, uint8_t *data, size_t n_bytes, double deadline,
                                 struct hone_tail *tail, struct hone_error *err)
{
    while (n_bytes > 0) {
        HONE_TRY(wait_ready(fd, POLLIN, deadline, tail, err));
        ssize_t n_read = read(fd, data, n_bytes);
        if (n_read < 0 && try_again(errno)) continue;
        if (n_read == 0 || (n_read < 0 && errno == ECONNRESET))
            return hone_fail(err, HONE_ERR_CRASHED, "frame: the other end is closed");
        if (n_read < 0) return hone_fail(err, HONE_ERR_IO, "frame: read: %s", strerror(errno));
        data += n_read;
        n_bytes -= (size_t)n_read;
    }
    return HONE_OK;
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_u32(const uint8_t *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) value |= (uint32_t)bytes[i] << 8 * i;
    return value;
}

enum hone_status hone_frame_write(int fd, uint32_t kind, const void *data, size_t n_bytes,
                                  double deadline, struct hone_tail *tail, struct hone_error *err)
{
    uint8_t header[HONE_FRAME_HEADER_BYTES];
    if (n_bytes > UINT32_MAX)
        return hone_fail(err, HONE_ERR_ARGUMENT, "frame: %zu bytes are too many", n_bytes);
    put_u32(header, (uint32_t)n_bytes);
    put_u32(header + 4, kind);
    HONE_TRY(write_all(fd, header, sizeof header, deadline, tail, err));
    return write_all(fd, data, n_bytes, deadline, tail, err);
}

static enum hone_status read_payload(int fd, size_t n_bytes, double deadline,
                                     struct hone_tail *tail, struct hone_frame *frame,
                                     struct hone_error *err)
{
    size_t capacity = 0;
    while (frame->n_bytes < n_bytes) {
        capacity = capacity ? 2 * capacity : FIRST_ALLOCATION_BYTES;
        if (capacity > n_bytes) capacity = n_bytes;
        uint8_t *grown = realloc(frame->data, capacity);
        if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "frame: no memory");
        frame->data = grown;
        HONE_TRY(
            read_all(fd, grown + frame->n_bytes, capacity - frame->n_bytes, deadline, tail, err));
        frame->n_bytes = capacity;
    }
    return HONE_OK;
}

enum hone_status hone_frame_read(int fd, size_t limit, double deadline, struct hone_tail *tail,
                                 struct hone_frame *out_frame, struct hone_error *err)
{
    uint8_t header[HONE_FRAME_HEADER_BYTES];
    *out_frame = (struct hone_frame){0};
    HONE_TRY(read_all(fd, header, sizeof header, deadline, tail, err));
    uint32_t n_bytes = get_u32(header);
    out_frame->kind = get_u32(header + 4);
    if (n_bytes > limit)
        return hone_fail(err, HONE_ERR_FORMAT, "frame: %u bytes announced, %zu is the limit",
                         n_bytes, limit);
    enum hone_status status = read_payload(fd, n_bytes, deadline, tail, out_frame, err);
    if (status != HONE_OK) hone_frame_release(out_frame);
    return status;
}

void hone_frame_release(struct hone_frame *frame)
{
    free(frame->data);
    *frame = (struct hone_frame){0};
}
