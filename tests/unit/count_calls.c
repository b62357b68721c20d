/* SPDX-License-Identifier: MIT */
/* The linker's --wrap sends calls of the program and of our static libraries here. */
#include "count_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static _Atomic long n_calls;
static _Atomic long n_left = -1;
static _Atomic bool has_failed;

void count_calls_reset(void)
{
    n_calls = 0;
}

long count_calls(void)
{
    return n_calls;
}

bool count_calls_fail_after(long n)
{
    bool all_served = !has_failed;
    has_failed = false;
    n_left = n;
    return all_served;
}

static bool is_refused(void)
{
    n_calls++;
    if (n_left < 0) return false;
    if (n_left-- > 0) return false;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

#define WRAPPED(type, name, parameters, arguments, refusal)                                        \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return is_refused() ? (refusal) : __real_##name arguments;                                 \
    }

WRAPPED(void *, malloc, (size_t n), (n), NULL)
WRAPPED(void *, calloc, (size_t n, size_t size), (n, size), NULL)
WRAPPED(void *, realloc, (void *old, size_t n), (old, n), NULL)
WRAPPED(void *, aligned_alloc, (size_t unit, size_t n), (unit, n), NULL)
WRAPPED(char *, strdup, (const char *text), (text), NULL)
WRAPPED(void *, mmap, (void *at, size_t n, int protection, int flags, int fd, off_t offset),
        (at, n, protection, flags, fd, offset), MAP_FAILED)
WRAPPED(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *),
         void *argument),
        (thread, attributes, start, argument), EAGAIN)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return is_refused() ? -1 : __real_open(path, flags, mode);
}
