/* SPDX-License-Identifier: MIT */
/* One variant for people: its text, its assembly, how it is called, what is known of it. */
#ifndef HONE_TUNER_SHOW_VARIANT_H
#define HONE_TUNER_SHOW_VARIANT_H

#include "codegen/kernel.h"
#include "tuner/report/records.h"

enum show_parts { /* 0: call and facts */
                  SHOW_SOURCE = 1,
                  SHOW_ASSEMBLY = 2,
                  SHOW_LAUNCH = 4,
};

/* `config` NULL: the default of the space. NOT_FOUND for an unknown space. As JSON: one object. */
enum hone_status show_variant(struct hone_kernels *kernels, const char *space,
                              const struct hone_problem *problem, const char *config,
                              unsigned parts, bool json, struct hone_error *err);

/* Parameters with their values and defaults, constraints. */
void show_space(const struct hone_space *space);
/* All spaces, with the number of configs for a sample problem. */
enum hone_status show_spaces(const struct hone_kernels *kernels, enum records_mode mode,
                             struct hone_error *err);

#endif
