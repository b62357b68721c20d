/* SPDX-License-Identifier: MIT */
/* Search spaces: the values, constraints, default and launch record of one template, as data.
 * The schema of the JSON files is README.md. */
#ifndef HONE_SPACE_SPACE_H
#define HONE_SPACE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codegen/template/expr.h"
#include "codegen/template/template.h"
#include "runtime/base/status.h"

enum {
    HONE_SPACE_MAX_PARAMETERS = 16,
    HONE_SPACE_MAX_VALUES = 64, /* of one parameter */
    HONE_SPACE_MAX_CONSTRAINTS = 32,
    HONE_SPACE_MAX_OPERANDS = 16,
    HONE_SPACE_MAX_PROBLEM = 32,
    HONE_SPACE_MAX_LETS = 16,
    HONE_SPACE_MAX_COST_STEPS = 48,
    HONE_SPACE_NAME_BYTES = 64,    /* a format, numerics class or text value, terminated */
    HONE_CONFIG_TEXT_BYTES = 2304, /* fits the text of any config */
};

struct hone_space_parameter {
    const char *name;
    const struct hone_value *values; /* all int or all text, distinct */
    size_t n_values;
    const struct hone_expr *preset; /* the default's formula */
};

struct hone_space_operand {
    const char *name;
    const struct hone_expr *format;
};

/* A loaded space; everything is read only. */
struct hone_space {
    const char *file; /* as it was opened, for messages */
    const char *name, *op, *family, *template_path, *entry;
    const char *about;    /* "" when the file has none */
    const char *unproven; /* why nothing takes its kernels without a trial; NULL: anything may */
    const struct hone_expr_let *lets; /* names that the formulas below may use */
    size_t n_lets;
    const struct hone_expr *applies, *scratch, *rank, *numerics;
    const struct hone_expr_let *cost; /* steps, each sees those before it; the last one is it */
    size_t n_cost;                    /* 0: nothing is known before the first trial */
    const char *const *problem;       /* names the template needs beside the parameters */
    size_t n_problem;
    const struct hone_space_parameter *parameters;
    size_t n_parameters;
    const struct hone_expr *const *constraints;
    size_t n_constraints;
    const struct hone_space_operand *operands;
    size_t n_operands;
    const char *grid_rule;
    const struct hone_expr *grid_p0, *grid_p1;
    const struct hone_expr *grid_schedule;  /* NULL: static */
    const struct hone_expr *block, *shared; /* both NULL where blocks have no threads: CPUs */
    const struct hone_expr *cluster;        /* NULL: one block */
    struct hone_arena arena;                /* private: owns all of the above */
};

/* One point: for each parameter, the index of its value. Unused indices are 0, so two configs of
 * one space are equal when memcmp says so. */
struct hone_config {
    uint8_t index[HONE_SPACE_MAX_PARAMETERS];
};

enum hone_status hone_space_load(const char *path, struct hone_space **out_space,
                                 struct hone_error *err);
/* As above from memory, where a space cannot be like another; `file` is used in messages only. */
enum hone_status hone_space_parse(const char *text, size_t n_bytes, const char *file,
                                  struct hone_space **out_space, struct hone_error *err);
void hone_space_free(struct hone_space *space);

/* All *.json of a folder, sorted by file name. Two spaces of one name are an error. */
struct hone_space_list {
    struct hone_space **spaces;
    size_t n_spaces;
};
enum hone_status hone_space_list_load(const char *folder, struct hone_space_list *out_list,
                                      struct hone_error *err);
void hone_space_list_free(struct hone_space_list *list);
const struct hone_space *hone_space_list_find(const struct hone_space_list *list, const char *name);

/* The template's $param lines and the space's problem + parameters must be the same set, and each
 * must name the other. Only a parameter that the schedule hangs on may stay out of the template:
 * configs that differ in it alone share their code. TEMPLATE with the difference. */
enum hone_status hone_space_check(const struct hone_space *space, const struct hone_template *tmpl,
                                  struct hone_error *err);

/* In everything below `env` holds the problem (dimensions, operand types, acts) and the target's
 * facts (isa, vl, vregs, l1_bytes, has_...). An expression that fails is TEMPLATE, naming the file
 * and the key. */
enum hone_status hone_space_applies(const struct hone_space *space, const struct hone_env *env,
                                    bool *out_applies, struct hone_error *err);

/* Sets each parameter to its value in `env` (a child of the problem's env, for rendering). */
enum hone_status hone_config_bind(const struct hone_space *space, const struct hone_config *config,
                                  struct hone_env *env, struct hone_error *err);

/* "MR=4 NV=2 PF=8192", in the order of the file. The other way any order is read; each parameter
 * exactly once, with a listed value. ARGUMENT. */
enum hone_status hone_config_print(const struct hone_space *space, const struct hone_config *config,
                                   char out_text[HONE_CONFIG_TEXT_BYTES]);
