/* SPDX-License-Identifier: MIT */
/* Small relocatable ELF objects made by hand, so that the linker is tested without a compiler. */
#ifndef HONE_TESTS_ELF_BUILDER_H
#define HONE_TESTS_ELF_BUILDER_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* Sections of the object, in this order. */
enum { ELF_NONE, ELF_TEXT, ELF_RODATA, ELF_EXTRA, ELF_RELA, ELF_SYMTAB, ELF_STRTAB, ELF_SECTIONS };
/* Symbols: the entry "k" in .text, "table" in .rodata, "other" (st_shndx 0 until changed). */
enum { SYM_NONE, SYM_ENTRY, SYM_TABLE, SYM_OTHER, SYM_COUNT };

/* Fill with elf_default, change what the case is about, then build. .text is 32 bytes of 0x90,
 * .rodata 16 bytes of 0xaa aligned to 64, the extra section is empty and not loaded; one PC32 at
 * .text+4 to "table" - 4. */
struct elf_parts {
    Elf64_Ehdr header;
    Elf64_Shdr sections[ELF_SECTIONS];
    Elf64_Sym symbols[SYM_COUNT];
    Elf64_Rela relocation, partner; /* the second counts when .rela.text is made twice as large */
    const char *extra_name;
};

struct elf_bytes {
    uint8_t data[2048];
    size_t n_bytes;
};

void elf_default(struct elf_parts *parts);
void elf_build(const struct elf_parts *parts, struct elf_bytes *out_bytes);

#endif
