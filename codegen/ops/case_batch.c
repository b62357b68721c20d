/* SPDX-License-Identifier: MIT */
/* The batch block of a case, its page table, and what KV pages hold. Pages are numbered in random
 * order; what belongs to no sequence points at a page of NaN. */
#include <string.h>

#include "codegen/ops/case_private.h"
#include "codegen/ops/fill.h"
#include "codegen/ops/type.h"
#include "runtime/base/checked.h"

static uint32_t *field(struct hone_case *c, enum hone_batch_field f)
{
    return (uint32_t *)(void *)(c->batch.data + c->batch_layout.offset[f]);
}

/* Different positions in different sequences, or a kernel that reads one for all would pass. */
static uint32_t kv_before(const struct hone_case *c, uint32_t seq)
{
    uint32_t fewer = seq % 4;
    return c->spec.kv_before > fewer ? c->spec.kv_before - fewer : 0;
}

/* Rows of a sequence: as equal as can be. */
static uint32_t first_row(const struct hone_case *c, uint32_t seq)
{
    return (uint32_t)((uint64_t)c->n_tokens * seq / c->n_seqs);
}

static void fill_sequences(struct hone_case *c)
{
    uint32_t max_kv = 0;
    for (uint32_t s = 0; s < c->n_seqs; s++) {
        uint32_t first = first_row(c, s), next = first_row(c, s + 1);
        uint32_t kv_len = kv_before(c, s) + next - first;
        field(c, HONE_BATCH_Q_START)[s] = first;
        field(c, HONE_BATCH_KV_LEN)[s] = kv_len;
        if (kv_len > max_kv) max_kv = kv_len;
        for (uint32_t row = first; row < next; row++) {
            field(c, HONE_BATCH_POSITIONS)[row] = kv_before(c, s) + row - first;
            field(c, HONE_BATCH_TOKEN_SEQ)[row] = s;
        }
    }
    field(c, HONE_BATCH_Q_START)[c->n_seqs] = c->n_tokens;
    *field(c, HONE_BATCH_MAX_KV) = max_kv;
}

static void fill_tokens(struct hone_case *c, struct random *random)
{
    uint32_t vocabulary = problem_dim(case_problem(c), "n");
    if (vocabulary == 0) vocabulary = 1;
    for (uint32_t row = 0; row < c->n_tokens; row++) {
        uint32_t id = random_below(random, vocabulary);
        if (row < 2) id = row == 0 ? vocabulary - 1 : 0;
        field(c, HONE_BATCH_TOKENS)[row] = id;
    }
    for (uint32_t i = 0; i < c->n_out; i++) {
        uint32_t at = (uint32_t)((uint64_t)c->n_tokens * i / c->n_out);
        uint32_t next = (uint32_t)((uint64_t)c->n_tokens * (i + 1) / c->n_out);
        field(c, HONE_BATCH_OUT_ROWS)[i] = at + random_below(random, next - at);
    }
}

static void fill_page_table(struct hone_case *c, struct random *random, uint32_t stride)
{
    uint32_t *table = field(c, HONE_BATCH_PAGE_TABLE), used = 0;
    for (uint32_t s = 0; s < c->n_seqs; s++) {
        uint64_t n = hone_ceil_div(field(c, HONE_BATCH_KV_LEN)[s], c->kv.page_tokens);
        for (uint32_t p = 0; p < stride; p++)
            table[s * stride + p] = p < n ? used++ : c->n_pages - 1;
    }
    /* Shuffled by exchanging what two random entries of the used ones hold. */
    uint32_t n_entries = c->n_seqs * stride;
    for (uint32_t i = 0; i < n_entries; i++) {
        uint32_t j = random_below(random, n_entries), page = table[i];
        if (page == c->n_pages - 1 || table[j] == c->n_pages - 1) continue;
        table[i] = table[j];
        table[j] = page;
    }
}

enum hone_status case_batch_create(struct hone_case *c, struct random *random,
                                   struct hone_error *err)
{
    uint64_t n_pages = 1, longest = 0;
    for (uint32_t s = 0; s < c->n_seqs; s++) {
        uint64_t rows = first_row(c, s + 1) - first_row(c, s);
        uint64_t n = hone_ceil_div(kv_before(c, s) + rows, c->kv.page_tokens);
        n_pages += n;
        if (n > longest) longest = n;
    }
    uint64_t stride = longest + 1;
    if (n_pages > INT32_MAX || stride * c->n_seqs > INT32_MAX)
        return hone_fail(err, HONE_ERR_LIMIT, "a case of %u sequences has too many KV pages",
                         c->n_seqs);
    c->n_pages = (uint32_t)n_pages;
    struct hone_batch_shape shape = {c->n_tokens, c->n_seqs, c->n_out, (uint32_t)stride};
    if (!hone_batch_layout(&shape, &c->batch_layout) ||
        !guarded_alloc(&c->batch, c->batch_layout.n_bytes))
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the batch block of a case");
    memset(c->batch.data, 0xff, c->batch.n_bytes);
    *field(c, HONE_BATCH_N_TOKENS) = c->n_tokens;
    *field(c, HONE_BATCH_N_SEQS) = c->n_seqs;
    *field(c, HONE_BATCH_N_OUT) = c->n_out;
    *field(c, HONE_BATCH_PAGE_STRIDE) = (uint32_t)stride;
    fill_sequences(c);
    fill_tokens(c, random);
    fill_page_table(c, random, (uint32_t)stride);
    return HONE_OK;
}

bool case_is_key(const struct hone_case *c, uint32_t operand)
{
    return operand == (uint32_t)hone_op_operand(c->spec.call.problem.op, "kcache");
}

uint64_t case_kv_page(const struct hone_case *c, uint32_t operand, uint32_t seq, uint32_t position)
{
    uint32_t stride = *case_batch(c, HONE_BATCH_PAGE_STRIDE);
    uint32_t page =
        case_batch(c, HONE_BATCH_PAGE_TABLE)[seq * stride + position / c->kv.page_tokens];
    return page * hone_kv_page_bytes(case_format(c, operand), &c->kv);
}

/* Positions that are valid before the run; all others stay NaN. `row` has room for one position. */
void case_kv_fill(struct hone_case *c, uint32_t operand, struct random *random, float *row)
{
    const struct hone_format *format = case_format(c, operand);
    uint32_t cols = c->operands[operand].cols;
    uint8_t *data = case_buffer(c, operand)->data;
    memset(data, 0xff, c->operands[operand].n_bytes);
    for (uint32_t s = 0; s < c->n_seqs; s++) {
        uint32_t n = c->spec.call.problem.op->appends_kv ? kv_before(c, s)
                                                         : case_batch(c, HONE_BATCH_KV_LEN)[s];
        for (uint32_t p = 0; p < n; p++) {
            fill_floats(random, c->spec.family, cols, row);
            for (uint32_t head = 0; head < c->kv.n_kv_heads; head++)
                hone_kv_write(format, &c->kv, case_is_key(c, operand),
                              data + case_kv_page(c, operand, s, p), head, p % c->kv.page_tokens,
                              row + head * c->kv.head_dim);
        }
    }
}
