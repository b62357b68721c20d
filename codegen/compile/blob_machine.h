/* SPDX-License-Identifier: MIT */
/* What differs between machines when an object is linked: their relocations. One file and one
 * table per machine. */
#ifndef HONE_COMPILE_BLOB_MACHINE_H
#define HONE_COMPILE_BLOB_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets are those of the blob; only differences of them, and bits below HONE_BLOB_ALIGNMENT, may
 * reach the bytes. */
struct blob_fixup {
    uint8_t *bytes;  /* n_bytes of the rule are there */
    uint64_t place;  /* offset of `bytes` in the blob, or of the partner's */
    uint64_t symbol; /* offset of the symbol in the blob */
    int64_t addend;
};

/* A relocation that means nothing without another one of its section. */
enum blob_partner {
    BLOB_ALONE,
    BLOB_PARTNER_AT_SYMBOL, /* the symbol is where the partner is applied: place, symbol and addend
                               are the partner's */
    BLOB_PARTNER_HERE,      /* both change the same bytes */
};

struct blob_rule {
    uint32_t type;
    uint32_t n_bytes;
    const char *name;
    /* False when the value does not fit; NULL when a blob cannot express the relocation. */
    bool (*apply)(const struct blob_fixup *fixup);
    enum blob_partner partner;
    uint32_t partner_type;
};

#define BLOB_RULE(t, bytes, function)                                                              \
    {                                                                                              \
        .type = t, .n_bytes = bytes, .name = #t, .apply = function                                 \
    }
#define BLOB_PAIR(t, bytes, function, how, of)                                                     \
    {                                                                                              \
        .type = t, .n_bytes = bytes, .name = #t, .apply = function, .partner = how,                \
        .partner_type = of                                                                         \
    }

struct blob_machine {
    uint16_t elf_machine;
    const char *name;
    const struct blob_rule *rules;
    uint32_t n_rules;
};

extern const struct blob_machine hone_blob_x86_64, hone_blob_aarch64, hone_blob_riscv64;

#endif
