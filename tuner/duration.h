/* SPDX-License-Identifier: MIT */
/* Durations as people write them. */
#ifndef HONE_TUNER_DURATION_H
#define HONE_TUNER_DURATION_H

#include "runtime/base/status.h"

/* "90", "90s", "2m", "1.5h" -> seconds. ARGUMENT. */
enum hone_status duration_parse(const char *text, double *out_seconds, struct hone_error *err);

#endif
