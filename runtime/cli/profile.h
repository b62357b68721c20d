/* SPDX-License-Identifier: MIT */
/* Where the time of one forward goes, kernel by kernel. */
#ifndef HONE_CLI_PROFILE_H
#define HONE_CLI_PROFILE_H

#include <stdio.h>

#include "runtime/hone.h"

/* Runs `entries` once more with profiling and prints a table; steps of different layers that do
 * the same are one row. Positions the forward adds are taken back. */
enum hone_status profile_forward(struct hone_session *session,
                                 const struct hone_batch_entry *entries, uint32_t n_entries,
                                 const char *title, FILE *out, struct hone_error *err);

#endif
