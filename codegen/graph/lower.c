/* SPDX-License-Identifier: MIT */
/* Steps, argument blocks, bindings, code and weight offsets of a plan. */
#include "codegen/graph/lower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/graph/bytes.h"
#include "codegen/graph/memory.h"
#include "runtime/base/checked.h"

enum { CODE_ALIGN = 4096, WEIGHT_ALIGN = 64, ARGS_ALIGN = 64, SLOT_BYTES = 8 };

struct lowering {
    const struct hone_graph *graph;
    const struct hone_choice *choice;
    const struct hone_mix *mix;
    const struct hone_envelope *envelope;
    struct hone_kernels *kernels;
    struct hone_lowered *out;
    struct hone_error *err;
    struct hone_bytes lists, steps, bindings, kernel_table, kv_regions, args, names, code;
    uint64_t *offsets;            /* of activations in the list at hand */
    uint32_t (*weight_number)[2]; /* per tensor and layout: index in out->weights + 1 */
    uint32_t *region_number;      /* per tensor: KV region + 1 */
    uint32_t n_steps, n_bindings, n_regions;
    uint32_t n_before; /* weights of another plan */
    uint64_t logits_bytes;
};

static uint32_t add_name(struct lowering *l, const char *name)
{
    return (uint32_t)hone_bytes_add(&l->names, name, strlen(name) + 1);
}

static enum hone_status no_memory(struct lowering *l)
{
    return hone_fail(l->err, HONE_ERR_NO_MEMORY, "lowering: no memory");
}

/* ---- kernels ---- */

static enum hone_status add_kernel(struct lowering *l, const struct hone_candidate *candidate,
                                   uint32_t *out_number)
{
    struct hone_lowered *out = l->out;
    const struct hone_binary *binary;
    const struct hone_variant *variant = &candidate->variant;
    HONE_TRY(hone_kernels_compile(l->kernels, variant, &binary, l->err));
    struct hone_lowered_kernel *grown =
        realloc(out->kernels, (out->n_kernels + 1) * sizeof *out->kernels);
    if (!grown) return no_memory(l);
    out->kernels = grown;
    struct hone_lowered_kernel *kernel = &out->kernels[out->n_kernels];
    *kernel = (struct hone_lowered_kernel){.candidate = candidate};
    snprintf(kernel->name, sizeof kernel->name, "%s %.8s", variant->space->name, variant->code_key);
    uint64_t blob = hone_bytes_align(&l->code, CODE_ALIGN);
    hone_bytes_add(&l->code, binary->code, binary->n_bytes);
    struct hone_plan_kernel row = {.code_offset = blob + binary->entry,
                                   .code_bytes = binary->n_bytes,
                                   .blob_offset = blob,
                                   .scratch_bytes = variant->launch.scratch_bytes,
                                   .name_offset = add_name(l, kernel->name)};
    hone_bytes_add(&l->kernel_table, &row, sizeof row);
    if (l->kernel_table.failed) return no_memory(l);
    *out_number = out->n_kernels++;
    return HONE_OK;
}

/* Equal code is one kernel, whatever problems it serves; its row keeps the most scratch that any of
 * them asks. */
static enum hone_status find_kernel(struct lowering *l, const struct hone_candidate *candidate,
                                    uint32_t *out_number)
{
    uint64_t scratch = candidate->variant.launch.scratch_bytes;
    if (scratch > l->out->scratch_bytes) l->out->scratch_bytes = scratch;
    for (uint32_t k = 0; k < l->out->n_kernels; k++) {
        const struct hone_variant *other = &l->out->kernels[k].candidate->variant;
        if (strcmp(other->code_key, candidate->variant.code_key) != 0) continue;
        struct hone_plan_kernel *row = (struct hone_plan_kernel *)(void *)l->kernel_table.data + k;
        if (scratch > row->scratch_bytes) row->scratch_bytes = scratch;
        *out_number = k;
        return HONE_OK;
    }
    return add_kernel(l, candidate, out_number);
}

