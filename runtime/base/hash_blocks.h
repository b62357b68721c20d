/* SPDX-License-Identifier: MIT */
/* Blocks of SHA-256 by instructions made for them. Private to hash.c. */
#ifndef HONE_BASE_HASH_BLOCKS_H
#define HONE_BASE_HASH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const uint32_t hash_round_constants[64];

/* Adds n_blocks of 64 bytes to the state; false, changing nothing, where this processor has no such
 * instructions. Asking it costs microseconds in a virtual machine: for runs of blocks only. */
bool hash_blocks_fast(uint32_t state[8], const uint8_t *data, size_t n_blocks);

#endif
