/* SPDX-License-Identifier: MIT */
/* Memory plan of one step list: offsets of activations in one buffer, shared where lives do not
 * meet. Private to codegen/graph. */
#ifndef HONE_GRAPH_MEMORY_H
#define HONE_GRAPH_MEMORY_H

#include "codegen/graph/choose.h"

enum { HONE_ACTIVATION_ALIGN = 64 };

/* Bytes of an activation of `rows` rows, with the format's readable tail. */
enum hone_status hone_activation_bytes(const struct hone_tensor *tensor, uint64_t rows,
                                       uint64_t *out_bytes, struct hone_error *err);

/* Fills out_offsets (per tensor; UINT64_MAX for those the list does not use). Offsets below
 * `reserved` are left free. Longest-lived and largest first, each at the lowest offset that is free
 * during its life. */
enum hone_status hone_memory_plan(const struct hone_graph *graph,
                                  const struct hone_scheduled *nodes, uint32_t n_nodes,
                                  uint32_t m_tokens, uint32_t m_out, uint64_t reserved,
                                  uint64_t *out_offsets, uint64_t *out_bytes,
                                  struct hone_error *err);

#endif
