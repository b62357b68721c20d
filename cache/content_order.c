/* SPDX-License-Identifier: MIT */
/* Orders over all that a store holds. Rows are compared field by field, from a table. */
#include <string.h>

#include "cache/content_internal.h"

enum kind { TEXT, TEXT_DOWN, I64, I64_DOWN, U32, U32_DOWN, FLAG, REAL };

struct column {
    enum kind kind;
    size_t offset;
};

static int order_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By value; what is no number is ordered by its bits, so that the order stays total. */
static int order_reals(double a, double b)
{
    if (a < b) return -1;
    if (a > b) return 1;
    return memcmp(&a, &b, sizeof a);
}

static int order_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int order_field(enum kind kind, const void *a, const void *b)
{
    switch (kind) {
    case TEXT: return order_texts(*(const char *const *)a, *(const char *const *)b);
    case TEXT_DOWN: return order_texts(*(const char *const *)b, *(const char *const *)a);
    case I64: return order_numbers(*(const int64_t *)a, *(const int64_t *)b);
    case I64_DOWN: return order_numbers(*(const int64_t *)b, *(const int64_t *)a);
    case U32: return order_numbers(*(const uint32_t *)a, *(const uint32_t *)b);
    case U32_DOWN: return order_numbers(*(const uint32_t *)b, *(const uint32_t *)a);
    case FLAG: return order_numbers(*(const bool *)a, *(const bool *)b);
    default: return order_reals(*(const double *)a, *(const double *)b);
    }
}

static int order_rows(const struct column *columns, size_t n_columns, const void *a, const void *b)
{
    for (size_t i = 0; i < n_columns; i++) {
        int order = order_field(columns[i].kind, (const char *)a + columns[i].offset,
                                (const char *)b + columns[i].offset);
        if (order) return order;
    }
    return 0;
}

#define ORDER(columns, a, b) order_rows(columns, sizeof columns / sizeof *columns, a, b)
#define V(member)            offsetof(struct hone_store_variant, member)
#define T(member)            offsetof(struct hone_store_trial, member)
#define W(member)            offsetof(struct hone_store_winner, member)
#define Q(member)            offsetof(struct hone_store_quarantine, member)

static const struct column variant_key[] = {
    {TEXT, V(problem)}, {TEXT, V(space)}, {TEXT, V(config)}, {TEXT, V(code_key)}};

/* More is known of the one with the higher value. */
static const struct column variant_rest[] = {{U32_DOWN, V(contract)},
                                             {TEXT_DOWN, V(options)},
                                             {TEXT_DOWN, V(op)},
                                             {TEXT_DOWN, V(formats)},
                                             {TEXT_DOWN, V(source_hash)},
                                             {TEXT_DOWN, V(target)},
                                             {TEXT_DOWN, V(compiler)},
                                             {TEXT_DOWN, V(numerics)},
                                             {U32_DOWN, V(engine)},
                                             {U32_DOWN, V(abi)},
                                             {U32_DOWN, V(grid_rule)},
                                             {U32_DOWN, V(grid_p0)},
                                             {U32_DOWN, V(grid_p1)},
                                             {I64_DOWN, V(scratch_bytes)},
                                             {I64_DOWN, V(rank)},
                                             {U32_DOWN, V(n_instructions)},
                                             {U32_DOWN, V(n_vector_spills)},
                                             {U32_DOWN, V(stack_bytes)},
                                             {U32_DOWN, V(code_bytes)}};

static const struct column trial_place[] = {
    {TEXT, T(variant.problem)}, {TEXT, T(regime)}, {TEXT, T(device)}, {U32, T(round)}};

static const struct column trial_rest[] = {
    {FLAG, T(valid)},     {I64_DOWN, T(when)},  {TEXT, T(reason)},     {TEXT, T(detail)},
    {TEXT, T(proof)},     {TEXT, T(stack)},     {TEXT, T(state)},      {U32, T(n_calls)},
    {REAL, T(median_ns)}, {REAL, T(low_ns)},    {REAL, T(high_ns)},    {REAL, T(min_ns)},
    {REAL, T(ratio)},     {REAL, T(ratio_low)}, {REAL, T(ratio_high)}, {REAL, T(seconds)}};

static const struct column winner_group[] = {
    {TEXT, W(variant.problem)}, {TEXT, W(regime)}, {TEXT, W(device)}, {TEXT, W(variant.target)}};

