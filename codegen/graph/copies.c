/* SPDX-License-Identifier: MIT */
/* Second layouts of weights: bought with memory where decode and prefill want different ones. */
#include <inttypes.h>
#include <stdlib.h>

#include "codegen/graph/chooser.h"
#include "runtime/base/checked.h"

enum { WEIGHT_ALIGN = 64 };

/* Below this part of the time of what reads a weight, a gain is noise: memory is not spent on it.
 */
static const double LEAST_GAIN = 0.01;

/* Weights that some region reads together: they change layout together. */
struct unit {
    uint32_t *tensors;
    const struct hone_region **regions;
    uint32_t n_tensors, n_regions;
    struct hone_way *base; /* [region][list], with one layout */
    double base_seconds;   /* of the mix */
};

/* The best pair of layouts of a unit. */
struct offer {
    uint32_t lead; /* lowest tensor of the unit; its formats stand for those of the others */
    const struct hone_format *first, *second;
    double gain;
    uint64_t n_bytes; /* that it adds */
};

struct shop {
    struct hone_chooser *c;
    uint32_t *lead; /* per tensor: the lowest of its unit */
    struct offer *offers;
    uint32_t n_offers;
    struct unit unit; /* the one at hand */
};

static enum hone_status no_memory(const struct shop *shop)
{
    return hone_fail(shop->c->err, HONE_ERR_NO_MEMORY, "second layouts: no memory");
}

static enum hone_status weight_bytes(const struct hone_chooser *c, uint32_t t,
                                     const struct hone_format *format, uint64_t *total)
{
    const struct hone_tensor *tensor = &c->graph->tensors[t];
    uint64_t n_bytes, rounded;
    HONE_TRY(hone_format_bytes(format, tensor->rows, tensor->cols, &n_bytes, c->err));
    if (hone_round_up(n_bytes, WEIGHT_ALIGN, &rounded) && hone_add(*total, rounded, total))
        return HONE_OK;
    return hone_fail(c->err, HONE_ERR_LIMIT, "weight '%s' is too large", tensor->name);
}

/* ---- units ---- */

static uint32_t lead_of(const struct shop *shop, uint32_t t)
{
    while (shop->lead[t] != t) t = shop->lead[t];
    return t;
}

static void join(struct shop *shop, uint32_t a, uint32_t b)
{
    a = lead_of(shop, a);
    b = lead_of(shop, b);
    shop->lead[a > b ? a : b] = a < b ? a : b;
}

/* A weight that the region reads, UINT32_MAX for none; all of them are joined. */
static uint32_t join_weights(struct shop *shop, const struct hone_region *region)
{
    uint32_t any = UINT32_MAX;
    for (uint32_t a = 0; a < region->n_alternatives; a++)
        for (uint32_t i = 0; i < region->alternatives[a].n_nodes; i++) {
            const struct hone_node *node = &region->alternatives[a].nodes[i];
            for (uint32_t o = 0; o < node->op->n_operands; o++) {
                uint32_t t = node->operands[o];
                if (shop->c->graph->tensors[t].kind != HONE_TENSOR_WEIGHT) continue;
                if (any != UINT32_MAX) join(shop, any, t);
                any = t;
            }
        }
    return any;
}

static void gather_unit(struct shop *shop, uint32_t lead)
{
    const struct hone_chooser *c = shop->c;
    struct unit *unit = &shop->unit;
    unit->n_tensors = unit->n_regions = 0;
    for (uint32_t t = lead; t < c->graph->n_tensors; t++)
        if (c->choice->weight_formats[t] && lead_of(shop, t) == lead)
            unit->tensors[unit->n_tensors++] = t;
    for (uint32_t r = 0; r < c->regions->n_regions; r++) {
        uint32_t t = join_weights(shop, &c->regions->regions[r]);
        if (t != UINT32_MAX && lead_of(shop, t) == lead)
            unit->regions[unit->n_regions++] = &c->regions->regions[r];
    }
}

/* ---- what a pair is worth ---- */

