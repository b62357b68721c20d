/* SPDX-License-Identifier: MIT */
/* Calls as text: "m=3 seqs=1 kv=0 family=integers seed=5 grid=0:3:1 scratch=640 n=17 k=96". */
#include "tuner/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "runtime/package/format.h"
#include "tuner/problem_text.h"
#include "tuner/session/edges.h"

enum { CALL_BYTES = 400, MOST_ROWS = 1024, MOST_POSITIONS = 65536, PLENTY_OF_SCRATCH = 4 << 20 };
static const uint64_t MOST_BYTES = UINT64_C(1) << 28;

/* ---- writing ---- */

static void print_call(const struct hone_runner_call *call, char out_text[CALL_BYTES])
{
    const struct hone_case_spec *spec = &call->spec;
    const struct hone_problem *problem = &spec->call.problem;
    int at =
        snprintf(out_text, CALL_BYTES,
                 "m=%u seqs=%u kv=%u family=%s seed=%" PRIu64 " grid=%u:%u:%u scratch=%" PRIu64,
                 spec->m, spec->n_seqs, spec->kv_before, hone_family_name(spec->family), spec->seed,
                 call->grid_rule, call->grid_p0, call->grid_p1, call->scratch_bytes);
    for (uint32_t i = 0; i < problem->op->n_dims && at > 0 && at < CALL_BYTES; i++)
        at += snprintf(out_text + at, (size_t)(CALL_BYTES - at), " %s=%u", problem->op->dims[i],
                       problem->dims[i]);
}

json_t *proof_calls(const struct hone_kernels *kernels, const struct hone_variant *variant)
{
    struct edge edges[EDGES_MAX];
    struct hone_case_spec tuned;
    uint32_t n_edges;
    char key[HONE_PROBLEM_KEY_BYTES], text[CALL_BYTES];
    edges_tuned_spec(&variant->call.problem, &tuned);
    if (edges_make(kernels, variant, &tuned, EDGES_SEARCH, edges, &n_edges, NULL) != HONE_OK)
        return NULL;
    json_t *list = json_array();
    /* The tuned size is that of the plan's steps, which whoever verifies reads from the plan. */
    for (uint32_t i = 0; list && i < n_edges; i++) {
        if (edges[i].n_samples) continue;
        print_call(&edges[i].call, text);
        json_array_append_new(list, json_string(text));
    }
    hone_problem_key(&variant->call.problem, key);
    return json_pack("{s:s, s:o}", "problem", key, "calls", list);
}

/* ---- reading ---- */

static bool is_small(const struct hone_case_spec *spec)
{
    const struct hone_problem *problem = &spec->call.problem;
    uint64_t total = 0;
    if (spec->m == 0 || spec->m > MOST_ROWS || spec->n_seqs > spec->m ||
        spec->kv_before > MOST_POSITIONS)
        return false;
    for (uint32_t i = 0; i < problem->op->n_operands; i++) {
        uint64_t n_bytes, rows = hone_operand_rows(problem, i, spec->m, spec->m);
        if (problem->op->operands[i].role == HONE_ROLE_KV) {
            uint64_t positions = (uint64_t)spec->kv_before + spec->m, cols;
            cols = hone_operand_cols(problem, i);
            if (!hone_mul(positions, cols, &n_bytes) || !hone_mul(n_bytes, 4, &n_bytes))
                return false;
        } else if (hone_format_bytes(spec->call.formats[i], rows, hone_operand_cols(problem, i),
                                     &n_bytes, NULL) != HONE_OK) {
            return false;
        }
        if (!hone_add(total, n_bytes, &total) || total > MOST_BYTES) return false;
    }
    return true;
}

static bool find_family(const char *name, enum hone_family *out_family)
{
    for (int f = 0; f < HONE_FAMILIES; f++)
        if (strcmp(hone_family_name((enum hone_family)f), name) == 0) {
            *out_family = (enum hone_family)f;
            return true;
        }
    return false;
}

