/* SPDX-License-Identifier: MIT */
/* Reading the JSON form of a store. Every member must be there, of its type and in its bounds, and
 * no other; the first that is not is named with its place. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cache/content_internal.h"
#include "cache/exchange.h"
#include "cache/exchange_internal.h"

struct reader {
    const char *name;
    struct hone_arena *arena;
    struct hone_error *err;
    char place[96]; /* "variants[3].trials[2]" */
};

static enum hone_status fail(struct reader *r, const char *member, const char *expected)
{
    return hone_fail(r->err, HONE_ERR_FORMAT, "%s: %s%s%s: %s expected", r->name, r->place,
                     r->place[0] && member[0] ? "." : "", member, expected);
}

static enum hone_status no_memory(struct reader *r)
{
    return hone_fail(r->err, HONE_ERR_NO_MEMORY, "%s: no memory", r->name);
}

/* Texts of keys are shown on terminals and compared: plain ASCII. Others may be any UTF-8 without
 * control characters. */
static enum hone_status take_text(struct reader *r, const struct exchange_member *member,
                                  const json_t *value, const char **out)
{
    bool key = member->kind == EXCHANGE_KEY;
    size_t most = key ? EXCHANGE_KEY_BYTES : EXCHANGE_TEXT_BYTES, n = json_string_length(value);
    const char *text = json_string_value(value);
    if (!text) return fail(r, member->name, "a text");
    if (n > most) return fail(r, member->name, key ? "4096 bytes at most" : "65536 bytes at most");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c == 127 || (key && c > 127))
            return fail(r, member->name,
                        key ? "printable ASCII" : "a text without control characters");
    }
    *out = hone_arena_text(r->arena, text, n);
    return *out ? HONE_OK : no_memory(r);
}

static enum hone_status take_integer(struct reader *r, const struct exchange_member *member,
                                     const json_t *value, void *at)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value)) return fail(r, member->name, "an integer");
    if (member->kind == EXCHANGE_U32) {
        if (number < 0 || number > UINT32_MAX)
            return fail(r, member->name, "an integer of 0 to 4294967295");
        *(uint32_t *)at = (uint32_t)number;
        return HONE_OK;
    }
    if (member->kind == EXCHANGE_COUNT && number < 0)
        return fail(r, member->name, "an integer of at least 0");
    *(int64_t *)at = number;
    return HONE_OK;
}

static enum hone_status take_member(struct reader *r, const struct exchange_member *member,
                                    const json_t *value, void *row)
{
    void *at = (char *)row + member->offset;
    if (!value) return fail(r, member->name, "a member that is not there was");
    switch (member->kind) {
    case EXCHANGE_KEY:
    case EXCHANGE_TEXT: return take_text(r, member, value, at);
    case EXCHANGE_FLAG:
        if (!json_is_boolean(value)) return fail(r, member->name, "true or false");
        *(bool *)at = json_is_true(value);
        return HONE_OK;
    case EXCHANGE_REAL:
        if (!json_is_number(value) || !(json_number_value(value) >= 0) ||
            !isfinite(json_number_value(value)))
            return fail(r, member->name, "a number of at least 0");
        *(double *)at = json_number_value(value) + 0.0; /* no negative zero */
        return HONE_OK;
    default: return take_integer(r, member, value, at);
    }
}

static bool is_member(const struct exchange_row *row, const char *name)
{
    for (size_t i = 0; i < row->n_members; i++)
        if (strcmp(row->members[i].name, name) == 0) return true;
    return false;
}

/* `also`: one member more, which the caller takes; NULL for none. */
static enum hone_status take_row(struct reader *r, const struct exchange_row *row, const char *also,
                                 json_t *value, void *out)
{
    const char *name;
    json_t *member;
    if (!json_is_object(value)) return fail(r, "", "an object");
    json_object_foreach(value, name, member)
    {
        if (is_member(row, name) || (also && strcmp(name, also) == 0)) continue;
        char shown[64];
        snprintf(shown, sizeof shown, "%.40s", name);
        for (char *c = shown; *c; c++)
            if ((unsigned char)*c < 32 || (unsigned char)*c >= 127) *c = '?';
        return fail(r, shown, "no such member is");
    }
    for (size_t i = 0; i < row->n_members; i++)
        HONE_TRY(
            take_member(r, &row->members[i], json_object_get(value, row->members[i].name), out));
    return HONE_OK;
}

