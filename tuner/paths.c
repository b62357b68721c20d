/* SPDX-License-Identifier: MIT */
/* Finds this executable's neighbours and its templates. */
#include "tuner/paths.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False when the path does not fit. */
static bool join(char out_path[PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(out_path, PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < PATH_MAX;
}

static bool holds_data(const char *folder)
{
    char path[PATH_MAX];
    return join(path, folder, "search-spaces") && access(path, R_OK | X_OK) == 0 &&
           join(path, folder, "templates") && access(path, R_OK | X_OK) == 0;
}

static enum hone_status find_data(const char *folder, char out_path[PATH_MAX],
                                  struct hone_error *err)
{
    char installed[PATH_MAX];
    if (!join(installed, folder, "../share/hone")) installed[0] = '\0';
    const char *asked = getenv("HONE_DATA");
    const char *const places[] = {asked ? asked : installed, installed, HONE_DATA_DIR};
    for (size_t i = asked ? 0 : 1; i < 3; i++) {
        if (holds_data(places[i])) {
            snprintf(out_path, PATH_MAX, "%s", places[i]);
            return HONE_OK;
        }
        if (asked) break; /* a wrong HONE_DATA is an error, not a hint */
    }
    return hone_fail(err, HONE_ERR_NOT_FOUND, "no templates/ and search-spaces/ in %s%s%s",
                     asked ? asked : installed, asked ? " (HONE_DATA)" : " or ",
                     asked ? "" : HONE_DATA_DIR);
}

enum hone_status hone_paths_find(struct hone_paths *out_paths, struct hone_error *err)
{
    ssize_t n = readlink("/proc/self/exe", out_paths->hone, PATH_MAX - 1);
    if (n < 0)
        return hone_fail(err, HONE_ERR_IO, "/proc/self/exe: cannot be read: %s", strerror(errno));
    out_paths->hone[n] = '\0';
    char folder[PATH_MAX];
    memcpy(folder, out_paths->hone, (size_t)n + 1);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    if (!join(out_paths->run, folder, "hone-run") ||
        !join(out_paths->runner, folder, "hone-runner"))
        return hone_fail(err, HONE_ERR_IO, "%s: path too long", folder);
    return find_data(folder, out_paths->data, err);
}
