/* SPDX-License-Identifier: MIT */
/* Step lists, steps and kernels of a package, as tables and as JSON. */
#ifndef HONE_TUNER_INSPECT_STEPS_H
#define HONE_TUNER_INSPECT_STEPS_H

#include <jansson.h>

#include "runtime/package/package.h"

enum hone_status inspect_print_lists(const struct hone_plan *plan, struct hone_error *err);
enum hone_status inspect_print_kernels(const struct hone_package *package, struct hone_error *err);
/* Of the list that serves `n_rows` rows; ARGUMENT when none does. */
enum hone_status inspect_print_steps(const struct hone_plan *plan, uint32_t n_rows,
                                     struct hone_error *err);

/* NULL when there is no memory. */
json_t *inspect_json_lists(const struct hone_plan *plan);
json_t *inspect_json_kernels(const struct hone_package *package);
enum hone_status inspect_json_steps(const struct hone_plan *plan, uint32_t n_rows,
                                    json_t **out_steps, struct hone_error *err);

#endif
