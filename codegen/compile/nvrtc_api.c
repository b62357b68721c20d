/* SPDX-License-Identifier: MIT */
/* Finds NVRTC - by name, in CUDA's own folders, in Python packages - and fills the table of its
 * functions. */
#include "codegen/compile/nvrtc_api.h"

#include <dlfcn.h>
#include <glob.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, MAX_BUILTINS = 8 };

static const char *const library_names[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2",
                                            "libnvrtc.so"};
enum { N_LIBRARY_NAMES = sizeof library_names / sizeof *library_names };

/* Folders in the order they are asked, the newest version in each; `variable` names the folder
 * that the pattern goes on from. */
static const struct {
    const char *variable, *pattern;
} folders[] = {
    {"CUDA_HOME", "/lib64"},
    {"CUDA_HOME", "/lib"},
    {"CUDA_PATH", "/lib64"},
    {"VIRTUAL_ENV", "/lib/python3*/site-packages/nvidia/*/lib"},
    {"CONDA_PREFIX", "/lib/python3*/site-packages/nvidia/*/lib"},
    {"CONDA_PREFIX", "/lib"},
    {NULL, "/usr/local/cuda/lib64"},
    {NULL, "/usr/local/cuda/lib"},
    {NULL, "/usr/local/cuda-*/lib64"},
    {NULL, "/usr/local/cuda-*/lib"},
    {NULL, "/opt/cuda/lib64"},
    {"HOME", "/.local/lib/python3*/site-packages/nvidia/*/lib"},
    {NULL, "/usr/local/lib/python3*/site-packages/nvidia/*/lib"},
    {NULL, "/usr/local/lib/python3*/dist-packages/nvidia/*/lib"},
    {NULL, "/usr/lib/python3*/site-packages/nvidia/*/lib"},
    {NULL, "/usr/lib/python3/dist-packages/nvidia/*/lib"},
    {NULL, "/opt/conda/lib/python3*/site-packages/nvidia/*/lib"},
};

static struct {
    pthread_once_t once;
    struct nvrtc_api api;
    enum hone_status status;
    struct hone_error err;
} opened = {.once = PTHREAD_ONCE_INIT};

