/* SPDX-License-Identifier: MIT */
/* The JSON form of a store: its members, and writing it. */
#include "cache/exchange.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cache/content_internal.h"
#include "cache/exchange_internal.h"
#include "cache/keys.h"

#define V(name, kind, member)                                                                      \
    {                                                                                              \
        name, kind, offsetof(struct hone_store_variant, member), false                             \
    }
#define T(name, kind, member)                                                                      \
    {                                                                                              \
        name, kind, offsetof(struct hone_store_trial, member), false                               \
    }
#define T_VARIES(name, kind, member)                                                               \
    {                                                                                              \
        name, kind, offsetof(struct hone_store_trial, member), true                                \
    }
#define W(name, kind, member)                                                                      \
    {                                                                                              \
        name, kind, offsetof(struct hone_store_winner, member), false                              \
    }
#define Q(name, kind, member)                                                                      \
    {                                                                                              \
        name, kind, offsetof(struct hone_store_quarantine, member), false                          \
    }
#define ROW(members)                                                                               \
    {                                                                                              \
        members, sizeof members / sizeof *members                                                  \
    }

static const struct exchange_member variant_members[] = {
    V("problem", EXCHANGE_KEY, problem),
    V("op", EXCHANGE_KEY, op),
    V("space", EXCHANGE_KEY, space),
    V("config", EXCHANGE_KEY, config),
    V("formats", EXCHANGE_KEY, formats),
    V("code_key", EXCHANGE_KEY, code_key),
    V("source_hash", EXCHANGE_KEY, source_hash),
    V("target", EXCHANGE_KEY, target),
    V("compiler", EXCHANGE_KEY, compiler),
    V("options", EXCHANGE_KEY, options),
    V("numerics", EXCHANGE_KEY, numerics),
    V("engine", EXCHANGE_U32, engine),
    V("abi", EXCHANGE_U32, abi),
    V("contract", EXCHANGE_U32, contract),
    V("grid_rule", EXCHANGE_U32, grid_rule),
    V("grid_p0", EXCHANGE_U32, grid_p0),
    V("grid_p1", EXCHANGE_U32, grid_p1),
    V("scratch_bytes", EXCHANGE_COUNT, scratch_bytes),
    V("rank", EXCHANGE_I64, rank),
    V("instructions", EXCHANGE_U32, n_instructions),
    V("vector_spills", EXCHANGE_U32, n_vector_spills),
    V("stack_bytes", EXCHANGE_U32, stack_bytes),
    V("code_bytes", EXCHANGE_U32, code_bytes),
};

static const struct exchange_member trial_members[] = {
    T("regime", EXCHANGE_KEY, regime),
    T("device", EXCHANGE_KEY, device),
    T("round", EXCHANGE_U32, round),
    T("valid", EXCHANGE_FLAG, valid),
    T("reason", EXCHANGE_KEY, reason),
    T("detail", EXCHANGE_TEXT, detail),
    T("proof", EXCHANGE_TEXT, proof),
    T("stack", EXCHANGE_KEY, stack),
    T_VARIES("state", EXCHANGE_TEXT, state),
    T("calls", EXCHANGE_U32, n_calls),
    T("median_ns", EXCHANGE_REAL, median_ns),
    T("low_ns", EXCHANGE_REAL, low_ns),
    T("high_ns", EXCHANGE_REAL, high_ns),
    T("min_ns", EXCHANGE_REAL, min_ns),
    T("ratio", EXCHANGE_REAL, ratio),
    T("ratio_low", EXCHANGE_REAL, ratio_low),
    T("ratio_high", EXCHANGE_REAL, ratio_high),
    T_VARIES("seconds", EXCHANGE_REAL, seconds),
    T_VARIES("time", EXCHANGE_I64, when),
};

