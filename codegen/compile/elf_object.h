/* SPDX-License-Identifier: MIT */
/* A checked view of a 64-bit little-endian ELF file: every offset that these functions give out
 * lies inside it. */
#ifndef HONE_COMPILE_ELF_OBJECT_H
#define HONE_COMPILE_ELF_OBJECT_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

struct elf_object {
    const uint8_t *data;
    size_t n_bytes;
    Elf64_Ehdr header;
    uint32_t n_sections;
    uint32_t symbols; /* section index of the symbol table, 0 = none */
    uint32_t n_symbols;
};

/* `type`: ET_REL for a relocatable object, ET_EXEC for a cubin. */
enum hone_status elf_object_open(const uint8_t *data, size_t n_bytes, uint16_t type,
                                 struct elf_object *out_object, struct hone_error *err);

/* `index` must be below n_sections. Contents of sections other than NOBITS lie in the file. */
Elf64_Shdr elf_section(const struct elf_object *object, uint32_t index);

/* Never NULL; "?" for a name that is not a text inside the file. */
const char *elf_section_name(const struct elf_object *object, const Elf64_Shdr *section);
const char *elf_symbol_name(const struct elf_object *object, const Elf64_Sym *symbol);

/* `index` must be below n_symbols. */
Elf64_Sym elf_symbol(const struct elf_object *object, uint32_t index);

#endif