enum hone_status hone_config_parse(const struct hone_space *space, const char *text,
                                   struct hone_config *out_config, struct hone_error *err);

/* *out_broken is the source of the first constraint that does not hold, NULL when all hold. */
enum hone_status hone_space_valid(const struct hone_space *space, const struct hone_env *env,
                                  const struct hone_config *config, const char **out_broken,
                                  struct hone_error *err);

/* The default config. A value that is not listed or a constraint it breaks is an error. */
enum hone_status hone_space_default(const struct hone_space *space, const struct hone_env *env,
                                    struct hone_config *out_config, struct hone_error *err);

/* Valid configs in lexicographic order of their indices, the first parameter slowest:
 *     hone_space_walk_init(&walk, space, env, &err);
 *     while (!(status = hone_space_walk_next(&walk, &config, &more, &err)) && more) ...
 *     hone_space_walk_end(&walk);
 * LIMIT when more than a few million partial configs had to be looked at. */
struct hone_space_walk {
    const struct hone_space *space;
    struct hone_env env;
    uint8_t depth_of[HONE_SPACE_MAX_CONSTRAINTS]; /* parameters that a constraint needs */
    struct hone_config config;
    int fixed; /* parameter held at config.index[fixed], or -1 */
    bool started, ended;
    uint64_t n_visited;
};
enum hone_status hone_space_walk_init(struct hone_space_walk *walk, const struct hone_space *space,
                                      const struct hone_env *env, struct hone_error *err);
enum hone_status hone_space_walk_next(struct hone_space_walk *walk, struct hone_config *out_config,
                                      bool *out_more, struct hone_error *err);
void hone_space_walk_end(struct hone_space_walk *walk);

enum hone_status hone_space_count(const struct hone_space *space, const struct hone_env *env,
                                  uint64_t *out_count, struct hone_error *err);

/* Up to `limit` distinct valid configs spread evenly over the order above, one drawn from each
 * stretch by `seed`; all of them when there are no more. Same seed, same configs. */
enum hone_status hone_space_sample(const struct hone_space *space, const struct hone_env *env,
                                   uint64_t seed, size_t limit, struct hone_config *out_configs,
                                   size_t *out_n_configs, struct hone_error *err);

/* The first and the last valid config, and for each parameter a valid config with its smallest and
 * one with its largest value (texts: first and last listed) where there is one: the default with
 * that value if valid, else the first in order. Distinct. */
enum { HONE_SPACE_MAX_CORNERS = 2 + 2 * HONE_SPACE_MAX_PARAMETERS };
enum hone_status hone_space_corners(const struct hone_space *space, const struct hone_env *env,
                                    struct hone_config out_configs[HONE_SPACE_MAX_CORNERS],
                                    size_t *out_n_configs, struct hone_error *err);

/* The valid configs that differ from `config` in one parameter, by parameter, then by value. */
enum { HONE_SPACE_MAX_NEIGHBOURS = HONE_SPACE_MAX_PARAMETERS * (HONE_SPACE_MAX_VALUES - 1) };
enum hone_status hone_space_neighbours(const struct hone_space *space, const struct hone_env *env,
                                       const struct hone_config *config, size_t limit,
                                       struct hone_config *out_configs, size_t *out_n_configs,
                                       struct hone_error *err);

/* How a variant is called. Grid rules: "const" p0 blocks; "tokens" ceil(n_tokens / p0) * p1;
 * "out" ceil(n_out / p0) * p1. */
struct hone_launch_record {
    struct {
        const char *operand; /* borrowed from the space */
        char format[HONE_SPACE_NAME_BYTES];
    } operands[HONE_SPACE_MAX_OPERANDS];
    size_t n_operands;
    const char *grid_rule; /* static text */
    uint32_t grid_p0, grid_p1;
    bool is_dynamic;        /* blocks handed out as workers come free, not in equal shares */
    uint64_t scratch_bytes; /* per worker */
    uint32_t block_threads; /* of GPUs, as the two below; 0 on CPUs */
    uint32_t shared_bytes;  /* dynamic shared memory of a block */
    uint32_t cluster_blocks;
    int64_t rank; /* resources used: a tie goes to the lower rank */
    char numerics[HONE_SPACE_NAME_BYTES];
};
enum hone_status hone_space_launch(const struct hone_space *space, const struct hone_env *env,
                                   const struct hone_config *config,
                                   struct hone_launch_record *out_record, struct hone_error *err);

/* What a call will take, from facts of the problem and the target alone: above 0, and to a factor
 * that all configs share. `config` NULL: the parameters are in `env`. ARGUMENT for a space without
 * `cost`. */
enum hone_status hone_space_cost(const struct hone_space *space, const struct hone_env *env,
                                 const struct hone_config *config, double *out_cost,
                                 struct hone_error *err);

#endif
