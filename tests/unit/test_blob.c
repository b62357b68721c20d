/* SPDX-License-Identifier: MIT */
/* The object linker: what it lays out, what it refuses, and that no damaged object hurts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/compile/blob.h"
#include "tests/unit/elf_builder.h"

static enum hone_status link_parts(const struct elf_parts *parts, struct hone_blob *out_blob,
                                   struct hone_error *err)
{
    struct elf_bytes bytes;
    elf_build(parts, &bytes);
    return hone_blob_link(bytes.data, bytes.n_bytes, "k", out_blob, err);
}

static int32_t read_i32(const uint8_t *bytes)
{
    int32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Code at 0, data at the next multiple of its 64; value = symbol + addend - place. */
static void lays_out_and_relocates(void **state)
{
    (void)state;
    static const uint32_t types[] = {R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_PC64};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct elf_parts parts;
        struct hone_blob blob;
        struct hone_error err = {0};
        elf_default(&parts);
        parts.relocation.r_info = ELF64_R_INFO(SYM_TABLE, types[i]);
        if (link_parts(&parts, &blob, &err) != HONE_OK) fail_msg("%s", err.text);
        assert_int_equal(blob.n_code_bytes, 32);
        assert_int_equal(blob.n_bytes, 64 + 16);
        assert_int_equal(blob.entry, 16);
        assert_int_equal(blob.data[3], 0x90);
        assert_int_equal(read_i32(blob.data + 4), 64 + 8 - 4 - 4);
        assert_int_equal(read_i32(blob.data + 8),
                         types[i] == R_X86_64_PC64 ? 0 : (int32_t)0x90909090);
        assert_int_equal(blob.data[32], 0); /* padding */
        assert_int_equal(blob.data[64], 0xaa);
        assert_int_equal(blob.data[79], 0xaa);
        free(blob.data);
    }
}

static void relocates_backwards_from_data(void **state)
{
    (void)state;
    struct elf_parts parts;
    struct hone_blob blob;
    elf_default(&parts);
    parts.sections[ELF_RELA].sh_info = ELF_RODATA;
    parts.relocation = (Elf64_Rela){12, ELF64_R_INFO(SYM_ENTRY, R_X86_64_PC32), 3};
    assert_int_equal(link_parts(&parts, &blob, NULL), HONE_OK);
    assert_int_equal(read_i32(blob.data + 64 + 12), 16 + 3 - (64 + 12));
    free(blob.data);
}

/* The last values that fit; the cases of refusal go one further. */
static void reaches_as_far_as_32_bits(void **state)
{
    (void)state;
    static const int64_t values[] = {INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < 2; i++) {
        struct elf_parts parts;
        struct hone_blob blob;
        elf_default(&parts);
        parts.relocation.r_addend = values[i] - (64 + 8 - 4);
        assert_int_equal(link_parts(&parts, &blob, NULL), HONE_OK);
        assert_int_equal(read_i32(blob.data + 4), values[i]);
        free(blob.data);
    }
}

/* Unwind tables and notes stay out, and so do their relocations. */
static void drops_what_is_not_needed(void **state)
{
    (void)state;
    struct elf_parts parts;
    struct hone_blob blob;
    elf_default(&parts);
    parts.extra_name = ".eh_frame";
    parts.sections[ELF_EXTRA].sh_flags = SHF_ALLOC;
    parts.sections[ELF_EXTRA].sh_size = 24;
    parts.sections[ELF_RELA].sh_info = ELF_EXTRA;
    parts.relocation.r_info = ELF64_R_INFO(SYM_OTHER, R_X86_64_64);
    assert_int_equal(link_parts(&parts, &blob, NULL), HONE_OK);
    assert_int_equal(blob.n_bytes, 80);
    free(blob.data);
    parts.extra_name = ".data"; /* an empty writable section is what every compiler emits */
    parts.sections[ELF_EXTRA].sh_flags = SHF_ALLOC | SHF_WRITE;
    parts.sections[ELF_EXTRA].sh_size = 0;
    assert_int_equal(link_parts(&parts, &blob, NULL), HONE_OK);
    free(blob.data);
}