/* ---- operands ---- */

/* Number + 1 of what another plan of the package brought already. */
static uint32_t find_weight(const struct lowering *l, uint32_t t, const struct hone_format *format)
{
    for (uint32_t i = 0; i < l->n_before; i++)
        if (l->out->weights[i].tensor == t && l->out->weights[i].format == format) return i + 1;
    return 0;
}

static enum hone_status add_weight(struct lowering *l, uint32_t t, const struct hone_format *format)
{
    struct hone_lowered *out = l->out;
    const struct hone_tensor *tensor = &l->graph->tensors[t];
    struct hone_lowered_weight *weight = &out->weights[out->n_weights++];
    uint64_t end;
    *weight =
        (struct hone_lowered_weight){.tensor = t, .format = format, .offset = out->weight_bytes};
    HONE_TRY(hone_format_bytes(format, tensor->rows, tensor->cols, &weight->n_bytes, l->err));
    if (hone_add(weight->offset, weight->n_bytes, &end) &&
        hone_round_up(end, WEIGHT_ALIGN, &out->weight_bytes))
        return HONE_OK;
    return hone_fail(l->err, HONE_ERR_LIMIT, "weight '%s' is too large", tensor->name);
}

/* A layout that no step reads is never written. */
static enum hone_status weight_offset(struct lowering *l, uint32_t t,
                                      const struct hone_format *format, uint64_t *out_offset)
{
    uint32_t *number = &l->weight_number[t][format != l->choice->weight_formats[t]];
    if (!*number) *number = find_weight(l, t, format);
    if (!*number) {
        HONE_TRY(add_weight(l, t, format));
        *number = l->out->n_weights;
    }
    l->out->weights[*number - 1].is_read = true;
    *out_offset = l->out->weights[*number - 1].offset;
    return HONE_OK;
}

static uint32_t kv_region(struct lowering *l, uint32_t t, const struct hone_format *format)
{
    if (!l->region_number[t]) {
        struct hone_plan_kv_region row = {hone_kv_page_bytes(format, &l->graph->kv)};
        hone_bytes_add(&l->kv_regions, &row, sizeof row);
        l->region_number[t] = ++l->n_regions;
    }
    return l->region_number[t] - 1;
}

static enum hone_status bind_operand(struct lowering *l, const struct hone_scheduled *step,
                                     uint32_t operand, struct hone_plan_binding *binding)
{
    uint32_t t = step->node->operands[operand];
    switch (l->graph->tensors[t].kind) {
    case HONE_TENSOR_WEIGHT:
        binding->kind = HONE_BIND_WEIGHT;
        return weight_offset(l, t, step->candidate->variant.call.formats[operand], &binding->value);
    case HONE_TENSOR_KV:
        binding->kind = HONE_BIND_KV;
        binding->value = kv_region(l, t, step->candidate->variant.call.formats[operand]);
        return HONE_OK;
    case HONE_TENSOR_ACTIVATION:
        binding->kind = HONE_BIND_ACTIVATION;
        binding->value = t == l->graph->logits ? 0 : l->offsets[t];
        return HONE_OK;
    }
    return HONE_OK;
}

/* ---- steps ---- */

static enum hone_status add_argument(struct lowering *l, const struct hone_scheduled *step,
                                     const struct hone_arg *arg, uint32_t at, uint64_t *slot)
{
    struct hone_plan_binding binding = {.args_offset = at, .kind = HONE_BIND_BATCH};
    const struct hone_node *node = step->node;
    switch (arg->kind) {
    case HONE_ARG_DIM: *slot = node->dims[arg->index]; return HONE_OK;
    case HONE_ARG_ATTR: memcpy(slot, &node->attrs[arg->index], sizeof(float)); return HONE_OK;
    case HONE_ARG_BATCH: binding.value = arg->index; break;
    case HONE_ARG_ROWS:
        binding.value = node->rows_are_out ? HONE_BATCH_N_OUT : HONE_BATCH_N_TOKENS;
        break;
    case HONE_ARG_OPERAND: HONE_TRY(bind_operand(l, step, arg->index, &binding)); break;
    }
    hone_bytes_add(&l->bindings, &binding, sizeof binding);
    l->n_bindings++;
    return HONE_OK;
}