static bool read_dims(const char *text, struct hone_problem *problem)
{
    char name[64];
    uint32_t value;
    int used;
    while (*text) {
        if (sscanf(text, " %63[a-z_0-9]=%9" SCNu32 "%n", name, &value, &used) != 2) return false;
        int dim = hone_op_dim(problem->op, name);
        if (dim < 0 || value == 0) return false;
        problem->dims[dim] = value;
        text += used;
    }
    return true;
}

/* What a call needs may be more than the plan's steps do, which the kernel's row tells. Packages
 * made before it was written down: enough for any small call. */
static bool read_scratch(const char **text, uint64_t *out_bytes)
{
    int used = 0;
    *out_bytes = PLENTY_OF_SCRATCH;
    if (strncmp(*text, " scratch=", 9) != 0) return true;
    if (sscanf(*text, " scratch=%10" SCNu64 "%n", out_bytes, &used) != 1) return false;
    *text += used;
    return *out_bytes <= UINT32_MAX;
}

static bool read_call(const char *text, const struct hone_call *call,
                      struct hone_runner_call *out_call)
{
    struct hone_case_spec *spec = &out_call->spec;
    char family[32];
    int used = 0;
    *out_call = (struct hone_runner_call){.spec.call = *call};
    int n =
        sscanf(text,
               "m=%9" SCNu32 " seqs=%9" SCNu32 " kv=%9" SCNu32 " family=%31[a-z] seed=%19" SCNu64
               " grid=%9" SCNu32 ":%9" SCNu32 ":%9" SCNu32 "%n",
               &spec->m, &spec->n_seqs, &spec->kv_before, family, &spec->seed, &out_call->grid_rule,
               &out_call->grid_p0, &out_call->grid_p1, &used);
    if (n != 8 || !find_family(family, &spec->family)) return false;
    if (out_call->grid_rule >= HONE_GRID_RULES || out_call->grid_p0 == 0) return false;
    text += used;
    if (!read_scratch(&text, &out_call->scratch_bytes)) return false;
    if (!read_dims(text, &spec->call.problem)) return false;
    const struct hone_op *op = call->problem.op;
    return (!op->valid || op->valid(&spec->call.problem, NULL) == HONE_OK) && is_small(spec);
}

/* Texts of a package come into messages, which are one line. */
static const char *line_of(const json_t *value)
{
    const char *text = json_string_value(value);
    for (const char *c = text; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) return NULL;
    return text;
}

enum hone_status proof_read(const json_t *entry, struct proof *out_proof, struct hone_error *err)
{
    const char *name = line_of(json_object_get(entry, "kernel"));
    const char *key = line_of(json_object_get(entry, "problem"));
    const char *formats = line_of(json_object_get(entry, "formats"));
    const json_t *calls = json_object_get(entry, "calls");
    memset(out_proof, 0, sizeof *out_proof);
    if (!name || !key || !formats || json_array_size(calls) == 0 ||
        json_array_size(calls) > PROOF_MAX_CALLS)
        return hone_fail(err, HONE_ERR_FORMAT,
                         "kernel '%.90s' needs problem, formats and 1 to %d calls",
                         name ? name : "?", PROOF_MAX_CALLS);
    out_proof->kernel = name;
    HONE_TRY(problem_parse(key, &out_proof->call.problem, err));
    HONE_TRY(problem_formats_parse(formats, &out_proof->call, err));
    for (; out_proof->n_calls < json_array_size(calls); out_proof->n_calls++) {
        const char *text = line_of(json_array_get(calls, out_proof->n_calls));
        if (!text || !read_call(text, &out_proof->call, &out_proof->calls[out_proof->n_calls]))
            return hone_fail(err, HONE_ERR_FORMAT, "kernel '%.90s': '%.200s' is no call", name,
                             text ? text : "");
    }
    return HONE_OK;
}
