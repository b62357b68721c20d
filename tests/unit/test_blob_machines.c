/* SPDX-License-Identifier: MIT */
/* Relocations of AArch64 and RISC-V: what each puts into an instruction, how far it reaches, and
 * what a blob refuses. Instruction words are those of the GNU assemblers; tests/cross compares
 * whole objects with GNU ld. */
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

enum { TEXT_AT = sizeof(Elf64_Ehdr), TABLE = 72, ENTRY = 16 };
enum { LOW_I = R_RISCV_PCREL_LO12_I, LOW_S = R_RISCV_PCREL_LO12_S, HIGH = R_RISCV_PCREL_HI20 };

/* One relocation at .text+`place`, whose bytes are `before`. */
struct fix {
    uint16_t machine;
    uint32_t type;
    uint32_t place;
    uint64_t before;
    int symbol;
    int64_t addend;
    uint64_t after; /* 0: refused */
    const char *message;
};

static void build(const struct fix *fix, struct elf_parts *parts, struct elf_bytes *bytes)
{
    elf_default(parts);
    parts->header.e_machine = fix->machine;
    parts->relocation =
        (Elf64_Rela){fix->place, ELF64_R_INFO((uint64_t)fix->symbol, fix->type), fix->addend};
    elf_build(parts, bytes);
    memcpy(bytes->data + TEXT_AT + fix->place, &fix->before, sizeof fix->before);
}

static void check(const struct fix *fix)
{
    struct elf_parts parts;
    struct elf_bytes bytes;
    struct hone_blob blob;
    struct hone_error err = {0};
    build(fix, &parts, &bytes);
    enum hone_status status = hone_blob_link(bytes.data, bytes.n_bytes, "k", &blob, &err);
    if (fix->message) {
        assert_int_equal(status, HONE_ERR_COMPILE);
        if (!strstr(err.text, fix->message)) fail_msg("'%s' lacks '%s'", err.text, fix->message);
        return;
    }
    if (status != HONE_OK) fail_msg("relocation %u: %s", fix->type, err.text);
    uint64_t after;
    memcpy(&after, blob.data + fix->place, sizeof after);
    if (after != fix->after)
        fail_msg("relocation %u: %016llx, expected %016llx", fix->type, (unsigned long long)after,
                 (unsigned long long)fix->after);
    free(blob.data);
}

#define A64(t, place, before, symbol, addend, after)                                               \
    {                                                                                              \
        EM_AARCH64, R_AARCH64_##t, place, before, symbol, addend, after, NULL                      \
    }
#define A64_BAD(t, symbol, addend, message)                                                        \
    {                                                                                              \
        EM_AARCH64, R_AARCH64_##t, 4, 0, symbol, addend, 0, message                                \
    }
#define NEXT UINT64_C(0x1122334400000000) /* bytes behind an instruction, which stay */

