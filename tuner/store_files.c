/* SPDX-License-Identifier: MIT */
/* Stores and exported stores as files. */
#include "tuner/store_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/exchange.h"

static enum hone_status read_store(const char *path, struct hone_arena *arena,
                                   struct hone_content *out_content, struct hone_error *err)
{
    struct hone_store_options reader = {.struct_size = sizeof reader, .read_only = true};
    struct hone_store *store;
    HONE_TRY(hone_store_open(path, &reader, &store, err));
    enum hone_status status = hone_content_read(store, arena, out_content, err);
    hone_store_close(store);
    return status;
}

static enum hone_status read_bytes(FILE *file, const char *path, char **out_data, size_t *out_bytes,
                                   struct hone_error *err)
{
    size_t capacity = 1 << 16, n = 0;
    char *data = malloc(capacity);
    while (data) {
        n += fread(data + n, 1, capacity - n, file);
        if (n < capacity) break;
        if (n > HONE_EXCHANGE_LIMIT_BYTES) break;
        capacity *= 2;
        char *more = realloc(data, capacity);
        if (!more) free(data);
        data = more;
    }
    if (!data) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", path);
    *out_data = data;
    *out_bytes = n;
    if (!ferror(file)) return HONE_OK;
    return hone_fail(err, HONE_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
}

static enum hone_status read_exported(FILE *file, const char *path, struct hone_arena *arena,
                                      struct hone_content *out_content, struct hone_error *err)
{
    char *data = NULL;
    size_t n_bytes = 0;
    enum hone_status status = read_bytes(file, path, &data, &n_bytes, err);
    if (status == HONE_OK) status = hone_import_json(data, n_bytes, path, arena, out_content, err);
    free(data);
    return status;
}

enum hone_status store_file_read(const char *path, struct hone_arena *arena,
                                 struct hone_content *out_content, struct hone_error *err)
{
    static const char magic[] = "SQLite f";
    char head[sizeof magic - 1];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (!file)
        return hone_fail(err, errno == ENOENT ? HONE_ERR_NOT_FOUND : HONE_ERR_IO,
                         "%s: cannot open: %s", path, strerror(errno));
    if (file == stdin) return read_exported(file, path, arena, out_content, err);
    size_t n = fread(head, 1, sizeof head, file);
    /* An empty file is a store that was not begun yet. */
    bool is_store = n == 0 || (n == sizeof head && memcmp(head, magic, n) == 0);
    enum hone_status status = HONE_OK;
    rewind(file);
    if (!is_store) status = read_exported(file, path, arena, out_content, err);
    fclose(file);
    return is_store ? read_store(path, arena, out_content, err) : status;
}

enum hone_status store_file_write(const char *path, const struct hone_content *content,
                                  struct hone_arena *arena, struct hone_content *out_content,
                                  struct hone_merge_counts *counts, struct hone_error *err)
{
    struct hone_store *store;
    HONE_TRY(hone_store_open(path, NULL, &store, err));
    enum hone_status status = hone_content_write(content, store, arena, out_content, counts, err);
    hone_store_close(store);
    return status;
}
