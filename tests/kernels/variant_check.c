/* SPDX-License-Identifier: MIT */
/* The calls that a variant must get right: rows around its tile and primes, odd shapes, every
 * family of inputs; in a child, so that a crash costs one variant. */
#include "tests/kernels/variant_check.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SECONDS = 60, MAX_ROWS = 12, MAX_SHAPES = 5, K_SIZES = 9 };

/* Every value is tried until the space takes the config at that size. */
static const uint32_t n_sizes[] = {1, 17, 37, 131, 521, 1031, 2053, 24, 136, 4112};
static const uint32_t k_sizes[][K_SIZES] = {
    {1, 33, 7, 130, 1030, 8, 40, 136, 64}, {32, 96, 64, 160, 1056}, {256, 768, 512, 1280}};

struct checker {
    const struct hone_kernels *kernels;
    const struct hone_variant *variant;
    const struct hone_binary *binary;
    uint64_t seed;
    struct hone_variant shapes[MAX_SHAPES];
    uint32_t rows[MAX_ROWS];
    uint32_t n_shapes, n_rows;
};

static bool needs_name(const struct hone_space *space, const char *name)
{
    for (size_t i = 0; i < space->n_problem; i++)
        if (strcmp(space->problem[i], name) == 0) return true;
    return hone_expr_uses(space->applies, name) && strcmp(name, "k") != 0;
}

/* The same text serves the problem with other dimensions? */
static bool add_shape(struct checker *c, const struct hone_problem *problem)
{
    struct hone_env env;
    bool applies = false;
    hone_env_init(&env, NULL);
    if (hone_kernels_env(c->kernels, problem, &env, NULL) == HONE_OK)
        hone_space_applies(c->variant->space, &env, &applies, NULL);
    hone_env_release(&env);
    bool is_valid =
        applies && (!problem->op->valid || problem->op->valid(problem, NULL) == HONE_OK);
    if (!is_valid || c->n_shapes == MAX_SHAPES) return false;
    if (hone_kernels_launch(c->kernels, c->variant->space, problem, &c->variant->config,
                            &c->shapes[c->n_shapes], NULL) != HONE_OK)
        return false;
    c->n_shapes++;
    return true;
}

static void add_with_n(struct checker *c, struct hone_problem *problem, int n_dim, size_t from)
{
    if (n_dim < 0) {
        add_shape(c, problem);
        return;
    }
    for (size_t i = from; i < sizeof n_sizes / sizeof *n_sizes; i++) {
        problem->dims[n_dim] = n_sizes[i];
        if (add_shape(c, problem)) return;
    }
}

static size_t unit_of(const struct hone_variant *variant)
{
    uint32_t unit = 1;
    for (uint32_t i = 0; i < variant->call.problem.op->n_operands; i++) {
        uint32_t values = hone_type_info(variant->call.formats[i]->type)->block_values;
        if (values > unit) unit = values;
    }
    return unit == 1 ? 0 : unit == 32 ? 1 : 2;
}

static void make_shapes(struct checker *c)
{
    const struct hone_variant *variant = c->variant;
    struct hone_problem problem = variant->call.problem;
    int n_dim = hone_op_dim(problem.op, "n"), k_dim = hone_op_dim(problem.op, "k");
    if (n_dim >= 0 && needs_name(variant->space, "n")) n_dim = -1;
    if (k_dim >= 0 && needs_name(variant->space, "k")) k_dim = -1;
    const uint32_t *k = k_sizes[unit_of(variant)];
    for (size_t i = 0; k_dim >= 0 && i < K_SIZES && k[i]; i++) {
        problem.dims[k_dim] = k[i];
        add_with_n(c, &problem, n_dim, (i + c->seed) % 4);
    }
    if (!c->n_shapes) add_shape(c, &variant->call.problem);
}

static void add_rows(struct checker *c, int64_t rows)
{
    bool is_bounded = hone_expr_uses(c->variant->space->applies, "m_max");
    if (rows < 1 || (is_bounded && rows > c->variant->call.problem.m_max)) return;
    for (uint32_t i = 0; i < c->n_rows; i++)
        if (c->rows[i] == rows) return;
    if (c->n_rows < MAX_ROWS) c->rows[c->n_rows++] = (uint32_t)rows;
}