/* The format of a weight that has the layout of another weight's. */
static const struct hone_format *sibling(const struct hone_format *format, enum hone_type type)
{
    size_t n;
    const struct hone_format *table = hone_format_table(&n);
    for (size_t i = 0; i < n; i++)
        if (table[i].type == type && table[i].layout == format->layout &&
            table[i].group == format->group)
            return &table[i];
    return NULL;
}

static bool give(struct shop *shop, const struct hone_format *first,
                 const struct hone_format *second)
{
    struct hone_choice *choice = shop->c->choice;
    for (uint32_t i = 0; i < shop->unit.n_tensors; i++) {
        uint32_t t = shop->unit.tensors[i];
        enum hone_type type = shop->c->graph->tensors[t].type;
        choice->weight_formats[t] = sibling(first, type);
        choice->second_formats[t] = second ? sibling(second, type) : NULL;
        if (!choice->weight_formats[t] || (second && !choice->second_formats[t])) return false;
    }
    return true;
}

/* Parts that read no weight cancel out where both ways are the same. */
static bool is_measured(const struct hone_way *a, const struct hone_way *b)
{
    if (a->alternative == b->alternative) return a->weights_tuned && b->weights_tuned;
    return a->tuned && b->tuned;
}

/* Fills base (pair NULL), or the gain of the formats given over base. What was never measured on
 * both sides can lose but not win: memory is not spent on an estimate. */
static enum hone_status weigh(struct shop *shop, struct offer *pair)
{
    const struct hone_chooser *c = shop->c;
    struct unit *unit = &shop->unit;
    for (uint32_t r = 0; r < unit->n_regions; r++)
        for (uint32_t l = 0; l < c->mix->n_lists; l++) {
            struct hone_way *base = &unit->base[r * c->mix->n_lists + l], way;
            HONE_TRY(hone_chooser_way(c, unit->regions[r], &c->mix->lists[l], &way));
            if (!pair) {
                *base = way;
                unit->base_seconds += way.seconds * c->mix->lists[l].weight;
                continue;
            }
            double gain = base->seconds - way.seconds;
            if (gain > 0 && !is_measured(base, &way)) continue;
            pair->gain += gain * c->mix->lists[l].weight;
        }
    return HONE_OK;
}

static enum hone_status bytes_given(const struct shop *shop, uint64_t *out_bytes)
{
    const struct hone_choice *choice = shop->c->choice;
    *out_bytes = 0;
    for (uint32_t i = 0; i < shop->unit.n_tensors; i++) {
        uint32_t t = shop->unit.tensors[i];
        HONE_TRY(weight_bytes(shop->c, t, choice->weight_formats[t], out_bytes));
        if (choice->second_formats[t])
            HONE_TRY(weight_bytes(shop->c, t, choice->second_formats[t], out_bytes));
    }
    return HONE_OK;
}

/* Puts the unit's best pair among the offers, if one is worth memory. */
static enum hone_status offer_unit(struct shop *shop, uint32_t lead)
{
    struct hone_chooser *c = shop->c;
    const struct hone_format *base = c->choice->weight_formats[lead];
    struct hone_weight_formats formats = {.n = 0};
    struct offer best = {.lead = lead};
    uint64_t base_bytes;
    gather_unit(shop, lead);
    for (uint32_t r = 0; r < shop->unit.n_regions; r++)
        HONE_TRY(hone_chooser_formats(c, shop->unit.regions[r], lead, &formats));
    if (formats.n < 2) return HONE_OK;
    shop->unit.base_seconds = 0;
    HONE_TRY(weigh(shop, NULL));
    HONE_TRY(bytes_given(shop, &base_bytes));
    for (uint32_t i = 0; i < formats.n; i++)
        for (uint32_t j = i + 1; j < formats.n; j++) {
            bool swap = formats.items[j] == base;
            struct offer pair = {.lead = lead,
                                 .first = formats.items[swap ? j : i],
                                 .second = formats.items[swap ? i : j]};
            if (!give(shop, pair.first, pair.second)) continue;
            HONE_TRY(weigh(shop, &pair));
            HONE_TRY(bytes_given(shop, &pair.n_bytes));
            pair.n_bytes = pair.n_bytes > base_bytes ? pair.n_bytes - base_bytes : 1;
            if (pair.gain > best.gain) best = pair;
        }
    give(shop, base, NULL);
    if (best.gain >= LEAST_GAIN * shop->unit.base_seconds && best.gain > 0)
        shop->offers[shop->n_offers++] = best;
    return HONE_OK;
}

