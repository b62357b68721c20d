/* SPDX-License-Identifier: MIT */
/* libFuzzer harness: the proof of a kernel as a package has it. Calls that are taken make sense to
 * the op, and what they would allocate is bounded. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void exercise(const struct hone_runner_call *call)
{
    const struct hone_problem *problem = &call->spec.call.problem;
    const uint64_t most = UINT64_C(1) << 30;
    char key[HONE_PROBLEM_KEY_BYTES];
    hone_problem_key(problem, key);
    if (!key[0] || hone_case_rotating_bytes(&call->spec) > most) abort();
    if (!(problem->op->operations(problem, call->spec.m) >= 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static struct proof proof;
    struct hone_error err = {0};
    json_t *entry = json_loadb((const char *)data, n_bytes, 0, NULL);
    if (!entry) return 0;
    if (proof_read(entry, &proof, &err) == HONE_OK)
        for (uint32_t i = 0; i < proof.n_calls; i++) exercise(&proof.calls[i]);
    else if (!err.text[0] || strchr(err.text, '\n'))
        abort();
    json_decref(entry);
    return 0;
}
