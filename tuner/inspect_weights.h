/* SPDX-License-Identifier: MIT */
/* Weights of a package by shape, layout and the step lists that read them. */
#ifndef HONE_TUNER_INSPECT_WEIGHTS_H
#define HONE_TUNER_INSPECT_WEIGHTS_H

#include <jansson.h>

#include "runtime/package/package.h"

/* Without proofs, or with such as do not fit the plan, there is nothing (null) to be said. */
enum hone_status inspect_print_weights(const struct hone_package *package, struct hone_error *err);
json_t *inspect_json_weights(const struct hone_package *package);

#endif
