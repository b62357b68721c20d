/* SPDX-License-Identifier: MIT */
/* Steps of a plan as calls of their op: what the argument blocks and bindings say, held against the
 * op's argument list. */
#ifndef HONE_TUNER_PLAN_CALLS_H
#define HONE_TUNER_PLAN_CALLS_H

#include "runtime/package/package.h"
#include "tuner/runner/runner.h"

/* The call that step `step` of list `list` makes, `like` giving op, formats and what an argument
 * block does not say. FORMAT when the step's arguments are not those of the op, or a weight would
 * reach beyond the section. Rows are those of the list, at most 96. */
enum hone_status plan_call_of_step(const struct hone_package *package, uint32_t list, uint32_t step,
                                   const struct hone_call *like, struct hone_runner_call *out_call,
                                   struct hone_error *err);

#endif
