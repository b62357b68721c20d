/* SPDX-License-Identifier: MIT */
/* Environments: short flat lists of names and values, chained to a parent. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/template/expr_node.h"
#include "codegen/template/lexer.h"
#include "runtime/base/hash.h"

struct hone_env_entry {
    uint64_t hash;
    char *name;
    char *text; /* owned, when the value is text */
    struct hone_value value;
};

void hone_env_init(struct hone_env *env, const struct hone_env *parent)
{
    *env = (struct hone_env){.parent = parent};
}

void hone_env_release(struct hone_env *env)
{
    for (size_t i = 0; i < env->n_entries; i++) {
        free(env->entries[i].name);
        free(env->entries[i].text);
    }
    free(env->entries);
    *env = (struct hone_env){0};
}

static bool is_name(const char *name)
{
    if (!lexer_is_name_start(*name)) return false;
    while (lexer_is_name_char(*name)) name++;
    return !*name;
}

static struct hone_env_entry *find_here(const struct hone_env *env, const char *name, uint64_t hash)
{
    for (size_t i = 0; i < env->n_entries; i++)
        if (env->entries[i].hash == hash && !strcmp(env->entries[i].name, name))
            return &env->entries[i];
    return NULL;
}

static struct hone_env_entry *add_entry(struct hone_env *env, const char *name, uint64_t hash)
{
    if (env->n_entries == env->capacity) {
        size_t capacity = env->capacity ? env->capacity * 2 : 16;
        void *entries = reallocarray(env->entries, capacity, sizeof *env->entries);
        if (!entries) return NULL;
        env->entries = entries;
        env->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy) return NULL;
    struct hone_env_entry *entry = &env->entries[env->n_entries++];
    *entry = (struct hone_env_entry){.hash = hash, .name = copy};
    return entry;
}

enum hone_status hone_env_set(struct hone_env *env, const char *name,
                              const struct hone_value *value, struct hone_error *err)
{
    if (!is_name(name)) return hone_fail(err, HONE_ERR_ARGUMENT, "'%.64s' is not a name", name);
    if (value->kind == HONE_VALUE_FLOAT && !isfinite(value->f))
        return hone_fail(err, HONE_ERR_ARGUMENT, "'%s' is not a finite number", name);
    char *text = NULL;
    if (value->kind == HONE_VALUE_TEXT && !(text = strdup(value->text)))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the value of '%s'", name);
    uint64_t hash = hone_fnv1a(name, strlen(name));
    struct hone_env_entry *entry = find_here(env, name, hash);
    if (!entry && !(entry = add_entry(env, name, hash))) {
        free(text);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the name '%s'", name);
    }
    free(entry->text);
    entry->text = text;
    entry->value = *value;
    if (text) entry->value.text = text;
    return HONE_OK;
}

enum hone_status hone_env_set_int(struct hone_env *env, const char *name, int64_t value,
                                  struct hone_error *err)
{
    return hone_env_set(env, name, &(struct hone_value){HONE_VALUE_INT, .i = value}, err);
}

enum hone_status hone_env_set_float(struct hone_env *env, const char *name, double value,
                                    struct hone_error *err)
{
    return hone_env_set(env, name, &(struct hone_value){HONE_VALUE_FLOAT, .f = value}, err);
}

enum hone_status hone_env_set_text(struct hone_env *env, const char *name, const char *value,
                                   struct hone_error *err)
{
    return hone_env_set(env, name, &(struct hone_value){HONE_VALUE_TEXT, .text = value}, err);
}

bool expr_env_find(const struct hone_env *env, const char *name, uint64_t hash,
                   struct hone_value *out_value)
{
    for (; env; env = env->parent) {
        const struct hone_env_entry *entry = find_here(env, name, hash);
        if (!entry) continue;
        *out_value = entry->value;
        return true;
    }
    return false;
}

bool hone_env_get(const struct hone_env *env, const char *name, struct hone_value *out_value)
{
    return expr_env_find(env, name, hone_fnv1a(name, strlen(name)), out_value);
}

bool hone_env_at(const struct hone_env *env, size_t i, const char **out_name,
                 struct hone_value *out_value)
{
    if (i >= env->n_entries) return false;
    *out_name = env->entries[i].name;
    *out_value = env->entries[i].value;
    return true;
}

void hone_env_unset(struct hone_env *env, const char *name)
{
    struct hone_env_entry *entry = find_here(env, name, hone_fnv1a(name, strlen(name)));
    if (!entry) return;
    free(entry->name);
    free(entry->text);
    *entry = env->entries[--env->n_entries];
}

int hone_value_print(const struct hone_value *value, char *out_text, size_t n_bytes)
{
    if (value->kind == HONE_VALUE_INT)
        return snprintf(out_text, n_bytes, "%lld", (long long)value->i);
    if (value->kind == HONE_VALUE_FLOAT) return snprintf(out_text, n_bytes, "%.17g", value->f);
    return snprintf(out_text, n_bytes, "%s", value->text);
}

bool hone_value_equal(const struct hone_value *a, const struct hone_value *b)
{
    bool a_text = a->kind == HONE_VALUE_TEXT, b_text = b->kind == HONE_VALUE_TEXT;
    if (a_text || b_text) return a_text && b_text && !strcmp(a->text, b->text);
    if (a->kind == HONE_VALUE_INT && b->kind == HONE_VALUE_INT) return a->i == b->i;
    return expr_as_double(a) == expr_as_double(b);
}
