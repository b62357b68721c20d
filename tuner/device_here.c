/* SPDX-License-Identifier: MIT */
/* Asks the device layer; nothing is opened. */
#include "tuner/device_here.h"

#include "codegen/target/target.h"
#include "runtime/device/device.h"

enum hone_status device_here(const char *family, struct hone_target *out_target,
                             struct hone_machine_facts *out_facts, struct hone_error *err)
{
    const struct hone_device_vtable *vtable = hone_device_find(family);
    struct hone_device_facts facts = {0};
    if (!vtable)
        return hone_fail(err, HONE_ERR_TARGET, "this build has no device of family '%s'", family);
    HONE_TRY(vtable->detect(out_target, err));
    if (!out_facts) return HONE_OK;
    if (vtable->facts)
        HONE_TRY(vtable->facts(&facts, err));
    else
        hone_cpu_facts_read(&facts.machine);
    *out_facts = facts.machine;
    return HONE_OK;
}

enum hone_status device_target(const char *text, struct hone_target *out_target,
                               struct hone_error *err)
{
    if (hone_device_find(text)) return device_here(text, out_target, NULL, err);
    return hone_target_parse(text, out_target, err);
}

bool device_runs(const struct hone_target *target)
{
    struct hone_target machine;
    return device_here(target->family, &machine, NULL, NULL) == HONE_OK &&
           hone_target_runs(&machine, target);
}

void device_facts(const struct hone_target *target, struct hone_machine_facts *out_facts)
{
    struct hone_target machine;
    struct hone_machine_facts facts;
    hone_target_facts(target, out_facts);
    if (device_here(target->family, &machine, &facts, NULL) == HONE_OK &&
        hone_target_runs(&machine, target))
        *out_facts = facts;
}
