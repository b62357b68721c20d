/* SPDX-License-Identifier: MIT */
/* Scripts that run a fleet's plan. */
#ifndef HONE_TUNER_FLEET_SCRIPT_H
#define HONE_TUNER_FLEET_SCRIPT_H

#include <stdio.h>

#include "tuner/fleet_plan.h"

/* A Slurm job array: one task for each shard of device `d`. A tuner that is killed is started again
 * in place and resumes; one that the time limit stops is requeued. */
void fleet_slurm_array(const struct fleet_plan *plan, size_t d, const char *hone, FILE *to);
/* The job that joins all shards, to be run after the arrays. It fails when one is missing. */
void fleet_slurm_merge(const struct fleet_plan *plan, const char *hone, FILE *to);

/* All of it, one shard after the other, for a shell. */
void fleet_shell(const struct fleet_plan *plan, const char *hone, FILE *to);

#endif
