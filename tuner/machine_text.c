/* SPDX-License-Identifier: MIT */
/* Names and values with commas between. */
#include "tuner/machine_text.h"

#include <stdbool.h>
#include <string.h>

#include "tuner/memory_size.h"

enum { MAX_CPUS = 4096 };

static enum hone_status set(struct hone_machine_facts *facts, const char *name, const char *value,
                            struct hone_error *err)
{
    const struct {
        const char *name;
        uint64_t *n_bytes;
    } caches[] = {{"l1", &facts->l1_bytes}, {"l2", &facts->l2_bytes}, {"l3", &facts->l3_bytes}};
    uint64_t number = 0;
    double ratio = 0;
    bool is_count = value[0] && value[strspn(value, "0123456789")] == '\0';
    if (strcmp(name, "cpus") == 0 && !is_count)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cpus: '%s' is no number", value);
    if (strcmp(value, "0") != 0) HONE_TRY(memory_size_parse(value, &number, &ratio, err));
    if (ratio != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: '%s' is a ratio, expected a size", name,
                         value);
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++)
        if (strcmp(name, caches[i].name) == 0) {
            *caches[i].n_bytes = number;
            return HONE_OK;
        }
    if (strcmp(name, "cpus") != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "'%s': expected cpus, l1, l2 or l3", name);
    if (number < 1 || number > MAX_CPUS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cpus=%s: expected 1 to %d", value, MAX_CPUS);
    facts->n_cpus = (uint32_t)number;
    return HONE_OK;
}

enum hone_status machine_text_parse(const char *text, struct hone_machine_facts *facts,
                                    struct hone_error *err)
{
    char item[64];
    for (const char *at = text; *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        if (length >= sizeof item)
            return hone_fail(err, HONE_ERR_ARGUMENT, "'%.16s...' is too long", at);
        memcpy(item, at, length);
        item[length] = '\0';
        char *value = strchr(item, '=');
        if (!value) return hone_fail(err, HONE_ERR_ARGUMENT, "'%s': expected NAME=VALUE", item);
        *value = '\0';
        HONE_TRY(set(facts, item, value + 1, err));
        at += length;
        if (at[0] == ',' && at[1] == '\0')
            return hone_fail(err, HONE_ERR_ARGUMENT, "'%s' ends with a comma", text);
    }
    return HONE_OK;
}
