/* SPDX-License-Identifier: MIT */
/* Which plan of a package runs here: a GPU's before a CPU's, the closer to the machine before the
 * more general. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/model.h"

/* One plan looked at: `status` and `why` say what speaks against it. */
struct candidate {
    const struct hone_device_vtable *device;
    enum hone_status status;
    struct hone_error why;
};

static void look_at(const struct hone_package *package, uint32_t index, struct candidate *c)
{
    const struct hone_target *needed = &package->choices[index].target;
    char wanted[HONE_TARGET_TEXT_BYTES], present[HONE_TARGET_TEXT_BYTES];
    char missing[HONE_TARGET_TEXT_BYTES];
    struct hone_target machine;
    hone_target_format(needed, wanted);
    c->device = hone_device_find(needed->family);
    if (!c->device) {
        c->status = hone_fail(&c->why, HONE_ERR_TARGET,
                              "made for %s, a device this build does not have", wanted);
        return;
    }
    c->status = c->device->detect(&machine, &c->why);
    if (c->status != HONE_OK || hone_target_runs(&machine, needed)) return;
    hone_target_format(&machine, present);
    hone_target_lacks(&machine, needed, missing);
    c->status = hone_fail(&c->why, HONE_ERR_TARGET, "made for %s, this machine is %s: it lacks %s",
                          wanted, present, missing);
}

/* Of two that run here. */
static bool is_better(const struct hone_package *package, uint32_t index,
                      const struct candidate *candidate, uint32_t best_index,
                      const struct candidate *best)
{
    if (candidate->device->is_host != best->device->is_host) return !candidate->device->is_host;
    const struct hone_target *target = &package->choices[index].target;
    const struct hone_target *other = &package->choices[best_index].target;
    return hone_target_runs(target, other) && !hone_target_runs(other, target);
}

static enum hone_status none_is_for(const struct hone_package *package, const char *family,
                                    struct hone_error *err)
{
    char list[256] = "", text[HONE_TARGET_TEXT_BYTES];
    for (uint32_t i = 0; i < package->n_plans; i++) {
        hone_target_format(&package->choices[i].target, text);
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.120s", used ? ", " : "", text);
    }
    return hone_fail(err, HONE_ERR_TARGET, "%s: no plan for device '%.32s' in it: made for %s",
                     package->path, family, list);
}

enum hone_status hone_model_choose(struct hone_model *model, const char *family,
                                   struct hone_error *err)
{
    struct hone_package *package = &model->package;
    struct candidate best = {.device = NULL}, first = {.device = NULL}, c;
    uint32_t best_index = 0, n_looked_at = 0;
    if (!family) family = getenv("HONE_DEVICE");
    if (family && !*family) family = NULL;
    for (uint32_t i = 0; i < package->n_plans; i++) {
        if (family && strcmp(package->choices[i].target.family, family) != 0) continue;
        look_at(package, i, &c);
        if (n_looked_at++ == 0) first = c;
        if (c.status != HONE_OK) continue;
        if (best.device && !is_better(package, i, &c, best_index, &best)) continue;
        best = c;
        best_index = i;
    }
    if (n_looked_at == 0) return none_is_for(package, family, err);
    if (!best.device)
        return hone_fail(err, first.status, "%s: %s%s", package->path, first.why.text,
                         n_looked_at > 1 ? "; nor does another of its plans run here" : "");
    hone_package_choose(package, best_index);
    hone_target_format(&package->target, model->target);
    model->device = best.device;
    return HONE_OK;
}
