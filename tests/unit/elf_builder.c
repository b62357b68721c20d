/* SPDX-License-Identifier: MIT */
/* Writes the parts of an object one after the other and the section table last. */
#include "tests/unit/elf_builder.h"

#include <string.h>

static const char names[] = "\0k\0table\0other\0.text\0.rodata\0.rela.text\0.symtab\0.strtab";

static uint32_t name_offset(const char *name)
{
    const char *text = names + 1;
    while (strcmp(text, name) != 0) text += strlen(text) + 1;
    return (uint32_t)(text - names);
}

void elf_default(struct elf_parts *parts)
{
    *parts = (struct elf_parts){
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                               EV_CURRENT},
                   .e_type = ET_REL,
                   .e_machine = EM_X86_64,
                   .e_version = EV_CURRENT,
                   .e_ehsize = sizeof(Elf64_Ehdr),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = ELF_SECTIONS,
                   .e_shstrndx = ELF_STRTAB},
        .relocation = {.r_offset = 4,
                   .r_info = ELF64_R_INFO(SYM_TABLE, R_X86_64_PC32),
                   .r_addend = -4},
        .extra_name = ".extra",
    };
    parts->sections[ELF_TEXT] = (Elf64_Shdr){.sh_name = name_offset(".text"),
                                             .sh_type = SHT_PROGBITS,
                                             .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                             .sh_size = 32,
                                             .sh_addralign = 16};
    parts->sections[ELF_RODATA] = (Elf64_Shdr){.sh_name = name_offset(".rodata"),
                                               .sh_type = SHT_PROGBITS,
                                               .sh_flags = SHF_ALLOC,
                                               .sh_size = 16,
                                               .sh_addralign = 64};
    parts->sections[ELF_EXTRA] = (Elf64_Shdr){.sh_type = SHT_PROGBITS, .sh_addralign = 1};
    parts->sections[ELF_RELA] = (Elf64_Shdr){.sh_name = name_offset(".rela.text"),
                                             .sh_type = SHT_RELA,
                                             .sh_size = sizeof(Elf64_Rela),
                                             .sh_entsize = sizeof(Elf64_Rela),
                                             .sh_link = ELF_SYMTAB,
                                             .sh_info = ELF_TEXT};
    parts->sections[ELF_SYMTAB] = (Elf64_Shdr){.sh_name = name_offset(".symtab"),
                                               .sh_type = SHT_SYMTAB,
                                               .sh_size = SYM_COUNT * sizeof(Elf64_Sym),
                                               .sh_entsize = sizeof(Elf64_Sym),
                                               .sh_link = ELF_STRTAB,
                                               .sh_info = 1};
    parts->sections[ELF_STRTAB] =
        (Elf64_Shdr){.sh_name = name_offset(".strtab"), .sh_type = SHT_STRTAB};
    parts->symbols[SYM_ENTRY] = (Elf64_Sym){.st_name = name_offset("k"),
                                            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                            .st_shndx = ELF_TEXT,
                                            .st_value = 16,
                                            .st_size = 16};
    parts->symbols[SYM_TABLE] = (Elf64_Sym){.st_name = name_offset("table"),
                                            .st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT),
                                            .st_shndx = ELF_RODATA,
                                            .st_value = 8,
                                            .st_size = 8};
    parts->symbols[SYM_OTHER] = (Elf64_Sym){.st_name = name_offset("other"),
                                            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)};
}

static void append(struct elf_bytes *bytes, Elf64_Shdr *section, const void *data, uint64_t n_bytes)
{
    section->sh_offset = bytes->n_bytes;
    memcpy(bytes->data + bytes->n_bytes, data, n_bytes);
    bytes->n_bytes += n_bytes;
}

static void append_fill(struct elf_bytes *bytes, Elf64_Shdr *section, int value)
{
    section->sh_offset = bytes->n_bytes;
    uint64_t n_bytes = section->sh_type == SHT_NOBITS ? 0 : section->sh_size;
    memset(bytes->data + bytes->n_bytes, value, n_bytes);
    bytes->n_bytes += n_bytes;
}

void elf_build(const struct elf_parts *parts, struct elf_bytes *out_bytes)
{
    struct elf_parts p = *parts;
    char text[sizeof names + 64];
    memcpy(text, names, sizeof names);
    size_t n_text = sizeof names + strlen(p.extra_name) + 1;
    strcpy(text + sizeof names, p.extra_name);
    p.sections[ELF_EXTRA].sh_name = sizeof names;
    p.sections[ELF_STRTAB].sh_size = n_text;
    out_bytes->n_bytes = sizeof p.header;
    append_fill(out_bytes, &p.sections[ELF_TEXT], 0x90);
    append_fill(out_bytes, &p.sections[ELF_RODATA], 0xaa);
    append_fill(out_bytes, &p.sections[ELF_EXTRA], 0xee);
    append(out_bytes, &p.sections[ELF_RELA], &p.relocation, sizeof p.relocation);
    memcpy(out_bytes->data + out_bytes->n_bytes, &p.partner, sizeof p.partner);
    out_bytes->n_bytes += sizeof p.partner;
    append(out_bytes, &p.sections[ELF_SYMTAB], p.symbols, sizeof p.symbols);
    append(out_bytes, &p.sections[ELF_STRTAB], text, n_text);
    p.header.e_shoff = out_bytes->n_bytes;
    memcpy(out_bytes->data + out_bytes->n_bytes, p.sections, sizeof p.sections);
    out_bytes->n_bytes += sizeof p.sections;
    memcpy(out_bytes->data, &p.header, sizeof p.header);
}
