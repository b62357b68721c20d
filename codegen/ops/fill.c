/* SPDX-License-Identifier: MIT */
/* Values of an input family: floats for activations, file blocks for weights. Blocks are drawn as
 * integers and scales, which is many times faster than quantizing floats. */
#include "codegen/ops/fill.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/ops/type.h"

const char *hone_family_name(enum hone_family family)
{
    static const char *const names[HONE_FAMILIES] = {"uniform", "normal",   "outliers",
                                                     "sparse",  "integers", "extremes"};
    return (unsigned)family < HONE_FAMILIES ? names[family] : "unknown";
}

/* Four 16-bit draws added: unit variance, and tails that end at 3.5. */
static float normal(uint64_t bits)
{
    int sum = 0;
    for (int i = 0; i < 4; i++) sum += (int)(bits >> 16 * i & 0xffff);
    return (float)(sum - 2 * 0xffff) * (1.7320508f / 65536);
}

static float uniform(uint64_t bits)
{
    return (float)(int32_t)(bits >> 32) * 0x1p-31f;
}

void fill_floats(struct random *random, enum hone_family family, uint64_t n, float *out_values)
{
    for (uint64_t i = 0; i < n; i++) {
        uint64_t bits = random_next(random);
        float value;
        switch (family) {
        case HONE_FAMILY_UNIFORM: value = uniform(bits); break;
        case HONE_FAMILY_OUTLIERS:
            value = normal(bits) * (bits * 0xD6E8FEB86659FD93 >> 54 ? 1 : 100);
            break;
        case HONE_FAMILY_SPARSE: value = bits & 1 ? uniform(bits) : 0; break;
        case HONE_FAMILY_INTEGERS: value = (float)((int)((bits >> 32) * 9 >> 32) - 4); break;
        default: value = normal(bits);
        }
        out_values[i] = value;
    }
    /* Zeros by whole blocks as well. */
    for (uint64_t i = 0; family == HONE_FAMILY_SPARSE && i + 32 <= n; i += 32)
        if (random_next(random) % 8 == 0) memset(out_values + i, 0, 32 * sizeof *out_values);
}

void fill_q8a_integers(struct random *random, uint64_t n, float *out_values)
{
    for (uint64_t i = 0; i < n; i++) out_values[i] = (float)((int)random_below(random, 255) - 127);
    for (uint64_t i = 0; i + 32 <= n; i += 32) {
        uint32_t bits = random_below(random, 64);
        out_values[i + bits / 2] = bits & 1 ? 127 : -127;
    }
}

void fill_q8a_extremes(struct random *random, uint64_t n, float *out_values)
{
    float value = 127;
    for (uint64_t i = 0; i < n; i++) {
        if (i % 32 == 0) value = random_below(random, 2) ? 127 : -127;
        out_values[i] = value;
    }
}

/* n (a multiple of 8) unsigned integers of `n_bits` bits; half of the range is zero. */
static void fill_integers(struct random *random, enum hone_family family, int n_bits, uint32_t n,
                          uint8_t *out_q)
{
    uint64_t every = 0x0101010101010101;
    uint64_t mask = every * ((1U << n_bits) - 1), middle = every << (n_bits - 1);
    for (uint32_t i = 0; i < n; i += 8) {
        uint64_t a = random_next(random), q = a & mask, keep;
        switch (family) {
        case HONE_FAMILY_UNIFORM: break;
        case HONE_FAMILY_SPARSE:
            keep = (random_next(random) & every) * 255;
            q = (q & keep) | (middle & ~keep);
            break;
        case HONE_FAMILY_EXTREMES: q = a % 8 ? mask : 0; break;
        case HONE_FAMILY_INTEGERS: /* middle - 2 .. middle + 1 */
            q = middle - 2 * every + (a & 3 * every);
            break;
        default: { /* the mean of two draws, without carries between bytes */
            uint64_t b = random_next(random) & mask;
            q = (q & b) + ((q ^ b) >> 1 & (mask >> 1 & every * 127));
        }
        }
        memcpy(out_q + i, &q, 8);
    }
}

/* A scale with 10 random bits and the given exponent; 1 for integers, 64 times that for outliers.
 */
static uint16_t scale(struct random *random, enum hone_family family, uint32_t exponent)
{
    if (family == HONE_FAMILY_INTEGERS) return 0x3c00;
    uint64_t bits = random_next(random);
    if (family == HONE_FAMILY_OUTLIERS && bits >> 54 == 0) exponent += 6;
    return (uint16_t)(exponent << 10 | (bits & 0x3ff) | (bits >> 10 & 1) << 15);
}

/* Among sparse ones also the two that are denormal floats. */
static uint8_t mxfp4_exponent(struct random *random, enum hone_family family)
{
    uint32_t bits = random_below(random, 64);
    if (family == HONE_FAMILY_INTEGERS) return 128;
    return (uint8_t)(family == HONE_FAMILY_SPARSE && bits < 8 ? bits & 1 : 124 + bits % 4);
}