static enum hone_status take_samples(struct reader *r, const json_t *value,
                                     struct hone_store_trial *trial)
{
    size_t n = json_array_size(value);
    if (!json_is_array(value)) return fail(r, "samples_ns", "an array of numbers");
    if (n > EXCHANGE_MAX_SAMPLES) return fail(r, "samples_ns", "65536 numbers at most");
    double *samples = hone_arena_array(r->arena, n + 1, sizeof *samples);
    if (!samples) return no_memory(r);
    for (size_t i = 0; i < n; i++) {
        samples[i] = json_number_value(json_array_get(value, i));
        if (!(samples[i] > 0) || !isfinite(samples[i]))
            return fail(r, "samples_ns", "an array of numbers above 0");
    }
    trial->samples = samples;
    trial->n_samples = n;
    return HONE_OK;
}

/* A claim that contradicts itself is worse than none. */
static enum hone_status check_trial(struct reader *r, const struct hone_store_trial *trial)
{
    if (!trial->valid && strcmp(trial->reason, "ok") == 0)
        return fail(r, "reason", "the reason of a refusal");
    if (trial->valid && strcmp(trial->reason, "ok") != 0)
        return fail(r, "reason", "'ok', for a valid trial,");
    if (trial->valid && !(trial->median_ns > 0))
        return fail(r, "median_ns", "a time above 0, for a valid trial,");
    return HONE_OK;
}

/* Room for all rows of an array at once. */
static enum hone_status take_array(struct reader *r, json_t *root, const char *name,
                                   size_t row_bytes, json_t **out_array, void **out_rows)
{
    r->place[0] = '\0';
    *out_array = json_object_get(root, name);
    if (!json_is_array(*out_array)) return fail(r, name, "an array");
    *out_rows = hone_arena_array(r->arena, json_array_size(*out_array) + 1, row_bytes);
    return *out_rows ? HONE_OK : no_memory(r);
}

static enum hone_status take_trials(struct reader *r, json_t *array, size_t v,
                                    const struct hone_store_variant *variant,
                                    struct hone_content *content)
{
    for (size_t t = 0; t < json_array_size(array); t++) {
        struct hone_store_trial *trial = &content->trials[content->n_trials];
        json_t *value = json_array_get(array, t);
        snprintf(r->place, sizeof r->place, "variants[%zu].trials[%zu]", v, t);
        HONE_TRY(take_row(r, &exchange_trial, "samples_ns", value, trial));
        HONE_TRY(take_samples(r, json_object_get(value, "samples_ns"), trial));
        HONE_TRY(check_trial(r, trial));
        trial->variant = *variant;
        content->n_trials++;
    }
    return HONE_OK;
}

static enum hone_status take_variants(struct reader *r, json_t *root, struct hone_content *content)
{
    json_t *array;
    void *rows;
    size_t n_trials = 0;
    HONE_TRY(take_array(r, root, "variants", sizeof(struct hone_store_variant), &array, &rows));
    struct hone_store_variant *variants = rows;
    for (size_t v = 0; v < json_array_size(array); v++) {
        json_t *trials = json_object_get(json_array_get(array, v), "trials");
        snprintf(r->place, sizeof r->place, "variants[%zu]", v);
        HONE_TRY(take_row(r, &exchange_variant, "trials", json_array_get(array, v), &variants[v]));
        if (json_array_size(trials) == 0) return fail(r, "trials", "at least one trial");
        if (!variants[v].problem[0]) return fail(r, "problem", "a problem");
        n_trials += json_array_size(trials);
    }
    content->trials = hone_arena_array(r->arena, n_trials + 1, sizeof *content->trials);
    if (!content->trials) return no_memory(r);
    for (size_t v = 0; v < json_array_size(array); v++)
        HONE_TRY(take_trials(r, json_object_get(json_array_get(array, v), "trials"), v,
                             &variants[v], content));
    return HONE_OK;
}

static enum hone_status take_winners(struct reader *r, json_t *root, struct hone_content *content)
{
    json_t *array;
    void *rows;
    HONE_TRY(take_array(r, root, "winners", sizeof *content->winners, &array, &rows));
    content->winners = rows;
    for (size_t i = 0; i < json_array_size(array); i++) {
        snprintf(r->place, sizeof r->place, "winners[%zu]", i);
        HONE_TRY(
            take_row(r, &exchange_winner, NULL, json_array_get(array, i), &content->winners[i]));
        if (!(content->winners[i].median_ns > 0)) return fail(r, "median_ns", "a time above 0");
        content->n_winners++;
    }
    return HONE_OK;
}

static enum hone_status take_quarantine(struct reader *r, json_t *root,
                                        struct hone_content *content)
{
    json_t *array;
    void *rows;
    HONE_TRY(take_array(r, root, "quarantine", sizeof *content->quarantine, &array, &rows));
    content->quarantine = rows;
    for (size_t i = 0; i < json_array_size(array); i++) {
        snprintf(r->place, sizeof r->place, "quarantine[%zu]", i);
        HONE_TRY(take_row(r, &exchange_quarantine, NULL, json_array_get(array, i),
                          &content->quarantine[i]));
        content->n_quarantine++;
    }
    return HONE_OK;
}

