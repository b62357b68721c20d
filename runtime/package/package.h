/* SPDX-License-Identifier: MIT */
/* A package file, mapped and checked: its sections, the target it is for, its plan. */
#ifndef HONE_PACKAGE_PACKAGE_H
#define HONE_PACKAGE_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/file.h"
#include "runtime/base/status.h"
#include "runtime/base/target.h"
#include "runtime/package/format.h"
#include "runtime/package/plan.h"

enum { HONE_SECTION_KINDS = HONE_SECTION_WEIGHT_PARTS + 1 };

struct hone_package_part {
    const uint8_t *data; /* NULL when the package has no such section */
    uint64_t n_bytes;
    uint64_t offset; /* in the file */
};

struct hone_package {
    char *path; /* as given to open: what messages name */
    struct hone_file_map map;
    int fd; /* kept for the mapping of code */
    const struct hone_package_header *header;
    const struct hone_package_section *sections;
    uint32_t n_plans;
    /* Of the plan that was chosen, the first at open. */
    struct hone_package_part parts[HONE_SECTION_KINDS]; /* by enum hone_section_kind */
    struct hone_target target;                          /* the code's, not this machine's */
    struct hone_plan plan;
    struct hone_package_choice {
        struct hone_package_part parts[HONE_SECTION_KINDS];
        struct hone_target target;
        struct hone_plan plan;
    } choices[HONE_MAX_PLANS];
};

/* Maps the file and checks all of it but the weights' hashes. On failure *out_package is closed. */
enum hone_status hone_package_open(const char *path, struct hone_package *out_package,
                                   struct hone_error *err);
void hone_package_close(struct hone_package *package);

/* Makes plan `index` (below n_plans) the one that parts, target and plan tell about. */
void hone_package_choose(struct hone_package *package, uint32_t index);

/* The parts of WEIGHTS that the chosen plan reads; *out_n is 0 for "all of it". */
const struct hone_weight_part *hone_package_weight_parts(const struct hone_package *package,
                                                         size_t *out_n);

/* Compares every chunk of the weights with its hash: reads the whole file. */
enum hone_status hone_package_check_weights(const struct hone_package *package,
                                            struct hone_error *err);

/* Value of a key of the INFO section, not terminated; NULL when it is not there. */
const char *hone_package_info(const struct hone_package *package, const char *key,
                              size_t *out_bytes);

/* "plan", "weights", ...; never NULL. */
const char *hone_section_name(uint32_t kind);

#endif
