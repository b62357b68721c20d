/* SPDX-License-Identifier: MIT */
/* All spaces of a folder, and the check of a space against its template. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/space/rules.h"

static int is_space_file(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && !strcmp(dot, ".json");
}

/* By bytes, not by locale: the order must be the same on every machine. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum hone_status add_file(struct hone_space_list *list, const char *folder, const char *name,
                                 struct hone_error *err)
{
    char *path;
    struct hone_space *space;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for search spaces");
    enum hone_status status = hone_space_load(path, &space, err);
    free(path);
    HONE_TRY(status);
    const struct hone_space *twin = hone_space_list_find(list, space->name);
    if (twin) {
        status = rules_fail(space, err, "space '%s' is in %s already", space->name, twin->file);
        hone_space_free(space);
        return status;
    }
    list->spaces[list->n_spaces++] = space;
    return HONE_OK;
}

enum hone_status hone_space_list_load(const char *folder, struct hone_space_list *out_list,
                                      struct hone_error *err)
{
    struct dirent **entries;
    *out_list = (struct hone_space_list){0};
    int n = scandir(folder, &entries, is_space_file, by_name);
    if (n < 0)
        return hone_fail(err, errno == ENOENT ? HONE_ERR_NOT_FOUND : HONE_ERR_IO,
                         "%s: cannot read the folder: %s", folder, strerror(errno));
    enum hone_status status = HONE_OK;
    out_list->spaces = calloc((size_t)n + 1, sizeof *out_list->spaces);
    if (!out_list->spaces)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for search spaces");
    for (int i = 0; i < n; i++) {
        if (status == HONE_OK) status = add_file(out_list, folder, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    if (status != HONE_OK) hone_space_list_free(out_list);
    return status;
}

void hone_space_list_free(struct hone_space_list *list)
{
    for (size_t i = 0; i < list->n_spaces; i++) hone_space_free(list->spaces[i]);
    free(list->spaces);
    *list = (struct hone_space_list){0};
}

const struct hone_space *hone_space_list_find(const struct hone_space_list *list, const char *name)
{
    for (size_t i = 0; i < list->n_spaces; i++)
        if (!strcmp(list->spaces[i]->name, name)) return list->spaces[i];
    return NULL;
}

static bool space_has(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_problem; i++)
        if (!strcmp(space->problem[i], name)) return true;
    for (size_t i = 0; i < space->n_parameters; i++)
        if (!strcmp(space->parameters[i].name, name)) return true;
    return false;
}

static bool template_has(const struct hone_template *tmpl, const char *name)
{
    for (size_t i = 0; i < tmpl->n_params; i++)
        if (!strcmp(tmpl->params[i].name, name)) return true;
    return false;
}

/* The schedule is the launch's business: the text need not know what decides it. */
static bool is_of_schedule(const struct hone_space *space, const char *name)
{
    return space->grid_schedule && hone_expr_uses(space->grid_schedule, name);
}

/* The names one side lacks, " A B", cut to fit. */
struct names {
    char text[160];
};

static void add_name(struct names *names, const char *name)
{
    size_t used = strlen(names->text);
    snprintf(names->text + used, sizeof names->text - used, " %s", name);
}

enum hone_status hone_space_check(const struct hone_space *space, const struct hone_template *tmpl,
                                  struct hone_error *err)
{
    struct names undeclared = {""}, unknown = {""};
    if (strcmp(space->name, tmpl->space))
        return rules_fail(space, err, "template %s belongs to space '%s', not to '%s'", tmpl->path,
                          tmpl->space, space->name);
    for (size_t i = 0; i < space->n_problem; i++)
        if (!template_has(tmpl, space->problem[i])) add_name(&undeclared, space->problem[i]);
    for (size_t i = 0; i < space->n_parameters; i++) {
        const char *name = space->parameters[i].name;
        if (!template_has(tmpl, name) && !is_of_schedule(space, name)) add_name(&undeclared, name);
    }
    for (size_t i = 0; i < tmpl->n_params; i++)
        if (!space_has(space, tmpl->params[i].name)) add_name(&unknown, tmpl->params[i].name);
    if (!*undeclared.text && !*unknown.text) return HONE_OK;
    return rules_fail(space, err, "parameters differ from template %s:%s%s%s%s%s", tmpl->path,
                      *undeclared.text ? " without $param line:" : "", undeclared.text,
                      *undeclared.text && *unknown.text ? ";" : "",
                      *unknown.text ? " not in the space:" : "", unknown.text);
}
