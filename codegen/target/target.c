/* SPDX-License-Identifier: MIT */
/* The table of target families. A new one is a file and a row here. */
#include "codegen/target/target.h"

#include <string.h>

#include "codegen/target/families.h"

static const struct hone_codegen_target *const families[] = {&hone_codegen_target_cpu,
                                                             &hone_codegen_target_cuda};

const struct hone_codegen_target *hone_codegen_target_find(const char *family)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i]->family, family) == 0) return families[i];
    return NULL;
}

void hone_target_facts(const struct hone_target *target, struct hone_machine_facts *out_facts)
{
    const struct hone_codegen_target *family = hone_codegen_target_find(target->family);
    *out_facts = (struct hone_machine_facts){0};
    if (family) family->machine(target, out_facts);
}
