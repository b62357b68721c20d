/* SPDX-License-Identifier: MIT */
/* Reading a fleet's plan: every member is known, of its type and of characters that a script can
 * hold. */
#include "tuner/fleet_plan.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NAME, WORD, PATH, LINE, NUMBER, LIST, DEVICES };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;
    bool needed;
};

#define P(name, kind, needed)                                                                      \
    {                                                                                              \
#name, kind, offsetof(struct fleet_plan, name), needed                                     \
    }
#define D(name, kind, needed)                                                                      \
    {                                                                                              \
#name, kind, offsetof(struct fleet_device, name), needed                                   \
    }

static const struct member plan_members[] = {
    P(name, NAME, false),      P(output, PATH, true),           P(budget, WORD, false),
    P(time, WORD, false),      P(models, LIST, true),           P(options, LIST, false),
    P(devices, DEVICES, true), P(merge_partition, WORD, false),
};

static const struct member device_members[] = {
    D(name, NAME, true),        D(shards, NUMBER, true),   D(max_running, NUMBER, false),
    D(threads, NUMBER, false),  D(partition, WORD, false), D(gres, WORD, false),
    D(constraint, WORD, false), D(time, WORD, false),      D(budget, WORD, false),
    D(target, WORD, false),     D(runner, LINE, false),
};

struct reader {
    const char *path, *folder;
    struct hone_arena *arena;
    struct hone_error *err;
    char place[64];
};

static enum hone_status fail(struct reader *r, const char *name, const char *expected)
{
    return hone_fail(r->err, HONE_ERR_FORMAT, "%s: %s%.40s: %s expected", r->path, r->place, name,
                     expected);
}

/* Characters that end no word in a line of directives and no path in a shell. */
static bool is_word(const char *text, const char *also)
{
    for (const char *c = text; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              strchr(also, *c)))
            return false;
    return text[0] != '\0';
}

static bool is_line(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127) return false;
    return text[0] != '\0';
}

static const char *resolved(struct reader *r, const char *text)
{
    return text[0] == '/' ? hone_arena_text(r->arena, text, strlen(text))
                          : hone_arena_printf(r->arena, "%s/%s", r->folder, text);
}

static enum hone_status take_text(struct reader *r, const struct member *member,
                                  const json_t *value, const char **out)
{
    const char *text = json_string_value(value);
    if (!text) return fail(r, member->name, "a text");
    if (member->kind == NAME && !is_word(text, "_.-")) return fail(r, member->name, "a plain name");
    if (member->kind == WORD && !is_word(text, "_.-:,=+/@&|*()[]"))
        return fail(r, member->name, "a word without blanks, quotes and '%'");
    if (!is_line(text)) return fail(r, member->name, "one line");
    *out = member->kind == PATH ? resolved(r, text) : hone_arena_text(r->arena, text, strlen(text));
    if (!*out) return hone_fail(r->err, HONE_ERR_NO_MEMORY, "fleet: no memory");
    /* the plan's folder is part of a path */
    if (member->kind == PATH && !is_word(*out, "_.-:,=+/@"))
        return fail(r, member->name, "a path without blanks, quotes and '%'");
    return HONE_OK;
}

static enum hone_status take_list(struct reader *r, const struct member *member, json_t *value,
                                  struct fleet_plan *plan)
{
    bool models = strcmp(member->name, "models") == 0;
    const char **out = models ? plan->models : plan->options;
    size_t most = models ? FLEET_MOST_MODELS : sizeof plan->options / sizeof *plan->options;
    size_t n = json_array_size(value);
    if (!json_is_array(value) || n > most || (models && n == 0))
        return fail(r, member->name, models ? "a list of 1 to 64 files" : "a list of 64 at most");
    for (size_t i = 0; i < n; i++) {
        struct member one = {member->name, LINE, 0, true};
        HONE_TRY(take_text(r, &one, json_array_get(value, i), &out[i]));
        if (models) out[i] = resolved(r, out[i]);
        if (!out[i]) return hone_fail(r->err, HONE_ERR_NO_MEMORY, "fleet: no memory");
    }
    *(models ? &plan->n_models : &plan->n_options) = n;
    return HONE_OK;
}