static void make_rows(struct checker *c)
{
    static const char *const tiles[] = {"MR", "MT", "RT", "RB", "ROWS", "BM"};
    const struct hone_space *space = c->variant->space;
    add_rows(c, 1);
    for (size_t p = 0; p < space->n_parameters; p++)
        for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++)
            if (strcmp(space->parameters[p].name, tiles[t]) == 0)
                for (int d = -1; d <= 1; d++)
                    add_rows(c, space->parameters[p].values[c->variant->config.index[p]].i + d);
    add_rows(c, 3);
    add_rows(c, 13);
    add_rows(c, 31);
}

static bool has_kv(const struct hone_op *op)
{
    for (uint32_t i = 0; i < op->n_operands; i++)
        if (op->operands[i].role == HONE_ROLE_KV) return true;
    return false;
}

static void make_spec(const struct checker *c, uint32_t i, struct hone_case_spec *out_spec)
{
    static const uint32_t kv_before[] = {0, 1, 17, 63, 130};
    const struct hone_variant *shape = &c->shapes[(i + c->seed) % c->n_shapes];
    *out_spec = (struct hone_case_spec){.call = shape->call,
                                        .m = c->rows[i % c->n_rows],
                                        .n_seqs = 1,
                                        .seed = c->seed + i,
                                        .in_place = (i + c->seed) % 2};
    out_spec->family = (enum hone_family)((HONE_FAMILY_INTEGERS + i) % HONE_FAMILIES);
    if (hone_op_operand(shape->call.problem.op, "r") < 0) out_spec->in_place = false;
    if (!has_kv(shape->call.problem.op)) return;
    out_spec->kv_before = kv_before[i % 5];
    out_spec->n_seqs = out_spec->m < 3 ? out_spec->m : 1 + i % 3;
}

static enum hone_status fail_at(const struct hone_case_spec *spec, enum hone_status status,
                                struct hone_error *err)
{
    const struct hone_op *op = spec->call.problem.op;
    char where[256];
    int used =
        snprintf(where, sizeof where, "m=%u family=%s seed=%llu in_place=%d", spec->m,
                 hone_family_name(spec->family), (unsigned long long)spec->seed, spec->in_place);
    for (uint32_t d = 0; d < op->n_dims && used < (int)sizeof where; d++)
        used += snprintf(where + used, sizeof where - (size_t)used, " %s=%u", op->dims[d],
                         spec->call.problem.dims[d]);
    return hone_fail_in(err, status, "%s", where);
}

/* The last blocks first, in two calls: blocks must not depend on each other. */
static void run_once(const struct loaded_variant *loaded, const struct hone_case *c,
                     uint32_t n_blocks)
{
    uint32_t half = n_blocks / 2;
    memset(loaded->scratch, 0x7F, loaded->scratch_bytes);
    loaded->kernel(hone_case_args(c, 0), half, n_blocks, loaded->scratch);
    if (half) loaded->kernel(hone_case_args(c, 0), 0, half, loaded->scratch);
}

static enum hone_status check_case(const struct checker *c, uint32_t i, struct hone_error *err)
{
    struct hone_case_spec spec;
    struct hone_case *made = NULL;
    struct loaded_variant loaded;
    const struct hone_variant *shape = &c->shapes[(i + c->seed) % c->n_shapes];
    make_spec(c, i, &spec);
    HONE_TRY(variant_load(c->binary, shape->launch.scratch_bytes, &loaded, err));
    enum hone_status status = hone_case_create(&spec, &made, err);
    if (status == HONE_OK) {
        struct hone_case_result result;
        hone_case_poison(made);
        run_once(&loaded, made, variant_blocks(shape, made));
        status = hone_case_check(made, 0, &result, err);
    }
    hone_case_destroy(made);
    variant_unload(&loaded);
    return status == HONE_OK ? status : fail_at(&spec, status, err);
}

