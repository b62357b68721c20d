/* SPDX-License-Identifier: MIT */
/* What the mock driver reads of a cubin: how long it is, and the registers of its kernels. */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

enum { MACHINE_CUDA = 190, MAX_BYTES = 256 << 20, ATTRIBUTE_REGISTERS = 0x2f, FORM_VALUE = 4 };

static Elf64_Shdr section(const unsigned char *image, const Elf64_Ehdr *header, unsigned index)
{
    Elf64_Shdr s;
    memcpy(&s, image + header->e_shoff + (size_t)index * sizeof s, sizeof s);
    return s;
}

static size_t end_of(uint64_t offset, uint64_t n_bytes)
{
    return offset < MAX_BYTES && n_bytes < MAX_BYTES ? (size_t)(offset + n_bytes) : 0;
}

/* The driver is given no size: the end of what the headers speak of is it. */
size_t mock_cubin_bytes(const unsigned char *image)
{
    Elf64_Ehdr header;
    memcpy(&header, image, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != MACHINE_CUDA ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr) ||
        header.e_shoff >= MAX_BYTES)
        return 0;
    size_t end = end_of(header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr));
    const size_t segments = end_of(header.e_phoff, (uint64_t)header.e_phnum * header.e_phentsize);
    if (header.e_phnum > 0 && segments > end) end = segments;
    for (unsigned i = 0; i < header.e_shnum; i++) {
        const Elf64_Shdr s = section(image, &header, i);
        const size_t last = end_of(s.sh_offset, s.sh_size);
        if (s.sh_type != SHT_NOBITS && s.sh_type != SHT_NULL && last > end) end = last;
    }
    return end;
}

static bool inside(const Elf64_Shdr *s, size_t n_bytes)
{
    return s->sh_offset <= n_bytes && s->sh_size <= n_bytes - s->sh_offset;
}

/* Name of a section, "" when it is out of bounds. */
static const char *name_of(const unsigned char *image, size_t n_bytes, const Elf64_Shdr *strings,
                           uint64_t at)
{
    if (!inside(strings, n_bytes) || at >= strings->sh_size) return "";
    const char *name = (const char *)image + strings->sh_offset + at;
    return memchr(name, 0, strings->sh_size - at) != NULL ? name : "";
}

static bool find(const unsigned char *image, size_t n_bytes, const char *name, Elf64_Shdr *out)
{
    Elf64_Ehdr header;
    memcpy(&header, image, sizeof header);
    if (header.e_shstrndx >= header.e_shnum) return false;
    const Elf64_Shdr names = section(image, &header, header.e_shstrndx);
    for (unsigned i = 0; i < header.e_shnum; i++) {
        *out = section(image, &header, i);
        if (strcmp(name_of(image, n_bytes, &names, out->sh_name), name) == 0)
            return out->sh_type != SHT_NOBITS && inside(out, n_bytes);
    }
    return false;
}

/* Index of the kernel in the symbol table, 0 when it is not there. */
static uint32_t symbol_index(const unsigned char *image, size_t n_bytes, const char *kernel)
{
    Elf64_Shdr symbols, strings;
    if (!find(image, n_bytes, ".symtab", &symbols) || !find(image, n_bytes, ".strtab", &strings))
        return 0;
    for (uint32_t i = 1; i < symbols.sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, image + symbols.sh_offset + (size_t)i * sizeof symbol, sizeof symbol);
        if (strcmp(name_of(image, n_bytes, &strings, symbol.st_name), kernel) == 0) return i;
    }
    return 0;
}

int mock_cubin_registers(const unsigned char *image, size_t n_bytes, const char *kernel)
{
    Elf64_Shdr info;
    const uint32_t wanted = symbol_index(image, n_bytes, kernel);
    if (wanted == 0 || !find(image, n_bytes, ".nv.info", &info)) return 0;
    const unsigned char *at = image + info.sh_offset, *end = at + info.sh_size;
    while (end - at >= 4) {
        uint16_t n;
        memcpy(&n, at + 2, 2);
        const bool has_value = at[0] == FORM_VALUE;
        if (has_value && at[1] == ATTRIBUTE_REGISTERS && n >= 8 && end - at >= 12) {
            uint32_t pair[2];
            memcpy(pair, at + 4, sizeof pair);
            if (pair[0] == wanted) return (int)pair[1];
        }
        at += 4;
        if (has_value) at += (end - at) < n ? end - at : n;
    }
    return 0;
}