/* Scales that make the weights of about unit size; a min near the middle of the range of values. */
static void block_nibbles(struct random *random, enum hone_family family, enum hone_type type,
                          uint8_t *out_block)
{
    const struct nibble_block *kind = &nibble_blocks[type];
    uint8_t q[32], head[4];
    bool is_integers = family == HONE_FAMILY_INTEGERS;
    fill_integers(random, family, kind->has_fifth ? 5 : 4, 32, q);
    if (kind->head_bytes == 1)
        head[0] = mxfp4_exponent(random, family);
    else
        store_u16(head, scale(random, family,
                              type == HONE_TYPE_IQ4_NL ? 7
                              : kind->has_fifth        ? 10
                                                       : 11));
    if (kind->head_bytes == 4)
        store_u16(head + 2, is_integers ? (uint16_t)(0xc400 | random_below(random, 4) << 9)
                                        : scale(random, family, 14));
    type_pack_nibbles(type, head, q, out_block);
}

static void block_q8_0(struct random *random, enum hone_family family, enum hone_type type,
                       uint8_t *out_block)
{
    (void)type;
    uint8_t q[32];
    int8_t signed_q[32];
    fill_integers(random, family, 8, 32, q);
    for (int i = 0; i < 32; i++) signed_q[i] = (int8_t)(q[i] ^ 0x80);
    type_pack_q8_0(scale(random, family, 7), signed_q, out_block);
}

static void block_q6_k(struct random *random, enum hone_family family, enum hone_type type,
                       uint8_t *out_block)
{
    (void)type;
    uint8_t q[256], drawn[16];
    int8_t scales[16];
    fill_integers(random, family, 6, 256, q);
    fill_integers(random, HONE_FAMILY_UNIFORM, 8, 16, drawn);
    for (int s = 0; s < 16; s++)
        scales[s] = family == HONE_FAMILY_INTEGERS ? (drawn[s] & 1 ? 1 : -1) : (int8_t)drawn[s];
    type_pack_q6_k(scale(random, family, 3), scales, q, out_block);
}

static void block_k(struct random *random, enum hone_family family, enum hone_type type,
                    uint8_t *out_block)
{
    struct k_block k;
    bool is_integers = family == HONE_FAMILY_INTEGERS;
    fill_integers(random, family, type == HONE_TYPE_Q5_K ? 5 : 4, 256, k.q);
    fill_integers(random, HONE_FAMILY_UNIFORM, is_integers ? 1 : 6, 8, k.scales);
    fill_integers(random, HONE_FAMILY_UNIFORM, is_integers ? 4 : 6, 8, k.mins);
    k.d = scale(random, family, type == HONE_TYPE_Q5_K ? 4 : 5);
    k.dmin = scale(random, family, 9);
    type_pack_k(type, &k, out_block);
}

/* A row with a scale of its own. */
static void row_i8(struct random *random, enum hone_family family, uint64_t cols, uint8_t *out)
{
    fill_integers(random, family, 8, (uint32_t)cols, out);
    for (uint64_t i = 0; i < cols; i++) out[i] ^= 0x80;
    float d = hone_f16_to_f32(scale(random, family, 7));
    memcpy(out + cols, &d, sizeof d);
}

static void fill_row(struct random *random, enum hone_family family, enum hone_type type,
                     uint64_t cols, float *scratch, uint8_t *out)
{
    static void (*const blocks[HONE_TYPES])(struct random *, enum hone_family, enum hone_type,
                                            uint8_t *) = {
        [HONE_TYPE_Q8_0] = block_q8_0,     [HONE_TYPE_Q4_0] = block_nibbles,
        [HONE_TYPE_Q4_1] = block_nibbles,  [HONE_TYPE_Q5_0] = block_nibbles,
        [HONE_TYPE_Q5_1] = block_nibbles,  [HONE_TYPE_IQ4_NL] = block_nibbles,
        [HONE_TYPE_MXFP4] = block_nibbles, [HONE_TYPE_Q4_K] = block_k,
        [HONE_TYPE_Q5_K] = block_k,        [HONE_TYPE_Q6_K] = block_q6_k,
    };
    const struct hone_type_info *info = hone_type_info(type);
    if (type == HONE_TYPE_I8) {
        row_i8(random, family, cols, out);
        return;
    }
    if (!blocks[type]) {
        fill_floats(random, family, cols, scratch);
        hone_type_quantize_row(type, scratch, cols, out);
        return;
    }
    for (uint64_t b = 0; b < cols / info->block_values; b++)
        blocks[type](random, family, type, out + b * info->block_bytes);
}

/* By chunks of rows that stay in the cache between drawing and relayout. Each relayout's tail is
 * overwritten by the next chunk's rows, the last one is the operand's. */
bool fill_weights(struct random *random, enum hone_family family, const struct hone_format *format,
                  uint64_t rows, uint64_t cols, uint8_t *out)
{
    enum { CHUNK = 16 };
    uint64_t row_bytes = hone_type_row_bytes(format->type, cols);
    uint8_t *chunk = malloc(CHUNK * row_bytes + 1);
    float *scratch = malloc(cols * sizeof *scratch + 1);
    bool ok = chunk && scratch;
    for (uint64_t row = 0; ok && row < rows; row += CHUNK) {
        uint64_t n = rows - row < CHUNK ? rows - row : CHUNK;
        for (uint64_t i = 0; i < n; i++)
            fill_row(random, family, format->type, cols, scratch, chunk + i * row_bytes);
        ok = hone_format_relayout(format, chunk, n, cols,
                                  out + row * hone_format_row_bytes(format, cols), NULL) == HONE_OK;
    }
    free(chunk);
    free(scratch);
    return ok;
}
