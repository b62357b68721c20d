/* SPDX-License-Identifier: MIT */
/* The table of target families. A new one is a file and a row here. */
#include "codegen/target/target.h"

#include <string.h>

#include "codegen/target/families.h"

static const struct hone_codegen_target *const families[] = {&hone_codegen_target_cpu};

const struct hone_codegen_target *hone_codegen_target_find(const char *family)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i]->family, family) == 0) return families[i];
    return NULL;
}

void hone_target_facts(const struct hone_target *target, struct hone_cpu_facts *out_facts)
{
    static const struct hone_cpu_facts nobody = {
        .n_cpus = 4, .l1_bytes = 32 << 10, .l2_bytes = 512 << 10, .l3_bytes = 2 << 20};
    struct hone_target machine;
    hone_target_detect(&machine);
    *out_facts = nobody;
    if (strcmp(machine.arch, target->arch) == 0) hone_cpu_facts_read(out_facts);
}