static const struct exchange_member winner_members[] = {
    W("problem", EXCHANGE_KEY, variant.problem),
    W("space", EXCHANGE_KEY, variant.space),
    W("config", EXCHANGE_KEY, variant.config),
    W("code_key", EXCHANGE_KEY, variant.code_key),
    W("regime", EXCHANGE_KEY, regime),
    W("device", EXCHANGE_KEY, device),
    W("default", EXCHANGE_FLAG, is_default),
    W("median_ns", EXCHANGE_REAL, median_ns),
    W("ratio", EXCHANGE_REAL, ratio),
    W("ratio_low", EXCHANGE_REAL, ratio_low),
    W("ratio_high", EXCHANGE_REAL, ratio_high),
    W("round", EXCHANGE_U32, round),
    W("n_trials", EXCHANGE_U32, n_trials),
    W("proof", EXCHANGE_TEXT, proof),
};

static const struct exchange_member quarantine_members[] = {
    Q("target", EXCHANGE_KEY, target),
    Q("compiler", EXCHANGE_KEY, compiler),
    Q("code_key", EXCHANGE_KEY, code_key),
    Q("reason", EXCHANGE_KEY, reason),
    Q("detail", EXCHANGE_TEXT, detail),
    Q("problem", EXCHANGE_KEY, problem),
    Q("space", EXCHANGE_KEY, space),
    Q("config", EXCHANGE_KEY, config),
    {"time", EXCHANGE_I64, offsetof(struct hone_store_quarantine, when), true},
};

const struct exchange_row exchange_variant = ROW(variant_members),
                          exchange_trial = ROW(trial_members),
                          exchange_winner = ROW(winner_members),
                          exchange_quarantine = ROW(quarantine_members);

struct writer {
    bool comparable;
    struct hone_arena arena;
    const char *bad; /* member that has no JSON form */
};

/* A compiler's words may hold anything: what a reader could not take becomes '?'. */
static json_t *text_value(struct writer *w, const char *text)
{
    bool plain = true;
    for (const char *c = text; *c; c++) plain &= (unsigned char)*c >= 32 && *c != 127;
    json_t *value = plain ? json_string(text) : NULL;
    if (value) return value;
    char *copy = hone_arena_text(&w->arena, text, strlen(text));
    if (!copy) return NULL;
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < 32 || (unsigned char)*c >= 127) *c = '?';
    return json_string(copy);
}

/* A stack without the fields that only say where and by whom. */
static const char *comparable_stack(struct writer *w, const char *text)
{
    struct hone_stack_fields stack;
    hone_stack_parse(text, &stack, NULL);
    const char *copy = hone_arena_printf(&w->arena, "kernel=%s; microcode=%s; driver=%s",
                                         stack.kernel, stack.microcode, stack.driver);
    return text[0] && copy ? copy : "";
}

static json_t *member_value(struct writer *w, const struct exchange_member *member, const void *row)
{
    const void *at = (const char *)row + member->offset;
    bool zero = w->comparable && member->varies;
    const char *text = "";
    double real = 0;
    switch (member->kind) {
    case EXCHANGE_KEY:
    case EXCHANGE_TEXT:
        if (!zero && *(const char *const *)at) text = *(const char *const *)at;
        if (w->comparable && strcmp(member->name, "stack") == 0) text = comparable_stack(w, text);
        return text_value(w, text);
    case EXCHANGE_U32: return json_integer(zero ? 0 : *(const uint32_t *)at);
    case EXCHANGE_COUNT:
    case EXCHANGE_I64: return json_integer(zero ? 0 : *(const int64_t *)at);
    case EXCHANGE_FLAG: return json_boolean(!zero && *(const bool *)at);
    default: memcpy(&real, at, sizeof real);
    }
    if (!isfinite(real)) w->bad = member->name;
    return json_real(zero || !isfinite(real) ? 0 : real);
}

static json_t *row_value(struct writer *w, const struct exchange_row *row, const void *data)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < row->n_members; i++)
        if (json_object_set_new(object, row->members[i].name,
                                member_value(w, &row->members[i], data)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *samples_value(struct writer *w, const struct hone_store_trial *trial)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < trial->n_samples; i++) {
        if (!isfinite(trial->samples[i])) w->bad = "samples_ns";
        json_array_append_new(array,
                              json_real(isfinite(trial->samples[i]) ? trial->samples[i] : 0));
    }
    return array;
}

