/* SPDX-License-Identifier: MIT */
/* A workload: a model file with what is asked of it, opened once for tuning or packing. */
#ifndef HONE_GRAPH_WORKLOAD_H
#define HONE_GRAPH_WORKLOAD_H

#include "codegen/graph/problems.h"

struct hone_workload_options {
    size_t struct_size;
    const char *mix;        /* "chat" when NULL */
    enum hone_type acts;    /* F32, BF16, Q8A (int8); NONE = Q8A */
    enum hone_type kv_type; /* F32, F16, BF16, Q8_0; NONE = F16 */
    uint32_t max_context;   /* 0: the model's own, at most 8192 */
    uint32_t page_tokens;   /* 0 = 64 */
    uint32_t max_tokens;    /* rows of one forward; 0 = 512, at most the context */
    const char *family;     /* of the target; "cpu" when NULL */
};

struct hone_workload {
    struct hone_gguf *gguf; /* graph tensors point into its map */
    struct hone_graph graph;
    struct hone_regions regions;
    struct hone_mix mix;
    struct hone_problems problems;
    uint32_t max_tokens;
};

enum hone_status hone_workload_open(const char *model_path,
                                    const struct hone_workload_options *options,
                                    struct hone_workload *out_workload, struct hone_error *err);
void hone_workload_close(struct hone_workload *workload);

/* "f32", "bf16", "int8" -> activations; "f32", "f16", "bf16" -> KV. HONE_ERR_ARGUMENT. */
enum hone_status hone_acts_parse(const char *text, enum hone_type *out_type,
                                 struct hone_error *err);
enum hone_status hone_kv_type_parse(const char *text, enum hone_type *out_type,
                                    struct hone_error *err);

#endif
