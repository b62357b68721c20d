/* SPDX-License-Identifier: MIT */
/* One function per architecture: from a checked model file to the graph. */
#ifndef HONE_CODEGEN_MODEL_ARCHITECTURE_H
#define HONE_CODEGEN_MODEL_ARCHITECTURE_H

#include "codegen/graph/graph.h"

typedef enum hone_status hone_architecture_build(const struct hone_gguf *gguf,
                                                 const struct hone_model_options *options,
                                                 struct hone_graph *graph, struct hone_error *err);

hone_architecture_build hone_llama_graph;

#endif
