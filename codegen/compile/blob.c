/* SPDX-License-Identifier: MIT */
/* Lays the code and read-only sections of an object into one blob and resolves its relocations. */
#include "codegen/compile/blob.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/blob_machine.h"
#include "codegen/compile/elf_object.h"
#include "runtime/base/checked.h"

enum { BLOB_LIMIT_BYTES = 64 << 20 };

enum { SEARCH_LIMIT = 1 << 26 }; /* entries looked at for partners */

static const struct blob_machine *const machines[] = {&hone_blob_x86_64, &hone_blob_aarch64,
                                                      &hone_blob_riscv64};

struct placement {
    bool kept;
    uint64_t offset, n_bytes;
};

struct linker {
    struct elf_object object;
    const struct blob_machine *machine;
    struct placement *placed; /* one per section */
    uint64_t n_searched;
    struct hone_blob blob;
};

/* Unwind tables describe code to a debugger or an exception; kernels have neither. */
static bool is_unwind(const struct elf_object *object, const Elf64_Shdr *section)
{
    return strcmp(elf_section_name(object, section), ".eh_frame") == 0;
}

static bool is_loaded(const struct linker *linker, const Elf64_Shdr *section)
{
    return section->sh_flags & SHF_ALLOC && section->sh_size > 0 &&
           !is_unwind(&linker->object, section);
}

static enum hone_status check_section(const struct linker *linker, const Elf64_Shdr *section,
                                      struct hone_error *err)
{
    const char *name = elf_section_name(&linker->object, section);
    if (section->sh_flags & SHF_WRITE)
        return hone_fail(err, HONE_ERR_COMPILE,
                         "object: section %s is writable (%llu bytes); a kernel has no state", name,
                         (unsigned long long)section->sh_size);
    if (section->sh_type != SHT_PROGBITS)
        return hone_fail(err, HONE_ERR_COMPILE, "object: section %s has type %u, expected contents",
                         name, section->sh_type);
    uint64_t alignment = section->sh_addralign;
    if (alignment > HONE_BLOB_ALIGNMENT || (alignment & (alignment - 1)) != 0)
        return hone_fail(err, HONE_ERR_COMPILE, "object: section %s: alignment %llu is above %d",
                         name, (unsigned long long)alignment, HONE_BLOB_ALIGNMENT);
    return HONE_OK;
}

/* Places all sections that are code, or all that are not. */
static enum hone_status place_sections(struct linker *linker, bool code, struct hone_error *err)
{
    uint64_t end = linker->blob.n_bytes;
    for (uint32_t i = 0; i < linker->object.n_sections; i++) {
        Elf64_Shdr section = elf_section(&linker->object, i);
        bool is_code = (section.sh_flags & SHF_EXECINSTR) != 0;
        if (!is_loaded(linker, &section) || is_code != code) continue;
        HONE_TRY(check_section(linker, &section, err));
        uint64_t start;
        uint64_t alignment = section.sh_addralign ? section.sh_addralign : 1;
        if (!hone_round_up(end, alignment, &start) || !hone_add(start, section.sh_size, &end) ||
            end > BLOB_LIMIT_BYTES)
            return hone_fail(err, HONE_ERR_COMPILE, "object: more than %d bytes", BLOB_LIMIT_BYTES);
        linker->placed[i] = (struct placement){true, start, section.sh_size};
    }
    linker->blob.n_bytes = end;
    return HONE_OK;
}

static enum hone_status copy_sections(struct linker *linker, struct hone_error *err)
{
    if (linker->blob.n_code_bytes == 0)
        return hone_fail(err, HONE_ERR_COMPILE, "object: no code in it");
    linker->blob.data = calloc(1, linker->blob.n_bytes);
    if (!linker->blob.data)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "object: no memory for a blob of %zu bytes",
                         linker->blob.n_bytes);
    for (uint32_t i = 0; i < linker->object.n_sections; i++) {
        if (!linker->placed[i].kept) continue;
        Elf64_Shdr section = elf_section(&linker->object, i);
        memcpy(linker->blob.data + linker->placed[i].offset,
               linker->object.data + section.sh_offset, section.sh_size);
    }
    return HONE_OK;
}

static const struct blob_rule *find_rule(const struct blob_machine *machine, uint32_t type)
{
    for (uint32_t i = 0; i < machine->n_rules; i++)
        if (machine->rules[i].type == type) return machine->rules + i;
    return NULL;
}

