/* SPDX-License-Identifier: MIT */
/* Names of special registers. */
#include "tests/emulators/ptx/ptx_parse.h"

static const struct {
    const char *name;
    enum ptx_special slot;
} FIXED[] = {
    {"%tid.x", PTX_SR_TID_X},
    {"%tid.y", PTX_SR_TID_Y},
    {"%tid.z", PTX_SR_TID_Z},
    {"%ntid.x", PTX_SR_NTID_X},
    {"%ntid.y", PTX_SR_NTID_Y},
    {"%ntid.z", PTX_SR_NTID_Z},
    {"%ctaid.x", PTX_SR_CTAID_X},
    {"%ctaid.y", PTX_SR_CTAID_Y},
    {"%ctaid.z", PTX_SR_CTAID_Z},
    {"%nctaid.x", PTX_SR_NCTAID_X},
    {"%nctaid.y", PTX_SR_NCTAID_Y},
    {"%nctaid.z", PTX_SR_NCTAID_Z},
    {"%laneid", PTX_SR_LANEID},
    {"%warpid", PTX_SR_WARPID},
    {"%nwarpid", PTX_SR_NWARPID},
    {"%smid", PTX_SR_SMID},
    {"%nsmid", PTX_SR_NSMID},
    {"%lanemask_eq", PTX_SR_LANEMASK_EQ},
    {"%lanemask_lt", PTX_SR_LANEMASK_LT},
    {"%lanemask_le", PTX_SR_LANEMASK_LE},
    {"%lanemask_gt", PTX_SR_LANEMASK_GT},
    {"%lanemask_ge", PTX_SR_LANEMASK_GE},
    {"%dynamic_smem_size", PTX_SR_DYNAMIC_SHARED},
    {"%total_smem_size", PTX_SR_TOTAL_SHARED},
    {"%clusterid.x", PTX_SR_CTAID_X},
    {"%clusterid.y", PTX_SR_CTAID_Y},
    {"%clusterid.z", PTX_SR_CTAID_Z},
    {"%nclusterid.x", PTX_SR_NCTAID_X},
    {"%nclusterid.y", PTX_SR_NCTAID_Y},
    {"%nclusterid.z", PTX_SR_NCTAID_Z},
    {"%cluster_ctaid.x", PTX_SR_ZERO},
    {"%cluster_ctaid.y", PTX_SR_ZERO},
    {"%cluster_ctaid.z", PTX_SR_ZERO},
    {"%cluster_ctarank", PTX_SR_ZERO},
    {"%cluster_nctaid.x", PTX_SR_CLUSTER_ONE},
    {"%cluster_nctaid.y", PTX_SR_CLUSTER_ONE},
    {"%cluster_nctaid.z", PTX_SR_CLUSTER_ONE},
    {"%cluster_nctarank", PTX_SR_CLUSTER_ONE},
};

static const struct {
    const char *name;
    enum ptx_clock clock;
} CLOCKS[] = {
    {"%clock", PTX_CLOCK_LO},          {"%clock_hi", PTX_CLOCK_HI},
    {"%clock64", PTX_CLOCK_64},        {"%globaltimer", PTX_TIMER},
    {"%globaltimer_lo", PTX_TIMER_LO}, {"%globaltimer_hi", PTX_TIMER_HI},
};

static bool is_name(const char *name, const char *text, size_t n)
{
    return strlen(name) == n && !memcmp(name, text, n);
}

bool ptx_special(const char *name, size_t n, struct ptx_operand *out)
{
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        if (is_name(FIXED[i].name, name, n)) {
            *out = (struct ptx_operand){
                .kind = PTX_O_REG, .type = PTX_U32, .slot = PTX_SR_SLOT(FIXED[i].slot)};
            return true;
        }
    for (size_t i = 0; i < sizeof CLOCKS / sizeof *CLOCKS; i++)
        if (is_name(CLOCKS[i].name, name, n)) {
            *out = (struct ptx_operand){.kind = PTX_O_CLOCK, .bits = CLOCKS[i].clock};
            return true;
        }
    return false;
}
