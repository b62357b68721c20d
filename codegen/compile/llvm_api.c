/* SPDX-License-Identifier: MIT */
/* Finds an LLVM shared library and fills the table of its functions. */
#include "codegen/compile/llvm_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/llvm_machine.h"

/* Newest supported first; the names are those of LLVM's own install and of the distributions. */
static const char *const library_names[] = {
    "libLLVM.so.22.1", "libLLVM-22.so",   "libLLVM.so.21.1", "libLLVM-21.so", "libLLVM.so.20.1",
    "libLLVM-20.so",   "libLLVM.so.19.1", "libLLVM-19.so.1", "libLLVM-19.so",
};
enum { N_LIBRARY_NAMES = sizeof library_names / sizeof *library_names };

static struct {
    pthread_once_t once;
    struct llvm_api api;
    enum hone_status status;
    struct hone_error err;
} opened = {.once = PTHREAD_ONCE_INIT};

static bool find_function(void *library, const char *name, void *out_function)
{
    void *symbol = dlsym(library, name);
    memcpy(out_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static enum hone_status fill_table(struct llvm_api *api, const char *path, struct hone_error *err)
{
#define LLVM_FIND(type, name, arguments)                                                           \
    if (!find_function(api->library, "LLVM" #name, &api->name))                                    \
        return hone_fail(err, HONE_ERR_NOT_FOUND, "llvm: %s has no function LLVM" #name, path);
    LLVM_FUNCTIONS(LLVM_FIND)
#undef LLVM_FIND
    unsigned major, minor, patch;
    api->GetVersion(&major, &minor, &patch);
    if (major < LLVM_OLDEST)
        return hone_fail(err, HONE_ERR_NOT_FOUND,
                         "llvm: %s is version %u, %d is the oldest that works", path, major,
                         LLVM_OLDEST);
    snprintf(api->version, sizeof api->version, "llvm %u.%u.%u", major, minor, patch);
    return HONE_OK;
}

/* RTLD_DEEPBIND would hide a sanitizer's allocator from LLVM, so it is not asked for. */
static enum hone_status open_path(struct llvm_api *api, const char *path, struct hone_error *err)
{
    api->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!api->library) return hone_fail(err, HONE_ERR_NOT_FOUND, "llvm: %s", dlerror());
    enum hone_status status = fill_table(api, path, err);
    if (status == HONE_OK) return HONE_OK;
    dlclose(api->library);
    api->library = NULL;
    return status;
}

static enum hone_status open_any(struct llvm_api *api, struct hone_error *err)
{
    const char *wanted = getenv("HONE_LLVM");
    if (wanted && *wanted) {
        enum hone_status status = open_path(api, wanted, err);
        return status == HONE_OK ? HONE_OK : hone_fail_in(err, status, "HONE_LLVM=%s", wanted);
    }
    char tried[256] = "", reason[256] = "";
    for (size_t i = 0; i < N_LIBRARY_NAMES; i++) {
        struct hone_error failed;
        if (open_path(api, library_names[i], &failed) == HONE_OK) return HONE_OK;
        size_t used = strlen(tried);
        snprintf(tried + used, sizeof tried - used, " %s", library_names[i]);
        bool is_missing = strstr(failed.text, "No such file") != NULL;
        if (!is_missing && !*reason) snprintf(reason, sizeof reason, " (%.250s)", failed.text);
    }
    return hone_fail(err, HONE_ERR_NOT_FOUND,
                     "llvm: no library found%s, looked for%s; HONE_LLVM may name one", reason,
                     tried);
}

static void open_once(void)
{
    opened.status = open_any(&opened.api, &opened.err);
    if (opened.status == HONE_OK) llvm_machine_initialize(opened.api.library);
}

enum hone_status llvm_open(const struct llvm_api **out_api, struct hone_error *err)
{
    *out_api = NULL;
    pthread_once(&opened.once, open_once);
    if (opened.status != HONE_OK) {
        if (err) *err = opened.err;
        return opened.status;
    }
    *out_api = &opened.api;
    return HONE_OK;
}
