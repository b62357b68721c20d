/* SPDX-License-Identifier: MIT */
/* A case: one call of an op with real buffers, to prove a kernel and to time it.
 *
 * Inputs are made from (call, m, family, seed) alone, so they travel as numbers and never as
 * tensors. Every buffer ends at a guard page after its format's stated padding (and begins after
 * one), outputs are poisoned, inputs are hashed. Each output has a reference and a tolerance from
 * the op. Buffers are shared mappings: a forked child may run the kernel and the parent judge it.
 *
 * KV positions that no row may read, and rows of the page table that no sequence has, are NaN. */
#ifndef HONE_OPS_CASE_H
#define HONE_OPS_CASE_H

#include "codegen/ops/ops.h"

enum hone_family {
    HONE_FAMILY_UNIFORM, /* [-1, 1] */
    HONE_FAMILY_NORMAL,
    HONE_FAMILY_OUTLIERS, /* normal with 0.1 % times 100 */
    HONE_FAMILY_SPARSE,   /* half exact zeros */
    HONE_FAMILY_INTEGERS, /* small integers: sums exact, results bit-exact where the op says so */
    HONE_FAMILY_EXTREMES, /* blocks of int8 activations and of weights at an end of their range */
    HONE_FAMILIES
};
const char *hone_family_name(enum hone_family family);

struct hone_case_spec {
    struct hone_call call; /* dims and formats */
    uint32_t m;            /* rows: n_tokens, or n_out when problem.rows_are_out */
    uint32_t n_seqs;       /* sequences the rows belong to (attention, rope_append); 0 = 1 */
    uint32_t kv_before;    /* positions already in the KV (up to 3 fewer in some sequences) */
    enum hone_family family;
    uint64_t seed;
    uint32_t n_copies; /* copies of what rotates when timing; 0 = 1 */
    bool in_place;     /* y is the same buffer as r (gemm_add, add) */
};

/* HONE_ERR_NO_MEMORY, HONE_ERR_ARGUMENT (shape and format disagree). */
enum hone_status hone_case_create(const struct hone_case_spec *spec, struct hone_case **out_case,
                                  struct hone_error *err);
void hone_case_destroy(struct hone_case *c);

/* Bytes of one copy of what rotates when timing: weights, and KV mostly older than the step. */
uint64_t hone_case_rotating_bytes(const struct hone_case_spec *spec);

/* Argument block of copy `copy`, 64-byte aligned. */
const void *hone_case_args(const struct hone_case *c, uint32_t copy);

/* ---- for devices with memory of their own ---- */

/* A piece of memory that a kernel is given: an operand with its tail, or the batch block. */
struct hone_case_buffer {
    const char *name;
    uint8_t *data; /* the host's; NULL: an operand that lies in another's buffer */
    uint64_t n_bytes;
    bool rotates;    /* every copy has its own */
    bool is_written; /* by a run; all others must stay as they were */
};
/* One for each operand, by its number, and the batch block. */
enum { HONE_CASE_BATCH = HONE_MAX_OPERANDS, HONE_CASE_BUFFERS };
/* What is in them may be put elsewhere for a run and taken back afterwards: hone_case_check judges
 * the host's. */
void hone_case_buffers(const struct hone_case *c,
                       struct hone_case_buffer out_buffers[HONE_CASE_BUFFERS]);
/* An argument block for buffers at other addresses. */
void hone_case_args_at(const struct hone_case *c, const uint64_t addresses[HONE_CASE_BUFFERS],
                       void *out_args);
uint64_t hone_case_args_bytes(const struct hone_case *c);

/* Values for the grid rule. */
uint32_t hone_case_n_tokens(const struct hone_case *c);
uint32_t hone_case_n_out(const struct hone_case *c);

/* Fills outputs with a signalling pattern; restores in-out operands and KV pages. */
void hone_case_poison(struct hone_case *c);

/* Of all that a run writes: equal runs have equal ones. */
uint64_t hone_case_output_hash(const struct hone_case *c);

/* What a kernel did wrong. Numbers are part of the runner protocol, in which the runner's own
 * follow (tuner/runner/protocol.h). */
enum hone_defect {
    HONE_DEFECT_NONE = 0,
    HONE_DEFECT_VALUES = 1,    /* beyond the tolerance */
    HONE_DEFECT_UNWRITTEN = 2, /* an output kept its poison */
    HONE_DEFECT_BOUNDS = 3,    /* bytes outside of a buffer were changed */
    HONE_DEFECT_INPUT = 4,     /* an input, the batch block or the arguments were changed */
};

struct hone_case_result {
    uint32_t n_compared;
    uint32_t defect; /* of a run that is WRONG: enum hone_defect, or a number of the runner's */
    double nmse;     /* sum (a-b)^2 / sum b^2 over all outputs */
    double max_error;
    char worst[128]; /* operand, row, column, got, expected of the worst element */
};

/* Computes the reference (once, kept) and judges the outputs after a run: completely written,
 * within the op's tolerance, inputs unchanged, padding untouched. HONE_ERR_WRONG names the first
 * defect. With n_samples > 0 only that many rows x columns are computed and compared, and a random
 * projection of all outputs is checked (for large gemm). */
enum hone_status hone_case_check(struct hone_case *c, uint32_t n_samples,
                                 struct hone_case_result *out_result, struct hone_error *err);

#endif
