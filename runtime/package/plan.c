/* SPDX-License-Identifier: MIT */
/* Checks a plan section, table by table; nothing in it is believed before. */
#include "runtime/package/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/checked.h"

_Static_assert(sizeof(struct hone_plan_header) == 152, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_plan_list) == 16, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_plan_step) == 48, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_plan_binding) == 16, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_plan_kernel) == 40, "layout of FORMAT.md");
_Static_assert(sizeof(struct hone_plan_kv_region) == 8, "layout of FORMAT.md");
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "packages are little-endian and read in place"
#endif

struct check {
    const char *file;
    const uint8_t *data;
    uint64_t n_bytes, code_bytes, weight_bytes;
    struct hone_plan *plan;
    struct hone_error *err;
};

static enum hone_status bad(const struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum hone_status bad(const struct check *c, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *at = text; *at; at++) /* names come from the file: one line, whatever they hold */
        if (*at > 0 && *at < ' ') *at = '?';
    return hone_fail(c->err, HONE_ERR_FORMAT, "%s: plan: %s", c->file, text);
}

#define LONG(v) ((unsigned long long)(v))

enum table { LISTS, STEPS, BINDINGS, KERNELS, KV_REGIONS, ARGS, NAMES, N_TABLES };

static enum hone_status check_tables(const struct check *c)
{
    const struct hone_plan_header *h = c->plan->header;
    const struct {
        const char *name;
        uint64_t offset, count, unit, alignment;
    } tables[N_TABLES] = {
        [LISTS] = {"lists", h->lists_offset, h->n_lists, 16, 8},
        [STEPS] = {"steps", h->steps_offset, h->n_steps, 48, 8},
        [BINDINGS] = {"bindings", h->bindings_offset, h->n_bindings, 16, 8},
        [KERNELS] = {"kernels", h->kernels_offset, h->n_kernels, 40, 8},
        [KV_REGIONS] = {"KV regions", h->kv_regions_offset, h->n_kv_regions, 8, 8},
        [ARGS] = {"argument bytes", h->args_offset, h->args_bytes, 1, 64},
        [NAMES] = {"name bytes", h->names_offset, h->names_bytes, 1, 1},
    };
    const void *found[N_TABLES];
    for (int i = 0; i < N_TABLES; i++) {
        uint64_t n_bytes;
        if (!hone_mul(tables[i].count, tables[i].unit, &n_bytes) ||
            !hone_in_range(tables[i].offset, n_bytes, c->n_bytes))
            return bad(c, "table of %llu %s at %llu does not lie in the section's %llu bytes",
                       LONG(tables[i].count), tables[i].name, LONG(tables[i].offset),
                       LONG(c->n_bytes));
        if (tables[i].offset % tables[i].alignment != 0)
            return bad(c, "table of %s at %llu is not at a multiple of %llu", tables[i].name,
                       LONG(tables[i].offset), LONG(tables[i].alignment));
        found[i] = c->data + tables[i].offset;
    }
    c->plan->lists = found[LISTS];
    c->plan->steps = found[STEPS];
    c->plan->bindings = found[BINDINGS];
    c->plan->kernels = found[KERNELS];
    c->plan->kv_regions = found[KV_REGIONS];
    c->plan->args = found[ARGS];
    c->plan->names = found[NAMES];
    if (h->names_bytes == 0 || c->plan->names[h->names_bytes - 1] != '\0')
        return bad(c, "the table of names does not end with a terminated name");
    return HONE_OK;
}

static enum hone_status check_envelope(const struct check *c)
{
    const struct hone_plan_header *h = c->plan->header;
    const struct {
        const char *name;
        uint64_t value, least, most;
    } limits[] = {
        {"n_lists", h->n_lists, 1, HONE_PLAN_MAX_LISTS},
        {"n_kv_regions", h->n_kv_regions, 0, HONE_PLAN_MAX_KV_REGIONS},
        {"max_tokens", h->max_tokens, 1, HONE_PLAN_MAX_TOKENS},
        {"max_seqs", h->max_seqs, 1, HONE_PLAN_MAX_SEQS},
        {"max_out", h->max_out, 1, h->max_tokens},
        {"max_context", h->max_context, 1, HONE_PLAN_MAX_CONTEXT},
        {"page_tokens", h->page_tokens, 1, HONE_PLAN_MAX_CONTEXT},
        {"n_vocab", h->n_vocab, 1, HONE_PLAN_MAX_VOCAB},
        {"scratch_bytes", h->scratch_bytes, 0, HONE_PLAN_MAX_SCRATCH_BYTES},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i].value < limits[i].least || limits[i].value > limits[i].most)
            return bad(c, "%s is %llu, %llu to %llu expected", limits[i].name,
                       LONG(limits[i].value), LONG(limits[i].least), LONG(limits[i].most));
    c->plan->shape = (struct hone_batch_shape){
        .max_tokens = h->max_tokens,
        .max_seqs = h->max_seqs,
        .max_out = h->max_out,
        .max_pages = (uint32_t)hone_ceil_div(h->max_context, h->page_tokens),
    };
    if (!hone_batch_layout(&c->plan->shape, &c->plan->batch))
        return bad(c, "the batch block of %u sequences of %u pages is too large", h->max_seqs,
                   c->plan->shape.max_pages);
    return HONE_OK;
}

