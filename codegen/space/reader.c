/* SPDX-License-Identifier: MIT */
/* Typed access to the JSON of a search space, with errors that name the key. */
#include "codegen/space/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codegen/space/rules.h"

enum hone_status reader_fail(const struct reader *r, const char *key, const char *format, ...)
{
    char message[HONE_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    rules_one_line(message);
    return hone_fail(r->err, HONE_ERR_TEMPLATE, "%s: %s: %s", r->space->file, key, message);
}

enum hone_status reader_no_memory(const struct reader *r)
{
    return hone_fail(r->err, HONE_ERR_NO_MEMORY, "no memory for search space %s", r->space->file);
}

void reader_key(char out_key[KEY_BYTES], const char *list, size_t index)
{
    snprintf(out_key, KEY_BYTES, "%s[%zu]", list, index);
}

void reader_member(char out_key[KEY_BYTES], const char *object, const char *name)
{
    snprintf(out_key, KEY_BYTES, "%s.%s", object, name);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool fits(const char *word, enum word_kind kind)
{
    if (kind == WORD_ANY) return true;
    if (!*word || (kind == WORD_NAME && !is_letter(*word))) return false;
    for (; *word; word++) {
        if (is_letter(*word) || is_digit(*word)) continue;
        if (kind == WORD_NAME || !strchr("./+-", *word)) return false;
    }
    return true;
}

static enum hone_status keep(const struct reader *r, const char *word, const char **out_word)
{
    *out_word = hone_arena_text(&r->space->arena, word, strlen(word));
    return *out_word ? HONE_OK : reader_no_memory(r);
}

static enum hone_status check_text(const struct reader *r, const json_t *json, const char *key)
{
    if (!json_is_string(json)) return reader_fail(r, key, "text was expected");
    return HONE_OK;
}

enum hone_status reader_word(const struct reader *r, const json_t *json, const char *key,
                             enum word_kind kind, const char **out_word)
{
    static const char *const what[] = {
        [WORD_NAME] = "a name (letters, digits, '_')",
        [WORD_VALUE] = "a value of letters, digits and _./+-",
        [WORD_PATH] = "a path of letters, digits and _./+-",
    };
    HONE_TRY(check_text(r, json, key));
    const char *word = json_string_value(json);
    if (!fits(word, kind))
        return reader_fail(r, key, "%s was expected, not '%.64s'", what[kind], word);
    if (kind != WORD_ANY && strlen(word) >= HONE_SPACE_NAME_BYTES)
        return reader_fail(r, key, "longer than %d bytes", HONE_SPACE_NAME_BYTES - 1);
    return keep(r, word, out_word);
}

enum hone_status reader_name(const struct reader *r, const char *name, const char *key,
                             const char **out_name)
{
    if (!fits(name, WORD_NAME) || strlen(name) >= HONE_SPACE_NAME_BYTES)
        return reader_fail(r, key, "'%.64s' is not a name (letters, digits, '_'; at most %d)", name,
                           HONE_SPACE_NAME_BYTES - 1);
    return keep(r, name, out_name);
}

/* Jansson forgets where a value stood: a quoted text that stands in the file exactly once is found
 * again by looking for it. */
static bool find_place(const struct reader *r, const char *source, struct hone_place *place)
{
    size_t length = strlen(source);
    const char *found = NULL, *end = r->text + r->n_bytes, *at = r->text;
    while (length && (at = memmem(at, (size_t)(end - at), source, length))) {
        bool is_quoted = at > r->text && at[-1] == '"' && at + length < end && at[length] == '"';
        if (is_quoted && found) return false;
        if (is_quoted) found = at;
        at++;
    }
    if (!found) return false;
    *place = (struct hone_place){r->space->file, 1, 1};
    for (at = r->text; at < found; at++) {
        place->column++;
        if (*at == '\n') place->line++, place->column = 1;
    }
    return true;
}

enum hone_status reader_expr(const struct reader *r, const json_t *json, const char *key,
                             const struct hone_expr **out_expr)
{
    if (!json) return reader_fail(r, key, "missing");
    if (!json_is_string(json)) return reader_fail(r, key, "an expression in \"\" was expected");
    const char *source = json_string_value(json);
    struct hone_arena *arena = &r->space->arena;
    struct hone_place place;
    if (!find_place(r, source, &place)) {
        place = (struct hone_place){hone_arena_printf(arena, "%s: %s", r->space->file, key), 1, 1};
        if (!place.file) return reader_no_memory(r);
    }
    return hone_expr_parse_with(source, json_string_length(json), &place, r->space->lets,
                                r->space->n_lets, arena, out_expr, r->err);
}

enum hone_status reader_list(const struct reader *r, const json_t *json, const char *key,
                             size_t limit)
{
    if (!json_is_array(json)) return reader_fail(r, key, "a list was expected");
    if (json_array_size(json) > limit) return reader_fail(r, key, "more than %zu entries", limit);
    return HONE_OK;
}

enum hone_status reader_object(const struct reader *r, const json_t *json, const char *key,
                               size_t limit)
{
    if (!json_is_object(json)) return reader_fail(r, key, "an object was expected");
    if (json_object_size(json) > limit) return reader_fail(r, key, "more than %zu keys", limit);
    return HONE_OK;
}

static bool is_listed(const char *key, const char *const *keys, size_t n_keys)
{
    for (size_t i = 0; i < n_keys; i++)
        if (!strcmp(key, keys[i])) return true;
    return false;
}

enum hone_status reader_keys(const struct reader *r, const json_t *object, const char *parent,
                             const char *const *keys, size_t n_keys, const char *const *optional,
                             size_t n_optional)
{
    const char *shown = parent ? parent : "the file";
    const char *key;
    json_t *value;
    json_object_foreach(
        (json_t *)object, key,
        value) if (!is_listed(key, keys, n_keys) &&
                   !is_listed(key, optional,
                              n_optional)) return reader_fail(r, shown, "unknown key '%.64s'", key);
    for (size_t i = 0; i < n_keys; i++)
        if (!json_object_get(object, keys[i]))
            return reader_fail(r, shown, "key '%s' is missing", keys[i]);
    return HONE_OK;
}
