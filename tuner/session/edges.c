/* SPDX-License-Identifier: MIT */
/* Edge sizes: rows around the tile, odd dimensions, odd places in the KV. */
#include "tuner/session/edges.h"

#include <stdio.h>
#include <string.h>

#include "runtime/device/device.h"

enum { DECODE_ROWS = 64, SHAPES_MAX = 4, ROWS_MAX = 12, EDGE_ROWS = 67 };
/* Some hundred runs of a small case: what is wrong once in a hundred wins no final. */
enum { FINAL_REPEAT_US = 1000 };
/* The first is timed. Small cases hold too few values for what is rare among them. */
static const enum hone_family tuned_families[] = {HONE_FAMILY_NORMAL, HONE_FAMILY_OUTLIERS,
                                                  HONE_FAMILY_SPARSE};

/* Kernels read these from their arguments, so one text must serve any value; small ones are checked
 * exhaustively. `unit` of k is the longest block of any operand. */
static const uint32_t n_values[] = {1, 17, 37, 131, 521, 1031, 2053, 4099, 8209};
/* For spaces that serve multiples alone. */
static const uint32_t even_n_values[] = {24, 136, 1048, 4104};
static const uint32_t k_blocks[] = {1, 3, 2, 5, 8};
static const uint32_t plain_k[] = {33, 7, 64, 130, 40, 8, 136};

static bool has_kv(const struct hone_op *op)
{
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (op->operands[i].role == HONE_ROLE_KV) return true;
    return false;
}

void edges_tuned_spec(const struct hone_problem *problem, struct hone_case_spec *out_spec)
{
    memset(out_spec, 0, sizeof *out_spec);
    out_spec->call.problem = *problem;
    out_spec->m = problem->m;
    out_spec->n_seqs = 1;
    out_spec->family = HONE_FAMILY_NORMAL;
    out_spec->seed = 1;
    if (!has_kv(problem->op)) return;
    if (problem->m <= DECODE_ROWS) out_spec->n_seqs = problem->m;
    uint32_t own = problem->m / out_spec->n_seqs;
    out_spec->kv_before = problem->context > own ? problem->context - own : 0;
}

struct hone_runner_call edges_call(const struct hone_variant *variant,
                                   const struct hone_case_spec *spec)
{
    struct hone_runner_call call = {.kernel = 0,
                                    .grid_rule = variant->grid_rule,
                                    .grid_p0 = variant->launch.grid_p0,
                                    .grid_p1 = variant->launch.grid_p1,
                                    .schedule = variant->launch.is_dynamic ? HONE_SCHEDULE_DYNAMIC
                                                                           : HONE_SCHEDULE_STATIC,
                                    .scratch_bytes = variant->launch.scratch_bytes,
                                    .spec = *spec};
    call.spec.call = variant->call;
    return call;
}

/* The text was rendered with this name's value, so it must stay. */
static bool is_fixed(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_problem; i++)
        if (strcmp(space->problem[i], name) == 0) return true;
    return false;
}

static bool sizes_fit(const struct hone_call *call)
{
    const struct hone_problem *problem = &call->problem;
    const struct hone_op *op = problem->op;
    if (op->valid && op->valid(problem, NULL) != HONE_OK) return false;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        uint64_t n_bytes;
        if (op->operands[i].role == HONE_ROLE_KV) continue;
        if (hone_format_bytes(call->formats[i], hone_operand_rows(problem, i, 1, 1),
                              hone_operand_cols(problem, i), &n_bytes, NULL) != HONE_OK)
            return false;
    }
    return true;
}

/* Does the variant's text serve `problem` too? Fills its launch for it. */
static bool serves(const struct hone_kernels *kernels, const struct hone_variant *variant,
                   const struct hone_problem *problem, struct hone_variant *out_other)
{
    struct hone_env env;
    bool applies = false;
    hone_env_init(&env, NULL);
    enum hone_status status = hone_kernels_env(kernels, problem, &env, NULL);
    if (status == HONE_OK) status = hone_space_applies(variant->space, &env, &applies, NULL);
    hone_env_release(&env);
    if (status != HONE_OK || !applies) return false;
    status =
        hone_kernels_launch(kernels, variant->space, problem, &variant->config, out_other, NULL);
    return status == HONE_OK && sizes_fit(&out_other->call) &&
           memcmp(out_other->call.formats, variant->call.formats, sizeof variant->call.formats) ==
               0 &&
           out_other->launch.scratch_bytes <= UINT32_MAX;
}

