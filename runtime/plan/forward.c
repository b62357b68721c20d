/* SPDX-License-Identifier: MIT */
/* One forward: check everything, take KV pages, write the batch block, run the list for its rows.
 */
#include <string.h>

#include "runtime/base/checked.h"
#include "runtime/plan/session.h"

struct counts {
    uint32_t n_tokens, n_out, n_pages, max_kv;
};

static enum hone_status check_tokens(const struct hone_session *session,
                                     const struct hone_batch_entry *entry, struct hone_error *err)
{
    uint32_t n_vocab = hone_session_plan(session)->header->n_vocab;
    if (entry->n_tokens == 0 || !entry->tokens)
        return hone_fail(err, HONE_ERR_ARGUMENT, "forward: sequence %u has no tokens", entry->seq);
    if ((unsigned)entry->logits > HONE_LOGITS_ALL)
        return hone_fail(err, HONE_ERR_ARGUMENT, "forward: sequence %u: unknown logits choice %u",
                         entry->seq, (unsigned)entry->logits);
    for (uint32_t i = 0; i < entry->n_tokens; i++)
        if ((uint32_t)entry->tokens[i] >= n_vocab)
            return hone_fail(err, HONE_ERR_ARGUMENT,
                             "forward: sequence %u, token %u: id %d is not in a vocabulary of %u",
                             entry->seq, i, entry->tokens[i], n_vocab);
    return HONE_OK;
}

/* Marks the sequence as seen in this forward: the only thing a refused forward changes. */
static enum hone_status check_seq(struct hone_session *session,
                                  const struct hone_batch_entry *entry, struct hone_error *err)
{
    if (entry->seq >= session->kv.n_seqs)
        return hone_fail(err, HONE_ERR_ARGUMENT, "forward: sequence %u of %u", entry->seq,
                         session->kv.n_seqs);
    if (session->seen_in[entry->seq] == session->n_forwards)
        return hone_fail(err, HONE_ERR_ARGUMENT, "forward: sequence %u is named twice", entry->seq);
    session->seen_in[entry->seq] = session->n_forwards;
    return HONE_OK;
}

static uint32_t n_out_of(const struct hone_batch_entry *entry)
{
    if (entry->logits == HONE_LOGITS_NONE) return 0;
    return entry->logits == HONE_LOGITS_LAST ? 1 : entry->n_tokens;
}

static enum hone_status check_limits(const struct hone_session *session,
                                     const struct hone_batch_entry *entry, struct counts *counts,
                                     struct hone_error *err)
{
    const struct hone_plan_header *h = hone_session_plan(session)->header;
    uint32_t length = session->kv.lengths[entry->seq];
    if (entry->n_tokens > h->max_context - length)
        return hone_fail(
            err, HONE_ERR_LIMIT,
            "forward: sequence %u holds %u positions, %u more exceed the context of %u", entry->seq,
            length, entry->n_tokens, h->max_context);
    if (entry->n_tokens > h->max_tokens - counts->n_tokens)
        return hone_fail(err, HONE_ERR_LIMIT, "forward: more than %u tokens in one batch",
                         h->max_tokens);
    if (n_out_of(entry) > h->max_out - counts->n_out)
        return hone_fail(err, HONE_ERR_LIMIT, "forward: more than %u rows of logits in one batch",
                         h->max_out);
    uint32_t n_pages = hone_kv_pages_needed(&session->kv, entry->seq, entry->n_tokens);
    if (n_pages > session->kv.n_free - counts->n_pages)
        return hone_fail(err, HONE_ERR_LIMIT,
                         "forward: sequence %u needs %u KV pages, %u of %u are free", entry->seq,
                         n_pages, session->kv.n_free - counts->n_pages, session->sizes.n_pages);
    counts->n_tokens += entry->n_tokens;
    counts->n_out += n_out_of(entry);
    counts->n_pages += n_pages;
    if (length + entry->n_tokens > counts->max_kv) counts->max_kv = length + entry->n_tokens;
    return HONE_OK;
}

static enum hone_status check_batch(struct hone_session *session,
                                    const struct hone_batch_entry *entries, uint32_t n_entries,
                                    struct counts *counts, struct hone_error *err)
{
    if (n_entries == 0 || !entries)
        return hone_fail(err, HONE_ERR_ARGUMENT, "forward: an empty batch");
    if (++session->n_forwards == 0) { /* the count has wrapped: forget all marks */
        memset(session->seen_in, 0, session->kv.n_seqs * sizeof *session->seen_in);
        session->n_forwards = 1;
    }
    for (uint32_t i = 0; i < n_entries; i++) {
        HONE_TRY(check_seq(session, &entries[i], err));
        HONE_TRY(check_tokens(session, &entries[i], err));
        HONE_TRY(check_limits(session, &entries[i], counts, err));
    }
    return HONE_OK;
}

