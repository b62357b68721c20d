/* SPDX-License-Identifier: MIT */
/* POSIX files behind the three calls the project needs. */
#include "runtime/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hone_status fail_errno(struct hone_error *err, const char *what, const char *path)
{
    return hone_fail(err, errno == ENOENT ? HONE_ERR_NOT_FOUND : HONE_ERR_IO, "%s: cannot %s: %s",
                     path, what, strerror(errno));
}

static enum hone_status open_regular(const char *path, int *out_fd, size_t *out_bytes,
                                     struct hone_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(err, "open", path);
    struct stat info;
    if (fstat(fd, &info) != 0) {
        enum hone_status status = fail_errno(err, "stat", path);
        close(fd);
        return status;
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return hone_fail(err, HONE_ERR_IO, "%s: not a regular file", path);
    }
    *out_fd = fd;
    *out_bytes = (size_t)info.st_size;
    return HONE_OK;
}

enum hone_status hone_file_map_keep(const char *path, struct hone_file_map *out_map, int *out_fd,
                                    struct hone_error *err)
{
    int fd;
    size_t n_bytes;
    *out_map = (struct hone_file_map){0};
    *out_fd = -1;
    HONE_TRY(open_regular(path, &fd, &n_bytes, err));
    void *data = n_bytes ? mmap(NULL, n_bytes, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (data == MAP_FAILED) {
        enum hone_status status = fail_errno(err, "map", path);
        close(fd);
        return status;
    }
    *out_map = (struct hone_file_map){data, n_bytes};
    *out_fd = fd;
    return HONE_OK;
}

enum hone_status hone_file_map(const char *path, struct hone_file_map *out_map,
                               struct hone_error *err)
{
    int fd;
    HONE_TRY(hone_file_map_keep(path, out_map, &fd, err));
    close(fd);
    return HONE_OK;
}

void hone_file_unmap(struct hone_file_map *map)
{
    if (map->data) munmap((void *)(uintptr_t)map->data, map->n_bytes);
    *map = (struct hone_file_map){0};
}

static enum hone_status read_exact(int fd, char *text, size_t n_bytes, const char *path,
                                   struct hone_error *err)
{
    for (size_t done = 0; done < n_bytes;) {
        ssize_t got = read(fd, text + done, n_bytes - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(err, "read", path);
        if (got == 0) return hone_fail(err, HONE_ERR_IO, "%s: shrank while being read", path);
        done += (size_t)got;
    }
    return HONE_OK;
}

enum hone_status hone_file_read(const char *path, size_t limit, char **out_text, size_t *out_bytes,
                                struct hone_error *err)
{
    int fd;
    size_t n_bytes;
    *out_text = NULL;
    HONE_TRY(open_regular(path, &fd, &n_bytes, err));
    if (n_bytes > limit) {
        close(fd);
        return hone_fail(err, HONE_ERR_FORMAT, "%s: %zu bytes, at most %zu expected", path, n_bytes,
                         limit);
    }
    char *text = malloc(n_bytes + 1);
    enum hone_status status = text ? read_exact(fd, text, n_bytes, path, err)
                                   : hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    close(fd);
    if (status != HONE_OK) {
        free(text);
        return status;
    }
    text[n_bytes] = '\0';
    *out_text = text;
    *out_bytes = n_bytes;
    return HONE_OK;
}

static enum hone_status write_exact(int fd, const char *data, size_t n_bytes, const char *path,
                                    struct hone_error *err)
{
    for (size_t done = 0; done < n_bytes;) {
        ssize_t put = write(fd, data + done, n_bytes - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(err, "write", path);
        done += (size_t)put;
    }
    return fsync(fd) == 0 ? HONE_OK : fail_errno(err, "sync", path);
}

/* Without this a crash may lose the new name though the bytes are safe. */
void hone_file_sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 2;
    if (length >= sizeof folder) return;
    memcpy(folder, slash ? path : "./", length);
    folder[length] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

enum hone_status hone_file_replace(const char *path, const void *data, size_t n_bytes,
                                   struct hone_error *err)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: path too long", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) return fail_errno(err, "create a file beside it", path);
    enum hone_status status = write_exact(fd, data, n_bytes, path, err);
    if (status == HONE_OK && fchmod(fd, 0644) != 0) status = fail_errno(err, "set the mode", path);
    close(fd);
    if (status == HONE_OK && rename(temporary, path) != 0) status = fail_errno(err, "rename", path);
    if (status != HONE_OK)
        unlink(temporary);
    else
        hone_file_sync_folder(path);
    return status;
}