static uint32_t longest_block(const struct hone_variant *variant)
{
    uint32_t unit = 1;
    for (uint32_t i = 0; i < variant->call.problem.op->n_operands; i++) {
        const struct hone_type_info *info = hone_type_info(variant->call.formats[i]->type);
        uint32_t values = variant->call.formats[i]->type == HONE_TYPE_Q8A ? 32 : info->block_values;
        if (values > unit) unit = values;
    }
    return unit;
}

struct shapes {
    const struct hone_kernels *kernels;
    const struct hone_variant *variant;
    struct hone_variant items[SHAPES_MAX];
    uint32_t n;
};

static bool add_shape(struct shapes *shapes, const struct hone_problem *problem)
{
    if (shapes->n == SHAPES_MAX) return false;
    if (!serves(shapes->kernels, shapes->variant, problem, &shapes->items[shapes->n])) return false;
    shapes->n++;
    return true;
}

/* Smallest odd n from `from` on that the variant serves with this k. */
static bool add_with_n(struct shapes *shapes, struct hone_problem *problem, int n_dim, size_t from)
{
    if (n_dim < 0) return add_shape(shapes, problem);
    uint32_t tuned = shapes->variant->call.problem.dims[n_dim];
    for (size_t i = from; i < sizeof n_values / sizeof *n_values && n_values[i] <= tuned; i++) {
        problem->dims[n_dim] = n_values[i];
        if (add_shape(shapes, problem)) return true;
    }
    for (size_t i = 0; i < sizeof even_n_values / sizeof *even_n_values; i++) {
        problem->dims[n_dim] = even_n_values[i];
        if (even_n_values[i] <= tuned && add_shape(shapes, problem)) return true;
    }
    problem->dims[n_dim] = tuned;
    return add_shape(shapes, problem);
}

static void add_matrix_shapes(struct shapes *shapes, int n_dim, int k_dim)
{
    uint32_t unit = longest_block(shapes->variant);
    const uint32_t *values = unit > 1 ? k_blocks : plain_k;
    size_t n_k = unit > 1 ? sizeof k_blocks / sizeof *k_blocks : sizeof plain_k / sizeof *plain_k;
    struct hone_problem problem = shapes->variant->call.problem;
    if (k_dim < 0) n_k = 1;
    for (size_t i = 0; i < n_k && shapes->n < SHAPES_MAX; i++) {
        if (k_dim >= 0) problem.dims[k_dim] = unit * values[i];
        add_with_n(shapes, &problem, n_dim, (i + 1) % 3);
    }
}

/* Fewer heads in the same ratio. */
static void add_head_shapes(struct shapes *shapes, int heads, int kv_heads)
{
    struct hone_problem problem = shapes->variant->call.problem;
    uint32_t ratio = problem.dims[kv_heads] ? problem.dims[heads] / problem.dims[kv_heads] : 1;
    for (uint32_t n = 1; n <= 3 && n <= shapes->variant->call.problem.dims[kv_heads]; n++) {
        problem.dims[kv_heads] = n;
        problem.dims[heads] = n * ratio;
        add_shape(shapes, &problem);
    }
}

static void make_shapes(struct shapes *shapes)
{
    const struct hone_variant *variant = shapes->variant;
    const struct hone_op *op = variant->call.problem.op;
    int n_dim = hone_op_dim(op, "n"), k_dim = hone_op_dim(op, "k");
    int heads = hone_op_dim(op, "n_heads"), kv_heads = hone_op_dim(op, "n_kv_heads");
    if (n_dim >= 0 && is_fixed(variant->space, "n")) n_dim = -1;
    if (k_dim >= 0 && is_fixed(variant->space, "k")) k_dim = -1;
    if (n_dim >= 0 || k_dim >= 0) add_matrix_shapes(shapes, n_dim, k_dim);
    bool heads_free = heads >= 0 && kv_heads >= 0 && !is_fixed(variant->space, "n_heads") &&
                      !is_fixed(variant->space, "n_kv_heads");
    if (heads_free) add_head_shapes(shapes, heads, kv_heads);
    if (shapes->n == 0) add_shape(shapes, &variant->call.problem);
}

static void add_rows(uint32_t rows[ROWS_MAX], uint32_t *n, uint32_t limit, int64_t value)
{
    if (value < 1 || value > limit || *n == ROWS_MAX) return;
    for (uint32_t i = 0; i < *n; i++)
        if (rows[i] == (uint32_t)value) return;
    rows[(*n)++] = (uint32_t)value;
}