static uint32_t *field(const struct hone_session *session, enum hone_batch_field f)
{
    void *at = session->host[HONE_HOST_BATCH] + hone_session_plan(session)->batch.offset[f];
    return at;
}

/* Rows of one entry, from row `first` on; returns the number of its output rows. */
static uint32_t write_rows(struct hone_session *session, const struct hone_batch_entry *entry,
                           uint32_t index, uint32_t first, uint32_t first_out)
{
    uint32_t start = session->kv.lengths[entry->seq] - entry->n_tokens;
    uint32_t *positions = field(session, HONE_BATCH_POSITIONS) + first;
    uint32_t *token_seq = field(session, HONE_BATCH_TOKEN_SEQ) + first;
    memcpy(field(session, HONE_BATCH_TOKENS) + first, entry->tokens,
           entry->n_tokens * sizeof *entry->tokens);
    for (uint32_t i = 0; i < entry->n_tokens; i++) {
        positions[i] = start + i;
        token_seq[i] = index;
    }
    uint32_t n_out = n_out_of(entry);
    uint32_t *out_rows = field(session, HONE_BATCH_OUT_ROWS) + first_out;
    for (uint32_t i = 0; i < n_out; i++) out_rows[i] = first + entry->n_tokens - n_out + i;
    return n_out;
}

static void write_batch(struct hone_session *session, const struct hone_batch_entry *entries,
                        uint32_t n_entries, const struct counts *counts)
{
    const struct hone_kv *kv = &session->kv;
    uint32_t row = 0, out = 0;
    for (uint32_t i = 0; i < n_entries; i++) {
        uint32_t seq = entries[i].seq;
        field(session, HONE_BATCH_Q_START)[i] = row;
        field(session, HONE_BATCH_KV_LEN)[i] = kv->lengths[seq];
        memcpy(field(session, HONE_BATCH_PAGE_TABLE) + (uint64_t)i * kv->max_pages,
               hone_kv_row(kv, seq),
               hone_ceil_div(kv->lengths[seq], kv->page_tokens) * sizeof(uint32_t));
        out += write_rows(session, &entries[i], i, row, out);
        row += entries[i].n_tokens;
    }
    field(session, HONE_BATCH_Q_START)[n_entries] = row;
    *field(session, HONE_BATCH_N_TOKENS) = counts->n_tokens;
    *field(session, HONE_BATCH_N_SEQS) = n_entries;
    *field(session, HONE_BATCH_N_OUT) = counts->n_out;
    *field(session, HONE_BATCH_MAX_KV) = counts->max_kv;
    *field(session, HONE_BATCH_PAGE_STRIDE) = kv->max_pages;
}

static enum hone_status upload_part(const struct hone_session *session, uint64_t begin,
                                    uint64_t end, struct hone_error *err)
{
    return session->model->device->upload(
        session->device, session->memory[HONE_MEMORY_BATCH] + begin,
        session->host[HONE_HOST_BATCH] + begin, (size_t)(end - begin), err);
}

/* Only what this forward has written: the page table of a long context is large. */
static enum hone_status upload_batch(const struct hone_session *session, uint32_t n_entries,
                                     const struct counts *counts, struct hone_error *err)
{
    const struct hone_batch_layout *layout = &hone_session_plan(session)->batch;
    const uint64_t n_words[HONE_BATCH_FIELDS] = {
        [HONE_BATCH_N_TOKENS] = 1,
        [HONE_BATCH_N_SEQS] = 1,
        [HONE_BATCH_N_OUT] = 1,
        [HONE_BATCH_MAX_KV] = 1,
        [HONE_BATCH_PAGE_STRIDE] = 1,
        [HONE_BATCH_TOKENS] = counts->n_tokens,
        [HONE_BATCH_POSITIONS] = counts->n_tokens,
        [HONE_BATCH_TOKEN_SEQ] = counts->n_tokens,
        [HONE_BATCH_Q_START] = (uint64_t)n_entries + 1,
        [HONE_BATCH_KV_LEN] = n_entries,
        [HONE_BATCH_OUT_ROWS] = counts->n_out,
        [HONE_BATCH_PAGE_TABLE] = (uint64_t)n_entries * session->kv.max_pages,
    };
    /* Fields lie in ascending order; what is between two goes along where that is cheaper. */
    uint64_t begin = 0, end = 0;
    for (int f = 0; f < HONE_BATCH_FIELDS; f++) {
        if (n_words[f] == 0) continue;
        if (layout->offset[f] > end + session->model->device->upload_gap_bytes) {
            HONE_TRY(upload_part(session, begin, end, err));
            begin = layout->offset[f];
        }
        end = layout->offset[f] + n_words[f] * sizeof(uint32_t);
    }
    return upload_part(session, begin, end, err);
}

static const struct hone_plan_list *list_for(const struct hone_plan *plan, uint32_t n_tokens)
{
    const struct hone_plan_list *list = plan->lists;
    while (list->m_max < n_tokens) list++;
    return list;
}