static int by_variant(const void *a, const void *b)
{
    const struct hone_store_trial *left = *(const struct hone_store_trial *const *)a;
    const struct hone_store_trial *right = *(const struct hone_store_trial *const *)b;
    int order = content_variant_key_order(&left->variant, &right->variant);
    return order ? order : content_trial_order(left, right);
}

/* Trials stand below their variant. */
static bool add_variants(struct writer *w, const struct hone_content *content, json_t *out)
{
    const struct hone_store_trial **rows =
        hone_arena_array(&w->arena, content->n_trials + 1, sizeof *rows);
    if (!rows) return false;
    for (size_t i = 0; i < content->n_trials; i++) rows[i] = &content->trials[i];
    qsort(rows, content->n_trials, sizeof *rows, by_variant);
    json_t *trials = NULL;
    for (size_t i = 0; i < content->n_trials; i++) {
        if (i == 0 || content_variant_key_order(&rows[i - 1]->variant, &rows[i]->variant) != 0) {
            json_t *variant = row_value(w, &exchange_variant, &rows[i]->variant);
            trials = json_array();
            if (json_array_append_new(out, variant) != 0 ||
                json_object_set_new(variant, "trials", trials) != 0)
                return false;
        }
        json_t *trial = row_value(w, &exchange_trial, rows[i]);
        if (json_array_append_new(trials, trial) != 0 ||
            json_object_set_new(trial, "samples_ns", samples_value(w, rows[i])) != 0)
            return false;
    }
    return true;
}

/* As other readers of a store see it (hone_store_winners_read). */
static bool is_seen(const struct hone_content *content, const struct hone_store_winner *winner)
{
    const struct hone_store_variant *variant = &winner->variant;
    for (size_t i = 0; i < content->n_quarantine; i++)
        if (strcmp(content->quarantine[i].target, variant->target) == 0 &&
            strcmp(content->quarantine[i].compiler, variant->compiler) == 0 &&
            strcmp(content->quarantine[i].code_key, variant->code_key) == 0)
            return false;
    return content_has_valid_trial(content, winner);
}

static bool fill(struct writer *w, const struct hone_content *content, json_t *root)
{
    json_t *meta = json_object(), *variants = json_array(), *winners = json_array(),
           *quarantine = json_array();
    bool good = json_object_set_new(root, "format", json_string(EXCHANGE_FORMAT)) == 0 &&
                json_object_set_new(root, "version", json_integer(HONE_EXCHANGE_VERSION)) == 0 &&
                json_object_set_new(root, "meta", meta) == 0 &&
                json_object_set_new(root, "variants", variants) == 0 &&
                json_object_set_new(root, "winners", winners) == 0 &&
                json_object_set_new(root, "quarantine", quarantine) == 0;
    for (size_t i = 0; good && i < content->n_meta; i++)
        good = json_object_set_new(meta, content->meta[i].name,
                                   text_value(w, content->meta[i].value)) == 0;
    good = good && add_variants(w, content, variants);
    for (size_t i = 0; good && i < content->n_winners; i++)
        if (is_seen(content, &content->winners[i]))
            good = json_array_append_new(winners,
                                         row_value(w, &exchange_winner, &content->winners[i])) == 0;
    for (size_t i = 0; good && i < content->n_quarantine; i++)
        good = json_array_append_new(
                   quarantine, row_value(w, &exchange_quarantine, &content->quarantine[i])) == 0;
    return good;
}

enum hone_status hone_export_json(const struct hone_content *content,
                                  const struct hone_export_options *options, FILE *to,
                                  struct hone_error *err)
{
    struct writer w = {.comparable = options && options->comparable};
    json_t *root = json_object();
    bool good = root && fill(&w, content, root);
    enum hone_status status = HONE_OK;
    if (!good)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "export: no memory");
    else if (w.bad)
        status = hone_fail(err, HONE_ERR_UNSUPPORTED,
                           "export: a trial or winner has a %s that is no number", w.bad);
    else if (json_dumpf(root, to, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) != 0 ||
             fputc('\n', to) == EOF || fflush(to) != 0)
        status = hone_fail(err, HONE_ERR_IO, "export: cannot be written: %s", strerror(errno));
    json_decref(root);
    hone_arena_release(&w.arena);
    return status;
}
