/* SPDX-License-Identifier: MIT */
/* The JSON document of a space: its file, over the one it is like. */
#include "codegen/space/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/space/rules.h"
#include "runtime/base/file.h"

/* Objects of which a space that is like another changes single members. */
static const char *const merged[] = {"let", "parameters", "default", "cost"};

enum hone_status document_parse(const char *text, size_t n_bytes, const char *file,
                                json_t **out_root, struct hone_error *err)
{
    json_error_t where;
    *out_root = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, &where);
    if (*out_root) return HONE_OK;
    rules_one_line(where.text);
    return hone_fail(err, HONE_ERR_TEMPLATE, "%s:%d:%d: %s", file, where.line, where.column,
                     where.text);
}

static bool is_merged(const char *key, const json_t *ours, const json_t *theirs)
{
    if (!json_is_object(ours) || !json_is_object(theirs)) return false;
    for (size_t i = 0; i < sizeof merged / sizeof *merged; i++)
        if (!strcmp(key, merged[i])) return true;
    return false;
}

/* Puts what `root` says over what `base` says. */
static bool put_over(json_t *base, json_t *root)
{
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        json_t *theirs = json_object_get(base, key);
        if (!strcmp(key, "like")) continue;
        if (is_merged(key, value, theirs) ? json_object_update(theirs, value)
                                          : json_object_set(base, key, value))
            return false;
    }
    return true;
}

/* The path of the file of that name in the same folder; NULL without memory. */
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    char *other;
    if (asprintf(&other, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, name) < 0)
        return NULL;
    return other;
}

static enum hone_status read_base(const char *path, const char *name, json_t **out_base,
                                  struct hone_error *err)
{
    char *other = beside(path, name), *text;
    size_t n_bytes;
    *out_base = NULL;
    if (!other) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for search space %s", path);
    enum hone_status status = hone_file_read(other, SPACE_FILE_LIMIT, &text, &n_bytes, err);
    if (status == HONE_OK) {
        status = document_parse(text, n_bytes, other, out_base, err);
        free(text);
    }
    if (status == HONE_OK && json_object_get(*out_base, "like"))
        status =
            hone_fail(err, HONE_ERR_TEMPLATE, "%s: like: %s is like another itself", path, other);
    free(other);
    return status;
}

static enum hone_status check_name(const char *path, const json_t *like, struct hone_error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const char *name = json_string_value(like);
    if (name && *name && *name != '.' && name[strspn(name, letters)] == '\0' &&
        strlen(name) == json_string_length(like))
        return HONE_OK;
    return hone_fail(err, HONE_ERR_TEMPLATE, "%s: like: the name of a file beside it was expected",
                     path);
}

enum hone_status document_resolve(const char *path, json_t **root, struct hone_error *err)
{
    const json_t *like = json_is_object(*root) ? json_object_get(*root, "like") : NULL;
    json_t *base;
    if (!like) return HONE_OK;
    HONE_TRY(check_name(path, like, err));
    enum hone_status status = read_base(path, json_string_value(like), &base, err);
    if (status == HONE_OK && !json_is_object(base))
        status = hone_fail(err, HONE_ERR_TEMPLATE, "%s: like: %s holds no object", path,
                           json_string_value(like));
    if (status == HONE_OK && !put_over(base, *root))
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for search space %s", path);
    if (status != HONE_OK) {
        json_decref(base);
        return status;
    }
    json_decref(*root);
    *root = base;
    return HONE_OK;
}