static enum hone_status take_devices(struct reader *r, json_t *value, struct fleet_plan *plan);

static enum hone_status take_member(struct reader *r, const struct member *member, json_t *value,
                                    void *out)
{
    void *at = (char *)out + member->offset;
    if (member->kind == DEVICES) return take_devices(r, value, out);
    if (member->kind == LIST) {
        *(const char **)at = NULL;
        return value            ? take_list(r, member, value, out)
               : member->needed ? fail(r, member->name, "a list")
                                : HONE_OK;
    }
    if (!value && member->needed) return fail(r, member->name, "a member that is not there was");
    if (member->kind != NUMBER) {
        *(const char **)at = "";
        return value ? take_text(r, member, value, at) : HONE_OK;
    }
    json_int_t number = json_integer_value(value);
    if (value && (!json_is_integer(value) || number < 1 || number > FLEET_MOST_SHARDS))
        return fail(r, member->name, "an integer of 1 to 9999");
    *(uint32_t *)at = (uint32_t)number;
    return HONE_OK;
}

static enum hone_status take_object(struct reader *r, json_t *value, const struct member *members,
                                    size_t n_members, void *out)
{
    const char *name;
    json_t *ignored;
    if (!json_is_object(value)) return fail(r, "", "an object");
    json_object_foreach(value, name, ignored)
    {
        bool known = strcmp(name, "version") == 0 && members == plan_members;
        for (size_t i = 0; i < n_members; i++) known |= strcmp(name, members[i].name) == 0;
        if (!known) return fail(r, is_line(name) ? name : "?", "no such member is");
    }
    for (size_t i = 0; i < n_members; i++)
        HONE_TRY(take_member(r, &members[i], json_object_get(value, members[i].name), out));
    return HONE_OK;
}

static enum hone_status take_devices(struct reader *r, json_t *value, struct fleet_plan *plan)
{
    size_t n = json_array_size(value);
    if (n == 0 || n > FLEET_MOST_DEVICES)
        return fail(r, "devices", "a list of 1 to 64 kinds of device");
    for (size_t i = 0; i < n; i++) {
        snprintf(r->place, sizeof r->place, "devices[%zu].", i);
        HONE_TRY(take_object(r, json_array_get(value, i), device_members,
                             sizeof device_members / sizeof *device_members, &plan->devices[i]));
        for (size_t k = 0; k < i; k++)
            if (strcmp(plan->devices[i].name, plan->devices[k].name) == 0)
                return fail(r, "name", "a name of its own");
    }
    r->place[0] = '\0';
    plan->n_devices = n;
    return HONE_OK;
}

static enum hone_status take_plan(struct reader *r, json_t *root, struct fleet_plan *plan)
{
    json_t *version = json_object_get(root, "version");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return fail(r, "version", "1");
    HONE_TRY(take_object(r, root, plan_members, sizeof plan_members / sizeof *plan_members, plan));
    if (!plan->name[0]) plan->name = "hone";
    return HONE_OK;
}

static const char *folder_of(const char *path, struct hone_arena *arena)
{
    char *full = realpath(path, NULL);
    char *slash = full ? strrchr(full, '/') : NULL;
    const char *folder =
        slash ? hone_arena_text(arena, full, slash == full ? 1 : (size_t)(slash - full)) : NULL;
    free(full);
    return folder;
}

enum hone_status fleet_plan_read(const char *path, struct hone_arena *arena,
                                 struct fleet_plan *out_plan, struct hone_error *err)
{
    struct reader r = {.path = path, .arena = arena, .err = err};
    json_error_t where;
    memset(out_plan, 0, sizeof *out_plan);
    r.folder = folder_of(path, arena);
    if (!r.folder)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: cannot be opened: %s", path,
                         strerror(errno));
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: line %d, column %d: %.120s", path, where.line,
                         where.column, where.text);
    enum hone_status status = take_plan(&r, root, out_plan);
    json_decref(root);
    return status;
}
