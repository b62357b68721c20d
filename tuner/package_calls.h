/* SPDX-License-Identifier: MIT */
/* What each kernel of a package computes, from its proofs: op, types and formats. */
#ifndef HONE_TUNER_PACKAGE_CALLS_H
#define HONE_TUNER_PACKAGE_CALLS_H

#include <jansson.h>

#include "codegen/ops/ops.h"
#include "runtime/package/package.h"

struct package_calls {
    json_t *proofs;          /* owns the configs */
    struct hone_call *calls; /* per kernel of the plan; sizes are those of one of its problems */
    const char **configs;    /* "" where the proof has none */
    uint32_t n;
};

/* UNSUPPORTED: the package has no proofs. FORMAT: they are not those of its plan. */
enum hone_status package_calls_read(const struct hone_package *package,
                                    struct package_calls *out_calls, struct hone_error *err);
void package_calls_release(struct package_calls *calls);

#endif
