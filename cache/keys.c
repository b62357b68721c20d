/* SPDX-License-Identifier: MIT */
/* Keys in three grades: comparison as a table of fields, and text forms. */
#include "cache/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field_kind { FIELD_TEXT, FIELD_BYTES };

struct field {
    const char *name;
    enum hone_key_match grade; /* what a difference means */
    enum field_kind kind;
    size_t offset, n_bytes;
};

#define FIELD(grade, kind, member)                                                                 \
    {                                                                                              \
#member, grade, kind, offsetof(struct hone_entry_key, member),                             \
            sizeof(((struct hone_entry_key *)0)->member)                                           \
    }

/* Code before timing: the gravest difference is found first. */
static const struct field fields[] = {
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.source_hash),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.compiler),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.target),
    FIELD(HONE_KEY_MISS, FIELD_BYTES, code.engine),
    FIELD(HONE_KEY_MISS, FIELD_BYTES, code.abi),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, timing.model),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, timing.governor),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.n_cpus),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.n_threads),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.l2_bytes),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.l3_bytes),
};

static bool same(const struct field *field, const struct hone_entry_key *a,
                 const struct hone_entry_key *b)
{
    const char *left = (const char *)a + field->offset;
    const char *right = (const char *)b + field->offset;
    return field->kind == FIELD_TEXT ? strncmp(left, right, field->n_bytes) == 0
                                     : memcmp(left, right, field->n_bytes) == 0;
}

enum hone_key_match hone_key_compare(const struct hone_entry_key *stored,
                                     const struct hone_entry_key *wanted, const char **out_field)
{
    if (out_field) *out_field = NULL;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (same(&fields[i], stored, wanted)) continue;
        if (out_field) *out_field = fields[i].name;
        return fields[i].grade;
    }
    return HONE_KEY_MATCH;
}

const char *hone_key_match_name(enum hone_key_match match)
{
    static const char *const names[] = {"match", "re-verify", "miss"};
    return (size_t)match < sizeof names / sizeof *names ? names[match] : "unknown";
}

static void read_governor(char *out_text, size_t capacity)
{
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "re");
    out_text[0] = '\0';
    if (!file) return;
    if (fgets(out_text, (int)capacity, file)) out_text[strcspn(out_text, "\n;")] = '\0';
    fclose(file);
}

void hone_timing_key_here(uint32_t n_threads, struct hone_timing_key_fields *out_key)
{
    struct hone_cpu_facts facts;
    hone_cpu_facts_read(&facts);
    memset(out_key, 0, sizeof *out_key);
    snprintf(out_key->model, sizeof out_key->model, "%s", facts.model);
    for (char *c = out_key->model; *c; c++)
        if (*c == ';') *c = ',';
    read_governor(out_key->governor, sizeof out_key->governor);
    out_key->n_cpus = facts.n_cpus;
    out_key->n_threads = n_threads;
    out_key->l2_bytes = facts.l2_bytes;
    out_key->l3_bytes = facts.l3_bytes;
}

void hone_timing_key_text(const struct hone_timing_key_fields *key,
                          char out_text[HONE_KEY_TEXT_BYTES])
{
    snprintf(out_text, HONE_KEY_TEXT_BYTES,
             "model=%s; cpus=%" PRIu32 "; threads=%" PRIu32 "; l2=%" PRIu64 "; l3=%" PRIu64
             "; governor=%s",
             key->model, key->n_cpus, key->n_threads, key->l2_bytes, key->l3_bytes, key->governor);
}

/* Value of "name=" in a "; "-separated list, cut at the separator. */
static bool take(const char *text, const char *name, char *out_value, size_t capacity)
{
    size_t n_name = strlen(name);
    while (text) {
        if (strncmp(text, name, n_name) == 0 && text[n_name] == '=') {
            const char *value = text + n_name + 1;
            size_t n = strcspn(value, ";");
            if (n >= capacity) return false;
            memcpy(out_value, value, n);
            out_value[n] = '\0';
            return true;
        }
        text = strstr(text, "; ");
        if (text) text += 2;
    }
    return false;
}

static bool take_number(const char *text, const char *name, uint64_t *out_value)
{
    char digits[32], *end;
    if (!take(text, name, digits, sizeof digits) || digits[0] < '0' || digits[0] > '9')
        return false;
    *out_value = strtoull(digits, &end, 10);
    return *end == '\0';
}

enum hone_status hone_timing_key_parse(const char *text, struct hone_timing_key_fields *out_key,
                                       struct hone_error *err)
{
    uint64_t n_cpus = 0, n_threads = 0;
    memset(out_key, 0, sizeof *out_key);
    bool good = take(text, "model", out_key->model, sizeof out_key->model) &&
                take(text, "governor", out_key->governor, sizeof out_key->governor) &&
                take_number(text, "cpus", &n_cpus) && take_number(text, "threads", &n_threads) &&
                take_number(text, "l2", &out_key->l2_bytes) &&
                take_number(text, "l3", &out_key->l3_bytes);
    if (!good) return hone_fail(err, HONE_ERR_FORMAT, "'%.100s' is not a device text", text);
    out_key->n_cpus = (uint32_t)n_cpus;
    out_key->n_threads = (uint32_t)n_threads;
    return HONE_OK;
}

void hone_regime_text(const struct hone_regime *regime, char out_text[HONE_KEY_TEXT_BYTES])
{
    snprintf(out_text, HONE_KEY_TEXT_BYTES,
             "m=%" PRIu32 " seqs=%" PRIu32 " kv=%" PRIu32 " threads=%" PRIu32 " cold=%" PRIu64,
             regime->m, regime->n_seqs, regime->kv_before, regime->n_threads, regime->cold_bytes);
}
