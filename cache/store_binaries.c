/* SPDX-License-Identifier: MIT */
/* Binaries of a store, by code key. */
#include "cache/store_internal.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/hash.h"

static void hash_of(const void *data, size_t n_bytes, char out_hex[HONE_HASH_HEX_BYTES])
{
    uint8_t digest[HONE_HASH_BYTES];
    hone_sha256_of(data, n_bytes, digest);
    hone_hash_hex(digest, out_hex);
}

bool store_binary_is(const struct hone_store_binary *binary, const char *hash)
{
    char actual[HONE_HASH_HEX_BYTES];
    hash_of(binary->code, binary->n_bytes, actual);
    return binary->n_bytes > 0 && strcmp(actual, hash) == 0;
}

enum hone_status hone_store_binary_put(struct hone_store *store, const char *code_key,
                                       const struct hone_store_binary *binary,
                                       struct hone_error *err)
{
    char hash[HONE_HASH_HEX_BYTES];
    hash_of(binary->code, binary->n_bytes, hash);
    struct query query;
    HONE_TRY(
        query_begin(&query, store, "INSERT OR REPLACE INTO binaries VALUES(?,?,?,?,?,?,?,?)", err));
    query_bind_text(&query, code_key);
    query_bind_blob(&query, binary->code, binary->n_bytes);
    query_bind_text(&query, hash);
    query_bind_int(&query, (int64_t)binary->entry);
    query_bind_int(&query, binary->n_instructions);
    query_bind_int(&query, binary->n_vector_spills);
    query_bind_int(&query, binary->stack_bytes);
    query_bind_int(&query, binary->code_bytes);
    query_row(&query);
    return query_end(&query, "writing a binary", err);
}

static enum hone_status drop_binary(struct hone_store *store, const char *code_key,
                                    struct hone_error *err)
{
    struct query query;
    HONE_TRY(query_begin(&query, store, "DELETE FROM binaries WHERE code_key=?", err));
    query_bind_text(&query, code_key);
    query_row(&query);
    return query_end(&query, "dropping a binary", err);
}

/* Copies the row; *out_good is false when blob and hash disagree. */
static enum hone_status read_binary(struct query *query, struct hone_store_binary *binary,
                                    bool *out_good, struct hone_error *err)
{
    size_t n_bytes;
    const void *code = query_blob(query, &n_bytes);
    char hash[HONE_HASH_HEX_BYTES];
    hash_of(code, n_bytes, hash);
    const char *stored = query_text(query);
    *out_good = n_bytes > 0 && strcmp(stored, hash) == 0;
    if (!*out_good) return HONE_OK;
    binary->code = malloc(n_bytes);
    if (!binary->code)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory", query->store->path);
    memcpy(binary->code, code, n_bytes);
    binary->n_bytes = n_bytes;
    binary->entry = (uint64_t)query_int(query);
    binary->n_instructions = (uint32_t)query_int(query);
    binary->n_vector_spills = (uint32_t)query_int(query);
    binary->stack_bytes = (uint32_t)query_int(query);
    binary->code_bytes = (uint32_t)query_int(query);
    return HONE_OK;
}

enum hone_status hone_store_binary_get(struct hone_store *store, const char *code_key,
                                       struct hone_store_binary *out_binary, struct hone_error *err)
{
    struct hone_arena arena = {0};
    struct query query;
    memset(out_binary, 0, sizeof *out_binary);
    HONE_TRY(query_begin(&query, store,
                         "SELECT code, hash, entry, n_instructions, n_vector_spills, stack_bytes, "
                         "code_bytes FROM binaries WHERE code_key=?",
                         err));
    query.arena = &arena;
    query_bind_text(&query, code_key);
    bool found = query_row(&query), good = false;
    enum hone_status status = found ? read_binary(&query, out_binary, &good, err) : HONE_OK;
    enum hone_status ended = query_end(&query, "reading a binary", status == HONE_OK ? err : NULL);
    hone_arena_release(&arena);
    if (status == HONE_OK) status = ended;
    if (status == HONE_OK && found && !good) status = drop_binary(store, code_key, err);
    if (status == HONE_OK && !good)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no binary %.16s", store->path, code_key);
    return status;
}
