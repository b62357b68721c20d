/* SPDX-License-Identifier: MIT */
/* Every op as a plain C kernel in f32, and the ways in which it can be made wrong. */
#ifndef HONE_TESTS_NAIVE_KERNELS_H
#define HONE_TESTS_NAIVE_KERNELS_H

#include "codegen/ops/case.h"

enum sabotage {
    RIGHT,
    UNWRITTEN,       /* the last element of the output is left out */
    ONE_PAST,        /* one byte behind the output, in its padding */
    BEHIND_PADDING,  /* one byte behind the padding */
    BEFORE,          /* one byte before the output */
    FAR_PAST,        /* on the unmapped page: dies */
    INPUT_CHANGED,   /* one bit of the first input */
    TILE_SHIFTED,    /* columns 16.. come one column late */
    OTHER_ROWS,      /* the other row count */
    LAST_K,          /* the last value of k is dropped */
    RESIDUAL,        /* not added */
    GATE_SWAPPED,    /* gate and up exchanged */
    HEAD_MAPPING,    /* head % n_kv_heads */
    CAUSAL_SHORT,    /* one position too few */
    CAUSAL_LONG,     /* one position too many, up to the next page's end */
    MASK_BY_ADDING,  /* whole tiles of 16 positions, probability 0 beyond the end */
    FIRST_POSITION,  /* row 0's position for all rows */
    FIRST_SEQUENCE,  /* sequence 0's pages for all rows */
    NO_EPS,          /* rmsnorm without eps */
    HALF_SPLIT,      /* rotates (i, i + dim/2) */
    TRUNCATED,       /* KV and bf16 values cut off instead of rounded */
    NSUM_SIGN,       /* q8a sums with the wrong sign */
    NSUM16_MISSING,  /* q8a sums over 16 not written */
    OTHER_POSITIONS, /* writes KV of position 0 as well */
    TOKEN_PLUS_ONE,  /* embed: the row after */
    BF16_SUM,        /* sums in bf16 */
    OTHER_PARTS,     /* position % n_parts; equal parts of k */
    EMPTY_PARTS,     /* sums of parts without keys divided too; the last part of k left out */
    NO_LOGARITHM,    /* lse is the sum itself, without the bound */
    SABOTAGES
};

/* Runs the kernel of spec's op on copy 0 of `c`, reading nothing but its argument block. */
void naive_run(const struct hone_case *c, const struct hone_case_spec *spec,
               enum sabotage sabotage);

#endif
