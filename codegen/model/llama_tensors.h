/* SPDX-License-Identifier: MIT */
/* The tensors that a Llama-architecture file must have, and only those. */
#ifndef HONE_CODEGEN_MODEL_LLAMA_TENSORS_H
#define HONE_CODEGEN_MODEL_LLAMA_TENSORS_H

#include "codegen/model/hparams.h"

enum hone_status llama_check_tensors(const struct hone_gguf *gguf,
                                     const struct hone_llama_params *params,
                                     struct hone_error *err);

#endif