static void undefined_symbol(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_OTHER, R_X86_64_PC32);
}
static void plt_outside(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_OTHER, R_X86_64_PLT32);
}
static void absolute(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_TABLE, R_X86_64_64);
}
static void got(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_TABLE, R_X86_64_REX_GOTPCRELX);
}
static void unknown_type(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_TABLE, 199);
}
static void far_away(struct elf_parts *p)
{
    p->relocation.r_addend = INT64_C(1) + INT32_MAX - (64 + 8 - 4);
}
static void far_below(struct elf_parts *p)
{
    p->relocation.r_addend = INT64_C(-1) + INT32_MIN - (64 + 8 - 4);
}
static void behind_section(struct elf_parts *p)
{
    p->relocation.r_offset = 29;
}
static void far_behind_section(struct elf_parts *p)
{
    p->relocation.r_offset = UINT64_MAX - 1;
}
static void no_such_symbol(struct elf_parts *p)
{
    p->relocation.r_info = ELF64_R_INFO(SYM_COUNT, R_X86_64_PC32);
}
static void absolute_symbol(struct elf_parts *p)
{
    p->symbols[SYM_TABLE].st_shndx = SHN_ABS;
}
static void common_symbol(struct elf_parts *p)
{
    p->symbols[SYM_TABLE].st_shndx = SHN_COMMON;
}
static void symbol_outside(struct elf_parts *p)
{
    p->symbols[SYM_TABLE].st_value = 17;
}
static void symbol_in_dropped(struct elf_parts *p)
{
    p->symbols[SYM_TABLE].st_shndx = ELF_EXTRA;
}
static void writable(struct elf_parts *p)
{
    p->extra_name = ".data";
    p->sections[ELF_EXTRA].sh_flags = SHF_ALLOC | SHF_WRITE;
    p->sections[ELF_EXTRA].sh_size = 1;
}
static void zero_filled(struct elf_parts *p)
{
    p->extra_name = ".zeros";
    p->sections[ELF_EXTRA].sh_type = SHT_NOBITS;
    p->sections[ELF_EXTRA].sh_flags = SHF_ALLOC;
    p->sections[ELF_EXTRA].sh_size = 1 << 20;
}
static void large_alignment(struct elf_parts *p)
{
    p->sections[ELF_RODATA].sh_addralign = 8192;
}
static void odd_alignment(struct elf_parts *p)
{
    p->sections[ELF_RODATA].sh_addralign = 24;
}
static void no_entry(struct elf_parts *p)
{
    p->symbols[SYM_ENTRY].st_name = 0;
}
static void entry_is_data(struct elf_parts *p)
{
    p->symbols[SYM_ENTRY].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
}
static void entry_in_data(struct elf_parts *p)
{
    p->symbols[SYM_ENTRY].st_shndx = ELF_RODATA;
}
static void entry_undefined(struct elf_parts *p)
{
    p->symbols[SYM_ENTRY].st_shndx = SHN_UNDEF;
}
static void entry_at_end(struct elf_parts *p)
{
    p->symbols[SYM_ENTRY].st_value = 32;
}
static void no_code(struct elf_parts *p)
{
    p->sections[ELF_TEXT].sh_flags = SHF_ALLOC;
}
static void implicit_addends(struct elf_parts *p)
{
    p->sections[ELF_RELA].sh_type = SHT_REL;
}
static void foreign_symbols(struct elf_parts *p)
{
    p->sections[ELF_RELA].sh_link = ELF_STRTAB;
}
static void entry_size(struct elf_parts *p)
{
    p->sections[ELF_RELA].sh_entsize = 16;
}
static void two_symbol_tables(struct elf_parts *p)
{
    p->sections[ELF_EXTRA].sh_type = SHT_SYMTAB;
    p->sections[ELF_EXTRA].sh_entsize = sizeof(Elf64_Sym);
}
static void other_machine(struct elf_parts *p)
{
    p->header.e_machine = EM_S390;
}
static void executable(struct elf_parts *p)
{
    p->header.e_type = ET_EXEC;
}
static void big_endian(struct elf_parts *p)
{
    p->header.e_ident[EI_DATA] = ELFDATA2MSB;
}
static void narrow(struct elf_parts *p)
{
    p->header.e_ident[EI_CLASS] = ELFCLASS32;
}
static void not_elf(struct elf_parts *p)
{
    p->header.e_ident[0] = 'M';
}