static void aarch64_words(void **state)
{
    (void)state;
    static const struct fix fixes[] = {
        A64(CALL26, 4, NEXT | 0x94000000, SYM_ENTRY, 0, NEXT | 0x94000003),
        A64(CALL26, 20, NEXT | 0x94000000, SYM_ENTRY, -16, NEXT | 0x97fffffb),
        A64(JUMP26, 4, NEXT | 0x14000000, SYM_ENTRY, (1 << 27) - 16, NEXT | 0x15ffffff),
        A64(JUMP26, 4, NEXT | 0x14000000, SYM_ENTRY, -(1 << 27) - 12, NEXT | 0x16000000),
        A64(CONDBR19, 4, NEXT | 0x54000001, SYM_ENTRY, 0, NEXT | 0x54000061),
        A64(TSTBR14, 4, NEXT | 0x36180003, SYM_ENTRY, 0, NEXT | 0x36180063),
        A64(LD_PREL_LO19, 4, NEXT | 0x9c000005, SYM_TABLE, 0, NEXT | 0x9c000225),
        A64(ADR_PREL_LO21, 4, NEXT | 0x10000005, SYM_TABLE, 3, NEXT | 0x70000225),
        A64(ADR_PREL_PG_HI21, 4, NEXT | 0x90000005, SYM_TABLE, 0x3000, NEXT | 0xf0000005),
        A64(ADR_PREL_PG_HI21, 4, NEXT | 0x90000005, SYM_TABLE, 0x4000 - TABLE, NEXT | 0x90000025),
        A64(ADR_PREL_PG_HI21, 4, NEXT | 0x90000005, SYM_TABLE, 0x4000 - TABLE - 1,
            NEXT | 0xf0000005),
        A64(ADD_ABS_LO12_NC, 4, NEXT | 0x910000a5, SYM_TABLE, 0x3000, NEXT | 0x910120a5),
        A64(LDST8_ABS_LO12_NC, 4, NEXT | 0x394000a5, SYM_TABLE, 1, NEXT | 0x394124a5),
        A64(LDST16_ABS_LO12_NC, 4, NEXT | 0x794000a5, SYM_TABLE, 0, NEXT | 0x794090a5),
        A64(LDST32_ABS_LO12_NC, 4, NEXT | 0xbd4000a5, SYM_TABLE, 0, NEXT | 0xbd4048a5),
        A64(LDST64_ABS_LO12_NC, 4, NEXT | 0xfd4000a5, SYM_TABLE, 0, NEXT | 0xfd4024a5),
        A64(LDST128_ABS_LO12_NC, 4, NEXT | 0x3d8000a5, SYM_TABLE, 8, NEXT | 0x3d8014a5),
        A64(PREL32, 4, NEXT, SYM_TABLE, 0, NEXT | (TABLE - 4)),
        A64(PREL64, 4, 0, SYM_TABLE, -TABLE, (uint64_t)-4),
    };
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++) check(fixes + i);
}

static void aarch64_refuses(void **state)
{
    (void)state;
    static const struct fix fixes[] = {
        A64_BAD(CALL26, SYM_ENTRY, (1 << 27) - 12, "CALL26 at 4 is out of reach"),
        A64_BAD(CALL26, SYM_ENTRY, -(1 << 27) - 16, "CALL26 at 4 is out of reach"),
        A64_BAD(CALL26, SYM_ENTRY, 2, "CALL26 at 4 is out of reach"),
        A64_BAD(CONDBR19, SYM_ENTRY, 1 << 20, "CONDBR19 at 4 is out of reach"),
        A64_BAD(TSTBR14, SYM_ENTRY, 1 << 15, "TSTBR14 at 4 is out of reach"),
        A64_BAD(ADR_PREL_LO21, SYM_TABLE, 1 << 20, "ADR_PREL_LO21 at 4 is out of reach"),
        A64_BAD(ADR_PREL_PG_HI21, SYM_TABLE, INT64_C(1) << 32, "PG_HI21 at 4 is out of reach"),
        A64_BAD(LDST64_ABS_LO12_NC, SYM_TABLE, 4, "LDST64_ABS_LO12_NC at 4 is out of reach"),
        A64_BAD(LDST128_ABS_LO12_NC, SYM_TABLE, 0, "LDST128_ABS_LO12_NC at 4 is out of reach"),
        A64_BAD(PREL32, SYM_TABLE, INT64_C(1) << 31, "PREL32 at 4 is out of reach"),
        A64_BAD(ABS64, SYM_TABLE, 0, "R_AARCH64_ABS64 cannot be resolved"),
        A64_BAD(ADR_GOT_PAGE, SYM_TABLE, 0, "R_AARCH64_ADR_GOT_PAGE cannot be resolved"),
        A64_BAD(LD64_GOT_LO12_NC, SYM_TABLE, 0, "LD64_GOT_LO12_NC cannot be resolved"),
        A64_BAD(MOVW_UABS_G0, SYM_TABLE, 0, "unknown AArch64 relocation 263"),
        A64_BAD(CALL26, SYM_OTHER, 0, "undefined symbol 'other'"),
        {EM_AARCH64, R_AARCH64_PREL64, 25, 0, SYM_TABLE, 0, 0, "lies behind its section"},
    };
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++) check(fixes + i);
}