static enum hone_status add_step(struct lowering *l, const struct hone_scheduled *step)
{
    const struct hone_variant *variant = &step->candidate->variant;
    const struct hone_op *op = step->node->op;
    uint64_t slots[HONE_MAX_ARGS] = {0};
    char name[128];
    snprintf(name, sizeof name, "%s %s", step->node->name, op->name);
    struct hone_plan_step row = {.grid_rule = variant->grid_rule,
                                 .grid_p0 = variant->launch.grid_p0,
                                 .grid_p1 = variant->launch.grid_p1,
                                 .args_offset = hone_bytes_align(&l->args, ARGS_ALIGN),
                                 .args_bytes = op->n_args * SLOT_BYTES,
                                 .first_binding = l->n_bindings,
                                 .name_offset = add_name(l, name),
                                 .schedule = variant->launch.is_dynamic};
    HONE_TRY(find_kernel(l, step->candidate, &row.kernel));
    l->out->kernels[row.kernel].n_steps++;
    for (uint32_t i = 0; i < op->n_args; i++)
        HONE_TRY(add_argument(l, step, &op->args[i], i * SLOT_BYTES, &slots[i]));
    row.n_bindings = l->n_bindings - row.first_binding;
    hone_bytes_add(&l->args, slots, row.args_bytes);
    hone_bytes_add(&l->steps, &row, sizeof row);
    l->n_steps++;
    return HONE_OK;
}

static enum hone_status add_list(struct lowering *l, uint32_t number)
{
    const struct hone_list_range *range = &l->mix->lists[number];
    uint32_t m_out = range->m_max < l->envelope->max_out ? range->m_max : l->envelope->max_out;
    uint64_t n_bytes;
    HONE_TRY(hone_memory_plan(l->graph, l->choice->nodes[number], l->choice->n_nodes[number],
                              range->m_max, m_out, l->logits_bytes, l->offsets, &n_bytes, l->err));
    if (n_bytes > l->out->activation_bytes) l->out->activation_bytes = n_bytes;
    struct hone_plan_list row = {.m_min = range->m_min,
                                 .m_max = range->m_max,
                                 .first_step = l->n_steps,
                                 .n_steps = l->choice->n_nodes[number]};
    hone_bytes_add(&l->lists, &row, sizeof row);
    for (uint32_t s = 0; s < row.n_steps; s++) HONE_TRY(add_step(l, &l->choice->nodes[number][s]));
    return HONE_OK;
}

/* ---- the section ---- */

static uint64_t append_table(struct hone_bytes *plan, const struct hone_bytes *table)
{
    hone_bytes_align(plan, ARGS_ALIGN);
    return hone_bytes_add(plan, table->data, table->n_bytes);
}

