/* SPDX-License-Identifier: MIT */
/* Recorded spaces: every config that was tried with what it took, so that a search can be played
 * again without the machine. Read from hone's own records, T4 files and Kernel Tuner's cache files,
 * packed with gzip or not (README.md). */
#ifndef HONE_REPLAY_RECORD_H
#define HONE_REPLAY_RECORD_H

#include "codegen/compile/compile.h"
#include "codegen/space/space.h"
#include "runtime/base/arena.h"
#include "tuner/search/pool.h"

enum {
    HONE_RECORD_MAX_TEXT = 64 << 20, /* bytes of JSON, unpacked */
    HONE_RECORD_MAX_POINTS = 1 << 20,
    HONE_RECORD_MAX_SAMPLES = 4096, /* of one point */
};

/* A parameter that varies; those with one value only are left out. */
struct hone_record_parameter {
    const char *name;
    const struct hone_value *values; /* numbers ascending, then texts */
    size_t n_values;
};

struct hone_record_point {
    struct hone_config config;
    double ns;          /* median of the samples where there are any; 0: it failed */
    const char *reason; /* of the failure, else NULL */
    const double *samples;
    uint32_t n_samples;
    struct hone_static_facts facts; /* of its code; all 0 where the file does not say */
};

struct hone_record {
    const char *space, *problem; /* "" where the file does not say */
    const char *op;              /* "" as well: no prior */
    struct hone_env facts;       /* of the problem and the target, for priors */
    struct hone_record_parameter parameters[HONE_SPACE_MAX_PARAMETERS];
    size_t n_parameters;
    const struct hone_record_point *points; /* by config, each config once */
    const double *costs;                    /* of each point, once there is a prior; else NULL */
    struct hone_pool *pool;                 /* by these costs; NULL as well */
    size_t n_points, n_failed;
    double best_ns;
    struct hone_arena arena; /* private: owns all of the above */
};

/* IO, FORMAT (naming file and place), LIMIT, NO_MEMORY. A record has one valid point at least. */
enum hone_status hone_record_read(const char *path, struct hone_record **out_record,
                                  struct hone_error *err);
/* As above from memory; `name` is used in messages only. */
enum hone_status hone_record_parse(const void *data, size_t n_bytes, const char *name,
                                   struct hone_record **out_record, struct hone_error *err);
void hone_record_free(struct hone_record *record);

/* Reads the space that was recorded from `folder` (NAME.json) and evaluates its cost formula for
 * every point, under the record's facts: the domain of the record has a prior from then on. Nothing
 * happens for the record of another tool; ARGUMENT when the space has no cost. */
enum hone_status hone_record_take_prior(struct hone_record *record, const char *folder,
                                        struct hone_error *err);

/* NULL when the config was not recorded. */
const struct hone_record_point *hone_record_find(const struct hone_record *record,
                                                 const struct hone_config *config);

#endif
