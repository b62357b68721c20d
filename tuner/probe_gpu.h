/* SPDX-License-Identifier: MIT */
/* Ceilings of a GPU, all of it together: `all` of each rate; one block alone says nothing. */
#ifndef HONE_TUNER_PROBE_GPU_H
#define HONE_TUNER_PROBE_GPU_H

#include "tuner/probe.h"

enum hone_status probe_gpu_ceilings(const struct probe_options *options,
                                    struct probe_report *out_report, struct hone_error *err);

#endif
