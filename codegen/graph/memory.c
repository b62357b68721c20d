/* SPDX-License-Identifier: MIT */
/* First-fit placement of activations by size over their lives in a step list. */
#include "codegen/graph/memory.h"

#include <stdlib.h>

#include "runtime/base/checked.h"

struct life {
    uint32_t tensor;
    uint32_t first, last; /* steps */
    uint64_t offset, n_bytes;
};

enum hone_status hone_activation_bytes(const struct hone_tensor *tensor, uint64_t rows,
                                       uint64_t *out_bytes, struct hone_error *err)
{
    const struct hone_format *format = hone_format_find(hone_type_info(tensor->type)->name);
    uint64_t n_bytes;
    HONE_TRY(hone_format_bytes(format, rows, tensor->cols, &n_bytes, err));
    if (!hone_round_up(n_bytes, HONE_ACTIVATION_ALIGN, out_bytes))
        return hone_fail(err, HONE_ERR_LIMIT, "activation '%s' is too large", tensor->name);
    return HONE_OK;
}

static int larger_first(const void *a, const void *b)
{
    const struct life *x = a, *y = b;
    if (x->n_bytes != y->n_bytes) return x->n_bytes < y->n_bytes ? 1 : -1;
    return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

static int lower_first(const void *a, const void *b)
{
    const struct life *x = *(const struct life *const *)a, *y = *(const struct life *const *)b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

/* The lowest gap between those already placed that live at the same time. */
static void place(struct life *life, struct life **placed, uint32_t n_placed, uint64_t reserved)
{
    uint64_t at = reserved;
    for (uint32_t i = 0; i < n_placed; i++) {
        const struct life *other = placed[i];
        if (other->first > life->last || other->last < life->first) continue;
        if (other->offset >= at + life->n_bytes) break;
        if (other->offset + other->n_bytes > at) at = other->offset + other->n_bytes;
    }
    life->offset = at;
    placed[n_placed] = life;
    qsort(placed, n_placed + 1, sizeof *placed, lower_first);
}

/* Lives of the activations of the list; number_of is per tensor, index + 1. */
static enum hone_status find_lives(const struct hone_graph *graph,
                                   const struct hone_scheduled *nodes, uint32_t n_nodes,
                                   uint32_t m_tokens, uint32_t m_out, struct life *lives,
                                   uint32_t *number_of, uint32_t *out_n, struct hone_error *err)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < n_nodes; s++)
        for (uint32_t o = 0; o < nodes[s].node->op->n_operands; o++) {
            uint32_t t = nodes[s].node->operands[o];
            const struct hone_tensor *tensor = &graph->tensors[t];
            if (tensor->kind != HONE_TENSOR_ACTIVATION || t == graph->logits) continue;
            if (!number_of[t]) {
                uint64_t rows = tensor->rows_are_out ? m_out : m_tokens;
                lives[n] = (struct life){.tensor = t, .first = s};
                HONE_TRY(hone_activation_bytes(tensor, rows, &lives[n].n_bytes, err));
                number_of[t] = ++n;
            }
            lives[number_of[t] - 1].last = s;
        }
    *out_n = n;
    return HONE_OK;
}

enum hone_status hone_memory_plan(const struct hone_graph *graph,
                                  const struct hone_scheduled *nodes, uint32_t n_nodes,
                                  uint32_t m_tokens, uint32_t m_out, uint64_t reserved,
                                  uint64_t *out_offsets, uint64_t *out_bytes,
                                  struct hone_error *err)
{
    struct life *lives = calloc(graph->n_tensors, sizeof *lives);
    struct life **placed = calloc(graph->n_tensors, sizeof *placed);
    uint32_t *number_of = calloc(graph->n_tensors, sizeof *number_of), n = 0;
    enum hone_status status = HONE_OK;
    if (!lives || !placed || !number_of)
        status = hone_fail(err, HONE_ERR_NO_MEMORY, "memory plan: no memory");
    if (status == HONE_OK)
        status = find_lives(graph, nodes, n_nodes, m_tokens, m_out, lives, number_of, &n, err);
    if (status == HONE_OK) {
        qsort(lives, n, sizeof *lives, larger_first);
        *out_bytes = reserved;
        for (uint32_t t = 0; t < graph->n_tensors; t++) out_offsets[t] = UINT64_MAX;
        for (uint32_t i = 0; i < n; i++) {
            place(&lives[i], placed, i, reserved);
            out_offsets[lives[i].tensor] = lives[i].offset;
            uint64_t end = lives[i].offset + lives[i].n_bytes;
            if (end > *out_bytes) *out_bytes = end;
        }
    }
    free(lives);
    free(placed);
    free(number_of);
    return status;
}
