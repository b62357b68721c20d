/* SPDX-License-Identifier: MIT */
/* Which expressions split a text before byte-level BPE, by the name a model file gives them. */
#ifndef HONE_CODEGEN_MODEL_PRETOKENIZERS_H
#define HONE_CODEGEN_MODEL_PRETOKENIZERS_H

#include <stdbool.h>

#include "codegen/model/gguf.h"

struct pretokenizer {
    const char *names;          /* separated by single spaces */
    const char *const *regexes; /* PCRE2, in order; NULL ends */
    bool whole_tokens;          /* a piece that is a token is taken whole */
    bool add_bos;               /* when the file does not say */
};

/* NULL when the name is not known. */
const struct pretokenizer *pretokenizer_find(struct hone_gguf_text name);

#endif