static bool find_function(void *library, const char *name, void *out_function)
{
    void *symbol = dlsym(library, name);
    memcpy(out_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static enum hone_status read_archs(struct nvrtc_api *api, const char *path, struct hone_error *err)
{
    int n = 0;
    if (api->GetNumSupportedArchs(&n) != NVRTC_OK || n < 1 || n > NVRTC_MAX_ARCHS ||
        api->GetSupportedArchs(api->archs) != NVRTC_OK)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "nvrtc: %s does not say what it compiles for",
                         path);
    api->n_archs = n;
    return HONE_OK;
}

static enum hone_status fill_table(struct nvrtc_api *api, const char *path, struct hone_error *err)
{
#define NVRTC_FIND(type, name, arguments)                                                          \
    if (!find_function(api->library, "nvrtc" #name, &api->name))                                   \
        return hone_fail(err, HONE_ERR_NOT_FOUND, "nvrtc: %s has no function nvrtc" #name, path);
    NVRTC_FUNCTIONS(NVRTC_FIND)
#undef NVRTC_FIND
    int major = 0, minor = 0;
    if (api->Version(&major, &minor) != NVRTC_OK ||
        100 * major + minor < 100 * NVRTC_OLDEST_MAJOR + NVRTC_OLDEST_MINOR)
        return hone_fail(err, HONE_ERR_NOT_FOUND,
                         "nvrtc: %s is version %d.%d, %d.%d is the oldest that works", path, major,
                         minor, NVRTC_OLDEST_MAJOR, NVRTC_OLDEST_MINOR);
    snprintf(api->version, sizeof api->version, "nvrtc %d.%d", major, minor);
    snprintf(api->path, sizeof api->path, "%s", path);
    return read_archs(api, path, err);
}

/* Runs through the files that match, the highest version first. */
static bool each_match(const char *pattern, bool (*visit)(const char *path, void *context),
                       void *context)
{
    glob_t found;
    bool done = false;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) return false;
    for (size_t left = found.gl_pathc; left > 0 && !done; left--) {
        size_t best = 0;
        for (size_t i = 1; i < left; i++)
            if (strverscmp(found.gl_pathv[i], found.gl_pathv[best]) > 0) best = i;
        char *path = found.gl_pathv[best];
        done = visit(path, context);
        found.gl_pathv[best] = found.gl_pathv[left - 1];
        found.gl_pathv[left - 1] = path; /* the list frees it */
    }
    globfree(&found);
    return done;
}

static bool open_builtins_at(const char *path, void *context)
{
    int *n_left = context;
    dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    return --*n_left == 0;
}

/* NVRTC asks the loader for its builtins by name and does not look beside itself: what is open
 * already, under that name, is found. One that is missing is told by the first compilation. */
static void open_builtins(const char *library_path)
{
    char pattern[PATH_BYTES];
    const char *slash = strrchr(library_path, '/');
    int n_left = MAX_BUILTINS;
    if (!slash) return;
    int n = snprintf(pattern, sizeof pattern, "%.*s/libnvrtc-builtins.so.[0-9]*",
                     (int)(slash - library_path), library_path);
    if (n < (int)sizeof pattern) each_match(pattern, open_builtins_at, &n_left);
}

static enum hone_status open_path(struct nvrtc_api *api, const char *path, struct hone_error *err)
{
    struct link_map *map = NULL;
    open_builtins(path);
    api->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!api->library) return hone_fail(err, HONE_ERR_NOT_FOUND, "nvrtc: %s", dlerror());
    bool was_name = strchr(path, '/') == NULL;
    if (was_name && dlinfo(api->library, RTLD_DI_LINKMAP, &map) == 0) open_builtins(map->l_name);
    enum hone_status status = fill_table(api, path, err);
    if (status == HONE_OK) return HONE_OK;
    dlclose(api->library);
    api->library = NULL;
    return status;
}

/* What is told when nothing could be opened. */
struct search {
    struct nvrtc_api *api;
    char reason[256]; /* of the first that is there and does not work */
};

static bool try_path(const char *path, void *context)
{
    struct search *search = context;
    struct hone_error failed;
    if (open_path(search->api, path, &failed) == HONE_OK) return true;
    bool is_missing = strstr(failed.text, "No such file") != NULL;
    if (!is_missing && !search->reason[0])
        snprintf(search->reason, sizeof search->reason, " (%.250s)", failed.text);
    return false;
}

static bool try_folder(size_t number, struct search *search)
{
    char pattern[PATH_BYTES];
    const char *start = "";
    if (folders[number].variable) start = getenv(folders[number].variable);
    if (!start || (folders[number].variable && start[0] != '/')) return false;
    int n = snprintf(pattern, sizeof pattern, "%s%s/libnvrtc.so.[0-9]*", start,
                     folders[number].pattern);
    return n < (int)sizeof pattern && each_match(pattern, try_path, search);
}

static enum hone_status open_any(struct nvrtc_api *api, struct hone_error *err)
{
    const char *wanted = getenv("HONE_NVRTC");
    if (wanted && *wanted) {
        enum hone_status status = open_path(api, wanted, err);
        return status == HONE_OK ? HONE_OK : hone_fail_in(err, status, "HONE_NVRTC=%s", wanted);
    }
    struct search search = {.api = api};
    for (size_t i = 0; i < N_LIBRARY_NAMES; i++)
        if (try_path(library_names[i], &search)) return HONE_OK;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (try_folder(i, &search)) return HONE_OK;
    return hone_fail(err, HONE_ERR_NOT_FOUND,
                     "nvrtc: no library found%s, looked for libnvrtc.so.13, .12, .11.2 on the "
                     "loader's path, in /usr/local/cuda*/lib64 and in Python packages "
                     "(nvidia/*/lib); HONE_NVRTC may name one",
                     search.reason);
}

static void open_once(void)
{
    opened.status = open_any(&opened.api, &opened.err);
}

enum hone_status nvrtc_open(const struct nvrtc_api **out_api, struct hone_error *err)
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
