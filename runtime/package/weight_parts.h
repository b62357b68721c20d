/* SPDX-License-Identifier: MIT */
/* Which bytes of the shared WEIGHTS a plan reads: a device need not hold the others'. */
#ifndef HONE_PACKAGE_WEIGHT_PARTS_H
#define HONE_PACKAGE_WEIGHT_PARTS_H

#include "runtime/package/package.h"

/* `section` may be absent. Parts ascend, are apart and inside, and hold all that the plan binds. */
enum hone_status hone_plan_check_parts(const char *file, const struct hone_plan *plan,
                                       const struct hone_package_part *section,
                                       uint64_t weight_bytes, struct hone_error *err);

/* The number of the part that holds this byte, n when there is none. */
size_t hone_weight_part_of(const struct hone_weight_part *parts, size_t n, uint64_t offset);

#endif
