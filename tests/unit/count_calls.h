/* SPDX-License-Identifier: MIT */
/* Counts calls that take memory, open files or start threads, and makes one of them fail. The
 * program is linked with HONE_COUNTED_CALLS, which puts these in the place of the real ones. */
#ifndef HONE_TEST_COUNT_CALLS_H
#define HONE_TEST_COUNT_CALLS_H

#include <stdbool.h>

void count_calls_reset(void);
long count_calls(void);

/* Lets `n` more calls through, fails the one after; n < 0 ends that. Returns whether every call
 * since the last setting was let through. */
bool count_calls_fail_after(long n);

#endif
