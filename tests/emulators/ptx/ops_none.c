/* SPDX-License-Identifier: MIT */
/* Tables of op groups that are not there yet. */
#include "tests/emulators/ptx/ptx_internal.h"

const struct ptx_op ptx_ops_mbarrier[] = {{0}}, ptx_ops_bulk[] = {{0}}, ptx_ops_wgmma[] = {{0}};