static enum hone_status resolve(const struct linker *linker, uint32_t index, uint64_t *out_offset,
                                struct hone_error *err)
{
    if (index >= linker->object.n_symbols)
        return hone_fail(err, HONE_ERR_COMPILE, "object: relocation against symbol %u of %u", index,
                         linker->object.n_symbols);
    Elf64_Sym symbol = elf_symbol(&linker->object, index);
    if (symbol.st_shndx == SHN_UNDEF)
        return hone_fail(err, HONE_ERR_COMPILE,
                         "object: undefined symbol '%s'; a kernel cannot call into a library",
                         elf_symbol_name(&linker->object, &symbol));
    if (symbol.st_shndx >= linker->object.n_sections || !linker->placed[symbol.st_shndx].kept)
        return hone_fail(err, HONE_ERR_COMPILE,
                         "object: symbol '%s' lies in section %u, which is not loaded",
                         elf_symbol_name(&linker->object, &symbol), symbol.st_shndx);
    const struct placement *home = linker->placed + symbol.st_shndx;
    if (symbol.st_value > home->n_bytes)
        return hone_fail(err, HONE_ERR_COMPILE, "object: symbol '%s' lies behind its section",
                         elf_symbol_name(&linker->object, &symbol));
    *out_offset = home->offset + symbol.st_value;
    return HONE_OK;
}

static Elf64_Rela entry_at(const struct linker *linker, const Elf64_Shdr *table, uint64_t index)
{
    Elf64_Rela entry;
    memcpy(&entry, linker->object.data + table->sh_offset + index * sizeof entry, sizeof entry);
    return entry;
}

/* The entry of `type` that is applied at `offset`; nearly always a neighbour of entry `index`. */
static bool find_partner(struct linker *linker, const Elf64_Shdr *table, uint64_t index,
                         uint64_t offset, uint32_t type, Elf64_Rela *out_entry)
{
    uint64_t n = table->sh_size / sizeof(Elf64_Rela);
    for (uint64_t step = 0; step <= n && linker->n_searched < SEARCH_LIMIT; step++) {
        const uint64_t tried[2] = {index - step, index + step}; /* one below 0 is above n */
        for (int t = 0; t < 2; t++) {
            if (tried[t] >= n) continue;
            linker->n_searched++;
            *out_entry = entry_at(linker, table, tried[t]);
            if (out_entry->r_offset == offset && ELF64_R_TYPE(out_entry->r_info) == type)
                return true;
        }
    }
    return false;
}

/* What the rule's partner has to say about the fixup. */
static enum hone_status join_partner(struct linker *linker, const Elf64_Shdr *table, uint64_t index,
                                     const struct blob_rule *rule, struct blob_fixup *fixup,
                                     struct hone_error *err)
{
    const struct placement *home = linker->placed + table->sh_info;
    uint64_t place = rule->partner == BLOB_PARTNER_HERE ? fixup->place : fixup->symbol;
    Elf64_Rela partner;
    if (place < home->offset ||
        !find_partner(linker, table, index, place - home->offset, rule->partner_type, &partner))
        return hone_fail(err, HONE_ERR_COMPILE, "object: %s at %llu without its other half",
                         rule->name, (unsigned long long)(fixup->place - home->offset));
    if (rule->partner == BLOB_PARTNER_HERE) return HONE_OK;
    fixup->place = place;
    fixup->addend = partner.r_addend;
    return resolve(linker, (uint32_t)ELF64_R_SYM(partner.r_info), &fixup->symbol, err);
}

