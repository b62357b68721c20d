/* SPDX-License-Identifier: MIT */
/* Relocations of x86-64 objects: with PIC and the small code model all that matter are
 * differences of two places. */
#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "codegen/compile/blob_machine.h"

static uint64_t difference(const struct blob_fixup *fixup)
{
    return fixup->symbol + (uint64_t)fixup->addend - fixup->place;
}

static bool apply_none(const struct blob_fixup *fixup)
{
    (void)fixup;
    return true;
}

static bool apply_pc32(const struct blob_fixup *fixup)
{
    int64_t value = (int64_t)difference(fixup);
    if (value < INT32_MIN || value > INT32_MAX) return false;
    for (int i = 0; i < 4; i++) fixup->bytes[i] = (uint8_t)((uint64_t)value >> 8 * i);
    return true;
}

static bool apply_pc64(const struct blob_fixup *fixup)
{
    uint64_t value = difference(fixup);
    for (int i = 0; i < 8; i++) fixup->bytes[i] = (uint8_t)(value >> 8 * i);
    return true;
}

static const struct blob_rule rules[] = {
    BLOB_RULE(R_X86_64_NONE, 0, apply_none),  BLOB_RULE(R_X86_64_PC32, 4, apply_pc32),
    BLOB_RULE(R_X86_64_PLT32, 4, apply_pc32), BLOB_RULE(R_X86_64_PC64, 8, apply_pc64),
    BLOB_RULE(R_X86_64_64, 8, NULL),          BLOB_RULE(R_X86_64_32, 4, NULL),
    BLOB_RULE(R_X86_64_32S, 4, NULL),         BLOB_RULE(R_X86_64_GOTPCREL, 4, NULL),
    BLOB_RULE(R_X86_64_GOTPCRELX, 4, NULL),   BLOB_RULE(R_X86_64_REX_GOTPCRELX, 4, NULL),
    BLOB_RULE(R_X86_64_GOTPC32, 4, NULL),     BLOB_RULE(R_X86_64_GOTOFF64, 8, NULL),
    BLOB_RULE(R_X86_64_TLSGD, 4, NULL),       BLOB_RULE(R_X86_64_TPOFF32, 4, NULL),
};

const struct blob_machine hone_blob_x86_64 = {
    .elf_machine = EM_X86_64,
    .name = "x86-64",
    .rules = rules,
    .n_rules = sizeof rules / sizeof *rules,
};
