/* SPDX-License-Identifier: MIT */
/* A library to preload: call number FAIL_AT of malloc, calloc, realloc, aligned_alloc and mmap
 * fails. With FAIL_COUNT=FILE the number of calls is written there at the end. Programs that this
 * one starts are left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own names: dlsym would itself allocate. */
void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t count, size_t n_bytes);
void *__libc_realloc(void *at, size_t n_bytes);
void *__libc_memalign(size_t align, size_t n_bytes);

static atomic_long n_calls;
static long fail_at;
static char count_path[4096];

static bool fails(void)
{
    if (atomic_fetch_add(&n_calls, 1) + 1 != fail_at) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n_bytes)
{
    return fails() ? NULL : __libc_malloc(n_bytes);
}

void *calloc(size_t count, size_t n_bytes)
{
    return fails() ? NULL : __libc_calloc(count, n_bytes);
}

void *realloc(void *at, size_t n_bytes)
{
    return fails() ? NULL : __libc_realloc(at, n_bytes);
}

void *aligned_alloc(size_t align, size_t n_bytes)
{
    return fails() ? NULL : __libc_memalign(align, n_bytes);
}

void *mmap(void *at, size_t n_bytes, int protection, int flags, int fd, off_t offset)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "mmap");
    return fails() ? MAP_FAILED : real(at, n_bytes, protection, flags, fd, offset);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT"), *path = getenv("FAIL_COUNT");
    if (path && strlen(path) < sizeof count_path) strcpy(count_path, path);
    unsetenv("LD_PRELOAD");
    atomic_store(&n_calls, 0);
    fail_at = at ? atol(at) : 0;
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    if (!count_path[0]) return;
    int fd = open(count_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int n = snprintf(text, sizeof text, "%ld\n", atomic_load(&n_calls));
    if (fd < 0 || write(fd, text, (size_t)n) != n) _exit(99);
    close(fd);
}