#define RV(t, place, before, symbol, addend, after)                                                \
    {                                                                                              \
        EM_RISCV, R_RISCV_##t, place, before, symbol, addend, after, NULL                          \
    }
#define RV_BAD(t, symbol, addend, message)                                                         \
    {                                                                                              \
        EM_RISCV, R_RISCV_##t, 4, 0, symbol, addend, 0, message                                    \
    }

static void riscv_words(void **state)
{
    (void)state;
    static const struct fix fixes[] = {
        RV(JAL, 4, NEXT | 0x000000ef, SYM_ENTRY, 0, NEXT | 0x00c000ef),
        RV(JAL, 20, NEXT | 0x000000ef, SYM_ENTRY, -16, NEXT | 0xfedff0ef),
        RV(JAL, 4, NEXT | 0x000000ef, SYM_ENTRY, (1 << 20) - 14, NEXT | 0x7ffff0ef),
        RV(BRANCH, 4, NEXT | 0x00b51063, SYM_ENTRY, 0, NEXT | 0x00b51663),
        RV(BRANCH, 20, NEXT | 0x00b51063, SYM_ENTRY, -16, NEXT | 0xfeb516e3),
        RV(BRANCH, 4, NEXT | 0x00b51063, SYM_ENTRY, 4082, NEXT | 0x7eb51fe3),
        RV(RVC_JUMP, 4, NEXT | 0x5555a001, SYM_ENTRY, 0, NEXT | 0x5555a031),
        RV(RVC_JUMP, 20, NEXT | 0x5555a001, SYM_ENTRY, -16, NEXT | 0x5555b7f5),
        RV(RVC_BRANCH, 4, NEXT | 0x5555c101, SYM_ENTRY, 0, NEXT | 0x5555c511),
        RV(RVC_BRANCH, 20, NEXT | 0x5555c101, SYM_ENTRY, -16, NEXT | 0x5555d575),
        RV(CALL_PLT, 4, UINT64_C(0x000080e700000097), SYM_ENTRY, 0, UINT64_C(0x00c080e700000097)),
        RV(CALL, 4, UINT64_C(0x000080e700000097), SYM_ENTRY, 0x800, UINT64_C(0x80c080e700001097)),
        RV(PCREL_HI20, 4, NEXT | 0x00000517, SYM_TABLE, 0x12345000, NEXT | 0x12345517),
        RV(PCREL_HI20, 4, NEXT | 0x00000517, SYM_TABLE, 0x800 - TABLE + 4, NEXT | 0x00001517),
        RV(PCREL_HI20, 4, NEXT | 0x00000517, SYM_TABLE, 0x7ff - TABLE + 4, NEXT | 0x00000517),
        RV(32_PCREL, 4, NEXT, SYM_TABLE, 0, NEXT | (TABLE - 4)),
        RV(RELAX, 4, NEXT | 0x00000517, SYM_TABLE, 0, NEXT | 0x00000517),
    };
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++) check(fixes + i);
}

