/* SPDX-License-Identifier: MIT */
/* Opcodes that are known by name and not interpreted: refused with a reason. */
#include "tests/emulators/ptx/ptx_internal.h"

static bool cluster(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_refuse(d, s, "memory of other blocks of a cluster is not interpreted");
}

static bool texture(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_refuse(d, s, "textures and surfaces are not interpreted");
}

static bool tensor_memory(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_refuse(d, s, "tensor memory of sm_100 is not interpreted");
}

static bool old_matrix(struct ptx_decoder *d, struct ptx_statement *s)
{
    return ptx_refuse(d, s, "only mma.sync is interpreted");
}

const struct ptx_op ptx_ops_refused[] = {
    {"getctarank", cluster}, {"tex", texture},           {"tld4", texture},
    {"suld", texture},       {"sust", texture},          {"sured", texture},
    {"wmma", old_matrix},    {"tcgen05", tensor_memory}, {0},
};
