/* SPDX-License-Identifier: MIT */
/* Packing: a model file and, if there is one, its store become a package. The one place that sees
 * codegen and cache at once. */
#ifndef HONE_TUNER_PACK_H
#define HONE_TUNER_PACK_H

#include "codegen/graph/lower.h"
#include "codegen/graph/workload.h"

struct hone_pack_target {
    struct hone_target target;
    struct hone_machine_facts facts;
};

struct hone_pack_options {
    size_t struct_size;
    const char *model, *out;
    const char *store;                  /* NULL: default configs */
    const char *data_dir;               /* templates/ and search-spaces/ */
    const char *const *compile_command; /* argv of the compile worker */
    struct hone_target target;
    const struct hone_machine_facts *facts; /* of the machine; NULL: hone_target_facts */
    struct hone_workload_options workload;
    uint32_t max_seqs;               /* 0 = 32 */
    struct hone_weights_limit limit; /* zeros: one layout of each weight */
    /* Further plans of the package; they share weights whose formats are the same. */
    const struct hone_pack_target *others;
    uint32_t n_others; /* below HONE_MAX_PLANS */
};

enum { HONE_PACK_SHOWN_NEAR = 8 };

struct hone_pack_report {
    uint64_t package_bytes, code_bytes, weight_bytes, plan_bytes;
    uint64_t activation_bytes, kv_bytes_per_token; /* what a session adds */
    uint32_t n_kernels, n_tuned_kernels, n_steps;  /* of all plans */
    uint32_t n_plans;
    uint32_t n_stale_winners; /* of the store, left out: their configs are other code today */
    char first_stale[HONE_PROBLEM_KEY_BYTES];
    uint32_t n_near_kernels; /* of problems that were not tuned: the winner of the nearest */
    struct {
        char problem[HONE_PROBLEM_KEY_BYTES], near[HONE_PROBLEM_KEY_BYTES];
    } near_kernels[HONE_PACK_SHOWN_NEAR];     /* the first of them */
    double predicted_seconds[HONE_MAX_LISTS]; /* of one forward of each step list */
    struct hone_list_range lists[HONE_MAX_LISTS];
    double estimated_seconds[HONE_MAX_LISTS]; /* the part of it that the store has no times for */
    uint32_t n_lists;
    bool all_tuned;
    struct hone_second_layouts second_layouts;
};

/* Whether `out` may become a package: not the model itself, a regular file if anything, writable.
 */
enum hone_status hone_pack_check_out(const struct hone_pack_options *options,
                                     struct hone_error *err);

/* `out` is untouched unless the whole package was written. */
enum hone_status hone_pack(const struct hone_pack_options *options,
                           struct hone_pack_report *out_report, struct hone_error *err);

#endif
