/* SPDX-License-Identifier: MIT */
/* Keys in three grades: comparison as a table of fields, and text forms. */
#include "cache/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field_kind { FIELD_TEXT, FIELD_BYTES };

struct field {
    struct hone_key_field shown;
    enum field_kind kind;
    size_t offset, n_bytes;
};

#define FIELD(grade, kind, member, why)                                                            \
    {                                                                                              \
        {#member, grade, why}, kind, offsetof(struct hone_entry_key, member),                      \
            sizeof(((struct hone_entry_key *)0)->member)                                           \
    }

/* Code before timing: the gravest difference is found first. */
static const struct field fields[] = {
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.problem, "another problem: op, dimensions, types"),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.source_hash, "the rendered text is another"),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.options,
          "triple, cpu, features or level of the compiler"),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.compiler, "another compiler may make other code"),
    FIELD(HONE_KEY_MISS, FIELD_TEXT, code.target, "features of the instruction set"),
    FIELD(HONE_KEY_MISS, FIELD_BYTES, code.engine, "the template engine renders otherwise"),
    FIELD(HONE_KEY_MISS, FIELD_BYTES, code.abi, "kernels are called otherwise"),
    FIELD(HONE_KEY_MISS, FIELD_BYTES, code.contract, "what an op means, and its proof with it"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, regime, "rows, KV, threads, or where the weights lay"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, timing.model, "another processor"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, timing.governor, "another clock policy"),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.n_cpus, "a larger or smaller machine"),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.n_threads, "other shares of the work"),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.l2_bytes, "other tiles fit"),
    FIELD(HONE_KEY_REVERIFY, FIELD_BYTES, timing.l3_bytes, "other tiles fit"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, stack.kernel, "pages, scheduling, mitigations"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, stack.microcode, "instructions may cost otherwise"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, stack.driver, "launches and clocks may differ"),
    FIELD(HONE_KEY_REVERIFY, FIELD_TEXT, stack.unit,
          "chips of one name differ in clocks and cooling"),
    FIELD(HONE_KEY_MATCH, FIELD_TEXT, info.template_hash, "what it renders to is compared"),
    FIELD(HONE_KEY_MATCH, FIELD_TEXT, info.hone_version, "engine, abi and contract are compared"),
    FIELD(HONE_KEY_MATCH, FIELD_TEXT, info.host, "like machines are one device"),
    FIELD(HONE_KEY_MATCH, FIELD_BYTES, info.date, "a kernel does not age"),
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

