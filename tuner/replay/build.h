/* SPDX-License-Identifier: MIT */
/* What the readers of recorded spaces share: points as rows of values, made into a record. */
#ifndef HONE_REPLAY_BUILD_H
#define HONE_REPLAY_BUILD_H

#include <jansson.h>

#include "tuner/replay/record.h"

enum { BUILD_MAX_COLUMNS = 64, BUILD_NAME_BYTES = 128 };

struct build {
    const char *file; /* for messages */
    struct hone_record *record;
    const char *columns[BUILD_MAX_COLUMNS];
    size_t n_columns;
    struct hone_value *rows; /* n_columns values for each point */
    struct hone_record_point *points;
    size_t n_points, capacity;
};

/* Names are copied. FORMAT for one that is empty, too long or given twice. */
enum hone_status build_column(struct build *build, const char *name, struct hone_error *err);
/* A point whose row is still to be filled; all columns must have been named. */
enum hone_status build_point(struct build *build, struct hone_record_point **out_point,
                             struct hone_value **out_row, struct hone_error *err);
/* A number, a truth value or a text; FORMAT for others. */
enum hone_status build_value(struct build *build, const json_t *json, struct hone_value *out_value,
                             struct hone_error *err);
/* Copies samples, scaled, and sets the time to their median. Entries that are no times fail. */
enum hone_status build_samples(struct build *build, struct hone_record_point *point,
                               const json_t *samples, double scale, struct hone_error *err);
enum hone_status build_failure(struct build *build, struct hone_record_point *point,
                               const char *reason, struct hone_error *err);
/* A time that can be one: above 0 and below 1e20, which some tools write for failures. */
bool build_is_time(double time);

enum hone_status read_t4(struct build *build, const json_t *root, struct hone_error *err);
enum hone_status read_kernel_tuner(struct build *build, const json_t *root, struct hone_error *err);
enum hone_status read_own(struct build *build, const json_t *root, struct hone_error *err);

#endif
