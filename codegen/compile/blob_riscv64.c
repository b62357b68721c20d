/* SPDX-License-Identifier: MIT */
/* Relocations of RISC-V objects. A low half names the instruction that has the high half, whose
 * target is meant; a difference is an addition and a subtraction at one place. Objects are made
 * without relaxation: instructions that a linker may drop are refused with what marks them. */
#include <elf.h>
#include <stddef.h>

#include "codegen/compile/blob_bits.h"
#include "codegen/compile/blob_machine.h"

#ifndef R_RISCV_SET_ULEB128
#define R_RISCV_SET_ULEB128 60
#define R_RISCV_SUB_ULEB128 61
#endif

static bool apply_none(const struct blob_fixup *fixup)
{
    (void)fixup;
    return true;
}

/* Bits `from`..`from + n - 1` of a value, at bit `to`. */
static uint32_t bits(int64_t value, int from, int n, int to)
{
    return ((uint32_t)((uint64_t)value >> from) & ((UINT32_C(1) << n) - 1)) << to;
}

static bool is_jump(int64_t value, int n_bits)
{
    return value % 2 == 0 && blob_fits(value, n_bits);
}

static bool apply_branch(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!is_jump(value, 13)) return false;
    blob_set_bits(fixup->bytes, 0xfe000f80,
                  bits(value, 12, 1, 31) | bits(value, 5, 6, 25) | bits(value, 1, 4, 8) |
                      bits(value, 11, 1, 7));
    return true;
}

static bool apply_jal(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!is_jump(value, 21)) return false;
    blob_set_bits(fixup->bytes, 0xfffff000,
                  bits(value, 20, 1, 31) | bits(value, 1, 10, 21) | bits(value, 11, 1, 20) |
                      bits(value, 12, 8, 12));
    return true;
}

static void put_half(uint8_t *bytes, uint16_t mask, uint32_t value)
{
    blob_put(bytes, 2, (blob_get(bytes, 2) & (uint16_t)~mask) | (value & mask));
}

static bool apply_short_branch(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!is_jump(value, 9)) return false;
    put_half(fixup->bytes, 0x1c7c,
             bits(value, 8, 1, 12) | bits(value, 3, 2, 10) | bits(value, 6, 2, 5) |
                 bits(value, 1, 2, 3) | bits(value, 5, 1, 2));
    return true;
}

static bool apply_short_jump(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!is_jump(value, 12)) return false;
    put_half(fixup->bytes, 0x1ffc,
             bits(value, 11, 1, 12) | bits(value, 4, 1, 11) | bits(value, 8, 2, 9) |
                 bits(value, 10, 1, 8) | bits(value, 6, 1, 7) | bits(value, 7, 1, 6) |
                 bits(value, 1, 3, 3) | bits(value, 5, 1, 2));
    return true;
}

/* The low half is signed: the high one makes up for it. */
static bool split(const struct blob_fixup *fixup, uint32_t *out_high, uint32_t *out_low)
{
    int64_t value = blob_distance(fixup);
    if (!blob_fits(value, 40) || !blob_fits(value + 0x800, 32)) return false;
    *out_high = (uint32_t)(uint64_t)(value + 0x800) & 0xfffff000;
    *out_low = (uint32_t)(uint64_t)value & 0xfff;
    return true;
}

static bool apply_high(const struct blob_fixup *fixup)
{
    uint32_t high, low;
    if (!split(fixup, &high, &low)) return false;
    blob_set_bits(fixup->bytes, 0xfffff000, high);
    return true;
}

static bool apply_low_load(const struct blob_fixup *fixup)
{
    uint32_t high, low;
    if (!split(fixup, &high, &low)) return false;
    blob_set_bits(fixup->bytes, 0xfff00000, low << 20);
    return true;
}

static bool apply_low_store(const struct blob_fixup *fixup)
{
    uint32_t high, low;
    if (!split(fixup, &high, &low)) return false;
    blob_set_bits(fixup->bytes, 0xfe000f80, (low >> 5) << 25 | (low & 31) << 7);
    return true;
}