static enum hone_status check_logits(const struct check *c)
{
    const struct hone_plan_header *h = c->plan->header;
    uint64_t row_bytes = (uint64_t)h->n_vocab * sizeof(float), before_last, n_bytes;
    if (h->logits_offset % sizeof(float) || h->logits_stride % sizeof(float) ||
        h->logits_stride < row_bytes)
        return bad(c, "rows of logits at %llu, %llu apart, do not hold %u floats",
                   LONG(h->logits_offset), LONG(h->logits_stride), h->n_vocab);
    if (!hone_mul(h->max_out - 1, h->logits_stride, &before_last) ||
        !hone_add(before_last, row_bytes, &n_bytes) ||
        !hone_in_range(h->logits_offset, n_bytes, h->activation_bytes))
        return bad(c, "%u rows of logits at %llu do not lie in %llu bytes of activations",
                   h->max_out, LONG(h->logits_offset), LONG(h->activation_bytes));
    return HONE_OK;
}

static enum hone_status check_kv_regions(const struct check *c)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < c->plan->header->n_kv_regions; i++) {
        uint64_t n_bytes = c->plan->kv_regions[i].page_bytes;
        if (n_bytes == 0 || !hone_add(sum, n_bytes, &sum))
            return bad(c, "KV region %u has pages of %llu bytes", i, LONG(n_bytes));
    }
    c->plan->kv_bytes_per_page = sum;
    return HONE_OK;
}

static enum hone_status check_kernels(const struct check *c)
{
    const struct hone_plan_header *h = c->plan->header;
    for (uint32_t i = 0; i < h->n_kernels; i++) {
        const struct hone_plan_kernel *k = &c->plan->kernels[i];
        if (k->name_offset >= h->names_bytes)
            return bad(c, "kernel %u has its name outside the table of names", i);
        const char *name = c->plan->names + k->name_offset;
        if (!hone_in_range(k->blob_offset, k->code_bytes, c->code_bytes) ||
            k->blob_offset % 4096 != 0)
            return bad(c, "kernel %u '%.64s': %llu bytes at %llu are not in %llu bytes of code", i,
                       name, LONG(k->code_bytes), LONG(k->blob_offset), LONG(c->code_bytes));
        if (k->code_offset < k->blob_offset || k->code_offset - k->blob_offset >= k->code_bytes)
            return bad(c, "kernel %u '%.64s': its entry at %llu is not in its own code", i, name,
                       LONG(k->code_offset));
        if (k->scratch_bytes > h->scratch_bytes)
            return bad(c, "kernel %u '%.64s' asks for %llu bytes of scratch, the plan has %llu", i,
                       name, LONG(k->scratch_bytes), LONG(h->scratch_bytes));
        if (k->reserved != 0)
            return bad(c, "kernel %u '%.64s': its reserved field is not zero", i, name);
    }
    return HONE_OK;
}

uint64_t hone_plan_blocks(const struct hone_plan_step *step, uint32_t n_tokens, uint32_t n_out)
{
    if (step->grid_rule == HONE_GRID_CONST) return step->grid_p0;
    uint32_t n_rows = step->grid_rule == HONE_GRID_OUT ? n_out : n_tokens;
    return hone_ceil_div(n_rows, step->grid_p0) * step->grid_p1;
}

static enum hone_status check_grid(const struct check *c, uint32_t i)
{
    const struct hone_plan_step *s = &c->plan->steps[i];
    const struct hone_plan_header *h = c->plan->header;
    if (s->grid_rule >= HONE_GRID_RULES)
        return bad(c, "step %u has unknown grid rule %u", i, s->grid_rule);
    if (s->grid_rule != HONE_GRID_CONST && s->grid_p0 == 0)
        return bad(c, "step %u divides its grid by 0", i);
    if (hone_plan_blocks(s, h->max_tokens, h->max_out) > HONE_PLAN_MAX_BLOCKS)
        return bad(c, "step %u has a grid of more than %d blocks", i, HONE_PLAN_MAX_BLOCKS);
    return HONE_OK;
}

