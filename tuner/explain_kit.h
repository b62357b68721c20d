/* SPDX-License-Identifier: MIT */
/* What explain and report open: kernels to probe with, and the ceilings they give. */
#ifndef HONE_TUNER_EXPLAIN_KIT_H
#define HONE_TUNER_EXPLAIN_KIT_H

#include "tuner/explain.h"
#include "tuner/paths.h"

struct explain_kit { /* zero: not open */
    struct hone_paths paths;
    struct hone_kernels *kernels;
};

/* For the device that a package is made for; NULL: for this machine's CPU. */
enum hone_status explain_kit_open(struct explain_kit *kit, const char *package,
                                  struct hone_error *err);
void explain_kit_close(struct explain_kit *kit);

/* `threads`: 1, as many as there are, or 0 for these. About two seconds. *out_spread (may be NULL):
 * the largest of a ceiling's samples, as part of it. */
enum hone_status explain_kit_ceilings(const struct explain_kit *kit, uint32_t threads,
                                      struct ceilings *out_ceilings, double *out_spread,
                                      struct hone_error *err);

bool explain_is_package(const char *path);
/* What nobody asked for (0 and 0) is cut to what the package can do; what was is checked. */
enum hone_status explain_sizes(const char *path, struct explain_options *options,
                               struct hone_error *err);

#endif
