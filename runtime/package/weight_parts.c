/* SPDX-License-Identifier: MIT */
/* Checks and finds the parts of WEIGHTS that one plan of several reads. */
#include "runtime/package/weight_parts.h"

#include "runtime/base/checked.h"

_Static_assert(sizeof(struct hone_weight_part) == 16, "layout of FORMAT.md");

#define LONG(v) ((unsigned long long)(v))

size_t hone_weight_part_of(const struct hone_weight_part *parts, size_t n, uint64_t offset)
{
    size_t low = 0, high = n;
    while (low < high) { /* the first part that begins behind the byte */
        size_t middle = low + (high - low) / 2;
        if (parts[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || offset - parts[low - 1].offset >= parts[low - 1].n_bytes) return n;
    return low - 1;
}

static enum hone_status check_bounds(const char *file, const struct hone_weight_part *parts,
                                     size_t n, uint64_t weight_bytes, struct hone_error *err)
{
    uint64_t end = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t offset = parts[i].offset, n_bytes = parts[i].n_bytes;
        bool is_inside = hone_in_range(offset, n_bytes, weight_bytes);
        if (!is_inside || offset < end || n_bytes == 0 || offset % 64 != 0 ||
            (n_bytes % 64 != 0 && offset + n_bytes != weight_bytes))
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: weight parts section: part %zu, %llu bytes at %llu, does not lie "
                             "behind the one before in the weights' %llu",
                             file, i, LONG(n_bytes), LONG(offset), LONG(weight_bytes));
        end = offset + n_bytes;
    }
    return HONE_OK;
}

enum hone_status hone_plan_check_parts(const char *file, const struct hone_plan *plan,
                                       const struct hone_package_part *section,
                                       uint64_t weight_bytes, struct hone_error *err)
{
    if (!section->data) return HONE_OK;
    const struct hone_weight_part *parts = (const void *)section->data;
    size_t n = (size_t)(section->n_bytes / sizeof *parts);
    if (section->n_bytes % sizeof *parts != 0)
        return hone_fail(err, HONE_ERR_FORMAT, "%s: weight parts section: %llu bytes", file,
                         LONG(section->n_bytes));
    HONE_TRY(check_bounds(file, parts, n, weight_bytes, err));
    for (uint32_t i = 0; i < plan->header->n_steps; i++) {
        const struct hone_plan_step *step = &plan->steps[i];
        for (uint32_t b = 0; b < step->n_bindings; b++) {
            const struct hone_plan_binding *binding = &plan->bindings[step->first_binding + b];
            if (binding->kind != HONE_BIND_WEIGHT ||
                hone_weight_part_of(parts, n, binding->value) < n)
                continue;
            return hone_fail(err, HONE_ERR_FORMAT,
                             "%s: plan: step %u, binding %u: weight %llu is in no part of the plan",
                             file, i, b, LONG(binding->value));
        }
    }
    return HONE_OK;
}

const struct hone_weight_part *hone_package_weight_parts(const struct hone_package *package,
                                                         size_t *out_n)
{
    const struct hone_package_part *section = &package->parts[HONE_SECTION_WEIGHT_PARTS];
    const struct hone_weight_part *parts = (const void *)section->data;
    *out_n = (size_t)(section->n_bytes / sizeof *parts);
    return parts;
}