static enum hone_status check_step(const struct check *c, uint32_t i)
{
    const struct hone_plan_step *s = &c->plan->steps[i];
    const struct hone_plan_header *h = c->plan->header;
    if (s->kernel >= h->n_kernels)
        return bad(c, "step %u names kernel %u of %u", i, s->kernel, h->n_kernels);
    if (s->name_offset >= h->names_bytes)
        return bad(c, "step %u has its name outside the table of names", i);
    if (!hone_in_range(s->args_offset, s->args_bytes, h->args_bytes) || s->args_offset % 64 != 0)
        return bad(c, "step %u: %u argument bytes at %llu are not in the table of %llu", i,
                   s->args_bytes, LONG(s->args_offset), LONG(h->args_bytes));
    if (!hone_in_range(s->first_binding, s->n_bindings, h->n_bindings))
        return bad(c, "step %u: bindings %u + %u are not among %u", i, s->first_binding,
                   s->n_bindings, h->n_bindings);
    if (s->schedule > 1 || s->reserved != 0)
        return bad(c, "step %u has unknown schedule %u.%u", i, s->schedule, s->reserved);
    return check_grid(c, i);
}

static enum hone_status check_bindings(const struct check *c, uint32_t step)
{
    const struct hone_plan_step *s = &c->plan->steps[step];
    const struct hone_plan_header *h = c->plan->header;
    const struct {
        const char *name;
        uint64_t limit;
    } kinds[HONE_BIND_KINDS] = {
        [HONE_BIND_ACTIVATION] = {"activation", h->activation_bytes},
        [HONE_BIND_WEIGHT] = {"weight", c->weight_bytes},
        [HONE_BIND_BATCH] = {"batch", HONE_BATCH_FIELDS},
        [HONE_BIND_KV] = {"KV", h->n_kv_regions},
    };
    for (uint32_t i = 0; i < s->n_bindings; i++) {
        const struct hone_plan_binding *b = &c->plan->bindings[s->first_binding + i];
        if (b->kind >= HONE_BIND_KINDS)
            return bad(c, "step %u, binding %u: unknown kind %u", step, i, b->kind);
        if (b->args_offset % 8 != 0 || !hone_in_range(b->args_offset, 8, s->args_bytes))
            return bad(c, "step %u, binding %u: a pointer at %u of %u argument bytes", step, i,
                       b->args_offset, s->args_bytes);
        if (b->value >= kinds[b->kind].limit)
            return bad(c, "step %u, binding %u: %s %llu, below %llu expected", step, i,
                       kinds[b->kind].name, LONG(b->value), LONG(kinds[b->kind].limit));
    }
    return HONE_OK;
}

static enum hone_status check_lists(const struct check *c)
{
    const struct hone_plan_header *h = c->plan->header;
    uint32_t next = 1;
    for (uint32_t i = 0; i < h->n_lists; i++) {
        const struct hone_plan_list *list = &c->plan->lists[i];
        if (list->m_min != next || list->m_max < list->m_min || list->m_max > h->max_tokens)
            return bad(c, "list %u covers %u to %u rows, a range from %u up to at most %u expected",
                       i, list->m_min, list->m_max, next, h->max_tokens);
        if (!hone_in_range(list->first_step, list->n_steps, h->n_steps))
            return bad(c, "list %u: steps %u + %u are not among %u", i, list->first_step,
                       list->n_steps, h->n_steps);
        next = list->m_max + 1;
    }
    if (next != h->max_tokens + 1)
        return bad(c, "lists cover up to %u rows of %u", next - 1, h->max_tokens);
    return HONE_OK;
}

enum hone_status hone_plan_read(const char *file, const uint8_t *data, uint64_t n_bytes,
                                uint64_t code_bytes, uint64_t weight_bytes,
                                struct hone_plan *out_plan, struct hone_error *err)
{
    *out_plan = (struct hone_plan){0};
    struct check c = {file, data, n_bytes, code_bytes, weight_bytes, out_plan, err};
    if (n_bytes < sizeof *out_plan->header)
        return bad(&c, "%llu bytes, a header has %zu", LONG(n_bytes), sizeof *out_plan->header);
    out_plan->header = (const struct hone_plan_header *)(const void *)data;
    if (out_plan->header->version != HONE_PLAN_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "%s: plan: version %u, this build reads %d", file,
                         out_plan->header->version, HONE_PLAN_VERSION);
    HONE_TRY(check_envelope(&c));
    HONE_TRY(check_tables(&c));
    HONE_TRY(check_logits(&c));
    HONE_TRY(check_kv_regions(&c));
    HONE_TRY(check_kernels(&c));
    for (uint32_t i = 0; i < out_plan->header->n_steps; i++) {
        HONE_TRY(check_step(&c, i));
        HONE_TRY(check_bindings(&c, i));
    }
    return check_lists(&c);
}