static enum hone_status take_meta(struct reader *r, json_t *root, struct hone_content *content)
{
    static const struct exchange_member name_member = {"(name)", EXCHANGE_KEY, 0, false},
                                        value_member = {"(value)", EXCHANGE_TEXT, 0, false};
    json_t *object = json_object_get(root, "meta"), *value;
    const char *name;
    r->place[0] = '\0';
    if (!json_is_object(object)) return fail(r, "meta", "an object");
    content->meta = hone_arena_array(r->arena, json_object_size(object) + 1, sizeof *content->meta);
    if (!content->meta) return no_memory(r);
    snprintf(r->place, sizeof r->place, "meta");
    json_object_foreach(object, name, value)
    {
        struct hone_content_meta *row = &content->meta[content->n_meta];
        json_t *text = json_string(name);
        enum hone_status status =
            text ? take_text(r, &name_member, text, &row->name) : no_memory(r);
        json_decref(text);
        HONE_TRY(status);
        HONE_TRY(take_text(r, &value_member, value, &row->value));
        content->n_meta++;
    }
    return HONE_OK;
}

static enum hone_status check_head(struct reader *r, json_t *root)
{
    static const char *const members[] = {"format",   "version", "meta",
                                          "variants", "winners", "quarantine"};
    json_t *format = json_object_get(root, "format"), *version = json_object_get(root, "version");
    if (!json_is_string(format) || strcmp(json_string_value(format), EXCHANGE_FORMAT) != 0)
        return fail(r, "format", "'" EXCHANGE_FORMAT "'");
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return fail(r, "version", "a version");
    if (json_integer_value(version) > HONE_EXCHANGE_VERSION)
        return hone_fail(r->err, HONE_ERR_VERSION,
                         "%s: version %" JSON_INTEGER_FORMAT ", this hone reads up to %d", r->name,
                         json_integer_value(version), HONE_EXCHANGE_VERSION);
    if (json_object_size(root) > sizeof members / sizeof *members)
        return fail(r, "", "'format', 'version', 'meta', 'variants', 'winners' and 'quarantine'");
    return HONE_OK;
}

/* Each winner is one of the file's variants, tried in its regime on its device and found right. */
static enum hone_status check_winners(struct reader *r, const struct hone_content *content)
{
    for (size_t i = 0; i < content->n_winners; i++) {
        if (content_has_valid_trial(content, &content->winners[i])) continue;
        snprintf(r->place, sizeof r->place, "winner %.60s", content->winners[i].variant.config);
        return fail(r, "", "a valid trial of it on its device and in its regime");
    }
    return HONE_OK;
}

static enum hone_status take_all(struct reader *r, json_t *root, struct hone_content *content)
{
    if (!json_is_object(root)) return fail(r, "", "an object");
    HONE_TRY(check_head(r, root));
    HONE_TRY(take_meta(r, root, content));
    HONE_TRY(take_variants(r, root, content));
    HONE_TRY(take_winners(r, root, content));
    HONE_TRY(take_quarantine(r, root, content));
    size_t n_trials = content->n_trials, n_winners = content->n_winners;
    HONE_TRY(hone_content_settle(content, r->arena, r->err));
    r->place[0] = '\0';
    if (content->n_trials != n_trials) return fail(r, "variants", "each trial only once");
    if (content->n_winners != n_winners)
        return fail(r, "winners", "each only once and of a variant of this file");
    return check_winners(r, content);
}

enum hone_status hone_import_json(const char *data, size_t n_bytes, const char *name,
                                  struct hone_arena *arena, struct hone_content *out_content,
                                  struct hone_error *err)
{
    struct reader r = {.name = name, .arena = arena, .err = err};
    json_error_t where;
    memset(out_content, 0, sizeof *out_content);
    if (n_bytes > HONE_EXCHANGE_LIMIT_BYTES)
        return hone_fail(err, HONE_ERR_LIMIT, "%s: larger than 1 GiB", name);
    json_t *root = json_loadb(data, n_bytes, JSON_REJECT_DUPLICATES, &where);
    if (!root) {
        for (char *c = where.text; *c; c++)
            if ((unsigned char)*c < 32 || (unsigned char)*c >= 127) *c = '?';
        return hone_fail(err, HONE_ERR_FORMAT, "%s: line %d, column %d: %.120s", name, where.line,
                         where.column, where.text);
    }
    enum hone_status status = take_all(&r, root, out_content);
    json_decref(root);
    return status;
}
