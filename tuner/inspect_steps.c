/* SPDX-License-Identifier: MIT */
/* What a plan runs. */
#include "tuner/inspect_steps.h"

#include <inttypes.h>
#include <string.h>

#include "tuner/report/table.h"

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

enum hone_status inspect_print_lists(const struct hone_plan *plan, struct hone_error *err)
{
    static const char *const titles[] = {">rows", ">steps", ">kernels", NULL};
    struct table table;
    table_begin(&table, titles);
    for (uint32_t l = 0; l < plan->header->n_lists; l++) {
        const struct hone_plan_list *list = &plan->lists[l];
        table_cell(&table, "%u..%u", list->m_min, list->m_max);
        table_cell(&table, "%u", list->n_steps);
        table_cell(&table, "%u", kernels_of(plan, list));
    }
    return table_end(&table, stdout, err);
}

static double share_of(const struct hone_package *package, uint32_t kernel)
{
    return (double)package->plan.kernels[kernel].code_bytes /
           (double)package->parts[HONE_SECTION_CODE].n_bytes;
}

enum hone_status inspect_print_kernels(const struct hone_package *package, struct hone_error *err)
{
    static const char *const titles[] = {"kernel",   ">steps",        ">code bytes", ">share",
                                         ">scratch", "used by lists", NULL};
    const struct hone_plan *plan = &package->plan;
    struct table table;
    table_begin(&table, titles);
    for (uint32_t k = 0; k < plan->header->n_kernels; k++) {
        char lists[256] = "";
        size_t at = 0;
        for (uint32_t l = 0; l < plan->header->n_lists && at + 32 < sizeof lists; l++)
            if (uses_of(plan, &plan->lists[l], k))
                at += (size_t)snprintf(lists + at, sizeof lists - at, "%s%u..%u", at ? " " : "",
                                       plan->lists[l].m_min, plan->lists[l].m_max);
        table_cell(&table, "%s", kernel_name(plan, k));
        table_cell(&table, "%u", uses_of(plan, NULL, k));
        table_cell(&table, "%" PRIu64, plan->kernels[k].code_bytes);
        table_cell(&table, "%.1f%%", 100 * share_of(package, k));
        table_cell(&table, "%" PRIu64, plan->kernels[k].scratch_bytes);
        table_cell(&table, "%s", lists);
    }
    return table_end(&table, stdout, err);
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

enum hone_status inspect_print_steps(const struct hone_plan *plan, uint32_t n_rows,
                                     struct hone_error *err)
{
    static const char *const titles[] = {">", "step", "kernel", "grid", ">blocks", NULL};
    const struct hone_plan_list *list;
    struct table table;
    HONE_TRY(find_list(plan, n_rows, &list, err));
    table_begin(&table, titles);
    for (uint32_t s = 0; s < list->n_steps; s++) {
        const struct hone_plan_step *step = &plan->steps[list->first_step + s];
        table_cell(&table, "%u", s);
        table_cell(&table, "%s", plan->names + step->name_offset);
        table_cell(&table, "%s", kernel_name(plan, step->kernel));
        table_cell(&table, "%s %u %u%s", grid_rules[step->grid_rule], step->grid_p0, step->grid_p1,
                   step->schedule ? " dynamic" : "");
        table_cell(&table, "%" PRIu64, blocks_of(plan, step, n_rows));
    }
    return table_end(&table, stdout, err);
}

/* ---- JSON ---- */

static json_t *text_of(const char *text)
{
    return report_json_text(text, strlen(text));
}

json_t *inspect_json_lists(const struct hone_plan *plan)
{
    json_t *all = json_array();
    for (uint32_t l = 0; all && l < plan->header->n_lists; l++) {
        const struct hone_plan_list *list = &plan->lists[l];
        json_array_append_new(
            all, json_pack("{s:I, s:I, s:I, s:I}", "m_min", (json_int_t)list->m_min, "m_max",
                           (json_int_t)list->m_max, "n_steps", (json_int_t)list->n_steps,
                           "n_kernels", (json_int_t)kernels_of(plan, list)));
    }
    return all;
}

json_t *inspect_json_kernels(const struct hone_package *package)
{
    const struct hone_plan *plan = &package->plan;
    json_t *all = json_array();
    for (uint32_t k = 0; all && k < plan->header->n_kernels; k++) {
        const struct hone_plan_kernel *kernel = &plan->kernels[k];
        json_array_append_new(
            all,
            json_pack("{s:o, s:I, s:I, s:I, s:I, s:f, s:I}", "name", text_of(kernel_name(plan, k)),
                      "blob_offset", (json_int_t)kernel->blob_offset, "code_offset",
                      (json_int_t)kernel->code_offset, "code_bytes", (json_int_t)kernel->code_bytes,
                      "scratch_bytes", (json_int_t)kernel->scratch_bytes, "share",
                      share_of(package, k), "n_steps", (json_int_t)uses_of(plan, NULL, k)));
    }
    return all;
}

enum hone_status inspect_json_steps(const struct hone_plan *plan, uint32_t n_rows,
                                    json_t **out_steps, struct hone_error *err)
{
    const struct hone_plan_list *list;
    HONE_TRY(find_list(plan, n_rows, &list, err));
    *out_steps = json_array();
    for (uint32_t s = 0; *out_steps && s < list->n_steps; s++) {
        const struct hone_plan_step *step = &plan->steps[list->first_step + s];
        json_array_append_new(
            *out_steps,
            json_pack("{s:o, s:I, s:s, s:I, s:I, s:s, s:I, s:I}", "name",
                      text_of(plan->names + step->name_offset), "kernel", (json_int_t)step->kernel,
                      "grid_rule", grid_rules[step->grid_rule], "grid_p0",
                      (json_int_t)step->grid_p0, "grid_p1", (json_int_t)step->grid_p1, "schedule",
                      step->schedule ? "dynamic" : "static", "blocks",
                      (json_int_t)blocks_of(plan, step, n_rows), "n_bindings",
                      (json_int_t)step->n_bindings));
    }
    return HONE_OK;
}
