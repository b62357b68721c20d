/* SPDX-License-Identifier: MIT */
/* The template files below one root, loaded through the caller's loader and parsed once each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/template/expr_node.h"
#include "codegen/template/syntax.h"
#include "runtime/base/file.h"

void template_append_error(struct hone_error *err, const char *format, ...)
{
    if (!err) return;
    size_t used = strlen(err->text);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text + used, sizeof err->text - used, format, args);
    va_end(args);
    expr_one_line(err->text + used);
}

static enum hone_status load_from_dir(void *context, const char *path, char **out_text,
                                      size_t *out_bytes, struct hone_error *err)
{
    struct hone_template_library *library = context;
    char *full;
    if (asprintf(&full, "%s/%s", library->root, path) < 0)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the path of %s", path);
    enum hone_status status = hone_file_read(full, TEMPLATE_FILE_LIMIT, out_text, out_bytes, err);
    free(full);
    return status;
}

enum hone_status hone_template_library_open(const struct hone_template_loader *loader,
                                            struct hone_template_library **out_library,
                                            struct hone_error *err)
{
    *out_library = NULL;
    struct hone_template_library *library = calloc(1, sizeof *library);
    if (library) library->display = strdup(loader->display ? loader->display : "");
    if (!library || !library->display) {
        hone_template_library_close(library);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a template library");
    }
    library->loader = *loader;
    *out_library = library;
    return HONE_OK;
}

enum hone_status hone_template_library_open_dir(const char *root,
                                                struct hone_template_library **out_library,
                                                struct hone_error *err)
{
    size_t length = strlen(root);
    while (length > 1 && root[length - 1] == '/') length--;
    const char *slash = length ? memrchr(root, '/', length) : NULL;
    const char *name = slash && slash + 1 < root + length ? slash + 1 : root;
    char *display;
    if (asprintf(&display, "%.*s/", (int)(root + length - name), name) < 0)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a template library");
    struct hone_template_loader loader = {.load = load_from_dir, .display = display};
    enum hone_status status = hone_template_library_open(&loader, out_library, err);
    free(display);
    HONE_TRY(status);
    (*out_library)->loader.context = *out_library;
    (*out_library)->root = strndup(root, length);
    if ((*out_library)->root) return HONE_OK;
    hone_template_library_close(*out_library);
    *out_library = NULL;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a template library");
}

static void free_file(struct hone_template_file *file)
{
    struct hone_arena arena = file->arena; /* it holds the file itself */
    hone_arena_release(&arena);
}

void hone_template_library_close(struct hone_template_library *library)
{
    if (!library) return;
    for (struct hone_template_file *file = library->files, *next; file; file = next) {
        next = file->next;
        free_file(file);
    }
    free(library->root);
    free(library->display);
    free(library);
}

/* Only plain relative paths reach the loader, so that no template reads outside its root. */
static bool is_inside(const char *path)
{
    for (const char *part = path;;) {
        size_t length = strcspn(part, "/");
        if (!length || !strncmp(part, "..", length)) return false; /* "", "." and ".." */
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)part[i] < ' ' || part[i] == '\\' || part[i] == 127) return false;
        if (!part[length]) return true;
        part += length + 1;
    }
}

static enum hone_status parse_file(struct hone_template_library *library, const char *path,
                                   const char *text, size_t n_bytes,
                                   struct hone_template_file **out_file, struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct hone_template_file *file = hone_arena_alloc(&arena, sizeof *file);
    if (!file) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for template %s", path);
    file->arena = arena;
    file->path = hone_arena_text(&file->arena, path, strlen(path));
    file->display = hone_arena_printf(&file->arena, "%s%s", library->display, path);
    enum hone_status status = HONE_OK;
    if (!file->path || !file->display)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for template %s", path);
    else if (n_bytes > TEMPLATE_FILE_LIMIT)
        status = hone_fail(err, HONE_ERR_LIMIT, "%s: larger than %d bytes", file->display,
                           TEMPLATE_FILE_LIMIT);
    else
        status = template_parse(file, text, n_bytes, err);
    if (status != HONE_OK) {
        free_file(file);
        return status;
    }
    file->head.path = file->path;
    file->head.file = file;
    *out_file = file;
    return HONE_OK;
}

enum hone_status template_library_file(struct hone_template_library *library, const char *path,
                                       const struct hone_template_file **out_file,
                                       struct hone_error *err)
{
    for (*out_file = library->files; *out_file; *out_file = (*out_file)->next)
        if (!strcmp((*out_file)->path, path)) return HONE_OK;
    if (!is_inside(path))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "'%.200s' is not a path inside the templates folder", path);
    char *text = NULL;
    size_t n_bytes = 0;
    HONE_TRY(library->loader.load(library->loader.context, path, &text, &n_bytes, err));
    struct hone_template_file *file = NULL;
    enum hone_status status = parse_file(library, path, text, n_bytes, &file, err);
    free(text);
    HONE_TRY(status);
    file->next = library->files;
    library->files = file;
    *out_file = file;
    return HONE_OK;
}

enum hone_status hone_template_load(struct hone_template_library *library, const char *path,
                                    const struct hone_template **out_template,
                                    struct hone_error *err)
{
    const struct hone_template_file *file;
    *out_template = NULL;
    HONE_TRY(template_library_file(library, path, &file, err));
    if (!file->head.name)
        return hone_fail(err, HONE_ERR_TEMPLATE, "%s:1:1: a template opens with $template NAME",
                         file->display);
    *out_template = &file->head;
    return HONE_OK;
}
