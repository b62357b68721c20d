/* SPDX-License-Identifier: MIT */
/* Relocations of AArch64 objects: distances of instructions, of pages, and places within a page,
 * which are those of the blob because it lies at a multiple of a page. */
#include <elf.h>
#include <stddef.h>

#include "codegen/compile/blob_bits.h"
#include "codegen/compile/blob_machine.h"

enum { PAGE_BITS = 12 };

static bool apply_none(const struct blob_fixup *fixup)
{
    (void)fixup;
    return true;
}

static bool apply_prel32(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!blob_fits(value, 32)) return false;
    blob_put_u32(fixup->bytes, (uint32_t)value);
    return true;
}

static bool apply_prel64(const struct blob_fixup *fixup)
{
    blob_put_u64(fixup->bytes, (uint64_t)blob_distance(fixup));
    return true;
}

/* `n_bits` of a distance in words of 4 bytes, from bit `at` of the instruction on. */
static bool put_words(const struct blob_fixup *fixup, int n_bits, int at)
{
    int64_t value = blob_distance(fixup);
    if (value % 4 != 0 || !blob_fits(value, n_bits + 2)) return false;
    uint32_t mask = ((UINT32_C(1) << n_bits) - 1) << at;
    blob_set_bits(fixup->bytes, mask, (uint32_t)((uint64_t)value >> 2) << at);
    return true;
}

static bool apply_branch26(const struct blob_fixup *fixup)
{
    return put_words(fixup, 26, 0);
}

static bool apply_branch19(const struct blob_fixup *fixup)
{
    return put_words(fixup, 19, 5);
}

static bool apply_branch14(const struct blob_fixup *fixup)
{
    return put_words(fixup, 14, 5);
}

/* adr and adrp: 21 bits, the lower two of them apart. */
static bool put_adr(const struct blob_fixup *fixup, int64_t value)
{
    if (!blob_fits(value, 21)) return false;
    uint32_t low = (uint32_t)value & 3, high = (uint32_t)((uint64_t)value >> 2) & 0x7ffff;
    blob_set_bits(fixup->bytes, UINT32_C(3) << 29 | UINT32_C(0x7ffff) << 5, low << 29 | high << 5);
    return true;
}

static bool apply_adr(const struct blob_fixup *fixup)
{
    return put_adr(fixup, blob_distance(fixup));
}

static bool apply_page(const struct blob_fixup *fixup)
{
    uint64_t to = fixup->symbol + (uint64_t)fixup->addend;
    uint64_t mask = ~((UINT64_C(1) << PAGE_BITS) - 1);
    int64_t distance = (int64_t)((to & mask) - (fixup->place & mask));
    return put_adr(fixup, distance / (1 << PAGE_BITS));
}

/* Place within the page, in units of the access; one that is not whole does not fit. */
static bool put_within(const struct blob_fixup *fixup, int shift)
{
    uint32_t value = (uint32_t)(fixup->symbol + (uint64_t)fixup->addend) & ((1 << PAGE_BITS) - 1);
    if (value & ((UINT32_C(1) << shift) - 1)) return false;
    blob_set_bits(fixup->bytes, UINT32_C(0xfff) << 10, value >> shift << 10);
    return true;
}

static bool apply_within1(const struct blob_fixup *fixup)
{
    return put_within(fixup, 0);
}

static bool apply_within2(const struct blob_fixup *fixup)
{
    return put_within(fixup, 1);
}

static bool apply_within4(const struct blob_fixup *fixup)
{
    return put_within(fixup, 2);
}

static bool apply_within8(const struct blob_fixup *fixup)
{
    return put_within(fixup, 3);
}

static bool apply_within16(const struct blob_fixup *fixup)
{
    return put_within(fixup, 4);
}

static const struct blob_rule rules[] = {
    BLOB_RULE(R_AARCH64_NONE, 0, apply_none),
    BLOB_RULE(R_AARCH64_PREL32, 4, apply_prel32),
    BLOB_RULE(R_AARCH64_PREL64, 8, apply_prel64),
    BLOB_RULE(R_AARCH64_CALL26, 4, apply_branch26),
    BLOB_RULE(R_AARCH64_JUMP26, 4, apply_branch26),
    BLOB_RULE(R_AARCH64_CONDBR19, 4, apply_branch19),
    BLOB_RULE(R_AARCH64_TSTBR14, 4, apply_branch14),
    BLOB_RULE(R_AARCH64_LD_PREL_LO19, 4, apply_branch19),
    BLOB_RULE(R_AARCH64_ADR_PREL_LO21, 4, apply_adr),
    BLOB_RULE(R_AARCH64_ADR_PREL_PG_HI21, 4, apply_page),
    BLOB_RULE(R_AARCH64_ADD_ABS_LO12_NC, 4, apply_within1),
    BLOB_RULE(R_AARCH64_LDST8_ABS_LO12_NC, 4, apply_within1),
    BLOB_RULE(R_AARCH64_LDST16_ABS_LO12_NC, 4, apply_within2),
    BLOB_RULE(R_AARCH64_LDST32_ABS_LO12_NC, 4, apply_within4),
    BLOB_RULE(R_AARCH64_LDST64_ABS_LO12_NC, 4, apply_within8),
    BLOB_RULE(R_AARCH64_LDST128_ABS_LO12_NC, 4, apply_within16),
    BLOB_RULE(R_AARCH64_ABS64, 8, NULL),
    BLOB_RULE(R_AARCH64_ABS32, 4, NULL),
    BLOB_RULE(R_AARCH64_ADR_GOT_PAGE, 4, NULL),
    BLOB_RULE(R_AARCH64_LD64_GOT_LO12_NC, 4, NULL),
    BLOB_RULE(R_AARCH64_TLSDESC_ADR_PAGE21, 4, NULL),
};

const struct blob_machine hone_blob_aarch64 = {
    .elf_machine = EM_AARCH64,
    .name = "AArch64",
    .rules = rules,
    .n_rules = sizeof rules / sizeof *rules,
};
