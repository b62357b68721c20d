/* SPDX-License-Identifier: MIT */
/* What a core does in one cycle, by instruction-set level: rounded figures that hold for most cores
 * of a level, for the cost formulas of search spaces. Only ratios of them matter there. */
#include <string.h>

#include "codegen/target/families.h"

/* Vector instructions of the level's full width that can start in one cycle. */
static const struct ports {
    const char *isa;
    int fma, dot, load, alu; /* fused multiply-adds, four-byte dot products, loads, all others */
} ports[] = {
    {"avx512", 2, 2, 2, 2},
    {"avx2", 2, 1, 2, 3},
    {"neon_dotprod", 2, 2, 2, 2},
    {"neon", 2, 1, 2, 2},
    {"rvv", 1, 1, 1, 1},
    {"portable", 1, 1, 2, 3}, /* a multiply and an add for a fused one */
};

enum {
    FMA_LATENCY = 4,
    L2_BYTES_PER_CYCLE = 48,
    L3_BYTES_PER_CYCLE = 10,
    MEMORY_BYTES_PER_CYCLE = 5
};

enum hone_status target_ports(const char *isa, struct hone_env *env, struct hone_error *err)
{
    const size_t n = sizeof ports / sizeof *ports;
    size_t i = 0;
    while (i + 1 < n && strcmp(ports[i].isa, isa) != 0) i++;
    const struct {
        const char *name;
        int value;
    } facts[] = {
        {"fma_ports", ports[i].fma},     {"dot_ports", ports[i].dot},
        {"load_ports", ports[i].load},   {"alu_ports", ports[i].alu},
        {"fma_latency", FMA_LATENCY},    {"l2_rate", L2_BYTES_PER_CYCLE},
        {"l3_rate", L3_BYTES_PER_CYCLE}, {"memory_rate", MEMORY_BYTES_PER_CYCLE},
    };
    for (size_t f = 0; f < sizeof facts / sizeof *facts; f++)
        HONE_TRY(hone_env_set_int(env, facts[f].name, facts[f].value, err));
    return HONE_OK;
}
