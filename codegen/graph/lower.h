/* SPDX-License-Identifier: MIT */
/* Lowering: from a choice to the bytes of a plan, the code section and the list of weights to
 * write. It knows no store and no package file; runtime/package/format.h is the layout of the plan.
 */
#ifndef HONE_GRAPH_LOWER_H
#define HONE_GRAPH_LOWER_H

#include "codegen/graph/choose.h"
#include "runtime/package/format.h"

struct hone_envelope {
    uint32_t max_tokens, max_seqs, max_out;
};

/* A tensor of the WEIGHTS section. */
struct hone_lowered_weight {
    uint32_t tensor; /* of the graph */
    const struct hone_format *format;
    uint64_t offset, n_bytes;
    bool is_read; /* by this plan: false where another plan of the package brought it */
};

struct hone_lowered_kernel {
    const struct hone_candidate *candidate; /* first that uses it */
    char name[96];                          /* "gemm_i8 3f2a9c1e": space and code key */
    uint32_t n_steps;                       /* over all lists */
};

/* Everything is owned by it but the candidates. */
struct hone_lowered {
    uint8_t *plan, *code;
    uint64_t plan_bytes, code_bytes;
    struct hone_lowered_weight *weights;
    uint32_t n_weights;
    uint64_t weight_bytes;
    struct hone_lowered_kernel *kernels;
    uint32_t n_kernels;
    uint64_t activation_bytes, scratch_bytes;
};

/* Compiles what the choice needs (equal kernels once) and lays everything out. `before` (may be
 * NULL) is the same model lowered for another target of the package: its weights come first and
 * keep their places, and those of equal formats are shared. */
enum hone_status hone_lower(const struct hone_graph *graph, const struct hone_choice *choice,
                            const struct hone_mix *mix, const struct hone_envelope *envelope,
                            struct hone_kernels *kernels, const struct hone_lowered *before,
                            struct hone_lowered *out_lowered, struct hone_error *err);
void hone_lowered_release(struct hone_lowered *lowered);

#endif
