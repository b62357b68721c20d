/* SPDX-License-Identifier: MIT */
/* SHA-256 through the SHA instructions of x86-64, where the processor has them. */
#include "runtime/base/hash_blocks.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

static bool is_here(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 9 & c >> 19 & 1)) return false; /* SSSE3, 4.1 */
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

/* The instructions hold the state as (a b e f) and (c d g h), first letter in the highest lane, and
 * do two rounds each; the schedule's words come four at a time. */
__attribute__((target("sha,ssse3,sse4.1"))) static void run(uint32_t state[8], const uint8_t *data,
                                                            size_t n_blocks)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (; n_blocks > 0; n_blocks--, data += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i *next = &w[i % 4];
            if (i < 4) {
                *next = _mm_loadu_si128((const void *)(data + 16 * i));
                *next = _mm_shuffle_epi8(*next, big_endian);
            } else {
                __m128i last = w[(i + 3) % 4];
                *next = _mm_sha256msg1_epu32(*next, w[(i + 1) % 4]);
                *next = _mm_add_epi32(*next, _mm_alignr_epi8(last, w[(i + 2) % 4], 4));
                *next = _mm_sha256msg2_epu32(*next, last);
            }
            const void *constants = hash_round_constants + 4 * i;
            __m128i sum = _mm_add_epi32(*next, _mm_loadu_si128(constants));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);
    high = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

bool hash_blocks_fast(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
    if (!is_here()) return false;
    run(state, data, n_blocks);
    return true;
}

#else

bool hash_blocks_fast(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
    (void)state, (void)data, (void)n_blocks;
    return false;
}

#endif
