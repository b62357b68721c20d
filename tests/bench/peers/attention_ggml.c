/* SPDX-License-Identifier: MIT */
/* llama.cpp's flash attention op on its CPU backend, as test-backend-ops times it: contiguous K and
 * V, an f16 mask (causal here), several nodes in one graph where one is short.
 *
 *   case KV M CONTEXT HEADS KV_HEADS SIZE   ->  ok LABEL | no REASON
 *   time SECONDS                            ->  time MEDIAN LOW HIGH SAMPLES    (ns per op) */
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/measure/measure.h"

enum { LINE = 256, LEAST_ROWS = 16, NODES = 16 };

static const struct {
    const char *name;
    enum ggml_type type;
} types[] = {{"f32", GGML_TYPE_F32},
             {"f16", GGML_TYPE_F16},
             {"bf16", GGML_TYPE_BF16},
             {"q8_0", GGML_TYPE_Q8_0}};

struct asked {
    enum ggml_type kv;
    uint32_t m, context, n_heads, n_kv_heads, size;
};

struct op {
    ggml_backend_t backend;
    struct ggml_context *tensors;
    struct ggml_cgraph *graph;
    uint32_t n_nodes;
};

static void drop(struct op *op)
{
    if (op->tensors) ggml_free(op->tensors);
    op->tensors = NULL;
}

static enum hone_status fill(struct ggml_tensor *tensor, struct hone_error *err)
{
    int64_t n = ggml_nelements(tensor);
    float *values = malloc((size_t)n * sizeof *values);
    uint32_t random = 1;
    if (!values) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    for (int64_t i = 0; i < n; i++) {
        random = random * 1664525u + 1013904223u;
        values[i] = (float)(int)(random >> 16 & 1023) / 1024.0f - 0.5f;
    }
    if (tensor->type == GGML_TYPE_F32)
        memcpy(tensor->data, values, (size_t)n * sizeof *values);
    else
        ggml_quantize_chunk(tensor->type, values, tensor->data, 0, n / tensor->ne[0], tensor->ne[0],
                            NULL);
    free(values);
    return HONE_OK;
}

/* Row i sees the positions before it and its own. */
static void fill_mask(struct ggml_tensor *mask, const struct asked *asked)
{
    ggml_fp16_t *at = mask->data, seen = ggml_fp32_to_fp16(0),
                hidden = ggml_fp32_to_fp16(-INFINITY);
    for (uint32_t row = 0; row < asked->m; row++)
        for (uint32_t position = 0; position < asked->context; position++)
            *at++ = position <= asked->context - asked->m + row ? seen : hidden;
}

static enum hone_status make(struct op *op, const struct asked *asked, struct hone_error *err)
{
    int64_t m = asked->m, context = asked->context, size = asked->size;
    uint64_t values =
        (uint64_t)size * (2 * context * asked->n_kv_heads + 2 * NODES * m * asked->n_heads) +
        (uint64_t)(context * m);
    struct ggml_init_params memory = {.mem_size = values * 4 + (16u << 20)};
    op->tensors = ggml_init(memory);
    if (!op->tensors) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    struct ggml_tensor *q =
        ggml_new_tensor_4d(op->tensors, GGML_TYPE_F32, size, m, asked->n_heads, 1);
    struct ggml_tensor *k =
        ggml_new_tensor_4d(op->tensors, asked->kv, size, context, asked->n_kv_heads, 1);
    struct ggml_tensor *v =
        ggml_new_tensor_4d(op->tensors, asked->kv, size, context, asked->n_kv_heads, 1);
    struct ggml_tensor *mask = ggml_new_tensor_2d(op->tensors, GGML_TYPE_F16, context, m);
    HONE_TRY(fill(q, err));
    HONE_TRY(fill(k, err));
    HONE_TRY(fill(v, err));
    fill_mask(mask, asked);
    op->graph = ggml_new_graph(op->tensors);
    op->n_nodes = m < LEAST_ROWS ? NODES : 1;
    for (uint32_t i = 0; i < op->n_nodes; i++) {
        struct ggml_tensor *y =
            ggml_flash_attn_ext(op->tensors, q, k, v, mask, 1 / sqrtf((float)size), 0, 0);
        ggml_flash_attn_ext_set_prec(y, GGML_PREC_F32);
        ggml_build_forward_expand(op->graph, y);
    }
    return HONE_OK;
}

static enum hone_status run(void *context, uint32_t n_calls, struct hone_error *err)
{
    const struct op *op = context;
    for (uint32_t i = 0; i < n_calls; i++)
        if (ggml_backend_graph_compute(op->backend, op->graph) != GGML_STATUS_SUCCESS)
            return hone_fail(err, HONE_ERR_UNSUPPORTED, "the backend refuses the graph");
    return HONE_OK;
}

static enum hone_status take_case(struct op *op, const char *line, struct hone_error *err)
{
    struct asked asked;
    char kv[16];
    size_t i = 0;
    if (sscanf(line, "case %15s %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, kv,
               &asked.m, &asked.context, &asked.n_heads, &asked.n_kv_heads, &asked.size) != 6 ||
        !asked.m || asked.context < asked.m || !asked.n_kv_heads || !asked.size)
        return hone_fail(err, HONE_ERR_FORMAT, "case KV M CONTEXT HEADS KV_HEADS SIZE expected");
    while (i < sizeof types / sizeof *types && strcmp(types[i].name, kv) != 0) i++;
    if (i == sizeof types / sizeof *types) return hone_fail(err, HONE_ERR_UNSUPPORTED, "KV %s", kv);
    asked.kv = types[i].type;
    drop(op);
    HONE_TRY(make(op, &asked, err));
    HONE_TRY(run(op, 1, err));
    printf("ok flash_attn_ext %s\n", kv);
    return HONE_OK;
}

static enum hone_status take_time(struct op *op, const char *line, struct hone_error *err)
{
    double seconds;
    struct hone_contender contender = {.run = run, .context = op};
    if (sscanf(line, "time %lf", &seconds) != 1 || seconds <= 0 || seconds > 60 || !op->tensors)
        return hone_fail(err, HONE_ERR_FORMAT, "a case, then time SECONDS expected");
    struct hone_measurement *m = calloc(1, sizeof *m);
    if (!m) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    struct hone_measure_plan plan = {
        .n_rounds_max = HONE_MAX_SAMPLES, .limit_ns = (uint64_t)(seconds * 1e9), .precision = 1e-6};
    enum hone_status status = hone_measure(&hone_clock_raw, &contender, 1, &plan, m, err);
    if (status == HONE_OK)
        printf("time %.1f %.1f %.1f %" PRIu32 "\n", m->stats.median / op->n_nodes,
               m->stats.low / op->n_nodes, m->stats.high / op->n_nodes, m->n_samples);
    free(m);
    return status;
}

int main(int argc, char **argv)
{
    struct op op = {0};
    char line[LINE];
    if (argc != 2 || strtol(argv[1], NULL, 10) < 1) {
        fprintf(stderr, "usage: %s THREADS < cases\n", argv[0]);
        return 2;
    }
    op.backend = ggml_backend_cpu_init();
    if (!op.backend) return 1;
    ggml_backend_cpu_set_n_threads(op.backend, (int)strtol(argv[1], NULL, 10));
    printf("ready ggml %s\n", ggml_version());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        struct hone_error err = {0};
        bool is_case = strncmp(line, "case ", 5) == 0;
        if ((is_case ? take_case : take_time)(&op, line, &err) != HONE_OK)
            printf("no %s\n", err.text);
        fflush(stdout);
    }
    drop(&op);
    ggml_backend_free(op.backend);
    return 0;
}
