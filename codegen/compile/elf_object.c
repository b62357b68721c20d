/* SPDX-License-Identifier: MIT */
/* Reads headers, names and symbols of an ELF object; structures are copied out because nothing in
 * a hostile file is aligned. */
#include "codegen/compile/elf_object.h"

#include <string.h>

#include "runtime/base/checked.h"

static enum hone_status check_header(const Elf64_Ehdr *header, uint16_t type,
                                     struct hone_error *err)
{
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return hone_fail(err, HONE_ERR_COMPILE, "object: not an ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
        return hone_fail(err, HONE_ERR_COMPILE, "object: not a 64-bit little-endian ELF file");
    if (header->e_type != type)
        return hone_fail(err, HONE_ERR_COMPILE, "object: ELF type %u, expected %s", header->e_type,
                         type == ET_REL ? "relocatable" : "executable");
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0)
        return hone_fail(err, HONE_ERR_COMPILE, "object: no usable section table");
    return HONE_OK;
}

Elf64_Shdr elf_section(const struct elf_object *object, uint32_t index)
{
    Elf64_Shdr section;
    memcpy(&section, object->data + object->header.e_shoff + (uint64_t)index * sizeof section,
           sizeof section);
    return section;
}

static const char *text_at(const struct elf_object *object, uint32_t table, uint64_t offset)
{
    if (table >= object->n_sections) return "?";
    Elf64_Shdr strings = elf_section(object, table);
    if (strings.sh_type != SHT_STRTAB || offset >= strings.sh_size) return "?";
    const char *text = (const char *)object->data + strings.sh_offset + offset;
    return memchr(text, '\0', strings.sh_size - offset) ? text : "?";
}

const char *elf_section_name(const struct elf_object *object, const Elf64_Shdr *section)
{
    return text_at(object, object->header.e_shstrndx, section->sh_name);
}

const char *elf_symbol_name(const struct elf_object *object, const Elf64_Sym *symbol)
{
    return text_at(object, elf_section(object, object->symbols).sh_link, symbol->st_name);
}

Elf64_Sym elf_symbol(const struct elf_object *object, uint32_t index)
{
    Elf64_Sym symbol;
    Elf64_Shdr table = elf_section(object, object->symbols);
    memcpy(&symbol, object->data + table.sh_offset + (uint64_t)index * sizeof symbol,
           sizeof symbol);
    return symbol;
}

static enum hone_status check_sections(struct elf_object *object, struct hone_error *err)
{
    for (uint32_t i = 0; i < object->n_sections; i++) {
        Elf64_Shdr section = elf_section(object, i);
        if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS) continue;
        if (!hone_in_range(section.sh_offset, section.sh_size, object->n_bytes))
            return hone_fail(err, HONE_ERR_COMPILE, "object: section %u ends behind the file", i);
        if (section.sh_type != SHT_SYMTAB) continue;
        if (object->symbols || section.sh_entsize != sizeof(Elf64_Sym))
            return hone_fail(err, HONE_ERR_COMPILE, "object: section %u: bad symbol table", i);
        object->symbols = i;
        object->n_symbols = (uint32_t)(section.sh_size / sizeof(Elf64_Sym));
    }
    return HONE_OK;
}

enum hone_status elf_object_open(const uint8_t *data, size_t n_bytes, uint16_t type,
                                 struct elf_object *out_object, struct hone_error *err)
{
    *out_object = (struct elf_object){.data = data, .n_bytes = n_bytes};
    if (n_bytes < sizeof(Elf64_Ehdr) || n_bytes > UINT32_MAX)
        return hone_fail(err, HONE_ERR_COMPILE, "object: %zu bytes are no ELF file", n_bytes);
    memcpy(&out_object->header, data, sizeof out_object->header);
    HONE_TRY(check_header(&out_object->header, type, err));
    out_object->n_sections = out_object->header.e_shnum;
    uint64_t table_bytes = (uint64_t)out_object->n_sections * sizeof(Elf64_Shdr);
    if (!hone_in_range(out_object->header.e_shoff, table_bytes, n_bytes))
        return hone_fail(err, HONE_ERR_COMPILE, "object: section table ends behind the file");
    return check_sections(out_object, err);
}
