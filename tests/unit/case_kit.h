/* SPDX-License-Identifier: MIT */
/* The calls that tests of cases share: every op, in its formats, at edge sizes. */
#ifndef HONE_TESTS_CASE_KIT_H
#define HONE_TESTS_CASE_KIT_H

#include "tests/unit/naive_kernels.h"

struct row {
    const char *op;
    uint32_t dims[HONE_MAX_DIMS];
    const char *formats; /* of the operands, in order */
    uint32_t m, n_seqs, kv_before;
    bool in_place, rows_are_out;
    float attr;
};

extern const struct row kit_rows[];
extern const int n_kit_rows;

/* Seeded by the row's number, or 20 for a row that is not of the table. */
struct hone_case_spec kit_spec(const struct row *row, enum hone_family family);
const struct row *kit_find(const char *op, const char *formats);
/* These fail the test. */
struct hone_case *kit_case(const struct hone_case_spec *spec);
/* The signal that ends a child which reads a byte, or (read_at NULL) runs a kernel; 0 for none. */
int kit_child_signal(const struct hone_case *c, const struct hone_case_spec *spec,
                     enum sabotage sabotage, const uint8_t *read_at);

#endif