static void write_profile(const struct hone_session *session, const struct hone_plan_list *list)
{
    const struct hone_plan *plan = hone_session_plan(session);
    struct hone_profile *profile = session->profile;
    profile->n_steps = list->n_steps < profile->capacity ? list->n_steps : profile->capacity;
    for (size_t i = 0; i < profile->n_steps; i++) {
        profile->names[i] = plan->names + plan->steps[list->first_step + i].name_offset;
        profile->ns[i] = session->step_ns[i];
    }
}

static bool wants_spans(const struct hone_session *session, const struct hone_plan_list *list)
{
    const struct hone_profile *profile = session->profile;
    const struct hone_device_vtable *device = session->model->device;
    return profile && profile->spans && device->trace && profile->capacity >= list->n_steps &&
           profile->n_workers == device->n_workers(session->device);
}

/* A step takes from the first begin to the last end. */
static void sum_spans(const struct hone_session *session, const struct hone_plan_list *list)
{
    const struct hone_profile *profile = session->profile;
    for (uint32_t i = 0; i < list->n_steps; i++) {
        const uint64_t *spans = profile->spans + 2 * (size_t)i * profile->n_workers;
        uint64_t begin = UINT64_MAX, end = 0;
        for (uint32_t w = 0; w < profile->n_workers; w++) {
            if (spans[2 * w + 1] == 0) continue;
            if (spans[2 * w] < begin) begin = spans[2 * w];
            if (spans[2 * w + 1] > end) end = spans[2 * w + 1];
        }
        session->step_ns[i] = end > begin ? end - begin : 0;
    }
}

static enum hone_status run_steps(struct hone_session *session, const struct hone_plan_list *list,
                                  struct hone_error *err)
{
    const struct hone_device_vtable *device = session->model->device;
    const struct hone_launch *launches = session->launches + list->first_step;
    if (!wants_spans(session, list))
        return device->run(session->device, launches, list->n_steps,
                           session->profile ? session->step_ns : NULL, err);
    HONE_TRY(device->trace(session->device, launches, list->n_steps, session->profile->spans, err));
    sum_spans(session, list);
    return HONE_OK;
}

enum hone_status hone_forward(struct hone_session *session, const struct hone_batch_entry *entries,
                              uint32_t n_entries, struct hone_error *err)
{
    struct counts counts = {0};
    HONE_TRY(check_batch(session, entries, n_entries, &counts, err));
    const struct hone_plan *plan = hone_session_plan(session);
    const struct hone_plan_list *list = list_for(plan, counts.n_tokens);
    for (uint32_t i = 0; i < n_entries; i++)
        hone_kv_extend(&session->kv, entries[i].seq, entries[i].n_tokens);
    write_batch(session, entries, n_entries, &counts);
    hone_session_set_grids(session, list, counts.n_tokens, counts.n_out);
    session->n_out = 0;
    session->logits_are_here = false;
    enum hone_status status = upload_batch(session, n_entries, &counts, err);
    if (status == HONE_OK) status = run_steps(session, list, err);
    if (status != HONE_OK) {
        for (uint32_t i = 0; i < n_entries; i++)
            hone_kv_truncate(&session->kv, entries[i].seq,
                             session->kv.lengths[entries[i].seq] - entries[i].n_tokens);
        return status;
    }
    session->n_out = counts.n_out;
    if (session->profile) write_profile(session, list);
    return HONE_OK;
}

uint32_t hone_n_logits(const struct hone_session *session)
{
    return session->n_out;
}

/* All rows of the forward at once, when the first of them is asked for. */
static bool fetch_logits(struct hone_session *session)
{
    const struct hone_plan_header *h = hone_session_plan(session)->header;
    uint64_t n_bytes = (session->n_out - 1) * h->logits_stride + h->n_vocab * sizeof(float);
    if (session->model->device->download(session->device, session->host[HONE_HOST_LOGITS],
                                         session->memory[HONE_MEMORY_ACTIVATIONS] +
                                             h->logits_offset,
                                         (size_t)n_bytes, NULL) != HONE_OK)
        return false;
    session->logits_are_here = true;
    return true;
}

const float *hone_logits(const struct hone_session *session, uint32_t row)
{
    const struct hone_plan_header *h = hone_session_plan(session)->header;
    if (row >= session->n_out) return NULL;
    const uint8_t *rows = session->memory[HONE_MEMORY_ACTIVATIONS] + h->logits_offset;
    if (!session->model->device->is_host) {
        /* Sessions are ours and never const themselves; one thread at a time uses each. */
        struct hone_session *own = (struct hone_session *)(uintptr_t)session;
        if (!session->logits_are_here && !fetch_logits(own)) return NULL;
        rows = session->host[HONE_HOST_LOGITS];
    }
    const void *at = rows + (uint64_t)row * h->logits_stride;
    return at;
}