static void riscv_refuses(void **state)
{
    (void)state;
    static const struct fix fixes[] = {
        RV_BAD(JAL, SYM_ENTRY, (1 << 20) - 12, "JAL at 4 is out of reach"),
        RV_BAD(JAL, SYM_ENTRY, 1, "JAL at 4 is out of reach"),
        RV_BAD(BRANCH, SYM_ENTRY, 4084, "BRANCH at 4 is out of reach"),
        RV_BAD(RVC_JUMP, SYM_ENTRY, 2036, "RVC_JUMP at 4 is out of reach"),
        RV_BAD(RVC_BRANCH, SYM_ENTRY, 244, "RVC_BRANCH at 4 is out of reach"),
        RV_BAD(PCREL_HI20, SYM_TABLE, INT64_C(0x7ffff800) - TABLE + 4, "HI20 at 4 is out of reach"),
        RV_BAD(PCREL_HI20, SYM_TABLE, INT64_MAX - TABLE + 4, "HI20 at 4 is out of reach"),
        RV_BAD(PCREL_LO12_I, SYM_ENTRY, 0, "PCREL_LO12_I at 4 without its other half"),
        RV_BAD(PCREL_LO12_S, SYM_TABLE, 0, "PCREL_LO12_S at 4 without its other half"),
        RV_BAD(ADD32, SYM_TABLE, 0, "ADD32 at 4 without its other half"),
        RV_BAD(SUB64, SYM_TABLE, 0, "SUB64 at 4 without its other half"),
        RV_BAD(ALIGN, SYM_TABLE, 0, "R_RISCV_ALIGN cannot be resolved"),
        RV_BAD(64, SYM_TABLE, 0, "R_RISCV_64 cannot be resolved"),
        RV_BAD(HI20, SYM_TABLE, 0, "R_RISCV_HI20 cannot be resolved"),
        RV_BAD(GOT_HI20, SYM_TABLE, 0, "R_RISCV_GOT_HI20 cannot be resolved"),
        RV_BAD(TPREL_HI20, SYM_TABLE, 0, "unknown RISC-V relocation 29"),
        RV_BAD(CALL_PLT, SYM_OTHER, 0, "undefined symbol 'other'"),
    };
    for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++) check(fixes + i);
}

/* Two relocations that mean something together; the second stands first in the table. */
static enum hone_status link_pair(Elf64_Rela one, Elf64_Rela other, const uint32_t *words,
                                  size_t n_words, struct hone_blob *out_blob,
                                  struct hone_error *err)
{
    struct elf_parts parts;
    struct elf_bytes bytes;
    elf_default(&parts);
    parts.header.e_machine = EM_RISCV;
    parts.symbols[SYM_OTHER].st_shndx = ELF_TEXT; /* a label at the high half */
    parts.symbols[SYM_OTHER].st_value = 4;
    parts.sections[ELF_RELA].sh_size = 2 * sizeof(Elf64_Rela);
    parts.relocation = one;
    parts.partner = other;
    elf_build(&parts, &bytes);
    memcpy(bytes.data + TEXT_AT + 4, words, n_words * sizeof *words);
    return hone_blob_link(bytes.data, bytes.n_bytes, "k", out_blob, err);
}

static void low_halves_follow_the_high_one(void **state)
{
    (void)state;
    static const struct {
        uint32_t low_type, low;
        int64_t addend;
        uint32_t high_after, low_after;
    } cases[] = {
        {LOW_I, 0x00052507, 0, 0x00000517, 0x04452507}, /* flw fa0, 68(a0) */
        {LOW_I, 0x00052507, 0x800 - TABLE + 4, 0x00001517, 0x80052507},
        {LOW_S, 0x00b52027, 0, 0x00000517, 0x04b52227}, /* fsw fa1, 68(a0) */
        {LOW_S, 0x00b52027, 0xfff - TABLE + 4, 0x00001517, 0xfeb52fa7},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        const size_t c = i / 2;
        const uint32_t words[] = {0x00000517, 0x00000013, cases[c].low};
        const Elf64_Rela high = {4, ELF64_R_INFO(SYM_TABLE, HIGH), cases[c].addend};
        const Elf64_Rela low = {12, ELF64_R_INFO(SYM_OTHER, cases[c].low_type), 0};
        struct hone_blob blob;
        struct hone_error err = {0};
        uint32_t after[3];
        if (link_pair(i % 2 ? low : high, i % 2 ? high : low, words, 3, &blob, &err) != HONE_OK)
            fail_msg("%s", err.text);
        memcpy(after, blob.data + 4, sizeof after);
        assert_int_equal(after[0], cases[c].high_after);
        assert_int_equal(after[1], 0x00000013);
        assert_int_equal(after[2], cases[c].low_after);
        free(blob.data);
    }
}