static bool assemble(struct lowering *l, struct hone_bytes *plan)
{
    const struct hone_graph *graph = l->graph;
    struct hone_plan_header header = {.version = HONE_PLAN_VERSION,
                                      .n_lists = l->mix->n_lists,
                                      .n_steps = l->n_steps,
                                      .n_bindings = l->n_bindings,
                                      .n_kernels = l->out->n_kernels,
                                      .n_kv_regions = l->n_regions,
                                      .max_tokens = l->envelope->max_tokens,
                                      .max_seqs = l->envelope->max_seqs,
                                      .max_out = l->envelope->max_out,
                                      .max_context = graph->max_context,
                                      .page_tokens = graph->kv.page_tokens,
                                      .n_vocab = graph->n_vocab,
                                      .activation_bytes = l->out->activation_bytes,
                                      .logits_stride = (uint64_t)graph->n_vocab * sizeof(float),
                                      .scratch_bytes = l->out->scratch_bytes,
                                      .args_bytes = l->args.n_bytes,
                                      .names_bytes = l->names.n_bytes};
    hone_bytes_add(plan, NULL, sizeof header);
    header.lists_offset = append_table(plan, &l->lists);
    header.steps_offset = append_table(plan, &l->steps);
    header.bindings_offset = append_table(plan, &l->bindings);
    header.kernels_offset = append_table(plan, &l->kernel_table);
    header.kv_regions_offset = append_table(plan, &l->kv_regions);
    header.args_offset = append_table(plan, &l->args);
    header.names_offset = append_table(plan, &l->names);
    if (plan->failed || l->code.failed) return false;
    memcpy(plan->data, &header, sizeof header);
    return true;
}

static enum hone_status lower_lists(struct lowering *l)
{
    const struct hone_graph *graph = l->graph;
    HONE_TRY(hone_activation_bytes(&graph->tensors[graph->logits], l->envelope->max_out,
                                   &l->logits_bytes, l->err));
    add_name(l, "");
    for (uint32_t i = 0; i < l->mix->n_lists; i++) HONE_TRY(add_list(l, i));
    struct hone_bytes plan = {0};
    bool fits = assemble(l, &plan);
    l->out->plan = plan.data;
    l->out->plan_bytes = plan.n_bytes;
    l->out->code = l->code.data;
    l->out->code_bytes = l->code.n_bytes;
    l->code.data = NULL;
    return fits ? HONE_OK : no_memory(l);
}

static void take_weights(const struct hone_lowered *before, struct hone_lowered *out)
{
    memcpy(out->weights, before->weights, before->n_weights * sizeof *out->weights);
    out->n_weights = before->n_weights;
    out->weight_bytes = before->weight_bytes;
    for (uint32_t i = 0; i < out->n_weights; i++) out->weights[i].is_read = false;
}

enum hone_status hone_lower(const struct hone_graph *graph, const struct hone_choice *choice,
                            const struct hone_mix *mix, const struct hone_envelope *envelope,
                            struct hone_kernels *kernels, const struct hone_lowered *before,
                            struct hone_lowered *out_lowered, struct hone_error *err)
{
    struct lowering l = {.graph = graph,
                         .choice = choice,
                         .mix = mix,
                         .envelope = envelope,
                         .kernels = kernels,
                         .out = out_lowered,
                         .n_before = before ? before->n_weights : 0,
                         .err = err};
    *out_lowered = (struct hone_lowered){0};
    l.offsets = calloc(graph->n_tensors, sizeof *l.offsets);
    l.weight_number = calloc(graph->n_tensors, sizeof *l.weight_number);
    l.region_number = calloc(graph->n_tensors, sizeof *l.region_number);
    out_lowered->weights =
        calloc(2 * (size_t)graph->n_tensors + l.n_before, sizeof *out_lowered->weights);
    if (out_lowered->weights && before) take_weights(before, out_lowered);
    bool fits = l.offsets && l.weight_number && l.region_number && out_lowered->weights;
    enum hone_status status = fits ? lower_lists(&l) : no_memory(&l);
    struct hone_bytes *const tables[] = {&l.lists,      &l.steps, &l.bindings, &l.kernel_table,
                                         &l.kv_regions, &l.args,  &l.names,    &l.code};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) free(tables[i]->data);
    free(l.offsets);
    free(l.weight_number);
    free(l.region_number);
    if (status != HONE_OK) hone_lowered_release(out_lowered);
    return status;
}

void hone_lowered_release(struct hone_lowered *lowered)
{
    free(lowered->plan);
    free(lowered->code);
    free(lowered->weights);
    free(lowered->kernels);
    *lowered = (struct hone_lowered){0};
}
