/* SPDX-License-Identifier: MIT */
/* Settling and merging what stores hold. */
#include "cache/content.h"

#include <stdlib.h>
#include <string.h>

#include "cache/content_internal.h"

static enum hone_status no_memory(struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "store: no memory");
}

/* Leaves the first of each run of rows that `same` calls one. */
static size_t keep_first(void *rows, size_t n, size_t row_bytes,
                         bool (*same)(const void *a, const void *b))
{
    char *at = rows;
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *row = at + i * row_bytes;
        if (n_kept && same(at + (n_kept - 1) * row_bytes, row)) continue;
        if (n_kept != i) memcpy(at + n_kept * row_bytes, row, row_bytes);
        n_kept++;
    }
    return n_kept;
}

static bool same_trial(const void *a, const void *b)
{
    return content_trial_key_order(a, b) == 0;
}

static bool same_winner(const void *a, const void *b)
{
    const struct hone_store_winner *left = a, *right = b;
    return content_group_order(left, right) == 0 &&
           content_variant_key_order(&left->variant, &right->variant) == 0;
}

static bool same_quarantine(const void *a, const void *b)
{
    const struct hone_store_quarantine *left = a, *right = b;
    return strcmp(left->target, right->target) == 0 &&
           strcmp(left->compiler, right->compiler) == 0 &&
           strcmp(left->code_key, right->code_key) == 0;
}

static bool same_binary(const void *a, const void *b)
{
    const struct hone_content_binary *left = a, *right = b;
    return strcmp(left->code_key, right->code_key) == 0;
}

static bool same_meta(const void *a, const void *b)
{
    const struct hone_content_meta *left = a, *right = b;
    return strcmp(left->name, right->name) == 0;
}

/* One variant per key, sorted; of one problem all have the same op. */
struct variants {
    const struct hone_store_variant **rows;
    size_t n;
};

static enum hone_status settle_variants(struct hone_content *content, struct hone_arena *arena,
                                        struct variants *out, struct hone_error *err)
{
    out->n = 0;
    out->rows = hone_arena_array(arena, content->n_trials + 1, sizeof *out->rows);
    struct hone_store_variant *copies =
        hone_arena_array(arena, content->n_trials + 1, sizeof *copies);
    if (!out->rows || !copies) return no_memory(err);
    for (size_t i = 0; i < content->n_trials; i++) {
        copies[i] = content->trials[i].variant;
        out->rows[i] = &copies[i];
    }
    qsort(out->rows, content->n_trials, sizeof *out->rows, content_variant_order);
    for (size_t i = 0; i < content->n_trials; i++)
        if (out->n == 0 || content_variant_key_order(out->rows[out->n - 1], out->rows[i]) != 0)
            out->rows[out->n++] = out->rows[i];
    for (size_t first = 0, end; first < out->n; first = end) {
        const char *op = out->rows[first]->op;
        for (end = first; end < out->n; end++) {
            if (strcmp(out->rows[end]->problem, out->rows[first]->problem) != 0) break;
            if (strcmp(out->rows[end]->op, op) > 0) op = out->rows[end]->op;
        }
        for (size_t i = first; i < end; i++) copies[out->rows[i] - copies].op = op;
    }
    return HONE_OK;
}

static const struct hone_store_variant *find_variant(const struct variants *variants,
                                                     const struct hone_store_variant *wanted)
{
    size_t low = 0, high = variants->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = content_variant_key_order(variants->rows[middle], wanted);
        if (order == 0) return variants->rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* NULL texts compare badly: all rows get "". */
static void fill_texts(struct hone_store_variant *v)
{
    const char **const texts[] = {&v->problem,  &v->op,          &v->space,  &v->config,
                                  &v->formats,  &v->code_key,    &v->target, &v->compiler,
                                  &v->numerics, &v->source_hash, &v->options};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i]) *texts[i] = "";
}

enum hone_status hone_content_settle(struct hone_content *content, struct hone_arena *arena,
                                     struct hone_error *err)
{
    struct variants variants;
    for (size_t i = 0; i < content->n_trials; i++) fill_texts(&content->trials[i].variant);
    for (size_t i = 0; i < content->n_winners; i++) fill_texts(&content->winners[i].variant);
    HONE_TRY(settle_variants(content, arena, &variants, err));
    size_t n_winners = 0;
    for (size_t i = 0; i < content->n_trials; i++)
        content->trials[i].variant = *find_variant(&variants, &content->trials[i].variant);
    for (size_t i = 0; i < content->n_winners; i++) {
        const struct hone_store_variant *variant =
            find_variant(&variants, &content->winners[i].variant);
        if (!variant) continue;
        content->winners[n_winners] = content->winners[i];
        content->winners[n_winners++].variant = *variant;
    }
    content->n_winners = n_winners;
    const struct {
        void *rows;
        size_t *n, row_bytes;
        int (*order)(const void *a, const void *b);
        bool (*same)(const void *a, const void *b);
    } parts[] = {
        {content->trials, &content->n_trials, sizeof *content->trials, content_trial_order,
         same_trial},
        {content->winners, &content->n_winners, sizeof *content->winners, content_winner_order,
         same_winner},
        {content->quarantine, &content->n_quarantine, sizeof *content->quarantine,
         content_quarantine_order, same_quarantine},
        {content->binaries, &content->n_binaries, sizeof *content->binaries, content_binary_order,
         same_binary},
        {content->meta, &content->n_meta, sizeof *content->meta, content_meta_order, same_meta},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (*parts[i].n == 0) continue;
        qsort(parts[i].rows, *parts[i].n, parts[i].row_bytes, parts[i].order);
        *parts[i].n = keep_first(parts[i].rows, *parts[i].n, parts[i].row_bytes, parts[i].same);
    }
    return HONE_OK;
}

