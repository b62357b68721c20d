/* SPDX-License-Identifier: MIT */
/* A library to preload: call number FAIL_AT of those that write, cut or sync a file whose path has
 * FAIL_PATH in it fails with the error FAIL_ERRNO; with FAIL_ALWAYS=1 so do all that follow, with
 * FAIL_SHORT=1 half of the bytes are written first. FAIL_COUNT=FILE gets the number of calls.
 * Programs that this one starts are left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long n_calls;
static long fail_at;
static int fail_errno;
static bool fail_always, fail_short;
static char fail_path[256], count_path[4096];

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static bool fails(int fd)
{
    char link[64], path[4096];
    if (!fail_path[0]) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return false;
    path[n] = '\0';
    if (!strstr(path, fail_path)) return false;
    long call = atomic_fetch_add(&n_calls, 1) + 1;
    if (fail_at == 0 || (call != fail_at && !(fail_always && call > fail_at))) return false;
    errno = fail_errno;
    return true;
}

static ssize_t half(int fd, const void *data, size_t n_bytes, off_t at)
{
    static ssize_t (*pwrite_real)(int, const void *, size_t, off_t);
    if (!pwrite_real) *(void **)&pwrite_real = real("pwrite");
    int reason = errno;
    ssize_t n = fail_short && n_bytes > 1 ? pwrite_real(fd, data, n_bytes / 2, at) : -1;
    errno = reason;
    return n;
}

ssize_t write(int fd, const void *data, size_t n_bytes)
{
    static ssize_t (*next)(int, const void *, size_t);
    if (!next) *(void **)&next = real("write");
    return fails(fd) ? -1 : next(fd, data, n_bytes);
}

ssize_t pwrite(int fd, const void *data, size_t n_bytes, off_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next) *(void **)&next = real("pwrite");
    return fails(fd) ? half(fd, data, n_bytes, at) : next(fd, data, n_bytes, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n_bytes, off_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next) *(void **)&next = real("pwrite64");
    return fails(fd) ? half(fd, data, n_bytes, at) : next(fd, data, n_bytes, at);
}

int fsync(int fd)
{
    static int (*next)(int);
    if (!next) *(void **)&next = real("fsync");
    return fails(fd) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    static int (*next)(int);
    if (!next) *(void **)&next = real("fdatasync");
    return fails(fd) ? -1 : next(fd);
}

int ftruncate(int fd, off_t n_bytes)
{
    static int (*next)(int, off_t);
    if (!next) *(void **)&next = real("ftruncate");
    return fails(fd) ? -1 : next(fd, n_bytes);
}

int ftruncate64(int fd, off_t n_bytes)
{
    static int (*next)(int, off_t);
    if (!next) *(void **)&next = real("ftruncate64");
    return fails(fd) ? -1 : next(fd, n_bytes);
}

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAIL_PATH"), *count = getenv("FAIL_COUNT");
    if (count && strlen(count) < sizeof count_path) strcpy(count_path, count);
    fail_at = number("FAIL_AT");
    fail_errno = (int)number("FAIL_ERRNO");
    fail_always = number("FAIL_ALWAYS") != 0;
    fail_short = number("FAIL_SHORT") != 0;
    if (path && strlen(path) < sizeof fail_path) strcpy(fail_path, path);
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    if (!count_path[0]) return;
    fail_path[0] = '\0';
    int fd = open(count_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int n = snprintf(text, sizeof text, "%ld\n", atomic_load(&n_calls));
    if (fd < 0 || write(fd, text, (size_t)n) != n) _exit(99);
    close(fd);
}