const struct hone_key_field *hone_key_field_at(size_t i)
{
    return i < N_FIELDS ? &fields[i].shown : NULL;
}

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
    for (size_t i = 0; i < N_FIELDS; i++) {
        if (fields[i].shown.grade == HONE_KEY_MATCH || same(&fields[i], stored, wanted)) continue;
        if (out_field) *out_field = fields[i].shown.name;
        return fields[i].shown.grade;
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
    struct hone_machine_facts facts;
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

/* Value of "name=" in a list, cut at the separator: "; " or " ". */
static bool take(const char *text, const char *name, const char *separator, char *out_value,
                 size_t capacity)
{
    size_t n_name = strlen(name);
    while (text) {
        if (strncmp(text, name, n_name) == 0 && text[n_name] == '=') {
            const char *value = text + n_name + 1;
            size_t n = strcspn(value, *separator == ';' ? ";" : separator);
            if (n >= capacity) return false;
            memcpy(out_value, value, n);
            out_value[n] = '\0';
            return true;
        }
        text = strstr(text, separator);
        if (text) text += strlen(separator);
    }
    return false;
}

static bool take_number(const char *text, const char *name, const char *separator, uint64_t most,
                        uint64_t *out_value)
{
    char digits[32], *end;
    if (!take(text, name, separator, digits, sizeof digits) || digits[0] < '0' || digits[0] > '9')
        return false;
    errno = 0;
    *out_value = strtoull(digits, &end, 10);
    return *end == '\0' && errno == 0 && *out_value <= most;
}

enum hone_status hone_timing_key_parse(const char *text, struct hone_timing_key_fields *out_key,
                                       struct hone_error *err)
{
    uint64_t n_cpus = 0, n_threads = 0;
    memset(out_key, 0, sizeof *out_key);
    bool good = take(text, "model", "; ", out_key->model, sizeof out_key->model) &&
                take(text, "governor", "; ", out_key->governor, sizeof out_key->governor) &&
                take_number(text, "cpus", "; ", UINT32_MAX, &n_cpus) &&
                take_number(text, "threads", "; ", UINT32_MAX, &n_threads) &&
                take_number(text, "l2", "; ", UINT64_MAX, &out_key->l2_bytes) &&
                take_number(text, "l3", "; ", UINT64_MAX, &out_key->l3_bytes);
    if (!good) return hone_fail(err, HONE_ERR_FORMAT, "'%.100s' is not a device text", text);
    out_key->n_cpus = (uint32_t)n_cpus;
    out_key->n_threads = (uint32_t)n_threads;
    return HONE_OK;
}

bool hone_key_text_field(const char *text, const char *name, char *out_value, size_t capacity)
{
    out_value[0] = '\0';
    return take(text, name, "; ", out_value, capacity);
}

/* Fields of a stack text that can change a time, in the order in which people look for a cause. */
static const struct {
    const char *name;
    size_t offset, n_bytes;
} stack_fields[] = {
#define STACK(member)                                                                              \
    {                                                                                              \
#member, offsetof(struct hone_stack_fields, member),                                       \
            sizeof(((struct hone_stack_fields *)0)->member)                                        \
    }
    STACK(driver),
    STACK(microcode),
    STACK(kernel),
    STACK(unit),
};

void hone_stack_parse(const char *text, struct hone_stack_fields *out_stack,
                      struct hone_info_fields *out_info)
{
    memset(out_stack, 0, sizeof *out_stack);
    for (size_t i = 0; i < sizeof stack_fields / sizeof *stack_fields; i++)
        take(text, stack_fields[i].name, "; ", (char *)out_stack + stack_fields[i].offset,
             stack_fields[i].n_bytes);
    if (!out_info) return;
    memset(out_info, 0, sizeof *out_info);
    take(text, "host", "; ", out_info->host, sizeof out_info->host);
    take(text, "hone", "; ", out_info->hone_version, sizeof out_info->hone_version);
}

bool hone_stack_difference(const char *before, const char *now, char out_text[HONE_KEY_TEXT_BYTES])
{
    struct hone_stack_fields a, b;
    size_t at = 0;
    out_text[0] = '\0';
    hone_stack_parse(before, &a, NULL);
    hone_stack_parse(now, &b, NULL);
    for (size_t i = 0; i < sizeof stack_fields / sizeof *stack_fields; i++) {
        const char *old = (const char *)&a + stack_fields[i].offset;
        const char *new = (const char *)&b + stack_fields[i].offset;
        if (strcmp(old, new) == 0) continue;
        at += (size_t)snprintf(out_text + at, HONE_KEY_TEXT_BYTES - at, "%s%s %s -> %s",
                               at ? "; " : "", stack_fields[i].name, *old ? old : "not known",
                               *new ? new : "not known");
    }
    return at > 0;
}

void hone_regime_text(const struct hone_regime *regime, char out_text[HONE_KEY_TEXT_BYTES])
{
    snprintf(out_text, HONE_KEY_TEXT_BYTES,
             "m=%" PRIu32 " seqs=%" PRIu32 " kv=%" PRIu32 " threads=%" PRIu32 " cold=%" PRIu64,
             regime->m, regime->n_seqs, regime->kv_before, regime->n_threads, regime->cold_bytes);
}

enum hone_status hone_regime_parse(const char *text, struct hone_regime *out_regime,
                                   struct hone_error *err)
{
    static const char *const names[] = {"m", "seqs", "kv", "threads", "cold"};
    uint64_t values[5];
    for (int i = 0; i < 5; i++)
        if (!take_number(text, names[i], " ", i < 4 ? UINT32_MAX : UINT64_MAX, &values[i]))
            return hone_fail(err, HONE_ERR_FORMAT, "'%.100s' is not a regime text: %s", text,
                             names[i]);
    *out_regime = (struct hone_regime){(uint32_t)values[0], (uint32_t)values[1],
                                       (uint32_t)values[2], (uint32_t)values[3], values[4]};
    return HONE_OK;
}
