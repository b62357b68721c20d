/* SPDX-License-Identifier: MIT */
/* Weights of a package by shape, layout and the step lists that read them. */
#ifndef HONE_TUNER_INSPECT_WEIGHTS_H
#define HONE_TUNER_INSPECT_WEIGHTS_H

#include "runtime/package/package.h"
#include "tuner/report/records.h"

/* False: without proofs, or with such as do not fit the plan, there is nothing to be said; `why`
 * may be NULL. */
bool inspect_weights(const struct hone_package *package, struct records *out_records,
                     struct hone_error *why);

#endif
