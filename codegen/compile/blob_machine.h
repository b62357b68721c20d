/* SPDX-License-Identifier: MIT */
/* What differs between machines when an object is linked: their relocations. One file and one
 * table per machine. */
#ifndef HONE_COMPILE_BLOB_MACHINE_H
#define HONE_COMPILE_BLOB_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets are those of the blob; only differences of them may reach the bytes. */
struct blob_fixup {
    uint8_t *bytes;  /* n_bytes of the rule are there */
    uint64_t place;  /* offset of `bytes` in the blob */
    uint64_t symbol; /* offset of the symbol in the blob */
    int64_t addend;
};

struct blob_rule {
    uint32_t type;
    uint32_t n_bytes;
    const char *name;
    /* False when the value does not fit; NULL when a blob cannot express the relocation. */
    bool (*apply)(const struct blob_fixup *fixup);
};

struct blob_machine {
    uint16_t elf_machine;
    const char *name;
    const struct blob_rule *rules;
    uint32_t n_rules;
};

extern const struct blob_machine hone_blob_x86_64;

#endif
