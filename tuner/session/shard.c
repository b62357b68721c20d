/* SPDX-License-Identifier: MIT */
/* Shards: whole problems, balanced by expected cost. */
#include "tuner/session/shard.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SHARDS = 100000 };

/* A trial is compiled and verified whatever its size, then called some tens of times. */
static const double FIXED_SECONDS = 0.05, CALLS = 20, BYTES_PER_SECOND = 1e10,
                    OPERATIONS_PER_SECOND = 1e11;

struct entry {
    char key[HONE_PROBLEM_KEY_BYTES];
    double cost;
    size_t item;
    uint32_t shard;
};

static const char *read_number(const char *text, uint32_t *out)
{
    uint32_t value = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9' && value <= MOST_SHARDS; c++)
        value = 10 * value + (uint32_t)(*c - '0');
    *out = value;
    return c > text && value >= 1 && value <= MOST_SHARDS ? c : NULL;
}

enum hone_status hone_shard_parse(const char *text, struct hone_shard *out_shard,
                                  struct hone_error *err)
{
    const char *end = read_number(text, &out_shard->index);
    if (end && *end == '/')
        end = read_number(end + 1, &out_shard->count);
    else
        end = NULL;
    if (end && *end == '\0' && out_shard->index <= out_shard->count) return HONE_OK;
    return hone_fail(err, HONE_ERR_ARGUMENT,
                     "'%.40s' is not a shard: 3/20 is the third of twenty, 100000 at most", text);
}

double hone_shard_cost(const struct hone_problem *problem)
{
    double memory = problem->op->bytes(problem, problem->m) / BYTES_PER_SECOND;
    double compute = problem->op->operations(problem, problem->m) / OPERATIONS_PER_SECOND;
    return FIXED_SECONDS + CALLS * (memory > compute ? memory : compute);
}

static int dearest_first(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->cost != right->cost) return left->cost > right->cost ? -1 : 1;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->item > right->item) - (left->item < right->item);
}

static void assign(struct entry *entries, size_t n_entries, double *loads, uint32_t count)
{
    qsort(entries, n_entries, sizeof *entries, dearest_first);
    for (size_t i = 0; i < n_entries; i++) {
        uint32_t least = 0;
        /* equal keys are one problem to the store: they stay together */
        if (i > 0 && strcmp(entries[i].key, entries[i - 1].key) == 0)
            least = entries[i - 1].shard;
        else
            for (uint32_t s = 1; s < count; s++)
                if (loads[s] < loads[least]) least = s;
        entries[i].shard = least;
        loads[least] += entries[i].cost;
    }
}

enum hone_status hone_shard_take(const struct hone_shard *shard, struct hone_tune_item *items,
                                 size_t n_items, size_t *out_n_items, struct hone_error *err)
{
    struct entry *entries = calloc(n_items + 1, sizeof *entries);
    double *loads = calloc(shard->count, sizeof *loads);
    bool *mine = calloc(n_items + 1, sizeof *mine);
    *out_n_items = 0;
    if (entries && loads && mine) {
        for (size_t i = 0; i < n_items; i++) {
            hone_problem_key(&items[i].problem, entries[i].key);
            entries[i].cost = hone_shard_cost(&items[i].problem);
            entries[i].item = i;
        }
        assign(entries, n_items, loads, shard->count);
        for (size_t i = 0; i < n_items; i++)
            mine[entries[i].item] = entries[i].shard == shard->index - 1;
        for (size_t i = 0; i < n_items; i++)
            if (mine[i]) items[(*out_n_items)++] = items[i];
    }
    bool good = entries && loads && mine;
    free(entries);
    free(loads);
    free(mine);
    return good ? HONE_OK : hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
}
