/* SPDX-License-Identifier: MIT */
/* The store as a cache of compiled kernels. */
#include "tuner/binaries.h"

static enum hone_status find(void *context, const char *code_key, struct hone_binary *out_binary,
                             struct hone_error *err)
{
    struct hone_store_binary stored;
    HONE_TRY(hone_store_binary_get(context, code_key, &stored, err));
    *out_binary = (struct hone_binary){.code = stored.code,
                                       .n_bytes = stored.n_bytes,
                                       .entry = stored.entry,
                                       .facts = {.n_instructions = stored.n_instructions,
                                                 .n_vector_spills = stored.n_vector_spills,
                                                 .stack_bytes = stored.stack_bytes,
                                                 .code_bytes = stored.code_bytes}};
    return HONE_OK;
}

static enum hone_status keep(void *context, const char *code_key, const struct hone_binary *binary,
                             struct hone_error *err)
{
    struct hone_store_binary stored = {.code = binary->code,
                                       .n_bytes = binary->n_bytes,
                                       .entry = binary->entry,
                                       .n_instructions = binary->facts.n_instructions,
                                       .n_vector_spills = binary->facts.n_vector_spills,
                                       .stack_bytes = binary->facts.stack_bytes,
                                       .code_bytes = binary->facts.code_bytes};
    return hone_store_binary_put(context, code_key, &stored, err);
}

struct hone_binary_cache hone_store_binaries(struct hone_store *store)
{
    return (struct hone_binary_cache){find, keep, store};
}