static int order_places(const struct hone_store_trial *trial,
                        const struct hone_store_winner *winner)
{
    int order = strcmp(trial->variant.problem, winner->variant.problem);
    if (order == 0) order = strcmp(trial->regime, winner->regime);
    return order ? order : strcmp(trial->device, winner->device);
}

bool content_has_valid_trial(const struct hone_content *content,
                             const struct hone_store_winner *winner)
{
    size_t low = 0, high = content->n_trials;
    while (low < high) { /* first trial of this problem, regime and device */
        size_t middle = low + (high - low) / 2;
        if (order_places(&content->trials[middle], winner) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t t = low; t < content->n_trials; t++) {
        const struct hone_store_trial *trial = &content->trials[t];
        if (order_places(trial, winner) != 0) break;
        if (trial->valid && content_variant_key_order(&trial->variant, &winner->variant) == 0)
            return true;
    }
    return false;
}

static size_t group_end(const struct hone_store_winner *winners, size_t n, size_t first)
{
    size_t end = first + 1;
    while (end < n && content_group_order(&winners[first], &winners[end]) == 0) end++;
    return end;
}

/* Sets of winners stay whole: of each group one side's. */
static void merge_winners(const struct hone_content *a, const struct hone_content *b,
                          struct hone_content *out)
{
    size_t i = 0, k = 0;
    out->n_winners = 0;
    while (i < a->n_winners || k < b->n_winners) {
        size_t end_i = i < a->n_winners ? group_end(a->winners, a->n_winners, i) : i;
        size_t end_k = k < b->n_winners ? group_end(b->winners, b->n_winners, k) : k;
        int side = i == end_i   ? 1
                   : k == end_k ? -1
                                : content_group_order(&a->winners[i], &b->winners[k]);
        bool both = side == 0;
        if (both)
            side = content_winner_set_order(&a->winners[i], end_i - i, &b->winners[k], end_k - k);
        const struct hone_store_winner *from = side <= 0 ? &a->winners[i] : &b->winners[k];
        size_t n = side <= 0 ? end_i - i : end_k - k;
        memcpy(&out->winners[out->n_winners], from, n * sizeof *from);
        out->n_winners += n;
        if (both || side <= 0) i = end_i;
        if (both || side > 0) k = end_k;
    }
}

static void count_meetings(const struct hone_content *a, const struct hone_content *b,
                           struct hone_merge_counts *counts)
{
    for (size_t i = 0, k = 0; i < a->n_trials && k < b->n_trials;) {
        int order = content_trial_key_order(&a->trials[i], &b->trials[k]);
        if (order == 0) {
            /* variants were settled apart: what is compared is the trial's own */
            struct hone_store_trial other = b->trials[k];
            other.variant = a->trials[i].variant;
            if (content_trial_order(&a->trials[i], &other) == 0)
                counts->n_twice++;
            else
                counts->n_conflict++;
        }
        i += order <= 0;
        k += order >= 0;
    }
}

static void *join(struct hone_arena *arena, const void *a, size_t n_a, const void *b, size_t n_b,
                  size_t row_bytes, size_t *out_n)
{
    char *rows = hone_arena_array(arena, n_a + n_b + 1, row_bytes);
    *out_n = n_a + n_b;
    if (rows && n_a) memcpy(rows, a, n_a * row_bytes);
    if (rows && n_b) memcpy(rows + n_a * row_bytes, b, n_b * row_bytes);
    return rows;
}

#define JOIN(part)                                                                                 \
    (out.part =                                                                                    \
         join(arena, a->part, a->n_##part, b->part, b->n_##part, sizeof *out.part, &out.n_##part))

enum hone_status hone_content_merge(const struct hone_content *a, const struct hone_content *b,
                                    struct hone_arena *arena, struct hone_content *out_content,
                                    struct hone_merge_counts *counts, struct hone_error *err)
{
    struct hone_content out = {0}; /* *out_content may be one of the two */
    if (counts) count_meetings(a, b, counts);
    if (!JOIN(trials) || !JOIN(winners) || !JOIN(quarantine) || !JOIN(binaries) || !JOIN(meta))
        return no_memory(err);
    merge_winners(a, b, &out);
    *out_content = out;
    return hone_content_settle(out_content, arena, err);
}
