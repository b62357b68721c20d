/* SPDX-License-Identifier: MIT */
/* What a plan runs. */
#include "tuner/inspect_steps.h"

#include <stdio.h>

static const char *const grid_rules[HONE_GRID_RULES] = {
    [HONE_GRID_CONST] = "const", [HONE_GRID_TOKENS] = "tokens", [HONE_GRID_OUT] = "out"};

static const char *kernel_name(const struct hone_plan *plan, uint32_t kernel)
{
    return plan->names + plan->kernels[kernel].name_offset;
}

/* Steps of a list, or of all (list NULL), that use a kernel. */
static uint32_t uses_of(const struct hone_plan *plan, const struct hone_plan_list *list,
                        uint32_t kernel)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < plan->header->n_lists; l++) {
        const struct hone_plan_list *each = &plan->lists[l];
        for (uint32_t s = 0; (!list || list == each) && s < each->n_steps; s++)
            n += plan->steps[each->first_step + s].kernel == kernel;
    }
    return n;
}

static uint32_t kernels_of(const struct hone_plan *plan, const struct hone_plan_list *list)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < plan->header->n_kernels; k++) n += uses_of(plan, list, k) > 0;
    return n;
}

void inspect_lists(const struct hone_plan *plan, struct records *out_records)
{
    static const struct record_column columns[] = {{NULL, "rows", RECORD_TEXT},
                                                   {"m_min", NULL, RECORD_INTEGER},
                                                   {"m_max", NULL, RECORD_INTEGER},
                                                   {"n_steps", "steps", RECORD_INTEGER},
                                                   {"n_kernels", "kernels", RECORD_INTEGER},
                                                   {NULL, NULL, RECORD_END}};
    records_begin(out_records, columns);
    for (uint32_t l = 0; l < plan->header->n_lists; l++) {
        const struct hone_plan_list *list = &plan->lists[l];
        record_format(out_records, "%u..%u", list->m_min, list->m_max);
        record_integer(out_records, list->m_min);
        record_integer(out_records, list->m_max);
        record_integer(out_records, list->n_steps);
        record_integer(out_records, kernels_of(plan, list));
    }
}

static double share_of(const struct hone_package *package, uint32_t kernel)
{
    return (double)package->plan.kernels[kernel].code_bytes /
           (double)package->parts[HONE_SECTION_CODE].n_bytes;
}

static void lists_text(const struct hone_plan *plan, uint32_t kernel, char text[256])
{
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t l = 0; l < plan->header->n_lists && at + 32 < 256; l++)
        if (uses_of(plan, &plan->lists[l], kernel))
            at += (size_t)snprintf(text + at, 256 - at, "%s%u..%u", at ? " " : "",
                                   plan->lists[l].m_min, plan->lists[l].m_max);
}

void inspect_kernels(const struct hone_package *package, struct records *out_records)
{
    static const struct record_column columns[] = {{"name", "kernel", RECORD_TEXT},
                                                   {"blob_offset", NULL, RECORD_INTEGER},
                                                   {"code_offset", NULL, RECORD_INTEGER},
                                                   {"n_steps", "steps", RECORD_INTEGER},
                                                   {"code_bytes", "code bytes", RECORD_INTEGER},
                                                   {"share", "share", RECORD_SHARE},
                                                   {"scratch_bytes", "scratch", RECORD_INTEGER},
                                                   {"lists", "used by lists", RECORD_TEXT},
                                                   {NULL, NULL, RECORD_END}};
    const struct hone_plan *plan = &package->plan;
    records_begin(out_records, columns);
    for (uint32_t k = 0; k < plan->header->n_kernels; k++) {
        const struct hone_plan_kernel *kernel = &plan->kernels[k];
        char lists[256];
        lists_text(plan, k, lists);
        record_text(out_records, kernel_name(plan, k));
        record_integer(out_records, (int64_t)kernel->blob_offset);
        record_integer(out_records, (int64_t)kernel->code_offset);
        record_integer(out_records, uses_of(plan, NULL, k));
        record_integer(out_records, (int64_t)kernel->code_bytes);
        record_number(out_records, share_of(package, k));
        record_integer(out_records, (int64_t)kernel->scratch_bytes);
        record_text(out_records, lists);
    }
}

static enum hone_status find_list(const struct hone_plan *plan, uint32_t n_rows,
                                  const struct hone_plan_list **out_list, struct hone_error *err)
{
    for (uint32_t l = 0; l < plan->header->n_lists; l++) {
        *out_list = &plan->lists[l];
        if (n_rows >= (*out_list)->m_min && n_rows <= (*out_list)->m_max) return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_ARGUMENT, "--steps %u: a forward has 1 to %u rows", n_rows,
                     plan->header->max_tokens);
}

/* All rows are of different sequences, as far as the envelope goes. */
static uint64_t blocks_of(const struct hone_plan *plan, const struct hone_plan_step *step,
                          uint32_t n_rows)
{
    uint32_t n_out = n_rows < plan->header->max_out ? n_rows : plan->header->max_out;
    return hone_plan_blocks(step, n_rows, n_out);
}

enum hone_status inspect_steps(const struct hone_plan *plan, uint32_t n_rows,
                               struct records *out_records, struct hone_error *err)
{
    static const struct record_column columns[] = {
        {NULL, "", RECORD_INTEGER},           {"name", "step", RECORD_TEXT},
        {"kernel", NULL, RECORD_INTEGER},     {NULL, "kernel", RECORD_TEXT},
        {NULL, "grid", RECORD_TEXT},          {"grid_rule", NULL, RECORD_TEXT},
        {"grid_p0", NULL, RECORD_INTEGER},    {"grid_p1", NULL, RECORD_INTEGER},
        {"schedule", NULL, RECORD_TEXT},      {"blocks", "blocks", RECORD_INTEGER},
        {"n_bindings", NULL, RECORD_INTEGER}, {NULL, NULL, RECORD_END}};
    const struct hone_plan_list *list = NULL;
    HONE_TRY(find_list(plan, n_rows, &list, err));
    records_begin(out_records, columns);
    for (uint32_t s = 0; s < list->n_steps; s++) {
        const struct hone_plan_step *step = &plan->steps[list->first_step + s];
        record_integer(out_records, s);
        record_text(out_records, plan->names + step->name_offset);
        record_integer(out_records, step->kernel);
        record_text(out_records, kernel_name(plan, step->kernel));
        record_format(out_records, "%s %u %u%s", grid_rules[step->grid_rule], step->grid_p0,
                      step->grid_p1, step->schedule ? " dynamic" : "");
        record_text(out_records, grid_rules[step->grid_rule]);
        record_integer(out_records, step->grid_p0);
        record_integer(out_records, step->grid_p1);
        record_text(out_records, step->schedule ? "dynamic" : "static");
        record_integer(out_records, (int64_t)blocks_of(plan, step, n_rows));
        record_integer(out_records, step->n_bindings);
    }
    return HONE_OK;
}
