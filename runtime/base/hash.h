/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) for content identity, and a 64-bit FNV-1a for tables. */
#ifndef HONE_BASE_HASH_H
#define HONE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HONE_HASH_BYTES = 32, HONE_HASH_HEX_BYTES = 65 };

struct hone_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    uint8_t block[64];
};

void hone_sha256_init(struct hone_sha256 *hash);
void hone_sha256_update(struct hone_sha256 *hash, const void *data, size_t n_bytes);
void hone_sha256_final(struct hone_sha256 *hash, uint8_t out_digest[HONE_HASH_BYTES]);
void hone_sha256_of(const void *data, size_t n_bytes, uint8_t out_digest[HONE_HASH_BYTES]);

/* Lower-case hexadecimal, terminated. */
void hone_hash_hex(const uint8_t digest[HONE_HASH_BYTES], char out_hex[HONE_HASH_HEX_BYTES]);

uint64_t hone_fnv1a(const void *data, size_t n_bytes);

#endif
