/* SPDX-License-Identifier: MIT */
/* A roofline: the slowest of arithmetic, reading and launching. */
#include "tuner/ceilings.h"

#include <string.h>

static const char *const level_names[LEVELS] = {"read L1", "read L2", "read L3", "read memory"};
static const char *const arithmetic_names[ARITHMETICS] = {"f32 fma", "bf16 dot", "int8 dot"};

static const struct probe_rate *rate_of(const struct probe_report *report, const char *name,
                                        uint32_t n_threads)
{
    static const struct probe_rate none = {0};
    for (uint32_t i = 0; i < report->n_items; i++)
        if (strcmp(report->items[i].name, name) == 0)
            return n_threads == 1 ? &report->items[i].one : &report->items[i].all;
    return &none;
}

enum hone_status ceilings_take(const struct probe_report *report,
                               const struct hone_machine_facts *facts, uint32_t n_threads,
                               struct ceilings *out_ceilings, struct hone_error *err)
{
    static const char *const levels[LEVELS] = {"read_l1", "read_l2", "read_l3", "read_memory"};
    static const char *const arithmetics[ARITHMETICS] = {"fma_f32", "dot_bf16", "dot_int8"};
    if (n_threads != 1 && n_threads != report->n_threads)
        return hone_fail(err, HONE_ERR_ARGUMENT, "ceilings are those of 1 or %u threads, not of %u",
                         report->n_threads, n_threads);
    /* Multiprocessors share their L2. */
    uint64_t l2_bytes = facts->n_sms ? facts->l2_bytes : facts->l2_bytes * n_threads;
    const uint64_t holds[LEVELS] = {facts->l1_bytes * n_threads, l2_bytes, facts->l3_bytes,
                                    UINT64_MAX};
    *out_ceilings = (struct ceilings){.n_threads = n_threads};
    for (int a = 0; a < ARITHMETICS; a++)
        out_ceilings->operations[a] = rate_of(report, arithmetics[a], n_threads)->value * 1e9;
    for (int l = 0; l < LEVELS; l++) {
        out_ceilings->read[l] = rate_of(report, levels[l], n_threads)->value * 1e9;
        out_ceilings->holds[l] = out_ceilings->read[l] > 0 ? holds[l] : 0;
    }
    out_ceilings->launch_seconds = rate_of(report, "dispatch", n_threads)->value * 1e-6;
    if (out_ceilings->operations[ARITHMETIC_F32] > 0 && out_ceilings->read[LEVEL_MEMORY] > 0)
        return HONE_OK;
    return hone_fail(err, HONE_ERR_NOT_FOUND, "no ceilings were measured");
}

/* ---- work ---- */

/* Those of x decide; other ops compute in f32 whatever they write. */
static enum ceilings_arithmetic arithmetic_of(const struct hone_problem *problem)
{
    bool multiplies = strncmp(problem->op->name, "gemm", 4) == 0;
    enum hone_type type = multiplies ? problem->types[0] : HONE_TYPE_F32;
    return type == HONE_TYPE_Q8A    ? ARITHMETIC_INT8
           : type == HONE_TYPE_BF16 ? ARITHMETIC_BF16
                                    : ARITHMETIC_F32;
}

static double activations_of(const struct hone_problem *problem, uint32_t m)
{
    double total = 0;
    for (uint32_t o = 0; o < problem->op->n_operands; o++) {
        enum hone_role role = problem->op->operands[o].role;
        if (role == HONE_ROLE_WEIGHT || role == HONE_ROLE_KV) continue;
        const struct hone_format *format = hone_format_rows(problem->types[o]);
        total += (double)hone_format_row_bytes(format, hone_operand_cols(problem, o)) *
                 (double)hone_operand_rows(problem, o, m, m);
    }
    return total;
}

static bool has(const struct hone_op *op, enum hone_role role)
{
    for (uint32_t o = 0; o < op->n_operands; o++)
        if (op->operands[o].role == role) return true;
    return false;
}

void work_of(const struct hone_problem *problem, uint32_t m, uint32_t n_seqs, struct work *out_work)
{
    const struct hone_op *op = problem->op;
    double all = op->bytes(problem, m), activations = activations_of(problem, m);
    bool has_kv = has(op, HONE_ROLE_KV), has_resident = has_kv || has(op, HONE_ROLE_WEIGHT);
    *out_work = (struct work){.arithmetic = arithmetic_of(problem)};
    /* What is appended to the KV is new: it lies nowhere yet. */
    if (!has_resident || op->appends_kv || activations > all) activations = all;
    out_work->activation_bytes = activations;
    out_work->resident_bytes = all - activations;
    if (has_kv && !op->appends_kv && n_seqs > 1) {
        /* Each row of its own sequence: all of its positions, and its KV beside the others'. */
        out_work->resident_bytes *= n_seqs;
        out_work->operations = m * op->operations(problem, 1);
        return;
    }
    out_work->operations = op->operations(problem, m);
}

/* ---- floors ---- */

static enum ceilings_level level_of(const struct ceilings *c, double n_bytes)
{
    int level = LEVEL_L1;
    while (level < LEVEL_MEMORY && n_bytes > (double)c->holds[level]) level++;
    return (enum ceilings_level)level;
}

static void raise(struct least_time *least, double seconds, const char *bound)
{
    if (seconds <= least->seconds) return;
    least->seconds = seconds;
    least->bound = bound;
}

/* Where dot products of small types are slower than multiply-add, that may be used on them. */
static enum ceilings_arithmetic fastest_for(const struct ceilings *c, enum ceilings_arithmetic a)
{
    return c->operations[a] < c->operations[ARITHMETIC_F32] ? ARITHMETIC_F32 : a;
}

void ceilings_parts(const struct ceilings *ceilings, const struct work *work, double resident_set,
                    struct time_parts *out_parts)
{
    enum ceilings_arithmetic arithmetic = fastest_for(ceilings, work->arithmetic);
    enum ceilings_level from = level_of(ceilings, resident_set),
                        between = level_of(ceilings, work->activation_bytes);
    double resident = work->resident_bytes / ceilings->read[from];
    double activations = work->activation_bytes / ceilings->read[between];
    *out_parts =
        (struct time_parts){.operations = work->operations / ceilings->operations[arithmetic],
                            .bytes = resident + activations,
                            .launch = ceilings->launch_seconds,
                            .arithmetic = arithmetic_names[arithmetic],
                            .level = level_names[resident >= activations ? from : between]};
}

void ceilings_floor(const struct ceilings *ceilings, const struct work *work, double resident_set,
                    struct least_time *out_least)
{
    struct time_parts parts;
    ceilings_parts(ceilings, work, resident_set, &parts);
    *out_least = (struct least_time){.bound = "launch"};
    raise(out_least, parts.launch, "launch");
    raise(out_least, parts.operations, parts.arithmetic);
    raise(out_least, parts.bytes, parts.level);
}
