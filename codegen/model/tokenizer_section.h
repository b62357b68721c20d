/* SPDX-License-Identifier: MIT */
/* Makes the package's tokenizer section from the vocabulary keys of a GGUF file. */
#ifndef HONE_CODEGEN_MODEL_TOKENIZER_SECTION_H
#define HONE_CODEGEN_MODEL_TOKENIZER_SECTION_H

#include <stddef.h>

#include "codegen/model/gguf.h"

/* *out_section: bytes laid out as runtime/text/section.h says, freed by the caller.
 * HONE_ERR_NOT_FOUND (a key is missing), HONE_ERR_FORMAT, HONE_ERR_UNSUPPORTED (a vocabulary kind
 * or pre-tokenizer that hone does not know), HONE_ERR_NO_MEMORY. */
enum hone_status hone_tokenizer_section_build(const struct hone_gguf *gguf, void **out_section,
                                              size_t *out_n_bytes, struct hone_error *err);

#endif
