/* SPDX-License-Identifier: MIT */
/* Arithmetic on sizes that come from outside: every helper says whether the result fits. */
#ifndef HONE_BASE_CHECKED_H
#define HONE_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool hone_add(uint64_t a, uint64_t b, uint64_t *out_sum)
{
    return !__builtin_add_overflow(a, b, out_sum);
}

static inline bool hone_mul(uint64_t a, uint64_t b, uint64_t *out_product)
{
    return !__builtin_mul_overflow(a, b, out_product);
}

/* Rounds `value` up to a multiple of `unit` (any unit > 0). */
static inline bool hone_round_up(uint64_t value, uint64_t unit, uint64_t *out_rounded)
{
    uint64_t sum;
    if (!hone_add(value, unit - 1, &sum)) return false;
    *out_rounded = sum - sum % unit;
    return true;
}

/* True when [offset, offset + bytes) lies inside [0, limit). */
static inline bool hone_in_range(uint64_t offset, uint64_t bytes, uint64_t limit)
{
    return offset <= limit && bytes <= limit - offset;
}

static inline uint64_t hone_ceil_div(uint64_t value, uint64_t unit)
{
    return value / unit + (value % unit != 0);
}

#endif
