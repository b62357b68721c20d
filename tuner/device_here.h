/* SPDX-License-Identifier: MIT */
/* What device of a target family this machine has. */
#ifndef HONE_TUNER_DEVICE_HERE_H
#define HONE_TUNER_DEVICE_HERE_H

#include <stdbool.h>

#include "runtime/base/target.h"

/* TARGET with a clear message where there is none. `out_facts` may be NULL. */
enum hone_status device_here(const char *family, struct hone_target *out_target,
                             struct hone_machine_facts *out_facts, struct hone_error *err);

/* As hone_target_parse; the name of a family alone ("cuda") is the device of it that is here. */
enum hone_status device_target(const char *text, struct hone_target *out_target,
                               struct hone_error *err);

/* This machine has a device that runs code for the target. */
bool device_runs(const struct hone_target *target);

/* Facts for code of the target: those of the device that is here, if it runs it, else what
 * hone_target_facts says. */
void device_facts(const struct hone_target *target, struct hone_machine_facts *out_facts);

#endif
