/* SPDX-License-Identifier: MIT */
/* Where the time goes and what is left of it: each kernel's time beside the least that its
 * operations, bytes and launches can take on this machine. */
#ifndef HONE_TUNER_EXPLAIN_H
#define HONE_TUNER_EXPLAIN_H

#include "runtime/package/package.h"
#include "tuner/ceilings.h"
#include "tuner/report/trace.h"

/* One kernel on one problem; times, operations and bytes are of all `n` steps together. */
struct explain_row {
    char what[HONE_PROBLEM_KEY_BYTES]; /* "ffn_down gemm_add", or the problem */
    char problem[HONE_PROBLEM_KEY_BYTES];
    char kernel[96], config[512];
    uint32_t n;
    double seconds;
    struct work work;
    struct least_time least;
    bool measured; /* else an estimate, of which nothing can be said */
};

/* A forward of one size, or a set of winners. */
struct explain_part {
    char title[160];
    double weight; /* runs in the mix; 0: rows are not parts of a whole */
    struct explain_row *rows;
    uint32_t n_rows, capacity;
};

struct explain_report {
    struct ceilings ceilings;
    struct explain_part *parts;
    uint32_t n_parts;
};

/* Parts and rows are added one by one; NO_MEMORY. Rows with the same `what` and `kernel` become
 * one. */
enum hone_status explain_add_part(struct explain_report *report, const char *title, double weight,
                                  struct hone_error *err);
enum hone_status explain_add_row(struct explain_report *report, const struct explain_row *row,
                                 struct hone_error *err);
/* Fills in the floors of the last part, largest time first. `resident_set` 0: the sum of its rows'
 * resident bytes. */
void explain_end_part(struct explain_report *report, double resident_set);
void explain_release(struct explain_report *report);

enum hone_status explain_print(const struct explain_report *report, bool configs,
                               struct hone_error *err);
enum hone_status explain_print_json(const struct explain_report *report, struct hone_error *err);
enum hone_status explain_print_csv(const struct explain_report *report, struct hone_error *err);

struct explain_options {
    uint32_t n_prompt, n_gen; /* the mix: one prompt, and decode steps after it */
    uint32_t n_repeats;
    struct trace *trace; /* NULL; or where one more forward of each size is put */
};

/* Whether the package can do that; ARGUMENT. */
enum hone_status explain_options_check(const struct hone_package *package,
                                       const struct explain_options *options,
                                       struct hone_error *err);

/* Runs the package's own forwards, step by step; options are checked, report->ceilings taken. */
enum hone_status explain_package(const char *path, const struct explain_options *options,
                                 struct explain_report *report, struct hone_error *err);

#endif