/* auipc and jalr, one after the other. */
static bool apply_call(const struct blob_fixup *fixup)
{
    uint32_t high, low;
    if (!split(fixup, &high, &low)) return false;
    blob_set_bits(fixup->bytes, 0xfffff000, high);
    blob_set_bits(fixup->bytes + 4, 0xfff00000, low << 20);
    return true;
}

static bool apply_pcrel32(const struct blob_fixup *fixup)
{
    int64_t value = blob_distance(fixup);
    if (!blob_fits(value, 32)) return false;
    blob_put_u32(fixup->bytes, (uint32_t)value);
    return true;
}

static bool change(const struct blob_fixup *fixup, int n_bytes, bool add)
{
    uint64_t value = fixup->symbol + (uint64_t)fixup->addend;
    blob_put(fixup->bytes, n_bytes, blob_get(fixup->bytes, n_bytes) + (add ? value : 0 - value));
    return true;
}

static bool apply_add32(const struct blob_fixup *fixup)
{
    return change(fixup, 4, true);
}

static bool apply_sub32(const struct blob_fixup *fixup)
{
    return change(fixup, 4, false);
}

static bool apply_add64(const struct blob_fixup *fixup)
{
    return change(fixup, 8, true);
}

static bool apply_sub64(const struct blob_fixup *fixup)
{
    return change(fixup, 8, false);
}

static const struct blob_rule rules[] = {
    BLOB_RULE(R_RISCV_NONE, 0, apply_none),
    BLOB_RULE(R_RISCV_RELAX, 0, apply_none),
    BLOB_RULE(R_RISCV_BRANCH, 4, apply_branch),
    BLOB_RULE(R_RISCV_JAL, 4, apply_jal),
    BLOB_RULE(R_RISCV_RVC_BRANCH, 2, apply_short_branch),
    BLOB_RULE(R_RISCV_RVC_JUMP, 2, apply_short_jump),
    BLOB_RULE(R_RISCV_CALL, 8, apply_call),
    BLOB_RULE(R_RISCV_CALL_PLT, 8, apply_call),
    BLOB_RULE(R_RISCV_PCREL_HI20, 4, apply_high),
    BLOB_PAIR(R_RISCV_PCREL_LO12_I, 4, apply_low_load, BLOB_PARTNER_AT_SYMBOL, R_RISCV_PCREL_HI20),
    BLOB_PAIR(R_RISCV_PCREL_LO12_S, 4, apply_low_store, BLOB_PARTNER_AT_SYMBOL, R_RISCV_PCREL_HI20),
    BLOB_RULE(R_RISCV_32_PCREL, 4, apply_pcrel32),
    BLOB_PAIR(R_RISCV_ADD32, 4, apply_add32, BLOB_PARTNER_HERE, R_RISCV_SUB32),
    BLOB_PAIR(R_RISCV_SUB32, 4, apply_sub32, BLOB_PARTNER_HERE, R_RISCV_ADD32),
    BLOB_PAIR(R_RISCV_ADD64, 8, apply_add64, BLOB_PARTNER_HERE, R_RISCV_SUB64),
    BLOB_PAIR(R_RISCV_SUB64, 8, apply_sub64, BLOB_PARTNER_HERE, R_RISCV_ADD64),
    BLOB_RULE(R_RISCV_ALIGN, 4, NULL),
    BLOB_RULE(R_RISCV_32, 4, NULL),
    BLOB_RULE(R_RISCV_64, 8, NULL),
    BLOB_RULE(R_RISCV_HI20, 4, NULL),
    BLOB_RULE(R_RISCV_LO12_I, 4, NULL),
    BLOB_RULE(R_RISCV_LO12_S, 4, NULL),
    BLOB_RULE(R_RISCV_GOT_HI20, 4, NULL),
    BLOB_RULE(R_RISCV_TLS_GD_HI20, 4, NULL),
    BLOB_RULE(R_RISCV_SET_ULEB128, 1, NULL),
    BLOB_RULE(R_RISCV_SUB_ULEB128, 1, NULL),
};

const struct blob_machine hone_blob_riscv64 = {
    .elf_machine = EM_RISCV,
    .name = "RISC-V",
    .rules = rules,
    .n_rules = sizeof rules / sizeof *rules,
};