static void refuses_and_says_what(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct elf_parts *);
        const char *message;
    } cases[] = {
        {undefined_symbol, "undefined symbol 'other'"},
        {plt_outside, "undefined symbol 'other'"},
        {absolute, "R_X86_64_64"},
        {got, "R_X86_64_REX_GOTPCRELX"},
        {unknown_type, "relocation 199"},
        {far_away, "out of reach"},
        {far_below, "out of reach"},
        {behind_section, "behind its section"},
        {far_behind_section, "behind its section"},
        {no_such_symbol, "symbol 4 of 4"},
        {absolute_symbol, "'table' lies in section 65521"},
        {common_symbol, "'table' lies in section 65522"},
        {symbol_outside, "'table' lies behind its section"},
        {symbol_in_dropped, "'table' lies in section 3"},
        {writable, "section .data is writable (1 bytes)"},
        {zero_filled, "section .zeros has type 8"},
        {large_alignment, "section .rodata: alignment 8192"},
        {odd_alignment, "section .rodata: alignment 24"},
        {no_entry, "no function 'k'"},
        {entry_is_data, "no function 'k'"},
        {entry_in_data, "'k' is not code"},
        {entry_undefined, "undefined symbol 'k'"},
        {entry_at_end, "'k' is not code"},
        {no_code, "no code"},
        {implicit_addends, "relocation table"},
        {foreign_symbols, "relocation table"},
        {entry_size, "relocation table"},
        {two_symbol_tables, "bad symbol table"},
        {other_machine, "ELF machine 22"},
        {executable, "ELF type 2"},
        {big_endian, "not a 64-bit little-endian"},
        {narrow, "not a 64-bit little-endian"},
        {not_elf, "not an ELF file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct elf_parts parts;
        struct hone_blob blob;
        struct hone_error err = {0};
        elf_default(&parts);
        cases[i].change(&parts);
        assert_int_equal(link_parts(&parts, &blob, &err), HONE_ERR_COMPILE);
        if (!strstr(err.text, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.text, cases[i].message);
        assert_null(blob.data);
    }
}

/* In a block of its own size, so that a sanitizer sees one byte too many. */
static enum hone_status link_copy(const uint8_t *data, size_t n_bytes)
{
    struct hone_blob blob;
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    memcpy(copy, data, n_bytes);
    enum hone_status status = hone_blob_link(copy, n_bytes, "k", &blob, NULL);
    if (status == HONE_OK) {
        assert_true(blob.entry < blob.n_code_bytes);
        assert_true(blob.n_code_bytes <= blob.n_bytes);
        free(blob.data);
    }
    free(copy);
    return status;
}

static void survives_truncation(void **state)
{
    (void)state;
    struct elf_parts parts;
    struct elf_bytes bytes;
    elf_default(&parts);
    elf_build(&parts, &bytes);
    assert_int_equal(link_copy(bytes.data, bytes.n_bytes), HONE_OK);
    for (size_t n = 0; n < bytes.n_bytes; n++)
        assert_int_equal(link_copy(bytes.data, n), HONE_ERR_COMPILE);
}

static void survives_damage(void **state)
{
    (void)state;
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x10, 0x40, 0x80, 0xff};
    struct elf_parts parts;
    struct elf_bytes bytes;
    elf_default(&parts);
    elf_build(&parts, &bytes);
    unsigned n_refused = 0;
    for (size_t i = 0; i < bytes.n_bytes; i++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            bytes.data[i] ^= masks[m];
            enum hone_status status = link_copy(bytes.data, bytes.n_bytes);
            assert_true(status == HONE_OK || status == HONE_ERR_COMPILE);
            n_refused += status != HONE_OK;
            bytes.data[i] ^= masks[m];
        }
    }
    assert_true(n_refused > 100);
}

/* Eight bytes at once: offsets, sizes and addends at their limits. */
static void survives_large_numbers(void **state)
{
    (void)state;
    static const uint64_t values[] = {
        0, 1, INT64_MAX, UINT64_MAX, UINT64_MAX - 7, UINT32_MAX, UINT64_C(1) << 63};
    struct elf_parts parts;
    struct elf_bytes bytes;
    elf_default(&parts);
    elf_build(&parts, &bytes);
    for (size_t i = 0; i + 8 <= bytes.n_bytes; i++) {
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            uint8_t before[8];
            memcpy(before, bytes.data + i, 8);
            memcpy(bytes.data + i, values + v, 8);
            enum hone_status status = link_copy(bytes.data, bytes.n_bytes);
            assert_true(status == HONE_OK || status == HONE_ERR_COMPILE);
            memcpy(bytes.data + i, before, 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_and_relocates),
        cmocka_unit_test(relocates_backwards_from_data),
        cmocka_unit_test(reaches_as_far_as_32_bits),
        cmocka_unit_test(drops_what_is_not_needed),
        cmocka_unit_test(refuses_and_says_what),
        cmocka_unit_test(survives_truncation),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(survives_large_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