/* ---- buying ---- */

static int most_per_byte_first(const void *a, const void *b)
{
    const struct offer *x = a, *y = b;
    double p = x->gain / (double)x->n_bytes, q = y->gain / (double)y->n_bytes;
    if (p != q) return p > q ? -1 : 1;
    return x->lead < y->lead ? -1 : x->lead > y->lead;
}

static void buy(struct shop *shop, uint64_t n_bytes_left)
{
    struct hone_second_layouts *bought = &shop->c->choice->second_layouts;
    qsort(shop->offers, shop->n_offers, sizeof *shop->offers, most_per_byte_first);
    for (uint32_t i = 0; i < shop->n_offers; i++) {
        const struct offer *offer = &shop->offers[i];
        if (offer->n_bytes > n_bytes_left) continue;
        n_bytes_left -= offer->n_bytes;
        gather_unit(shop, offer->lead);
        give(shop, offer->first, offer->second);
        bought->n_bytes += offer->n_bytes;
        bought->n_weights += shop->unit.n_tensors;
        bought->seconds += offer->gain;
    }
}

static enum hone_status check_limit(const struct hone_chooser *c,
                                    const struct hone_weights_limit *limit, uint64_t *out_left)
{
    uint64_t one = c->choice->second_layouts.one_layout_bytes, all = limit->n_bytes;
    if (limit->ratio > 0)
        all = limit->ratio * (double)one < 0x1p62 ? (uint64_t)(limit->ratio * (double)one)
                                                  : UINT64_C(1) << 62;
    if (all < one)
        return hone_fail(c->err, HONE_ERR_ARGUMENT,
                         "%" PRIu64 " bytes for weights are not enough: one layout of each takes "
                         "%" PRIu64,
                         all, one);
    *out_left = all - one;
    return HONE_OK;
}

static enum hone_status go_shopping(struct shop *shop, uint64_t n_bytes_left)
{
    const struct hone_chooser *c = shop->c;
    for (uint32_t t = 0; t < c->graph->n_tensors; t++) shop->lead[t] = t;
    for (uint32_t r = 0; r < c->regions->n_regions; r++)
        join_weights(shop, &c->regions->regions[r]);
    for (uint32_t t = 0; t < c->graph->n_tensors; t++)
        if (c->choice->weight_formats[t] && lead_of(shop, t) == t) HONE_TRY(offer_unit(shop, t));
    buy(shop, n_bytes_left);
    return HONE_OK;
}

enum hone_status hone_copies_choose(struct hone_chooser *c, const struct hone_weights_limit *limit)
{
    uint32_t n_tensors = c->graph->n_tensors, n_regions = c->regions->n_regions;
    struct hone_choice *choice = c->choice;
    uint64_t n_bytes_left = 0;
    for (uint32_t t = 0; t < n_tensors; t++)
        if (choice->weight_formats[t])
            HONE_TRY(weight_bytes(c, t, choice->weight_formats[t],
                                  &choice->second_layouts.one_layout_bytes));
    if (!limit || (limit->n_bytes == 0 && !(limit->ratio > 0))) return HONE_OK;
    HONE_TRY(check_limit(c, limit, &n_bytes_left));
    struct shop shop = {
        .c = c,
        .lead = calloc(n_tensors, sizeof *shop.lead),
        .offers = calloc(n_tensors, sizeof *shop.offers),
        .unit = {.tensors = calloc(n_tensors, sizeof *shop.unit.tensors),
                 .regions = calloc(n_regions, sizeof *shop.unit.regions),
                 .base = calloc((size_t)n_regions * c->mix->n_lists, sizeof *shop.unit.base)}};
    bool fits =
        shop.lead && shop.offers && shop.unit.tensors && shop.unit.regions && shop.unit.base;
    enum hone_status status = fits ? go_shopping(&shop, n_bytes_left) : no_memory(&shop);
    free(shop.lead);
    free(shop.offers);
    free(shop.unit.tensors);
    free(shop.unit.regions);
    free(shop.unit.base);
    return status;
}
