/* SPDX-License-Identifier: MIT */
/* Opening a recorded space: unpack, parse, and the reader that the file's first keys ask for. */
#include "tuner/replay/record.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/file.h"
#include "tuner/replay/build.h"
#include "tuner/replay/finish.h"
#include "tuner/replay/unpack.h"

static const struct {
    const char *key;
    enum hone_status (*read)(struct build *build, const json_t *root, struct hone_error *err);
} formats[] = {{"hone_record", read_own}, {"results", read_t4}, {"cache", read_kernel_tuner}};

/* Kernel Tuner appends to its file while it runs: one that was stopped lacks the closing braces and
 * ends with a comma. *length grows by two at most, and the text has room for them. */
static json_t *load_unclosed(char *text, size_t length)
{
    while (length && strchr(" \t\r\n,", text[length - 1])) length--;
    if (length == 0 || text[length - 1] != '}') return NULL;
    memcpy(text + length, "}}", 2);
    return json_loadb(text, length + 2, 0, NULL);
}

static enum hone_status load(const void *data, size_t n_bytes, const char *name, json_t **out_root,
                             struct hone_error *err)
{
    char *text, *longer;
    size_t length;
    json_error_t error;
    HONE_TRY(unpack(data, n_bytes, HONE_RECORD_MAX_TEXT, name, &text, &length, err));
    *out_root = json_loadb(text, length, 0, &error);
    if (!*out_root && (longer = realloc(text, length + 2)) != NULL) {
        text = longer;
        *out_root = load_unclosed(text, length);
    }
    free(text);
    if (!*out_root)
        return hone_fail(err, HONE_ERR_FORMAT, "%s:%d:%d: %s", name, error.line, error.column,
                         error.text);
    return HONE_OK;
}

static enum hone_status read_root(struct build *build, const json_t *root, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (json_object_get(root, formats[i].key)) {
            HONE_TRY(formats[i].read(build, root, err));
            return build_finish(build, err);
        }
    return hone_fail(err, HONE_ERR_FORMAT,
                     "%s: neither a hone record nor a T4 file nor a Kernel Tuner cache",
                     build->file);
}

/* What a message quotes from the file may not break its line. */
static void on_one_line(struct hone_error *err)
{
    for (char *c = err ? err->text : NULL; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
}

enum hone_status hone_record_parse(const void *data, size_t n_bytes, const char *name,
                                   struct hone_record **out_record, struct hone_error *err)
{
    json_t *root;
    struct hone_record *record = calloc(1, sizeof *record);
    if (!record) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", name);
    record->space = record->problem = record->op = "";
    hone_env_init(&record->facts, NULL);
    enum hone_status status = load(data, n_bytes, name, &root, err);
    if (status == HONE_OK) {
        struct build build = {.file = name, .record = record};
        status = read_root(&build, root, err);
        free(build.rows);
        free(build.points);
        json_decref(root);
    }
    if (status == HONE_OK) {
        *out_record = record;
        return HONE_OK;
    }
    on_one_line(err);
    hone_record_free(record);
    return status;
}

enum hone_status hone_record_read(const char *path, struct hone_record **out_record,
                                  struct hone_error *err)
{
    struct hone_file_map map;
    HONE_TRY(hone_file_map(path, &map, err));
    enum hone_status status = hone_record_parse(map.data, map.n_bytes, path, out_record, err);
    hone_file_unmap(&map);
    return status;
}

void hone_record_free(struct hone_record *record)
{
    if (!record) return;
    hone_env_release(&record->facts);
    hone_pool_free(record->pool);
    hone_arena_release(&record->arena);
    free(record);
}

static int by_config(const void *key, const void *point)
{
    return memcmp(key, &((const struct hone_record_point *)point)->config,
                  sizeof(struct hone_config));
}

const struct hone_record_point *hone_record_find(const struct hone_record *record,
                                                 const struct hone_config *config)
{
    return bsearch(config, record->points, record->n_points, sizeof *record->points, by_config);
}