static enum hone_status relocate(struct linker *linker, const Elf64_Shdr *table, uint64_t index,
                                 struct hone_error *err)
{
    const struct placement *home = linker->placed + table->sh_info;
    Elf64_Rela entry = entry_at(linker, table, index);
    uint32_t type = (uint32_t)ELF64_R_TYPE(entry.r_info);
    const struct blob_rule *rule = find_rule(linker->machine, type);
    if (!rule)
        return hone_fail(err, HONE_ERR_COMPILE, "object: unknown %s relocation %u",
                         linker->machine->name, type);
    if (!hone_in_range(entry.r_offset, rule->n_bytes, home->n_bytes))
        return hone_fail(err, HONE_ERR_COMPILE, "object: %s at %llu lies behind its section",
                         rule->name, (unsigned long long)entry.r_offset);
    if (rule->n_bytes == 0) return HONE_OK;
    struct blob_fixup fixup = {.place = home->offset + entry.r_offset, .addend = entry.r_addend};
    HONE_TRY(resolve(linker, (uint32_t)ELF64_R_SYM(entry.r_info), &fixup.symbol, err));
    fixup.bytes = linker->blob.data + fixup.place;
    if (!rule->apply)
        return hone_fail(err, HONE_ERR_COMPILE, "object: %s cannot be resolved in a flat blob",
                         rule->name);
    if (rule->partner) HONE_TRY(join_partner(linker, table, index, rule, &fixup, err));
    if (!rule->apply(&fixup))
        return hone_fail(err, HONE_ERR_COMPILE, "object: %s at %llu is out of reach", rule->name,
                         (unsigned long long)entry.r_offset);
    return HONE_OK;
}

static enum hone_status relocate_section(struct linker *linker, const Elf64_Shdr *table,
                                         struct hone_error *err)
{
    if (table->sh_info >= linker->object.n_sections || !linker->placed[table->sh_info].kept)
        return HONE_OK;
    if (table->sh_type == SHT_REL || table->sh_entsize != sizeof(Elf64_Rela) ||
        table->sh_link != linker->object.symbols)
        return hone_fail(err, HONE_ERR_COMPILE, "object: relocation table of an unknown kind");
    for (uint64_t i = 0; i < table->sh_size / sizeof(Elf64_Rela); i++)
        HONE_TRY(relocate(linker, table, i, err));
    return HONE_OK;
}

static enum hone_status find_entry(struct linker *linker, const char *entry, struct hone_error *err)
{
    for (uint32_t i = 0; i < linker->object.n_symbols; i++) {
        Elf64_Sym symbol = elf_symbol(&linker->object, i);
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC ||
            strcmp(elf_symbol_name(&linker->object, &symbol), entry) != 0)
            continue;
        uint64_t offset = 0;
        HONE_TRY(resolve(linker, i, &offset, err));
        if (offset >= linker->blob.n_code_bytes)
            return hone_fail(err, HONE_ERR_COMPILE, "object: '%s' is not code", entry);
        linker->blob.entry = offset;
        return HONE_OK;
    }
    return hone_fail(err, HONE_ERR_COMPILE, "object: no function '%s' in it", entry);
}

static enum hone_status find_machine(struct linker *linker, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (machines[i]->elf_machine == linker->object.header.e_machine)
            linker->machine = machines[i];
    if (!linker->machine)
        return hone_fail(err, HONE_ERR_COMPILE, "object: no linker for ELF machine %u",
                         linker->object.header.e_machine);
    return HONE_OK;
}

static enum hone_status link_object(struct linker *linker, const char *entry,
                                    struct hone_error *err)
{
    HONE_TRY(find_machine(linker, err));
    linker->placed = calloc(linker->object.n_sections, sizeof *linker->placed);
    if (!linker->placed) return hone_fail(err, HONE_ERR_NO_MEMORY, "object: no memory");
    HONE_TRY(place_sections(linker, true, err));
    linker->blob.n_code_bytes = linker->blob.n_bytes;
    HONE_TRY(place_sections(linker, false, err));
    HONE_TRY(copy_sections(linker, err));
    for (uint32_t i = 0; i < linker->object.n_sections; i++) {
        Elf64_Shdr section = elf_section(&linker->object, i);
        if (section.sh_type == SHT_RELA || section.sh_type == SHT_REL)
            HONE_TRY(relocate_section(linker, &section, err));
    }
    return find_entry(linker, entry, err);
}

enum hone_status hone_blob_link(const uint8_t *object, size_t n_object_bytes, const char *entry,
                                struct hone_blob *out_blob, struct hone_error *err)
{
    struct linker linker = {0};
    *out_blob = (struct hone_blob){0};
    HONE_TRY(elf_object_open(object, n_object_bytes, ET_REL, &linker.object, err));
    enum hone_status status = link_object(&linker, entry, err);
    free(linker.placed);
    if (status == HONE_OK)
        *out_blob = linker.blob;
    else
        free(linker.blob.data);
    return status;
}
