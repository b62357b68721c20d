/* SPDX-License-Identifier: MIT */
/* A worker process: its own process group, pipes on stdin, stdout and stderr, a memory limit, and
 * an end that leaves neither a zombie nor a descriptor behind. */
#ifndef HONE_COMPILE_CHILD_H
#define HONE_COMPILE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "codegen/compile/tail.h"
#include "runtime/base/status.h"

struct hone_child {
    pid_t pid; /* 0 = not running */
    int to;    /* its stdin */
    int from;  /* its stdout */
    struct hone_tail log;
};

/* `command` is looked up in PATH. The address-space limit is not set when it is 0 (a program built
 * with a sanitizer reserves more than any sensible one). NOT_FOUND, IO, NO_MEMORY. */
enum hone_status hone_child_start(const char *const *command, uint64_t memory_bytes,
                                  struct hone_child *out_child, struct hone_error *err);

/* Without waiting. A child that has ended stays to be stopped. */
bool hone_child_running(const struct hone_child *child);

/* Until there is something to read from it. TIMEOUT after so many seconds, of which only those that
 * this process was awake for count: a machine that was paused is nobody's fault. CRASHED when it
 * has ended, even if a process that it started still holds its end of the pipe. */
enum hone_status hone_child_await(struct hone_child *child, double seconds, struct hone_error *err);

/* Closes its stdin, waits up to `grace_seconds` for it to end, then kills its whole group and reaps
 * it. Says how it ended: "SIGABRT: <line of its stderr>". `out_end` may be NULL. */
void hone_child_stop(struct hone_child *child, double grace_seconds, char *out_end,
                     size_t capacity);

#endif
