/* SPDX-License-Identifier: MIT */
/* Files: read-only mappings, whole-file text, and replacement that is all or nothing. */
#ifndef HONE_BASE_FILE_H
#define HONE_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct hone_file_map {
    const uint8_t *data; /* NULL for an empty file */
    size_t n_bytes;
};

/* Maps a regular file read-only and private. The map outlives the descriptor. */
enum hone_status hone_file_map(const char *path, struct hone_file_map *out_map,
                               struct hone_error *err);
/* As above; the descriptor stays open for further mappings and is the caller's to close. */
enum hone_status hone_file_map_keep(const char *path, struct hone_file_map *out_map, int *out_fd,
                                    struct hone_error *err);
void hone_file_unmap(struct hone_file_map *map);

/* Reads a whole file of at most `limit` bytes; *out_text is terminated and freed by the caller. */
enum hone_status hone_file_read(const char *path, size_t limit, char **out_text, size_t *out_bytes,
                                struct hone_error *err);

/* Writes beside `path`, syncs and renames: `path` is the old file or the whole new one. */
enum hone_status hone_file_replace(const char *path, const void *data, size_t n_bytes,
                                   struct hone_error *err);

/* After a rename: makes the new name itself survive a crash. Best effort. */
void hone_file_sync_folder(const char *path);

#endif
