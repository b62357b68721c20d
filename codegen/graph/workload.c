/* SPDX-License-Identifier: MIT */
/* Opening a workload: reader, graph, regions, mix and problems in one step. */
#include "codegen/graph/workload.h"

#include <string.h>

#include "codegen/model/gguf.h"
#include "codegen/target/target.h"

enum { DEFAULT_MAX_TOKENS = 512 };

struct named_type {
    const char *name;
    enum hone_type type;
};

static enum hone_status parse_type(const struct named_type *table, size_t n, const char *what,
                                   const char *text, enum hone_type *out_type,
                                   struct hone_error *err)
{
    char expected[64] = "";
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, text) == 0) {
            *out_type = table[i].type;
            return HONE_OK;
        }
        if (i) strcat(expected, ", ");
        strcat(expected, table[i].name);
    }
    return hone_fail(err, HONE_ERR_ARGUMENT, "unknown %s '%s', expected one of %s", what, text,
                     expected);
}

enum hone_status hone_acts_parse(const char *text, enum hone_type *out_type, struct hone_error *err)
{
    static const struct named_type table[] = {
        {"f32", HONE_TYPE_F32}, {"bf16", HONE_TYPE_BF16}, {"int8", HONE_TYPE_Q8A}};
    return parse_type(table, 3, "activation type", text, out_type, err);
}

enum hone_status hone_kv_type_parse(const char *text, enum hone_type *out_type,
                                    struct hone_error *err)
{
    static const struct named_type table[] = {{"f32", HONE_TYPE_F32},
                                              {"f16", HONE_TYPE_F16},
                                              {"bf16", HONE_TYPE_BF16},
                                              {"q8_0", HONE_TYPE_Q8_0}};
    return parse_type(table, 4, "KV type", text, out_type, err);
}

static enum hone_status prepare(struct hone_workload *w,
                                const struct hone_workload_options *options, struct hone_error *err)
{
    struct hone_model_options model = {.struct_size = sizeof model,
                                       .max_context = options->max_context,
                                       .page_tokens = options->page_tokens,
                                       .kv_type = options->kv_type};
    HONE_TRY(hone_model_graph(w->gguf, &model, &w->graph, err));
    uint32_t context = w->graph.max_context;
    w->max_tokens = options->max_tokens ? options->max_tokens : DEFAULT_MAX_TOKENS;
    if (w->max_tokens > context) w->max_tokens = context;
    enum hone_type acts = options->acts != HONE_TYPE_NONE ? options->acts : HONE_TYPE_Q8A;
    const struct hone_codegen_target *target =
        hone_codegen_target_find(options->family ? options->family : "cpu");
    HONE_TRY(hone_regions_make(&w->graph, acts, target && target->bf16_blocks, &w->regions, err));
    const char *mix = options->mix ? options->mix : "chat";
    HONE_TRY(hone_mix_find(mix, &w->graph, w->max_tokens, &w->mix, err));
    return hone_problems_make(&w->graph, &w->regions, &w->mix, &w->problems, err);
}

enum hone_status hone_workload_open(const char *model_path,
                                    const struct hone_workload_options *options,
                                    struct hone_workload *out_workload, struct hone_error *err)
{
    *out_workload = (struct hone_workload){0};
    HONE_TRY(hone_gguf_open(model_path, &out_workload->gguf, err));
    enum hone_status status = prepare(out_workload, options, err);
    if (status != HONE_OK) hone_workload_close(out_workload);
    return status;
}

void hone_workload_close(struct hone_workload *workload)
{
    hone_problems_release(&workload->problems);
    hone_regions_release(&workload->regions);
    hone_graph_release(&workload->graph);
    hone_gguf_close(workload->gguf);
    *workload = (struct hone_workload){0};
}