static const struct column winner_rest[] = {
    {TEXT, W(variant.space)}, {TEXT, W(variant.config)}, {TEXT, W(variant.code_key)},
    {U32_DOWN, W(round)},     {U32_DOWN, W(n_trials)},   {FLAG, W(is_default)},
    {REAL, W(median_ns)},     {REAL, W(ratio)},          {REAL, W(ratio_low)},
    {REAL, W(ratio_high)},    {TEXT, W(proof)}};

static const struct column quarantine_all[] = {
    {TEXT, Q(target)},  {TEXT, Q(compiler)}, {TEXT, Q(code_key)},
    {I64, Q(when)},     {TEXT, Q(reason)},   {TEXT, Q(detail)},
    {TEXT, Q(problem)}, {TEXT, Q(space)},    {TEXT, Q(config)}};

int content_variant_key_order(const struct hone_store_variant *a,
                              const struct hone_store_variant *b)
{
    return ORDER(variant_key, a, b);
}

int content_variant_order(const void *a, const void *b)
{
    const struct hone_store_variant *left = *(const struct hone_store_variant *const *)a;
    const struct hone_store_variant *right = *(const struct hone_store_variant *const *)b;
    int order = content_variant_key_order(left, right);
    return order ? order : ORDER(variant_rest, left, right);
}

int content_trial_key_order(const struct hone_store_trial *a, const struct hone_store_trial *b)
{
    int order = ORDER(trial_place, a, b);
    return order ? order : content_variant_key_order(&a->variant, &b->variant);
}

static int order_samples(const struct hone_store_trial *a, const struct hone_store_trial *b)
{
    if (a->n_samples != b->n_samples) return a->n_samples < b->n_samples ? -1 : 1;
    for (size_t i = 0; i < a->n_samples; i++) {
        int order = order_reals(a->samples[i], b->samples[i]);
        if (order) return order;
    }
    return 0;
}

int content_trial_order(const void *a, const void *b)
{
    int order = content_trial_key_order(a, b);
    if (order == 0) order = ORDER(trial_rest, a, b);
    return order ? order : order_samples(a, b);
}

int content_group_order(const struct hone_store_winner *a, const struct hone_store_winner *b)
{
    return ORDER(winner_group, a, b);
}

int content_winner_order(const void *a, const void *b)
{
    int order = content_group_order(a, b);
    return order ? order : ORDER(winner_rest, a, b);
}

static void top_of(const struct hone_store_winner *set, size_t n, uint32_t *round,
                   uint32_t *n_trials)
{
    *round = *n_trials = 0;
    for (size_t i = 0; i < n; i++) {
        if (set[i].round > *round) *round = set[i].round;
        if (set[i].n_trials > *n_trials) *n_trials = set[i].n_trials;
    }
}

int content_winner_set_order(const struct hone_store_winner *a, size_t n_a,
                             const struct hone_store_winner *b, size_t n_b)
{
    uint32_t round_a, trials_a, round_b, trials_b;
    top_of(a, n_a, &round_a, &trials_a);
    top_of(b, n_b, &round_b, &trials_b);
    if (round_a != round_b) return round_a > round_b ? -1 : 1;
    if (trials_a != trials_b) return trials_a > trials_b ? -1 : 1;
    if (n_a != n_b) return n_a > n_b ? -1 : 1;
    for (size_t i = 0; i < n_a; i++) {
        int order = content_winner_order(&a[i], &b[i]);
        if (order) return order;
    }
    return 0;
}

int content_quarantine_order(const void *a, const void *b)
{
    return ORDER(quarantine_all, a, b);
}

int content_meta_order(const void *a, const void *b)
{
    const struct hone_content_meta *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : -strcmp(left->value, right->value);
}

int content_binary_order(const void *a, const void *b)
{
    const struct hone_content_binary *left = a, *right = b;
    const struct hone_store_binary *x = &left->binary, *y = &right->binary;
    int order = strcmp(left->code_key, right->code_key);
    if (order == 0) order = order_numbers((int64_t)x->n_bytes, (int64_t)y->n_bytes);
    if (order == 0) order = memcmp(x->code, y->code, x->n_bytes);
    if (order == 0) order = order_numbers((int64_t)x->entry, (int64_t)y->entry);
    const uint32_t facts[][2] = {{x->n_instructions, y->n_instructions},
                                 {x->n_vector_spills, y->n_vector_spills},
                                 {x->stack_bytes, y->stack_bytes},
                                 {x->code_bytes, y->code_bytes}};
    for (size_t i = 0; order == 0 && i < sizeof facts / sizeof *facts; i++)
        order = order_numbers(facts[i][0], facts[i][1]);
    return order;
}