static void child(const struct checker *c, int fd)
{
    struct hone_error err = {0};
    alarm(CHILD_SECONDS);
    enum hone_status status = HONE_OK;
    for (uint32_t i = 0; i < c->n_rows && status == HONE_OK; i++) status = check_case(c, i, &err);
    if (status != HONE_OK && write(fd, err.text, strlen(err.text)) < 0) _exit(3);
    _exit(status == HONE_OK ? 0 : 1);
}

static enum hone_status run_child(const struct checker *c, struct hone_error *err)
{
    int fds[2], wait_status = 0;
    if (pipe(fds)) return hone_fail(err, HONE_ERR_IO, "pipe failed");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) child(c, fds[1]);
    close(fds[1]);
    char text[HONE_ERROR_TEXT_BYTES] = "";
    size_t used = 0;
    for (ssize_t n; (n = read(fds[0], text + used, sizeof text - 1 - used)) > 0;) used += (size_t)n;
    close(fds[0]);
    if (pid < 0 || waitpid(pid, &wait_status, 0) != pid)
        return hone_fail(err, HONE_ERR_IO, "no child process");
    if (WIFSIGNALED(wait_status))
        return hone_fail(err, HONE_ERR_CRASHED, "signal %d (%s)", WTERMSIG(wait_status),
                         strsignal(WTERMSIG(wait_status)));
    if (WEXITSTATUS(wait_status)) return hone_fail(err, HONE_ERR_WRONG, "%s", text);
    return HONE_OK;
}

/* Behind a runner: its own guards around the buffers, all blocks in its order. */
static enum hone_status run_remote(const struct checker *c, struct hone_runner *runner,
                                   struct hone_error *err)
{
    struct hone_runner_kernel kernel = {
        .code = c->binary->code, .n_bytes = c->binary->n_bytes, .entry = c->binary->entry};
    for (uint32_t i = 0; i < c->n_shapes; i++)
        if (c->shapes[i].launch.scratch_bytes > kernel.scratch_bytes)
            kernel.scratch_bytes = c->shapes[i].launch.scratch_bytes;
    HONE_TRY(hone_runner_load(runner, 0, &kernel, err));
    for (uint32_t i = 0; i < c->n_rows; i++) {
        const struct hone_variant *shape = &c->shapes[(i + c->seed) % c->n_shapes];
        struct hone_runner_call call = {.grid_rule = shape->grid_rule,
                                        .grid_p0 = shape->launch.grid_p0,
                                        .grid_p1 = shape->launch.grid_p1};
        struct hone_case_result result;
        make_spec(c, i, &call.spec);
        call.spec.in_place = false; /* the protocol has no word for it */
        enum hone_status status = hone_runner_verify(runner, &call, 0, CHILD_SECONDS, &result, err);
        if (status != HONE_OK) return fail_at(&call.spec, status, err);
    }
    return HONE_OK;
}

static enum hone_status check_at(struct checker *c, const struct variant_place *place,
                                 uint32_t *out_n_cases, struct hone_error *err)
{
    make_shapes(c);
    make_rows(c);
    if (!c->n_shapes) return hone_fail(err, HONE_ERR_ARGUMENT, "no size to check it at");
    if (place->only_compile) return HONE_OK;
    if (place->max_rows && c->n_rows > place->max_rows) {
        uint32_t first = (uint32_t)(c->seed % (c->n_rows - place->max_rows + 1));
        memmove(c->rows, c->rows + first, place->max_rows * sizeof *c->rows);
        c->n_rows = place->max_rows;
    }
    *out_n_cases += c->n_rows;
    return place->runner ? run_remote(c, place->runner, err) : run_child(c, err);
}

enum hone_status variant_check(struct hone_kernels *kernels, const struct hone_space *space,
                               const struct hone_problem *problem, const struct hone_config *config,
                               uint64_t seed, const struct variant_place *place,
                               uint32_t *out_n_cases, struct hone_error *err)
{
    struct hone_variant variant;
    HONE_TRY(hone_kernels_variant(kernels, space, problem, config, &variant, err));
    struct checker c = {.kernels = kernels, .variant = &variant, .seed = seed};
    enum hone_status status = hone_kernels_compile(kernels, &variant, &c.binary, err);
    if (status == HONE_OK) status = check_at(&c, place, out_n_cases, err);
    hone_variant_release(&variant);
    return status;
}