/* 1, tile - 1, tile, tile + 1 for every row tile the variant has, then primes. */
static uint32_t make_rows(const struct hone_variant *variant, uint32_t rows[ROWS_MAX])
{
    static const char *const tiles[] = {"MR", "RT", "QR", "BM"};
    static const uint32_t primes[] = {3, 7, 13, 31, 67};
    const struct hone_problem *problem = &variant->call.problem;
    const struct hone_space *space = variant->space;
    bool bounded = hone_expr_uses(space->applies, "m_max") || is_fixed(space, "m_max");
    uint32_t limit = bounded ? problem->m_max : EDGE_ROWS, n = 0;
    add_rows(rows, &n, limit, 1);
    for (size_t p = 0; p < space->n_parameters; p++)
        for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++) {
            const struct hone_value *value = &space->parameters[p].values[variant->config.index[p]];
            if (strcmp(space->parameters[p].name, tiles[t]) || value->kind != HONE_VALUE_INT)
                continue;
            for (int d = -1; d <= 1; d++) add_rows(rows, &n, limit, value->i + d);
        }
    if (variant->launch.grid_p0 > 1 && strcmp(variant->launch.grid_rule, "const") != 0)
        for (int d = -1; d <= 1; d++)
            add_rows(rows, &n, limit, (int64_t)variant->launch.grid_p0 + d);
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
        add_rows(rows, &n, limit, primes[i]);
    return n;
}

static void add_edge(struct edge edges[EDGES_MAX], uint32_t *n_edges,
                     const struct hone_variant *variant, const struct hone_case_spec *spec,
                     uint32_t n_samples)
{
    if (*n_edges == EDGES_MAX) return;
    edges[*n_edges].call = edges_call(variant, spec);
    edges[(*n_edges)++].n_samples = n_samples;
}

/* A table of positions bounds the place in the KV; false where the rows alone are more. */
static bool fit_positions(const struct hone_problem *problem, struct hone_case_spec *spec)
{
    int dim = hone_op_dim(problem->op, "n_positions");
    uint32_t own = (spec->m + spec->n_seqs - 1) / spec->n_seqs;
    if (dim < 0) return true;
    if (own > problem->dims[dim]) return false;
    if (spec->kv_before > problem->dims[dim] - own) spec->kv_before = problem->dims[dim] - own;
    return true;
}

/* The small calls: each pairs a row count with a shape, a family and a place in the KV. */
static void add_small(const struct shapes *shapes, uint64_t seed, struct edge edges[EDGES_MAX],
                      uint32_t *n_edges)
{
    static const uint32_t kv_before[] = {0, 1, 17, 63, 130};
    uint32_t rows[ROWS_MAX];
    uint32_t n_rows = make_rows(shapes->variant, rows);
    bool kv = has_kv(shapes->variant->call.problem.op);
    for (uint32_t i = 0; shapes->n && i < n_rows; i++) {
        struct hone_case_spec spec = {.m = rows[i], .n_seqs = 1, .seed = seed + i};
        /* Integers first: they find a wrong order of operations exactly. */
        spec.family = (enum hone_family)((HONE_FAMILY_INTEGERS + i + seed) % HONE_FAMILIES);
        if (kv) {
            spec.kv_before = kv_before[i % (sizeof kv_before / sizeof *kv_before)];
            spec.n_seqs = rows[i] < 3 ? rows[i] : 1 + i % 3;
        }
        if (!fit_positions(&shapes->variant->call.problem, &spec)) continue;
        add_edge(edges, n_edges, &shapes->items[i % shapes->n], &spec, 0);
    }
}

enum hone_status edges_make(const struct hone_kernels *kernels, const struct hone_variant *variant,
                            const struct hone_case_spec *tuned, enum edges_depth depth,
                            struct edge out_edges[EDGES_MAX], uint32_t *out_n_edges,
                            struct hone_error *err)
{
    struct shapes shapes = {.kernels = kernels, .variant = variant};
    *out_n_edges = 0;
    make_shapes(&shapes);
    add_small(&shapes, 1, out_edges, out_n_edges);
    if (depth == EDGES_FINAL) add_small(&shapes, 1001, out_edges, out_n_edges);
    if (*out_n_edges > EDGES_MAX - 3) *out_n_edges = EDGES_MAX - 3;
    uint32_t n_tuned = depth == EDGES_FINAL ? sizeof tuned_families / sizeof *tuned_families : 1;
    for (uint32_t i = n_tuned; i-- > 0;) {
        struct hone_case_spec spec = *tuned;
        if (i > 0) spec.n_copies = 1;
        spec.family = tuned_families[i];
        add_edge(out_edges, out_n_edges, variant, &spec, EDGES_SAMPLES);
    }
    for (uint32_t i = 0; depth == EDGES_FINAL && i < *out_n_edges; i++)
        out_edges[i].call.repeat_us = FINAL_REPEAT_US;
    if (*out_n_edges > 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_ARGUMENT, "%s: nothing to check", variant->space->name);
}
