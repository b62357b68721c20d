/* SPDX-License-Identifier: MIT */
/* Proofs that travel in a package: for each kernel the problem it was made for, the formats of its
 * operands and the calls that show it right, so that anyone can run them again on the package's
 * own code, without templates or a compiler. */
#ifndef HONE_TUNER_PROOF_H
#define HONE_TUNER_PROOF_H

#include <jansson.h>

#include "codegen/kernel.h"
#include "tuner/runner/runner.h"

enum { PROOF_MAX_CALLS = 64 };

/* The members "problem" and "calls" of a kernel's proof, for json_object_update_new; NULL when
 * there is no memory or nothing can be called. */
json_t *proof_calls(const struct hone_kernels *kernels, const struct hone_variant *variant);

struct proof {
    const char *kernel; /* borrowed from the JSON */
    struct hone_call call;
    struct hone_runner_call calls[PROOF_MAX_CALLS]; /* kernel number 0 */
    uint32_t n_calls;
};

/* `entry` is a member of the section's "kernels". FORMAT says what is wrong with it. Sizes are held
 * to what a small call may take: the section is as hostile as the rest of the file. */
enum hone_status proof_read(const json_t *entry, struct proof *out_proof, struct hone_error *err);

#endif
