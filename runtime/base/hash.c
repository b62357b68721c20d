/* SPDX-License-Identifier: MIT */
/* SHA-256 after FIPS 180-4, section 6.2; the runtime may link no cryptographic library. */
#include "runtime/base/hash.h"

#include <string.h>

#include "runtime/base/hash_blocks.h"

enum { LONG_BYTES = 4096 /* from here on the faster way is worth asking for */ };

const uint32_t hash_round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static void expand_block(uint32_t w[64], const uint8_t *block)
{
    for (int i = 0; i < 16; i++) w[i] = load_be32(block + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
        uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    expand_block(w, block);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + hash_round_constants[i] + w[i];
        uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t after[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) state[i] += after[i];
}

static void compress_blocks(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
    if (n_blocks >= LONG_BYTES / 64 && hash_blocks_fast(state, data, n_blocks)) return;
    for (; n_blocks > 0; n_blocks--, data += 64) compress(state, data);
}

void hone_sha256_init(struct hone_sha256 *hash)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, start, sizeof start);
}

void hone_sha256_update(struct hone_sha256 *hash, const void *data, size_t n_bytes)
{
    const uint8_t *p = data;
    size_t filled = hash->n_bytes % 64;
    hash->n_bytes += n_bytes;
    while (n_bytes > 0) {
        if (filled == 0 && n_bytes >= 64) {
            compress_blocks(hash->state, p, n_bytes / 64);
            p += n_bytes / 64 * 64, n_bytes %= 64;
            continue;
        }
        size_t take = 64 - filled < n_bytes ? 64 - filled : n_bytes;
        memcpy(hash->block + filled, p, take);
        p += take, n_bytes -= take, filled += take;
        if (filled == 64) {
            compress(hash->state, hash->block);
            filled = 0;
        }
    }
}

void hone_sha256_final(struct hone_sha256 *hash, uint8_t out_digest[HONE_HASH_BYTES])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t n_bits = hash->n_bytes * 8;
    size_t filled = hash->n_bytes % 64;
    hone_sha256_update(hash, padding, filled < 56 ? 56 - filled : 120 - filled);
    uint8_t length[8];
    store_be32(length, (uint32_t)(n_bits >> 32));
    store_be32(length + 4, (uint32_t)n_bits);
    hone_sha256_update(hash, length, sizeof length);
    for (int i = 0; i < 8; i++) store_be32(out_digest + 4 * i, hash->state[i]);
}

void hone_sha256_of(const void *data, size_t n_bytes, uint8_t out_digest[HONE_HASH_BYTES])
{
    struct hone_sha256 hash;
    hone_sha256_init(&hash);
    hone_sha256_update(&hash, data, n_bytes);
    hone_sha256_final(&hash, out_digest);
}

void hone_hash_hex(const uint8_t digest[HONE_HASH_BYTES], char out_hex[HONE_HASH_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < HONE_HASH_BYTES; i++) {
        out_hex[2 * i] = digits[digest[i] >> 4];
        out_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    out_hex[2 * HONE_HASH_BYTES] = '\0';
}

uint64_t hone_fnv1a(const void *data, size_t n_bytes)
{
    const uint8_t *p = data;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n_bytes; i++) hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}
