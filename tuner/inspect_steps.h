/* SPDX-License-Identifier: MIT */
/* Step lists, steps and kernels of a package, as tables. */
#ifndef HONE_TUNER_INSPECT_STEPS_H
#define HONE_TUNER_INSPECT_STEPS_H

#include "runtime/package/package.h"
#include "tuner/report/records.h"

void inspect_lists(const struct hone_plan *plan, struct records *out_records);
void inspect_kernels(const struct hone_package *package, struct records *out_records);
/* Of the list that serves `n_rows` rows; ARGUMENT when none does. */
enum hone_status inspect_steps(const struct hone_plan *plan, uint32_t n_rows,
                               struct records *out_records, struct hone_error *err);

#endif
