/* SPDX-License-Identifier: MIT */
/* Limits that follow from a compute capability, and the sizes of a typical card that has it:
 * published figures, rounded. A device that is there says its own. */
#include "codegen/target/cuda_chips.h"

#define KIB(n) ((n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)

static const struct {
    uint32_t capability;
    uint32_t shared_bytes, shared_sm_bytes, threads_sm, blocks_sm; /* of the architecture */
    uint32_t n_sms, memory_rate;                                   /* of the card */
    uint64_t l2_bytes, memory_bytes;
} chips[] = {
    {75, KIB(64), KIB(64), 1024, 16, 40, 320, MIB(4), MIB(16384)},         /* T4 */
    {80, KIB(163), KIB(164), 2048, 32, 108, 2000, MIB(40), MIB(81920)},    /* A100 */
    {86, KIB(99), KIB(100), 1536, 16, 82, 936, MIB(6), MIB(24576)},        /* RTX 3090 */
    {87, KIB(163), KIB(164), 1536, 16, 16, 204, MIB(4), MIB(32768)},       /* AGX Orin */
    {88, KIB(99), KIB(100), 1536, 16, 16, 204, MIB(4), MIB(16384)},        /* guessed after 8.6 */
    {89, KIB(99), KIB(100), 1536, 24, 128, 1008, MIB(72), MIB(24576)},     /* RTX 4090 */
    {90, KIB(227), KIB(228), 2048, 32, 132, 4800, MIB(50), MIB(144384)},   /* H200 */
    {100, KIB(227), KIB(228), 2048, 32, 148, 8000, MIB(126), MIB(184320)}, /* B200 */
    {103, KIB(227), KIB(228), 2048, 32, 148, 8000, MIB(126), MIB(294912)}, /* B300 */
    {110, KIB(227), KIB(228), 1536, 24, 20, 273, MIB(32), MIB(131072)},    /* AGX Thor */
    {120, KIB(99), KIB(100), 1536, 24, 170, 1792, MIB(96), MIB(32768)},    /* RTX 5090 */
    {121, KIB(99), KIB(100), 1536, 24, 48, 273, MIB(24), MIB(131072)},     /* GB10 */
};
enum { N_CHIPS = sizeof chips / sizeof *chips, REGS_SM = 65536 };

void cuda_chip_facts(uint32_t capability, struct hone_machine_facts *out_facts)
{
    size_t i = 0;
    while (i + 1 < N_CHIPS && chips[i].capability != capability) i++;
    *out_facts = (struct hone_machine_facts){
        .l2_bytes = chips[i].l2_bytes,
        .n_sms = chips[i].n_sms,
        .shared_bytes = chips[i].shared_bytes,
        .shared_sm_bytes = chips[i].shared_sm_bytes,
        .regs_sm = REGS_SM,
        .threads_sm = chips[i].threads_sm,
        .blocks_sm = chips[i].blocks_sm,
        .memory_rate = chips[i].memory_rate,
        .memory_bytes = chips[i].memory_bytes,
    };
}
