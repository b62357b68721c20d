/* SPDX-License-Identifier: MIT */
/* Steps say where a weight lies and how large it is, proofs in which format. */
#include "tuner/inspect_weights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/package_calls.h"
#include "tuner/plan_calls.h"

enum { SLOT_BYTES = 8, MAX_LISTS = 64 };

/* First one weight, by its place; then many of one kind. */
struct weights {
    uint64_t offset, rows, cols, n_bytes;
    const struct hone_format *format;
    uint64_t lists; /* bit per list that reads it */
    uint32_t n;
};

struct weighing {
    const struct hone_package *package;
    struct package_calls calls;
    struct weights *items;
    size_t n_items, capacity;
    struct hone_error *err;
};

static enum hone_status add_item(struct weighing *w, const struct weights *item)
{
    if (w->n_items == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 256;
        struct weights *grown = realloc(w->items, capacity * sizeof *grown);
        if (!grown) return hone_fail(w->err, HONE_ERR_NO_MEMORY, "weights: no memory");
        w->items = grown;
        w->capacity = capacity;
    }
    w->items[w->n_items++] = *item;
    return HONE_OK;
}

static enum hone_status read_step(struct weighing *w, uint32_t list, uint32_t number)
{
    const struct hone_plan *plan = &w->package->plan;
    const struct hone_plan_step *step = &plan->steps[number];
    struct hone_runner_call call;
    HONE_TRY(
        plan_call_of_step(w->package, list, number, &w->calls.calls[step->kernel], &call, w->err));
    const struct hone_problem *problem = &call.spec.call.problem;
    for (uint32_t b = 0; b < step->n_bindings; b++) {
        const struct hone_plan_binding *binding = &plan->bindings[step->first_binding + b];
        uint32_t slot = binding->args_offset / SLOT_BYTES;
        if (binding->kind != HONE_BIND_WEIGHT || slot >= problem->op->n_args) continue;
        uint32_t operand = problem->op->args[slot].index;
        struct weights item = {.offset = binding->value,
                               .rows = hone_operand_rows(problem, operand, 1, 1),
                               .cols = hone_operand_cols(problem, operand),
                               .format = call.spec.call.formats[operand],
                               .lists = UINT64_C(1) << (list % MAX_LISTS),
                               .n = 1};
        HONE_TRY(hone_format_bytes(item.format, item.rows, item.cols, &item.n_bytes, w->err));
        HONE_TRY(add_item(w, &item));
    }
    return HONE_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct weights *x = a, *y = b;
    return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : 0;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Largest shapes first; the layouts of a shape together. */
static int by_kind(const void *a, const void *b)
{
    const struct weights *x = a, *y = b;
    if (x->rows * x->cols != y->rows * y->cols)
        return compare(y->rows * y->cols, x->rows * x->cols);
    if (x->rows != y->rows) return compare(y->rows, x->rows);
    if (x->format != y->format) return strcmp(x->format->name, y->format->name);
    return compare(x->lists, y->lists);
}

/* Equal neighbours become one: the same place (whose lists add up), or the same kind. */
static void fold(struct weighing *w, int (*order)(const void *, const void *), bool is_place)
{
    size_t n = 0;
    if (w->n_items) qsort(w->items, w->n_items, sizeof *w->items, order);
    for (size_t i = 0; i < w->n_items; i++) {
        struct weights *last = n ? &w->items[n - 1] : NULL;
        if (!last || order(last, &w->items[i]) != 0) {
            w->items[n++] = w->items[i];
        } else if (is_place) {
            last->lists |= w->items[i].lists;
        } else {
            last->n += w->items[i].n;
            last->n_bytes += w->items[i].n_bytes;
        }
    }
    w->n_items = n;
}

static enum hone_status weigh(struct weighing *w)
{
    const struct hone_plan *plan = &w->package->plan;
    HONE_TRY(package_calls_read(w->package, &w->calls, w->err));
    for (uint32_t l = 0; l < plan->header->n_lists; l++) {
        const struct hone_plan_list *list = &plan->lists[l];
        for (uint32_t s = 0; s < list->n_steps; s++)
            HONE_TRY(read_step(w, l, list->first_step + s));
    }
    fold(w, by_place, true);
    fold(w, by_kind, false);
    return HONE_OK;
}

static void end(struct weighing *w)
{
    package_calls_release(&w->calls);
    free(w->items);
}

static bool reads(const struct weights *item, uint32_t list)
{
    return item->lists >> (list % MAX_LISTS) & 1;
}

static void lists_text(const struct hone_plan *plan, const struct weights *item, char text[256])
{
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t l = 0; l < plan->header->n_lists && at + 32 < 256; l++)
        if (reads(item, l))
            at += (size_t)snprintf(text + at, 256 - at, "%s%u..%u", at ? " " : "",
                                   plan->lists[l].m_min, plan->lists[l].m_max);
}

static void add_row(struct records *records, const struct hone_plan *plan,
                    const struct weights *item)
{
    double lists[MAX_LISTS];
    size_t n_lists = 0;
    char text[256];
    for (uint32_t l = 0; l < plan->header->n_lists && n_lists < MAX_LISTS; l++)
        if (reads(item, l)) lists[n_lists++] = l;
    lists_text(plan, item, text);
    record_text(records, item->format->name);
    record_format(records, "%" PRIu64 " x %" PRIu64, item->rows, item->cols);
    record_integer(records, (int64_t)item->rows);
    record_integer(records, (int64_t)item->cols);
    record_integer(records, item->n);
    record_integer(records, (int64_t)item->n_bytes);
    record_text(records, text);
    record_list(records, lists, n_lists);
}

bool inspect_weights(const struct hone_package *package, struct records *out_records,
                     struct hone_error *why)
{
    static const struct record_column columns[] = {{"format", "weights", RECORD_TEXT},
                                                   {NULL, "shape", RECORD_TEXT},
                                                   {"rows", NULL, RECORD_INTEGER},
                                                   {"cols", NULL, RECORD_INTEGER},
                                                   {"n_tensors", "tensors", RECORD_INTEGER},
                                                   {"bytes", "bytes", RECORD_INTEGER},
                                                   {NULL, "read by lists", RECORD_TEXT},
                                                   {"lists", NULL, RECORD_LIST},
                                                   {NULL, NULL, RECORD_END}};
    struct weighing w = {.package = package, .err = why};
    bool is_known = package->parts[HONE_SECTION_PROOFS].data && weigh(&w) == HONE_OK;
    records_begin(out_records, columns);
    for (size_t i = 0; is_known && i < w.n_items; i++)
        add_row(out_records, &package->plan, &w.items[i]);
    end(&w);
    return is_known;
}
