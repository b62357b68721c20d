/* SPDX-License-Identifier: MIT */
/* dlopen and a table of names. */
#include "runtime/base/late.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RTLD_DEEPBIND would hide a sanitizer's allocator from the library, so it is not asked for. */
static bool open_path(struct hone_late_library *library, const char *path)
{
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library->handle) return false;
    snprintf(library->path, sizeof library->path, "%s", path);
    return true;
}

static enum hone_status open_any(const struct hone_late_request *request,
                                 struct hone_late_library *library, struct hone_error *err)
{
    const char *wanted = request->environment ? getenv(request->environment) : NULL;
    if (wanted && *wanted) {
        if (open_path(library, wanted)) return HONE_OK;
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: %s=%s: %s", request->what,
                         request->environment, wanted, dlerror());
    }
    char reason[256] = "";
    for (const char *const *path = request->paths; *path; path++) {
        if (open_path(library, *path)) return HONE_OK;
        const char *text = dlerror();
        bool is_missing = strstr(text, "No such file") != NULL;
        if (!is_missing && !*reason) snprintf(reason, sizeof reason, " (%.250s)", text);
    }
    return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no %s%s", request->what, request->paths[0],
                     reason);
}

enum hone_status hone_late_open(const struct hone_late_request *request, void *table,
                                struct hone_late_library *out_library, struct hone_error *err)
{
    *out_library = (struct hone_late_library){0};
    struct hone_late_library library = {0};
    HONE_TRY(open_any(request, &library, err));
    for (size_t i = 0; i < request->n_names; i++) {
        void *symbol = dlsym(library.handle, request->names[i].name);
        if (!symbol) {
            hone_late_close(&library);
            return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: %s has no function %s", request->what,
                             library.path, request->names[i].name);
        }
        memcpy((char *)table + request->names[i].offset, &symbol, sizeof symbol);
    }
    *out_library = library;
    return HONE_OK;
}

void hone_late_close(struct hone_late_library *library)
{
    if (library->handle) dlclose(library->handle);
    library->handle = NULL;
}
