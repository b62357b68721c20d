/* SPDX-License-Identifier: MIT */
/* Regions: stretches of the graph, each with the ways it can be computed.
 *
 * The arithmetic asked for decides the type in which each gemm reads its activations (int8 blocks
 * for quantized weights, bf16 for bf16 weights, else f32; where `bf16_blocks` bf16 for quantized
 * weights too, if that is the lowest precision allowed); a region's alternatives differ in what
 * is fused: gemm + add, gate + up + silu-mul, and an op that writes the type its consumers want
 * against one that writes f32 and is followed by quantize; and attention may be done over parts of
 * the keys, then combined, where a sequence may have enough pages; and so may gemms over parts of
 * k. Lowering takes the cheapest that has kernels. */
#ifndef HONE_GRAPH_ALTERNATIVES_H
#define HONE_GRAPH_ALTERNATIVES_H

#include "codegen/graph/graph.h"

enum { HONE_MAX_ALTERNATIVES = 12, HONE_MAX_REGION_NODES = 6 };

struct hone_alternative {
    uint32_t n_nodes;
    struct hone_node nodes[HONE_MAX_REGION_NODES];
};

struct hone_region {
    uint32_t n_alternatives;
    struct hone_alternative alternatives[HONE_MAX_ALTERNATIVES];
};

struct hone_regions {
    struct hone_region *regions;
    uint32_t n_regions;
};

/* `acts` is F32, BF16 or Q8A: the lowest precision allowed. Adds tensors (converted activations) to
 * the graph. */
enum hone_status hone_regions_make(struct hone_graph *graph, enum hone_type acts, bool bf16_blocks,
                                   struct hone_regions *out_regions, struct hone_error *err);
void hone_regions_release(struct hone_regions *regions);

#endif
