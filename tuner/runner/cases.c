/* SPDX-License-Identifier: MIT */
/* The runner's cases, kept between requests. */
#include "tuner/runner/cases.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "tuner/runner/protocol.h"

static void drop_entry(struct cases *cases, struct cases_entry *entry)
{
    if (!entry->c) return;
    far_case_destroy(entry->far);
    hone_case_destroy(entry->c);
    free(entry->key);
    cases->n_bytes -= entry->n_bytes;
    memset(entry, 0, sizeof *entry);
}

void cases_release(struct cases *cases)
{
    for (int i = 0; i < CASES_MAX; i++) drop_entry(cases, &cases->entries[i]);
}

void cases_unpin(struct cases *cases)
{
    for (int i = 0; i < CASES_MAX; i++) cases->entries[i].pinned = false;
}

struct far_case *cases_far(struct cases *cases, const struct hone_case *c)
{
    for (int i = 0; i < CASES_MAX; i++)
        if (cases->entries[i].c == c) return cases->entries[i].far;
    return NULL;
}

uint32_t *cases_next_copy(struct cases *cases, const struct hone_case *c)
{
    for (int i = 0; i < CASES_MAX; i++)
        if (cases->entries[i].c == c) return &cases->entries[i].next_copy;
    return NULL;
}

void cases_drop(struct cases *cases, const struct hone_case *c)
{
    for (int i = 0; i < CASES_MAX; i++)
        if (cases->entries[i].c == c && c) drop_entry(cases, &cases->entries[i]);
}

static uint64_t kv_bytes(const struct hone_case_spec *spec, const struct hone_format *format)
{
    const struct hone_op *op = spec->call.problem.op;
    const uint32_t *dims = spec->call.problem.dims;
    int heads = hone_op_dim(op, "n_kv_heads"), size = hone_op_dim(op, "head_dim");
    int page = hone_op_dim(op, "page_tokens");
    if (heads < 0 || size < 0 || page < 0 || dims[page] == 0) return 0;
    struct hone_kv_shape shape = {dims[heads], dims[size], dims[page]};
    uint64_t n_seqs = spec->n_seqs ? spec->n_seqs : 1;
    uint64_t positions = (uint64_t)spec->kv_before + spec->m;
    return n_seqs * (hone_ceil_div(positions, shape.page_tokens) + 1) *
           hone_kv_page_bytes(format, &shape);
}

/* About what a case takes: inputs, outputs and the reference. */
static uint64_t estimate_bytes(const struct hone_case_spec *spec)
{
    const struct hone_op *op = spec->call.problem.op;
    uint64_t total = 1 << 16;
    for (uint32_t i = 0; i < op->n_operands; i++) {
        const struct hone_operand *operand = &op->operands[i];
        const struct hone_format *format = spec->call.formats[i];
        uint64_t n_bytes = 0, copies = 2;
        if (operand->role == HONE_ROLE_KV)
            n_bytes = kv_bytes(spec, format);
        else
            hone_format_bytes(format, hone_operand_rows(&spec->call.problem, i, spec->m, spec->m),
                              hone_operand_cols(&spec->call.problem, i), &n_bytes, NULL);
        bool kv_rotates = operand->role == HONE_ROLE_KV && !op->appends_kv;
        if (kv_rotates && spec->n_copies > copies) copies = spec->n_copies;
        if (operand->role == HONE_ROLE_WEIGHT) copies = spec->n_copies ? spec->n_copies : 1;
        if (operand->role == HONE_ROLE_OUT) copies = 3;
        total += copies * n_bytes;
    }
    return total;
}

/* The entry to use next: free, or the oldest that is not pinned; NULL when all are pinned. */
static struct cases_entry *oldest(struct cases *cases)
{
    struct cases_entry *found = NULL;
    for (int i = 0; i < CASES_MAX; i++) {
        struct cases_entry *entry = &cases->entries[i];
        if (!entry->c) return entry;
        if (!entry->pinned && (!found || entry->used_at < found->used_at)) found = entry;
    }
    return found;
}

static void make_room(struct cases *cases, uint64_t n_bytes)
{
    while (cases->n_bytes > 0 && cases->n_bytes + n_bytes > cases->limit_bytes) {
        struct cases_entry *victim = NULL;
        for (int i = 0; i < CASES_MAX; i++) {
            struct cases_entry *entry = &cases->entries[i];
            if (entry->c && !entry->pinned && (!victim || entry->used_at < victim->used_at))
                victim = entry;
        }
        if (!victim) return;
        drop_entry(cases, victim);
    }
}

static struct cases_entry *find(struct cases *cases, const uint8_t *key, size_t n_bytes)
{
    for (int i = 0; i < CASES_MAX; i++) {
        struct cases_entry *entry = &cases->entries[i];
        if (entry->c && entry->n_key_bytes == n_bytes && !memcmp(entry->key, key, n_bytes))
            return entry;
    }
    return NULL;
}

/* Where the device has its own memory, copies are needed there only. */
static enum hone_status create_both(const struct cases *cases, const struct hone_case_spec *spec,
                                    struct hone_case **out_case, struct far_case **out_far,
                                    struct hone_error *err)
{
    struct hone_case_spec of_host = *spec;
    *out_far = NULL;
    if (!cases->place.vtable) return hone_case_create(spec, out_case, err);
    of_host.n_copies = 1;
    HONE_TRY(hone_case_create(&of_host, out_case, err));
    enum hone_status status =
        far_case_create(&cases->place, *out_case, spec->n_copies, out_far, err);
    if (status != HONE_OK) hone_case_destroy(*out_case);
    return status;
}

static enum hone_status create(struct cases *cases, const struct hone_case_spec *spec,
                               struct wire_out *key, struct cases_entry **out_entry,
                               struct hone_error *err)
{
    uint64_t n_bytes = estimate_bytes(spec);
    make_room(cases, n_bytes);
    struct cases_entry *entry = oldest(cases);
    if (!entry) return hone_fail(err, HONE_ERR_LIMIT, "runner: too many cases in one request");
    drop_entry(cases, entry);
    struct hone_case *c;
    struct far_case *far;
    HONE_TRY(create_both(cases, spec, &c, &far, err));
    *entry = (struct cases_entry){
        .c = c, .far = far, .key = key->data, .n_key_bytes = key->n_bytes, .n_bytes = n_bytes};
    key->data = NULL;
    cases->n_bytes += n_bytes;
    *out_entry = entry;
    return HONE_OK;
}

enum hone_status cases_get(struct cases *cases, const struct hone_case_spec *spec,
                           struct hone_case **out_case, struct hone_error *err)
{
    struct wire_out key = {0};
    protocol_put_call(&key, &(struct hone_runner_call){.spec = *spec});
    if (key.bad) {
        free(key.data);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory");
    }
    enum hone_status status = HONE_OK;
    struct cases_entry *entry = find(cases, key.data, key.n_bytes);
    if (!entry) status = create(cases, spec, &key, &entry, err);
    free(key.data);
    if (status != HONE_OK) return status;
    entry->used_at = ++cases->clock;
    entry->pinned = true;
    *out_case = entry->c;
    return HONE_OK;
}