/* The high half that a low one names must be there itself, not another relocation. */
static void halves_must_match(void **state)
{
    (void)state;
    const uint32_t words[] = {0x00000517, 0x00000013, 0x00052507};
    const Elf64_Rela low = {12, ELF64_R_INFO(SYM_OTHER, LOW_I), 0};
    const struct {
        Elf64_Rela high;
        const char *message;
    } cases[] = {
        {{8, ELF64_R_INFO(SYM_TABLE, HIGH), 0}, "without its other half"},
        {{4, ELF64_R_INFO(SYM_TABLE, R_RISCV_JAL), 0}, "without its other half"},
        {{4, ELF64_R_INFO(SYM_COUNT, HIGH), 0}, "relocation against symbol"},
        {{4, ELF64_R_INFO(SYM_TABLE, HIGH), INT64_MAX}, "out of reach"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_blob blob;
        struct hone_error err = {0};
        assert_int_equal(link_pair(low, cases[i].high, words, 3, &blob, &err), HONE_ERR_COMPILE);
        if (!strstr(err.text, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.text, cases[i].message);
    }
}

static void differences_are_two_relocations(void **state)
{
    (void)state;
    static const uint32_t types[][2] = {
        {R_RISCV_ADD32, R_RISCV_SUB32},
        {R_RISCV_ADD64, R_RISCV_SUB64},
    };
    const uint32_t words[] = {100, 0};
    for (size_t i = 0; i < 2; i++) {
        struct hone_blob blob;
        uint64_t value;
        const Elf64_Rela add = {4, ELF64_R_INFO(SYM_TABLE, types[i][0]), 1};
        const Elf64_Rela sub = {4, ELF64_R_INFO(SYM_ENTRY, types[i][1]), 0};
        assert_int_equal(link_pair(add, sub, words, 2, &blob, NULL), HONE_OK);
        memcpy(&value, blob.data + 4, sizeof value);
        assert_int_equal(value, 100 + TABLE + 1 - ENTRY);
        free(blob.data);
        const Elf64_Rela elsewhere = {8, ELF64_R_INFO(SYM_ENTRY, types[i][1]), 0};
        assert_int_equal(link_pair(add, elsewhere, words, 2, &blob, NULL), HONE_ERR_COMPILE);
    }
}

/* Every relocation number, at every place, on both machines: refused or done, never a harm. */
static void survives_every_type(void **state)
{
    (void)state;
    static const uint16_t machines[] = {EM_AARCH64, EM_RISCV, EM_X86_64};
    unsigned n_linked = 0;
    for (size_t m = 0; m < 3; m++)
        for (uint32_t type = 0; type < 1100; type++)
            for (uint32_t place = 0; place <= 32; place += 3) {
                struct fix fix = {.machine = machines[m], .type = type, .place = place};
                struct elf_parts parts;
                struct elf_bytes bytes;
                struct hone_blob blob;
                fix.symbol = (int)(type % SYM_COUNT);
                build(&fix, &parts, &bytes);
                uint8_t *copy = malloc(bytes.n_bytes); /* of its own size, for a sanitizer */
                memcpy(copy, bytes.data, bytes.n_bytes);
                if (hone_blob_link(copy, bytes.n_bytes, "k", &blob, NULL) == HONE_OK) {
                    n_linked++;
                    free(blob.data);
                }
                free(copy);
            }
    assert_true(n_linked > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aarch64_words),
        cmocka_unit_test(aarch64_refuses),
        cmocka_unit_test(riscv_words),
        cmocka_unit_test(riscv_refuses),
        cmocka_unit_test(low_halves_follow_the_high_one),
        cmocka_unit_test(halves_must_match),
        cmocka_unit_test(differences_are_two_relocations),
        cmocka_unit_test(survives_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
